/* sum x^2 of parameters: a loss that no example has a part in. */
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

static void
forward(const gsc_call *call)
{
    const real *x = call->in[0];
    double sum = 0;
    for (size_t i = 0; i < gsc_node_count(call->input[0]); i++)
        sum += (double)x[i] * (double)x[i];
    call->loss[0] = sum;
}

static void
backward(const gsc_call *call)
{
    const real *x = call->in[0];
    real *dx = call->din, weight = (real)(2 * call->weight);
    for (size_t i = 0; i < gsc_node_count(call->input[0]); i++)
        dx[i] = (call->fresh ? 0 : dx[i]) + weight * x[i];
}

GSC_KERNELS(sum_of_squares) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

static const char *
shape(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    node->shape = (gsc_shape){.rank = 0};
    return inputs[0]->domain == GSC_PARAMETERS ? NULL : "depends on the example";
}

const gsc_operator gsc_op_sum_of_squares = {.name = "sum_of_squares",
                                            .min_inputs = 1,
                                            .max_inputs = 1,
                                            .shape = shape,
                                            .traits = GSC_SCALAR,
                                            .kernels = GSC_BOTH(sum_of_squares),
                                            .backward_reads = {GSC_READS(0)},
                                            .flops = gsc_flops_of_first};

gsc_node
gsc_graph_sum_of_squares(gsc_graph *graph, gsc_node x)
{
    return gsc_graph_apply(graph, &gsc_op_sum_of_squares, &x, 1, NULL);
}

#endif
