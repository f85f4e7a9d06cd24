/* The sum of products that norms and projections are made of. */
#include "train/numeric/hot.h"
#include "train/numeric/real.h"
#include "train/optim/stage/stages.h"

GSC_HOT double
TYPED(gsc_dot)(const real *a, const real *b, size_t n)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}
