/* The orthogonal factor of a matrix. */
#ifndef GROKSCOPE_POLAR_H
#define GROKSCOPE_POLAR_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Put U Vᵀ of the singular value decomposition A = U diag(s) Vᵀ in the place of
 * A [rows, cols], row-major: of full rank the orthogonal factor of the polar
 * decomposition, (A Aᵀ)^(-1/2) A. Only singular values above max(rows, cols) epsilon
 * times the largest count, epsilon being that of the type that A's numbers have been
 * rounded to (Golub and Van Loan's numerical rank): a matrix of lower rank becomes the
 * partial isometry of its row space, 0 stays 0.
 *
 * `room` has gsc_polar_room(rows, cols) doubles; nothing is allocated. Where A has an
 * element that is not finite, or LAPACK's dgesdd does not converge, A becomes NaN. On
 * the calling thread; O(rows cols min(rows, cols)). Thread-safe. */
void gsc_polar(double *a, size_t rows, size_t cols, double epsilon, double *room);
size_t gsc_polar_room(size_t rows, size_t cols);

#ifdef __cplusplus
}
#endif
#endif
