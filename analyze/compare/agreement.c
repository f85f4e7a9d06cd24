/* Two networks that are asked the same pairs. */
#include "analyze/compare/agreement.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/network/evaluator.h"
#include "train/numeric/exp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Shares that pairs are summed in, whatever the number of threads. */
enum { LANES = 4 };

/* Numbers that a network's block may have, and rows that are multiplied at once. */
enum { BLOCK_NUMBERS = 2 << 20, ROWS = 256 };

/* ---- A network that answers block by block ---- */

typedef struct stream {
    gsc_compared_network who;
    gsc_evaluator evaluator;
    size_t n, m;                          /* answers, neurons */
    double *logits;                       /* [most_rows, n] of a block */
    void *neurons;                        /* [most_rows, m] of the evaluator's type */
    double *first_logits, *first_neurons; /* of the first pair */
} stream;

static void
close_stream(stream *s)
{
    gsc_evaluator_close(&s->evaluator);
    free(s->logits);
    free(s->neurons);
    free(s->first_logits);
    free(s->first_neurons);
}

static int
open_stream(stream *s, gsc_compared_network who, bool neurons, size_t most_rows)
{
    int status = 0;
    *s = (stream){.who = who, .n = who.grid->n};
    GSC_TRY(gsc_evaluator_open_blocks(&s->evaluator, who.loaded, who.grid, neurons,
                                      most_rows));
    s->m = s->evaluator.num_neurons;
    GSC_NEW(s->logits, most_rows * s->n);
    GSC_NEW(s->first_logits, s->n);
    GSC_NEW(s->first_neurons, s->m);
    s->neurons = gsc_new(most_rows * s->m, gsc_type_size(s->evaluator.type));
    if (!s->neurons)
        status = GSC_EMEMORY;
out:
    return status;
}

static int
run_stream(stream *s, gsc_threads *threads, size_t first, size_t count)
{
    int status = 0;
    GSC_TRY(gsc_evaluator_run_block(&s->evaluator, s->who.loaded->weights, threads,
                                    first, count, s->logits,
                                    s->m > 0 ? s->neurons : NULL));
    if (first == 0) {
        memcpy(s->first_logits, s->logits, s->n * sizeof *s->first_logits);
        for (size_t j = 0; j < s->m; j++)
            s->first_neurons[j] = gsc_element(s->evaluator.type, s->neurons, j);
    }
out:
    return status;
}

/* Rows of a block less those of the first pair. */
static void
take_logits(const stream *s, size_t first, size_t count, double *x)
{
    const double *logits = s->logits + first * s->n;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < s->n; j++)
            x[i * s->n + j] = logits[i * s->n + j] - s->first_logits[j];
}

static void
take_neurons(const stream *s, size_t first, size_t count, double *x)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < s->m; j++)
            x[i * s->m + j] =
                gsc_element(s->evaluator.type, s->neurons, (first + i) * s->m + j) -
                s->first_neurons[j];
}

/* ---- Lanes ---- */

typedef struct tally {
    double count, agree, kl;
} tally;

typedef struct lane {
    gsc_moments logits, neurons;
    double *x, *y; /* [ROWS, wider of n and m] */
    tally all, test;
} lane;

typedef struct pass {
    stream a, b, *second; /* a, where a network meets itself */
    bool *test;           /* [n n] */
    size_t first, count;  /* of the block */
    lane lanes[LANES];
} pass;

static void
close_pass(pass *p)
{
    close_stream(&p->a);
    close_stream(&p->b);
    free(p->test);
    for (size_t i = 0; i < LANES; i++) {
        gsc_moments_free(&p->lanes[i].logits);
        gsc_moments_free(&p->lanes[i].neurons);
        free(p->lanes[i].x);
        free(p->lanes[i].y);
    }
}

static size_t
wider(const stream *s)
{
    return s->n > s->m ? s->n : s->m;
}

static int
open_lanes(pass *p)
{
    int status = 0;
    const stream *a = &p->a, *b = p->second;
    for (size_t i = 0; i < LANES; i++) {
        lane *l = &p->lanes[i];
        GSC_TRY(gsc_moments_init(&l->logits, a->n, b->n));
        GSC_TRY(gsc_moments_init(&l->neurons, a->m, b->m));
        GSC_NEW(l->x, ROWS * wider(a));
        GSC_NEW(l->y, ROWS * wider(b));
    }
out:
    return status;
}

static bool
has_neurons(gsc_compared_network who)
{
    return who.loaded->model.neurons != GSC_NO_NODE;
}

static size_t
num_neurons(gsc_compared_network who)
{
    const gsc_model *model = &who.loaded->model;
    return has_neurons(who) ? gsc_graph_shape(model->graph, model->neurons).dims[1] : 0;
}

static int
open_pass(pass *p, gsc_compared_network a, gsc_compared_network b, size_t *most_rows)
{
    int status = 0;
    bool neurons = has_neurons(a) && has_neurons(b);
    size_t n = a.grid->n, m = num_neurons(a) + num_neurons(b);
    *most_rows = BLOCK_NUMBERS / (n + m) + 1;
    if (*most_rows > n * n)
        *most_rows = n * n;
    GSC_NEW(p->test, n * n);
    gsc_agreement_test_pairs(a.grid, b.grid, p->test);
    GSC_TRY(open_stream(&p->a, a, neurons, *most_rows));
    p->second = &p->a;
    if (a.loaded != b.loaded) {
        GSC_TRY(open_stream(&p->b, b, neurons, *most_rows));
        p->second = &p->b;
    }
    GSC_TRY(open_lanes(p));
out:
    return status;
}

/* ---- Means ---- */

static size_t
first_largest(const double *z, size_t n)
{
    size_t best = 0;
    for (size_t c = 1; c < n; c++)
        if (z[c] > z[best])
            best = c;
    return best;
}

/* z - max z, and ln sum e^(z - max z); the exponentials are left in e. */
static double
lower(const double *z, size_t n, double most, double *lowered, double *e)
{
    double sum = 0;
    for (size_t c = 0; c < n; c++)
        lowered[c] = z[c] - most;
    gsc_exp(lowered, e, n);
    for (size_t c = 0; c < n; c++)
        sum += e[c];
    return log(sum);
}

/* sum_c q_a (ln q_a - ln q_b); x and y have room for 2 n each. */
static double
divergence(const double *za, double most_a, const double *zb, double most_b, size_t n,
           double *x, double *y)
{
    double log_a = lower(za, n, most_a, x, x + n),
           log_b = lower(zb, n, most_b, y, y + n);
    double sum = 0;
    for (size_t c = 0; c < n; c++)
        sum += x[n + c] * (x[c] - y[c]);
    return fmax(sum / exp(log_a) + (log_b - log_a), 0);
}

static void
add_to(tally *t, bool agree, double kl)
{
    t->count++;
    t->agree += agree;
    t->kl += kl;
}

static void
compare_answers(const pass *p, lane *l, size_t first, size_t count)
{
    size_t n = p->a.n;
    for (size_t i = first; i < first + count; i++) {
        const double *za = p->a.logits + i * n, *zb = p->second->logits + i * n;
        size_t a = first_largest(za, n), b = first_largest(zb, n);
        double kl = divergence(za, za[a], zb, zb[b], n, l->x, l->y);
        add_to(&l->all, a == b, kl);
        if (p->test[p->first + i])
            add_to(&l->test, a == b, kl);
    }
}

static void
do_share(void *context, size_t index, size_t worker)
{
    pass *p = context;
    lane *l = &p->lanes[index];
    size_t begin = p->count * index / LANES, end = p->count * (index + 1) / LANES;
    bool own = p->second == &p->a;
    (void)worker;
    for (size_t first = begin, rows; first < end; first += rows) {
        rows = end - first < ROWS ? end - first : ROWS;
        take_logits(&p->a, first, rows, l->x);
        if (!own)
            take_logits(p->second, first, rows, l->y);
        gsc_moments_add(&l->logits, l->x, own ? l->x : l->y, rows);
        take_neurons(&p->a, first, rows, l->x);
        if (!own)
            take_neurons(p->second, first, rows, l->y);
        gsc_moments_add(&l->neurons, l->x, own ? l->x : l->y, rows);
        compare_answers(p, l, first, rows);
    }
}

static gsc_agreement_means
mean_of(const tally *t)
{
    return (gsc_agreement_means){t->agree / t->count, t->kl / t->count};
}

/* What the lanes have becomes the agreement's. */
static void
finish(pass *p, gsc_agreement *agreement)
{
    lane *all = &p->lanes[0];
    for (size_t i = 1; i < LANES; i++) {
        const lane *l = &p->lanes[i];
        gsc_moments_merge(&all->logits, &l->logits);
        gsc_moments_merge(&all->neurons, &l->neurons);
        all->all.count += l->all.count;
        all->all.agree += l->all.agree;
        all->all.kl += l->all.kl;
        all->test.count += l->test.count;
        all->test.agree += l->test.agree;
        all->test.kl += l->test.kl;
    }
    gsc_moments_finish(&all->logits);
    gsc_moments_finish(&all->neurons);
    *agreement = (gsc_agreement){all->logits, all->neurons, mean_of(&all->all),
                                 mean_of(&all->test)};
    all->logits = all->neurons = (gsc_moments){.count = 0};
}

size_t
gsc_agreement_test_pairs(const gsc_grid *a, const gsc_grid *b, bool *test)
{
    size_t count = 0;
    bool known = a->split_is_known && b->split_is_known;
    for (size_t i = 0; i < a->n * a->n; i++) {
        test[i] = known && !a->train[i] && !b->train[i];
        count += test[i];
    }
    return count;
}

int
gsc_agreement_init(gsc_agreement *agreement, gsc_compared_network a,
                   gsc_compared_network b, gsc_threads *threads)
{
    int status = 0;
    size_t most_rows, all = a.grid->n * a.grid->n;
    pass p = {.count = 0};
    *agreement = (gsc_agreement){.all = {0, 0}};
    if (a.grid->n != b.grid->n)
        return gsc_fail(GSC_EARGUMENT, "pairs of %zu elements and of %zu", a.grid->n,
                        b.grid->n);
    GSC_TRY(open_pass(&p, a, b, &most_rows));
    for (p.first = 0; p.first < all; p.first += p.count) {
        p.count = all - p.first < most_rows ? all - p.first : most_rows;
        GSC_TRY(run_stream(&p.a, threads, p.first, p.count));
        if (p.second == &p.b)
            GSC_TRY(run_stream(&p.b, threads, p.first, p.count));
        gsc_threads_run(threads, do_share, &p, LANES);
    }
    finish(&p, agreement);
out:
    close_pass(&p);
    return status;
}

void
gsc_agreement_free(gsc_agreement *agreement)
{
    gsc_moments_free(&agreement->logits);
    gsc_moments_free(&agreement->neurons);
    *agreement = (gsc_agreement){.all = {0, 0}};
}
