/* Columns of mean 0 and variance 1. */
#include "analyze/maths/standardise.h"

#include <math.h>
#include <stdbool.h>

void
gsc_standardise(gsc_matrix *x)
{
    size_t n = x->rows, d = x->cols;
    for (size_t j = 0; j < d; j++) {
        double mean = 0, sum = 0;
        bool varies = false;
        for (size_t i = 0; i < n; i++) {
            mean += x->data[i * d + j] / (double)n;
            varies |= x->data[i * d + j] != x->data[j];
        }
        for (size_t i = 0; i < n; i++) {
            double y = x->data[i * d + j] -= mean;
            sum += y * y;
        }
        double deviation = varies ? sqrt(sum / (double)(n - 1)) : NAN;
        for (size_t i = 0; i < n; i++)
            x->data[i * d + j] /= deviation;
    }
}
