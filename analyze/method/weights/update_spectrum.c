/* The singular values of the last updates of a run's weights. */
#include "analyze/method/weights/update_spectrum.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/numeric/gemm.h"
#include "train/numeric/linalg.h"

#include <math.h>
#include <stdlib.h>

enum { BLOCK = 4096 };

/* The smallest eigenvalue that counts, as a share of the largest: rounding leaves some
 * 1e-16 of that in all of them. */
#define LEAST_EIGENVALUE 1e-14

int
gsc_update_gram(const double *const *points, size_t num_points, size_t n,
                gsc_matrix *gram)
{
    int status = 0;
    double *block = NULL;
    size_t w = num_points - 1;
    *gram = (gsc_matrix){0};
    if (num_points < 2)
        return gsc_fail(GSC_EARGUMENT, "updates lie between two points, not in %zu",
                        num_points);
    GSC_TRY(gsc_matrix_init(gram, w, w));
    GSC_NEW(block, w * BLOCK);
    for (size_t first = 0; first < n; first += BLOCK) {
        size_t count = n - first < BLOCK ? n - first : BLOCK;
        for (size_t i = 0; i < w; i++)
            for (size_t k = 0; k < count; k++)
                block[i * BLOCK + k] = points[i + 1][first + k] - points[i][first + k];
        gsc_gemm_f64(false, true, w, w, count, 1, block, BLOCK, block, BLOCK, 1,
                     gram->data, w); /* G += D Dᵀ */
    }
out:
    free(block);
    if (status < 0)
        gsc_matrix_free(gram);
    return status;
}

int
gsc_update_singular_values(const gsc_matrix *gram, double *sigma)
{
    int status = gsc_eigen_symmetric(gram, sigma, NULL);
    double least = LEAST_EIGENVALUE * sigma[0];
    for (size_t i = 0; status == 0 && i < gram->rows; i++)
        sigma[i] = sigma[i] > least ? sqrt(sigma[i]) : 0;
    return status;
}

/* Inner products of the w + 1 points as seen from the first:
 * M_ij = sum_{a < i, b < j} G_ab */
static void
sum_up(const gsc_matrix *gram, gsc_matrix *m)
{
    for (size_t i = 1; i < m->rows; i++)
        for (size_t j = 1; j < m->cols; j++) {
            double *at = m->data + i * m->cols + j;
            *at = gram->data[(i - 1) * gram->cols + j - 1] + at[-1] +
                  at[-(ptrdiff_t)m->cols] - at[-(ptrdiff_t)m->cols - 1];
        }
}

int
gsc_update_path_share(const gsc_matrix *gram, double *share)
{
    int status = 0;
    size_t n = gram->rows + 1;
    gsc_matrix m = {0};
    double *values = NULL, sum = 0;
    GSC_TRY(gsc_matrix_init(&m, n, n));
    GSC_NEW(values, n);
    sum_up(gram, &m);
    for (int side = 0; side < 2; side++) { /* M <- C M C, C = 1 - 11ᵀ/n */
        gsc_matrix turned = {0};
        gsc_matrix_centre(&m, values);
        GSC_TRY(gsc_matrix_transpose(&m, &turned));
        gsc_matrix_free(&m);
        m = turned;
        for (size_t i = 0; i < n; i++)
            values[i] = 0;
    }
    GSC_TRY(gsc_eigen_symmetric(&m, values, NULL));
    for (size_t i = 0; i < n; i++)
        sum += values[i] > 0 ? values[i] : 0;
    *share = sum > 0 ? values[0] / sum : (double)NAN;
out:
    free(values);
    gsc_matrix_free(&m);
    return status;
}

double
gsc_update_score(const double *sigma, size_t w, size_t j)
{
    double sum = 0;
    for (size_t i = 0; i < w; i++)
        sum += sigma[i];
    if (j + 1 >= w || !(sigma[j] > 0))
        return (double)NAN;
    return sigma[j + 1] > 0 ? sigma[j] / sum * (sigma[j] / sigma[j + 1])
                            : (double)INFINITY;
}

size_t
gsc_update_edge(const double *sigma, size_t w)
{
    size_t edge = 0;
    double best = 0;
    for (size_t j = 0; j + 1 < w; j++) {
        double score = gsc_update_score(sigma, w, j);
        if (score > best) {
            best = score;
            edge = j + 1;
        }
    }
    return edge;
}

double
gsc_update_participation(const double *sigma, size_t w)
{
    double squares = 0, fourth = 0;
    for (size_t i = 0; i < w; i++) {
        squares += sigma[i] * sigma[i];
        fourth += pow(sigma[i], 4);
    }
    return fourth > 0 ? squares * squares / fourth : (double)NAN;
}
