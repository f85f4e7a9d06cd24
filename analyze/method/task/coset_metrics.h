/* Are rows of numbers, one an element of a group, alike within the cosets of a
 * subgroup? Pure functions: arrays in, arrays out. Cosets are given as of
 * gsc_group_cosets: coset [order], each below `count`. */
#ifndef GROKSCOPE_COSET_METRICS_H
#define GROKSCOPE_COSET_METRICS_H

#include "grokscope/matrix.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A share, and what rows without structure would have. */
typedef struct gsc_coset_share {
    double share, chance;
} gsc_coset_share;

/* The share of the variance of W [order, m] that is between cosets:
 *
 *     sum_C |C| |mean_C - mean|^2 / sum_x |W_x - mean|^2,
 *     by chance (cosets - 1) / (order - 1)
 *
 * NaN where no row differs, the chance NaN for one element. 3 order m flops.
 * GSC_EARGUMENT for an empty matrix and a number out of range, GSC_EMEMORY. */
int gsc_coset_metrics_variance(const gsc_matrix *w, const uint16_t *coset, size_t count,
                               gsc_coset_share *share);

/* The coset concentration of each column j of W [order, m],
 *
 *     within[j] = mean_C var(W_xj: x in C) / var(W_xj),
 *
 * population variances of cosets C of one size: 0 where the column is a function of the
 * coset, 1 where cosets do not matter; by chance (order - cosets) / (order - 1) (Wu et
 * al., arXiv 2410.07476; Stander et al., arXiv 2312.06581, sum the variances of parts
 * without weights, which is another scale). within [m]; NaN of a constant column.
 * Errors as above. */
int gsc_coset_metrics_within(const gsc_matrix *w, const uint16_t *coset, size_t count,
                             double *within);

/* The other rows of a matrix, the nearest first. */
typedef struct gsc_nearest {
    size_t order;
    uint16_t *rows; /* [order, order - 1] */
} gsc_nearest;

/* Sort the rows of W [order, m] by their Euclidean distance from each; of equal ones
 * the first comes first. 3 order^2 m flops and order sorts: .2 s for S_6 with 128
 * columns. GSC_EARGUMENT for more than 65,536 rows, GSC_EMEMORY. gsc_nearest_free
 * releases it, also after a failure. */
int gsc_nearest_init(gsc_nearest *nearest, const gsc_matrix *w);
void gsc_nearest_free(gsc_nearest *nearest);

/* Of each row's |H| - 1 nearest rows those that lie in its coset, on average; 1 where
 * cosets are clusters, apart from each other. By chance (|H| - 1) / (order - 1). `size`
 * is |H|, what each coset has; NaN for 1. order |H| steps. */
gsc_coset_share gsc_coset_metrics_neighbours(const gsc_nearest *nearest,
                                             const uint16_t *coset, size_t size);

#ifdef __cplusplus
}
#endif
#endif
