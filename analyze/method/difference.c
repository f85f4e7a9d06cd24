/* How far two arrays of numbers are from each other. */
#include "analyze/method/difference.h"

#include <math.h>

bool
gsc_difference_within(gsc_tolerance tolerance, double x, double y)
{
    if (x == y || (isnan(x) && isnan(y)))
        return true;
    return isfinite(x) && isfinite(y) &&
           fabs(x - y) <= tolerance.absolute + tolerance.relative * fabs(y);
}

/* The larger; NaN where one is. */
static double
larger(double a, double b)
{
    return a > b || isnan(a) ? a : b;
}

void
gsc_difference_add(gsc_difference *sums, const double *x, const double *y, size_t n,
                   gsc_tolerance tolerance)
{
    sums->count += n;
    for (size_t i = 0; i < n; i++) {
        double d = y[i] - x[i], size = larger(fabs(x[i]), fabs(y[i]));
        if (isnan(x[i]) && isnan(y[i]))
            continue;
        if (x[i] == y[i])
            d = 0; /* of infinities */
        sums->num_different += !gsc_difference_within(tolerance, x[i], y[i]);
        sums->max = larger(sums->max, fabs(d));
        sums->max_relative = larger(sums->max_relative, d == 0 ? 0 : fabs(d) / size);
        sums->xx += x[i] * x[i];
        sums->yy += y[i] * y[i];
        sums->xy += x[i] * y[i];
        sums->dd += d * d;
    }
}

double
gsc_difference_distance(const gsc_difference *sums)
{
    return sqrt(sums->dd);
}

double
gsc_difference_cosine(const gsc_difference *sums)
{
    double size = sqrt(sums->xx) * sqrt(sums->yy);
    return size > 0 ? sums->xy / size : (double)NAN;
}
