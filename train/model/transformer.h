/* A transformer that is being written: what its parts share. */
#ifndef GSC_MODEL_TRANSFORMER_H
#define GSC_MODEL_TRANSFORMER_H

#include "train/model/token_model.h"

/* Queries, keys or values of all heads: x W[h] + b[h], b GSC_NO_NODE where absent. */
typedef struct gsc_projection {
    gsc_node W, b;
} gsc_projection;

typedef struct gsc_transformer_builder {
    gsc_graph *graph;
    const gsc_token_model *c;
    size_t answer; /* the position that answers */
    size_t layer;
    gsc_node W_E, W_y;      /* W_y b's own embedding, or GSC_NO_NODE */
    gsc_node W_pos;         /* GSC_NO_NODE without positions */
    gsc_projection Q, K, V; /* of the first block */
    gsc_node W_O;
    gsc_node W_in, neurons, W_out; /* of the last block */
} gsc_transformer_builder;

/* x W[h] + b[h] of all heads. */
gsc_node gsc_transformer_project(const gsc_transformer_builder *b, gsc_projection p,
                                 gsc_node x);

/* What queries times keys are multiplied by: 1 / sqrt(d_head), or 1 / attn_scale. */
double gsc_transformer_score_factor(const gsc_token_model *options);

/* Write the views of the parts that are there. W_U is GSC_NO_NODE where the embedding
 * is the unembedding too. */
void gsc_transformer_add_views(gsc_model *model, const gsc_transformer_builder *b,
                               gsc_node W_U);

#endif
