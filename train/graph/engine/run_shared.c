/* The parameter domain of a run: each node once, level by level. */
#include "train/graph/engine/running.h"

#include "train/graph/engine/lanes.h"

#include <string.h>

static void
fill_shared_call(const gsc_run *r, gsc_node id, gsc_call *call)
{
    const gsc_graph *graph = r->engine->graph;
    const gsc_graph_node *node = &graph->nodes[id];
    size_t scalar = r->engine->plan.scalar[id];
    *call = (gsc_call){.node = node, .n = 1, .out = gsc_shared_value(r, id)};
    if (scalar != GSC_NOWHERE) {
        call->weight = r->engine->plan.weight[scalar];
        call->loss = &r->engine->sums[scalar].loss;
    }
    for (size_t k = 0; k < node->num_inputs; k++) {
        call->input[k] = &graph->nodes[node->inputs[k]];
        call->in[k] = gsc_shared_value(r, node->inputs[k]);
    }
}

static void
compute_shared(void *context, size_t item, size_t worker)
{
    const gsc_run *r = context;
    gsc_call call;
    uint8_t right = 0; /* no example has a part in a scalar of parameters */
    if (r->batch->skip_metrics && r->engine->plan.for_metrics[r->level[item]])
        return;
    fill_shared_call(r, r->level[item], &call);
    call.right = &right;
    call_kernel(r->engine, worker, (size_t)r->level[item], false,
                call.node->op->kernels[r->engine->type]->forward, &call);
}

/* Make the transposed copy of one matrix. */
static void
transpose_shared(void *context, size_t item, size_t worker)
{
    const gsc_run *r = context;
    const gsc_engine *engine = r->engine;
    gsc_node id = engine->plan.to_transpose[item];
    (void)worker;
    gsc_shape shape = engine->graph->nodes[id].shape;
    gsc_graph_node node = {.op = &gsc_op_transpose,
                           .shape = {2, {shape.dims[1], shape.dims[0]}}};
    gsc_call call = {.node = &node,
                     .n = 1,
                     .in = {gsc_shared_value(r, id)},
                     .out =
                         at(engine->shared, engine->plan.transposed[id], engine->size)};
    node.op->kernels[engine->type]->forward(&call);
}

/* The gradient of one node: what the lanes left, and what its parameter-domain readers
 * add, in their order. */
static void
backward_shared(void *context, size_t item, size_t worker)
{
    const gsc_run *r = context;
    const gsc_engine *engine = r->engine;
    const gsc_plan *plan = &engine->plan;
    gsc_node target = r->level[item];
    bool fresh = plan->lane[target] == GSC_NOWHERE;
    for (size_t i = 0; i < plan->num_shared; i++) {
        gsc_node reader = plan->shared[i];
        const gsc_graph_node *node = &engine->graph->nodes[reader];
        for (size_t k = 0; plan->differentiates[reader] && k < node->num_inputs; k++) {
            if (node->inputs[k] != target)
                continue;
            gsc_call call;
            fill_shared_call(r, reader, &call);
            call.dout = at(engine->gradient, plan->gradient[reader], engine->size);
            aim(&call, k, at(engine->gradient, plan->gradient[target], engine->size),
                fresh);
            fresh = false;
            call_kernel(engine, worker, (size_t)reader, true,
                        backward_kernel(engine, node, k), &call);
        }
    }
}

/* Nodes of one level go side by side, the most expensive first; levels go one after the
 * other. */
static void
run_levels(gsc_run *r, gsc_work *work, const gsc_node *nodes, size_t num_nodes,
           const size_t *rank, size_t num_ranks, const double *cost)
{
    gsc_node *level = r->engine->level;
    r->level = level;
    for (size_t rank_now = 1; rank_now < num_ranks; rank_now++) {
        size_t count = 0;
        double sum = 0;
        for (size_t i = 0; i < num_nodes; i++) {
            if (rank[nodes[i]] != rank_now)
                continue;
            size_t at = count++;
            for (; at > 0 && cost[level[at - 1]] < cost[nodes[i]]; at--)
                level[at] = level[at - 1];
            level[at] = nodes[i];
            sum += cost[nodes[i]];
        }
        gsc_threads_run(sum < small_work ? NULL : r->threads, work, r, count);
    }
}

static void
sum_lanes(void *context, size_t item, size_t worker)
{
    const gsc_run *r = context;
    const gsc_engine *engine = r->engine;
    const gsc_chunk *chunk = &engine->chunks[item];
    (void)worker;
    (engine->type == GSC_FLOAT32 ? gsc_sum_lanes_f32 : gsc_sum_lanes_f64)(
        at(engine->gradient, chunk->gradient, engine->size),
        at(engine->lanes, chunk->lane, engine->size), r->num_lanes,
        engine->plan.lane_size, chunk->count);
}

static void
copy_shared_taps(const gsc_run *r)
{
    const gsc_engine *engine = r->engine;
    for (size_t i = 0; i < engine->num_taps; i++) {
        const gsc_graph_node *node = &engine->graph->nodes[engine->taps[i]];
        if (node->domain == GSC_PARAMETERS)
            memcpy(r->taps[i], gsc_shared_value(r, engine->taps[i]),
                   gsc_node_count(node) * engine->size);
    }
}

void
gsc_run_shared(gsc_run *r)
{
    const gsc_plan *plan = &r->engine->plan;
    run_levels(r, compute_shared, plan->shared, plan->num_shared, plan->level,
               plan->num_levels, plan->cost);
    gsc_threads_run(r->threads, transpose_shared, r, plan->num_transposed);
    copy_shared_taps(r);
}

void
gsc_run_backward_shared(gsc_run *r)
{
    const gsc_engine *engine = r->engine;
    const gsc_plan *plan = &engine->plan;
    if (r->num_lanes == 0) { /* no example has added to any */
        memset(engine->lanes, 0, plan->lane_size * engine->size);
        r->num_lanes = 1;
    }
    gsc_threads_run(r->threads, sum_lanes, r, engine->num_chunks);
    run_levels(r, backward_shared, plan->backward, plan->num_backward, plan->depth,
               plan->num_depths, plan->backward_cost);
}
