/* Products of matrices, on one thread: oneDNN and CBLAS. */
#include "train/numeric/gemm.h"

#include "train/base/blas.h"
#include "train/numeric/gemm_columns.h"

#include <assert.h>
#include <cblas.h>
#include <limits.h>
#include <stddef.h>
#ifdef GSC_HAVE_DNNL
#include <dnnl.h>
#include <omp.h>
#endif

static CBLAS_TRANSPOSE
cblas_transpose(bool transpose)
{
    return transpose ? CblasTrans : CblasNoTrans;
}

static int
cblas_size(size_t size)
{
    assert(size <= INT_MAX);
    return (int)size;
}

#ifdef GSC_HAVE_DNNL
/* False where oneDNN refused (no memory for its packing). */
static bool
onednn_gemm(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k,
            float alpha, const float *a, size_t lda, const float *b, size_t ldb,
            float beta, float *c, size_t ldc)
{
    /* oneDNN asks OpenMP for a team, and every plain thread would get one of its own;
     * the setting belongs to the calling thread, which gets it back. */
    int team = omp_get_max_threads();
    omp_set_num_threads(1);
    dnnl_status_t result =
        dnnl_sgemm(transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', (dnnl_dim_t)m,
                   (dnnl_dim_t)n, (dnnl_dim_t)k, alpha, a, (dnnl_dim_t)lda, b,
                   (dnnl_dim_t)ldb, beta, c, (dnnl_dim_t)ldc);
    omp_set_num_threads(team);
    return result == dnnl_success;
}
#endif

static void
scale_f32(size_t m, size_t n, float beta, float *c, size_t ldc)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            c[i * ldc + j] = beta == 0 ? 0 : beta * c[i * ldc + j]; /* C <- beta C */
}

static void
scale_f64(size_t m, size_t n, double beta, double *c, size_t ldc)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            c[i * ldc + j] = beta == 0 ? 0 : beta * c[i * ldc + j]; /* C <- beta C */
}

/* So few are done before oneDNN's code for them is in the cache. */
enum { FEW_PRODUCTS = 1024 };

static void
multiply_few(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k,
             float alpha, const float *a, size_t lda, const float *b, size_t ldb,
             float beta, float *c, size_t ldc)
{
    size_t a_row = transpose_a ? 1 : lda, a_col = transpose_a ? lda : 1;
    size_t b_row = transpose_b ? 1 : ldb, b_col = transpose_b ? ldb : 1;
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            float sum = 0, *out = &c[i * ldc + j];
            for (size_t l = 0; l < k; l++)
                sum += a[i * a_row + l * a_col] * b[l * b_row + j * b_col];
            *out = alpha * sum + (beta == 0 ? 0 : beta * *out);
        }
}

/* All of a product, by a library. */
static void
multiply_f32(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k,
             float alpha, const float *a, size_t lda, const float *b, size_t ldb,
             float beta, float *c, size_t ldc)
{
#ifdef GSC_HAVE_DNNL
    if (onednn_gemm(transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c,
                    ldc))
        return;
#endif
    gsc_blas_prepare();
    cblas_sgemm(CblasRowMajor, cblas_transpose(transpose_a),
                cblas_transpose(transpose_b), cblas_size(m), cblas_size(n),
                cblas_size(k), alpha, a, cblas_size(lda), b, cblas_size(ldb), beta, c,
                cblas_size(ldc));
}

void
gsc_gemm_f32(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k,
             float alpha, const float *a, size_t lda, const float *b, size_t ldb,
             float beta, float *c, size_t ldc)
{
    if (m == 0 || n == 0)
        return;
    if (k == 0 || alpha == 0) {
        scale_f32(m, n, beta, c, ldc);
        return;
    }
    if (m * n * k <= FEW_PRODUCTS) {
        multiply_few(transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c,
                     ldc);
        return;
    }
    size_t rest = gsc_gemm_columns_left(transpose_a, m, n, k), whole = n - rest;
    multiply_f32(transpose_a, transpose_b, m, whole, k, alpha, a, lda, b, ldb, beta, c,
                 ldc);
    if (rest > 0)
        gsc_gemm_columns(transpose_a, transpose_b, m, rest, k, alpha, a, lda,
                         b + whole * (transpose_b ? ldb : 1), ldb, beta, c + whole,
                         ldc);
}

void
gsc_gemm_f64(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k,
             double alpha, const double *a, size_t lda, const double *b, size_t ldb,
             double beta, double *c, size_t ldc)
{
    if (m == 0 || n == 0)
        return;
    if (k == 0 || alpha == 0) {
        scale_f64(m, n, beta, c, ldc);
        return;
    }
    gsc_blas_prepare();
    cblas_dgemm(CblasRowMajor, cblas_transpose(transpose_a),
                cblas_transpose(transpose_b), cblas_size(m), cblas_size(n),
                cblas_size(k), alpha, a, cblas_size(lda), b, cblas_size(ldb), beta, c,
                cblas_size(ldc));
}
