/* A stack of matrices with the same rows, one a checkpoint, made ready to be drawn.
 * Pure functions: arrays in, arrays out.
 *
 *     X [count * n, d]    matrix s of the stack is rows s n … s n + n - 1
 *
 * They are meant to be called in this order; each leaves X in the place of what it was.
 * X has a whole number of matrices with a row and a column at least. */
#ifndef GROKSCOPE_MATRIX_SERIES_H
#define GROKSCOPE_MATRIX_SERIES_H

#include "grokscope/matrix.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Take the mean of its rows from each matrix. O(count n d). GSC_EMEMORY. */
int gsc_matrix_series_center(gsc_matrix *x, size_t count);

/* What each matrix of a stack is turned to: nothing; the one before it, as that has
 * been turned; the last. */
typedef enum gsc_alignment {
    GSC_ALIGN_NONE,
    GSC_ALIGN_PREVIOUS,
    GSC_ALIGN_LAST
} gsc_alignment;

/* "none", "previous", "last" */
extern const char *const gsc_alignment_names[];

/* Lay each matrix onto its reference Y by the rotation (or reflection) R of
 * gsc_procrustes and a shift,
 *
 *     X_s <- (X_s - 1 meanᵀ) R + 1 mean(Y)ᵀ,   R = argmin |(X_s - 1 meanᵀ) R - (Y - 1
 * mean(Y)ᵀ)|_F
 *
 * which leaves the distances between its rows as they are. `previous` moves each as
 * little as can be from the one before, so that pictures in a row do not jump: there
 * the first stays as it is. `last` shows each as near as can be to the end, but where
 * an early one has little in common with it, its rotation is chosen by noise, and may
 * jump. O(count (n d^2 + d^3)). GSC_ENUMERIC for an element that is not finite,
 * GSC_EMEMORY. */
int gsc_matrix_series_align(gsc_matrix *x, size_t count, gsc_alignment alignment);

/* Divide each row by its length; a row of zeros stays. */
void gsc_matrix_series_normalize(gsc_matrix *x);

/* The first k principal components of all rows of the stack together (gsc_pca), in one
 * basis for all matrices, each axis with its largest entry positive:
 *
 *     X <- (X - 1 meanᵀ) V,   [count * n, k]
 *
 * share[u], u < k: the part of the variance of all rows that component u has.
 * explained[s]: the part of the squares of matrix s, less the common mean, that the k
 * have, 0 where there is nothing; with one matrix the sum of the shares. GSC_EARGUMENT
 * unless 0 < k <= min(count n, d), and the errors of gsc_pca_init. */
int gsc_matrix_series_reduce(gsc_matrix *x, size_t count, size_t k, double *share,
                             double *explained);

#ifdef __cplusplus
}
#endif
#endif
