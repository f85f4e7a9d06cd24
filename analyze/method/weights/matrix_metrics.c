/* The size and the shape of a weight matrix, and of a path through weights. */
#include "grokscope/matrix_metrics.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/numeric/hot.h"
#include "train/numeric/linalg.h"
#include "train/numeric/stats.h"

#include <math.h>
#include <stdlib.h>

void
gsc_matrix_metrics_of_values(const double *s, size_t r, gsc_matrix_metrics *metrics)
{
    double sum = 0, squares = 0, fourth = 0, scaled_entropy = 0;
    double most = r > 0 ? s[0] : 0;
    metrics->spectral_norm = most;
    metrics->nuclear_norm = metrics->stable_rank = metrics->participation_ratio = 0;
    metrics->erank_s = metrics->erank_s2 = metrics->spectral_entropy = 0;
    if (!(most > 0))
        return;
    for (size_t i = 0; i < r; i++) { /* of s / s_1: no square overflows */
        double x = s[i] / most;
        sum += x;
        squares += x * x;
        fourth += x * x * x * x;
    }
    for (size_t i = 0; i < r; i++) {
        double q = s[i] / most * (s[i] / most) / squares;
        scaled_entropy -= q > 0 ? q * log(q) : 0;
    }
    metrics->nuclear_norm = sum * most;
    metrics->stable_rank = squares;
    metrics->participation_ratio = squares * squares / fourth;
    metrics->erank_s = exp(gsc_stats_entropy(s, r));
    metrics->erank_s2 = exp(scaled_entropy);
    metrics->spectral_entropy = r > 1 ? scaled_entropy / log((double)r) : 0;
}

/* Norms of the elements; sorted and work have room for them all. */
static void
find_norms(const gsc_matrix *a, double *sorted, double *work,
           gsc_matrix_metrics *metrics)
{
    size_t n = a->rows * a->cols;
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        sorted[i] = fabs(a->data[i]);
        sum += sorted[i];
        squares += sorted[i] * sorted[i];
    }
    gsc_stats_sort(sorted, n, work);
    metrics->l1 = sum;
    metrics->l2 = sqrt(squares);
    metrics->max = sorted[n - 1];
    metrics->gini = gsc_stats_gini_sorted(sorted, n);
}

int
gsc_matrix_metrics_of(const gsc_matrix *a, gsc_matrix_metrics *metrics)
{
    int status = 0;
    size_t r = a->rows < a->cols ? a->rows : a->cols;
    double *s = NULL, *sorted = NULL, *work = NULL;
    *metrics = (gsc_matrix_metrics){0};
    GSC_NEW(s, r);
    GSC_TRY(gsc_svd(a, s, NULL, NULL)); /* refuses what is empty or not finite */
    GSC_NEW(sorted, a->rows * a->cols);
    GSC_NEW(work, a->rows * a->cols);
    gsc_matrix_metrics_of_values(s, r, metrics);
    find_norms(a, sorted, work, metrics);
out:
    free(s);
    free(sorted);
    free(work);
    return status;
}

/* ---- Paths ---- */

GSC_HOT void
gsc_matrix_metrics_add(gsc_weight_sums *sums, const double *x, const double *y,
                       size_t n)
{
    double xx = 0, xd = 0, dd = 0, xy = 0, yy = 0;
#pragma omp simd reduction(+ : xx, xd, dd, xy, yy)
    for (size_t i = 0; i < n; i++) {
        double d = y[i] - x[i];
        xx += x[i] * x[i];
        xd += x[i] * d;
        dd += d * d;
        xy += x[i] * y[i];
        yy += y[i] * y[i];
    }
    *sums = (gsc_weight_sums){sums->xx + xx, sums->xd + xd, sums->dd + dd,
                              sums->xy + xy, sums->yy + yy};
}

GSC_HOT

static double
cosine_of(double product, double square_a, double square_b)
{
    return square_a > 0 && square_b > 0 ? product / sqrt(square_a) / sqrt(square_b) : 0;
}

gsc_weight_step
gsc_matrix_metrics_step(const gsc_weight_sums *sums)
{
    return (gsc_weight_step){.distance = sqrt(sums->dd),
                             .cosine = cosine_of(sums->xd, sums->xx, sums->dd),
                             .overlap = cosine_of(sums->xy, sums->xx, sums->yy)};
}
