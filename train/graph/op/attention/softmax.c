/* Softmax of each query's scores over the keys that it sees, in float64. */
#include "train/graph/op/attention/visible.h"
#include "train/graph/op/operators.h"
#include "train/numeric/exp.h"
#include "train/numeric/real.h"

static void
forward(const gsc_call *call)
{
    const real *scores = call->in[0];
    real *out = call->out;
    double *e = call->scratch;
    size_t keys = call->node->shape.dims[2];
    size_t rows = call->n * gsc_node_count(call->node) / keys;
    for (size_t r = 0; r < rows; r++) {
        size_t visible = visible_keys(call->node, r);
        double most = (double)scores[r * keys];
        for (size_t j = 1; j < visible; j++)
            if ((double)scores[r * keys + j] > most)
                most = (double)scores[r * keys + j];
        for (size_t j = 0; j < visible; j++)
            e[r * keys + j] = (double)scores[r * keys + j] - most;
        for (size_t j = visible; j < keys; j++)
            e[r * keys + j] = 0;
    }
    gsc_exp(e, e, rows * keys);
    for (size_t r = 0; r < rows; r++) {
        size_t visible = visible_keys(call->node, r);
        double sum = 0;
        for (size_t j = 0; j < visible; j++)
            sum += e[r * keys + j];
        for (size_t j = 0; j < keys; j++)
            out[r * keys + j] = j < visible ? (real)(e[r * keys + j] / sum) : 0;
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
