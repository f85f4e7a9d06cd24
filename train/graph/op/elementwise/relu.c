/* out = max(x, 0) */
#include "train/graph/op/elementwise/slopes.h"
#include "train/graph/op/operators.h"
#include "train/numeric/hot.h"
#include "train/numeric/real.h"

static GSC_HOT void
relu_into(real *out, const real *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = x[i] > 0 ? x[i] : 0;
}

/* The derivative at 0 is 0, as PyTorch has it. */
static GSC_HOT void
relu_gradient_into(real *dx, const real *out, const real *dout, size_t n, bool fresh)
{
    if (fresh)
        for (size_t i = 0; i < n; i++)
            dx[i] = out[i] > 0 ? dout[i] : 0;
    else
        for (size_t i = 0; i < n; i++)
            dx[i] += out[i] > 0 ? dout[i] : 0;
}

static void
forward(const gsc_call *call)
{
    relu_into(call->out, call->in[0], count_elements(call));
}

static void
backward(const gsc_call *call)
{
    relu_gradient_into(call->din, call->out, call->dout, count_elements(call),
                       call->fresh);
}

GSC_KERNELS(relu) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

const gsc_operator gsc_op_relu = {.name = "relu",
                                  .min_inputs = 1,
                                  .max_inputs = 1,
                                  .shape = gsc_shape_of_first,
                                  .traits = GSC_ELEMENTWISE,
                                  .kernels = GSC_BOTH(relu),
                                  .backward_reads = {GSC_READS_OUT},
                                  .out_over_in = true,
                                  .din_over_dout = true};

gsc_node
gsc_graph_relu(gsc_graph *graph, gsc_node x)
{
    return gsc_graph_apply(graph, &gsc_op_relu, &x, 1, NULL);
}

#endif
