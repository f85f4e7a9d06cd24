/* Products of examples with matrices of parameters. */
#ifndef GSC_OP_PRODUCT_H
#define GSC_OP_PRODUCT_H

#include "grokscope/operator.h"

#include "train/numeric/gemm_bf16.h"
#include "train/numeric/real.h"

#include <stdbool.h>

/* gsc_gemm, or that of rounded factors where the call asks for it. */
static inline void
multiply(const gsc_call *call, bool transpose_a, bool transpose_b, size_t m, size_t n,
         size_t k, const real *a, size_t lda, const real *b, size_t ldb, real beta,
         real *c, size_t ldc)
{
#if GSC_REAL == 32
    if (call->bf16) {
        gsc_gemm_bf16(call->bf16, transpose_a, transpose_b, m, n, k, a, lda, b, ldb,
                      beta, c, ldc);
        return;
    }
#endif
    (void)call;
    TYPED(gsc_gemm)
    (transpose_a, transpose_b, m, n, k, 1, a, lda, b, ldb, beta, c, ldc);
}

#endif
