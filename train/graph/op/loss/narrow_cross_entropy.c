/* Cross-entropy with a softmax in float16 or float32, so that its collapse shows. */
#include "train/graph/op/loss/rows.h"
#include "train/graph/op/loss/saved_rows.h"
#include "train/graph/op/operators.h"
#include "train/numeric/precision.h"
#include "train/numeric/real.h"

#include <math.h>

enum { PRECISION };

static double
rounded(const gsc_call *call, double x)
{
    return gsc_precision_round((gsc_precision)call->node->attributes[PRECISION].integer,
                               x);
}

/* Which example is right is asked of the logits as they are. */
static double
loss_of_row(const gsc_call *call, size_t row, bool *right)
{
    size_t n = call->input[LOGITS]->shape.dims[1], label = label_of(call, row), top = 0;
    const real *z = (const real *)call->in[LOGITS] + row * n;
    double *e = call->scratch;
    for (size_t i = 0; i < n; i++) {
        e[i] = (double)z[i];
        top = z[i] > z[top] ? i : top;
    }
    double behind = rounded(call, e[label]);
    gsc_softmax_sum s = gsc_precision_exponentials(
        (gsc_precision)call->node->attributes[PRECISION].integer, e, n, e);
    behind = rounded(call, s.largest - behind);
    *right = top == label && !isnan(s.sum);
    real *saved = call->saved ? (real *)call->saved + row * n : NULL;
    for (size_t i = 0; saved && i < n; i++) { /* which may lie where z does */
        double q = rounded(call, e[i] / s.sum);
        saved[i] = (real)(i == label ? rounded(call, q - 1) : q);
    }
    return rounded(call, behind + rounded(call, log(s.sum)));
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

GSC_KERNELS(narrow_cross_entropy) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

const gsc_operator gsc_op_narrow_cross_entropy = {
    .name = "narrow_cross_entropy",
    .min_inputs = 2,
    .max_inputs = 3,
    .attributes = {{"precision", GSC_ATTRIBUTE_INTEGER}},
    .shape = shape_of_rows,
    .traits = GSC_SCALAR,
    .indices = GSC_READS(LABELS),
    .kernels = GSC_BOTH(narrow_cross_entropy),
    .backward_reads = {GSC_READS(MASK)},
    .saved_over_in = true,
    .saved = saved_logits,
    .flops = gsc_flops_of_first,
    .scratch = saved_logits};

gsc_node
gsc_graph_narrow_cross_entropy(gsc_graph *graph, gsc_node logits, gsc_node labels,
                               gsc_node mask, bool half)
{
    gsc_node inputs[] = {logits, labels, mask};
    gsc_attribute attributes[] = {
        [PRECISION] = {.integer =
                           half ? GSC_PRECISION_FLOAT16 : GSC_PRECISION_FLOAT32}};
    return gsc_graph_apply(graph, &gsc_op_narrow_cross_entropy, inputs,
                           mask == GSC_NO_NODE ? 2 : 3, attributes);
}

#endif
