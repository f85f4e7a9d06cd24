/* A transformer that is being written: what its parts share. */
#ifndef GSC_MODEL_TRANSFORMER_H
#define GSC_MODEL_TRANSFORMER_H

#include "train/model/token_model.h"

/* Queries, keys or values of all heads: x W[h] + b[h], b GSC_NO_NODE where absent. */
typedef struct gsc_projection {
    gsc_node W, b;
} gsc_projection;

typedef struct gsc_transformer_builder {
    gsc_model *model;
    gsc_graph *graph;
    const gsc_token_model *c;
    size_t answer; /* the position that answers */
    size_t layer;
    gsc_node W_E, W_y;      /* W_y b's own embedding, or GSC_NO_NODE */
    gsc_node W_pos;         /* GSC_NO_NODE without positions */
    gsc_projection Q, K, V; /* of the first block */
    gsc_node W_O;
    gsc_node W_in, neurons, W_out; /* of the last block; GSC_NO_NODE with experts */
} gsc_transformer_builder;

/* Name a node "blocks.L.<name>", L the block that is being written. */
gsc_node gsc_transformer_hook(const gsc_transformer_builder *b, gsc_node node,
                              const char *name);

/* The parameter "blocks.L.<name>". */
gsc_node gsc_transformer_weight(const gsc_transformer_builder *b, const char *name,
                                const char *axes, gsc_shape shape, gsc_role role,
                                int64_t fan_in);

/* The bias "blocks.L.<name>", or GSC_NO_NODE, by `biases`. */
gsc_node gsc_transformer_bias(const gsc_transformer_builder *b, int64_t biases,
                              const char *name, const char *axes, gsc_shape shape,
                              int64_t fan_in);

/* x, or x with that bias. */
gsc_node gsc_transformer_add_bias(const gsc_transformer_builder *b, gsc_node x,
                                  int64_t biases, const char *name, const char *axes,
                                  gsc_shape shape, int64_t fan_in);

/* What the block's MLP says of x [positions, d_model]; and a mixture of experts in its
 * place. */
gsc_node gsc_transformer_mlp(gsc_transformer_builder *b, gsc_node x);
gsc_node gsc_transformer_experts(gsc_transformer_builder *b, gsc_node x);

/* x W[h] + b[h] of all heads. */
gsc_node gsc_transformer_project(const gsc_transformer_builder *b, gsc_projection p,
                                 gsc_node x);

/* Queries or keys, which become the hook point `name` of their block, with rotary
 * positions where these are asked for; else x. */
gsc_node gsc_transformer_rotate(const gsc_transformer_builder *b, gsc_node x,
                                const char *name);

/* Fill in how many numbers rotary positions turn. GSC_EARGUMENT for an odd number, for
 * more than a head has, and for a parallel block without MLP or with norms after it. */
int gsc_transformer_check_block(gsc_token_model *options);

/* What queries times keys are multiplied by: 1 / sqrt(d_head), or 1 / attn_scale. */
double gsc_transformer_score_factor(const gsc_token_model *options);

/* Write the views of the parts that are there. W_U is GSC_NO_NODE where the embedding
 * is the unembedding too. */
void gsc_transformer_add_views(gsc_model *model, const gsc_transformer_builder *b,
                               gsc_node W_U);

#endif
