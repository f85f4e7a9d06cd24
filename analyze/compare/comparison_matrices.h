/* Every checkpoint compared with every other. */
#ifndef GROKSCOPE_COMPARISON_MATRICES_H
#define GROKSCOPE_COMPARISON_MATRICES_H

#include "grokscope/rows.h"

#include "analyze/compare/feature_set.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is told of two checkpoints i, j: a matrix each. */
typedef enum gsc_comparison_value {
    GSC_COMPARISON_JACCARD,              /* key frequencies: shared / those of either */
    GSC_COMPARISON_SPECTRUM_COSINE,      /* embedding's power of each frequency but 0 */
    GSC_COMPARISON_DISTANCE,             /* |w_j - w_i| over all weights */
    GSC_COMPARISON_COSINE,               /* <w_i, w_j> / (|w_i| |w_j|) */
    GSC_COMPARISON_EMBEDDING_CKA,        /* representation.h */
    GSC_COMPARISON_EMBEDDING_PROCRUSTES, /* representation.h: a squared distance, 0 to 2
                                          */
    GSC_COMPARISON_LOGIT_CKA,            /* over all questions */
    GSC_COMPARISON_AGREEMENT,            /* share of these that both answer alike */
    GSC_COMPARISON_KL,                   /* KL(i || j) of the answers; not symmetric */
    GSC_NUM_QUICK_COMPARISON_VALUES,
    GSC_COMPARISON_NEURON_CKA =
        GSC_NUM_QUICK_COMPARISON_VALUES, /* over all questions */
    GSC_COMPARISON_MATCHED_CORRELATION,  /* matching.h, of the best matching */
    GSC_COMPARISON_MATCHED_DISTANCE,     /* |w_j - w_i|, j's neurons moved */
    GSC_COMPARISON_BARRIER,              /* barrier.h, over all questions */
    GSC_COMPARISON_MATCHED_BARRIER,      /* with j's neurons moved */
    GSC_NUM_COMPARISON_VALUES
} gsc_comparison_value;

/* Names and what they hold, as columns of reals. */
extern const gsc_column gsc_comparison_columns[GSC_NUM_COMPARISON_VALUES];

typedef struct gsc_comparison_matrices {
    size_t count, num_values;                  /* values beyond num_values are NULL */
    int64_t *steps;                            /* [count] */
    double *values[GSC_NUM_COMPARISON_VALUES]; /* [count, count]; nan where two cannot
                                            be compared so */
} gsc_comparison_matrices;

/* Compare those of a feature set, with its options' threads and `show`. Weights are
 * compared where names and shapes are the same, embeddings, frequencies and logits
 * where the checkpoints are asked the same. Bitwise the same for any number of
 * threads. With 100 checkpoints of p = 113 it is 1.7 Tflop, most of it for the CKA of
 * logits. GSC_EMEMORY, GSC_ENUMERIC. */
int gsc_comparison_matrices_init(gsc_comparison_matrices *self,
                                 const gsc_feature_set *set,
                                 const gsc_feature_set_options *options);
void gsc_comparison_matrices_free(gsc_comparison_matrices *self);

/* Add the values that ask for neurons and for losses between two networks, with
 * num_points of each line. Every checkpoint is read again and held with its moments;
 * every pair costs a forward pass of each network, one for each point of two lines, and
 * a matching: half a second with p = 113 and 512 neurons. Errors as
 * gsc_loaded_model_open, gsc_compared_features_init; the first in the order of the
 * pairs. */
int gsc_comparison_matrices_complete(gsc_comparison_matrices *self,
                                     const gsc_inputs *inputs,
                                     const gsc_feature_set *set,
                                     const gsc_feature_set_options *options,
                                     size_t num_points);

#ifdef __cplusplus
}
#endif
#endif
