/* The average gradient outer product. */
#include "analyze/method/circuit/gradient_product.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/numeric/gemm.h"
#include "train/numeric/linalg.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* M_uv = E S_uv Eᵀ, block by block of both operands. */
int
gsc_gradient_product(const gsc_matrix *embedding, const gsc_matrix *moments,
                     gsc_matrix *product)
{
    int status = 0;
    size_t p = embedding->rows, d = embedding->cols;
    const double *E = embedding->data, *S = moments->data;
    gsc_matrix half = {0}; /* E S_uv */
    assert(moments->rows == 2 * d && moments->cols == 2 * d);
    GSC_TRY(gsc_matrix_init(product, 2 * p, 2 * p));
    GSC_TRY(gsc_matrix_init(&half, p, d));
    for (size_t u = 0; u < 2; u++)
        for (size_t v = 0; v < 2; v++) {
            double *block = product->data + u * p * 2 * p + v * p;
            gsc_gemm_f64(false, false, p, d, d, 1, E, d, S + u * d * 2 * d + v * d,
                         2 * d, 0, half.data, d);
            gsc_gemm_f64(false, true, p, p, d, 1, half.data, d, E, d, 0, block, 2 * p);
        }
out:
    gsc_matrix_free(&half);
    if (status < 0)
        gsc_matrix_free(product);
    return status;
}

/* V diag(sqrt(values)) Vᵀ; what is below 0 by rounding counts as 0. */
int
gsc_gradient_product_root(const gsc_matrix *product, gsc_matrix *root)
{
    int status = 0;
    size_t n = product->rows;
    gsc_matrix vectors = {0};
    double *values = NULL;
    *root = (gsc_matrix){0};
    GSC_NEW(values, n);
    GSC_TRY(gsc_eigen_symmetric(product, values, &vectors));
    GSC_TRY(gsc_matrix_init(root, n, n));
    for (size_t i = 0; i < n; i++) /* rows of vectors, by the fourth root */
        for (size_t j = 0; j < n; j++)
            vectors.data[i * n + j] *= sqrt(sqrt(fmax(values[i], 0)));
    gsc_gemm_f64(true, false, n, n, n, 1, vectors.data, n, vectors.data, n, 0,
                 root->data, n);
out:
    free(values);
    gsc_matrix_free(&vectors);
    return status;
}

double
gsc_gradient_product_block_share(const gsc_matrix *product)
{
    size_t n = product->rows, p = n / 2;
    double all = gsc_matrix_squares(product), between = 0;
    for (size_t i = 0; i < n * n; i++)
        if ((i / n < p) != (i % n < p))
            between += product->data[i] * product->data[i];
    return all > 0 ? between / all : (double)NAN;
}

double
gsc_circulant_deviation(const gsc_matrix *matrix, gsc_direction direction)
{
    size_t p = matrix->rows / 2;
    const double *block = matrix->data + p;
    double squares = 0, off = 0;
    for (size_t s = 0; s < p; s++) {
        double sum = 0;
        for (size_t i = 0; i < p; i++) { /* j with i - j = s, or i + j = s */
            size_t j = direction == GSC_SUM ? (s + p - i) % p : (i + p - s) % p;
            sum += block[i * 2 * p + j];
        }
        for (size_t i = 0; i < p; i++) {
            size_t j = direction == GSC_SUM ? (s + p - i) % p : (i + p - s) % p;
            double x = block[i * 2 * p + j], rest = x - sum / (double)p;
            squares += x * x;
            off += rest * rest;
        }
    }
    return squares > 0 ? off / squares : (double)NAN;
}
