/* Rows of numbers, every one beside every other. */
#ifndef GROKSCOPE_PAIRWISE_H
#define GROKSCOPE_PAIRWISE_H

#include "grokscope/tensor.h"
#include "grokscope/threads.h"

#include "analyze/maths/representation.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Squared distances |x_i - x_j|^2 and products <x_i, x_j> of `count` rows of `length`
 * numbers of a type, both [count, count], symmetric and with their diagonals. Sums are
 * in double, and of differences: near rows keep their digits, equal ones are at 0, with
 * the same product with all others. Bitwise the same for any number of threads, which
 * may be NULL. O(count^2 length), nothing allocated. Never fails. */
void gsc_pairwise_squares(gsc_type type, const void *const *rows, size_t count,
                          size_t length, gsc_threads *threads, double *squares,
                          double *products);

/* Linear CKA and the orthogonal Procrustes distance (representation.h) of `count`
 * representations, both [count, count], symmetric and with their diagonals: nan for
 * other numbers of points, and beside an empty representation or one of equal points.
 * The singular values of count^2 / 2 products [d, d]: with d = 128, 2 ms each on one
 * thread. GSC_EMEMORY, GSC_ENUMERIC where singular values do not converge. */
int gsc_pairwise_representations(const gsc_representation *const *representations,
                                 size_t count, gsc_threads *threads, double *cka,
                                 double *procrustes);

#ifdef __cplusplus
}
#endif
#endif
