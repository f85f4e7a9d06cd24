/* The transposed of a matrix. */
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

/* Rows and columns that are taken at a time, so that both sides stay in the cache. */
enum { BLOCK = 16 };

/* out[j, i] (+)= x[i, j] */
static void
transpose_into(real *out, const real *x, size_t rows, size_t cols, bool fresh)
{
    for (size_t i0 = 0; i0 < rows; i0 += BLOCK)
        for (size_t j = 0; j < cols; j++)
            for (size_t i = i0; i < rows && i < i0 + BLOCK; i++)
                out[j * rows + i] = (fresh ? 0 : out[j * rows + i]) + x[i * cols + j];
}

static void
forward(const gsc_call *call)
{
    gsc_shape out = call->node->shape;
    transpose_into(call->out, call->in[0], out.dims[1], out.dims[0], true);
}

static void
backward(const gsc_call *call)
{
    gsc_shape out = call->node->shape;
    transpose_into(call->din, call->dout, out.dims[0], out.dims[1], call->fresh);
}

GSC_KERNELS(transpose) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

static const char *
shape(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    gsc_shape in = inputs[0]->shape;
    if (in.rank != 2 || inputs[0]->domain != GSC_PARAMETERS)
        return "no parameter-domain matrix";
    node->shape = (gsc_shape){2, {in.dims[1], in.dims[0]}};
    return NULL;
}

const gsc_operator gsc_op_transpose = {.name = "transpose",
                                       .min_inputs = 1,
                                       .max_inputs = 1,
                                       .shape = shape,
                                       .kernels = GSC_BOTH(transpose),
                                       .flops = gsc_no_flops};

gsc_node
gsc_graph_transpose(gsc_graph *graph, gsc_node x)
{
    return gsc_graph_apply(graph, &gsc_op_transpose, &x, 1, NULL);
}

#endif
