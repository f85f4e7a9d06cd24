/* out = x^2 */
#include "train/graph/op/elementwise/slopes.h"
#include "train/graph/op/operators.h"
#include "train/numeric/hot.h"
#include "train/numeric/real.h"

static GSC_HOT void
square_into(real *out, const real *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = x[i] * x[i];
}

static GSC_HOT void
square_gradient_into(real *dx, const real *x, const real *dout, size_t n, bool fresh)
{
    ADD_SLOPES(2 * x[i]);
}

static void
forward(const gsc_call *call)
{
    square_into(call->out, call->in[0], count_elements(call));
}

static void
backward(const gsc_call *call)
{
    square_gradient_into(call->din, call->in[0], call->dout, count_elements(call),
                         call->fresh);
}

GSC_KERNELS(square) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

const gsc_operator gsc_op_square = {.name = "square",
                                    .min_inputs = 1,
                                    .max_inputs = 1,
                                    .shape = gsc_shape_of_first,
                                    .traits = GSC_ELEMENTWISE,
                                    .kernels = GSC_BOTH(square),
                                    .backward_reads = {GSC_READS(0)},
                                    .out_over_in = true,
                                    .din_over_dout = true};

gsc_node
gsc_graph_square(gsc_graph *graph, gsc_node x)
{
    return gsc_graph_apply(graph, &gsc_op_square, &x, 1, NULL);
}

#endif
