/* The plane in which the rows of a table of residues go round with one frequency. */
#ifndef GROKSCOPE_PLANE_H
#define GROKSCOPE_PLANE_H

#include "grokscope/matrix.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Fourier component k of the rows of X [p, d], w = 2 pi k / p:
 *
 *     component[n] = sqrt(2/p) (cos(w n) A + sin(w n) B),
 *     A = sqrt(2/p) sum_n cos(w n) X[n],    B = sqrt(2/p) sum_n sin(w n) X[n]
 *
 * an ellipse in the plane of A and B, with half-axes sqrt(2/p) s_1, s_2: the singular
 * values of [A; B], whose squares sum to the power of k (gsc_fourier_power). */
typedef struct gsc_plane {
    size_t p, k, dims;         /* dims = min(2, d) */
    double singular_values[2]; /* s_1 >= s_2 >= 0; s_2 = 0 for d = 1 */
    gsc_matrix modes;          /* A and B, [2, d] */
    gsc_matrix axes;           /* orthonormal, [dims, d]; the first along s_1 */
} gsc_plane;

/* Component k of x [p, d], 0 < k < p/2. O(p d). GSC_EARGUMENT for another k and an
 * empty matrix, GSC_ENUMERIC for an element that is not finite, GSC_EMEMORY; on failure
 * `plane` is empty. Released with gsc_plane_free. */
int gsc_plane_init(gsc_plane *plane, const gsc_matrix *x, size_t k);

/* Release; accepts zeroed and already freed ones. */
void gsc_plane_free(gsc_plane *plane);

/* 2 s_1 s_2 / (s_1^2 + s_2^2): 1 for a circle, 0 for a line; 0 without power. */
double gsc_plane_circularity(const gsc_plane *plane);

/* Turn the axes within the plane, mirrored where that is nearer, until they are the
 * orthonormal pair nearest to A and B: a circle's rows then begin at (1, 0) and go
 * round counter-clockwise, and what is drawn of two checkpoints can be laid side by
 * side. Axes that no turn is nearest to stay. The first then need not be along s_1. */
void gsc_plane_orient(gsc_plane *plane);

/* Rows of x [n, d] in the plane's axes: y [n, 2] = x axesᵀ (y[:, 1] = 0 for d = 1). */
void gsc_plane_project(const gsc_plane *plane, const double *x, size_t n, double *y);

/* The angle in the plane of each row of x [n, d] less their mean, in radians of (-pi,
 * pi]: from A towards B, so that an ideal circle has the angle w n at residue n,
 * whatever signs LAPACK chose. With b = B less its part along A,
 *
 *     angle[i] = atan2(x_i . b / |b|, x_i . A / |A|)
 *
 * 0 or pi where b is 0 (a line); NaN where A is 0. O(n d). */
void gsc_plane_angles(const gsc_plane *plane, const gsc_matrix *x, double *angle);

/* Take the component from the rows of x [p, d], the x it is of: rank 2 less. */
void gsc_plane_remove(const gsc_plane *plane, gsc_matrix *x);

#ifdef __cplusplus
}
#endif
#endif
