/* out = factor x */
#include "train/graph/op/elementwise/scale_into.h"
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

static void
forward(const gsc_call *call)
{
    scale_into(call->out, call->in[0],
               (real)call->node->attributes[GSC_SCALE_FACTOR].real,
               call->n * gsc_node_count(call->node), true);
}

static void
backward(const gsc_call *call)
{
    scale_into(call->din, call->dout,
               (real)call->node->attributes[GSC_SCALE_FACTOR].real,
               call->n * gsc_node_count(call->node), call->fresh);
}

GSC_KERNELS(scale) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

const gsc_operator gsc_op_scale = {.name = "scale",
                                   .min_inputs = 1,
                                   .max_inputs = 1,
                                   .attributes = {{"factor", GSC_ATTRIBUTE_REAL}},
                                   .shape = gsc_shape_of_first,
                                   .traits = GSC_ELEMENTWISE,
                                   .rows = GSC_READS(0),
                                   .kernels = GSC_BOTH(scale),
                                   .out_over_in = true,
                                   .din_over_dout = true};

gsc_node
gsc_graph_scale(gsc_graph *graph, gsc_node x, double factor)
{
    gsc_attribute attributes[] = {[GSC_SCALE_FACTOR] = {.real = factor}};
    return gsc_graph_apply(graph, &gsc_op_scale, &x, 1, attributes);
}

#endif
