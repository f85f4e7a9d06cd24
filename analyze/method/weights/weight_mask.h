/* Masks of weights: which of them pruning keeps. */
#ifndef GROKSCOPE_WEIGHT_MASK_H
#define GROKSCOPE_WEIGHT_MASK_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* mask[i] (of n) = whether score i is one of the `keep` largest; of equal ones the
 * first are. GSC_EFORMAT where a score is NaN. Cost: 8 passes. */
int gsc_weight_mask_keep(const double *scores, size_t n, size_t keep, bool *mask);

/* Jaccard's distance 1 - |A and B| / |A or B| of the sets that two masks keep: 0 the
 * same, 1 nothing in common; 0 of two empty ones. */
double gsc_weight_mask_distance(const bool *a, const bool *b, size_t n);

#ifdef __cplusplus
}
#endif
#endif
