/* What goes together in the columns of two large sets of points that are never held:
 * rows come block by block. */
#ifndef GROKSCOPE_MOMENTS_H
#define GROKSCOPE_MOMENTS_H

#include "grokscope/matrix.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of X [n, d] and Y [n, e], row i of both of the same example. Sums while rows are
 * added; once finished the centred product
 *
 *     product = (X - 1 mean_xᵀ)ᵀ (Y - 1 mean_yᵀ) = Xᵀ Y - n mean_x mean_yᵀ
 *
 * X and Y are given less any one row (the first, say), which changes nothing in exact
 * arithmetic and keeps digits where means are large. A set's own moments are those of
 * it with itself. */
typedef struct gsc_moments {
    double count;       /* n */
    double *x, *y;      /* [d], [e] sums of rows */
    gsc_matrix product; /* [d, e] */
} gsc_moments;

/* No rows yet. GSC_EMEMORY; `moments` is empty then. Released with gsc_moments_free. */
int gsc_moments_init(gsc_moments *moments, size_t d, size_t e);
void gsc_moments_free(gsc_moments *moments);

/* Add rows x [rows, d], y [rows, e]. 2 rows d e flops, on one thread. */
void gsc_moments_add(gsc_moments *moments, const double *x, const double *y,
                     size_t rows);

/* Add all that `more` sums up. Neither is finished. */
void gsc_moments_merge(gsc_moments *moments, const gsc_moments *more);

/* Sums become the centred product; of no rows, zeros. */
void gsc_moments_finish(gsc_moments *moments);

/* ---- From finished ones: `both` of X and Y, `own_x` and `own_y` of each with itself.
 */

/* Linear CKA (representation.h); nan where all points of one are the same. */
double gsc_moments_cka(const gsc_moments *both, const gsc_moments *own_x,
                       const gsc_moments *own_y);

/* The orthogonal Procrustes distance (representation.h); nan where all points of one
 * are the same. O(d e min(d, e)). GSC_ENUMERIC as gsc_svd, GSC_EMEMORY. */
int gsc_moments_procrustes(const gsc_moments *both, const gsc_moments *own_x,
                           const gsc_moments *own_y, double *distance);

/* Pearson's correlation of each column of X with each of Y, [d, e]; 0 where one of the
 * two is constant. `correlation` is initialised here and freed by the caller.
 * GSC_EMEMORY. */
int gsc_moments_correlation(const gsc_moments *both, const gsc_moments *own_x,
                            const gsc_moments *own_y, gsc_matrix *correlation);

#ifdef __cplusplus
}
#endif
#endif
