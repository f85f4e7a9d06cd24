/* The mean squared difference of two inputs. */
#ifndef GSC_OP_LOSS_ERROR_OF_H
#define GSC_OP_LOSS_ERROR_OF_H

#include "grokscope/operator.h"

#include "train/numeric/real.h"

/* Of example e: mean (y - target)^2. */
static inline double
error_of(const gsc_call *call, size_t e)
{
    size_t n = gsc_node_count(call->input[0]);
    const real *y = (const real *)call->in[0] + e * n;
    const real *target = (const real *)call->in[1] + e * n;
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++)
        sum += ((double)y[i] - (double)target[i]) * ((double)y[i] - (double)target[i]);
    return sum / (double)n;
}

#endif
