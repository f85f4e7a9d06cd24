/* Mean over the elements of max(0, 1 - target score), target -1 or 1. */
#include "train/graph/op/loss/numbers.h"
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

#include <math.h>

static double
hinge_of(const real *score, const real *target, size_t n, bool *right)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double margin = (double)score[i] * (double)target[i];
        *right = *right && margin > 0;
        sum += margin < 1 || isnan(margin) ? 1 - margin : 0;
    }
    return sum;
}

static void
forward(const gsc_call *call)
{
    average_numbers(call, hinge_of);
}

/* The derivative at the corner is 0. */
static void
slope(real *df, const real *f, const real *y, real weight, size_t n, bool fresh)
{
    for (size_t i = 0; i < n; i++)
        df[i] = (fresh ? 0 : df[i]) - (f[i] * y[i] < 1 ? weight * y[i] : 0);
}

static void
backward(const gsc_call *call)
{
    spread_over_numbers(call, slope);
}

GSC_KERNELS(hinge) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

const gsc_operator gsc_op_hinge = {
    .name = "hinge",
    .min_inputs = 2,
    .max_inputs = 3,
    .shape = shape_of_numbers,
    .traits = GSC_SCALAR,
    .kernels = GSC_BOTH(hinge),
    .backward_reads = {GSC_READS(VALUES) | GSC_READS(TARGETS) | GSC_READS(MASK)},
    .flops = gsc_flops_of_first};

gsc_node
gsc_graph_hinge(gsc_graph *graph, gsc_node score, gsc_node target, gsc_node mask)
{
    gsc_node inputs[] = {score, target, mask};
    return gsc_graph_apply(graph, &gsc_op_hinge, inputs, mask == GSC_NO_NODE ? 2 : 3,
                           NULL);
}

#endif
