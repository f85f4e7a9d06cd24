/* Softmax of each query's scores over the keys that it sees, in float64. */
#include "train/graph/op/attention/visible.h"
#include "train/graph/op/operators.h"
#include "train/numeric/exp.h"
#include "train/numeric/hot.h"
#include "train/numeric/real.h"

#include <math.h>

/* Rows `first` … first + count - 1 of [examples, heads, queries]. */
typedef struct block {
    const gsc_graph_node *node;
    size_t first, count, keys;
} block;

/* e = the scores of what each query sees, less the largest, query after query without
 * gaps; how many there are. */
static GSC_HOT size_t
gather_seen(block b, const real *scores, double *e)
{
    size_t total = 0;
    for (size_t r = b.first; r < b.first + b.count; r++, scores += b.keys) {
        size_t visible = visible_keys(b.node, r);
        real most = scores[0];
#pragma omp simd reduction(max : most)
        for (size_t j = 1; j < visible; j++)
            most = scores[j] > most ? scores[j] : most;
        for (size_t j = 0; j < visible; j++)
            e[total + j] = (double)scores[j] - (double)most;
        total += visible;
    }
    return total;
}

static GSC_HOT void
divide(block b, const double *e, real *out)
{
    for (size_t r = b.first; r < b.first + b.count; r++, out += b.keys) {
        size_t visible = visible_keys(b.node, r);
        double sum = 0;
        for (size_t j = 0; j < visible; j++)
            sum += e[j];
        for (size_t j = 0; j < visible; j++)
            out[j] = (real)(e[j] / sum);
        for (size_t j = visible; j < b.keys; j++)
            out[j] = 0;
        e += visible;
    }
}

/* ---- The same for few keys: loops over a constant number of them, three to five times
 * as fast. What a query does not see has e^-inf = 0. ---- */

enum { MOST_FEW = 6 };

GSC_INLINE void
lower_rows(block b, const real *scores, double *e, size_t keys, bool all_seen)
{
    for (size_t r = b.first; r < b.first + b.count; r++, scores += keys, e += keys) {
        size_t visible = all_seen ? keys : visible_keys(b.node, r);
        real most = scores[0];
        for (size_t j = 1; j < keys; j++)
            most = j < visible && scores[j] > most ? scores[j] : most;
        for (size_t j = 0; j < keys; j++)
            e[j] = j < visible ? (double)scores[j] - (double)most : -(double)INFINITY;
    }
}

GSC_INLINE void
divide_rows(const double *e, real *out, size_t rows, size_t keys)
{
    for (size_t r = 0; r < rows; r++, e += keys, out += keys) {
        double sum = 0;
        for (size_t j = 0; j < keys; j++)
            sum += e[j];
        for (size_t j = 0; j < keys; j++)
            out[j] = (real)(e[j] / sum);
    }
}

GSC_INLINE void
lower_either(block b, const real *scores, double *e, bool all_seen)
{
    if (b.keys == 2)
        lower_rows(b, scores, e, 2, all_seen);
    else if (b.keys == 3)
        lower_rows(b, scores, e, 3, all_seen);
    else if (b.keys == 4)
        lower_rows(b, scores, e, 4, all_seen);
    else if (b.keys == 5)
        lower_rows(b, scores, e, 5, all_seen);
    else
        lower_rows(b, scores, e, MOST_FEW, all_seen);
}

static GSC_HOT void
lower_few(block b, const real *scores, double *e)
{
    if (visible_keys(b.node, 0) == b.keys)
        lower_either(b, scores, e, true);
    else
        lower_either(b, scores, e, false);
}

static GSC_HOT void
divide_few(block b, const double *e, real *out)
{
    if (b.keys == 2)
        divide_rows(e, out, b.count, 2);
    else if (b.keys == 3)
        divide_rows(e, out, b.count, 3);
    else if (b.keys == 4)
        divide_rows(e, out, b.count, 4);
    else if (b.keys == 5)
        divide_rows(e, out, b.count, 5);
    else
        divide_rows(e, out, b.count, MOST_FEW);
}

/* ---- Both ---- */

/* So many exponentials stay in the first cache. */
enum { BLOCK = 2048 };

static void
forward(const gsc_call *call)
{
    double *e = call->scratch;
    size_t keys = call->node->shape.dims[2];
    bool few = keys >= 2 && keys <= MOST_FEW;
    size_t rows = call->n * gsc_node_count(call->node) / keys;
    size_t most = keys < BLOCK ? BLOCK / keys : 1;
    for (size_t r = 0; r < rows; r += most) {
        block b = {call->node, r, rows - r < most ? rows - r : most, keys};
        const real *scores = (const real *)call->in[0] + r * keys;
        real *out = (real *)call->out + r * keys;
        size_t total = b.count * keys;
        if (few)
            lower_few(b, scores, e);
        else
            total = gather_seen(b, scores, e);
        gsc_exp(e, e, total);
        if (few)
            divide_few(b, e, out);
        else
            divide(b, e, out);
    }
}

static void
backward(const gsc_call *call)
{
    const real *out = call->out, *dout = call->dout;
    real *din = call->din;
    size_t keys = call->node->shape.dims[2];
    size_t rows = call->n * gsc_node_count(call->node) / keys;
    for (size_t r = 0; r < rows; r++, out += keys, dout += keys, din += keys) {
        real mean = 0;
        for (size_t j = 0; j < keys; j++)
            mean += out[j] * dout[j];
        for (size_t j = 0; j < keys; j++) /* dx = s (ds - s . ds) */
            din[j] = (call->fresh ? 0 : din[j]) + out[j] * (dout[j] - mean);
    }
}

GSC_KERNELS(attention_softmax) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

static size_t
scratch(const gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    (void)inputs;
    return gsc_node_count(node);
}

const gsc_operator gsc_op_attention_softmax = {
    .name = "attention_softmax",
    .min_inputs = 1,
    .max_inputs = 1,
    .attributes = {{"causal", GSC_ATTRIBUTE_INTEGER},
                   {"first_query", GSC_ATTRIBUTE_INTEGER}},
    .shape = gsc_shape_of_pattern,
    .slice = slice_queries,
    .kernels = GSC_BOTH(attention_softmax),
    .backward_reads = {GSC_READS_OUT},
    .out_over_in = true,
    .din_over_dout = true,
    .scratch = scratch};

gsc_node
gsc_graph_attention_softmax(gsc_graph *graph, gsc_node scores, bool causal,
                            size_t first_query)
{
    gsc_attribute attributes[] = {[CAUSAL] = {.integer = causal},
                                  [FIRST_QUERY] = {.integer = (int64_t)first_query}};
    return gsc_graph_apply(graph, &gsc_op_attention_softmax, &scores, 1, attributes);
}

#endif
