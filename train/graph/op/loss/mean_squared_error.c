/* Mean over the elements of (y - target)^2. */
#include "train/graph/op/loss/error_of.h"
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

static void
forward(const gsc_call *call)
{
    for (size_t e = 0; e < call->n; e++)
        call->loss[e] = error_of(call, e);
}

/* dy (+)= 2 weight (y - target) / n, and the target's the opposite. */
static void
backward(const gsc_call *call)
{
    size_t n = gsc_node_count(call->input[0]);
    const real *x = call->in[call->wanted], *other = call->in[1 - call->wanted];
    real *dx = call->din, weight = (real)(2 * call->weight / (double)n);
    for (size_t i = 0; i < call->n * n; i++)
        dx[i] = (call->fresh ? 0 : dx[i]) + weight * (x[i] - other[i]);
}

GSC_KERNELS(mean_squared_error) = {.forward = forward,
                                   .backward = {backward, backward}};

#if GSC_ONCE

const gsc_operator gsc_op_mean_squared_error = {
    .name = "mean_squared_error",
    .min_inputs = 2,
    .max_inputs = 2,
    .shape = gsc_shape_of_error,
    .traits = GSC_SCALAR,
    .kernels = GSC_BOTH(mean_squared_error),
    .backward_reads = {GSC_READS(0) | GSC_READS(1), GSC_READS(0) | GSC_READS(1)},
    .flops = gsc_flops_of_first};

gsc_node
gsc_graph_mean_squared_error(gsc_graph *graph, gsc_node y, gsc_node target)
{
    gsc_node inputs[] = {y, target};
    return gsc_graph_apply(graph, &gsc_op_mean_squared_error, inputs, 2, NULL);
}

#endif
