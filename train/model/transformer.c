/* The transformer: token and position embeddings, blocks of attention and MLP on a
 * residual stream, an unembedding; names, shapes and hook points are TransformerLens's.
 *
 * Of the published ones, Nanda's (arXiv 2301.05217) is one causal block without norm,
 * Zhong's (2306.17844) one bidirectional block with an attention rate, Power's
 * (2201.02177) two causal blocks with the norm after each sum, x -> LN(x + f(x)), and
 * fixed sinusoidal positions. */
#include "grokscope/error.h"

#include "train/model/transformer.h"

#include <math.h>
#include <stdio.h>

/* ---- Parts ---- */

/* "blocks.L.<name>" */
static void
full_name(const gsc_transformer_builder *b, const char *name, char full[GSC_NAME_BYTES])
{
    snprintf(full, GSC_NAME_BYTES, "blocks.%zu.%s", b->layer, name);
}

gsc_node
gsc_transformer_hook(const gsc_transformer_builder *b, gsc_node node, const char *name)
{
    gsc_graph_name(b->graph, node, "blocks.%zu.%s", b->layer, name);
    return node;
}

gsc_node
gsc_transformer_weight(const gsc_transformer_builder *b, const char *name,
                       const char *axes, gsc_shape shape, gsc_role role, int64_t fan_in)
{
    char full[GSC_NAME_BYTES];
    full_name(b, name, full);
    return gsc_graph_parameter(b->graph, full, axes, shape,
                               gsc_role_initializer(b->c, role, fan_in), true);
}

/* A bias, or GSC_NO_NODE, by `biases`. */
static gsc_node
bias_of(const gsc_transformer_builder *b, int64_t biases, const char *full,
        const char *axes, gsc_shape shape, int64_t fan_in)
{
    if (biases == GSC_BIASES_ABSENT)
        return GSC_NO_NODE;
    gsc_initializer start = gsc_role_initializer(b->c, GSC_ROLE_BIAS, fan_in);
    return gsc_graph_parameter(b->graph, full, axes, shape, start,
                               biases == GSC_BIASES_TRAINED);
}

gsc_node
gsc_transformer_bias(const gsc_transformer_builder *b, int64_t biases, const char *name,
                     const char *axes, gsc_shape shape, int64_t fan_in)
{
    char full[GSC_NAME_BYTES];
    full_name(b, name, full);
    return bias_of(b, biases, full, axes, shape, fan_in);
}

static gsc_node
add_if_any(gsc_graph *g, gsc_node x, gsc_node bias)
{
    return bias == GSC_NO_NODE ? x : gsc_graph_add(g, x, bias);
}

/* x, or x with a bias, by `biases`. */
static gsc_node
add_bias(const gsc_transformer_builder *b, gsc_node x, int64_t biases, const char *full,
         const char *axes, gsc_shape shape, int64_t fan_in)
{
    return add_if_any(b->graph, x, bias_of(b, biases, full, axes, shape, fan_in));
}

gsc_node
gsc_transformer_add_bias(const gsc_transformer_builder *b, gsc_node x, int64_t biases,
                         const char *name, const char *axes, gsc_shape shape,
                         int64_t fan_in)
{
    gsc_node bias = gsc_transformer_bias(b, biases, name, axes, shape, fan_in);
    return add_if_any(b->graph, x, bias);
}

/* The layer norm `name` ("blocks.0.ln1"), where the network has any. */
static gsc_node
normalise(const gsc_transformer_builder *b, gsc_node x, const char *name)
{
    gsc_graph *g = b->graph;
    const gsc_token_model *c = b->c;
    char full[GSC_NAME_BYTES];
    int64_t type = c->normalization_type;
    if (type == GSC_NORM_NONE)
        return x;
    x = type == GSC_NORM_RMS || type == GSC_NORM_RMSPRE
            ? gsc_graph_rms_norm(g, x, c->eps)
            : gsc_graph_layer_norm(g, x, c->eps);
    if (type == GSC_NORM_LN || type == GSC_NORM_RMS) {
        snprintf(full, sizeof full, "%s.w", name);
        x = gsc_graph_multiply(g, x,
                               gsc_graph_parameter(g, full, "d_model",
                                                   gsc_shape1(c->d_model),
                                                   gsc_constant_initializer(1), true));
    }
    if (type == GSC_NORM_LN) {
        snprintf(full, sizeof full, "%s.b", name);
        x = gsc_graph_add(g, x,
                          gsc_graph_parameter(g, full, "d_model",
                                              gsc_shape1(c->d_model),
                                              gsc_constant_initializer(0), true));
    }
    gsc_graph_name(g, x, "%s.hook_normalized", name);
    return x;
}

static gsc_node
normalise_block(const gsc_transformer_builder *b, gsc_node x, const char *name)
{
    char full[GSC_NAME_BYTES];
    full_name(b, name, full);
    return normalise(b, x, full);
}

/* ---- Attention ---- */

static gsc_projection
make_projection(const gsc_transformer_builder *b, const char *W, const char *bias)
{
    const gsc_token_model *c = b->c;
    char full[GSC_NAME_BYTES];
    gsc_projection p;
    p.W = gsc_transformer_weight(b, W, "n_heads d_model d_head",
                                 gsc_shape3(c->n_heads, c->d_model, c->d_head),
                                 GSC_ROLE_ATTENTION, c->d_model);
    full_name(b, bias, full);
    p.b = bias_of(b, c->attn_biases, full, "n_heads d_head",
                  gsc_shape2(c->n_heads, c->d_head), c->d_model);
    return p;
}

gsc_node
gsc_transformer_project(const gsc_transformer_builder *b, gsc_projection p, gsc_node x)
{
    return add_if_any(b->graph, gsc_graph_split_heads(b->graph, x, p.W), p.b);
}

double
gsc_transformer_score_factor(const gsc_token_model *c)
{
    return 1 / (c->attn_scale > 0 ? c->attn_scale : sqrt((double)c->d_head));
}

void
gsc_given_pattern(size_t layer, char name[GSC_NAME_BYTES])
{
    snprintf(name, GSC_NAME_BYTES, "given_pattern.%zu", layer);
}

static gsc_node
pattern_of(const gsc_transformer_builder *b, gsc_node scores)
{
    gsc_graph *g = b->graph;
    const gsc_token_model *c = b->c;
    bool causal = c->attention_dir == GSC_CAUSAL;
    char name[GSC_NAME_BYTES];
    if (c->has_given_patterns) {
        gsc_given_pattern(b->layer, name);
        return gsc_graph_input(g, name, gsc_graph_shape(g, scores));
    }
    gsc_node pattern = gsc_graph_attention_softmax(g, scores, causal, 0);
    if (c->attention_rate < 1)
        pattern = gsc_graph_attention_rate(g, pattern, c->attention_rate, causal, 0);
    return pattern;
}

static gsc_node
attention(gsc_transformer_builder *b, gsc_node x)
{
    gsc_graph *g = b->graph;
    const gsc_token_model *c = b->c;
    gsc_projection Q = make_projection(b, "attn.W_Q", "attn.b_Q");
    gsc_node q =
        gsc_transformer_hook(b, gsc_transformer_project(b, Q, x), "attn.hook_q");
    q = gsc_transformer_rotate(b, q, "attn.hook_rot_q");
    gsc_projection K = make_projection(b, "attn.W_K", "attn.b_K");
    gsc_node k =
        gsc_transformer_hook(b, gsc_transformer_project(b, K, x), "attn.hook_k");
    k = gsc_transformer_rotate(b, k, "attn.hook_rot_k");
    gsc_projection V = make_projection(b, "attn.W_V", "attn.b_V");
    gsc_node v =
        gsc_transformer_hook(b, gsc_transformer_project(b, V, x), "attn.hook_v");
    gsc_node W_O = gsc_transformer_weight(b, "attn.W_O", "n_heads d_head d_model",
                                          gsc_shape3(c->n_heads, c->d_head, c->d_model),
                                          GSC_ROLE_ATTENTION, c->n_heads * c->d_head);
    if (b->layer == 0) {
        b->Q = Q;
        b->K = K;
        b->V = V;
        b->W_O = W_O;
    }
    gsc_node scores = gsc_graph_scale(g, gsc_graph_attention_scores(g, q, k),
                                      gsc_transformer_score_factor(c));
    gsc_transformer_hook(b, scores, "attn.hook_attn_scores");
    gsc_node pattern =
        gsc_transformer_hook(b, pattern_of(b, scores), "attn.hook_pattern");
    gsc_node z =
        gsc_transformer_hook(b, gsc_graph_attention_mix(g, pattern, v), "attn.hook_z");
    gsc_node out = gsc_graph_merge_heads(g, z, W_O);
    out = gsc_transformer_add_bias(b, out, c->attn_biases, "attn.b_O", "d_model",
                                   gsc_shape1(c->d_model), c->n_heads * c->d_head);
    return gsc_transformer_hook(b, out, "hook_attn_out");
}

/* ---- The whole ---- */

static gsc_node
embedding(const gsc_transformer_builder *b, const char *name)
{
    const gsc_token_model *c = b->c;
    return gsc_token_embedding(b->graph, c, name,
                               gsc_role_initializer(c, GSC_ROLE_EMBEDDING, 1));
}

/* The embedding of each token; the second one may be of a table of its own. */
static gsc_node
embed_tokens(const gsc_transformer_builder *b, gsc_node tokens)
{
    gsc_graph *g = b->graph;
    size_t n_ctx = (size_t)b->c->n_ctx;
    if (b->W_y == GSC_NO_NODE)
        return gsc_graph_gather(g, b->W_E, tokens, 0, n_ctx);
    gsc_node x = gsc_graph_concatenate(g, gsc_graph_gather(g, b->W_E, tokens, 0, 1),
                                       gsc_graph_gather(g, b->W_y, tokens, 1, 1), 0);
    if (n_ctx > 2)
        x = gsc_graph_concatenate(g, x,
                                  gsc_graph_gather(g, b->W_E, tokens, 2, n_ctx - 2), 0);
    return x;
}

static gsc_node
add_positions(gsc_transformer_builder *b, gsc_node embed)
{
    const gsc_token_model *c = b->c;
    bool learned = c->positional_embedding_type == GSC_POSITIONS_LEARNED;
    gsc_initializer fixed = {GSC_INITIALIZER_FUNCTION, 1, gsc_sinusoid};
    if (c->positional_embedding_type == GSC_POSITIONS_NONE ||
        c->positional_embedding_type == GSC_POSITIONS_ROTARY)
        return embed;
    b->W_pos = gsc_graph_parameter(
        b->graph, "pos_embed.W_pos", "n_ctx d_model", gsc_shape2(c->n_ctx, c->d_model),
        learned ? gsc_role_initializer(c, GSC_ROLE_POSITION, 1) : fixed, learned);
    return gsc_graph_add(b->graph, embed, b->W_pos);
}

/* x and what a layer adds to it, of which a training step drops a share (Vaswani et
 * al., section 5.4). */
static gsc_node
add_residual(const gsc_transformer_builder *b, gsc_node x, gsc_node added,
             const char *layer)
{
    char stream[GSC_NAME_BYTES];
    snprintf(stream, sizeof stream, "dropout:blocks.%zu.%s", b->layer, layer);
    added = gsc_graph_dropout(b->graph, added, b->c->dropout, stream);
    return gsc_graph_add(b->graph, x, added);
}

/* x + attention(ln1(x)) + mlp(ln2(x)), as GPT-J and GPT-NeoX have it. */
static gsc_node
parallel_block(gsc_transformer_builder *b, gsc_node x)
{
    gsc_node sum =
        add_residual(b, x, attention(b, normalise_block(b, x, "ln1")), "attn");
    return add_residual(b, sum, gsc_transformer_mlp(b, normalise_block(b, x, "ln2")),
                        "mlp");
}

static gsc_node
block(gsc_transformer_builder *b, gsc_node x)
{
    bool has_mlp = !b->c->attn_only;
    gsc_transformer_hook(b, x, "hook_resid_pre");
    if (b->c->parallel_attn_mlp) {
        x = parallel_block(b, x);
    } else if (b->c->norm_position == GSC_NORM_AFTER) {
        x = normalise_block(b, add_residual(b, x, attention(b, x), "attn"), "ln1");
        if (has_mlp)
            gsc_transformer_hook(b, x, "hook_resid_mid");
        if (has_mlp)
            x = normalise_block(b, add_residual(b, x, gsc_transformer_mlp(b, x), "mlp"),
                                "ln2");
    } else {
        x = add_residual(b, x, attention(b, normalise_block(b, x, "ln1")), "attn");
        if (has_mlp)
            gsc_transformer_hook(b, x, "hook_resid_mid");
        if (has_mlp)
            x = add_residual(b, x, gsc_transformer_mlp(b, normalise_block(b, x, "ln2")),
                             "mlp");
    }
    return gsc_transformer_hook(b, x, "hook_resid_post");
}

static gsc_node
unembed(gsc_model *model, const gsc_transformer_builder *b, gsc_node x)
{
    gsc_graph *g = b->graph;
    const gsc_token_model *c = b->c;
    gsc_node W_U = GSC_NO_NODE;
    if (!c->tied)
        W_U = gsc_graph_parameter(
            g, "unembed.W_U", "d_model d_vocab_out",
            gsc_shape2(c->d_model, c->d_vocab_out),
            gsc_role_initializer(c, GSC_ROLE_UNEMBEDDING, c->d_model), true);
    gsc_node logits = c->tied ? gsc_graph_matmul_transposed(g, x, b->W_E)
                              : gsc_graph_matmul(g, x, W_U);
    logits = add_bias(b, logits, c->unembed_bias, "unembed.b_U", "d_vocab_out",
                      gsc_shape1(c->d_vocab_out), c->d_model);
    gsc_transformer_add_views(model, b, W_U);
    return logits;
}

static gsc_node
build(gsc_model *model, const void *options, const gsc_dataset *dataset)
{
    gsc_graph *g = model->graph;
    const gsc_token_model *c = options;
    gsc_transformer_builder b = {.model = model,
                                 .graph = g,
                                 .c = c,
                                 .answer = dataset->targets[0].position +
                                           dataset->targets[0].answer_row,
                                 .W_y = GSC_NO_NODE,
                                 .W_pos = GSC_NO_NODE,
                                 .neurons = GSC_NO_NODE};
    b.W_E = embedding(&b, "embed.W_E");
    if (c->own_embeddings)
        b.W_y = embedding(&b, "embed.W_y");
    gsc_node embed = embed_tokens(&b, gsc_tokens(g, dataset));
    gsc_graph_name(g, embed, "hook_embed");
    model->embed = embed;
    gsc_node x = add_positions(&b, embed);
    for (b.layer = 0; b.layer < (size_t)c->n_layers; b.layer++)
        x = block(&b, x);
    if (c->final_norm == GSC_FINAL_NORM_YES ||
        (c->final_norm == GSC_FINAL_NORM_DEFAULT &&
         c->norm_position == GSC_NORM_BEFORE))
        x = normalise(&b, x, "ln_final");
    if (c->readout == GSC_READ_MEAN) {
        x = gsc_mean_of_rows(g, x, (size_t)c->n_ctx);
        if (b.neurons != GSC_NO_NODE)
            b.neurons = gsc_mean_of_rows(g, b.neurons, (size_t)c->n_ctx);
    }
    return unembed(model, &b, x);
}

static const gsc_option rows[] = {
    GSC_ROW_INTEGER(gsc_token_model, n_layers, "1", 0, 64, "Transformer blocks."),
    GSC_TOKEN_D_MODEL,
    GSC_TOKEN_EMBED_RANK,
    GSC_ROW_INTEGER(gsc_token_model, n_heads, "4", 1, 256,
                    "Attention heads in each block."),
    GSC_ROW_INTEGER(gsc_token_model, d_head, "0", 0, 16384,
                    "Width of an attention head; 0: d_model / n_heads, rounded down."),
    GSC_TOKEN_D_MLP,
    GSC_TOKEN_SIZES,
    GSC_TOKEN_ACT_FN,
    GSC_ROW_CHOICE(gsc_token_model, normalization_type, "none", gsc_normalization_names,
                   "Layer normalisation, or by the root mean square; LNPre, RMSPre: "
                   "without gain and bias."),
    GSC_ROW_REAL(gsc_token_model, eps, "1e-05", 0, 1,
                 "Number added to the variance in the layer normalisation."),
    GSC_ROW_CHOICE(
        gsc_token_model, norm_position, "pre", gsc_norm_position_names,
        "Place of the layer normalisation; pre: x + f(LN(x)), post: LN(x + f(x))."),
    GSC_ROW_CHOICE(gsc_token_model, final_norm, "default", gsc_final_norm_names,
                   "Layer normalisation after the last block; default: yes where "
                   "norm_position is pre."),
    GSC_ROW_CHOICE(gsc_token_model, positional_embedding_type, "standard",
                   gsc_position_names,
                   "Embedding of positions; standard: a learned one; rotary: queries "
                   "and keys are turned by angles that grow with the position."),
    GSC_ROW_INTEGER(gsc_token_model, rotary_dim, "0", 0, 16384,
                    "Numbers of each query and key that are turned; 0: d_head."),
    GSC_ROW_REAL(gsc_token_model, rotary_base, "10000", 1, 1e12,
                 "Base b of the angles: pair i turns by b^(-2i/rotary_dim) from one "
                 "position to the next."),
    GSC_ROW_BOOL(gsc_token_model, rotary_adjacent_pairs, "no",
                 "Turn numbers 2i and 2i+1 as a pair (GPT-J), not i and i + half."),
    GSC_ROW_CHOICE(
        gsc_token_model, attention_dir, "causal", gsc_attention_dir_names,
        "Positions that a position may attend to; causal: itself and those before it."),
    GSC_ROW_REAL(gsc_token_model, attention_rate, "1", 0, 1,
                 "Share r of attention that is softmax, where the rest is 1 "
                 "everywhere: r * softmax + 1 - r."),
    GSC_ROW_REAL(
        gsc_token_model, attn_scale, "-1", -1, 1e6,
        "Number that attention scores are divided by; -1: the root of d_head."),
    GSC_ROW_BOOL(gsc_token_model, attn_only, "no", "Leave the MLPs out."),
    GSC_ROW_BOOL(gsc_token_model, parallel_attn_mlp, "no",
                 "Attention and MLP side by side: x + attn(LN(x)) + mlp(LN(x))."),
    GSC_ROW_BOOL(gsc_token_model, gated_mlp, "no",
                 "Multiply the neurons with a second linear layer (GLU, SwiGLU)."),
    GSC_ROW_INTEGER(gsc_token_model, num_experts, "0", 0, 4096,
                    "Experts in each block, MLPs of d_mlp neurons among which a router "
                    "chooses; 0: one MLP, and no router."),
    GSC_ROW_INTEGER(gsc_token_model, experts_per_token, "2", 1, 256,
                    "Experts that the router chooses at each position."),
    GSC_ROW_BOOL(gsc_token_model, normalise_gates, "yes",
                 "Divide the weights of the chosen experts by their sum."),
    GSC_ROW_REAL(gsc_token_model, load_balance, "0", 0, 1000,
                 "Weight of the load-balancing loss, the mean over blocks."),
    GSC_ROW_BOOL(gsc_token_model, tied, "no",
                 "Use the embedding as the unembedding too."),
    GSC_ROW_BOOL(gsc_token_model, own_embeddings, "no",
                 "Give b, the second token, an embedding of its own."),
    GSC_ROW_CHOICE(gsc_token_model, readout, "positions", gsc_readout_names,
                   "What the unembedding reads; mean: the mean of all positions."),
    GSC_ROW_REAL(gsc_token_model, dropout, "0", 0, 0.999999,
                 "Share of what attention and MLP add that each training step drops."),
    GSC_TOKEN_BIASES,
    GSC_ROW_CHOICE(gsc_token_model, attn_biases, "absent", gsc_biases_names,
                   "Biases of queries, keys, values and the heads' output."),
    GSC_ROW_CHOICE(gsc_token_model, unembed_bias, "absent", gsc_biases_names,
                   "Bias of the unembedding."),
    GSC_TOKEN_INIT,
};

static int
check_experts(const gsc_token_model *c)
{
    if (c->num_experts > 0 && c->experts_per_token > c->num_experts)
        return gsc_fail(GSC_EARGUMENT,
                        "experts_per_token: %lld, but there are %lld experts",
                        (long long)c->experts_per_token, (long long)c->num_experts);
    if (c->num_experts > 0 && c->attn_only)
        return gsc_fail(GSC_EARGUMENT,
                        "num_experts: %lld, but attn_only leaves the MLPs out",
                        (long long)c->num_experts);
    if (c->num_experts == 0 && c->load_balance > 0)
        return gsc_fail(GSC_EARGUMENT,
                        "load_balance: %g, but there are no experts; "
                        "set num_experts",
                        c->load_balance);
    return 0;
}

static int
resolve(void *options, const gsc_dataset *dataset)
{
    int status = 0;
    gsc_token_model *c = options;
    GSC_TRY(gsc_token_model_resolve(
        c, dataset, "transformer", 0, GSC_INIT_NANDA,
        1 << GSC_INIT_NANDA | 1 << GSC_INIT_ZHONG | 1 << GSC_INIT_PYTORCH |
            1 << GSC_INIT_TRANSFORMERLENS | 1 << GSC_INIT_FURUTA));
    GSC_TRY(gsc_transformer_check_block(c));
    if (c->own_embeddings && c->n_ctx != 2 && c->n_ctx != 3)
        return gsc_fail(GSC_EARGUMENT,
                        "own_embeddings: an example has %lld tokens, expected a and b, "
                        "or these and =",
                        (long long)c->n_ctx);
    GSC_TRY(check_experts(c));
    if (c->tied && c->d_vocab_out < c->d_vocab)
        c->d_vocab_out = c->d_vocab;
    if (c->tied && c->d_vocab_out != c->d_vocab)
        status = gsc_fail(GSC_EARGUMENT,
                          "tied: %lld outputs, but the embedding has %lld tokens",
                          (long long)c->d_vocab_out, (long long)c->d_vocab);
out:
    return status;
}

const gsc_architecture gsc_architecture_transformer = {
    "transformer",
    "attention and MLPs on a residual stream of tokens",
    rows,
    sizeof rows / sizeof *rows,
    sizeof(gsc_token_model),
    resolve,
    build};
