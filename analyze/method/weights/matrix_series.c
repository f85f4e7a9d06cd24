/* A stack of matrices with the same rows, made ready to be drawn. */
#include "analyze/method/weights/matrix_series.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/maths/pca.h"
#include "analyze/maths/procrustes.h"
#include "train/numeric/gemm.h"

#include <math.h>
#include <stdlib.h>

const char *const gsc_alignment_names[] = {"none", "previous", "last", NULL};

/* Matrix s of the stack, which stays the owner. */
static gsc_matrix
part(const gsc_matrix *x, size_t count, size_t s)
{
    size_t n = x->rows / count;
    return (gsc_matrix){n, x->cols, x->data + s * n * x->cols};
}

static void
find_mean(const gsc_matrix *x, double *mean)
{
    for (size_t j = 0; j < x->cols; j++)
        mean[j] = 0;
    for (size_t i = 0; i < x->rows; i++)
        for (size_t j = 0; j < x->cols; j++)
            mean[j] += x->data[i * x->cols + j];
    for (size_t j = 0; j < x->cols; j++)
        mean[j] /= (double)x->rows;
}

static void
add_to_rows(gsc_matrix *x, double factor, const double *row)
{
    for (size_t i = 0; i < x->rows; i++)
        for (size_t j = 0; j < x->cols; j++)
            x->data[i * x->cols + j] += factor * row[j];
}

int
gsc_matrix_series_center(gsc_matrix *x, size_t count)
{
    int status = 0;
    double *mean = NULL;
    GSC_NEW(mean, x->cols);
    for (size_t s = 0; s < count; s++) {
        gsc_matrix own = part(x, count, s);
        find_mean(&own, mean);
        add_to_rows(&own, -1, mean);
    }
out:
    free(mean);
    return status;
}

/* ---- Turned to each other ---- */

/* `turned` and `means` are work space, [n, d] and [2, d]. */
static int
lay_onto(gsc_matrix *x, const gsc_matrix *y, gsc_matrix *turned, double *means)
{
    int status = 0;
    gsc_procrustes fit = {.scale = 1};
    size_t n = x->rows, d = x->cols;
    GSC_TRY(gsc_procrustes_init(&fit, x, y, false));
    find_mean(x, means);
    find_mean(y, means + d);
    add_to_rows(x, -1, means);
    gsc_gemm_f64(false, false, n, d, d, 1, x->data, d, fit.rotation.data, d, 0,
                 turned->data, d); /* (X - 1 meanᵀ) R */
    for (size_t i = 0; i < n * d; i++)
        x->data[i] = turned->data[i];
    add_to_rows(x, 1, means + d);
out:
    gsc_procrustes_free(&fit);
    return status;
}

int
gsc_matrix_series_align(gsc_matrix *x, size_t count, gsc_alignment alignment)
{
    int status = 0;
    bool chain = alignment == GSC_ALIGN_PREVIOUS;
    gsc_matrix turned = {0};
    double *means = NULL;
    if (alignment == GSC_ALIGN_NONE || count < 2)
        return 0;
    GSC_TRY(gsc_matrix_init(&turned, x->rows / count, x->cols));
    GSC_NEW(means, 2 * x->cols);
    for (size_t i = 0; i + 1 < count; i++) {
        gsc_matrix own = part(x, count, chain ? i + 1 : i);
        gsc_matrix other = part(x, count, chain ? i : count - 1);
        GSC_TRY(lay_onto(&own, &other, &turned, means));
    }
out:
    gsc_matrix_free(&turned);
    free(means);
    return status;
}

void
gsc_matrix_series_normalize(gsc_matrix *x)
{
    for (size_t i = 0; i < x->rows; i++) {
        double *row = x->data + i * x->cols, sum = 0;
        for (size_t j = 0; j < x->cols; j++)
            sum += row[j] * row[j];
        double length = sqrt(sum);
        for (size_t j = 0; length > 0 && j < x->cols; j++)
            row[j] /= length;
    }
}

/* ---- Principal components ---- */

/* 1, or -1 where the largest entry of an axis is negative. */
static double
sign_of(const double *axis, size_t d)
{
    size_t largest = 0;
    for (size_t j = 1; j < d; j++)
        if (fabs(axis[j]) > fabs(axis[largest]))
            largest = j;
    return axis[largest] < 0 ? -1 : 1;
}

/* scores = U diag(s), each component with its sign */
static void
write_scores(const gsc_pca *pca, gsc_matrix *scores)
{
    size_t d = pca->axes.cols;
    for (size_t u = 0; u < scores->cols; u++) {
        double scale = pca->singular_values[u] * sign_of(pca->axes.data + u * d, d);
        for (size_t i = 0; i < scores->rows; i++)
            scores->data[i * scores->cols + u] =
                scale * pca->scores.data[i * pca->count + u];
    }
}

int
gsc_matrix_series_reduce(gsc_matrix *x, size_t count, size_t k, double *share,
                         double *explained)
{
    int status = 0;
    gsc_pca pca = {0};
    gsc_matrix scores = {0};
    size_t most = x->rows < x->cols ? x->rows : x->cols;
    if (k == 0 || k > most)
        return gsc_fail(
            GSC_EARGUMENT,
            "%zu principal components of rows [%zu, %zu]: expected 1 to %zu", k,
            x->rows, x->cols, most);
    GSC_TRY(gsc_pca_init(&pca, x));
    GSC_TRY(gsc_matrix_init(&scores, x->rows, k));
    write_scores(&pca, &scores);
    for (size_t u = 0; u < k; u++)
        share[u] = pca.share[u];
    add_to_rows(x, -1, pca.mean);
    for (size_t s = 0; s < count; s++) {
        gsc_matrix whole = part(x, count, s), kept = part(&scores, count, s);
        double all = gsc_matrix_squares(&whole);
        explained[s] = all > 0 ? gsc_matrix_squares(&kept) / all : 0;
    }
    gsc_matrix_free(x);
    *x = scores;
    scores = (gsc_matrix){0};
out:
    gsc_pca_free(&pca);
    gsc_matrix_free(&scores);
    return status;
}
