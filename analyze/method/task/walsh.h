/* Functions of n signs and their Fourier coefficients, by the Walsh–Hadamard transform.
 *
 * A set of signs is a number whose bit i is set where it holds sign i, and an input is
 * the number whose bit i is set where x_i = -1. */
#ifndef GROKSCOPE_WALSH_H
#define GROKSCOPE_WALSH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* values[x], x < 2^n, become the coefficients
 *
 *     f^(S) = E f(x) prod_{i in S} x_i = 2^-n sum_x f(x) (-1)^|x and S|
 *
 * in place, in n 2^n additions; f(x) is the sum of f^(S) prod_{i in S} x_i, so that the
 * squares of the coefficients sum to E f^2 (Parseval). Never fails. */
void gsc_walsh_transform(double *values, size_t n);

/* What the gradient at a neuron says of each bit, for the parity of the bits in S: bit
 * i's is the coefficient of the activation's derivative at S without i, or S and i.
 *
 *     gap = min_{i in S} |g^(S - i)| - max_{i not in S} |g^(S + i)|
 *
 * (Barak et al., arXiv 2207.08799, definition 1.) `toggled` has the coefficient of each
 * of n bits; where no bit is outside S the second term is 0. NaN where one is. */
double gsc_walsh_fourier_gap(const double *toggled, size_t n, const uint8_t *in_set);

#ifdef __cplusplus
}
#endif
#endif
