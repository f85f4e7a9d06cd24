/* A loaded model whose network adds: its logits over all pairs, and what they become
 * when its embedding changes. */
#ifndef GROKSCOPE_EMBEDDING_PATCH_H
#define GROKSCOPE_EMBEDDING_PATCH_H

#include "analyze/network/evaluator.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Embeddings: one that both operands share, or one of each. */
enum { GSC_MOST_EMBEDDINGS = 2 };

typedef struct gsc_embedding_patch {
    const gsc_loaded_model *loaded;
    gsc_threads *threads; /* may be NULL */
    const gsc_grid *grid; /* n places, in the order in which the operation is a sum */
    gsc_evaluator evaluator; /* of other embeddings, and for gradients */
    size_t num_embeddings;
    const gsc_parameter *parameters[GSC_MOST_EMBEDDINGS];
    gsc_matrix embeddings[GSC_MOST_EMBEDDINGS]; /* [n, width], one row for each place */
    double *weights;      /* the loaded model's, with other embeddings */
    const double *logits; /* [n n, n]: the network as it is (gsc_pair_outputs_of) */
} gsc_embedding_patch;

/* Run the network of a loaded model. GSC_EARGUMENT where the answer to the places i and
 * j is not i + j mod n: of the operations, only a + b is a sum, and a b modulo a prime
 * one of logarithms. (A difference is one too with b's embedding turned round, but the
 * gradients by the two are then mirror images, and their cosine tells nothing.)
 * A forward pass, where none is kept; errors of gsc_pair_outputs_of. The loaded model
 * stays the caller's and outlives it. */
int gsc_embedding_patch_open(gsc_embedding_patch *patch, const gsc_loaded_model *loaded,
                             gsc_threads *threads);
void gsc_embedding_patch_close(gsc_embedding_patch *patch);

/* logits [n n, n] with other rows in the embeddings; embeddings [num_embeddings], each
 * of the shape of its own. One forward pass. */
int gsc_embedding_patch_run(gsc_embedding_patch *patch, const gsc_matrix *embeddings,
                            double *logits);

#ifdef __cplusplus
}
#endif
#endif
