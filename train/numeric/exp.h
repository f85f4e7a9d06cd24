/* The exponential, the hyperbolic tangent and the logistic function of many numbers. */
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

/* y[i] = tanh x[i] for i < n, to within 3 ulp, also near 0; y may be x. NaN of NaN.
 *
 * Method: with e = e^(2|x|) - 1 = 2^k (e^r - 1) + (2^k - 1), k and r as above,
 * tanh |x| = e / (e + 2); 1 from |x| = 20 on, where they differ by less than an ulp. */
void gsc_tanh_f64(const double *x, double *y, size_t n);
void gsc_tanh_f32(const float *x, float *y, size_t n);

/* y[i] = 1 / (1 + e^-x[i]) for i < n, to within 4 ulp (float32: for x above -87, where
 * it is 2e-38); y may be x. NaN of NaN.
 *
 * Method: with q = e^-|x|, 1 / (1 + q) where x is above 0, else q / (1 + q). */
void gsc_sigmoid_f64(const double *x, double *y, size_t n);
void gsc_sigmoid_f32(const float *x, float *y, size_t n);

#ifdef __cplusplus
}
#endif
#endif
