/* The transformer: token and position embeddings, blocks of attention and MLP on a
 * residual stream, an unembedding; names, shapes and hook points are TransformerLens's.
 *
 * Initial scales "nanda" (progress-measures-paper, transformers.py): every weight is
 * Gaussian with deviation 1/sqrt(d_model), W_out too, the unembedding 1/sqrt(d_vocab);
 * biases are 0. */
#include "architectures.h"

#include <math.h>
#include <stdio.h>

typedef struct builder {
    gsc_graph *graph;
    const gsc_model_config *c;
    bool train_biases;
    size_t layer;
} builder;

static gsc_shape
shape1(int64_t a)
{
    return (gsc_shape){1, {(size_t)a}};
}

static gsc_shape
shape2(int64_t a, int64_t b)
{
    return (gsc_shape){2, {(size_t)a, (size_t)b}};
}

static gsc_shape
shape3(int64_t a, int64_t b, int64_t c)
{
    return (gsc_shape){3, {(size_t)a, (size_t)b, (size_t)c}};
}

/* A weight of the block being built: "blocks.L.<name>". */
static gsc_node
weight(const builder *b, const char *name, const char *axes, gsc_shape shape)
{
    char full[GSC_NAME_BYTES];
    snprintf(full, sizeof full, "blocks.%zu.%s", b->layer, name);
    double deviation = 1 / sqrt((double)b->c->d_model);
    return gsc_graph_parameter(b->graph, full, axes, shape, deviation, true);
}

static gsc_node
bias(const builder *b, const char *name, const char *axes, int64_t size)
{
    char full[GSC_NAME_BYTES];
    snprintf(full, sizeof full, "blocks.%zu.%s", b->layer, name);
    return gsc_graph_parameter(b->graph, full, axes, shape1(size), 0, b->train_biases);
}

static gsc_node
hook(const builder *b, gsc_node node, const char *name)
{
    gsc_graph_name(b->graph, node, "blocks.%zu.%s", b->layer, name);
    return node;
}

static gsc_node
attention(const builder *b, gsc_node x)
{
    gsc_graph *g = b->graph;
    const gsc_model_config *c = b->c;
    gsc_shape in = shape3(c->n_heads, c->d_model, c->d_head);
    gsc_shape out = shape3(c->n_heads, c->d_head, c->d_model);
    gsc_node W_Q = weight(b, "attn.W_Q", "n_heads d_model d_head", in);
    gsc_node W_K = weight(b, "attn.W_K", "n_heads d_model d_head", in);
    gsc_node W_V = weight(b, "attn.W_V", "n_heads d_model d_head", in);
    gsc_node W_O = weight(b, "attn.W_O", "n_heads d_head d_model", out);

    gsc_node q = hook(b, gsc_graph_split_heads(g, x, W_Q), "attn.hook_q");
    gsc_node k = hook(b, gsc_graph_split_heads(g, x, W_K), "attn.hook_k");
    gsc_node v = hook(b, gsc_graph_split_heads(g, x, W_V), "attn.hook_v");
    gsc_node scores = gsc_graph_scale(g, gsc_graph_attention_scores(g, q, k),
                                      1 / sqrt((double)c->d_head));
    hook(b, scores, "attn.hook_attn_scores");
    gsc_node pattern = gsc_graph_attention_softmax(g, scores, true, 0);
    hook(b, pattern, "attn.hook_pattern");
    gsc_node z = hook(b, gsc_graph_attention_mix(g, pattern, v), "attn.hook_z");
    return hook(b, gsc_graph_merge_heads(g, z, W_O), "hook_attn_out");
}

static gsc_node
mlp(const builder *b, gsc_node x, gsc_node *W_out)
{
    gsc_graph *g = b->graph;
    const gsc_model_config *c = b->c;
    gsc_node W_in =
        weight(b, "mlp.W_in", "d_model d_mlp", shape2(c->d_model, c->d_mlp));
    gsc_node b_in = bias(b, "mlp.b_in", "d_mlp", c->d_mlp);
    *W_out = weight(b, "mlp.W_out", "d_mlp d_model", shape2(c->d_mlp, c->d_model));
    gsc_node b_out = bias(b, "mlp.b_out", "d_model", c->d_model);

    gsc_node pre = gsc_graph_add(g, gsc_graph_matmul(g, x, W_in), b_in);
    gsc_node post = gsc_graph_relu(g, hook(b, pre, "mlp.hook_pre"));
    hook(b, post, "mlp.hook_post");
    gsc_node out = gsc_graph_add(g, gsc_graph_matmul(g, post, *W_out), b_out);
    return hook(b, out, "hook_mlp_out");
}

void
gsc_transformer(gsc_model *model, const gsc_model_config *c,
                const gsc_init_config *init)
{
    gsc_graph *g = model->graph;
    builder b = {.graph = g, .c = c, .train_biases = init->train_biases};
    double deviation = 1 / sqrt((double)c->d_model);
    gsc_node W_E = gsc_graph_parameter(g, "embed.W_E", "d_vocab d_model",
                                       shape2(c->d_vocab, c->d_model), deviation, true);
    gsc_node W_pos = gsc_graph_parameter(g, "pos_embed.W_pos", "n_ctx d_model",
                                         shape2(c->n_ctx, c->d_model), deviation, true);
    gsc_node embed = gsc_graph_gather(g, W_E, 0, (size_t)c->n_ctx);
    gsc_graph_name(g, embed, "hook_embed");
    gsc_node x = gsc_graph_add(g, embed, W_pos), W_out = GSC_NO_NODE;
    for (b.layer = 0; b.layer < (size_t)c->n_layers; b.layer++) {
        hook(&b, x, "hook_resid_pre");
        x = hook(&b, gsc_graph_add(g, x, attention(&b, x)), "hook_resid_mid");
        x = hook(&b, gsc_graph_add(g, x, mlp(&b, x, &W_out)), "hook_resid_post");
    }
    gsc_node W_U = gsc_graph_parameter(g, "unembed.W_U", "d_model d_vocab_out",
                                       shape2(c->d_model, c->d_vocab_out),
                                       1 / sqrt((double)c->d_vocab), true);
    gsc_node logits = gsc_graph_matmul(g, x, W_U);
    gsc_graph_name(g, logits, "hook_logits");
    model->logits = gsc_graph_slice(g, logits, 0, (size_t)c->n_ctx - 1, 1);
    model->loss = gsc_graph_cross_entropy(g, model->logits);

    model->views[GSC_VIEW_EMBEDDING] = W_E;
    model->views[GSC_VIEW_UNEMBEDDING] = gsc_graph_transpose(g, W_U);
    if (c->n_layers > 0)
        model->views[GSC_VIEW_NEURON_LOGIT] =
            gsc_graph_transpose(g, gsc_graph_matmul(g, W_out, W_U));
}
