/* The same tensor of several checkpoints, made ready to be written. */
#ifndef GROKSCOPE_EMBEDDINGS_H
#define GROKSCOPE_EMBEDDINGS_H

#include "analyze/export/annotated_matrix.h"
#include "analyze/method/weights/matrix_series.h"
#include "analyze/network/row_facts.h"
#include "analyze/tool/inputs.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is done with the rows, in this order (matrix_series.h). */
typedef struct gsc_treatment {
    bool center;
    gsc_alignment align;
    bool normalize;
    size_t pca; /* components, or 0: none */
} gsc_treatment;

/* What annotated points to is held beside it. Not to be moved. */
typedef struct gsc_embeddings {
    gsc_annotated_matrix annotated;
    gsc_row_facts facts; /* of the last checkpoint */
    const char **runs;   /* of the inputs */
    int64_t *steps;
    double *explained, *shares;
    gsc_row_kind kind;
    int64_t *residues, *ids; /* [n] of the first */
} gsc_embeddings;

/* Take the requested tensor of each input and treat the whole. Facts, and the frequency
 * and phases among them, are those of the last one, for all: a point keeps its colour
 * while it moves. Inputs and the request's name outlive it. The errors of
 * gsc_loaded_model_open, gsc_embedding_init, matrix_series.h and gsc_row_facts_init;
 * GSC_EARGUMENT, with the file, where a checkpoint's rows are not those of the first,
 * or have another number of columns. gsc_embeddings_free releases it, also after a
 * failure. */
int gsc_embeddings_init(gsc_embeddings *self, const gsc_inputs *inputs,
                        const gsc_embedding_request *request,
                        const gsc_treatment *treatment, const gsc_row_wishes *wishes,
                        gsc_threads *threads);
void gsc_embeddings_free(gsc_embeddings *self);

#ifdef __cplusplus
}
#endif
#endif
