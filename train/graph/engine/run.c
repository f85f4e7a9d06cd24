/* Running a compiled graph over a batch. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/graph/engine/running.h"
#include "train/numeric/gemm_bf16.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Room for the factors of any product of a tile with a matrix of parameters, forward
 * and backward. */
static int
open_products(const gsc_engine *engine, gsc_worker *w)
{
    size_t most = 0;
    const gsc_plan *plan = &engine->plan;
    if (engine->products == GSC_PRODUCTS_FULL)
        return 0;
    for (size_t i = 0; i < plan->num_tiled; i++) {
        const gsc_graph_node *node = &engine->graph->nodes[plan->tiled[i]];
        const gsc_graph_node *nodes = engine->graph->nodes;
        if (node->num_inputs < 2 || nodes[node->inputs[1]].domain != GSC_PARAMETERS)
            continue;
        size_t counts[] = {gsc_node_count(node) * engine->tile,
                           gsc_node_count(&nodes[node->inputs[0]]) * engine->tile,
                           gsc_node_count(&nodes[node->inputs[1]])};
        for (size_t k = 0; k < 3; k++)
            most = counts[k] > most ? counts[k] : most;
    }
    return gsc_bf16_open(&w->bf16, engine->products == GSC_PRODUCTS_ROUNDED, most,
                         most);
}

static int
prepare_workers(gsc_engine *engine, size_t num_workers)
{
    int status = 0;
    if (num_workers <= engine->num_workers)
        return 0;
    gsc_worker *workers;
    GSC_NEW(workers, num_workers);
    for (size_t i = 0; i < engine->num_workers; i++)
        workers[i] = engine->workers[i];
    free(engine->workers);
    engine->workers = workers;
    while (engine->num_workers < num_workers) {
        gsc_worker *w = &workers[engine->num_workers++];
        GSC_NEW(w->scratch, engine->plan.scratch_size * engine->tile);
        GSC_NEW(w->workspace, engine->plan.workspace_size);
        GSC_NEW(w->loss, engine->tile);
        GSC_NEW(w->right, engine->tile);
        w->tile = gsc_new(engine->plan.tile_size * engine->tile, engine->size);
        if (!w->tile)
            return GSC_EMEMORY;
        GSC_TRY(open_products(engine, w));
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

/* Tiles and lanes follow from the engine and the number of examples. */
static int
cut_tiles(gsc_run *r)
{
    int status = 0;
    gsc_engine *engine = r->engine;
    size_t n = r->batch->num_examples;
    size_t most = n < engine->num_lanes ? 1 : engine->num_lanes;
    size_t rounds = (n + most * engine->tile - 1) / (most * engine->tile);
    r->num_tiles = most * rounds;
    r->num_lanes = engine->gradients ? most : r->num_tiles;
    size_t num_sums = r->num_tiles * engine->plan.num_scalars;
    if (num_sums > engine->num_tile_sums) {
        free(engine->tile_sums);
        engine->num_tile_sums = 0;
        GSC_NEW(engine->tile_sums, num_sums);
        engine->num_tile_sums = num_sums;
    }
    if (num_sums > 0)
        memset(engine->tile_sums, 0, num_sums * sizeof *engine->tile_sums);
    size_t num_statistics = r->num_tiles * engine->plan.num_sums;
    if (num_statistics > engine->num_tile_statistics) {
        free(engine->tile_statistics);
        engine->num_tile_statistics = 0;
        GSC_NEW(engine->tile_statistics, num_statistics);
        engine->num_tile_statistics = num_statistics;
    }
    if (num_statistics > 0)
        memset(engine->tile_statistics, 0, num_statistics * sizeof(double));
out:
    return status;
}

/* ---- Results ---- */

/* Add the tiles' sums in their order; those of parameters are there. */
static void
add_up_tiles(const gsc_run *r)
{
    gsc_engine *engine = r->engine;
    const gsc_plan *plan = &engine->plan;
    for (size_t s = 0; s < plan->num_scalars; s++) {
        gsc_sum *sum = &engine->sums[s];
        if (engine->graph->nodes[plan->scalars[s]].domain == GSC_PARAMETERS ||
            plan->sums[s] != GSC_NOWHERE)
            continue;
        *sum = (gsc_sum){0, 0};
        for (size_t i = 0; i < r->num_tiles; i++) {
            sum->loss += engine->tile_sums[i * plan->num_scalars + s].loss;
            sum->right += engine->tile_sums[i * plan->num_scalars + s].right;
        }
    }
}

static gsc_result
result_of(const gsc_run *r, gsc_node node)
{
    const gsc_plan *plan = &r->engine->plan;
    size_t n = r->batch->num_examples;
    const gsc_sum *sum = &r->engine->sums[plan->scalar[node]];
    if (r->batch->skip_metrics && plan->for_metrics[node])
        return (gsc_result){NAN, 0};
    if (plan->sums[plan->scalar[node]] != GSC_NOWHERE)
        return (gsc_result){n > 0 ? sum->loss : (double)NAN, 0};
    if (r->engine->graph->nodes[node].domain == GSC_PARAMETERS)
        return (gsc_result){sum->loss, 0};
    return (gsc_result){n > 0 ? sum->loss / (double)n : (double)NAN, sum->right};
}

static void
fill_results(const gsc_run *r, gsc_result *results)
{
    gsc_engine *engine = r->engine;
    engine->total = 0;
    for (size_t i = 0; i < engine->num_roots; i++) {
        const gsc_root *root = &engine->roots[i];
        gsc_result result = result_of(r, root->node);
        if (root->weight < 0 || root->weight > 0)
            engine->total += root->weight * result.mean;
        if (results)
            results[i] = result;
    }
}

/* ---- A run ---- */

/* The tiles: where a gradient is asked of a loss of sums over the batch, these first.
 */
static void
run_tiles(gsc_run *r)
{
    gsc_engine *engine = r->engine;
    if (engine->gradients && engine->plan.has_early) {
        r->early = true;
        gsc_threads_run(r->threads, gsc_run_lane, r, r->num_lanes);
        gsc_run_add_up_statistics(r);
        r->early = false;
    }
    gsc_threads_run(r->threads, gsc_run_lane, r, r->num_lanes);
    gsc_run_add_up_statistics(r);
}

int
gsc_engine_run(gsc_engine *engine, gsc_threads *threads, const void *weights,
               const gsc_batch *batch, void *const *taps, gsc_result *results)
{
    int status = 0;
    gsc_run r = {.engine = engine, .weights = weights, .batch = batch, .taps = taps};
    if (gsc_engine_flops(engine, batch->num_examples) >= small_work)
        r.threads = threads;
    GSC_TRY(prepare_clocks(engine, gsc_threads_count(r.threads)));
    gsc_run_shared(&r);
    if (engine->plan.num_tiled > 0 && batch->num_examples > 0) {
        GSC_TRY(gsc_run_find_fields(engine, batch));
        GSC_TRY(prepare_workers(engine, gsc_threads_count(r.threads)));
        GSC_TRY(cut_tiles(&r));
        run_tiles(&r);
    }
    add_up_tiles(&r);
    fill_results(&r, results);
    if (engine->gradients)
        gsc_run_backward_shared(&r);
out:
    return status;
}
