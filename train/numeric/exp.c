/* The exponential, the hyperbolic tangent and the logistic function of many numbers. */
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

GSC_INLINE double
sigmoid_one(double x)
{
    double away = fabs(x);
    away = away > 708 ? 708 : away; /* NaN stays */
    double shifted = -away * log2_e + rounder;
    double k = shifted - rounder;
    double r = (-away - k * ln2_high) - k * ln2_low;
    double q = from_bits(bits_of(exp_reduced(r)) + (bits_of(shifted) << 52));
    return (x > 0 ? 1 : q) / (1 + q);
}

/* ---- The same in float ---- */

/* ln 2 in two parts, the first of 9 bits; and 1.5 * 2^23. */
static const float ln2_high_f32 = 0x1.63p-1F;
static const float ln2_low_f32 = -0x1.bd0106p-13F;
static const float rounder_f32 = 0x1.8p23F;

static inline float
float_from_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* A number x = k ln 2 + r, as r and 2^k; |x| <= 87. */
typedef struct reduced {
    float r, power;
} reduced;

GSC_INLINE reduced
reduce_f32(float x)
{
    float shifted = x * (float)log2_e + rounder_f32;
    float k = shifted - rounder_f32;
    uint32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    return (reduced){(x - k * ln2_high_f32) - k * ln2_low_f32,
                     float_from_bits(0x3f800000u + (bits << 23))};
}

/* e^r - 1 by the Taylor series up to r^7 / 7!: what is left out is below 2e-8 of r. */
GSC_INLINE float
expm1_reduced_f32(float r)
{
    float sum = 1.F / 5040;
    sum = sum * r + 1.F / 720;
    sum = sum * r + 1.F / 120;
    sum = sum * r + 1.F / 24;
    sum = sum * r + 1.F / 6;
    sum = sum * r + 1.F / 2;
    return r + r * r * sum;
}

GSC_INLINE float
tanh_one_f32(float x)
{
    float twice = 2 * fabsf(x);
    twice = twice > 20 ? 20 : twice; /* NaN stays */
    reduced a = reduce_f32(twice);
    float e = a.power * expm1_reduced_f32(a.r) + (a.power - 1);
    return copysignf(e / (e + 2), x);
}

GSC_INLINE float
sigmoid_one_f32(float x)
{
    float away = fabsf(x);
    away = away > 87 ? 87 : away; /* NaN stays */
    reduced a = reduce_f32(-away);
    float q = a.power + a.power * expm1_reduced_f32(a.r);
    return (x > 0 ? 1 : q) / (1 + q);
}

/* ---- Many numbers ---- */

/* Where y is x, each element is read before it is written. */
#if defined(__GNUC__) && !defined(__clang__)
#define EACH_ALONE _Pragma("GCC ivdep")
#else
#define EACH_ALONE
#endif

#define FOR_EACH(name, type, one)                       \
    GSC_HOT void name(const type *x, type *y, size_t n) \
    {                                                   \
        EACH_ALONE                                      \
        for (size_t i = 0; i < n; i++)                  \
            y[i] = one(x[i]);                           \
    }

FOR_EACH(gsc_exp, double, exp_one)
FOR_EACH(gsc_tanh_f64, double, tanh_one)
FOR_EACH(gsc_tanh_f32, float, tanh_one_f32)
FOR_EACH(gsc_sigmoid_f64, double, sigmoid_one)
FOR_EACH(gsc_sigmoid_f32, float, sigmoid_one_f32)
