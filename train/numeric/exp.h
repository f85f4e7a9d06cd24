/* The exponential of many numbers. */
#ifndef GROKSCOPE_EXP_H
#define GROKSCOPE_EXP_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y[i] = e^x[i] for i < n, to within 1.1 ulp; y may be x (but not overlap it
 * otherwise).
 *
 * Infinity above ln(DBL_MAX) = 709.78…, 0 below ln(DBL_MIN) = -708.39… (where the true
 * value is subnormal or less), NaN of NaN. Sets neither errno nor, reliably, the
 * floating-point flags. A loop without branches that the compiler vectorises.
 * Thread-safe; never fails.
 *
 * Method: x = k ln 2 + r with |r| <= ln(2)/2 (Cody and Waite, Software Manual for the
 * Elementary Functions, 1980, ch. 6), the Taylor series of e^r, times 2^k. */
void gsc_exp(const double *x, double *y, size_t n);

#ifdef __cplusplus
}
#endif
#endif
