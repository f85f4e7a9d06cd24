/* A leaf of numbers: rows of a field, in the graph's type. */
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

/* Convert `count` numbers of a field, each scaled, from one of its types. */
#define CONVERT(stored)                                                      \
    do {                                                                     \
        const stored *from = (const stored *)field->data + at;               \
        for (size_t j = 0; j < count; j++)                                   \
            out[j] = (real)(field->scale * (double)from[j] + field->offset); \
    } while (0)

static void
convert(real *out, const gsc_field *field, size_t at, size_t count)
{
    switch (field->type) {
    case GSC_FIELD_UINT8:
        CONVERT(uint8_t);
        break;
    case GSC_FIELD_UINT16:
        CONVERT(uint16_t);
        break;
    case GSC_FIELD_INT32:
        CONVERT(int32_t);
        break;
    case GSC_FIELD_FLOAT32:
        CONVERT(float);
        break;
    default:
        CONVERT(double);
    }
}

static void
forward(const gsc_call *call)
{
    size_t count = gsc_node_count(call->node);
    real *out = call->out;
    for (size_t i = 0; i < call->n; i++)
        convert(out + i * count, call->field, gsc_call_example(call, i) * count, count);
}

GSC_KERNELS(input) = {.forward = forward};

#if GSC_ONCE

const gsc_operator gsc_op_input = {
    .name = "input",
    .attributes = {{"field", GSC_ATTRIBUTE_INTEGER}, {"values", GSC_ATTRIBUTE_INTEGER}},
    .kernels = GSC_BOTH(input),
    .flops = gsc_no_flops};

gsc_node
gsc_graph_input(gsc_graph *graph, const char *name, gsc_shape shape)
{
    return gsc_graph_leaf(graph, name, shape, 0);
}

#endif
