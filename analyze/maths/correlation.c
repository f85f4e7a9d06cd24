/* Correlation of two series, and of one that is shifted. */
#include "analyze/maths/correlation.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/numeric/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double
gsc_cosine(const double *x, const double *y, size_t n)
{
    double xx = 0, yy = 0, xy = 0;
    for (size_t i = 0; i < n; i++) {
        xx += x[i] * x[i];
        yy += y[i] * y[i];
        xy += x[i] * y[i];
    }
    return xx > 0 && yy > 0 ? xy / (sqrt(xx) * sqrt(yy)) : (double)NAN;
}

double
gsc_pearson(const double *x, const double *y, size_t n)
{
    double mx, my, xx = 0, yy = 0, xy = 0;
    gsc_stats_mean(x, n, &mx, NULL);
    gsc_stats_mean(y, n, &my, NULL);
    for (size_t i = 0; i < n; i++) {
        xx += (x[i] - mx) * (x[i] - mx);
        yy += (y[i] - my) * (y[i] - my);
        xy += (x[i] - mx) * (y[i] - my);
    }
    return n >= 2 && xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : (double)NAN;
}

/* Place among the others, from 0; of equal numbers the mean of their places. */
static void
rank(const double *x, size_t n, double *ranks)
{
    for (size_t i = 0; i < n; i++) {
        double below = 0, equal = 0;
        for (size_t j = 0; j < n; j++) {
            below += x[j] < x[i];
            equal += x[j] == x[i];
        }
        ranks[i] = below + (equal - 1) / 2;
    }
}

int
gsc_spearman(const double *x, const double *y, size_t n, double *correlation)
{
    int status = 0;
    double *ranks;
    GSC_NEW(ranks, 2 * n);
    rank(x, n, ranks);
    rank(y, n, ranks + n);
    *correlation = gsc_pearson(ranks, ranks + n, n);
    free(ranks);
out:
    return status;
}

int
gsc_correlation_shifts(const double *x, const double *y, size_t n, double *share)
{
    int status = 0;
    double *twice = NULL, as_it_is = fabs(gsc_pearson(x, y, n));
    size_t reached = 0;
    *share = (double)NAN;
    GSC_NEW(twice, 2 * n);
    memcpy(twice, y, n * sizeof *y);
    memcpy(twice + n, y, n * sizeof *y);
    for (size_t shift = 1; shift < n; shift++)
        reached += fabs(gsc_pearson(x, twice + shift, n)) >= as_it_is;
    if (as_it_is <= 1 + 1e-12) /* a number */
        *share = (double)reached / (double)(n - 1);
    free(twice);
out:
    return status;
}
