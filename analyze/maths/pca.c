/* Principal components: the singular value decomposition of centred rows. */
#include "analyze/maths/pca.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/numeric/gemm.h"
#include "train/numeric/linalg.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

static void
weigh_components(gsc_pca *pca)
{
    const double *s = pca->singular_values;
    double sum = 0;
    size_t n = pca->scores.rows, d = pca->axes.cols;
    double least = (double)(n > d ? n : d) * DBL_EPSILON * s[0];
    for (size_t u = 0; u < pca->count; u++) {
        sum += s[u] * s[u];
        pca->rank += s[u] > least;
    }
    for (size_t u = 0; u < pca->count; u++)
        pca->share[u] = sum > 0 ? s[u] * s[u] / sum : 0;
}

int
gsc_pca_init(gsc_pca *pca, const gsc_matrix *x)
{
    int status = 0;
    gsc_matrix centred = {0};
    *pca = (gsc_pca){0};
    if (x->rows == 0 || x->cols == 0)
        return gsc_fail(GSC_EARGUMENT, "principal components of a matrix [%zu, %zu]",
                        x->rows, x->cols);
    pca->count = x->rows < x->cols ? x->rows : x->cols;
    GSC_NEW(pca->mean, x->cols);
    GSC_NEW(pca->singular_values, pca->count);
    GSC_NEW(pca->share, pca->count);
    GSC_TRY(gsc_matrix_copy(x, &centred));
    gsc_matrix_centre(&centred, pca->mean);
    GSC_TRY(gsc_svd(&centred, pca->singular_values, &pca->scores, &pca->axes));
    weigh_components(pca);
out:
    gsc_matrix_free(&centred);
    if (status < 0)
        gsc_pca_free(pca);
    return status;
}

void
gsc_pca_free(gsc_pca *pca)
{
    free(pca->mean);
    free(pca->singular_values);
    free(pca->share);
    gsc_matrix_free(&pca->scores);
    gsc_matrix_free(&pca->axes);
    *pca = (gsc_pca){0};
}

int
gsc_pca_restore(const gsc_pca *pca, const bool *kept, gsc_matrix *x)
{
    int status = 0;
    gsc_matrix scaled = {0};
    size_t n = pca->scores.rows, d = pca->axes.cols, r = pca->count;
    *x = (gsc_matrix){0};
    GSC_TRY(gsc_matrix_copy(&pca->scores, &scaled));
    GSC_TRY(gsc_matrix_init(x, n, d));
    for (size_t i = 0; i < n; i++) {
        for (size_t u = 0; u < r; u++)
            scaled.data[i * r + u] *= kept[u] ? pca->singular_values[u] : 0;
        for (size_t j = 0; j < d; j++)
            x->data[i * d + j] = pca->mean[j];
    }
    gsc_gemm_f64(false, false, n, d, r, 1, scaled.data, r, pca->axes.data, d, 1,
                 x->data, d); /* x = 1 meanᵀ + (U diag(s kept)) Vᵀ */
out:
    gsc_matrix_free(&scaled);
    return status;
}

double
gsc_pca_entropy(const gsc_pca *pca)
{
    double sum = 0;
    for (size_t u = 0; u < pca->count; u++)
        if (pca->share[u] > 0)
            sum -= pca->share[u] * log(pca->share[u]);
    return sum;
}
