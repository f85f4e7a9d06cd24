/* What a network does over all pairs of residues, condensed to what can be drawn. */
#include "analyze/compare/pair_maps.h"

#include "grokscope/error.h"
#include "grokscope/fourier.h"
#include "grokscope/memory.h"

#include "analyze/network/pairs/pair_outputs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const gsc_pair_maps_basis_names[GSC_PAIR_MAPS_BASIS] = {
    "cos a",       "sin a",       "cos b",       "sin b",
    "cos a cos b", "cos a sin b", "sin a cos b", "sin a sin b"};

/* ---- Logits ---- */

/* The rows (i, j) of the basis of frequency k, and what a function of the orthonormal
 * basis is in parts of the plain one. */
static void
basis_row(size_t n, size_t k, size_t which, size_t *i, size_t *j, double *scale)
{
    static const int of_a[GSC_PAIR_MAPS_BASIS] = {1, 2, 0, 0, 1, 1, 2, 2};
    static const int of_b[GSC_PAIR_MAPS_BASIS] = {0, 0, 1, 2, 1, 2, 1, 2};
    size_t first = 2 * k - 1;
    *i = of_a[which] > 0 ? first + (size_t)of_a[which] - 1 : 0;
    *j = of_b[which] > 0 ? first + (size_t)of_b[which] - 1 : 0;
    *scale = (*i > 0 && *j > 0 ? 2 : sqrt(2)) / (double)n;
}

/* The root of the sum of squares about the mean. */
static double
centred_norm(const double *x, size_t n)
{
    double mean = 0, sum = 0;
    for (size_t c = 0; c < n; c++)
        mean += x[c] / (double)n;
    for (size_t c = 0; c < n; c++)
        sum += (x[c] - mean) * (x[c] - mean);
    return sqrt(sum);
}

static void
take_frequency(gsc_pair_maps *p, const double *hat, size_t k, double varying)
{
    size_t n = p->n;
    double sum = 0;
    for (size_t which = 0; which < GSC_PAIR_MAPS_BASIS; which++) {
        size_t i, j;
        double scale;
        basis_row(n, k, which, &i, &j, &scale);
        const double *row = hat + (i * n + j) * n;
        float *out = p->coefficients + (k * GSC_PAIR_MAPS_BASIS + which) * n;
        for (size_t c = 0; c < n; c++)
            out[c] = (float)(scale * row[c]);
        double norm = centred_norm(row, n);
        sum += norm * norm;
    }
    p->share[k] = varying > 0 ? (float)(sum / varying) : 0;
}

static int
draw_logits(gsc_pair_maps *p, const double *logits)
{
    int status = 0;
    size_t n = p->n;
    double *hat = NULL, varying = 0;
    GSC_ROOM(hat, n * n * n);
    GSC_NEW(p->norm, n * n);
    GSC_NEW(p->mean, n);
    GSC_NEW(p->coefficients, p->count * GSC_PAIR_MAPS_BASIS * n);
    GSC_NEW(p->share, p->count);
    GSC_TRY(gsc_fourier2d(logits, n, n, hat));
    for (size_t i = 0; i < n * n; i++) {
        double norm = centred_norm(hat + i * n, n);
        p->norm[i] = (float)norm;
        varying += i > 0 ? norm * norm : 0;
    }
    for (size_t c = 0; c < n; c++)
        p->mean[c] = (float)(hat[c] / (double)n);
    for (size_t k = 1; 2 * k < n; k++)
        take_frequency(p, hat, k, varying);
out:
    free(hat);
    return status;
}

/* ---- Neurons ---- */

static int
draw_neurons(gsc_pair_maps *p, gsc_pair_outputs *pair_outputs)
{
    int status = 0;
    size_t n = p->n, m = pair_outputs->evaluator.num_neurons;
    double *sums = NULL;
    GSC_NEW(sums, m);
    GSC_NEW(p->profiles, m * n);
    GSC_NEW(p->frequency, m);
    GSC_NEW(p->fve, m);
    p->num_neurons = m;
    for (size_t a = 0; a < n; a++) {
        memset(sums, 0, m * sizeof *sums);
        for (size_t b = 0; b < n; b++)
            for (size_t i = 0; i < m; i++)
                sums[i] += gsc_element(pair_outputs->evaluator.type,
                                       pair_outputs->neurons, (a * n + b) * m + i);
        for (size_t i = 0; i < m; i++)
            p->profiles[i * n + a] = (float)(sums[i] / (double)n);
    }
    GSC_TRY(gsc_pair_outputs_frequencies(pair_outputs, p->frequency, p->fve));
out:
    free(sums);
    return status;
}

/* ---- All ---- */

int
gsc_pair_maps_init(gsc_pair_maps *maps, const gsc_loaded_model *loaded,
                   gsc_residue_order order, gsc_threads *threads)
{
    int status = 0;
    gsc_pair_outputs *pair_outputs;
    bool neurons = loaded->model.neurons != GSC_NO_NODE;
    *maps = (gsc_pair_maps){.n = 0};
    GSC_TRY(gsc_pair_outputs_of(loaded, order, neurons, threads, &pair_outputs));
    maps->n = pair_outputs->grid.n;
    maps->count = gsc_fourier_count(maps->n);
    GSC_NEW(maps->answers, maps->n * maps->n);
    memcpy(maps->answers, pair_outputs->grid.answers,
           maps->n * maps->n * sizeof *maps->answers);
    GSC_TRY(draw_logits(maps, pair_outputs->logits));
    if (neurons)
        GSC_TRY(draw_neurons(maps, pair_outputs));
out:
    if (status < 0)
        gsc_pair_maps_free(maps);
    return status;
}

void
gsc_pair_maps_free(gsc_pair_maps *maps)
{
    free(maps->norm);
    free(maps->mean);
    free(maps->coefficients);
    free(maps->share);
    free(maps->answers);
    free(maps->profiles);
    free(maps->frequency);
    free(maps->fve);
    *maps = (gsc_pair_maps){.n = 0};
}
