/* The transformer: token and position embeddings, blocks of attention and MLP on a
 * residual stream, an unembedding; names, shapes and hook points are TransformerLens's.
 *
 * Of the published ones, Nanda's (arXiv 2301.05217) is one causal block without norm,
 * Zhong's (2306.17844) one bidirectional block with an attention rate, Power's
 * (2201.02177) two causal blocks with the norm after each sum, x -> LN(x + f(x)), and
 * fixed sinusoidal positions. */
#include "architectures.h"

#include <math.h>
#include <stdio.h>

typedef struct builder {
    gsc_graph *graph;
    const gsc_model_config *c;
    size_t layer;
} builder;

/* ---- Parts ---- */

/* "blocks.L.<name>" */
static void
full_name(const builder *b, const char *name, char full[GSC_NAME_BYTES])
{
    snprintf(full, GSC_NAME_BYTES, "blocks.%zu.%s", b->layer, name);
}

static gsc_node
hook(const builder *b, gsc_node node, const char *name)
{
    gsc_graph_name(b->graph, node, "blocks.%zu.%s", b->layer, name);
    return node;
}

static gsc_node
weight(const builder *b, const char *name, const char *axes, gsc_shape shape,
       gsc_role role, int64_t fan_in)
{
    char full[GSC_NAME_BYTES];
    full_name(b, name, full);
    return gsc_graph_parameter(b->graph, full, axes, shape,
                               gsc_role_start(b->c, role, fan_in), true);
}

/* x, or x with a bias, by `biases`. */
static gsc_node
add_bias(const builder *b, gsc_node x, int64_t biases, const char *full,
         const char *axes, gsc_shape shape, int64_t fan_in)
{
    if (biases == GSC_BIASES_ABSENT)
        return x;
    gsc_start start = gsc_role_start(b->c, GSC_ROLE_BIAS, fan_in);
    gsc_node bias = gsc_graph_parameter(b->graph, full, axes, shape, start,
                                        biases == GSC_BIASES_TRAINED);
    return gsc_graph_add(b->graph, x, bias);
}

static gsc_node
add_block_bias(const builder *b, gsc_node x, int64_t biases, const char *name,
               const char *axes, gsc_shape shape, int64_t fan_in)
{
    char full[GSC_NAME_BYTES];
    full_name(b, name, full);
    return add_bias(b, x, biases, full, axes, shape, fan_in);
}

/* The layer norm `name` ("blocks.0.ln1"), where the network has any. */
static gsc_node
normalise(const builder *b, gsc_node x, const char *name)
{
    gsc_graph *g = b->graph;
    const gsc_model_config *c = b->c;
    char full[GSC_NAME_BYTES];
    if (c->normalization_type == GSC_NORM_NONE)
        return x;
    x = gsc_graph_layer_norm(g, x, c->eps);
    if (c->normalization_type == GSC_NORM_LN) {
        snprintf(full, sizeof full, "%s.w", name);
        x = gsc_graph_multiply(g, x,
                               gsc_graph_parameter(g, full, "d_model",
                                                   gsc_shape1(c->d_model),
                                                   gsc_constant(1), true));
        snprintf(full, sizeof full, "%s.b", name);
        x = gsc_graph_add(g, x,
                          gsc_graph_parameter(g, full, "d_model",
                                              gsc_shape1(c->d_model), gsc_constant(0),
                                              true));
    }
    gsc_graph_name(g, x, "%s.hook_normalized", name);
    return x;
}

static gsc_node
normalise_block(const builder *b, gsc_node x, const char *name)
{
    char full[GSC_NAME_BYTES];
    full_name(b, name, full);
    return normalise(b, x, full);
}

gsc_node
gsc_activation(gsc_graph *graph, int64_t act_fn, gsc_node x)
{
    switch (act_fn) {
    case GSC_ACT_RELU:
        return gsc_graph_relu(graph, x);
    case GSC_ACT_GELU:
        return gsc_graph_gelu(graph, x);
    case GSC_ACT_SQUARE:
        return gsc_graph_square(graph, x);
    case GSC_ACT_TANH:
        return gsc_graph_tanh(graph, x);
    default:
        return x;
    }
}

/* ---- Attention ---- */

/* Queries, keys or values: x W[h] + b[h] for every head. */
static gsc_node
heads_of(const builder *b, gsc_node x, const char *W, const char *bias,
         const char *hook_name)
{
    const gsc_model_config *c = b->c;
    gsc_node w = weight(b, W, "n_heads d_model d_head",
                        gsc_shape3(c->n_heads, c->d_model, c->d_head),
                        GSC_ROLE_ATTENTION, c->d_model);
    gsc_node out = gsc_graph_split_heads(b->graph, x, w);
    out = add_block_bias(b, out, c->attn_biases, bias, "n_heads d_head",
                         gsc_shape2(c->n_heads, c->d_head), c->d_model);
    return hook(b, out, hook_name);
}

static gsc_node
attention(const builder *b, gsc_node x)
{
    gsc_graph *g = b->graph;
    const gsc_model_config *c = b->c;
    bool causal = c->attention_dir == GSC_CAUSAL;
    gsc_node q = heads_of(b, x, "attn.W_Q", "attn.b_Q", "attn.hook_q");
    gsc_node k = heads_of(b, x, "attn.W_K", "attn.b_K", "attn.hook_k");
    gsc_node v = heads_of(b, x, "attn.W_V", "attn.b_V", "attn.hook_v");
    gsc_node W_O = weight(b, "attn.W_O", "n_heads d_head d_model",
                          gsc_shape3(c->n_heads, c->d_head, c->d_model),
                          GSC_ROLE_ATTENTION, c->n_heads * c->d_head);
    gsc_node scores = gsc_graph_scale(g, gsc_graph_attention_scores(g, q, k),
                                      1 / sqrt((double)c->d_head));
    hook(b, scores, "attn.hook_attn_scores");
    gsc_node pattern = gsc_graph_attention_softmax(g, scores, causal, 0);
    if (c->attention_rate < 1)
        pattern = gsc_graph_attention_rate(g, pattern, c->attention_rate, causal, 0);
    hook(b, pattern, "attn.hook_pattern");
    gsc_node z = hook(b, gsc_graph_attention_mix(g, pattern, v), "attn.hook_z");
    gsc_node out = gsc_graph_merge_heads(g, z, W_O);
    out = add_block_bias(b, out, c->attn_biases, "attn.b_O", "d_model",
                         gsc_shape1(c->d_model), c->n_heads * c->d_head);
    return hook(b, out, "hook_attn_out");
}

/* ---- MLP ---- */

/* What the last block writes into the stream: its neurons, and by which weights. */
typedef struct written {
    gsc_node neurons, W_out;
} written;

static gsc_node
mlp(const builder *b, gsc_node x, written *last)
{
    gsc_graph *g = b->graph;
    const gsc_model_config *c = b->c;
    gsc_node W_in =
        weight(b, "mlp.W_in", "d_model d_mlp", gsc_shape2(c->d_model, c->d_mlp),
               GSC_ROLE_MLP_IN, c->d_model);
    gsc_node pre =
        add_block_bias(b, gsc_graph_matmul(g, x, W_in), c->biases, "mlp.b_in", "d_mlp",
                       gsc_shape1(c->d_mlp), c->d_model);
    hook(b, pre, "mlp.hook_pre");
    gsc_node post = hook(b, gsc_activation(g, c->act_fn, pre), "mlp.hook_post");
    gsc_node W_out =
        weight(b, "mlp.W_out", "d_mlp d_model", gsc_shape2(c->d_mlp, c->d_model),
               GSC_ROLE_MLP_OUT, c->d_mlp);
    gsc_node out =
        add_block_bias(b, gsc_graph_matmul(g, post, W_out), c->biases, "mlp.b_out",
                       "d_model", gsc_shape1(c->d_model), c->d_mlp);
    *last = (written){post, W_out};
    return hook(b, out, "hook_mlp_out");
}

/* ---- The whole ---- */

/* Element (t, i) of the fixed positions: sin(t / 10000^(i/d)) for even i,
 * cos(t / 10000^((i-1)/d)) for odd i (Vaswani et al., arXiv 1706.03762, section 3.5).
 */
static double
sinusoid(gsc_shape shape, size_t index, uint64_t seed)
{
    size_t d = shape.dims[1], t = index / d, i = index % d;
    double angle = (double)t / pow(10000, (double)(i - i % 2) / (double)d);
    (void)seed;
    return i % 2 == 0 ? sin(angle) : cos(angle);
}

static gsc_node
add_positions(const builder *b, gsc_node embed)
{
    const gsc_model_config *c = b->c;
    bool learned = c->positional_embedding_type == GSC_POSITIONS_LEARNED;
    gsc_start fixed = {GSC_START_FUNCTION, 1, sinusoid};
    if (c->positional_embedding_type == GSC_POSITIONS_NONE)
        return embed;
    gsc_node W_pos = gsc_graph_parameter(
        b->graph, "pos_embed.W_pos", "n_ctx d_model", gsc_shape2(c->n_ctx, c->d_model),
        learned ? gsc_role_start(c, GSC_ROLE_POSITION, 1) : fixed, learned);
    return gsc_graph_add(b->graph, embed, W_pos);
}

static gsc_node
block(const builder *b, gsc_node x, written *last)
{
    gsc_graph *g = b->graph;
    hook(b, x, "hook_resid_pre");
    if (b->c->norm_position == GSC_NORM_AFTER) {
        x = normalise_block(b, gsc_graph_add(g, x, attention(b, x)), "ln1");
        hook(b, x, "hook_resid_mid");
        x = normalise_block(b, gsc_graph_add(g, x, mlp(b, x, last)), "ln2");
    } else {
        x = gsc_graph_add(g, x, attention(b, normalise_block(b, x, "ln1")));
        hook(b, x, "hook_resid_mid");
        x = gsc_graph_add(g, x, mlp(b, normalise_block(b, x, "ln2"), last));
    }
    return hook(b, x, "hook_resid_post");
}

gsc_node
gsc_transformer(gsc_model *model, const gsc_model_config *c)
{
    gsc_graph *g = model->graph;
    builder b = {.graph = g, .c = c};
    gsc_node W_E = gsc_graph_parameter(g, "embed.W_E", "d_vocab d_model",
                                       gsc_shape2(c->d_vocab, c->d_model),
                                       gsc_role_start(c, GSC_ROLE_EMBEDDING, 1), true);
    gsc_node embed = gsc_graph_gather(g, W_E, 0, (size_t)c->n_ctx);
    gsc_graph_name(g, embed, "hook_embed");
    model->embed = embed;
    gsc_node x = add_positions(&b, embed);
    written last = {GSC_NO_NODE, GSC_NO_NODE};
    for (b.layer = 0; b.layer < (size_t)c->n_layers; b.layer++)
        x = block(&b, x, &last);
    if (c->norm_position == GSC_NORM_BEFORE)
        x = normalise(&b, x, "ln_final");
    gsc_node W_U = gsc_graph_parameter(
        g, "unembed.W_U", "d_model d_vocab_out", gsc_shape2(c->d_model, c->d_vocab_out),
        gsc_role_start(c, GSC_ROLE_UNEMBEDDING, c->d_model), true);
    gsc_node logits =
        add_bias(&b, gsc_graph_matmul(g, x, W_U), c->unembed_bias, "unembed.b_U",
                 "d_vocab_out", gsc_shape1(c->d_vocab_out), c->d_model);

    model->views[GSC_VIEW_EMBEDDING] = W_E;
    model->views[GSC_VIEW_UNEMBEDDING] = gsc_graph_transpose(g, W_U);
    model->neurons = last.neurons;
    if (c->n_layers > 0)
        model->views[GSC_VIEW_NEURON_LOGIT] =
            gsc_graph_transpose(g, gsc_graph_matmul(g, last.W_out, W_U));
    return logits;
}
