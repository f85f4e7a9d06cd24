/* What a mixture of experts chooses. */
#include "analyze/method/task/routing.h"

#include "grokscope/error.h"
#include "grokscope/matrix.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include "analyze/maths/correlation.h"
#include "train/numeric/linalg.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

size_t
gsc_edit_distance(const uint16_t *a, size_t count_a, const uint16_t *b, size_t count_b,
                  size_t *work)
{
    for (size_t j = 0; j <= count_b; j++)
        work[j] = j;
    for (size_t i = 0; i < count_a; i++) {
        size_t diagonal = work[0]; /* of the row before, one to the left */
        work[0] = i + 1;
        for (size_t j = 0; j < count_b; j++) {
            size_t replaced = diagonal + (a[i] != b[j]);
            size_t other = work[j] < work[j + 1] ? work[j] : work[j + 1];
            diagonal = work[j + 1];
            work[j + 1] = replaced < other + 1 ? replaced : other + 1;
        }
    }
    return work[count_b];
}

/* ---- One sample in one layer ---- */

/* The expert with the largest gate, the first of equal ones. */
static uint16_t
first_expert(const gsc_routing *r, size_t sample, size_t layer)
{
    size_t place = gsc_routing_place(r, sample, layer), best = place;
    for (size_t k = 1; k < r->chosen; k++)
        if (gsc_routing_gate(r, place + k) > gsc_routing_gate(r, best))
            best = place + k;
    return r->ids[best];
}

/* From the largest gate on, until their share is `cutoff`; returns how many. */
static size_t
layer_pathway(const gsc_routing *r, size_t sample, size_t layer, double cutoff,
              uint16_t *pathway)
{
    size_t place = gsc_routing_place(r, sample, layer), count = 0;
    size_t order[GSC_MOST_CHOSEN];
    double share = 0, all = gsc_routing_gates(r, place);
    for (size_t k = 0; k < r->chosen; k++) { /* insertion: equal ones stay in order */
        size_t at = k;
        for (; at > 0 && gsc_routing_gate(r, place + order[at - 1]) <
                             gsc_routing_gate(r, place + k);
             at--)
            order[at] = order[at - 1];
        order[at] = k;
    }
    while (count < r->chosen && (count == 0 || share < cutoff * all)) {
        share += gsc_routing_gate(r, place + order[count]);
        pathway[count] = r->ids[place + order[count]];
        count++;
    }
    return count;
}

size_t
gsc_routing_pathway(const gsc_routing *r, size_t sample, int64_t layer, double cutoff,
                    uint16_t *pathway)
{
    size_t count = 0;
    if (layer >= 0)
        return layer_pathway(r, sample, (size_t)layer, cutoff, pathway);
    for (size_t l = 0; l < r->layers; l++)
        count += layer_pathway(r, sample, l, cutoff, pathway + count);
    return count;
}

/* ---- Pairs of samples ---- */

/* Pair number `index` of all pairs i < j, in the order (0, 1), (0, 2), (1, 2), … */
static void
pair_at(size_t index, size_t *i, size_t *j)
{
    *j = (size_t)((1 + sqrt(1 + 8 * (double)index)) / 2);
    while (*j * (*j - 1) / 2 > index)
        --*j;
    while (*j * (*j + 1) / 2 <= index)
        ++*j;
    *i = index - *j * (*j - 1) / 2;
}

static void
draw_pair(size_t samples, uint64_t seed, size_t index, size_t *i, size_t *j)
{
    const uint64_t stream = gsc_rng_stream("pathways");
    *i = gsc_rng_below(seed, stream, 2 * index, samples);
    *j = gsc_rng_below(seed, stream, 2 * index + 1, samples - 1);
    *j += *j >= *i;
}

int
gsc_routing_distance(const gsc_routing *r, int64_t layer, double cutoff, size_t pairs,
                     uint64_t seed, gsc_pathway_distance *distance)
{
    int status = 0;
    size_t most = r->layers * r->chosen, i, j, *work = NULL;
    size_t all = r->samples * (r->samples - (r->samples > 0)) / 2;
    uint16_t *a = NULL, *b = NULL;
    double sum = 0, squares = 0;
    size_t count = all < pairs ? all : pairs;
    *distance = (gsc_pathway_distance){(double)NAN, (double)NAN};
    if (count == 0)
        return 0;
    GSC_NEW(a, most);
    GSC_NEW(b, most);
    GSC_NEW(work, most + 1);
    for (size_t n = 0; n < count; n++) {
        if (count == all)
            pair_at(n, &i, &j);
        else
            draw_pair(r->samples, seed, n, &i, &j);
        size_t of_a = gsc_routing_pathway(r, i, layer, cutoff, a);
        size_t of_b = gsc_routing_pathway(r, j, layer, cutoff, b);
        double d = (double)gsc_edit_distance(a, of_a, b, of_b, work);
        sum += d;
        squares += d * d;
    }
    double n = (double)count, variance = (squares - sum * sum / n) / (n - 1);
    distance->mean = sum / n;
    distance->error = count > 1 ? sqrt(fmax(variance, 0) / n) : (double)NAN;
out:
    free(a);
    free(b);
    free(work);
    return status;
}

/* ---- Loads ---- */

static double
minus_p_log_p(double count, double all)
{
    return count > 0 ? -count / all * log(count / all) : 0;
}

int
gsc_routing_entropy(const gsc_routing *r, size_t layer, double *entropy)
{
    int status = 0;
    double *counts = NULL;
    *entropy = 0;
    GSC_NEW(counts, r->experts);
    for (size_t i = 0; i < r->samples; i++)
        for (size_t k = 0; k < r->chosen; k++)
            counts[r->ids[gsc_routing_place(r, i, layer) + k]]++;
    for (size_t e = 0; e < r->experts; e++)
        *entropy += minus_p_log_p(counts[e], (double)(r->samples * r->chosen));
out:
    free(counts);
    return status;
}

static bool
has_expert(const gsc_routing *r, size_t sample, size_t layer, uint16_t expert)
{
    for (size_t k = 0; k < r->chosen; k++)
        if (r->ids[gsc_routing_place(r, sample, layer) + k] == expert)
            return true;
    return false;
}

double
gsc_routing_neighbours(const gsc_routing *r, size_t layer)
{
    double sum = 0;
    for (size_t i = 0; i + 1 < r->samples; i++) {
        size_t both = 0;
        for (size_t k = 0; k < r->chosen; k++)
            both +=
                has_expert(r, i + 1, layer, r->ids[gsc_routing_place(r, i, layer) + k]);
        sum += (double)both / (double)(2 * r->chosen - both);
    }
    return r->samples > 1 ? sum / (double)(r->samples - 1) : (double)NAN;
}

int
gsc_routing_information(const gsc_routing *r, size_t layer, double *nats)
{
    int status = 0;
    size_t n = r->experts;
    double *joint = NULL, *here, *next;
    *nats = (double)NAN;
    if (layer + 1 >= r->layers)
        return 0;
    GSC_NEW(joint, n * n + 2 * n);
    here = joint + n * n;
    next = here + n;
    for (size_t i = 0; i < r->samples; i++) {
        size_t a = first_expert(r, i, layer), b = first_expert(r, i, layer + 1);
        joint[a * n + b]++;
        here[a]++;
        next[b]++;
    }
    *nats = 0; /* H(a) + H(b) - H(a, b) */
    for (size_t e = 0; e < 2 * n; e++)
        *nats += minus_p_log_p(here[e], (double)r->samples);
    for (size_t e = 0; e < n * n; e++)
        *nats -= minus_p_log_p(joint[e], (double)r->samples);
out:
    free(joint);
    return status;
}

/* ---- Distinct paths ---- */

typedef struct path {
    const uint16_t *experts;
    size_t layers;
} path;

static int
compare_paths(const void *a, const void *b)
{
    const path *x = a, *y = b;
    return memcmp(x->experts, y->experts, x->layers * sizeof *x->experts);
}

int
gsc_routing_distinct(const gsc_routing *r, size_t *count)
{
    int status = 0;
    uint16_t *experts = NULL;
    path *paths = NULL;
    *count = 0;
    GSC_NEW(experts, r->samples * r->layers);
    GSC_NEW(paths, r->samples);
    for (size_t i = 0; i < r->samples; i++) {
        paths[i] = (path){experts + i * r->layers, r->layers};
        for (size_t l = 0; l < r->layers; l++)
            experts[i * r->layers + l] = first_expert(r, i, l);
    }
    qsort(paths, r->samples, sizeof *paths, compare_paths);
    for (size_t i = 0; i < r->samples; i++)
        *count += i == 0 || compare_paths(&paths[i - 1], &paths[i]) != 0;
out:
    free(experts);
    free(paths);
    return status;
}

/* ---- Consistency ---- */

/* e_l of a sample. */
static void
embed_choice(const gsc_routing *r, size_t sample, size_t layer, double *e)
{
    size_t place = gsc_routing_place(r, sample, layer);
    memset(e, 0, r->width * sizeof *e);
    for (size_t k = 0; k < r->chosen; k++) {
        size_t expert = layer * r->experts + r->ids[place + k];
        for (size_t i = 0; i < r->width; i++)
            e[i] +=
                gsc_routing_gate(r, place + k) * r->embeddings[expert * r->width + i];
    }
}

int
gsc_routing_erratic(const gsc_routing *r, double *erratic)
{
    int status = 0;
    double *e = NULL;
    *erratic = (double)NAN;
    if (r->width == 0 || r->layers < 2 || r->samples == 0)
        return 0;
    GSC_NEW(e, 2 * r->width);
    *erratic = 0;
    for (size_t i = 0; i < r->samples; i++) {
        double sum = 0, most = -(double)INFINITY;
        embed_choice(r, i, 0, e);
        for (size_t l = 0; l + 1 < r->layers; l++) {
            double *here = e + l % 2 * r->width, *next = e + (l + 1) % 2 * r->width;
            embed_choice(r, i, l + 1, next);
            double alike = gsc_cosine(here, next, r->width);
            alike = isnan(alike) ? 0 : alike; /* nothing is like nothing */
            sum += alike;
            most = fmax(most, alike);
        }
        *erratic += 1 - sum / ((double)(r->layers - 1) * (most + 1e-8));
    }
    *erratic /= (double)r->samples;
out:
    free(e);
    return status;
}

/* ---- The kernel ---- */

/* The overlap of two samples, the gates of each layer adding up to 1. */
static double
overlap(const gsc_routing *r, size_t i, size_t j)
{
    double sum = 0;
    for (size_t l = 0; l < r->layers; l++) {
        size_t a = gsc_routing_place(r, i, l), b = gsc_routing_place(r, j, l);
        double scale = gsc_routing_gates(r, a) * gsc_routing_gates(r, b), layer = 0;
        for (size_t k = 0; k < r->chosen; k++)
            for (size_t m = 0; m < r->chosen; m++)
                if (r->ids[a + k] == r->ids[b + m])
                    layer += gsc_routing_gate(r, a + k) * gsc_routing_gate(r, b + m);
        sum += scale > 0 ? layer / scale : 0;
    }
    return sum / (double)r->layers;
}

/* The kernel of n samples, evenly spaced. */
static int
make_kernel(const gsc_routing *r, size_t n, gsc_matrix *H)
{
    int status = 0;
    GSC_TRY(gsc_matrix_init(H, n, n));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            H->data[i * n + j] = H->data[j * n + i] =
                overlap(r, i * r->samples / n, j * r->samples / n) / (double)n;
out:
    return status;
}

static size_t
at_most(size_t x, size_t most)
{
    return x < most ? x : most;
}

int
gsc_routing_dimension(const gsc_routing *r, size_t most, double ridge,
                      double *dimension)
{
    int status = 0;
    size_t n = at_most(r->samples, most);
    gsc_matrix H = {0};
    double *values = NULL;
    *dimension = 0;
    GSC_NEW(values, n);
    GSC_TRY(make_kernel(r, n, &H));
    GSC_TRY(gsc_eigen_symmetric(&H, values, NULL));
    for (size_t i = 0; i < n; i++)
        *dimension += fmax(values[i], 0) / (fmax(values[i], 0) + ridge);
out:
    gsc_matrix_free(&H);
    free(values);
    return status;
}

/* Sum over labels of (v . y_label)^2, v an eigenvector, y the labels' one-hot vectors.
 */
static double
along(const gsc_routing *r, const int32_t *labels, const gsc_matrix *vectors, size_t k,
      double *sums, size_t num_labels)
{
    double square = 0;
    size_t n = vectors->rows;
    for (size_t c = 0; c < num_labels; c++)
        sums[c] = 0;
    for (size_t i = 0; i < n; i++)
        sums[labels[i * r->samples / n]] += vectors->data[k * vectors->cols + i];
    for (size_t c = 0; c < num_labels; c++)
        square += sums[c] * sums[c];
    return square;
}

int
gsc_routing_bound_of(const gsc_routing *r, const int32_t *labels, size_t most,
                     double ridge, double noise, gsc_routing_bound *bound)
{
    int status = 0;
    size_t n = at_most(r->samples, most), num_labels = 0;
    gsc_matrix H = {0}, vectors = {0};
    double *values = NULL, *sums = NULL;
    *bound = (gsc_routing_bound){.samples = n};
    for (size_t i = 0; i < r->samples; i++)
        num_labels = labels[i] >= 0 && (size_t)labels[i] >= num_labels
                         ? (size_t)labels[i] + 1
                         : num_labels;
    GSC_NEW(values, n);
    GSC_NEW(sums, num_labels);
    GSC_TRY(make_kernel(r, n, &H));
    GSC_TRY(gsc_eigen_symmetric(&H, values, &vectors));
    for (size_t k = 0; k < n; k++) {
        double value = fmax(values[k], 0), kept = value / (value + ridge);
        double lost = ridge / (value + ridge);
        bound->dimension += kept;
        bound->variance += noise * kept * kept / (double)n;
        bound->bias +=
            lost * lost * along(r, labels, &vectors, k, sums, num_labels) / (double)n;
    }
    bound->bound = bound->bias + noise * bound->dimension / (double)n;
out:
    gsc_matrix_free(&H);
    gsc_matrix_free(&vectors);
    free(values);
    free(sums);
    return status;
}
