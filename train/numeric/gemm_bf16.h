/* Products of matrices whose factors are rounded to bfloat16, on one thread.
 *
 *     C <- op(A) op(B) + beta C        beta 0 or 1; op(X) is X, or Xᵀ where asked for
 *
 * Layout as in gemm.h, all in float32. Each number of A and B is rounded to the nearest
 * bfloat16 (8 significant bits, ties to even; NaN stays NaN); products of two of them
 * are exact in float32, and are summed in float32. So a result differs from that of
 * gsc_gemm_f32 by what the factors lost, at most a 256th of sum_l |a_il| |b_lj|, and by
 * the order of the sum.
 *
 * oneDNN's kernels for bfloat16 do the sums where the processor has instructions for
 * them (AVX512_BF16, AMX); else, and where `rounded` is asked for, the rounded factors
 * are multiplied by gsc_gemm_f32. The two agree but for the order of the sums. Which is
 * faster is the processor's: on an Emerald Rapids without AMX oneDNN 2.6 has 85 GFLOP/s
 * for a thread in bfloat16 and 171 in float32. */
#ifndef GROKSCOPE_GEMM_BF16_H
#define GROKSCOPE_GEMM_BF16_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Room for the factors that one thread multiplies, and the kernels of the shapes that
 * it has met. */
typedef struct gsc_bf16 gsc_bf16;

/* Whether oneDNN has bfloat16 instructions on this processor and in this environment.
 */
bool gsc_bf16_is_there(void);

/* For factors of at most `left` and `right` elements. GSC_EMEMORY. */
int gsc_bf16_open(gsc_bf16 **self, bool rounded, size_t left, size_t right);
void gsc_bf16_close(gsc_bf16 *self);

/* As gsc_gemm_f32, but for the rounding; m k <= left, k n <= right. Nothing fails: a
 * shape that oneDNN has no kernel for is multiplied in float32. */
void gsc_gemm_bf16(gsc_bf16 *self, bool transpose_a, bool transpose_b, size_t m,
                   size_t n, size_t k, const float *a, size_t lda, const float *b,
                   size_t ldb, float beta, float *c, size_t ldc);

#ifdef __cplusplus
}
#endif
#endif
