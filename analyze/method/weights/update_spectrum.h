/* The singular values of the last updates of a run's weights, and what they tell. */
#ifndef GROKSCOPE_UPDATE_SPECTRUM_H
#define GROKSCOPE_UPDATE_SPECTRUM_H

#include "grokscope/matrix.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The Gram matrix of the updates between points of a path, the oldest first:
 *
 *     d_i = theta_(i+1) - theta_i,    G_ij = d_i . d_j
 *
 * points [w + 1], each of n numbers; gram [w, w] is initialised here and freed by the
 * caller. Blocks of 4096 numbers are multiplied and added up in double, so that no
 * array of all updates is made: 2 w^2 n flops, 32 KB w of memory. GSC_EARGUMENT for
 * less than two points, GSC_EMEMORY. */
int gsc_update_gram(const double *const *points, size_t num_points, size_t n,
                    gsc_matrix *gram);

/* sigma [w]: the singular values of the updates stacked as rows, largest first: the
 * roots of the eigenvalues of their Gram matrix. That squares them: what is below 1e-7
 * of the largest cannot be told from rounding, and is 0. O(w^3), dsyevd. GSC_ENUMERIC
 * where a number is not finite. */
int gsc_update_singular_values(const gsc_matrix *gram, double *sigma);

/* The share of the path's variance about its mean that lies along its first principal
 * component, of the w + 1 points; NaN of a path that stands still. O(w^3). */
int gsc_update_path_share(const gsc_matrix *gram, double *share);

/* What the definition asks of number j (from 0) of sigma [w]: its share of their sum
 * times its ratio to the next one, infinite where the next is 0. NaN where it is 0
 * itself, and of the last one. */
double gsc_update_score(const double *sigma, size_t w, size_t j);

/* k* = argmax_j (sigma_j / sum sigma) (sigma_j / sigma_(j+1)), from 1 on, the first
 * where several are as large; 0 where there is none: of one update, or of none that
 * moves. Of updates of rank k < w it is k. */
size_t gsc_update_edge(const double *sigma, size_t w);

/* (sum sigma^2)^2 / sum sigma^4: how many directions share the updates' power; NaN
 * where there is none. */
double gsc_update_participation(const double *sigma, size_t w);

#ifdef __cplusplus
}
#endif
#endif
