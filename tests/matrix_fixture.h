/* Matrices to measure. */
#ifndef GSC_TEST_MATRIX_FIXTURE_H
#define GSC_TEST_MATRIX_FIXTURE_H

#include "test.h"

#include "grokscope/matrix.h"
#include "grokscope/rng.h"

/* Normal numbers around a mean. */
static inline gsc_matrix
noise(size_t rows, size_t cols, double mean, uint64_t seed)
{
    gsc_matrix x;
    assert_return_ok(gsc_matrix_init(&x, rows, cols));
    for (size_t i = 0; i < rows * cols; i++)
        x.data[i] = mean + gsc_rng_normal(seed, 1, i);
    return x;
}

#endif
