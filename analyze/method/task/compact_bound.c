/* A lower bound of a group network's accuracy. */
#include "analyze/method/task/compact_bound.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/numeric/gemm.h"

#include <math.h>
#include <stdlib.h>

/* What is worked with, for n elements and m neurons. */
typedef struct work {
    const gsc_group *group;
    const gsc_group_neurons *own, *ideal;
    size_t n, m;
    double *x, *y;            /* [n, n] the two tables of D, at (operand, answer) */
    double *part, *weight;    /* [n, m] */
    double *hidden;           /* [n, m] of one a and all b */
    double *logits, *ideally; /* [n, n] */
} work;

static bool
is_shaped(const gsc_group *group, const gsc_group_neurons *s, size_t m)
{
    const gsc_matrix *const all[] = {s->x, s->y, s->u};
    for (size_t i = 0; i < 3; i++)
        if (all[i]->rows != group->order || all[i]->cols != m)
            return false;
    return true;
}

static int
make(work *w)
{
    int status = 0;
    GSC_NEW(w->x, w->n * w->n);
    GSC_NEW(w->y, w->n * w->n);
    GSC_NEW(w->part, w->n * w->m);
    GSC_NEW(w->weight, w->n * w->m);
    GSC_NEW(w->hidden, w->n * w->m);
    GSC_NEW(w->logits, w->n * w->n);
    GSC_NEW(w->ideally, w->n * w->n);
out:
    return status;
}

static void
release(work *w)
{
    double *const all[] = {w->x,      w->y,      w->part,   w->weight,
                           w->hidden, w->logits, w->ideally};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
}

/* table += part weightᵀ */
static void
add_product(const work *w, double *table)
{
    gsc_gemm_f64(false, true, w->n, w->n, w->m, 1, w->part, w->m, w->weight, w->m, 1,
                 table, w->n);
}

/* The part of D that an operand has: its own neurons are r, its idealised ones s. */
static void
find_table(const work *w, const gsc_matrix *r, const gsc_matrix *s, double *table)
{
    const double *u = w->own->u->data, *v = w->ideal->u->data;
    for (size_t i = 0; i < w->n * w->m; i++) {
        w->part[i] = r->data[i] > 0 ? r->data[i] : 0;
        w->weight[i] = fabs(u[i] - v[i]);
    }
    add_product(w, table);
    for (size_t i = 0; i < w->n * w->m; i++) {
        w->part[i] = fabs(r->data[i] - s->data[i]);
        w->weight[i] = fabs(v[i]);
    }
    add_product(w, table);
}

/* Logits [n, n] of a and all b. */
static void
run(const work *w, const gsc_group_neurons *s, size_t a, double *logits)
{
    for (size_t i = 0; i < w->n * w->m; i++) {
        double sum = s->x->data[a * w->m + i % w->m] + s->y->data[i];
        w->hidden[i] = sum > 0 ? sum : 0;
    }
    gsc_gemm_f64(false, true, w->n, w->n, w->m, 1, w->hidden, w->m, s->u->data, w->m, 0,
                 logits, w->n);
}

/* The largest of the others. */
static size_t
best_other(const double *row, size_t count, size_t right)
{
    size_t best = right == 0 ? 1 : 0;
    for (size_t c = 0; c < count; c++)
        if (c != right && row[c] > row[best])
            best = c;
    return best;
}

static void
add_pair(const work *w, size_t a, size_t b, gsc_compact_bound *sums)
{
    size_t n = w->n, right = gsc_group_product(w->group, a, b);
    const double *f = w->logits + b * n, *g = w->ideally + b * n;
    const double *dx = w->x + a * n, *dy = w->y + b * n;
    size_t next = best_other(g, n, right);
    bool certified = true;
    for (size_t c = 0; c < n && certified; c++)
        certified =
            c == right || g[right] - g[c] > dx[right] + dy[right] + dx[c] + dy[c];
    sums->accuracy += f[right] > f[best_other(f, n, right)];
    sums->ideal_accuracy += g[right] > g[next];
    sums->certified += certified;
    sums->margin += g[right] - g[next];
    sums->distance += dx[right] + dy[right] + dx[next] + dy[next];
}

int
gsc_compact_bound_of(const gsc_group *group, const gsc_group_neurons *own,
                     const gsc_group_neurons *ideal, gsc_compact_bound *bound)
{
    int status = 0;
    work w = {group, own, ideal, .n = group->order, .m = own->x->cols};
    *bound = (gsc_compact_bound){0};
    if (w.n < 2 || !is_shaped(group, own, w.m) || !is_shaped(group, ideal, w.m))
        return gsc_fail(GSC_EARGUMENT,
                        "neurons of a group of %zu elements have other shapes, or "
                        "there are too few elements",
                        w.n);
    GSC_TRY(make(&w));
    find_table(&w, own->x, ideal->x, w.x);
    find_table(&w, own->y, ideal->y, w.y);
    for (size_t a = 0; a < w.n; a++) {
        run(&w, own, a, w.logits);
        run(&w, ideal, a, w.ideally);
        for (size_t b = 0; b < w.n; b++)
            add_pair(&w, a, b, bound);
    }
    double *const means[] = {&bound->accuracy, &bound->ideal_accuracy,
                             &bound->certified, &bound->margin, &bound->distance};
    for (size_t i = 0; i < sizeof means / sizeof *means; i++)
        *means[i] /= (double)(w.n * w.n);
out:
    release(&w);
    return status;
}
