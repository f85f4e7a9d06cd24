/* One number for how few frequencies a matrix uses. */
#include "analyze/method/circuit/spectrum_summary.h"

#include "grokscope/dft.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/numeric/stats.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The norms of the real and of the imaginary parts of frequency k. */
static void
find_norms(const double *re, const double *im, size_t p, size_t d, double *norms)
{
    memset(norms, 0, p * sizeof *norms);
    for (size_t k = 0; k <= p / 2; k++) {
        bool single = k == 0 || 2 * k == p;
        double cosine = 0, sine = 0, scale = (single ? 1 : 2) / (double)p;
        for (size_t j = k * d; j < (k + 1) * d; j++) {
            cosine += re[j] * re[j];
            sine += im[j] * im[j];
        }
        norms[k ? 2 * k - 1 : 0] = sqrt(scale * cosine);
        if (!single)
            norms[2 * k] = sqrt(scale * sine);
    }
}

int
gsc_spectrum_summary_norms(const gsc_matrix *x, double *norms)
{
    int status = 0;
    double *re = NULL, *im = NULL;
    GSC_NEW(re, (x->rows / 2 + 1) * x->cols);
    GSC_NEW(im, (x->rows / 2 + 1) * x->cols);
    GSC_TRY(gsc_dft_columns(x->data, x->rows, x->cols, re, im));
    find_norms(re, im, x->rows, x->cols, norms);
out:
    free(re);
    free(im);
    return status;
}

int
gsc_spectrum_summary_gini(const gsc_matrix *x, double *gini)
{
    int status = 0;
    double *norms = NULL;
    GSC_NEW(norms, x->rows);
    GSC_TRY(gsc_spectrum_summary_norms(x, norms));
    GSC_TRY(gsc_stats_gini(norms, x->rows, gini));
out:
    free(norms);
    return status;
}

/* Column j of re + i im [count, d]. */
static double
participation(const double *re, const double *im, size_t count, size_t d, size_t j,
              double r)
{
    double power = 0, sum = 0;
    for (size_t i = j; i < count * d; i += d)
        power += re[i] * re[i] + im[i] * im[i];
    if (!(power > 0))
        return power; /* 0, or not a number */
    for (size_t i = j; i < count * d; i += d)
        sum += pow((re[i] * re[i] + im[i] * im[i]) / power, r);
    return sum;
}

int
gsc_spectrum_summary_ipr(const gsc_matrix *x, double r, double *ipr)
{
    int status = 0;
    size_t count = x->rows / 2 + 1;
    double *re = NULL, *im = NULL;
    if (!(r > 0))
        return gsc_fail(GSC_EARGUMENT,
                        "inverse participation ratio of order %g, expected above 0", r);
    GSC_NEW(re, count * x->cols);
    GSC_NEW(im, count * x->cols);
    GSC_TRY(gsc_dft_columns(x->data, x->rows, x->cols, re, im));
    for (size_t j = 0; j < x->cols; j++)
        ipr[j] = participation(re, im, count, x->cols, j, r);
out:
    free(re);
    free(im);
    return status;
}

/* |a| / |b| or its inverse, whichever is smaller. */
static double
evenness(double a, double b)
{
    double small = a < b ? a : b, large = a < b ? b : a;
    return large > 0 ? small / large : 1;
}

static double
larger(double a, double b)
{
    return a > b ? a : b;
}

int
gsc_spectrum_summary_furuta(const gsc_matrix *x, double eta, double *ffd, double *fcr)
{
    int status = 0;
    size_t p = x->rows, half = p / 2, dense = 0;
    double *norms = NULL, most_cosine = 0, most_sine = 0, ratios = 0;
    if (p < 2)
        return gsc_fail(GSC_EARGUMENT,
                        "frequencies of %zu residues, expected 2 or more", p);
    GSC_NEW(norms, p + 1); /* the last: the sine that Nyquist lacks */
    GSC_TRY(gsc_spectrum_summary_norms(x, norms));
    for (size_t k = 1; k <= half; k++) {
        most_cosine = larger(most_cosine, norms[2 * k - 1]);
        most_sine = larger(most_sine, norms[2 * k]);
    }
    for (size_t k = 1; k <= half; k++) {
        double cosine = norms[2 * k - 1], sine = norms[2 * k];
        dense += most_cosine > 0 && cosine / most_cosine > eta;
        dense += most_sine > 0 && sine / most_sine > eta;
        ratios += evenness(cosine, sine);
    }
    *ffd = (double)dense / (2 * (double)half);
    *fcr = ratios / (double)half;
out:
    free(norms);
    return status;
}
