/* The linear models of Zhong et al. (arXiv 2306.17844, section 3; pizza,
 * train-linear.py): no attention, the embeddings of a and b enter a ReLU network.
 *
 *   alpha  relu((E_a + E_b) W_1 + b_1) U
 *   beta   relu(relu((E_a + E_b) W_1 + b_1) W_2 + b_2) U
 *   gamma  relu(relu((E_a W_1 + b_1) + (E_b W_1 + b_1)) W_2 + b_2) U
 *   delta  relu([E_a, E_b] W_1 + b_1) U
 *
 * d_model is the width of what enters (delta's embeddings are half of it each), d_mlp
 * that of the hidden layers: 256 both. Initial scales "zhong": embeddings Gaussian with
 * deviation 1/sqrt(d_model / 2), unembedding with 1/sqrt(d_mlp), the layers as PyTorch
 * has them. */
#include "train/model/token_model.h"

#include <math.h>
#include <stdio.h>

/* The parameters of "linear<number>", and x W + b; b is GSC_NO_NODE without biases. */
typedef struct layer {
    gsc_node W, b;
} layer;

static layer
make_layer(gsc_graph *g, const gsc_token_model *c, int number, const char *axes,
           int64_t in, int64_t out)
{
    char name[GSC_NAME_BYTES];
    layer l = {.b = GSC_NO_NODE};
    snprintf(name, sizeof name, "linear%d.W", number);
    l.W = gsc_graph_parameter(g, name, axes, gsc_shape2(in, out),
                              gsc_linear_initializer(in), true);
    if (c->biases == GSC_BIASES_ABSENT)
        return l;
    snprintf(name, sizeof name, "linear%d.b", number);
    l.b = gsc_graph_parameter(g, name, "d_mlp", gsc_shape1(out),
                              gsc_linear_initializer(in),
                              c->biases == GSC_BIASES_TRAINED);
    return l;
}

static gsc_node
apply(gsc_graph *g, layer l, gsc_node x)
{
    gsc_node out = gsc_graph_matmul(g, x, l.W);
    return l.b == GSC_NO_NODE ? out : gsc_graph_add(g, out, l.b);
}

static layer
first_layer(gsc_graph *g, const gsc_token_model *c)
{
    return make_layer(g, c, 1, "d_model d_mlp", c->d_model, c->d_mlp);
}

/* act(hidden) through the second layer. */
static gsc_node
second_layer(gsc_graph *g, const gsc_token_model *c, gsc_node hidden)
{
    layer l = make_layer(g, c, 2, "d_mlp d_mlp", c->d_mlp, c->d_mlp);
    return apply(g, l, gsc_activation(g, c->act_fn, hidden));
}

/* The embeddings of a and b, each [1, width]. */
typedef struct operands {
    gsc_node a, b;
} operands;

static operands
embed(gsc_model *model, const gsc_token_model *c, const gsc_dataset *dataset,
      const char *axes, int64_t width)
{
    gsc_graph *g = model->graph;
    gsc_node W_E = gsc_graph_parameter(
        g, "embed.W_E", axes, gsc_shape2(c->d_vocab, width),
        gsc_normal_initializer(1 / sqrt((double)c->d_model / 2)), true);
    gsc_node both = gsc_graph_gather(g, W_E, gsc_tokens(g, dataset), 0, 2);
    gsc_graph_name(g, both, "hook_embed");
    model->embed = both;
    model->views[GSC_VIEW_EMBEDDING] = W_E;
    return (operands){gsc_graph_slice(g, both, 0, 0, 1),
                      gsc_graph_slice(g, both, 0, 1, 1)};
}

static gsc_node
embed_sum(gsc_model *model, const gsc_token_model *c, const gsc_dataset *dataset)
{
    operands x = embed(model, c, dataset, "d_vocab d_model", c->d_model);
    return gsc_graph_add(model->graph, x.a, x.b);
}

static gsc_node
unembed(gsc_model *model, const gsc_token_model *c, gsc_node pre)
{
    gsc_graph *g = model->graph;
    gsc_node W_U = gsc_graph_parameter(
        g, "unembed.W_U", "d_mlp d_vocab_out", gsc_shape2(c->d_mlp, c->d_vocab_out),
        gsc_normal_initializer(1 / sqrt((double)c->d_mlp)), true);
    gsc_graph_name(g, pre, "hook_pre");
    gsc_node post = gsc_activation(g, c->act_fn, pre);
    gsc_graph_name(g, post, "hook_post");
    model->neurons = post;
    model->views[GSC_VIEW_UNEMBEDDING] = gsc_graph_transpose(g, W_U);
    model->views[GSC_VIEW_NEURON_LOGIT] = model->views[GSC_VIEW_UNEMBEDDING];
    return gsc_graph_matmul(g, post, W_U);
}

/* The rows of a layer's matrix that a residue's embedding meets, from `first` on. */
static gsc_node
read_by_neurons(gsc_model *model, layer l, size_t first)
{
    gsc_graph *g = model->graph;
    gsc_node W_E = model->views[GSC_VIEW_EMBEDDING];
    size_t width = gsc_graph_shape(g, W_E).dims[1];
    return gsc_graph_matmul(g, W_E, gsc_graph_slice(g, l.W, 0, first, width));
}

static gsc_node
build_alpha(gsc_model *model, const void *options, const gsc_dataset *dataset)
{
    gsc_graph *g = model->graph;
    const gsc_token_model *c = options;
    gsc_node x = embed_sum(model, c, dataset);
    layer l = first_layer(g, c);
    model->views[GSC_VIEW_NEURON_IN] = read_by_neurons(model, l, 0);
    return unembed(model, c, apply(g, l, x));
}

static gsc_node
build_beta(gsc_model *model, const void *options, const gsc_dataset *dataset)
{
    gsc_graph *g = model->graph;
    const gsc_token_model *c = options;
    gsc_node x = embed_sum(model, c, dataset);
    gsc_node hidden = apply(g, first_layer(g, c), x);
    return unembed(model, c, second_layer(g, c, hidden));
}

static gsc_node
build_gamma(gsc_model *model, const void *options, const gsc_dataset *dataset)
{
    gsc_graph *g = model->graph;
    const gsc_token_model *c = options;
    operands x = embed(model, c, dataset, "d_vocab d_model", c->d_model);
    layer l = first_layer(g, c);
    gsc_node hidden = gsc_graph_add(g, apply(g, l, x.a), apply(g, l, x.b));
    return unembed(model, c, second_layer(g, c, hidden));
}

static gsc_node
build_delta(gsc_model *model, const void *options, const gsc_dataset *dataset)
{
    gsc_graph *g = model->graph;
    const gsc_token_model *c = options;
    operands x = embed(model, c, dataset, "d_vocab d_half_model", c->d_model / 2);
    gsc_node both = gsc_graph_concatenate(g, x.a, x.b, 1);
    layer l = first_layer(g, c);
    model->views[GSC_VIEW_NEURON_IN] = read_by_neurons(model, l, 0);
    model->views[GSC_VIEW_NEURON_IN_RIGHT] =
        read_by_neurons(model, l, (size_t)(c->d_model / 2));
    return unembed(model, c, apply(g, l, both));
}

/* ---- The table ---- */

static const gsc_option rows[] = {GSC_TOKEN_D_MODEL, GSC_TOKEN_D_MLP,  GSC_TOKEN_SIZES,
                                  GSC_TOKEN_ACT_FN,  GSC_TOKEN_BIASES, GSC_TOKEN_INIT};

#define ARCHITECTURE(letter, formula)                                         \
    static int resolve_##letter(void *options, const gsc_dataset *dataset)    \
    {                                                                         \
        return gsc_token_model_resolve(options, dataset, "zhong_" #letter, 2, \
                                       GSC_INIT_ZHONG, 1 << GSC_INIT_ZHONG);  \
    }                                                                         \
    const gsc_architecture gsc_architecture_zhong_##letter = {                \
        "zhong_" #letter,                                                     \
        formula,                                                              \
        rows,                                                                 \
        sizeof rows / sizeof *rows,                                           \
        sizeof(gsc_token_model),                                              \
        resolve_##letter,                                                     \
        build_##letter}

ARCHITECTURE(alpha, "relu((E_a + E_b) W_1) U, Zhong et al.'s alpha");
ARCHITECTURE(beta, "two layers on E_a + E_b, Zhong et al.'s beta");
ARCHITECTURE(gamma, "two layers, the first on E_a and E_b apart, Zhong et al.'s gamma");
ARCHITECTURE(delta, "relu([E_a, E_b] W_1) U, Zhong et al.'s delta");
