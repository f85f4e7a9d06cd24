/* out[…, :] = sum_h x[…, h, :]. Only rewrites make it. */
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

static void
forward(const gsc_call *call)
{
    gsc_shape in = call->input[0]->shape;
    size_t heads = in.dims[in.rank - 2], d = in.dims[in.rank - 1];
    size_t rows = call->n * gsc_node_count(call->node) / d;
    const real *x = call->in[0];
    real *out = call->out;
    for (size_t i = 0; i < rows; i++, out += d)
        for (size_t h = 0; h < heads; h++, x += d)
            for (size_t c = 0; c < d; c++)
                out[c] = (h == 0 ? 0 : out[c]) + x[c];
}

static void
backward(const gsc_call *call)
{
    gsc_shape in = call->input[0]->shape;
    size_t heads = in.dims[in.rank - 2], d = in.dims[in.rank - 1];
    size_t rows = call->n * gsc_node_count(call->node) / d;
    const real *dout = call->dout;
    real *dx = call->din;
    for (size_t i = 0; i < rows; i++, dout += d)
        for (size_t h = 0; h < heads; h++, dx += d)
            for (size_t c = 0; c < d; c++)
                dx[c] = (call->fresh ? 0 : dx[c]) + dout[c];
}

GSC_KERNELS(sum_heads) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

static const char *
shape(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    gsc_shape out = inputs[0]->shape;
    if (out.rank < 2)
        return "not [heads, d]";
    out.rank--;
    out.dims[out.rank - 1] = out.dims[out.rank];
    node->shape = out;
    return NULL;
}

const gsc_operator gsc_op_sum_heads = {.name = "sum_heads",
                                       .min_inputs = 1,
                                       .max_inputs = 1,
                                       .shape = shape,
                                       .kernels = GSC_BOTH(sum_heads)};

gsc_node
gsc_graph_sum_heads(gsc_graph *graph, gsc_node x)
{
    return gsc_graph_apply(graph, &gsc_op_sum_heads, &x, 1, NULL);
}

#endif
