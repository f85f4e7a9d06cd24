/* The path that weights take: its principal components, beside those of a random walk.
 *
 * Everything here follows from the squared distances D [C, C] between the C checkpoints
 * of a run, whatever the number N of weights:
 *
 *     G = -1/2 J D J,    J = 1 - 1 1ᵀ / C
 *
 * is the Gram matrix of the centred weights (Torgerson, Psychometrika 17, 1952), so its
 * eigenvalues are the squared singular values of their PCA, and its eigenvectors times
 * the singular values are the checkpoints' coordinates. */
#ifndef GROKSCOPE_TRAJECTORY_H
#define GROKSCOPE_TRAJECTORY_H

#include "grokscope/matrix.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_trajectory {
    size_t count;            /* C */
    double *singular_values; /* [C], largest first, the last 0 */
    double *share;           /* [C] of the variance; all 0 where nothing moves */
    double *share_walk;      /* [C] of a random walk with steps of the same lengths */
    double *cosine_walk;     /* [C] between the coordinates and that walk's */
    double *cosine_wave;     /* [C] between the coordinates and cos(pi k (t + 1/2) / C),
                                k = 1 …: a walk's with equal steps */
    gsc_matrix coordinates;  /* [C, C]: row u, of all checkpoints on component u */
} gsc_trajectory;

/* The components of a path with squared distances D [count, count], of which the upper
 * triangle is read.
 *
 * Steps of a random walk in many dimensions are orthogonal to each other, so between
 * checkpoints i < j it has come a squared distance of sum_{i <= t < j} l_t^2, l_t^2 =
 * D[t, t+1]; the walk's shares are the eigenvalues of the G of these distances. With
 * equal steps they are
 *
 *     share_k = 6 / ((C^2 - 1) 4 sin^2(pi k / (2 C)))  ->  6 / (pi^2 k^2)
 *
 * and its coordinates are cosines (Antognini and Sohl-Dickstein, PCA of
 * high-dimensional random walks, arXiv 1806.08805): a walk without aim has 61 % of its
 * variance in one component too. Checkpoints of a run are seldom at equal distances, so
 * here the lengths are those of the path itself.
 *
 * Every component has the sign with which it goes along with its cosine, cosine_wave
 * >= 0: pc1 begins above 0 where it runs from one end to the other. Singular values
 * below 1e-8 of the largest are rounding. O(C^3). GSC_EARGUMENT for no checkpoints,
 * GSC_ENUMERIC for a distance that is not finite, GSC_EMEMORY. On failure `self` is
 * empty. */
int gsc_trajectory_init(gsc_trajectory *self, const double *squares, size_t count);

/* Release; accepts zeroed and already freed ones. */
void gsc_trajectory_free(gsc_trajectory *self);

#ifdef __cplusplus
}
#endif
#endif
