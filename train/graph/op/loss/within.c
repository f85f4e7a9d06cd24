/* The mean squared error, and whether it is below a tolerance; no gradient. */
#include "train/graph/op/loss/error_of.h"
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

enum { TOLERANCE };

static void
forward(const gsc_call *call)
{
    for (size_t e = 0; e < call->n; e++) {
        call->loss[e] = error_of(call, e);
        call->right[e] = call->loss[e] < call->node->attributes[TOLERANCE].real;
    }
}

GSC_KERNELS(within) = {.forward = forward};

#if GSC_ONCE

const gsc_operator gsc_op_within = {.name = "within",
                                    .min_inputs = 2,
                                    .max_inputs = 2,
                                    .attributes = {{"tolerance", GSC_ATTRIBUTE_REAL}},
                                    .shape = gsc_shape_of_error,
                                    .traits = GSC_SCALAR,
                                    .kernels = GSC_BOTH(within),
                                    .flops = gsc_flops_of_first};

gsc_node
gsc_graph_within(gsc_graph *graph, gsc_node y, gsc_node target, double tolerance)
{
    gsc_node inputs[] = {y, target};
    gsc_attribute attributes[] = {[TOLERANCE] = {.real = tolerance}};
    return gsc_graph_apply(graph, &gsc_op_within, inputs, 2, attributes);
}

#endif
