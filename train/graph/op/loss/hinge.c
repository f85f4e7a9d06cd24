/* Mean over the elements of max(0, 1 - target score), target -1 or 1. */
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

#include <math.h>

enum { SCORE, TARGET };

static void
forward(const gsc_call *call)
{
    size_t n = gsc_node_count(call->input[SCORE]);
    const real *f = call->in[SCORE], *y = call->in[TARGET];
    for (size_t e = 0; e < call->n; e++, f += n, y += n) {
        double sum = 0;
        bool right = true;
        for (size_t i = 0; i < n; i++) {
            double margin = (double)f[i] * (double)y[i];
            right = right && margin > 0;
            sum += margin < 1 || isnan(margin) ? 1 - margin : 0;
        }
        call->loss[e] = sum / (double)n;
        call->right[e] = right;
    }
}

/* The derivative at the corner is 0. */
static void
backward(const gsc_call *call)
{
    size_t n = gsc_node_count(call->input[SCORE]);
    const real *f = call->in[SCORE], *y = call->in[TARGET];
    real *df = call->din, weight = (real)(call->weight / (double)n);
    for (size_t i = 0; i < call->n * n; i++)
        df[i] = (call->fresh ? 0 : df[i]) - (f[i] * y[i] < 1 ? weight * y[i] : 0);
}

GSC_KERNELS(hinge) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

const gsc_operator gsc_op_hinge = {
    .name = "hinge",
    .min_inputs = 2,
    .max_inputs = 2,
    .shape = gsc_shape_of_error,
    .traits = GSC_SCALAR,
    .kernels = GSC_BOTH(hinge),
    .backward_reads = {GSC_READS(SCORE) | GSC_READS(TARGET)},
    .flops = gsc_flops_of_first};

gsc_node
gsc_graph_hinge(gsc_graph *graph, gsc_node score, gsc_node target)
{
    gsc_node inputs[] = {score, target};
    return gsc_graph_apply(graph, &gsc_op_hinge, inputs, 2, NULL);
}

#endif
