/* Each row times the matrices of the experts that it chose:
 *
 *   out[i, j] = x[i] w[c] + b[c],      c = choice[i, j], x of rows i
 *   out[i, j] = x[i, j] w[c] + b[c],   or each choice has a row of its own
 *
 * The rows of a tile are sorted by their expert, so that an expert's share is one
 * product, a block of rows at a time: they are copied together, multiplied while they
 * are in the cache, and copied back.
 *
 *   dx[i] = sum_j dout[i, j] w[c]',  dw[c] = sum x[i]' dout[i, j],  db[c] = sum dout[i,
 * j]
 */
#include "train/graph/op/operators.h"
#include "train/graph/op/product.h"
#include "train/numeric/hot.h"
#include "train/numeric/real.h"

#include <string.h>

enum { X, CHOICE, W, B };
enum { BLOCK = 128 };

typedef struct sizes {
    size_t rows, chosen, experts, d, e; /* rows: choices of a call, all examples' */
    bool shared;                        /* choices of one row of x share it */
} sizes;

static sizes
sizes_of(const gsc_graph_node *node, const gsc_graph_node *const *inputs, size_t n)
{
    const gsc_shape w = inputs[W]->shape;
    return (sizes){
        n * gsc_node_rows(node), node->shape.dims[1],       w.dims[0], w.dims[1],
        gsc_node_width(node),    inputs[X]->shape.rank == 2};
}

static sizes
sizes_of_call(const gsc_call *call)
{
    return sizes_of(call->node, call->input, call->n);
}

/* Rows sorted by their expert, those of one in their order, and where each expert's
 * begin; then a block of rows of x, and of out. */
typedef struct sorted {
    uint32_t *order; /* [rows] */
    size_t *begins;  /* [experts + 1] */
    real *x, *out;   /* [BLOCK, d], [BLOCK, e] */
} sorted;

static sorted
sort_rows(const gsc_call *call, sizes s)
{
    const int32_t *choice = call->in[CHOICE];
    double *room = call->workspace;
    sorted by = {.order = (uint32_t *)call->scratch, .begins = (size_t *)room};
    by.x = (real *)(room + s.experts + 1);
    by.out = by.x + BLOCK * s.d;
    memset(by.begins, 0, (s.experts + 1) * sizeof *by.begins);
    for (size_t r = 0; r < s.rows; r++)
        by.begins[choice[r]]++;
    for (size_t c = 0, begin = 0; c <= s.experts; c++) {
        size_t count = by.begins[c];
        by.begins[c] = begin;
        begin += count;
    }
    for (size_t r = 0; r < s.rows; r++)
        by.order[by.begins[choice[r]]++] = (uint32_t)r;
    for (size_t c = s.experts; c > 0; c--) /* each was moved to the next one's */
        by.begins[c] = by.begins[c - 1];
    by.begins[0] = 0;
    return by;
}

/* Rows of one expert that are multiplied at once. */
typedef struct block {
    size_t expert, count;
    const uint32_t *rows;
} block;

/* The next block, or false after the last; begins as {0}, of no rows. */
static bool
next_block(const sorted *by, sizes s, block *b)
{
    size_t at = b->rows ? (size_t)(b->rows - by->order) + b->count : 0;
    while (b->expert < s.experts && at >= by->begins[b->expert + 1])
        b->expert++;
    if (b->expert == s.experts)
        return false;
    size_t left = by->begins[b->expert + 1] - at;
    b->rows = by->order + at;
    b->count = left < BLOCK ? left : BLOCK;
    return true;
}

/* Copy rows of x together, of which `share` choices have one. */
static void
collect(real *to, const real *x, const block *b, size_t width, size_t share)
{
    for (size_t i = 0; i < b->count; i++)
        memcpy(to + i * width, x + b->rows[i] / share * width, width * sizeof *to);
}

static size_t
share_of(sizes s)
{
    return s.shared ? s.chosen : 1;
}

static void
forward(const gsc_call *call)
{
    sizes s = sizes_of_call(call);
    sorted by = sort_rows(call, s);
    const real *w = call->in[W],
               *bias = call->node->num_inputs > B ? call->in[B] : NULL;
    block b = {0};
    while (next_block(&by, s, &b)) {
        collect(by.x, call->in[X], &b, s.d, share_of(s));
        for (size_t i = 0; bias && i < b.count; i++)
            memcpy(by.out + i * s.e, bias + b.expert * s.e, s.e * sizeof *bias);
        multiply(call, false, false, b.count, s.e, s.d, by.x, s.d,
                 w + b.expert * s.d * s.e, s.e, bias ? 1 : 0, by.out, s.e);
        for (size_t i = 0; i < b.count; i++)
            memcpy((real *)call->out + b.rows[i] * s.e, by.out + i * s.e,
                   s.e * sizeof *by.out);
    }
}

static GSC_HOT void
add_to(real *sum, const real *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += x[i];
}

static void
backward_x(const gsc_call *call)
{
    sizes s = sizes_of_call(call);
    sorted by = sort_rows(call, s);
    const real *w = call->in[W];
    real *dx = call->din;
    block b = {0};
    if (call->fresh)
        memset(dx, 0, s.rows / share_of(s) * s.d * sizeof *dx);
    while (next_block(&by, s, &b)) {
        collect(by.out, call->dout, &b, s.e, 1);
        multiply(call, false, true, b.count, s.d, s.e, by.out, s.e,
                 w + b.expert * s.d * s.e, s.e, 0, by.x, s.d);
        for (size_t i = 0; i < b.count; i++)
            add_to(dx + b.rows[i] / share_of(s) * s.d, by.x + i * s.d, s.d);
    }
}

static void
backward_w(const gsc_call *call)
{
    sizes s = sizes_of_call(call);
    sorted by = sort_rows(call, s);
    real *dw = call->din;
    block b = {0};
    if (call->fresh)
        memset(dw, 0, s.experts * s.d * s.e * sizeof *dw);
    while (next_block(&by, s, &b)) {
        collect(by.x, call->in[X], &b, s.d, share_of(s));
        collect(by.out, call->dout, &b, s.e, 1);
        multiply(call, true, false, s.d, s.e, b.count, by.x, s.d, by.out, s.e, 1,
                 dw + b.expert * s.d * s.e, s.e);
    }
}

static void
backward_b(const gsc_call *call)
{
    sizes s = sizes_of_call(call);
    const int32_t *choice = call->in[CHOICE];
    const real *dout = call->dout;
    real *db = call->din;
    if (call->fresh)
        memset(db, 0, s.experts * s.e * sizeof *db);
    for (size_t r = 0; r < s.rows; r++)
        add_to(db + (size_t)choice[r] * s.e, dout + r * s.e, s.e);
}

GSC_KERNELS(expert_matmul) = {.forward = forward,
                              .backward = {backward_x, NULL, backward_w, backward_b}};

#if GSC_ONCE

static const char *
shape(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    gsc_shape x = inputs[X]->shape, choice = inputs[CHOICE]->shape,
              w = inputs[W]->shape;
    if (inputs[X]->domain != GSC_EXAMPLES || inputs[CHOICE]->domain != GSC_EXAMPLES)
        return "the rows or their choices are not of the examples";
    if (x.rank < 2 || x.rank > 3 || choice.rank != 2 || w.rank != 3 ||
        inputs[W]->domain != GSC_PARAMETERS)
        return "not [rows, d] or [rows, k, d], choices [rows, k] and experts [E, d, e]";
    if (x.dims[0] != choice.dims[0] || (x.rank == 3 && x.dims[1] != choice.dims[1]))
        return "not choices for each row";
    if (x.dims[x.rank - 1] != w.dims[1])
        return "the inner sizes differ";
    node->shape = (gsc_shape){3, {choice.dims[0], choice.dims[1], w.dims[2]}};
    if (node->num_inputs > B) {
        gsc_shape b = inputs[B]->shape;
        if (b.rank != 2 || b.dims[0] != w.dims[0] || b.dims[1] != w.dims[2] ||
            inputs[B]->domain != GSC_PARAMETERS)
            return "not a bias [E, e] for each expert";
    }
    return gsc_index_reason(inputs[CHOICE], w.dims[0]);
}

/* Rows of x and of their choices. */
static bool
slice(const gsc_graph_node *node, const gsc_graph_node *const *inputs, gsc_range range,
      size_t *axes, gsc_attribute *attributes)
{
    (void)node;
    (void)inputs;
    (void)attributes;
    axes[X] = axes[CHOICE] = range.axis;
    axes[W] = axes[B] = GSC_WHOLE;
    return range.axis == 0;
}

/* Room for the order of an example's rows. */
static size_t
scratch(const gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    (void)inputs;
    return gsc_node_rows(node);
}

static size_t
workspace(const gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    sizes s = sizes_of(node, inputs, 1);
    return s.experts + 1 + BLOCK * (s.d + s.e);
}

const gsc_operator gsc_op_expert_matmul = {
    .name = "expert_matmul",
    .min_inputs = 3,
    .max_inputs = 4,
    .shape = shape,
    .slice = slice,
    .indices = GSC_READS(CHOICE),
    .shared = GSC_READS(W) | GSC_READS(B),
    .kernels = GSC_BOTH(expert_matmul),
    .backward_reads = {GSC_READS(CHOICE) | GSC_READS(W), 0,
                       GSC_READS(X) | GSC_READS(CHOICE), GSC_READS(CHOICE)},
    .flops = gsc_flops_of_dots,
    .scratch = scratch,
    .workspace = workspace};

gsc_node
gsc_graph_expert_matmul(gsc_graph *graph, gsc_node x, gsc_node choice, gsc_node w,
                        gsc_node b)
{
    gsc_node inputs[] = {x, choice, w, b};
    return gsc_graph_apply(graph, &gsc_op_expert_matmul, inputs,
                           b == GSC_NO_NODE ? 3 : 4, NULL);
}

#endif
