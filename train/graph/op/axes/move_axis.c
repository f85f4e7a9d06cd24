/* out[b, …, a] = x[a, b, …]: the first axis becomes the last. */
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

typedef struct sizes {
    size_t n, first, rest;
} sizes;

static sizes
sizes_of(const gsc_call *call)
{
    size_t first = call->input[0]->shape.dims[0];
    return (sizes){call->n, first, gsc_node_count(call->node) / first};
}

static void
forward(const gsc_call *call)
{
    sizes z = sizes_of(call);
    const real *x = call->in[0];
    real *out = call->out;
    for (size_t e = 0; e < z.n; e++, x += z.first * z.rest, out += z.first * z.rest)
        for (size_t i = 0; i < z.first; i++)
            for (size_t j = 0; j < z.rest; j++)
                out[j * z.first + i] = x[i * z.rest + j];
}

static void
backward(const gsc_call *call)
{
    sizes z = sizes_of(call);
    const real *dout = call->dout;
    real *dx = call->din;
    for (size_t e = 0; e < z.n; e++, dx += z.first * z.rest, dout += z.first * z.rest)
        for (size_t i = 0; i < z.first; i++)
            for (size_t j = 0; j < z.rest; j++)
                dx[i * z.rest + j] =
                    (call->fresh ? 0 : dx[i * z.rest + j]) + dout[j * z.first + i];
}

GSC_KERNELS(move_axis) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

static const char *
shape(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    gsc_shape in = inputs[0]->shape;
    node->shape = in;
    for (size_t i = 0; i < in.rank; i++)
        node->shape.dims[i] = in.dims[(i + 1) % in.rank];
    return in.rank > 0 ? NULL : "no axis to move";
}

const gsc_operator gsc_op_move_axis = {.name = "move_axis",
                                       .min_inputs = 1,
                                       .max_inputs = 1,
                                       .shape = shape,
                                       .kernels = GSC_BOTH(move_axis),
                                       .flops = gsc_no_flops};

gsc_node
gsc_graph_move_axis(gsc_graph *graph, gsc_node x)
{
    return gsc_graph_apply(graph, &gsc_op_move_axis, &x, 1, NULL);
}

#endif
