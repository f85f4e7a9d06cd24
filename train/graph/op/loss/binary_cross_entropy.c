/* Mean over the elements of -y log s(x) - (1 - y) log(1 - s(x)), s the logistic
 * function of the score x and y its target, from 0 to 1:
 *
 *   max(x, 0) - x y + log(1 + e^-|x|)          which never overflows
 *   slope: s(x) - y                                                              */
#include "train/graph/op/loss/numbers.h"
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

#include <math.h>

static double
loss_of(const real *score, const real *target, size_t n, bool *right)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double x = (double)score[i], y = (double)target[i];
        *right = *right && (y > 0.5 ? x > 0 : x < 0);
        sum += (x > 0 ? x : 0) - x * y + log1p(exp(-fabs(x)));
    }
    return sum;
}

static void
forward(const gsc_call *call)
{
    average_numbers(call, loss_of);
}

static void
slope(real *dx, const real *x, const real *y, real weight, size_t n, bool fresh)
{
    for (size_t i = 0; i < n; i++) {
        real s = (real)(1 / (1 + exp(-(double)x[i])));
        dx[i] = (fresh ? 0 : dx[i]) + weight * (s - y[i]);
    }
}

static void
backward(const gsc_call *call)
{
    spread_over_numbers(call, slope);
}

GSC_KERNELS(binary_cross_entropy) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

const gsc_operator gsc_op_binary_cross_entropy = {
    .name = "binary_cross_entropy",
    .min_inputs = 2,
    .max_inputs = 3,
    .shape = shape_of_numbers,
    .traits = GSC_SCALAR,
    .kernels = GSC_BOTH(binary_cross_entropy),
    .backward_reads = {GSC_READS(VALUES) | GSC_READS(TARGETS) | GSC_READS(MASK)},
    .flops = gsc_flops_of_first};

gsc_node
gsc_graph_binary_cross_entropy(gsc_graph *graph, gsc_node score, gsc_node target,
                               gsc_node mask)
{
    gsc_node inputs[] = {score, target, mask};
    return gsc_graph_apply(graph, &gsc_op_binary_cross_entropy, inputs,
                           mask == GSC_NO_NODE ? 2 : 3, NULL);
}

#endif
