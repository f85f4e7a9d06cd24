/* Clock or pizza: the measures of arXiv 2306.17844. */
#include "grokscope/clock_pizza.h"

#include "grokscope/dft.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/maths/pca.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

static const double pi = 3.14159265358979323846;

/* ---- Distance irrelevance ---- */

void
gsc_clock_pizza_correct_logit(const double *logits, size_t p, double *table)
{
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < p; b++)
            table[a * p + b] = logits[(a * p + b) * p + (a + b) % p];
}

void
gsc_clock_pizza_incorrect_logit(const double *logits, size_t p, double *table)
{
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < p; b++) {
            const double *row = &logits[(a * p + b) * p];
            double largest = -INFINITY;
            for (size_t c = 0; c < p; c++)
                if (c != (a + b) % p && !(row[c] <= largest)) /* NaN stays */
                    largest = row[c];
            table[a * p + b] = largest;
        }
}

/* Standard deviation of the pairs a - b = d, of n = p. */
static double
deviation_at_distance(const double *table, size_t p, size_t d)
{
    double mean = 0, sum = 0;
    for (size_t b = 0; b < p; b++)
        mean += table[(b + d) % p * p + b] / (double)p;
    for (size_t b = 0; b < p; b++) {
        double x = table[(b + d) % p * p + b] - mean;
        sum += x * x;
    }
    return sqrt(sum / (double)p);
}

static double
mean_of(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

/* Rounding may leave a constant a spread. */
static bool
is_constant(const double *x, size_t n)
{
    size_t i = 1;
    while (i < n && x[i] == x[0])
        i++;
    return i >= n;
}

double
gsc_clock_pizza_irrelevance(const double *table, size_t p)
{
    if (is_constant(table, p * p))
        return NAN;
    double mean = mean_of(table, p * p), sum = 0, within = 0;
    for (size_t i = 0; i < p * p; i++)
        sum += (table[i] - mean) * (table[i] - mean);
    for (size_t d = 0; d < p; d++)
        within += deviation_at_distance(table, p, d) / (double)p;
    return within / sqrt(sum / (double)(p * p));
}

/* ---- Gradient symmetricity ---- */

static double
cosine(const double *x, const double *y, size_t d)
{
    double xx = 0, xy = 0, yy = 0;
    for (size_t j = 0; j < d; j++) {
        xx += x[j] * x[j];
        xy += x[j] * y[j];
        yy += y[j] * y[j];
    }
    return xx == 0 || yy == 0 ? 0 : xy / (sqrt(xx) * sqrt(yy));
}

double
gsc_clock_pizza_symmetricity(const double *da, const double *db, size_t n, size_t d)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += cosine(&da[i * d], &db[i * d], d);
    return sum / (double)n;
}

/* ---- Circularity ---- */

/* Component u from re + i im [p/2 + 1, count], the transform of unit scores. */
static gsc_principal_frequency
strongest_frequency(const double *re, const double *im, size_t p, size_t count,
                    size_t u)
{
    gsc_principal_frequency principal = {0};
    for (size_t k = 1; 2 * k < p; k++) {
        double x = re[k * count + u], y = im[k * count + u];
        double share = 2 * (x * x + y * y) / (double)p;
        if (share > principal.circularity) {
            principal.frequency = k;
            principal.circularity = share < 1 ? share : 1;
        }
    }
    return principal;
}

int
gsc_clock_pizza_circularity(const gsc_matrix *embedding, size_t num,
                            gsc_principal_frequency *principal, double *circularity)
{
    int status = 0;
    gsc_pca pca = {0};
    double *re = NULL, *im = NULL;
    size_t p = embedding->rows, d = embedding->cols, count = p < d ? p : d;
    if (num < GSC_CIRCULARITY_COMPONENTS || num > count)
        return gsc_fail(GSC_EARGUMENT,
                        "circularity by %zu principal components of an embedding "
                        "[%zu, %zu]: expected %d to %zu",
                        num, p, d, GSC_CIRCULARITY_COMPONENTS, count);
    GSC_TRY(gsc_pca_init(&pca, embedding));
    GSC_NEW(re, (p / 2 + 1) * count);
    GSC_NEW(im, (p / 2 + 1) * count);
    GSC_TRY(gsc_dft_columns(pca.scores.data, p, count, re, im));
    *circularity = 0;
    for (size_t u = 0; u < num; u++) {
        principal[u] = u < pca.rank ? strongest_frequency(re, im, p, count, u)
                                    : (gsc_principal_frequency){0};
        principal[u].share = pca.share[u];
        if (u < GSC_CIRCULARITY_COMPONENTS)
            *circularity += principal[u].circularity / GSC_CIRCULARITY_COMPONENTS;
    }
out:
    gsc_pca_free(&pca);
    free(re);
    free(im);
    return status;
}

static int
choose(const size_t *components, size_t num, size_t count, bool *chosen)
{
    for (size_t i = 0; i < num; i++) {
        if (components[i] >= count)
            return gsc_fail(GSC_EARGUMENT,
                            "principal component %zu: expected one below %zu",
                            components[i], count);
        chosen[components[i]] = true;
    }
    return 0;
}

int
gsc_clock_pizza_isolate(const gsc_matrix *embedding, const size_t *components,
                        size_t num, gsc_matrix *kept, gsc_matrix *rest)
{
    int status = 0;
    gsc_pca pca = {0};
    bool *chosen = NULL;
    if (kept)
        *kept = (gsc_matrix){0};
    if (rest)
        *rest = (gsc_matrix){0};
    GSC_TRY(gsc_pca_init(&pca, embedding));
    GSC_NEW(chosen, pca.count);
    GSC_TRY(choose(components, num, pca.count, chosen));
    if (kept)
        GSC_TRY(gsc_pca_restore(&pca, chosen, kept));
    for (size_t u = 0; u < pca.count; u++)
        chosen[u] = !chosen[u];
    if (rest)
        GSC_TRY(gsc_pca_restore(&pca, chosen, rest));
out:
    if (status < 0 && kept)
        gsc_matrix_free(kept);
    gsc_pca_free(&pca);
    free(chosen);
    return status;
}

/* ---- Logits in closed form ---- */

const char *
gsc_clock_pizza_form_name(gsc_logit_form form)
{
    static const char *const names[GSC_NUM_FORMS] = {"clock", "abs_clock", "pizza",
                                                     "pizza_2", "accompanying"};
    return names[form];
}

/* cos and sin of k pi t / p for t = 0 … 2p - 1, a period: w t is at 2t. */
typedef struct half_angles {
    size_t p;
    double *cosine, *sine;
} half_angles;

static double
form_at(gsc_logit_form form, const half_angles *t, size_t a, size_t b, size_t c)
{
    const double *half_cos = t->cosine, *half_sin = t->sine;
    size_t p = t->p;
    double clock = half_cos[2 * ((a + b + p - c) % p)];
    double cos_wc = half_cos[2 * c], sin_wc = half_sin[2 * c];
    double s0 = half_cos[2 * a] + half_cos[2 * b];
    double s1 = half_sin[2 * a] + half_sin[2 * b];
    switch (form) {
    case GSC_FORM_ABS_CLOCK:
        return fabs(half_cos[a > b ? a - b : b - a]) * clock;
    case GSC_FORM_PIZZA:
        return fabs(half_cos[c] * s0 + half_sin[c] * s1) -
               fabs(half_cos[c] * s1 - half_sin[c] * s0);
    case GSC_FORM_PIZZA_2:
        return (fabs(s0) - fabs(s1)) * cos_wc +
               (fabs(s0 + s1) - fabs(s0 - s1)) * sin_wc * sqrt(0.5);
    case GSC_FORM_ACCOMPANYING:
        return -cos_wc * (half_cos[4 * a % (2 * p)] + half_cos[4 * b % (2 * p)]) -
               sin_wc * (half_sin[4 * a % (2 * p)] + half_sin[4 * b % (2 * p)]);
    default:
        return clock;
    }
}

int
gsc_clock_pizza_logits(gsc_logit_form form, size_t p, size_t k, double *logits)
{
    int status = 0;
    half_angles t = {.p = p};
    if (p == 0)
        return gsc_fail(GSC_EARGUMENT, "logits of a network over 0 residues");
    GSC_NEW(t.cosine, 2 * p);
    GSC_NEW(t.sine, 2 * p);
    for (size_t i = 0; i < 2 * p; i++) {
        double angle = pi * (double)(k * i % (2 * p)) / (double)p;
        t.cosine[i] = cos(angle);
        t.sine[i] = sin(angle);
    }
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < p; b++)
            for (size_t c = 0; c < p; c++)
                logits[(a * p + b) * p + c] = form_at(form, &t, a, b, c);
out:
    free(t.cosine);
    free(t.sine);
    return status;
}

gsc_logit_fit
gsc_clock_pizza_fit(const double *logits, const double *form, size_t n)
{
    if (is_constant(logits, n) || is_constant(form, n))
        return (gsc_logit_fit){NAN, NAN};
    double x_mean = mean_of(logits, n), y_mean = mean_of(form, n);
    double xx = 0, xy = 0, yy = 0;
    for (size_t i = 0; i < n; i++) {
        double x = logits[i] - x_mean, y = form[i] - y_mean;
        xx += x * x;
        xy += x * y;
        yy += y * y;
    }
    double rho = xy / (sqrt(xx) * sqrt(yy));
    return (gsc_logit_fit){.explained = 2 * rho - 1, .rho_squared = rho * rho};
}

/* ---- Verdict ---- */

const char *
gsc_clock_pizza_verdict_name(gsc_clock_pizza_verdict verdict)
{
    static const char *const names[GSC_NUM_VERDICTS] = {"not circular", "undecided",
                                                        "pizza", "clock"};
    return names[verdict];
}

gsc_clock_pizza_verdict
gsc_clock_pizza_judge(const gsc_clock_pizza_thresholds *thresholds, double circularity,
                      double symmetricity, double irrelevance)
{
    if (!(circularity >= thresholds->circularity))
        return GSC_VERDICT_NOT_CIRCULAR;
    if (symmetricity > thresholds->symmetricity &&
        irrelevance < thresholds->irrelevance)
        return GSC_VERDICT_PIZZA;
    if (symmetricity <= thresholds->symmetricity &&
        irrelevance >= thresholds->irrelevance)
        return GSC_VERDICT_CLOCK;
    return GSC_VERDICT_UNDECIDED;
}
