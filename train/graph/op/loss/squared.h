/* Squares of differences. */
#ifndef GSC_OP_LOSS_SQUARED_H
#define GSC_OP_LOSS_SQUARED_H

#include "train/numeric/real.h"

#include <stdbool.h>
#include <stddef.h>

/* sum (y - target)^2; no number is right. */
static inline double
squared_error_of(const real *y, const real *target, size_t n, bool *right)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++)
        sum += ((double)y[i] - (double)target[i]) * ((double)y[i] - (double)target[i]);
    *right = false;
    return sum;
}

#endif
