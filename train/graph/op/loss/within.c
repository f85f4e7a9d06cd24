/* The mean squared error, and whether it is below a tolerance; no gradient. */
#include "train/graph/op/loss/numbers.h"
#include "train/graph/op/loss/squared.h"
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

enum { TOLERANCE };

static void
forward(const gsc_call *call)
{
    average_numbers(call, squared_error_of);
    for (size_t e = 0; e < call->n; e++)
        call->right[e] = call->loss[e] < call->node->attributes[TOLERANCE].real;
}

GSC_KERNELS(within) = {.forward = forward};

#if GSC_ONCE

const gsc_operator gsc_op_within = {.name = "within",
                                    .min_inputs = 2,
                                    .max_inputs = 3,
                                    .attributes = {{"tolerance", GSC_ATTRIBUTE_REAL}},
                                    .shape = shape_of_numbers,
                                    .traits = GSC_SCALAR,
                                    .kernels = GSC_BOTH(within),
                                    .flops = gsc_flops_of_first};

gsc_node
gsc_graph_within(gsc_graph *graph, gsc_node y, gsc_node target, gsc_node mask,
                 double tolerance)
{
    gsc_node inputs[] = {y, target, mask};
    gsc_attribute attributes[] = {[TOLERANCE] = {.real = tolerance}};
    return gsc_graph_apply(graph, &gsc_op_within, inputs, mask == GSC_NO_NODE ? 2 : 3,
                           attributes);
}

#endif
