/* Every checkpoint compared with every other. */
#ifndef GROKSCOPE_ALL_PAIRS_H
#define GROKSCOPE_ALL_PAIRS_H

#include "grokscope/rows.h"

#include "analyze/compare/album.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is told of two checkpoints i, j: a matrix each. */
typedef enum gsc_pair_value {
    GSC_PAIR_JACCARD,              /* key frequencies: shared / those of either */
    GSC_PAIR_SPECTRUM_COSINE,      /* embedding's power of each frequency but 0 */
    GSC_PAIR_DISTANCE,             /* |w_j - w_i| over all weights */
    GSC_PAIR_COSINE,               /* <w_i, w_j> / (|w_i| |w_j|) */
    GSC_PAIR_EMBEDDING_CKA,        /* cloud.h */
    GSC_PAIR_EMBEDDING_PROCRUSTES, /* cloud.h: a squared distance, 0 to 2 */
    GSC_PAIR_LOGIT_CKA,            /* over all pairs of residues */
    GSC_PAIR_AGREEMENT,            /* share of these that both answer alike */
    GSC_PAIR_KL,                   /* KL(i || j) of the answers; not symmetric */
    GSC_NUM_QUICK_VALUES,
    GSC_PAIR_NEURON_CKA = GSC_NUM_QUICK_VALUES, /* over all pairs of residues */
    GSC_PAIR_MATCHED_CORRELATION,               /* matching.h, of the best matching */
    GSC_PAIR_MATCHED_DISTANCE,                  /* |w_j - w_i|, j's neurons moved */
    GSC_PAIR_BARRIER,                           /* barrier.h, over all pairs */
    GSC_PAIR_MATCHED_BARRIER,                   /* with j's neurons moved */
    GSC_NUM_PAIR_VALUES
} gsc_pair_value;

/* Names and what they hold, as columns of reals. */
extern const gsc_column gsc_pair_columns[GSC_NUM_PAIR_VALUES];

typedef struct gsc_all_pairs {
    size_t count, num_values;            /* values beyond num_values are NULL */
    int64_t *steps;                      /* [count] */
    double *values[GSC_NUM_PAIR_VALUES]; /* [count, count]; nan where two cannot be
                                            compared so */
} gsc_all_pairs;

/* Compare those of an album, with its options' threads and `show`. Weights are compared
 * where names and shapes are the same, embeddings, frequencies and logits where the
 * checkpoints are about the same pairs. Bitwise the same for any number of threads.
 * With 100 checkpoints of p = 113 it is 1.7 Tflop, most of it for the CKA of logits.
 * GSC_EMEMORY, GSC_ENUMERIC. */
int gsc_all_pairs_init(gsc_all_pairs *self, const gsc_album *album,
                       const gsc_album_options *options);
void gsc_all_pairs_free(gsc_all_pairs *self);

/* Add the values that ask for neurons and for losses between two networks, with
 * num_points of each line. Every checkpoint is read again and held with its moments;
 * every pair costs a forward pass of each network, one for each point of two lines, and
 * a matching: half a second with p = 113 and 512 neurons. Errors as
 * gsc_subject_open, gsc_party_init; the first in the order of the pairs. */
int gsc_all_pairs_complete(gsc_all_pairs *self, const gsc_inputs *inputs,
                           const gsc_album *album, const gsc_album_options *options,
                           size_t num_points);

#ifdef __cplusplus
}
#endif
#endif
