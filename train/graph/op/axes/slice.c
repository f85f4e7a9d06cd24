/* A range of indices along one axis. */
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

#include <string.h>

/* Runs of `length` numbers, `stride` apart in the whole and packed in the slice. */
typedef struct runs {
    size_t count, start, length, stride;
} runs;

static runs
find_runs(const gsc_call *call)
{
    gsc_shape whole = call->input[0]->shape;
    size_t axis = gsc_node_size(call->node, GSC_SLICE_AXIS), inner = 1;
    for (size_t i = axis + 1; i < whole.rank; i++)
        inner *= whole.dims[i];
    runs r = {.length = call->node->shape.dims[axis] * inner,
              .start = gsc_node_size(call->node, GSC_SLICE_FIRST) * inner,
              .stride = whole.dims[axis] * inner};
    r.count = call->n * gsc_node_count(call->node) / r.length;
    return r;
}

static void
forward(const gsc_call *call)
{
    runs r = find_runs(call);
    const real *x = (const real *)call->in[0] + r.start;
    real *out = call->out;
    for (size_t i = 0; i < r.count; i++)
        memcpy(out + i * r.length, x + i * r.stride, r.length * sizeof *out);
}

static void
backward(const gsc_call *call)
{
    runs r = find_runs(call);
    const real *dout = call->dout;
    real *whole = call->din, *dx = whole + r.start;
    if (call->fresh)
        memset(whole, 0, r.count * r.stride * sizeof *whole);
    for (size_t i = 0; i < r.count; i++)
        for (size_t j = 0; j < r.length; j++)
            dx[i * r.stride + j] += dout[i * r.length + j];
}

GSC_KERNELS(slice) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

static const char *
shape(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    size_t axis = gsc_node_size(node, GSC_SLICE_AXIS);
    size_t first = gsc_node_size(node, GSC_SLICE_FIRST);
    size_t count = gsc_node_size(node, GSC_SLICE_COUNT);
    node->shape = inputs[0]->shape;
    if (axis >= node->shape.rank || count > node->shape.dims[axis] ||
        first > node->shape.dims[axis] - count)
        return "outside of the axis";
    node->shape.dims[axis] = count;
    return NULL;
}

const gsc_operator gsc_op_slice = {.name = "slice",
                                   .min_inputs = 1,
                                   .max_inputs = 1,
                                   .attributes = {{"axis", GSC_ATTRIBUTE_INTEGER},
                                                  {"first", GSC_ATTRIBUTE_INTEGER},
                                                  {"count", GSC_ATTRIBUTE_INTEGER}},
                                   .shape = shape,
                                   .kernels = GSC_BOTH(slice),
                                   .flops = gsc_no_flops};

gsc_node
gsc_graph_slice(gsc_graph *graph, gsc_node x, size_t axis, size_t first, size_t count)
{
    gsc_shape whole = gsc_graph_shape(graph, x);
    gsc_attribute attributes[] = {[GSC_SLICE_AXIS] = {.integer = (int64_t)axis},
                                  [GSC_SLICE_FIRST] = {.integer = (int64_t)first},
                                  [GSC_SLICE_COUNT] = {.integer = (int64_t)count}};
    if (axis < whole.rank && first == 0 && count == whole.dims[axis])
        return x;
    return gsc_graph_apply(graph, &gsc_op_slice, &x, 1, attributes);
}

#endif
