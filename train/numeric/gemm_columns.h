/* The last few columns of a product of matrices in float32.
 *
 * oneDNN takes 97, 99 and 113 columns (residues modulo the primes of the field, and
 * their tokens) at seven to nine tenths of the speed of 96 and 112: the one to three
 * that are left over of whole registers are summed here, in a pass over the left
 * factor, which is in the cache anyway. Of products of 239 by 512 that took 5 to 16 %
 * off those of 97 to 99 and 113 columns, and 2 % off those of 114. */
#ifndef GROKSCOPE_GEMM_COLUMNS_H
#define GROKSCOPE_GEMM_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

/* How many of n columns are better taken apart; 0 of few, and of small products. */
size_t gsc_gemm_columns_left(bool transpose_a, size_t m, size_t n, size_t k);

/* gsc_gemm_f32 (gemm.h) for one to three columns: b [k, cols], transposed [cols, k]. */
void gsc_gemm_columns(bool transpose_a, bool transpose_b, size_t m, size_t cols,
                      size_t k, float alpha, const float *a, size_t lda, const float *b,
                      size_t ldb, float beta, float *c, size_t ldc);

#endif
