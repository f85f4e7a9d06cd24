/* A softmax whose every operation is rounded to a chosen type. */
#include "train/numeric/precision.h"

#include "train/numeric/exp.h"

#include <math.h>

const char *const gsc_precision_names[] = {"float16", "float32", "float64", NULL};

/* Of float16: digits after the first, the least normal exponent, and half a unit in the
 * last place above the largest number, 65504. */
enum { HALF_DIGITS = 10, HALF_LEAST_EXPONENT = -14 };
static const double half_too_large = 65520;

static double
round_to_half(double x)
{
    int exponent;
    if (!isfinite(x) || fabs(x) >= half_too_large)
        return isnan(x) ? x : copysign((double)INFINITY, x);
    frexp(x, &exponent); /* x = m 2^exponent, 1/2 <= |m| < 1 */
    exponent--;
    if (exponent < HALF_LEAST_EXPONENT)
        exponent = HALF_LEAST_EXPONENT;
    double unit = ldexp(1, exponent - HALF_DIGITS);
    return rint(x / unit) * unit; /* both exact but for rint, which rounds to even */
}

double
gsc_precision_round(gsc_precision precision, double x)
{
    switch (precision) {
    case GSC_PRECISION_FLOAT16:
        return round_to_half(x);
    case GSC_PRECISION_FLOAT32:
        return (double)(float)x;
    default:
        return x;
    }
}

/* An operation on numbers of a narrow type that is done in double and then rounded is
 * the narrow operation: double has more than twice its digits and two. */
gsc_softmax_sum
gsc_precision_exponentials(gsc_precision precision, const double *z, size_t n,
                           double *e)
{
    gsc_softmax_sum s = {.largest = -(double)INFINITY};
    for (size_t i = 0; i < n; i++) {
        e[i] = gsc_precision_round(precision, z[i]);
        s.largest = e[i] > s.largest || isnan(e[i]) ? e[i] : s.largest;
    }
    for (size_t i = 0; i < n; i++)
        e[i] = gsc_precision_round(precision, e[i] - s.largest);
    gsc_exp(e, e, n);
    for (size_t i = 0; i < n; i++) {
        e[i] = gsc_precision_round(precision, e[i]);
        s.sum = gsc_precision_round(precision, s.sum + e[i]);
        s.zero_terms += e[i] == 0;
    }
    return s;
}
