/* out = rate * pattern + (1 - rate) for every key that a query sees. */
#include "train/graph/op/attention/visible.h"
#include "train/graph/op/elementwise/scale_into.h"
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

static void
forward(const gsc_call *call)
{
    const real *pattern = call->in[0];
    real *out = call->out, rate = (real)call->node->attributes[RATE].real;
    size_t keys = call->node->shape.dims[2];
    size_t rows = call->n * gsc_node_count(call->node) / keys;
    for (size_t r = 0; r < rows; r++, pattern += keys, out += keys) {
        size_t visible = visible_keys(call->node, r);
        for (size_t j = 0; j < keys; j++)
            out[j] = j < visible ? rate * pattern[j] + (1 - rate) : 0;
    }
}

/* Keys that are not seen have a constant pattern of 0, so their gradient is no one's.
 */
static void
backward(const gsc_call *call)
{
    scale_into(call->din, call->dout, (real)call->node->attributes[RATE].real,
               call->n * gsc_node_count(call->node), call->fresh);
}

GSC_KERNELS(attention_rate) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

const gsc_operator gsc_op_attention_rate = {
    .name = "attention_rate",
    .min_inputs = 1,
    .max_inputs = 1,
    .attributes = {{"causal", GSC_ATTRIBUTE_INTEGER},
                   {"first_query", GSC_ATTRIBUTE_INTEGER},
                   {"rate", GSC_ATTRIBUTE_REAL}},
    .shape = gsc_shape_of_pattern,
    .slice = slice_queries,
    .kernels = GSC_BOTH(attention_rate),
    .out_over_in = true,
    .din_over_dout = true};

gsc_node
gsc_graph_attention_rate(gsc_graph *graph, gsc_node pattern, double rate, bool causal,
                         size_t first_query)
{
    gsc_attribute attributes[] = {[CAUSAL] = {.integer = causal},
                                  [FIRST_QUERY] = {.integer = (int64_t)first_query},
                                  [RATE] = {.real = rate}};
    return gsc_graph_apply(graph, &gsc_op_attention_rate, &pattern, 1, attributes);
}

#endif
