/* Clusters of things of which it is known how alike they are, by the eigenvectors of
 * their graph. */
#ifndef GROKSCOPE_SPECTRAL_CLUSTERING_H
#define GROKSCOPE_SPECTRAL_CLUSTERING_H

#include "grokscope/matrix.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* similarity [n, n] = 1 - arccos(c_ij) / pi of the cosines c_ij between the rows of
 * `vectors` [n, d], which are scaled to length 1 in place; of a row of zeros c is 0.
 * `similarity` is initialised here. O(n^2 d). GSC_EMEMORY. */
int gsc_angular_similarity(gsc_matrix *vectors, gsc_matrix *similarity);

/* cluster[i] < count of n things whose similarities, 0 or more, are symmetric:
 *
 *     L = D^-1/2 A D^-1/2, D_ii = sum_j A_ij;
 *
 * its `count` largest eigenvectors give each thing a row, which is scaled to length 1;
 * the rows are clustered by k-means, begun by k-means++ (Ng, Jordan and Weiss, NIPS
 * 2001; Arthur and Vassilvitskii, SODA 2007), the best of ten starts by numbers of
 * stream "spectral_clustering", seed 0. Diagonal elements of A are not read. O(n^3).
 * GSC_EARGUMENT for no clusters, or more than things. */
int gsc_spectral_clustering(const gsc_matrix *similarity, size_t count,
                            size_t *cluster);

/* The adjusted Rand index of two partitions of n things (Hubert and Arabie, J.
 * Classification 2, 1985): 1 where they are the same, near 0 of random ones. Labels are
 * below num_a and num_b. NaN where both have one part, or n parts. GSC_EMEMORY. */
int gsc_adjusted_rand(const size_t *a, size_t num_a, const size_t *b, size_t num_b,
                      size_t n, double *index);

#ifdef __cplusplus
}
#endif
#endif
