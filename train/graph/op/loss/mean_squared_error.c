/* Mean over the elements of (y - target)^2. */
#include "train/graph/op/loss/numbers.h"
#include "train/graph/op/loss/squared.h"
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

static void
forward(const gsc_call *call)
{
    average_numbers(call, squared_error_of);
    memset(call->right, 0, call->n); /* also of an example without rows */
}

static void
slope(real *dx, const real *x, const real *other, real weight, size_t n, bool fresh)
{
    for (size_t i = 0; i < n; i++)
        dx[i] = (fresh ? 0 : dx[i]) + 2 * weight * (x[i] - other[i]);
}

/* dy (+)= 2 weight (y - target), and the target's the opposite. */
static void
backward(const gsc_call *call)
{
    spread_over_numbers(call, slope);
}

GSC_KERNELS(mean_squared_error) = {.forward = forward,
                                   .backward = {backward, backward}};

#if GSC_ONCE

const gsc_operator gsc_op_mean_squared_error = {
    .name = "mean_squared_error",
    .min_inputs = 2,
    .max_inputs = 3,
    .shape = shape_of_numbers,
    .traits = GSC_SCALAR,
    .kernels = GSC_BOTH(mean_squared_error),
    .backward_reads = {GSC_READS(VALUES) | GSC_READS(TARGETS) | GSC_READS(MASK),
                       GSC_READS(VALUES) | GSC_READS(TARGETS) | GSC_READS(MASK)},
    .flops = gsc_flops_of_first};

gsc_node
gsc_graph_mean_squared_error(gsc_graph *graph, gsc_node y, gsc_node target,
                             gsc_node mask)
{
    gsc_node inputs[] = {y, target, mask};
    return gsc_graph_apply(graph, &gsc_op_mean_squared_error, inputs,
                           mask == GSC_NO_NODE ? 2 : 3, NULL);
}

#endif
