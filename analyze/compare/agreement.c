/* Two networks that are asked the same questions. */
#include "analyze/compare/agreement.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/compare/respondent.h"
#include "train/numeric/exp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Shares that questions are summed in, whatever the number of threads. */
enum { LANES = 4 };

/* Numbers that a network's block may have, and rows that are multiplied at once. */
enum { BLOCK_NUMBERS = 2 << 20, ROWS = 256 };

/* ---- A network that answers block by block ---- */

typedef struct stream {
    gsc_respondent who;
    size_t n, m;                          /* numbers of an answer, neurons */
    double *first_logits, *first_neurons; /* of the first question */
} stream;

static void
close_stream(stream *s)
{
    gsc_respondent_close(&s->who);
    free(s->first_logits);
    free(s->first_neurons);
}

static int
open_stream(stream *s, gsc_compared_network who, bool neurons, size_t most_rows)
{
    int status = 0;
    GSC_TRY(
        gsc_respondent_open(&s->who, who.loaded, who.questions, neurons, most_rows));
    s->n = s->who.width;
    s->m = s->who.num_neurons;
    GSC_NEW(s->first_logits, s->n);
    GSC_NEW(s->first_neurons, s->m);
out:
    return status;
}

static int
run_stream(stream *s, gsc_threads *threads, size_t first, size_t count)
{
    int status = 0;
    GSC_TRY(gsc_respondent_run(&s->who, threads, first, count));
    if (first == 0) {
        memcpy(s->first_logits, s->who.answers, s->n * sizeof *s->first_logits);
        for (size_t j = 0; j < s->m; j++)
            s->first_neurons[j] = gsc_element(s->who.type, s->who.neurons, j);
    }
out:
    return status;
}

/* Rows of a block less those of the first question. */
static void
take_logits(const stream *s, size_t first, size_t count, double *x)
{
    const double *logits = s->who.answers + first * s->n;
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
                gsc_element(s->who.type, s->who.neurons, (first + i) * s->m + j) -
                s->first_neurons[j];
}

/* ---- Lanes ---- */

typedef struct tally {
    double count, agree, rows, kl;
} tally;

typedef struct lane {
    gsc_moments logits, neurons;
    double *x, *y;    /* [ROWS, wider of logits and m], and room for two rows */
    uint16_t *labels; /* of an answer of each */
    tally all, test;
} lane;

typedef struct pass {
    stream a, b, *second; /* a, where a network meets itself */
    const gsc_questions *questions;
    size_t num_labels, logits; /* numbers of an answer, or 0: too many */
    bool *test;                /* [questions] */
    size_t first, count;       /* of the block */
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
        free(p->lanes[i].labels);
    }
}

static size_t
room_of(const pass *p, const stream *s)
{
    size_t wider = p->logits > s->m ? p->logits : s->m,
           rows = 2 * p->questions->num_outputs;
    return ROWS * wider > rows ? ROWS * wider : rows;
}

static int
open_lanes(pass *p)
{
    int status = 0;
    const stream *a = &p->a, *b = p->second;
    for (size_t i = 0; i < LANES; i++) {
        lane *l = &p->lanes[i];
        GSC_TRY(gsc_moments_init(&l->logits, p->logits, p->logits));
        GSC_TRY(gsc_moments_init(&l->neurons, a->m, b->m));
        GSC_NEW(l->x, room_of(p, a));
        GSC_NEW(l->y, room_of(p, b));
        GSC_NEW(l->labels, 2 * p->num_labels);
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
open_pass(pass *p, gsc_compared_network a, gsc_compared_network b, size_t *most_rows,
          gsc_agreement *agreement)
{
    int status = 0;
    bool neurons = has_neurons(a) && has_neurons(b);
    const gsc_questions *q = p->questions = a.questions;
    size_t n = q->num_rows * q->num_outputs, m = num_neurons(a) + num_neurons(b);
    p->num_labels = gsc_questions_num_labels(q);
    p->logits = n <= GSC_WIDEST_ANSWER ? n : 0;
    *most_rows = BLOCK_NUMBERS / (n + m) + 1;
    if (*most_rows > q->count)
        *most_rows = q->count;
    GSC_NEW(p->test, q->count);
    agreement->num_asked = q->count;
    agreement->num_test = gsc_questions_test(q, b.questions, p->test);
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

static double
largest(const double *z, size_t n)
{
    double most = z[0];
    for (size_t c = 1; c < n; c++)
        most = z[c] > most ? z[c] : most;
    return most;
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

/* The mean squared difference of two answers. */
static double
distance(const double *za, const double *zb, size_t n)
{
    double sum = 0;
    for (size_t c = 0; c < n; c++)
        sum += (za[c] - zb[c]) * (za[c] - zb[c]);
    return sum / (double)n;
}

/* Whether the two answers to question i of a block are alike. */
static bool
are_alike(const pass *p, lane *l, size_t i)
{
    size_t n = p->a.n, count = p->num_labels;
    const double *za = p->a.who.answers + i * n, *zb = p->second->who.answers + i * n;
    uint16_t *a = l->labels, *b = l->labels + count;
    if (p->questions->alike == GSC_ALIKE_DISTANCE)
        return distance(za, zb, n) < p->questions->tolerance;
    gsc_respondent_labels(&p->a.who, za, a);
    gsc_respondent_labels(&p->second->who, zb, b);
    for (size_t k = 0; k < count; k++)
        if (a[k] != b[k] && gsc_questions_counts(p->questions, p->first + i,
                                                 k * p->questions->num_rows / count))
            return false;
    return true;
}

static void
compare_answer(const pass *p, lane *l, size_t i, tally *t)
{
    const gsc_questions *q = p->questions;
    size_t n = q->num_outputs;
    t->count++;
    t->agree += are_alike(p, l, i);
    for (size_t row = 0; row < q->num_rows && q->alike == GSC_ALIKE_LARGEST; row++) {
        size_t at = i * p->a.n + row * n;
        const double *za = p->a.who.answers + at, *zb = p->second->who.answers + at;
        if (!gsc_questions_counts(q, p->first + i, row))
            continue;
        t->rows++;
        t->kl += divergence(za, largest(za, n), zb, largest(zb, n), n, l->x, l->y);
    }
}

static void
add_tally(tally *sum, const tally *more)
{
    sum->count += more->count;
    sum->agree += more->agree;
    sum->rows += more->rows;
    sum->kl += more->kl;
}

static void
compare_answers(const pass *p, lane *l, size_t first, size_t count)
{
    for (size_t i = first; i < first + count; i++) {
        tally one = {.count = 0};
        compare_answer(p, l, i, &one);
        add_tally(&l->all, &one);
        if (p->test[p->first + i])
            add_tally(&l->test, &one);
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
        if (p->logits > 0)
            take_logits(&p->a, first, rows, l->x);
        if (p->logits > 0 && !own)
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
mean_of(const gsc_questions *q, const tally *t)
{
    bool undecided = q->alike == GSC_ALIKE_DISTANCE && !(q->tolerance > 0);
    return (gsc_agreement_means){undecided ? (double)NAN : t->agree / t->count,
                                 t->kl / t->rows};
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
        add_tally(&all->all, &l->all);
        add_tally(&all->test, &l->test);
    }
    gsc_moments_finish(&all->logits);
    gsc_moments_finish(&all->neurons);
    agreement->logits = all->logits;
    agreement->neurons = all->neurons;
    agreement->all = mean_of(p->questions, &all->all);
    agreement->test = mean_of(p->questions, &all->test);
    all->logits = all->neurons = (gsc_moments){.count = 0};
}

/* Element i of one is element i of the other where both are residues, or the tables of
 * their groups are the same. */
static int
match_elements(const gsc_binary_table *a, const gsc_binary_table *b)
{
    const uint16_t *x = a->group_table ? a->group_table : a->table;
    const uint16_t *y = b->group_table ? b->group_table : b->table;
    if (gsc_binary_table_has_frequencies(a) && gsc_binary_table_has_frequencies(b))
        return 0;
    if (a->of_group && b->of_group && a->n == b->n &&
        memcmp(x, y, a->n * a->n * sizeof *x) == 0)
        return 0;
    return gsc_fail(GSC_EARGUMENT, "elements of %s and of %s are not the same",
                    a->of_group ? a->group : "residues",
                    b->of_group ? b->group : "residues");
}

int
gsc_agreement_init(gsc_agreement *agreement, gsc_compared_network a,
                   gsc_compared_network b, gsc_threads *threads)
{
    int status = 0;
    size_t most_rows, all = a.questions->count;
    pass p = {.count = 0};
    *agreement = (gsc_agreement){.all = {0, 0}};
    GSC_TRY(gsc_questions_match(a.questions, b.questions));
    if (a.questions->grid)
        GSC_TRY(match_elements(&a.loaded->pairs, &b.loaded->pairs));
    GSC_TRY(open_pass(&p, a, b, &most_rows, agreement));
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
    if (status < 0)
        gsc_agreement_free(agreement);
    return status;
}

void
gsc_agreement_free(gsc_agreement *agreement)
{
    gsc_moments_free(&agreement->logits);
    gsc_moments_free(&agreement->neurons);
    *agreement = (gsc_agreement){.all = {0, 0}};
}
