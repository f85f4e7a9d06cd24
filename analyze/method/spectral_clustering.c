/* Spectral clustering, and how far two partitions agree. */
#include "analyze/method/spectral_clustering.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include "train/numeric/gemm.h"
#include "train/numeric/linalg.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { STARTS = 10, MOST_ROUNDS = 100 };

/* ---- How alike ---- */

static void
scale_rows(gsc_matrix *m)
{
    for (size_t i = 0; i < m->rows; i++) {
        double *row = m->data + i * m->cols, sum = 0;
        for (size_t j = 0; j < m->cols; j++)
            sum += row[j] * row[j];
        for (size_t j = 0; sum > 0 && j < m->cols; j++)
            row[j] /= sqrt(sum);
    }
}

int
gsc_angular_similarity(gsc_matrix *vectors, gsc_matrix *similarity)
{
    int status = 0;
    const double pi = acos(-1);
    size_t n = vectors->rows, d = vectors->cols;
    GSC_TRY(gsc_matrix_init(similarity, n, n));
    scale_rows(vectors);
    gsc_gemm_f64(false, true, n, n, d, 1, vectors->data, d, vectors->data, d, 0,
                 similarity->data, n);
    for (size_t i = 0; i < n * n; i++) {
        double c = fmax(-1, fmin(1, similarity->data[i]));
        similarity->data[i] = 1 - acos(c) / pi;
    }
out:
    return status;
}

/* ---- k-means ---- */

typedef struct points {
    size_t n, d, count; /* points, their numbers, clusters */
    const double *x;    /* [n, d] */
    double *centre;     /* [count, d] */
    double *distance;   /* [n]: squared, to the nearest centre */
    size_t *size;       /* [count] */
    size_t *cluster;    /* [n] */
} points;

static double
squared_distance(const double *a, const double *b, size_t d)
{
    double sum = 0;
    for (size_t j = 0; j < d; j++)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sum;
}

/* Centres after the first are points, each with a probability proportional to its
 * squared distance to the nearest one before. */
static void
choose_centres(points *p, uint64_t start)
{
    uint64_t stream = gsc_rng_substream(gsc_rng_stream("spectral_clustering"), start);
    size_t chosen = (size_t)gsc_rng_below(0, stream, 0, p->n);
    for (size_t i = 0; i < p->n; i++)
        p->distance[i] = INFINITY;
    for (size_t c = 0; c < p->count; c++) {
        double sum = 0;
        memcpy(p->centre + c * p->d, p->x + chosen * p->d, p->d * sizeof *p->centre);
        for (size_t i = 0; i < p->n; i++) {
            double to = squared_distance(p->x + i * p->d, p->centre + c * p->d, p->d);
            p->distance[i] = fmin(p->distance[i], to);
            sum += p->distance[i];
        }
        double u = sum * gsc_rng_uniform(0, stream, c + 1);
        for (chosen = 0; chosen + 1 < p->n && (u -= p->distance[chosen]) >= 0;)
            chosen++;
    }
}

/* The sum of the squared distances; *moved is whether any point changed its cluster. */
static double
assign(points *p, bool *moved)
{
    double sum = 0;
    *moved = false;
    for (size_t i = 0; i < p->n; i++) {
        size_t best = 0;
        double least = INFINITY;
        for (size_t c = 0; c < p->count; c++) {
            double to = squared_distance(p->x + i * p->d, p->centre + c * p->d, p->d);
            if (to < least) {
                least = to;
                best = c;
            }
        }
        *moved = *moved || p->cluster[i] != best;
        p->cluster[i] = best;
        sum += least;
    }
    return sum;
}

/* A cluster without points keeps its centre. */
static void
move_centres(points *p)
{
    memset(p->size, 0, p->count * sizeof *p->size);
    for (size_t i = 0; i < p->n; i++)
        p->size[p->cluster[i]]++;
    for (size_t c = 0; c < p->count; c++)
        if (p->size[c] > 0)
            memset(p->centre + c * p->d, 0, p->d * sizeof *p->centre);
    for (size_t i = 0; i < p->n; i++) {
        size_t c = p->cluster[i];
        for (size_t j = 0; j < p->d; j++)
            p->centre[c * p->d + j] += p->x[i * p->d + j] / (double)p->size[c];
    }
}

static double
run_start(points *p, uint64_t start)
{
    bool moved = true;
    double sum = 0;
    choose_centres(p, start);
    for (size_t i = 0; i < p->n; i++)
        p->cluster[i] = SIZE_MAX;
    for (int round = 0; moved && round < MOST_ROUNDS; round++) {
        sum = assign(p, &moved);
        move_centres(p);
    }
    return sum;
}

/* The rows of x [n, d], into `cluster`. */
static int
cluster_rows(const double *x, size_t n, size_t d, size_t count, size_t *cluster)
{
    int status = 0;
    double least = INFINITY;
    points p = {.n = n, .d = d, .count = count, .x = x};
    GSC_NEW(p.centre, count * d);
    GSC_NEW(p.distance, n);
    GSC_NEW(p.size, count);
    GSC_NEW(p.cluster, n);
    for (uint64_t start = 0; start < STARTS; start++) {
        double sum = run_start(&p, start);
        if (sum < least)
            memcpy(cluster, p.cluster, n * sizeof *cluster);
        least = fmin(least, sum);
    }
out:
    free(p.centre);
    free(p.distance);
    free(p.size);
    free(p.cluster);
    return status;
}

/* ---- The graph ---- */

/* D^-1/2 A D^-1/2 without A's diagonal. */
static int
normalise(const gsc_matrix *a, gsc_matrix *out)
{
    int status = 0;
    size_t n = a->rows;
    double *root = NULL;
    GSC_NEW(root, n);
    GSC_TRY(gsc_matrix_init(out, n, n));
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++)
            root[i] += j == i ? 0 : a->data[i * n + j];
        root[i] = root[i] > 0 ? 1 / sqrt(root[i]) : 0;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            out->data[i * n + j] = j == i ? 0 : root[i] * a->data[i * n + j] * root[j];
out:
    free(root);
    return status;
}

/* Row i of `rows` [n, count] has thing i's places in the first eigenvectors. */
static void
take_rows(const gsc_matrix *eigenvectors, size_t count, gsc_matrix *rows)
{
    size_t n = eigenvectors->cols;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < count; c++)
            rows->data[i * count + c] = eigenvectors->data[c * n + i];
    scale_rows(rows);
}

int
gsc_spectral_clustering(const gsc_matrix *similarity, size_t count, size_t *cluster)
{
    int status = 0;
    size_t n = similarity->rows;
    gsc_matrix graph = {0}, vectors = {0}, rows = {0};
    double *values = NULL;
    if (count == 0 || count > n)
        return gsc_fail(GSC_EARGUMENT, "%zu clusters of %zu things, expected 1 to %zu",
                        count, n, n);
    GSC_NEW(values, n);
    GSC_TRY(normalise(similarity, &graph));
    GSC_TRY(gsc_eigen_symmetric(&graph, values, &vectors));
    GSC_TRY(gsc_matrix_init(&rows, n, count));
    take_rows(&vectors, count, &rows);
    GSC_TRY(cluster_rows(rows.data, n, count, count, cluster));
out:
    gsc_matrix_free(&graph);
    gsc_matrix_free(&vectors);
    gsc_matrix_free(&rows);
    free(values);
    return status;
}

/* ---- Agreement ---- */

static double
pairs_of(double n)
{
    return n * (n - 1) / 2;
}

int
gsc_adjusted_rand(const size_t *a, size_t num_a, const size_t *b, size_t num_b,
                  size_t n, double *index)
{
    int status = 0;
    double *both = NULL, *of_a = NULL, *of_b = NULL, together = 0, in_a = 0, in_b = 0;
    GSC_NEW(both, num_a * num_b);
    GSC_NEW(of_a, num_a);
    GSC_NEW(of_b, num_b);
    for (size_t i = 0; i < n; i++) {
        both[a[i] * num_b + b[i]]++;
        of_a[a[i]]++;
        of_b[b[i]]++;
    }
    for (size_t i = 0; i < num_a * num_b; i++)
        together += pairs_of(both[i]);
    for (size_t i = 0; i < num_a; i++)
        in_a += pairs_of(of_a[i]);
    for (size_t i = 0; i < num_b; i++)
        in_b += pairs_of(of_b[i]);
    double expected = in_a * in_b / pairs_of((double)n);
    *index = (together - expected) / ((in_a + in_b) / 2 - expected);
out:
    free(both);
    free(of_a);
    free(of_b);
    return status;
}
