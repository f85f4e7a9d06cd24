/* Planning: which nodes run, in which order, and which gradients are wanted. Memory is
 * laid out in layout.c. */
#include "train/graph/engine/plan.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/graph/engine/layout.h"
#include "train/graph/rewrite/rewrite.h"

#include <stdlib.h>

void
gsc_plan_free(gsc_plan *plan)
{
    free(plan->live);
    free(plan->differentiates);
    free(plan->shared);
    free(plan->level);
    free(plan->backward);
    free(plan->depth);
    free(plan->cost);
    free(plan->backward_cost);
    free(plan->tiled);
    free(plan->value);
    free(plan->gradient);
    free(plan->lane);
    free(plan->transposed);
    free(plan->to_transpose);
    free(plan->writer);
    free(plan->saved);
    free(plan->leaves);
    free(plan->scalars);
    free(plan->weight);
    free(plan->scalar);
    free(plan->sums);
    free(plan->early);
    free(plan->for_metrics);
    *plan = (gsc_plan){0};
}

static bool
is_asked_for(const gsc_graph *graph, const gsc_goal *goal, size_t i)
{
    const gsc_graph_node *node = &graph->nodes[i];
    for (size_t k = 0; k < goal->num_targets; k++)
        if (goal->targets[k] == (gsc_node)i)
            return true;
    return goal->num_targets == 0 && gsc_is_parameter(node) &&
           gsc_parameter_of(graph, node)->trained;
}

static bool
is_weighted(const gsc_root *root)
{
    return root->weight < 0 || root->weight > 0;
}

/* What leads to a marked node by numbers: indices have no slope. */
static void
mark_slopes(const gsc_graph *graph, bool *marked)
{
    for (size_t i = graph->num_nodes; i-- > 0;) {
        const gsc_graph_node *node = &graph->nodes[i];
        marked[i] = marked[i] && !(node->op->traits & GSC_INTEGERS);
        for (size_t k = 0; marked[i] && k < node->num_inputs; k++)
            marked[node->inputs[k]] = true;
    }
}

/* A node differentiates where it leads from what is asked for to a loss. */
static int
mark_gradients(gsc_plan *plan, const gsc_graph *graph, const gsc_goal *goal)
{
    int status = 0;
    bool *reaches = NULL;
    GSC_NEW(reaches, graph->num_nodes);
    for (size_t i = 0; i < goal->num_roots; i++)
        if (is_weighted(&goal->roots[i]))
            reaches[goal->roots[i].node] = true;
    mark_slopes(graph, reaches);
    for (size_t i = 0; i < graph->num_nodes; i++) {
        const gsc_graph_node *node = &graph->nodes[i];
        bool moves = is_asked_for(graph, goal, i);
        for (size_t k = 0; k < node->num_inputs; k++)
            moves = moves || plan->differentiates[node->inputs[k]];
        plan->differentiates[i] = moves && reaches[i];
    }
out:
    free(reaches);
    return status;
}

static void
order_nodes(gsc_plan *plan, const gsc_graph *graph)
{
    for (size_t i = 0; i < graph->num_nodes; i++) {
        const gsc_graph_node *node = &graph->nodes[i];
        if (!plan->live[i])
            continue;
        if (gsc_field_of(graph, node))
            plan->leaves[plan->num_leaves++] = (gsc_node)i;
        if (node->domain == GSC_EXAMPLES) {
            plan->tiled[plan->num_tiled++] = (gsc_node)i;
            continue;
        }
        if (gsc_is_parameter(node))
            continue;
        for (size_t k = 0; k < node->num_inputs; k++)
            if (plan->level[node->inputs[k]] >= plan->level[i])
                plan->level[i] = plan->level[node->inputs[k]] + 1;
        if (plan->level[i] >= plan->num_levels)
            plan->num_levels = plan->level[i] + 1;
        plan->shared[plan->num_shared++] = (gsc_node)i;
    }
}

/* The parameter-domain nodes that read a node add to its gradient once theirs are
 * whole; its depth is one more than the deepest of them. */
static void
order_backward(gsc_plan *plan, const gsc_graph *graph)
{
    for (size_t i = graph->num_nodes; i-- > 0;) {
        const gsc_graph_node *node = &graph->nodes[i];
        if (!plan->live[i] || node->domain == GSC_EXAMPLES || !plan->differentiates[i])
            continue;
        for (size_t k = 0; k < node->num_inputs; k++)
            if (plan->depth[node->inputs[k]] <= plan->depth[i])
                plan->depth[node->inputs[k]] = plan->depth[i] + 1;
        if (plan->depth[i] >= plan->num_depths)
            plan->num_depths = plan->depth[i] + 1;
        if (plan->depth[i] > 0)
            plan->backward[plan->num_backward++] = (gsc_node)i;
    }
}

static void
weigh_nodes(gsc_plan *plan, const gsc_graph *graph)
{
    for (size_t i = 0; i < plan->num_shared; i++) {
        gsc_node id = plan->shared[i];
        const gsc_graph_node *node = &graph->nodes[id];
        plan->cost[id] = gsc_node_flops(graph, node);
        for (size_t k = 0; plan->differentiates[id] && k < node->num_inputs; k++)
            plan->backward_cost[node->inputs[k]] += plan->cost[id];
    }
}

static void
find_writers(gsc_plan *plan, const gsc_graph *graph)
{
    for (size_t i = 0; i < plan->num_nodes; i++)
        plan->writer[i] = GSC_NOWHERE;
    for (size_t t = plan->num_tiled; t-- > 0;) {
        size_t reader = (size_t)plan->tiled[t];
        const gsc_graph_node *node = &graph->nodes[reader];
        for (size_t k = 0; plan->differentiates[reader] && k < node->num_inputs; k++)
            if (plan->writer[node->inputs[k]] == GSC_NOWHERE)
                plan->writer[node->inputs[k]] = reader * GSC_MAX_INPUTS + k;
    }
}

/* What roots and taps need; and what of it no run needs that skips metrics. */
static void
mark_live(gsc_plan *plan, const gsc_graph *graph, const gsc_goal *goal)
{
    for (size_t i = 0; i < goal->num_taps; i++)
        plan->live[goal->taps[i]] = true;
    for (size_t i = 0; i < goal->num_roots; i++)
        if (is_weighted(&goal->roots[i]))
            plan->live[goal->roots[i].node] = true;
    gsc_graph_mark_inputs(graph, plan->live);
    for (size_t i = 0; i < plan->num_nodes; i++)
        plan->for_metrics[i] = !plan->live[i];
    for (size_t i = 0; i < goal->num_roots; i++)
        plan->live[goal->roots[i].node] = true;
    gsc_graph_mark_inputs(graph, plan->live);
}

static void
number_scalars(gsc_plan *plan, const gsc_graph *graph, const gsc_goal *goal)
{
    for (size_t i = 0; i < plan->num_nodes; i++) {
        plan->scalar[i] = GSC_NOWHERE;
        if (!plan->live[i] || !(graph->nodes[i].op->traits & GSC_SCALAR))
            continue;
        plan->scalar[i] = plan->num_scalars;
        for (size_t k = 0; k < goal->num_roots; k++)
            if (goal->roots[k].node == (gsc_node)i)
                plan->weight[plan->num_scalars] += goal->roots[k].weight;
        plan->scalars[plan->num_scalars++] = (gsc_node)i;
    }
}

/* Room for what scalars sum over a batch; and what a gradient by it waits for. */
static void
place_sums(gsc_plan *plan, const gsc_graph *graph)
{
    for (size_t s = 0; s < plan->num_scalars; s++) {
        size_t count = gsc_node_statistics(graph, &graph->nodes[plan->scalars[s]]);
        plan->sums[s] = count > 0 ? plan->num_sums : GSC_NOWHERE;
        plan->num_sums += count;
        if (count > 0 && plan->differentiates[plan->scalars[s]])
            plan->early[plan->scalars[s]] = plan->has_early = true;
    }
    gsc_graph_mark_inputs(graph, plan->early);
}

/* Every gradient that is wanted has a kernel. */
static int
check_kernels(const gsc_plan *plan, const gsc_graph *graph)
{
    for (size_t i = 0; i < plan->num_nodes; i++) {
        const gsc_graph_node *node = &graph->nodes[i];
        for (size_t k = 0; plan->differentiates[i] && k < node->num_inputs; k++) {
            const gsc_kernels *kernels = node->op->kernels[0];
            if (plan->differentiates[node->inputs[k]] && !kernels->backward_all &&
                !kernels->backward[k])
                return gsc_fail(
                    GSC_EARGUMENT, "%s: no gradient by input %zu%s", node->op->name, k,
                    node->op->traits & GSC_SCALAR ? ": a root of weight 0 asks for none"
                                                  : "");
        }
    }
    return 0;
}

int
gsc_plan_init(gsc_plan *plan, const gsc_graph *graph, const gsc_goal *goal)
{
    int status = 0;
    size_t n = graph->num_nodes;
    *plan = (gsc_plan){.num_nodes = n};
    GSC_NEW(plan->live, n);
    GSC_NEW(plan->differentiates, n);
    GSC_NEW(plan->shared, n);
    GSC_NEW(plan->level, n);
    GSC_NEW(plan->backward, n);
    GSC_NEW(plan->depth, n);
    GSC_NEW(plan->cost, n);
    GSC_NEW(plan->backward_cost, n);
    GSC_NEW(plan->tiled, n);
    GSC_NEW(plan->value, n);
    GSC_NEW(plan->gradient, n);
    GSC_NEW(plan->lane, n);
    GSC_NEW(plan->transposed, n);
    GSC_NEW(plan->to_transpose, n);
    GSC_NEW(plan->writer, n);
    GSC_NEW(plan->saved, n);
    GSC_NEW(plan->leaves, n);
    GSC_NEW(plan->scalars, n);
    GSC_NEW(plan->weight, n);
    GSC_NEW(plan->scalar, n);
    GSC_NEW(plan->for_metrics, n);
    GSC_NEW(plan->sums, n);
    GSC_NEW(plan->early, n);
    mark_live(plan, graph, goal);
    number_scalars(plan, graph, goal);
    if (goal->gradients)
        GSC_TRY(mark_gradients(plan, graph, goal));
    GSC_TRY(check_kernels(plan, graph));
    place_sums(plan, graph);
    order_nodes(plan, graph);
    order_backward(plan, graph);
    weigh_nodes(plan, graph);
    find_writers(plan, graph);
    gsc_layout_shared(plan, graph);
    GSC_TRY(gsc_layout_tile(plan, graph, goal->gradients));
out:
    if (status < 0)
        gsc_plan_free(plan);
    return status;
}
