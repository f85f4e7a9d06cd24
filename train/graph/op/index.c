/* A leaf of indices: rows of a field, as int32. */
#include "grokscope/error.h"

#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

#define CONVERT(stored)                                        \
    do {                                                       \
        const stored *from = (const stored *)field->data + at; \
        for (size_t j = 0; j < count; j++)                     \
            out[j] = (int32_t)from[j];                         \
    } while (0)

static void
convert(int32_t *out, const gsc_field *field, size_t at, size_t count)
{
    switch (field->type) {
    case GSC_FIELD_UINT8:
        CONVERT(uint8_t);
        break;
    case GSC_FIELD_UINT16:
        CONVERT(uint16_t);
        break;
    default: /* others are no indices: the engine refuses them */
        CONVERT(int32_t);
    }
}

static void
forward(const gsc_call *call)
{
    size_t count = gsc_node_count(call->node);
    int32_t *out = call->out;
    for (size_t i = 0; i < call->n; i++)
        convert(out + i * count, call->field, gsc_call_example(call, i) * count, count);
}

GSC_KERNELS(index) = {.forward = forward};

#if GSC_ONCE

const gsc_operator gsc_op_index = {
    .name = "index",
    .attributes = {{"field", GSC_ATTRIBUTE_INTEGER}, {"values", GSC_ATTRIBUTE_INTEGER}},
    .traits = GSC_INTEGERS,
    .kernels = GSC_BOTH(index),
    .flops = gsc_no_flops};

gsc_node
gsc_graph_index(gsc_graph *graph, const char *name, gsc_shape shape, size_t num_values)
{
    if (gsc_graph_status(graph) == 0 && (num_values == 0 || num_values > INT32_MAX))
        gsc_graph_keep_failure(
            graph,
            gsc_fail(GSC_EARGUMENT, "field '%s': indices below %zu", name, num_values));
    return gsc_graph_leaf(graph, name, shape, num_values);
}

#endif
