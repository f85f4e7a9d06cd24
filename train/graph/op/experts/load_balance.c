/* How unevenly a router loads its experts (Fedus, Zoph and Shazeer, arXiv 2101.03961,
 * equations 4 to 6), over all rows of a batch:
 *
 *   E sum_e f_e P_e,   f_e the share of the choices that expert e has,
 *                      P_e the mean of its probability
 *
 * 1 where the load is even, E where one expert has all of it. f_e has no slope, so
 *
 *   d/dp[r, e] = E f_e / rows
 *
 * for which the whole batch's f is known first. Sums: the choices of each expert, its
 * probabilities, and rows. */
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

static void
forward(const gsc_call *call)
{
    size_t experts = gsc_node_width(call->input[0]);
    size_t rows = call->n * gsc_node_rows(call->input[0]);
    const real *p = call->in[0];
    const int32_t *choice = call->in[1];
    double *choices = call->statistics, *sums = choices + experts;
    for (size_t r = 0; r < rows; r++)
        for (size_t e = 0; e < experts; e++)
            sums[e] += (double)*p++;
    for (size_t i = 0; i < call->n * gsc_node_count(call->input[1]); i++)
        choices[choice[i]] += 1;
    sums[experts] += (double)rows;
}

/* Choices of a row. */
static double
chosen(const gsc_call *call)
{
    return (double)gsc_node_width(call->input[1]);
}

static void
finish(const gsc_call *call)
{
    size_t experts = gsc_node_width(call->input[0]);
    const double *choices = call->statistics, *sums = choices + experts;
    double rows = sums[experts], sum = 0;
    for (size_t e = 0; e < experts; e++)
        sum += choices[e] / (rows * chosen(call)) * (sums[e] / rows);
    call->loss[0] = (double)experts * sum;
}

static void
backward(const gsc_call *call)
{
    size_t experts = gsc_node_width(call->input[0]);
    size_t rows = call->n * gsc_node_rows(call->input[0]);
    const double *choices = call->statistics;
    double all = choices[2 * experts];
    double factor = call->weight * (double)experts / (all * all * chosen(call));
    real *dp = call->din;
    for (size_t r = 0; r < rows; r++, dp += experts)
        for (size_t e = 0; e < experts; e++)
            dp[e] = (call->fresh ? 0 : dp[e]) + (real)(factor * choices[e]);
}

GSC_KERNELS(load_balance) = {
    .forward = forward, .backward = {backward}, .finish = finish};

#if GSC_ONCE

static const char *
shape(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    node->shape = (gsc_shape){.rank = 0};
    if (inputs[0]->domain != GSC_EXAMPLES || inputs[1]->domain != GSC_EXAMPLES)
        return "a router's choice is of the examples";
    if (gsc_node_rows(inputs[0]) != gsc_node_rows(inputs[1]))
        return "not choices for each row";
    return gsc_index_reason(inputs[1], gsc_node_width(inputs[0]));
}

static size_t
statistics(const gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    (void)node;
    return 2 * gsc_node_width(inputs[0]) + 1;
}

const gsc_operator gsc_op_load_balance = {.name = "load_balance",
                                          .min_inputs = 2,
                                          .max_inputs = 2,
                                          .shape = shape,
                                          .traits = GSC_SCALAR,
                                          .indices = GSC_READS(1),
                                          .kernels = GSC_BOTH(load_balance),
                                          .statistics = statistics,
                                          .flops = gsc_flops_of_first};

gsc_node
gsc_graph_load_balance(gsc_graph *graph, gsc_node p, gsc_node choice)
{
    gsc_node inputs[] = {p, choice};
    return gsc_graph_apply(graph, &gsc_op_load_balance, inputs, 2, NULL);
}

#endif
