/* Compiling a graph, and what it costs. The running is in run.c. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/graph/engine/engine_inside.h"
#include "train/graph/rewrite/rewrite.h"
#include "train/numeric/gemm_bf16.h"

#include <stdlib.h>
#include <string.h>

/* Elements that one thread sums over the lanes at a time. */
enum { CHUNK = 4096 };

void
gsc_engine_close(gsc_engine *engine)
{
    if (!engine)
        return;
    for (size_t i = 0; i < engine->num_workers; i++) {
        free(engine->workers[i].tile);
        free(engine->workers[i].scratch);
        free(engine->workers[i].workspace);
        free(engine->workers[i].loss);
        free(engine->workers[i].right);
        gsc_bf16_close(engine->workers[i].bf16);
    }
    free(engine->workers);
    free(engine->tile_sums);
    free(engine->sums);
    free(engine->tile_statistics);
    free(engine->statistics);
    free(engine->fields);
    free(engine->roots);
    free(engine->chunks);
    free(engine->taps);
    free(engine->level);
    free(engine->shared);
    free(engine->gradient);
    free(engine->lanes);
    free(engine->seconds);
    gsc_plan_free(&engine->plan);
    gsc_graph_close(engine->graph);
    free(engine);
}

/* Cut what the lanes hold into pieces for the threads. */
static int
make_chunks(gsc_engine *engine)
{
    int status = 0;
    const gsc_plan *plan = &engine->plan;
    GSC_NEW(engine->chunks, plan->lane_size / CHUNK + plan->num_nodes + 1);
    for (size_t i = 0; i < plan->num_nodes; i++) {
        if (plan->lane[i] == GSC_NOWHERE)
            continue;
        size_t count = gsc_node_count(&engine->graph->nodes[i]);
        for (size_t at = 0; at < count; at += CHUNK)
            engine->chunks[engine->num_chunks++] =
                (gsc_chunk){plan->lane[i] + at, plan->gradient[i] + at,
                            count - at < CHUNK ? count - at : CHUNK};
    }
out:
    return status;
}

/* A scalar of the graph for each root. */
static int
check_roots(const gsc_graph *graph, const gsc_engine_options *options)
{
    for (size_t i = 0; i < options->num_roots; i++) {
        gsc_node node = options->roots[i].node;
        if (node == GSC_NO_NODE)
            return gsc_fail(GSC_EARGUMENT, "root %zu: no node", i);
        if (!(graph->nodes[node].op->traits & GSC_SCALAR))
            return gsc_fail(GSC_EARGUMENT, "root %zu: %s is no loss or metric", i,
                            graph->nodes[node].op->name);
    }
    return 0;
}

/* A tapped node has one value for each example, though the rewrites may know that all
 * are the same: whether one of the taps lost it. */
static bool
lost_examples(const gsc_graph *before, const gsc_graph *after, const gsc_node *taps,
              const gsc_node *images, size_t num_taps)
{
    for (size_t i = 0; i < num_taps; i++)
        if (before->nodes[taps[i]].domain != after->nodes[images[i]].domain)
            return true;
    return false;
}

/* A rewrite may take an operator apart in a later pass; none did where an input has
 * lost its value an example and the operator cannot take it so. */
static bool
is_unusable(const gsc_graph *graph)
{
    for (size_t i = 0; i < graph->num_nodes; i++) {
        const gsc_graph_node *node = &graph->nodes[i];
        for (size_t k = 0; node->domain == GSC_EXAMPLES && k < node->num_inputs; k++)
            if (!gsc_node_takes(graph, node, k))
                return true;
    }
    return false;
}

/* Rewrite for roots and taps, whose nodes become those of the new graph. */
static int
rewrite(gsc_engine *engine, const gsc_graph *graph, const gsc_engine_options *options,
        unsigned rewrites, gsc_node *wanted)
{
    size_t count = 0;
    gsc_occasion occasion = {rewrites, options->num_examples, options->constants,
                             options->num_constants};
    gsc_graph_close(engine->graph);
    engine->graph = NULL;
    for (size_t i = 0; i < options->num_roots; i++)
        wanted[count++] = options->roots[i].node;
    for (size_t i = 0; i < options->num_taps; i++)
        wanted[count++] = options->taps[i];
    for (size_t i = 0; i < options->num_gradient_taps; i++)
        wanted[count++] = options->gradient_taps[i];
    return gsc_graph_rewrite(graph, &occasion, wanted, count, &engine->graph);
}

static int
compile(gsc_engine *engine, const gsc_graph *graph, const gsc_engine_options *options)
{
    int status = 0;
    size_t num_roots = options->num_roots;
    size_t num_taps = options->num_taps + options->num_gradient_taps;
    bool plain = options->num_gradient_taps > 0; /* a rewrite may go round a tap */
    gsc_node *wanted = NULL;
    GSC_NEW(wanted, num_roots + num_taps);
    GSC_NEW(engine->taps, num_taps);
    GSC_NEW(engine->roots, num_roots);
    GSC_TRY(rewrite(engine, graph, options, plain ? 0 : options->rewrites, wanted));
    if (is_unusable(engine->graph) ||
        lost_examples(graph, engine->graph, options->taps, wanted + num_roots,
                      options->num_taps))
        GSC_TRY(rewrite(engine, graph, options,
                        options->rewrites & ~(unsigned)GSC_REWRITE_CONSTANT, wanted));
    for (size_t i = 0; i < num_roots; i++)
        engine->roots[i] = (gsc_root){wanted[i], options->roots[i].weight};
    memcpy(engine->taps, wanted + num_roots, num_taps * sizeof *wanted);
    gsc_goal goal = {.roots = engine->roots,
                     .num_roots = num_roots,
                     .gradients = engine->gradients,
                     .taps = engine->taps,
                     .num_taps = num_taps,
                     .targets = engine->taps + options->num_taps,
                     .num_targets = options->num_gradient_taps};
    GSC_TRY(gsc_plan_init(&engine->plan, engine->graph, &goal));
out:
    free(wanted);
    return status;
}

/* Of one node: once, or an example. */
static double
run_flops(const gsc_engine *engine, size_t i)
{
    const gsc_graph_node *node = &engine->graph->nodes[i];
    double times = 1;
    for (size_t k = 0; k < node->num_inputs; k++)
        times += engine->plan.differentiates[i] &&
                 engine->plan.differentiates[node->inputs[k]];
    times += engine->gradients && engine->plan.early[i];
    return times * gsc_node_flops(engine->graph, node);
}

static size_t
at_most(size_t x, size_t most)
{
    return x < most ? x : most;
}

/* As many as a usual run has examples for: a lane is worth GSC_LANE_EXAMPLES of them,
 * or a tile where that is smaller. */
static size_t
count_lanes(size_t num_examples, size_t tile)
{
    size_t lanes = tile < GSC_LANE_EXAMPLES ? (num_examples + tile - 1) / tile
                                            : num_examples / GSC_LANE_EXAMPLES;
    return num_examples == 0 ? GSC_MOST_LANES
           : lanes == 0      ? 1
                             : at_most(lanes, GSC_MOST_LANES);
}

/* Examples that a tile has at least. */
static size_t
least_tile(const gsc_engine *engine)
{
    for (size_t i = 0; i < engine->plan.num_nodes; i++)
        if (engine->plan.live[i] && (engine->graph->nodes[i].op->traits & GSC_BLOCKS))
            return 1;
    return GSC_LEAST_TILE;
}

/* Examples of a tile, lanes, and what a run costs. */
static void
choose_sizes(gsc_engine *engine, size_t num_examples)
{
    const gsc_plan *plan = &engine->plan;
    size_t bytes = plan->tile_size * engine->size + plan->scratch_size * sizeof(double);
    size_t least = least_tile(engine);
    size_t tile = bytes > 0 ? GSC_TILE_BYTES / bytes / least * least : GSC_TILE;
    engine->tile = at_most(tile > 0 ? tile : least, GSC_TILE);
    engine->num_lanes = count_lanes(num_examples, engine->tile);
    for (size_t i = 0; i < plan->num_nodes; i++)
        if (plan->live[i])
            *(engine->graph->nodes[i].domain == GSC_EXAMPLES ? &engine->example_flops
                                                             : &engine->shared_flops) +=
                run_flops(engine, i);
}

static int
make_room(gsc_engine *engine)
{
    int status = 0;
    const gsc_plan *plan = &engine->plan;
    GSC_NEW(engine->level, plan->num_nodes);
    GSC_NEW(engine->fields, engine->graph->num_fields);
    GSC_NEW(engine->sums, plan->num_scalars);
    GSC_NEW(engine->statistics, plan->num_sums);
    engine->shared = gsc_new(plan->shared_size, engine->size);
    if (!engine->shared)
        return GSC_EMEMORY;
    if (engine->gradients) {
        engine->gradient = gsc_new(plan->gradient_size, engine->size);
        engine->lanes = gsc_new(engine->num_lanes * plan->lane_size, engine->size);
        if (!engine->gradient || !engine->lanes)
            return GSC_EMEMORY;
        GSC_TRY(make_chunks(engine));
    }
out:
    return status;
}

const char *const gsc_products_names[] = {"full", "bf16", "rounded", NULL};

static int
check_products(const gsc_engine_options *options)
{
    if (options->products != GSC_PRODUCTS_FULL && options->type != GSC_FLOAT32)
        return gsc_fail(GSC_EARGUMENT,
                        "products: %s is of float32, and the dtype is float64; take "
                        "--dtype float32, or --products full",
                        gsc_products_names[options->products]);
    if (options->products == GSC_PRODUCTS_BF16 && !gsc_bf16_is_there())
        return gsc_fail(GSC_EARGUMENT,
                        "products: oneDNN has no bfloat16 instructions on this "
                        "processor; 'rounded' gives the same but for the order of "
                        "sums, at the speed of float32");
    return 0;
}

int
gsc_engine_open(gsc_engine **out_engine, const gsc_graph *graph,
                const gsc_engine_options *options)
{
    int status = 0;
    gsc_engine *engine = NULL;
    *out_engine = NULL;
    GSC_TRY(gsc_graph_status(graph));
    GSC_TRY(check_roots(graph, options));
    for (size_t i = 0; i < options->num_gradient_taps; i++)
        if (graph->nodes[options->gradient_taps[i]].domain != GSC_EXAMPLES)
            return gsc_fail(GSC_EARGUMENT,
                            "gradient tap: node %d has no value an example",
                            (int)options->gradient_taps[i]);
    GSC_TRY(check_products(options));
    GSC_NEW(engine, 1);
    engine->type = options->type;
    engine->products = options->products;
    engine->size = gsc_type_size(options->type);
    engine->gradients = options->gradients || options->num_gradient_taps > 0;
    engine->num_roots = options->num_roots;
    engine->num_taps = options->num_taps;
    engine->num_gradient_taps = options->num_gradient_taps;
    engine->profile = options->profile;
    GSC_TRY(compile(engine, graph, options));
    choose_sizes(engine, options->num_examples);
    GSC_TRY(make_room(engine));
    *out_engine = engine;
    engine = NULL;
out:
    gsc_engine_close(engine);
    return status;
}

double
gsc_engine_total(const gsc_engine *engine)
{
    return engine->total;
}

const void *
gsc_engine_gradient(const gsc_engine *engine)
{
    return engine->gradient;
}

double
gsc_engine_flops(const gsc_engine *engine, size_t num_examples)
{
    return engine->shared_flops + (double)num_examples * engine->example_flops;
}

size_t
gsc_engine_bytes(const gsc_engine *engine)
{
    const gsc_plan *plan = &engine->plan;
    size_t elements = plan->shared_size;
    if (engine->gradients)
        elements += plan->gradient_size + engine->num_lanes * plan->lane_size;
    elements += engine->num_workers * plan->tile_size * engine->tile;
    return elements * engine->size +
           engine->num_workers * sizeof(double) *
               (plan->scratch_size * engine->tile + plan->workspace_size);
}

static const char *
name_of(const gsc_graph *graph, size_t i)
{
    const gsc_graph_node *node = &graph->nodes[i];
    if (gsc_is_parameter(node))
        return gsc_parameter_of(graph, node)->name;
    if (gsc_field_of(graph, node))
        return gsc_field_of(graph, node)->name;
    for (size_t k = 0; k < graph->num_hooks; k++)
        if (graph->hooks[k].node == (gsc_node)i)
            return graph->hooks[k].name;
    return "";
}

static gsc_engine_node
describe(const gsc_engine *engine, size_t i)
{
    const gsc_graph *graph = engine->graph;
    const gsc_graph_node *node = &graph->nodes[i];
    gsc_engine_node out = {.id = (gsc_node)i,
                           .operation = node->op->name,
                           .name = name_of(graph, i),
                           .examples = node->domain == GSC_EXAMPLES,
                           .shape = node->shape,
                           .num_inputs = node->num_inputs,
                           .flops = gsc_node_flops(graph, node),
                           .differentiates = engine->plan.differentiates[i]};
    for (size_t k = 0; k < node->num_inputs; k++)
        out.inputs[k] = node->inputs[k];
    for (size_t w = 0; w < engine->num_clocks; w++) {
        out.forward += engine->seconds[(w * graph->num_nodes + i) * 2];
        out.backward += engine->seconds[(w * graph->num_nodes + i) * 2 + 1];
    }
    return out;
}

int
gsc_engine_nodes(const gsc_engine *engine, gsc_engine_node **out_nodes, size_t *count)
{
    int status = 0;
    gsc_engine_node *nodes;
    *count = 0;
    GSC_NEW(nodes, engine->plan.num_nodes);
    for (size_t i = 0; i < engine->plan.num_nodes; i++)
        if (engine->plan.live[i])
            nodes[(*count)++] = describe(engine, i);
    *out_nodes = nodes;
out:
    return status;
}
