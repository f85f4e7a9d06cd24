/* The logits of many networks for the same examples. */
#include "analyze/method/logit_set.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/numeric/exp.h"
#include "train/numeric/gemm.h"
#include "train/numeric/hot.h"

#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ---- Put in ---- */

int
gsc_logit_set_init(gsc_logit_set *self, size_t count, size_t num_examples,
                   size_t num_outputs)
{
    return gsc_logit_set_init_rows(self, count, num_examples, num_outputs, 1, 1);
}

int
gsc_logit_set_init_rows(gsc_logit_set *self, size_t count, size_t num_examples,
                        size_t num_outputs, size_t num_rows, size_t num_labels)
{
    int status = 0;
    size_t rows = 0, all = 0;
    *self = (gsc_logit_set){.count = count,
                            .num_outputs = num_outputs,
                            .num_examples = num_examples,
                            .num_rows = num_rows,
                            .num_labels = num_labels};
    GSC_TRY(gsc_size_multiply(count, num_outputs, &rows));
    GSC_TRY(gsc_size_multiply(rows, num_examples, &all));
    GSC_NEW(self->x, all);
    GSC_NEW(self->mean, rows);
    GSC_NEW(self->size, count);
    GSC_NEW(self->answer, count * num_examples * num_labels);
out:
    if (status < 0)
        gsc_logit_set_free(self);
    return status;
}

void
gsc_logit_set_free(gsc_logit_set *self)
{
    free(self->x);
    free(self->mean);
    free(self->size);
    free(self->answer);
    *self = (gsc_logit_set){0};
}

static int
check_finite(const gsc_logit_set *self, const double *logits)
{
    size_t n = self->num_outputs;
    for (size_t i = 0; i < self->num_examples * n; i++)
        if (!isfinite(logits[i]))
            return gsc_fail(GSC_ENUMERIC,
                            "logit %zu of example %zu is %g, not a finite number",
                            i % n, i / n, logits[i]);
    return 0;
}

/* The first largest of each row. */
static void
find_answers(const gsc_logit_set *self, const double *logits, uint16_t *answer)
{
    size_t n = self->num_outputs / self->num_rows;
    for (size_t e = 0; e < self->num_examples * self->num_rows; e++) {
        const double *row = logits + e * n;
        answer[e] = 0;
        for (size_t c = 1; c < n; c++)
            if (row[c] > row[answer[e]])
                answer[e] = (uint16_t)c;
    }
}

/* |logits - means|_F, or 0 where they differ only by roundings of their means: what is
 * left of m equal numbers is below m epsilon of them each. */
static double
find_size(const gsc_logit_set *self, const double *logits, double *mean)
{
    size_t n = self->num_outputs, m = self->num_examples;
    double squares = 0, of_means = 0, count = (double)m;
    for (size_t c = 0; c < n; c++)
        mean[c] = 0;
    for (size_t e = 0; e < m; e++)
        for (size_t c = 0; c < n; c++)
            mean[c] += logits[e * n + c];
    for (size_t c = 0; c < n; c++) {
        mean[c] /= count;
        of_means += mean[c] * mean[c];
    }
    for (size_t e = 0; e < m; e++)
        for (size_t c = 0; c < n; c++) {
            double d = logits[e * n + c] - mean[c];
            squares += d * d;
        }
    double noise = count * 0x1p-52 * sqrt(count * of_means);
    return sqrt(squares) > noise ? sqrt(squares) : 0;
}

/* Examples that are transposed together: a line of the cache. */
enum { LINE = 16 };

static void
keep(gsc_logit_set *self, size_t i, const double *logits)
{
    size_t n = self->num_outputs, m = self->num_examples;
    float *x = self->x + i * n * m;
    double *mean = self->mean + i * n;
    double size = self->size[i] = find_size(self, logits, mean);
    for (size_t first = 0; first < m; first += LINE)
        for (size_t c = 0; c < n; c++)
            for (size_t e = first; e < m && e < first + LINE; e++)
                x[c * m + e] =
                    size > 0 ? (float)((logits[e * n + c] - mean[c]) / size) : 0;
}

int
gsc_logit_set_put(gsc_logit_set *self, size_t i, const double *logits)
{
    int status = check_finite(self, logits);
    if (status < 0)
        return status;
    find_answers(self, logits, self->answer + i * self->num_examples * self->num_rows);
    keep(self, i, logits);
    return 0;
}

int
gsc_logit_set_put_labels(gsc_logit_set *self, size_t i, const double *logits,
                         const uint16_t *labels)
{
    size_t count = self->num_examples * self->num_labels;
    int status = check_finite(self, logits);
    if (status < 0)
        return status;
    memcpy(self->answer + i * count, labels, count * sizeof *labels);
    keep(self, i, logits);
    return 0;
}

/* ---- Working memory ---- */

/* A buffer for each worker; free_buffers takes what is half made. */
static int
new_buffers(size_t num_workers, size_t length, size_t size, void ***buffers)
{
    int status = 0;
    GSC_NEW(*buffers, num_workers);
    for (size_t w = 0; w < num_workers; w++)
        if (!((*buffers)[w] = gsc_new(length, size)))
            return GSC_EMEMORY;
out:
    return status;
}

static void
free_buffers(size_t num_workers, void **buffers)
{
    for (size_t w = 0; buffers && w < num_workers; w++)
        free(buffers[w]);
    free(buffers);
}

/* ---- CKA ---- */

/* Columns of a product that is large enough to be quick. */
enum { PRODUCT = 512 };

typedef struct alignment {
    const gsc_logit_set *logit_set;
    size_t tile, num_tiles; /* networks of a product, along each side */
    void **products;        /* [workers] float [tile * n, tile * n] */
    double *squares;        /* [count, count]: |x_iᵀ x_j|_F^2 */
    void (*show)(void *context, double share);
    void *context;
    atomic_size_t num_done;
} alignment;

static double
squared_norm(const float *a, size_t rows, size_t cols, size_t ld)
{
    double sum = 0;
    for (size_t i = 0; i < rows; i++)
#pragma omp simd reduction(+ : sum)
        for (size_t j = 0; j < cols; j++)
            sum += (double)a[i * ld + j] * (double)a[i * ld + j];
    return sum;
}

static void
align_tile(alignment *a, size_t top, size_t left, float *product)
{
    const gsc_logit_set *s = a->logit_set;
    size_t n = s->num_outputs, m = s->num_examples, count = s->count;
    size_t rows = count - top < a->tile ? count - top : a->tile;
    size_t cols = count - left < a->tile ? count - left : a->tile, ld = cols * n;
    gsc_gemm_f32(false, true, rows * n, ld, m, 1, s->x + top * n * m, m,
                 s->x + left * n * m, m, 0, product, ld); /* x_iᵀ x_j, all of them */
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++)
            a->squares[(top + i) * count + left + j] =
                squared_norm(product + i * n * ld + j * n, n, n, ld);
}

static void
align(void *context, size_t item, size_t worker)
{
    alignment *a = context;
    size_t top = item / a->num_tiles * a->tile, left = item % a->num_tiles * a->tile;
    if (top > left)
        return;
    align_tile(a, top, left, a->products[worker]);
    double done = (double)(atomic_fetch_add(&a->num_done, 1) + 1);
    double all = (double)(a->num_tiles * (a->num_tiles + 1)) / 2;
    if (a->show && worker == 0)
        a->show(a->context, done / all);
}

static void
finish_cka(const gsc_logit_set *self, const double *squares, double *cka)
{
    size_t count = self->count;
    for (size_t i = 0; i < count; i++)
        for (size_t j = i; j < count; j++) {
            double own = squares[i * count + i] * squares[j * count + j];
            double value = own > 0 ? squares[i * count + j] / sqrt(own) : (double)NAN;
            cka[i * count + j] = i == j && own > 0 ? 1 : value;
            cka[j * count + i] = cka[i * count + j];
        }
}

int
gsc_logit_set_cka(const gsc_logit_set *self, gsc_threads *threads,
                  void (*show)(void *context, double share), void *context, double *cka)
{
    int status = 0;
    size_t n = self->num_outputs, count = self->count;
    size_t num_workers = gsc_threads_count(threads);
    alignment a = {.logit_set = self, .show = show, .context = context};
    a.tile = n < PRODUCT ? PRODUCT / n : 1;
    a.num_tiles = (count + a.tile - 1) / a.tile;
    size_t side = (a.tile < count ? a.tile : count) * n;
    GSC_NEW(a.squares, count * count);
    GSC_TRY(new_buffers(num_workers, side * side, sizeof(float), &a.products));
    gsc_threads_run(threads, align, &a, a.num_tiles * a.num_tiles);
    finish_cka(self, a.squares, cka);
out:
    free_buffers(num_workers, a.products);
    free(a.squares);
    return status;
}

/* ---- Agreement ---- */

typedef struct comparing {
    const gsc_logit_set *logit_set;
    double tolerance;
    double *agreement;
} comparing;

static size_t
count_same(const gsc_logit_set *s, size_t i, size_t j)
{
    size_t m = s->num_examples, labels = s->num_labels, same = 0;
    const uint16_t *own = s->answer + i * m * labels;
    const uint16_t *other = s->answer + j * m * labels;
    for (size_t e = 0; e < m; e++) {
        bool all = true;
        for (size_t l = 0; l < labels; l++)
            all = all && own[e * labels + l] == other[e * labels + l];
        same += all;
    }
    return same;
}

/* A row of the matrix, from the diagonal on. */
static void
compare_answers(void *context, size_t i, size_t worker)
{
    const comparing *c = context;
    size_t m = c->logit_set->num_examples, count = c->logit_set->count;
    (void)worker;
    for (size_t j = i; j < count; j++)
        c->agreement[i * count + j] = c->agreement[j * count + i] =
            (double)count_same(c->logit_set, i, j) / (double)m;
}

void
gsc_logit_set_agreement(const gsc_logit_set *self, gsc_threads *threads,
                        double *agreement)
{
    comparing c = {self, 0, agreement};
    gsc_threads_run(threads, compare_answers, &c, self->count);
}

static double
logit(const gsc_logit_set *s, size_t i, size_t c, size_t e)
{
    size_t row = i * s->num_outputs + c;
    return s->mean[row] + s->size[i] * (double)s->x[row * s->num_examples + e];
}

static void
compare_distances(void *context, size_t i, size_t worker)
{
    const comparing *c = context;
    const gsc_logit_set *s = c->logit_set;
    size_t n = s->num_outputs, m = s->num_examples, count = s->count;
    (void)worker;
    for (size_t j = i; j < count; j++) {
        size_t close = 0;
        for (size_t e = 0; e < m; e++) {
            double sum = 0;
            for (size_t k = 0; k < n; k++) {
                double d = logit(s, i, k, e) - logit(s, j, k, e);
                sum += d * d;
            }
            close += sum / (double)n < c->tolerance;
        }
        c->agreement[i * count + j] = c->agreement[j * count + i] =
            (double)close / (double)m;
    }
}

void
gsc_logit_set_closeness(const gsc_logit_set *self, gsc_threads *threads,
                        double tolerance, double *closeness)
{
    comparing c = {self, tolerance, closeness};
    gsc_threads_run(threads, compare_distances, &c, self->count);
}

/* ---- Divergence ---- */

/* Sums of a fixed number of lanes are added in their order: lane l takes the blocks l,
 * l + LANES, … of the examples. */
enum { LANES = 16, BLOCK = LINE };

typedef struct diverging {
    const gsc_logit_set *logit_set;
    size_t width;      /* of a row of a block: num_outputs * BLOCK */
    void **p, **log_p; /* [workers] double [count, width] */
    double *sums;      /* [LANES, count, count]: of p_i ln p_j */
} diverging;

/* Logits of network i for k examples, of the n outputs from `top` on, less the largest
 * of each: [n, k]. */
GSC_HOT static void
lower(const gsc_logit_set *s, size_t i, size_t top, size_t n, size_t first, size_t k,
      double *lowered)
{
    size_t m = s->num_examples;
    double most[BLOCK];
    for (size_t e = 0; e < k; e++)
        most[e] = -(double)INFINITY;
    for (size_t c = 0; c < n; c++) {
        size_t row = i * s->num_outputs + top + c;
        const float *x = s->x + row * m + first;
        double mean = s->mean[row], size = s->size[i], *z = lowered + c * k;
        for (size_t e = 0; e < k; e++) {
            z[e] = mean + size * (double)x[e];
            most[e] = z[e] > most[e] ? z[e] : most[e];
        }
    }
    for (size_t c = 0; c < n; c++)
        for (size_t e = 0; e < k; e++)
            lowered[c * k + e] -= most[e];
}

/* From those and their exponentials: ln softmax and softmax, in place. */
GSC_HOT static void
normalise(size_t n, size_t k, double *p, double *log_p)
{
    double sum[BLOCK] = {0}, log_sum[BLOCK];
    for (size_t c = 0; c < n; c++)
        for (size_t e = 0; e < k; e++)
            sum[e] += p[c * k + e];
    for (size_t e = 0; e < k; e++) {
        log_sum[e] = log(sum[e]);
        sum[e] = 1 / sum[e];
    }
    for (size_t c = 0; c < n; c++)
        for (size_t e = 0; e < k; e++) {
            p[c * k + e] *= sum[e];
            log_p[c * k + e] -= log_sum[e];
        }
}

static void
soften(const gsc_logit_set *s, size_t i, size_t first, size_t k, double *p,
       double *log_p)
{
    size_t n = s->num_outputs / s->num_rows;
    for (size_t row = 0; row < s->num_rows; row++, p += n * k, log_p += n * k) {
        lower(s, i, row * n, n, first, k, log_p);
        gsc_exp(log_p, p, n * k);
        normalise(n, k, p, log_p);
    }
}

static void
diverge(void *context, size_t lane, size_t worker)
{
    const diverging *d = context;
    const gsc_logit_set *s = d->logit_set;
    size_t m = s->num_examples, count = s->count;
    double *p = d->p[worker], *log_p = d->log_p[worker];
    double *sums = d->sums + lane * count * count;
    for (size_t first = lane * BLOCK; first < m; first += LANES * BLOCK) {
        size_t k = m - first < BLOCK ? m - first : BLOCK, width = s->num_outputs * k;
        for (size_t i = 0; i < count; i++)
            soften(s, i, first, k, p + i * width, log_p + i * width);
        gsc_gemm_f64(false, true, count, count, width, 1, p, width, log_p, width, 1,
                     sums, count); /* sums += P (ln P)ᵀ */
    }
}

static void
finish_divergence(const diverging *d, double *divergence)
{
    size_t count = d->logit_set->count, all = count * count;
    double m = (double)(d->logit_set->num_examples * d->logit_set->num_rows);
    for (size_t lane = 1; lane < LANES; lane++)
        for (size_t at = 0; at < all; at++)
            d->sums[at] += d->sums[lane * all + at];
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            double kl = (d->sums[i * count + i] - d->sums[i * count + j]) / m;
            divergence[i * count + j] = kl > 0 ? kl : 0;
        }
}

int
gsc_logit_set_divergence(const gsc_logit_set *self, gsc_threads *threads,
                         double *divergence)
{
    int status = 0;
    size_t num_workers = gsc_threads_count(threads);
    diverging d = {.logit_set = self, .width = self->num_outputs * BLOCK};
    GSC_NEW(d.sums, LANES * self->count * self->count);
    size_t length = self->count * d.width;
    GSC_TRY(new_buffers(num_workers, length, sizeof(double), &d.p));
    GSC_TRY(new_buffers(num_workers, length, sizeof(double), &d.log_p));
    gsc_threads_run(threads, diverge, &d, LANES);
    finish_divergence(&d, divergence);
out:
    free_buffers(num_workers, d.p);
    free_buffers(num_workers, d.log_p);
    free(d.sums);
    return status;
}
