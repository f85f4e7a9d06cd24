/* Fully connected layers on the tokens of an example, in PyTorch's words nn.Embedding
 * and a chain of nn.Linear:
 *
 *   concatenated    h = [E_a, E_b];                 summed          h = E_a + E_b;
 *   one_hot         h = [1_a, 1_b] (two-hot);       summed_one_hot  h = 1_a + 1_b;
 *   then            h = f(h W_l + b_l)              for every hidden layer l,
 *                   logits = h W + b
 *
 * With own embeddings E_b is a table of b's own. A residual layer of equal widths adds
 * what enters it: h + f(h W_l + b_l). A product with a one-hot vector is a row of the
 * first layer's matrix. Weights begin as PyTorch's: E Gaussian with deviation 1, layers
 * even within 1/sqrt(fan_in) of 0; or, "minegishi", every matrix Gaussian with
 * deviation 1/sqrt(rows) and biases 0 (arXiv 2310.19470, appendix A). */
#include "grokscope/error.h"

#include "train/model/token_model.h"

#include <math.h>
#include <stdio.h>

typedef struct layer {
    gsc_node W, b; /* b GSC_NO_NODE without a bias */
} layer;

/* "linear<number>.W" [in, out] and "linear<number>.b" [out]. */
static layer
make_layer(gsc_graph *g, const gsc_token_model *c, int64_t biases, int number,
           int64_t in, int64_t out)
{
    char name[GSC_NAME_BYTES], axes[GSC_NAME_BYTES];
    layer l = {.b = GSC_NO_NODE};
    bool gaussian = c->init == GSC_INIT_MINEGISHI;
    gsc_initializer even = gsc_linear_initializer(in);
    snprintf(name, sizeof name, "linear%d.W", number);
    snprintf(axes, sizeof axes, "d_%d d_%d", number - 1, number);
    l.W = gsc_graph_parameter(
        g, name, axes, gsc_shape2(in, out),
        gaussian ? gsc_normal_initializer(1 / sqrt((double)in)) : even, true);
    if (biases == GSC_BIASES_ABSENT)
        return l;
    snprintf(name, sizeof name, "linear%d.b", number);
    snprintf(axes, sizeof axes, "d_%d", number);
    l.b = gsc_graph_parameter(g, name, axes, gsc_shape1(out),
                              gaussian ? gsc_constant_initializer(0) : even,
                              biases == GSC_BIASES_TRAINED);
    return l;
}

static gsc_node
add_bias(gsc_graph *g, layer l, gsc_node x)
{
    return l.b == GSC_NO_NODE ? x : gsc_graph_add(g, x, l.b);
}

static bool
is_one_hot(const gsc_token_model *c)
{
    return c->operands == GSC_OPERANDS_ONE_HOT ||
           c->operands == GSC_OPERANDS_SUMMED_ONE_HOT;
}

static bool
is_side_by_side(const gsc_token_model *c)
{
    return c->operands == GSC_OPERANDS_ONE_HOT ||
           c->operands == GSC_OPERANDS_CONCATENATED;
}

/* The numbers that enter. */
static int64_t
input_width(const gsc_token_model *c)
{
    int64_t of_one = is_one_hot(c) ? c->d_vocab : c->d_model;
    return is_side_by_side(c) ? c->n_ctx * of_one : of_one;
}

/* ---- Operands ---- */

/* The rows of W that token number `at` meets. */
static gsc_node
rows_for(gsc_graph *g, const gsc_token_model *c, gsc_node W, size_t at)
{
    size_t rows = (size_t)(is_one_hot(c) ? c->d_vocab : c->d_model);
    return is_side_by_side(c) ? gsc_graph_slice(g, W, 0, at * rows, rows) : W;
}

static gsc_node
embedding(gsc_graph *g, const gsc_token_model *c, const char *name)
{
    double rows = c->init == GSC_INIT_MINEGISHI ? (double)c->d_vocab : 1;
    return gsc_token_embedding(g, c, name, gsc_normal_initializer(1 / sqrt(rows)));
}

/* The embeddings of all tokens, as they enter. */
static gsc_node
embed(gsc_model *model, const gsc_token_model *c, gsc_node tokens)
{
    gsc_graph *g = model->graph;
    gsc_node *views = model->views, x = GSC_NO_NODE;
    views[GSC_VIEW_EMBEDDING] =
        embedding(g, c, c->own_embeddings ? "embed.W_x" : "embed.W_E");
    if (c->own_embeddings)
        views[GSC_VIEW_EMBEDDING_RIGHT] = embedding(g, c, "embed.W_y");
    for (size_t i = 0; i < (size_t)c->n_ctx; i++) {
        bool is_right = c->own_embeddings && i > 0;
        gsc_node table =
            views[is_right ? GSC_VIEW_EMBEDDING_RIGHT : GSC_VIEW_EMBEDDING];
        gsc_node one = gsc_graph_gather(g, table, tokens, i, 1);
        x = i == 0               ? one
            : is_side_by_side(c) ? gsc_graph_concatenate(g, x, one, 1)
                                 : gsc_graph_add(g, x, one);
    }
    if (!c->own_embeddings) {
        model->embed =
            gsc_graph_gather(g, views[GSC_VIEW_EMBEDDING], tokens, 0, (size_t)c->n_ctx);
        gsc_graph_name(g, model->embed, "hook_embed");
    }
    return x;
}

/* One-hot vectors through the first matrix: the sum of a row for each token. */
static gsc_node
look_up(gsc_model *model, const gsc_token_model *c, gsc_node tokens, gsc_node W)
{
    gsc_graph *g = model->graph;
    gsc_node x = GSC_NO_NODE;
    for (size_t i = 0; i < (size_t)c->n_ctx; i++) {
        gsc_node one = gsc_graph_gather(g, rows_for(g, c, W, i), tokens, i, 1);
        x = i == 0 ? one : gsc_graph_add(g, x, one);
    }
    model->views[GSC_VIEW_EMBEDDING] = rows_for(g, c, W, 0);
    if (is_side_by_side(c))
        model->views[GSC_VIEW_EMBEDDING_RIGHT] = rows_for(g, c, W, 1);
    return x;
}

/* What the neurons of the only hidden layer read of a and of b. */
static void
add_reading(gsc_model *model, const gsc_token_model *c, gsc_node W)
{
    gsc_graph *g = model->graph;
    gsc_node *views = model->views, a = views[GSC_VIEW_EMBEDDING];
    bool right = is_side_by_side(c) || c->own_embeddings;
    gsc_node b = c->own_embeddings ? views[GSC_VIEW_EMBEDDING_RIGHT] : a;
    bool direct = is_one_hot(c);
    gsc_node of_a = rows_for(g, c, W, 0), of_b = rows_for(g, c, W, 1);
    views[GSC_VIEW_NEURON_IN] = direct ? of_a : gsc_graph_matmul(g, a, of_a);
    if (right)
        views[GSC_VIEW_NEURON_IN_RIGHT] = direct ? of_b : gsc_graph_matmul(g, b, of_b);
}

/* ---- The whole ---- */

/* Whether hidden layer i of `count` has no activation, so that the last two layers are
 * one linear map in two matrices. */
static bool
is_linear(const gsc_token_model *c, int i, int count)
{
    return c->linear_last && i == count - 1;
}

static gsc_node
hidden_layer(gsc_model *model, const gsc_token_model *c, int number, bool linear,
             gsc_node pre, gsc_node residual)
{
    gsc_graph *g = model->graph;
    gsc_graph_name(g, pre, "linear%d.hook_pre", number);
    gsc_node post = linear ? pre : gsc_activation(g, c->act_fn, pre);
    if (residual != GSC_NO_NODE)
        post = gsc_graph_add(g, residual, post);
    gsc_graph_name(g, post, "linear%d.hook_post", number);
    if (!linear)
        model->neurons = post;
    return post;
}

static gsc_node
build(gsc_model *model, const void *options, const gsc_dataset *dataset)
{
    gsc_graph *g = model->graph;
    const gsc_token_model *c = options;
    int64_t widths[GSC_MOST_LAYERS + 1], in = input_width(c);
    int count = gsc_read_widths(c->hidden, widths);
    gsc_node tokens = gsc_tokens(g, dataset), x = GSC_NO_NODE;
    if (count < 0)
        return GSC_NO_NODE;
    widths[count] = c->d_vocab_out;
    if (!is_one_hot(c))
        x = embed(model, c, tokens);
    for (int i = 0; i <= count; i++) {
        bool is_last = i == count;
        layer l = make_layer(g, c, is_last ? c->unembed_bias : c->biases, i + 1, in,
                             widths[i]);
        bool adds = c->residual && !is_last && in == widths[i] && x != GSC_NO_NODE;
        gsc_node before = adds ? x : GSC_NO_NODE;
        x = x == GSC_NO_NODE ? look_up(model, c, tokens, l.W)
                             : gsc_graph_matmul(g, x, l.W);
        x = add_bias(g, l, x);
        if (i == 0 && count == 1 && c->n_ctx >= 2)
            add_reading(model, c, l.W);
        if (is_last)
            model->views[GSC_VIEW_UNEMBEDDING] = gsc_graph_transpose(g, l.W);
        else
            x = hidden_layer(model, c, i + 1, is_linear(c, i, count), x, before);
        in = widths[i];
    }
    if (count > 0 && !c->linear_last)
        model->views[GSC_VIEW_NEURON_LOGIT] = model->views[GSC_VIEW_UNEMBEDDING];
    return x;
}

static const gsc_option rows[] = {
    GSC_ROW_TEXT(gsc_token_model, hidden, "128", "WIDTHS",
                 "Width of each hidden layer, with commas between."),
    GSC_TOKEN_D_MODEL,
    GSC_TOKEN_EMBED_RANK,
    GSC_TOKEN_SIZES,
    GSC_ROW_CHOICE(gsc_token_model, operands, "concatenated", gsc_operands_names,
                   "What of the tokens enters; one_hot: one-hot vectors side by side."),
    GSC_ROW_BOOL(gsc_token_model, own_embeddings, "no",
                 "Give b an embedding of its own."),
    GSC_ROW_BOOL(gsc_token_model, residual, "no",
                 "Add what enters a hidden layer to what leaves it, where both are "
                 "equally wide."),
    GSC_TOKEN_ACT_FN,
    GSC_ROW_BOOL(gsc_token_model, linear_last, "no",
                 "Leave the last hidden layer without an activation."),
    GSC_TOKEN_BIASES,
    GSC_ROW_CHOICE(gsc_token_model, unembed_bias, "trained", gsc_biases_names,
                   "Bias of the last layer."),
    GSC_TOKEN_INIT};

static int
resolve(void *options, const gsc_dataset *dataset)
{
    int status = 0;
    gsc_token_model *c = options;
    int64_t widths[GSC_MOST_LAYERS];
    c->n_heads = 0; /* an option of others */
    GSC_TRY(gsc_read_widths(c->hidden, widths));
    GSC_TRY(gsc_token_model_resolve(c, dataset, "token_mlp", 0, GSC_INIT_PYTORCH,
                                    1 << GSC_INIT_PYTORCH | 1 << GSC_INIT_MINEGISHI));
    for (size_t i = 0; i < dataset->num_targets; i++)
        if (dataset->targets[i].num_positions != 1)
            return gsc_fail(GSC_EARGUMENT,
                            "loss_positions: %zu outputs are asked for, but token_mlp "
                            "has one, the answer",
                            dataset->targets[i].num_positions);
    if (c->own_embeddings && c->n_ctx != 2)
        status = gsc_fail(GSC_EARGUMENT,
                          "own_embeddings: an example has %lld tokens, expected two; "
                          "layout 'a b' has two",
                          (long long)c->n_ctx);
out:
    return status;
}

const gsc_architecture gsc_architecture_token_mlp = {"token_mlp",
                                                     "fully connected layers on tokens",
                                                     rows,
                                                     sizeof rows / sizeof *rows,
                                                     sizeof(gsc_token_model),
                                                     resolve,
                                                     build};
