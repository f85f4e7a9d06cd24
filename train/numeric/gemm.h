/* Products of matrices, on one thread.
 *
 *     C <- alpha op(A) op(B) + beta C        op(X) is X, or Xᵀ where asked for
 *
 * All matrices are row-major: op(A) is [m, k], op(B) is [k, n], C is [m, n]. A is
 * stored as [m, k], transposed as [k, m]; B as [k, n], transposed as [n, k]; lda, ldb
 * and ldc are the distances between stored rows, at least their lengths. C overlaps
 * neither A nor B.
 *
 * As in BLAS, A and B are not read where alpha = 0, and C is not where beta = 0: it may
 * hold anything, NaN too. k = 0 leaves beta C.
 *
 * One call runs only on the calling thread and its result depends on nothing but its
 * arguments and the processor; any number of threads may call at once. Nothing fails.
 * 2 m n k flops.
 *
 * A signal handler that may interrupt gsc_gemm_f32 needs a stack of its own
 * (sigaltstack, SA_ONSTACK): before 2026 oneDNN's kernels keep heap addresses in the
 * stack pointer, and a handler's frame would be written there
 * (uxlfoundation/oneDNN#4845). Threads of threads.h take no signals. */
#ifndef GROKSCOPE_GEMM_H
#define GROKSCOPE_GEMM_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Single precision: oneDNN's dnnl_sgemm where built with it, else CBLAS. */
void gsc_gemm_f32(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k,
                  float alpha, const float *a, size_t lda, const float *b, size_t ldb,
                  float beta, float *c, size_t ldc);

/* Double precision: CBLAS. */
void gsc_gemm_f64(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k,
                  double alpha, const double *a, size_t lda, const double *b,
                  size_t ldb, double beta, double *c, size_t ldc);

#ifdef __cplusplus
}
#endif
#endif
