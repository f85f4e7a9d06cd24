/* The normal distribution of many numbers. */
#ifndef GROKSCOPE_NORMAL_H
#define GROKSCOPE_NORMAL_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* For i < n, of the standard normal distribution,
 *
 *   density[i]    = e^(-x^2 / 2) / sqrt(2 pi)
 *   cumulative[i] = Phi(x) = integral of the density from -infinity to x[i]
 *
 * each within 5e-15 of its value for |x| <= 9, and within 1e-18 beyond. x, density and
 * cumulative do not overlap. NaN of NaN. Loops without branches that the compiler
 * vectorises; thread-safe; never fails. (libm's erf and exp, a number at a time, take
 * six times as long: 11.6 against 2.0 ns with AVX-512.)
 *
 * Method: Phi(-x) = e^(-x^2 / 2) h(x) for x >= 0, where h is smooth in
 * t = 1 / (1 + x / 4) and interpolated there at the Chebyshev points of [0, 9]. */
void gsc_normal(const double *x, double *density, double *cumulative, size_t n);

#ifdef __cplusplus
}
#endif
#endif
