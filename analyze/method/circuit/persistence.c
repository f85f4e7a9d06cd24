/* Loops in a cloud of points. */
#include "analyze/method/circuit/persistence.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* ---- Edges, in the order of their lengths ---- */

typedef struct edge {
    double length;
    uint32_t a, b; /* a < b */
} edge;

static int
compare_edges(const void *x, const void *y)
{
    const edge *e = x, *f = y;
    if (e->length != f->length)
        return e->length < f->length ? -1 : 1;
    if (e->a != f->a)
        return e->a < f->a ? -1 : 1;
    return (e->b > f->b) - (e->b < f->b);
}

/* The edges that a column is the coboundary of; the first is its own. */
typedef struct column {
    size_t count, room;
    uint32_t *edges;
} column;

/* A triangle's key orders it after its longest edge, then the others: every triangle
 * comes after its edges, and no two are equal. */
typedef struct complex {
    size_t n, num_edges;
    edge *edges;     /* [num_edges], shortest first */
    uint32_t *rank;  /* [n, n]: place of an edge among them */
    bool *joins;     /* [num_edges]: its ends were not connected before */
    column *columns; /* [num_edges] */
    size_t slots;    /* of a table of pivots, a power of two */
    uint64_t *pivots;
    uint32_t *owners; /* of each pivot, the edge + 1; 0: free */
    uint64_t *heap;
    size_t heap_count, heap_room;
} complex;

static void
free_complex(complex *c)
{
    for (size_t i = 0; c->columns && i < c->num_edges; i++)
        free(c->columns[i].edges);
    free(c->edges);
    free(c->rank);
    free(c->joins);
    free(c->columns);
    free(c->pivots);
    free(c->owners);
    free(c->heap);
}

static double
distance(const gsc_matrix *x, size_t a, size_t b)
{
    double sum = 0;
    for (size_t j = 0; j < x->cols; j++) {
        double d = x->data[a * x->cols + j] - x->data[b * x->cols + j];
        sum += d * d;
    }
    return sqrt(sum);
}

static uint32_t
root_of(uint32_t *parent, uint32_t i)
{
    while (parent[i] != i)
        i = parent[i] = parent[parent[i]];
    return i;
}

/* Kruskal: n - 1 edges join components; each of the others closes a loop. */
static int
find_joins(complex *c)
{
    int status = 0;
    uint32_t *parent = NULL;
    GSC_NEW(parent, c->n);
    for (size_t i = 0; i < c->n; i++)
        parent[i] = (uint32_t)i;
    for (size_t e = 0; e < c->num_edges; e++) {
        uint32_t a = root_of(parent, c->edges[e].a);
        uint32_t b = root_of(parent, c->edges[e].b);
        c->joins[e] = a != b;
        parent[a] = b;
    }
out:
    free(parent);
    return status;
}

static int
make_complex(complex *c, const gsc_matrix *x)
{
    int status = 0;
    size_t n = x->rows, at = 0;
    c->n = n;
    c->num_edges = n * (n - 1) / 2;
    for (c->slots = 16; c->slots < 2 * c->num_edges;)
        c->slots *= 2;
    GSC_NEW(c->edges, c->num_edges);
    GSC_NEW(c->rank, n * n);
    GSC_NEW(c->joins, c->num_edges);
    GSC_NEW(c->columns, c->num_edges);
    GSC_NEW(c->pivots, c->slots);
    GSC_NEW(c->owners, c->slots);
    for (size_t a = 0; a < n; a++)
        for (size_t b = a + 1; b < n; b++) {
            double length = distance(x, a, b);
            if (!isfinite(length))
                GSC_TRY(gsc_fail(GSC_ENUMERIC,
                                 "the distance of points %zu and %zu is "
                                 "not finite",
                                 a, b));
            c->edges[at++] = (edge){length, (uint32_t)a, (uint32_t)b};
        }
    qsort(c->edges, c->num_edges, sizeof *c->edges, compare_edges);
    for (size_t e = 0; e < c->num_edges; e++) {
        size_t a = c->edges[e].a, b = c->edges[e].b;
        c->rank[a * n + b] = c->rank[b * n + a] = (uint32_t)e;
    }
    GSC_TRY(find_joins(c));
out:
    return status;
}

/* ---- Triangles ---- */

static uint64_t
key_of(const complex *c, uint32_t e, size_t third)
{
    uint64_t x = e, y = c->rank[c->edges[e].a * c->n + third];
    uint64_t z = c->rank[c->edges[e].b * c->n + third], swap, all = c->num_edges;
    if (x < y)
        swap = x, x = y, y = swap;
    if (y < z)
        swap = y, y = z, z = swap;
    if (x < y)
        swap = x, x = y, y = swap;
    return (x * all + y) * all + z;
}

static double
diameter_of(const complex *c, uint64_t key)
{
    return c->edges[key / c->num_edges / c->num_edges].length;
}

/* Whose pivot a triangle is, or where it is to be written. */
static size_t
find_slot(const complex *c, uint64_t key)
{
    size_t slot = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (c->slots - 1);
    while (c->owners[slot] != 0 && c->pivots[slot] != key)
        slot = (slot + 1) & (c->slots - 1);
    return slot;
}

/* ---- A heap of keys, the earliest first; pairs of equal ones cancel ---- */

static int
push(complex *c, uint64_t key)
{
    int status = gsc_grow(&c->heap, c->heap_count, &c->heap_room, sizeof *c->heap);
    size_t i = c->heap_count;
    if (status < 0)
        return status;
    c->heap_count++;
    for (; i > 0 && c->heap[(i - 1) / 2] > key; i = (i - 1) / 2)
        c->heap[i] = c->heap[(i - 1) / 2];
    c->heap[i] = key;
    return 0;
}

static uint64_t
pop(complex *c)
{
    uint64_t top = c->heap[0], last = c->heap[--c->heap_count];
    size_t i = 0;
    for (size_t child = 1; child < c->heap_count; child = 2 * i + 1) {
        if (child + 1 < c->heap_count && c->heap[child + 1] < c->heap[child])
            child++;
        if (last <= c->heap[child])
            break;
        c->heap[i] = c->heap[child];
        i = child;
    }
    c->heap[i] = last;
    return top;
}

/* The earliest triangle that stands there an odd number of times, which is taken out;
 * false: there is none. */
static bool
pop_pivot(complex *c, uint64_t *pivot)
{
    while (c->heap_count > 0) {
        bool odd = true;
        *pivot = pop(c);
        for (; c->heap_count > 0 && c->heap[0] == *pivot; odd = !odd)
            pop(c);
        if (odd)
            return true;
    }
    return false;
}

static int
push_coboundary(complex *c, uint32_t e)
{
    int status = 0;
    for (size_t third = 0; third < c->n && status == 0; third++)
        if (third != c->edges[e].a && third != c->edges[e].b)
            status = push(c, key_of(c, e, third));
    return status;
}

/* ---- Columns ---- */

/* Add the coboundaries of all edges of one column, and their names to another's. */
static int
add_column(complex *c, const column *from, column *to)
{
    int status = 0;
    for (size_t i = 0; i < from->count; i++) {
        GSC_TRY(push_coboundary(c, from->edges[i]));
        GSC_TRY(gsc_grow(&to->edges, to->count, &to->room, sizeof *to->edges));
        to->edges[to->count++] = from->edges[i];
    }
out:
    return status;
}

static uint64_t
earliest_triangle(const complex *c, uint32_t e)
{
    uint64_t least = UINT64_MAX;
    for (size_t third = 0; third < c->n; third++)
        if (third != c->edges[e].a && third != c->edges[e].b) {
            uint64_t key = key_of(c, e, third);
            least = key < least ? key : least;
        }
    return least;
}

/* The triangle that fills the loop that edge e closes: every loop is filled in the
 * end, where all edges are there. */
static int
reduce(complex *c, uint32_t e, uint64_t *pivot)
{
    int status = 0;
    column *own = &c->columns[e];
    GSC_TRY(gsc_grow(&own->edges, 0, &own->room, sizeof *own->edges));
    own->edges[own->count++] = e;
    *pivot = earliest_triangle(c, e);
    size_t slot = find_slot(c, *pivot);
    c->heap_count = 0;
    if (c->owners[slot] != 0) {
        GSC_TRY(push_coboundary(c, e));
        pop_pivot(c, pivot);
    }
    while (c->owners[slot] != 0) {
        GSC_TRY(push(c, *pivot));
        GSC_TRY(add_column(c, &c->columns[c->owners[slot] - 1], own));
        if (!pop_pivot(c, pivot))
            return gsc_fail(GSC_ENUMERIC, "a loop of points is never filled");
        slot = find_slot(c, *pivot);
    }
    c->pivots[slot] = *pivot;
    c->owners[slot] = e + 1;
out:
    return status;
}

static int
by_length(const void *x, const void *y)
{
    const gsc_bar *a = x, *b = y;
    double of_a = a->death - a->birth, of_b = b->death - b->birth;
    if (of_a != of_b)
        return of_a > of_b ? -1 : 1;
    return (a->birth > b->birth) - (a->birth < b->birth);
}

int
gsc_persistence_loops(const gsc_matrix *x, gsc_bars *bars)
{
    int status = 0;
    complex c = {.n = 0};
    *bars = (gsc_bars){.count = 0};
    if (x->rows > GSC_MOST_POINTS)
        return gsc_fail(GSC_EARGUMENT, "loops of %zu points: expected at most %d",
                        x->rows, (int)GSC_MOST_POINTS);
    if (x->rows < 3)
        return 0;
    GSC_TRY(make_complex(&c, x));
    for (size_t e = c.num_edges; e-- > 0;) {
        uint64_t pivot;
        if (c.joins[e])
            continue;
        GSC_TRY(reduce(&c, (uint32_t)e, &pivot));
        const gsc_bar bar = {c.edges[e].length, diameter_of(&c, pivot)};
        if (bar.death <= bar.birth)
            continue;
        GSC_TRY(gsc_grow(&bars->items, bars->count, &bars->room, sizeof *bars->items));
        bars->items[bars->count++] = bar;
    }
    if (bars->count > 0)
        qsort(bars->items, bars->count, sizeof *bars->items, by_length);
out:
    free_complex(&c);
    if (status < 0)
        gsc_bars_free(bars);
    return status;
}

void
gsc_bars_free(gsc_bars *bars)
{
    free(bars->items);
    *bars = (gsc_bars){.count = 0};
}
