/* Training examples by when they were memorised, and what became of each group: its
 * pathways, and the test examples that its members are paired with; correlations over
 * the checkpoints; and a forecast that needs no test examples. */
#include "analyze/pathways/pathway_tables.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/maths/assignment.h"
#include "analyze/maths/correlation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Groups ---- */

/* Samples of the training split; group number 0 has all of them, the others are 1, 2, …
 * by the checkpoint from which on they are memorised. */
typedef struct group {
    size_t number, count;
    size_t *samples;
    size_t from, to; /* checkpoints */
} group;

typedef struct groups {
    const gsc_pathway_history *history;
    const gsc_pathway_settings *set;
    size_t count;
    group *of;                   /* [count] */
    size_t *memorised, *partner; /* [samples] */
} groups;

static void
free_groups(groups *g)
{
    for (size_t k = 0; g->of && k < g->count; k++)
        free(g->of[k].samples);
    free(g->of);
    free(g->memorised);
    free(g->partner);
}

/* Groups of about equal size, in none of which a checkpoint's examples are cut: number
 * k has those before whom (k - 1) / groups of the memorised were. */
static size_t
group_of(const groups *g, size_t sample, size_t total)
{
    size_t before = 0, n = g->history->train.samples;
    for (size_t i = 0; i < n; i++)
        before += g->memorised[i] < g->memorised[sample];
    return 1 + before * (size_t)g->set->groups / total;
}

static void
add_member(group *to, size_t sample, size_t checkpoint)
{
    if (to->count == 0 || checkpoint < to->from)
        to->from = checkpoint;
    if (to->count == 0 || checkpoint > to->to)
        to->to = checkpoint;
    to->samples[to->count++] = sample;
}

static int
make_groups(groups *g, const gsc_pathway_history *h, const gsc_pathway_settings *set)
{
    int status = 0;
    size_t n = h->train.samples, total = 0;
    *g = (groups){.history = h, .set = set};
    GSC_NEW(g->memorised, n);
    GSC_NEW(g->partner, n);
    GSC_NEW(g->of, (size_t)set->groups + 1);
    g->count = (size_t)set->groups + 1;
    for (size_t k = 0; k < g->count; k++) {
        g->of[k].number = k;
        GSC_NEW(g->of[k].samples, n);
    }
    gsc_pathway_memorised(h, &h->train, set->epsilon, set->delta, g->memorised);
    GSC_TRY(gsc_pathway_pairs(h, g->partner));
    for (size_t i = 0; i < n; i++)
        total += g->memorised[i] < h->count;
    for (size_t i = 0; i < n; i++) {
        if (g->memorised[i] == h->count)
            continue;
        add_member(&g->of[0], i, g->memorised[i]);
        add_member(&g->of[group_of(g, i, total)], i, g->memorised[i]);
    }
out:
    return status;
}

/* ---- What a group is at a checkpoint ---- */

enum { DISTANCE, CONSISTENCY, ENTROPY, DIMENSION, TRAIN_LOSS, NUM_MEASURES };
static const char *const measure_names[NUM_MEASURES] = {
    "distance", "consistency", "entropy", "dimension", "train_loss"};

typedef struct point {
    double measures[NUM_MEASURES];
    double train_accuracy, test_loss, test_accuracy;
} point;

static void
add_scores(const groups *g, const group *of, size_t c, point *p)
{
    const gsc_pathway_split *train = &g->history->train, *test = &g->history->test;
    double paired = 0;
    for (size_t k = 0; k < of->count; k++) {
        size_t i = of->samples[k], j = g->partner[i];
        p->measures[TRAIN_LOSS] +=
            train->loss[c * train->samples + i] / (double)of->count;
        p->train_accuracy += train->right[c * train->samples + i] / (double)of->count;
        if (j == GSC_UNASSIGNED)
            continue;
        p->test_loss += test->loss[c * test->samples + j];
        p->test_accuracy += test->right[c * test->samples + j];
        paired++;
    }
    p->test_loss = paired > 0 ? p->test_loss / paired : (double)NAN;
    p->test_accuracy = paired > 0 ? p->test_accuracy / paired : (double)NAN;
}

static int
look(const groups *g, const group *of, size_t c, point *p)
{
    int status = 0;
    gsc_pathway_numbers n;
    gsc_routing_file part = {.ids = NULL};
    *p = (point){.train_accuracy = 0};
    GSC_TRY(gsc_pathway_subset(&g->history->train.routing[c], of->samples, of->count,
                               &part));
    gsc_routing routing = gsc_routing_file_at(&part, 0);
    GSC_TRY(gsc_pathway_numbers_of(&routing, g->set, &n));
    p->measures[DISTANCE] = n.distance;
    p->measures[CONSISTENCY] = 1 - n.erratic;
    p->measures[ENTROPY] = n.entropy;
    p->measures[DIMENSION] = n.dimension;
    add_scores(g, of, c, p);
out:
    gsc_routing_file_free(&part);
    return status;
}

static int
add_group_row(gsc_rows *rows, const groups *g, const group *of, size_t c)
{
    int status = 0;
    const gsc_pathway_history *h = g->history;
    point p;
    GSC_TRY(look(g, of, c, &p));
    GSC_TRY(gsc_rows_text(rows, h->run));
    GSC_TRY(gsc_rows_integer(rows, h->steps[c]));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)of->number));
    GSC_TRY(gsc_rows_integer(rows, h->steps[of->from]));
    GSC_TRY(gsc_rows_integer(rows, h->steps[of->to]));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)of->count));
    GSC_TRY(GSC_ROWS_REALS(rows, p.measures[TRAIN_LOSS], p.train_accuracy, p.test_loss,
                           p.test_accuracy, p.measures[DISTANCE],
                           p.measures[CONSISTENCY], p.measures[ENTROPY],
                           p.measures[DIMENSION]));
out:
    return status;
}

int
gsc_pathway_add_groups(gsc_rows *rows, const gsc_pathway_history *h,
                       const gsc_pathway_settings *set)
{
    int status = 0;
    groups g;
    GSC_TRY(make_groups(&g, h, set));
    for (size_t c = 0; c < h->count; c++)
        for (size_t k = 1; k < g.count; k++)
            if (g.of[k].count > 1)
                GSC_TRY(add_group_row(rows, &g, &g.of[k], c));
out:
    free_groups(&g);
    return status;
}

/* ---- Correlations ---- */

static const double most_memorised = 0.99;

/* The first checkpoint by which so many of some samples (NULL: the first `count`) are
 * memorised; the history's count where there is none. */
static size_t
known_from(const gsc_pathway_history *h, const size_t *memorised, const size_t *samples,
           size_t count)
{
    for (size_t c = 0; c < h->count; c++) {
        size_t known = 0;
        for (size_t i = 0; i < count; i++)
            known += memorised[samples ? samples[i] : i] <= c;
        if ((double)known >= most_memorised * (double)count)
            return c;
    }
    return h->count;
}

/* Series [checkpoints] of a group, from the checkpoint that counts first. */
typedef struct series {
    size_t count;
    double *measures[NUM_MEASURES], *test_accuracy;
} series;

static void
free_series(series *s)
{
    for (size_t m = 0; m < NUM_MEASURES; m++)
        free(s->measures[m]);
    free(s->test_accuracy);
}

static int
make_series(const groups *g, const group *of, series *s)
{
    int status = 0;
    size_t first = 0;
    if (g->set->since == GSC_SINCE_MEMORISED)
        first = known_from(g->history, g->memorised, of->samples, of->count);
    *s = (series){.count = g->history->count - first};
    GSC_NEW(s->test_accuracy, s->count);
    for (size_t m = 0; m < NUM_MEASURES; m++)
        GSC_NEW(s->measures[m], s->count);
    for (size_t c = 0; c < s->count; c++) {
        point p;
        GSC_TRY(look(g, of, first + c, &p));
        s->test_accuracy[c] = p.test_accuracy;
        for (size_t m = 0; m < NUM_MEASURES; m++)
            s->measures[m][c] = p.measures[m];
    }
out:
    return status;
}

static int
add_correlation(gsc_rows *rows, const groups *g, const group *of, const series *s,
                size_t measure, bool of_accuracy)
{
    int status = 0;
    const double *x = s->measures[measure];
    const double *y = of_accuracy ? s->test_accuracy : s->measures[TRAIN_LOSS];
    double spearman, shifts;
    GSC_TRY(gsc_spearman(x, y, s->count, &spearman));
    GSC_TRY(gsc_correlation_shifts(x, y, s->count, &shifts));
    GSC_TRY(gsc_rows_text(rows, g->history->run));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)of->number));
    GSC_TRY(gsc_rows_text(rows, measure_names[measure]));
    GSC_TRY(gsc_rows_text(rows, of_accuracy ? "test_accuracy" : "train_loss"));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)s->count));
    GSC_TRY(GSC_ROWS_REALS(rows, gsc_pearson(x, y, s->count), spearman, shifts));
out:
    return status;
}

static int
add_group_correlations(gsc_rows *rows, const groups *g, const group *of)
{
    int status = 0;
    series s;
    GSC_TRY(make_series(g, of, &s));
    for (size_t m = 0; m < NUM_MEASURES; m++)
        GSC_TRY(add_correlation(rows, g, of, &s, m, true));
    for (size_t m = 0; m < TRAIN_LOSS; m++)
        GSC_TRY(add_correlation(rows, g, of, &s, m, false));
out:
    free_series(&s);
    return status;
}

int
gsc_pathway_add_correlations(gsc_rows *rows, const gsc_pathway_history *h,
                             const gsc_pathway_settings *set)
{
    int status = 0;
    groups g;
    GSC_TRY(make_groups(&g, h, set));
    for (size_t k = 0; k < g.count; k++)
        if (g.of[k].count > 1)
            GSC_TRY(add_group_correlations(rows, &g, &g.of[k]));
out:
    free_groups(&g);
    return status;
}

/* ---- A forecast ---- */

static double
fall(double then, double now)
{
    return then > 0 ? 1 - now / then : (double)NAN;
}

int
gsc_pathway_add_forecast(gsc_rows *rows, const gsc_pathway_history *h,
                         const gsc_pathway_settings *set)
{
    int status = 0;
    size_t *memorised = NULL, last = h->count - 1;
    gsc_pathway_numbers then, now;
    GSC_NEW(memorised, h->train.samples);
    gsc_pathway_memorised(h, &h->train, set->epsilon, set->delta, memorised);
    size_t at = known_from(h, memorised, NULL, h->train.samples);
    gsc_routing first =
        gsc_routing_file_at(&h->train.routing[at < last ? at : last], 0);
    gsc_routing end = gsc_routing_file_at(&h->train.routing[last], 0);
    GSC_TRY(gsc_pathway_numbers_of(&first, set, &then));
    GSC_TRY(gsc_pathway_numbers_of(&end, set, &now));
    double falls[] = {fall(then.distance, now.distance),
                      fall(then.dimension, now.dimension)};
    const char *forecast = at == h->count                  ? "not-memorised"
                           : now.entropy_least < set->even ? "uneven"
                           : falls[1] >= set->fall         ? "generalising"
                                                           : "memorising";
    GSC_TRY(gsc_rows_text(rows, h->run));
    GSC_TRY(gsc_rows_integer(rows, at < h->count ? h->steps[at] : -1));
    GSC_TRY(gsc_rows_integer(rows, h->steps[last]));
    GSC_TRY(GSC_ROWS_REALS(rows, falls[0], falls[1], now.entropy_least));
    GSC_TRY(gsc_rows_text(rows, forecast));
out:
    free(memorised);
    return status;
}
