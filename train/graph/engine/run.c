/* Running a compiled graph over a batch. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/base/clock.h"
#include "train/graph/engine/engine_inside.h"
#include "train/graph/engine/lanes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct run {
    gsc_engine *engine;
    const void *weights;
    const gsc_batch *batch;
    void *const *taps;
    size_t num_tiles, num_lanes;
    const gsc_node *level; /* parameter domain: the nodes to compute */
} run;

static void *
at(const void *base, size_t element, size_t size)
{
    return (char *)base + element * size;
}

/* Call a kernel, and keep its time where that is asked for. */
static void
call_kernel(const gsc_engine *engine, size_t worker, size_t node, bool backward,
            gsc_kernel *kernel, const gsc_call *call)
{
    if (!engine->profile) {
        kernel(call);
        return;
    }
    double begin = gsc_seconds();
    kernel(call);
    engine->seconds[(worker * engine->plan.num_nodes + node) * 2 + backward] +=
        gsc_seconds() - begin;
}

/* ---- Parameter domain ---- */

static void *
shared_value(const run *r, gsc_node id)
{
    const gsc_engine *engine = r->engine;
    bool leaf = gsc_is_parameter(&engine->graph->nodes[id]);
    return at(leaf ? r->weights : engine->shared, engine->plan.value[id], engine->size);
}

static void
fill_shared_call(const run *r, gsc_node id, gsc_call *call)
{
    const gsc_graph *graph = r->engine->graph;
    const gsc_graph_node *node = &graph->nodes[id];
    *call = (gsc_call){.node = node, .n = 1, .out = shared_value(r, id)};
    for (size_t k = 0; k < node->num_inputs; k++) {
        call->input[k] = &graph->nodes[node->inputs[k]];
        call->in[k] = shared_value(r, node->inputs[k]);
    }
}

static void
compute_shared(void *context, size_t item, size_t worker)
{
    const run *r = context;
    gsc_call call;
    fill_shared_call(r, r->level[item], &call);
    call_kernel(r->engine, worker, (size_t)r->level[item], false,
                call.node->op->kernels[r->engine->type]->forward, &call);
}

/* Make the transposed copy of one matrix. */
static void
transpose_shared(void *context, size_t item, size_t worker)
{
    const run *r = context;
    const gsc_engine *engine = r->engine;
    gsc_node id = engine->plan.to_transpose[item];
    (void)worker;
    gsc_shape shape = engine->graph->nodes[id].shape;
    gsc_graph_node node = {.op = &gsc_op_transpose,
                           .shape = {2, {shape.dims[1], shape.dims[0]}}};
    gsc_call call = {.node = &node,
                     .n = 1,
                     .in = {shared_value(r, id)},
                     .out =
                         at(engine->shared, engine->plan.transposed[id], engine->size)};
    node.op->kernels[engine->type]->forward(&call);
}

/* The gradient of input k goes to `din`. */
static void
aim(gsc_call *call, size_t k, void *din, bool fresh)
{
    call->wanted = k;
    call->din = call->din_of[k] = din;
    call->fresh = call->fresh_of[k] = fresh;
}

static gsc_kernel *
backward_kernel(const gsc_engine *engine, const gsc_graph_node *node, size_t k)
{
    const gsc_kernels *kernels = node->op->kernels[engine->type];
    return kernels->backward_all ? kernels->backward_all : kernels->backward[k];
}

/* The gradient of one node: what the lanes left, and what its parameter-domain readers
 * add, in their order. */
static void
backward_shared(void *context, size_t item, size_t worker)
{
    const run *r = context;
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

/* Operations of a level that are done before another thread would have woken up. */
static const double small_level = 2e6;

/* Nodes of one level go side by side, the most expensive first; levels go one after the
 * other. */
static void
run_levels(run *r, gsc_threads *threads, gsc_work *work, const gsc_node *nodes,
           size_t num_nodes, const size_t *rank, size_t num_ranks, const double *cost)
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
        gsc_threads_run(sum < small_level ? NULL : threads, work, r, count);
    }
}

/* ---- Tiles ---- */

typedef struct tile {
    const run *run;
    gsc_worker *worker;
    size_t number_of_worker;
    size_t first, count; /* examples of the batch */
    size_t lane;
    bool first_of_lane;
    gsc_tile_result *result;
} tile;

static void
load_examples(const tile *t)
{
    const gsc_batch *batch = t->run->batch;
    size_t num_labels = t->run->engine->num_labels;
    for (size_t i = 0; i < t->count; i++) {
        size_t example = t->first + i;
        if (batch->examples)
            example = batch->examples[example];
        for (size_t k = 0; k < batch->n_ctx; k++)
            t->worker->tokens[i * batch->n_ctx + k] =
                batch->inputs[example * batch->n_ctx + k];
        for (size_t k = 0; k < num_labels; k++)
            t->worker->labels[i * num_labels + k] =
                batch->labels ? batch->labels[example * num_labels + k] : 0;
    }
}

static void *
tile_value(const tile *t, gsc_node id)
{
    const gsc_engine *engine = t->run->engine;
    if (engine->graph->nodes[id].domain == GSC_PARAMETERS)
        return shared_value(t->run, id);
    return at(t->worker->tile, engine->plan.value[id] * GSC_TILE, engine->size);
}

static void
fill_tile_call(const tile *t, gsc_node id, gsc_call *call)
{
    const gsc_graph *graph = t->run->engine->graph;
    const gsc_graph_node *node = &graph->nodes[id];
    *call = (gsc_call){.node = node,
                       .n = t->count,
                       .out = tile_value(t, id),
                       .tokens = t->worker->tokens,
                       .n_ctx = t->run->batch->n_ctx,
                       .labels = t->worker->labels,
                       .weight = 1.0 / (double)t->run->batch->num_examples,
                       .loss = &t->result->loss,
                       .correct = &t->result->correct,
                       .scratch = t->worker->scratch,
                       .workspace = t->worker->workspace};
    size_t transposed = GSC_NOWHERE;
    if (node->num_inputs == 2)
        transposed = t->run->engine->plan.transposed[node->inputs[1]];
    if (transposed != GSC_NOWHERE)
        call->in1_transposed =
            at(t->run->engine->shared, transposed, t->run->engine->size);
    for (size_t k = 0; k < node->num_inputs; k++) {
        call->input[k] = &graph->nodes[node->inputs[k]];
        call->in[k] = tile_value(t, node->inputs[k]);
    }
}

static void
copy_taps(const tile *t, gsc_node id)
{
    const gsc_engine *engine = t->run->engine;
    size_t row = gsc_node_count(&engine->graph->nodes[id]) * engine->size;
    for (size_t i = 0; i < engine->num_taps; i++)
        if (engine->taps[i] == id)
            memcpy(at(t->run->taps[i], t->first, row), tile_value(t, id),
                   t->count * row);
}

/* The gradient of a node that was asked for, once it is whole. */
static void
copy_gradient_taps(const tile *t, gsc_node id, const void *gradient)
{
    const gsc_engine *engine = t->run->engine;
    size_t row = gsc_node_count(&engine->graph->nodes[id]) * engine->size;
    for (size_t k = 0; k < engine->num_gradient_taps; k++) {
        size_t tap = engine->num_taps + k;
        if (engine->taps[tap] == id)
            memcpy(at(t->run->taps[tap], t->first, row), gradient, t->count * row);
    }
}

static void
run_forward(const tile *t)
{
    const gsc_engine *engine = t->run->engine;
    for (size_t i = 0; i < engine->plan.num_tiled; i++) {
        gsc_node id = engine->plan.tiled[i];
        gsc_call call;
        fill_tile_call(t, id, &call);
        call_kernel(engine, t->number_of_worker, (size_t)id, false,
                    call.node->op->kernels[engine->type]->forward, &call);
        copy_taps(t, id);
    }
}

/* Where the gradient of input k goes, and whether this call is the first to write. */
static void
aim_gradient(const tile *t, gsc_node reader, size_t k, gsc_call *call)
{
    const gsc_engine *engine = t->run->engine;
    const gsc_plan *plan = &engine->plan;
    gsc_node target = call->node->inputs[k];
    bool fresh = plan->writer[target] == (size_t)reader * GSC_MAX_INPUTS + k;
    if (engine->graph->nodes[target].domain == GSC_EXAMPLES)
        aim(call, k,
            at(t->worker->tile, plan->gradient[target] * GSC_TILE, engine->size),
            fresh);
    else
        aim(call, k,
            at(engine->lanes, t->lane * plan->lane_size + plan->lane[target],
               engine->size),
            fresh && t->first_of_lane);
}

/* The gradients of a node's inputs, from its own. */
static void
backward_inputs(const tile *t, gsc_node id, gsc_call *call)
{
    const gsc_engine *engine = t->run->engine;
    bool all = call->node->op->kernels[engine->type]->backward_all;
    for (size_t k = 0; k < call->node->num_inputs; k++) {
        if (!engine->plan.differentiates[call->node->inputs[k]])
            continue;
        aim_gradient(t, id, k, call);
        if (!all)
            call_kernel(engine, t->number_of_worker, (size_t)id, true,
                        backward_kernel(engine, call->node, k), call);
    }
    if (all)
        call_kernel(engine, t->number_of_worker, (size_t)id, true,
                    backward_kernel(engine, call->node, 0), call);
}

static void
run_backward(const tile *t)
{
    const gsc_engine *engine = t->run->engine;
    const gsc_plan *plan = &engine->plan;
    for (size_t i = plan->num_tiled; i-- > 0;) {
        gsc_node id = plan->tiled[i];
        if (!plan->differentiates[id])
            continue;
        gsc_call call;
        fill_tile_call(t, id, &call);
        if (plan->gradient[id] != GSC_NOWHERE)
            call.dout =
                at(t->worker->tile, plan->gradient[id] * GSC_TILE, engine->size);
        copy_gradient_taps(t, id, call.dout);
        backward_inputs(t, id, &call);
    }
}

/* A lane runs its tiles in order. */
static void
run_lane(void *context, size_t lane, size_t worker)
{
    const run *r = context;
    size_t tiles = r->num_tiles / r->num_lanes, n = r->batch->num_examples;
    for (size_t i = 0; i < tiles; i++) {
        size_t number = lane * tiles + i;
        tile t = {.run = r,
                  .worker = &r->engine->workers[worker],
                  .number_of_worker = worker,
                  .first = number * n / r->num_tiles,
                  .lane = lane,
                  .first_of_lane = i == 0,
                  .result = &r->engine->tile_results[number]};
        t.count = (number + 1) * n / r->num_tiles - t.first;
        load_examples(&t);
        run_forward(&t);
        if (r->engine->gradients)
            run_backward(&t);
    }
}

static void
sum_lanes(void *context, size_t item, size_t worker)
{
    const run *r = context;
    const gsc_engine *engine = r->engine;
    const gsc_chunk *chunk = &engine->chunks[item];
    (void)worker;
    (engine->type == GSC_FLOAT32 ? gsc_sum_lanes_f32 : gsc_sum_lanes_f64)(
        at(engine->gradient, chunk->gradient, engine->size),
        at(engine->lanes, chunk->lane, engine->size), r->num_lanes,
        engine->plan.lane_size, chunk->count);
}

/* ---- A run ---- */

static int
prepare_workers(gsc_engine *engine, size_t num_workers, size_t n_ctx)
{
    int status = 0;
    if (engine->num_workers > 0 && engine->n_ctx != n_ctx)
        return gsc_fail(GSC_EARGUMENT, "examples of %zu tokens, before of %zu", n_ctx,
                        engine->n_ctx);
    if (num_workers <= engine->num_workers)
        return 0;
    gsc_worker *workers;
    GSC_NEW(workers, num_workers);
    for (size_t i = 0; i < engine->num_workers; i++)
        workers[i] = engine->workers[i];
    free(engine->workers);
    engine->workers = workers;
    engine->n_ctx = n_ctx;
    while (engine->num_workers < num_workers) {
        gsc_worker *w = &workers[engine->num_workers++];
        GSC_NEW(w->scratch, engine->plan.scratch_size * GSC_TILE);
        GSC_NEW(w->workspace, engine->plan.workspace_size);
        GSC_NEW(w->tokens, n_ctx * GSC_TILE);
        GSC_NEW(w->labels, engine->num_labels * GSC_TILE);
        w->tile = gsc_new(engine->plan.tile_size * GSC_TILE, engine->size);
        if (!w->tile)
            return GSC_EMEMORY;
    }
out:
    return status;
}

static int
prepare_clocks(gsc_engine *engine, size_t num_workers)
{
    int status = 0;
    if (!engine->profile || engine->num_clocks >= num_workers)
        return 0;
    free(engine->seconds);
    engine->num_clocks = 0;
    GSC_NEW(engine->seconds, num_workers * engine->plan.num_nodes * 2);
    engine->num_clocks = num_workers;
out:
    return status;
}

/* The number of tiles and lanes follows from the number of examples alone. */
static int
cut_tiles(run *r)
{
    int status = 0;
    gsc_engine *engine = r->engine;
    size_t n = r->batch->num_examples;
    size_t most = n < GSC_LANES ? 1 : GSC_LANES;
    size_t rounds = (n + most * GSC_TILE - 1) / (most * GSC_TILE);
    r->num_tiles = most * rounds;
    r->num_lanes = engine->gradients ? most : r->num_tiles;
    if (r->num_tiles > engine->num_tile_results) {
        free(engine->tile_results);
        engine->num_tile_results = 0;
        GSC_NEW(engine->tile_results, r->num_tiles);
        engine->num_tile_results = r->num_tiles;
    }
    memset(engine->tile_results, 0, r->num_tiles * sizeof *engine->tile_results);
out:
    return status;
}

static void
copy_shared_taps(const run *r)
{
    const gsc_engine *engine = r->engine;
    for (size_t i = 0; i < engine->num_taps; i++) {
        const gsc_graph_node *node = &engine->graph->nodes[engine->taps[i]];
        if (node->domain == GSC_PARAMETERS)
            memcpy(r->taps[i], shared_value(r, engine->taps[i]),
                   gsc_node_count(node) * engine->size);
    }
}

static void
add_up_loss(const run *r, gsc_loss *loss)
{
    gsc_tile_result sum = {0, 0};
    for (size_t i = 0; i < r->num_tiles; i++) {
        sum.loss += r->engine->tile_results[i].loss;
        sum.correct += r->engine->tile_results[i].correct;
    }
    loss->mean = sum.loss / (double)r->batch->num_examples;
    loss->num_correct = sum.correct;
}

int
gsc_engine_run(gsc_engine *engine, gsc_threads *threads, const void *weights,
               const gsc_batch *batch, void *const *taps, gsc_loss *loss)
{
    int status = 0;
    const gsc_plan *plan = &engine->plan;
    run r = {.engine = engine, .weights = weights, .batch = batch, .taps = taps};
    GSC_TRY(prepare_clocks(engine, gsc_threads_count(threads)));
    run_levels(&r, threads, compute_shared, plan->shared, plan->num_shared, plan->level,
               plan->num_levels, plan->cost);
    gsc_threads_run(threads, transpose_shared, &r, plan->num_transposed);
    copy_shared_taps(&r);
    if (plan->num_tiled > 0 && batch->num_examples > 0) {
        GSC_TRY(prepare_workers(engine, gsc_threads_count(threads), batch->n_ctx));
        GSC_TRY(cut_tiles(&r));
        gsc_threads_run(threads, run_lane, &r, r.num_lanes);
        if (loss)
            add_up_loss(&r, loss);
    }
    if (loss && batch->num_examples == 0)
        *loss = (gsc_loss){NAN, 0};
    if (engine->gradients) {
        gsc_threads_run(threads, sum_lanes, &r, engine->num_chunks);
        run_levels(&r, threads, backward_shared, plan->backward, plan->num_backward,
                   plan->depth, plan->num_depths, plan->backward_cost);
    }
out:
    return status;
}
