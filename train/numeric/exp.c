/* The exponential, and the hyperbolic tangent, of many numbers. */
#include "train/numeric/exp.h"

#include "train/numeric/hot.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* ln(DBL_MAX), above which e^x overflows, and ln(DBL_MIN), below which it is not
 * normal; rounded towards the inside. */
static const double largest = 0x1.62e42fefa39efp+9;
static const double smallest = -0x1.6232bdd7abcd2p+9;

/* ln 2 in two parts. The first ends in 21 zero bits, so that k times it is exact
 * for every k that occurs (fdlibm's e_exp.c, Sun Microsystems 1993). */
static const double log2_e = 0x1.71547652b82fep+0;
static const double ln2_high = 0x1.62e42fee00000p-1;
static const double ln2_low = 0x1.a39ef35793c76p-33;

/* 1.5 * 2^52: the spacing of doubles there is 1, so that adding it rounds to the
 * nearest integer and leaves that integer in the low bits of the sum. */
static const double rounder = 0x1.8p52;

static inline uint64_t
bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double
from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* (e^r - 1 - r) / r^2 for |r| <= ln(2)/2 by the Taylor series up to r^13 / 13!; what is
 * left out of e^r is below 5e-18, a 20th of the rounding of the result. */
static inline double
exp_tail(double r)
{
    double sum = 1. / 6227020800.;
    sum = sum * r + 1. / 479001600.;
    sum = sum * r + 1. / 39916800.;
    sum = sum * r + 1. / 3628800.;
    sum = sum * r + 1. / 362880.;
    sum = sum * r + 1. / 40320.;
    sum = sum * r + 1. / 5040.;
    sum = sum * r + 1. / 720.;
    sum = sum * r + 1. / 120.;
    sum = sum * r + 1. / 24.;
    sum = sum * r + 1. / 6.;
    sum = sum * r + 1. / 2.;
    return sum;
}

static inline double
exp_reduced(double r)
{
    return 1 + (r + r * r * exp_tail(r)); /* large terms last: few roundings matter */
}

static inline double
exp_one(double x)
{
    double shifted = x * log2_e + rounder; /* k + 1.5 * 2^52 */
    double k = shifted - rounder;
    double r = (x - k * ln2_high) - k * ln2_low;
    /* times 2^k: added to the exponent. e^r lies in (0.7, 1.42), so for every x between
     * the limits the sum is the exponent of a finite, normal number. */
    double y = from_bits(bits_of(exp_reduced(r)) + (bits_of(shifted) << 52));
    y = x > largest ? (double)INFINITY : y;
    y = x < smallest ? 0 : y;
    return x == x ? y : x; /* NaN stays NaN */
}

GSC_INLINE double
tanh_one(double x)
{
    double twice = 2 * fabs(x);
    twice = twice > 40 ? 40 : twice; /* NaN stays */
    double shifted = twice * log2_e + rounder;
    double k = shifted - rounder;
    double r = (twice - k * ln2_high) - k * ln2_low;
    double power = from_bits(bits_of(1) + (bits_of(shifted) << 52));
    double e = power * (r + r * r * exp_tail(r)) + (power - 1);
    return copysign(e / (e + 2), x);
}

GSC_HOT void
gsc_exp(const double *x, double *y, size_t n)
{
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC ivdep /* where y is x, each element is read before it is written */
#endif
    for (size_t i = 0; i < n; i++)
        y[i] = exp_one(x[i]);
}

GSC_HOT void
gsc_tanh_f64(const double *x, double *y, size_t n)
{
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC ivdep
#endif
    for (size_t i = 0; i < n; i++)
        y[i] = tanh_one(x[i]);
}

GSC_HOT void
gsc_tanh_f32(const float *x, float *y, size_t n)
{
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC ivdep
#endif
    for (size_t i = 0; i < n; i++)
        y[i] = (float)tanh_one((double)x[i]);
}
