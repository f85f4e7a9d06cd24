/* Fourier coefficients of functions of signs. */
#include "analyze/method/task/walsh.h"

#include <math.h>

void
gsc_walsh_transform(double *values, size_t n)
{
    size_t count = (size_t)1 << n;
    for (size_t half = 1; half < count; half *= 2)
        for (size_t first = 0; first < count; first += 2 * half)
            for (size_t i = first; i < first + half; i++) {
                double a = values[i], b = values[i + half];
                values[i] = a + b;
                values[i + half] = a - b;
            }
    for (size_t i = 0; i < count; i++)
        values[i] /= (double)count;
}

double
gsc_walsh_fourier_gap(const double *toggled, size_t n, const uint8_t *in_set)
{
    double least = INFINITY, most = 0;
    for (size_t i = 0; i < n; i++)
        if (isnan(toggled[i]))
            return toggled[i];
        else if (in_set[i])
            least = fmin(least, fabs(toggled[i]));
        else
            most = fmax(most, fabs(toggled[i]));
    return least - most;
}
