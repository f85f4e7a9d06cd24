/* The size and the shape of a weight matrix, and of a path through weights. */
#ifndef GROKSCOPE_MATRIX_METRICS_H
#define GROKSCOPE_MATRIX_METRICS_H

#include "grokscope/matrix.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of A [m, n] with singular values s_1 >= s_2 >= …, r = min(m, n) of them, and the
 * entropy H(q) = -sum q_i ln q_i, 0 ln 0 = 0. The literature's "effective rank" is of s
 * or of s^2: both are here, by names that say which. A vector is a matrix of one row.
 * All are 0 for a matrix of zeros. */
typedef struct gsc_matrix_metrics {
    double l1, l2, max;   /* sum |a_ij|, sqrt(sum a_ij^2) (Frobenius), max |a_ij| */
    double gini;          /* of |a_ij| */
    double spectral_norm; /* s_1 */
    double nuclear_norm;  /* sum s_i */
    double stable_rank;   /* sum s_i^2 / s_1^2 */
    double erank_s;       /* exp H(s / sum s): Roy and Vetterli, EUSIPCO 2007 */
    double erank_s2;      /* exp H(s^2 / sum s^2) */
    double participation_ratio; /* (sum s_i^2)^2 / sum s_i^4 */
    double spectral_entropy;    /* H(s^2 / sum s^2) / ln r: 1 isotropic, 0 of rank one
                                   (after Truong, arXiv 2604.13123, whose eigenvalues
                                   are those of a covariance of representations: centre
                                   their columns first); 0 where r = 1 */
} gsc_matrix_metrics;

/* All of the above. Singular values by LAPACK's dgesdd without vectors, so that small
 * ones keep their digits, which a Gram matrix's eigenvalues would not. O(m n r).
 * GSC_EARGUMENT for an empty matrix, GSC_ENUMERIC where an element is not finite,
 * GSC_EMEMORY. Thread-safe. */
int gsc_matrix_metrics_of(const gsc_matrix *a, gsc_matrix_metrics *metrics);

/* Those that need only the singular values, s [r], none negative, the largest first;
 * the others are left as they are. Never fails. */
void gsc_matrix_metrics_of_values(const double *s, size_t r,
                                  gsc_matrix_metrics *metrics);

/* One stretch of a path through weights, from x to y, both [n]. */
typedef struct gsc_weight_step {
    double distance; /* |y - x| */
    double cosine;   /* of y - x with x: below 0 where the step shrinks the weights; 0
                        where either is 0 */
    double overlap;  /* of y with x, the same */
} gsc_weight_step;

/* Many tensors make one path: begin with {0}, add every tensor, read the step. */
typedef struct gsc_weight_sums {
    double xx, xd, dd, xy, yy; /* sums of products; d = y - x */
} gsc_weight_sums;

/* Add a tensor, x before and y after, both [n]. Never fails. */
void gsc_matrix_metrics_add(gsc_weight_sums *sums, const double *x, const double *y,
                            size_t n);

/* The step of all tensors that were added, as of one vector. */
gsc_weight_step gsc_matrix_metrics_step(const gsc_weight_sums *sums);

#ifdef __cplusplus
}
#endif
#endif
