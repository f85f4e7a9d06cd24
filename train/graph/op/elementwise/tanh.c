/* out = tanh x */
#include "train/graph/op/elementwise/slopes.h"
#include "train/graph/op/operators.h"
#include "train/numeric/exp.h"
#include "train/numeric/hot.h"
#include "train/numeric/real.h"

static GSC_HOT void
tanh_gradient_into(real *dx, const real *out, const real *dout, size_t n, bool fresh)
{
    ADD_SLOPES(1 - out[i] * out[i]);
}

static void
forward(const gsc_call *call)
{
    TYPED(gsc_tanh)(call->in[0], call->out, count_elements(call));
}

static void
backward(const gsc_call *call)
{
    tanh_gradient_into(call->din, call->out, call->dout, count_elements(call),
                       call->fresh);
}

GSC_KERNELS(tanh) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

const gsc_operator gsc_op_tanh = {.name = "tanh",
                                  .min_inputs = 1,
                                  .max_inputs = 1,
                                  .shape = gsc_shape_of_first,
                                  .traits = GSC_ELEMENTWISE,
                                  .kernels = GSC_BOTH(tanh),
                                  .backward_reads = {GSC_READS_OUT},
                                  .out_over_in = true,
                                  .din_over_dout = true};

gsc_node
gsc_graph_tanh(gsc_graph *graph, gsc_node x)
{
    return gsc_graph_apply(graph, &gsc_op_tanh, &x, 1, NULL);
}

#endif
