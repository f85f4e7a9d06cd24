/* The one-layer network of Chughtai, Chan and Nanda (arXiv 2302.03025, section 4):
 * the two operands have embeddings of their own, side by side before a ReLU layer, and
 * nothing has a bias:
 *
 *   logits = relu([W_x[a], W_y[b]] W) W_U
 *
 * d_model is the width of what enters (512; the embeddings are half of it each), d_mlp
 * that of the hidden layer (128). Initial scales "chughtai", of the released
 * OneLayerMLP: Gaussian, embeddings with deviation 1/sqrt(d_model / 2), W with
 * 1/sqrt(d_model), W_U with 1/sqrt(d_mlp). */
#include "train/model/token_model.h"

#include <math.h>

/* One operand: its table [d_vocab, d_model / 2], its embedding [1, d_model / 2], and
 * what each row of the table gives the hidden layer. */
typedef struct operand {
    gsc_node W, x, read;
} operand;

static operand
embed(gsc_graph *g, const gsc_token_model *c, gsc_node tokens, const char *name,
      size_t position)
{
    operand o;
    gsc_initializer start = gsc_normal_initializer(1 / sqrt((double)c->d_model / 2));
    o.W = gsc_graph_parameter(g, name, "d_vocab d_half_model",
                              gsc_shape2(c->d_vocab, c->d_model / 2), start, true);
    o.x = gsc_graph_gather(g, o.W, tokens, position, 1);
    return o;
}

/* The rows of W that it meets are those from `first` on. */
static void
read_operand(gsc_graph *g, operand *o, gsc_node W, size_t first)
{
    size_t width = gsc_graph_shape(g, o->W).dims[1];
    o->read = gsc_graph_matmul(g, o->W, gsc_graph_slice(g, W, 0, first, width));
}

static gsc_node
build(gsc_model *model, const void *options, const gsc_dataset *dataset)
{
    gsc_graph *g = model->graph;
    const gsc_token_model *c = options;
    gsc_node tokens = gsc_tokens(g, dataset);
    operand a = embed(g, c, tokens, "embed.W_x", 0),
            b = embed(g, c, tokens, "embed.W_y", 1);
    gsc_node W = gsc_graph_parameter(
        g, "linear1.W", "d_model d_mlp", gsc_shape2(c->d_model / 2 * 2, c->d_mlp),
        gsc_normal_initializer(1 / sqrt((double)c->d_model)), true);
    gsc_node W_U = gsc_graph_parameter(
        g, "unembed.W_U", "d_mlp d_vocab_out", gsc_shape2(c->d_mlp, c->d_vocab_out),
        gsc_normal_initializer(1 / sqrt((double)c->d_mlp)), true);
    gsc_node pre = gsc_graph_matmul(g, gsc_graph_concatenate(g, a.x, b.x, 1), W);
    gsc_graph_name(g, pre, "hook_pre");
    gsc_node post = gsc_activation(g, c->act_fn, pre);
    gsc_graph_name(g, post, "hook_post");
    read_operand(g, &a, W, 0);
    read_operand(g, &b, W, (size_t)(c->d_model / 2));
    model->neurons = post;
    model->views[GSC_VIEW_EMBEDDING] = a.W;
    model->views[GSC_VIEW_EMBEDDING_RIGHT] = b.W;
    model->views[GSC_VIEW_NEURON_IN] = a.read;
    model->views[GSC_VIEW_NEURON_IN_RIGHT] = b.read;
    model->views[GSC_VIEW_UNEMBEDDING] = gsc_graph_transpose(g, W_U);
    model->views[GSC_VIEW_NEURON_LOGIT] = model->views[GSC_VIEW_UNEMBEDDING];
    return gsc_graph_matmul(g, post, W_U);
}

static const gsc_option rows[] = {GSC_TOKEN_D_MODEL, GSC_TOKEN_D_MLP, GSC_TOKEN_SIZES,
                                  GSC_TOKEN_ACT_FN, GSC_TOKEN_INIT};

static int
resolve(void *options, const gsc_dataset *dataset)
{
    return gsc_token_model_resolve(options, dataset, "chughtai_mlp", 2,
                                   GSC_INIT_CHUGHTAI, 1 << GSC_INIT_CHUGHTAI);
}

const gsc_architecture gsc_architecture_chughtai_mlp = {
    "chughtai_mlp",
    "relu([W_x[a], W_y[b]] W) W_U, Chughtai et al.'s",
    rows,
    sizeof rows / sizeof *rows,
    sizeof(gsc_token_model),
    resolve,
    build};
