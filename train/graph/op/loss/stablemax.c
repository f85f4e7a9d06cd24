/* StableMax (Prieto et al., arXiv 2501.04697): the cross entropy of s(z) / sum s(z),
 *
 *     s(x) = x + 1 for x >= 0,  1 / (1 - x) for x < 0,
 *
 * which grows so slowly that no output is lost in the sum; in float64. */
#include "train/graph/op/loss/rows.h"
#include "train/graph/op/loss/saved_rows.h"
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

#include <math.h>

static double
s_of(double x)
{
    return x < 0 ? 1 / (1 - x) : x + 1;
}

/* s'(x), by s(x): 1, and s^2 below 0. */
static double
slope_of(double x, double s)
{
    return x < 0 ? s * s : 1;
}

/* With S the sum of all s and R that of all but the label's,
 *   loss = -log(s_label / S) = log1p(R / s_label)
 *   dz_c = s'_c / S,  dz_label = s'_label (1 / S - 1 / s_label)
 *                              = -s'_label R / (S s_label),
 * exact to the last digits also where the loss is small. */
static double
loss_of_row(const gsc_call *call, size_t row, bool *right)
{
    size_t n = call->input[LOGITS]->shape.dims[1], label = label_of(call, row), top = 0;
    const real *z = (const real *)call->in[LOGITS] + row * n;
    double *slope = call->scratch, others = 0;
    double own = s_of((double)z[label]);
    for (size_t i = 0; i < n; i++) {
        double s = s_of((double)z[i]);
        slope[i] = slope_of((double)z[i], s);
        others += i == label ? 0 : s;
        top = z[i] > z[top] ? i : top;
    }
    *right = top == label && !isnan(own + others);
    real *saved = call->saved ? (real *)call->saved + row * n : NULL;
    for (size_t i = 0; saved && i < n; i++) /* which may lie where z does */
        saved[i] = (real)(i == label ? -slope[i] * (others / (own + others)) / own
                                     : slope[i] / (own + others));
    return log1p(others / own);
}

static void
forward(const gsc_call *call)
{
    average_rows(call, loss_of_row);
}

static void
backward(const gsc_call *call)
{
    backward_of_saved(call);
}

GSC_KERNELS(stablemax) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

const gsc_operator gsc_op_stablemax = {.name = "stablemax",
                                       .min_inputs = 2,
                                       .max_inputs = 3,
                                       .shape = shape_of_rows,
                                       .traits = GSC_SCALAR,
                                       .indices = GSC_READS(LABELS),
                                       .kernels = GSC_BOTH(stablemax),
                                       .backward_reads = {GSC_READS(MASK)},
                                       .saved_over_in = true,
                                       .saved = saved_logits,
                                       .flops = gsc_flops_of_first,
                                       .scratch = saved_logits};

gsc_node
gsc_graph_stablemax(gsc_graph *graph, gsc_node logits, gsc_node labels, gsc_node mask)
{
    gsc_node inputs[] = {logits, labels, mask};
    return gsc_graph_apply(graph, &gsc_op_stablemax, inputs,
                           mask == GSC_NO_NODE ? 2 : 3, NULL);
}

#endif
