/* Compiling a graph, and what it costs. The running is in run.c. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/graph/engine/engine_inside.h"
#include "train/graph/rewrite/rewrite.h"

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
        free(engine->workers[i].tokens);
        free(engine->workers[i].labels);
    }
    free(engine->workers);
    free(engine->tile_results);
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

/* A tapped node has a value an example, though the rewrites may know that all are the
 * same: whether one of the taps lost it. */
static bool
lost_examples(const gsc_graph *before, const gsc_graph *after, const gsc_node *taps,
              const gsc_node *images, size_t num_taps)
{
    for (size_t i = 0; i < num_taps; i++)
        if (before->nodes[taps[i]].domain != after->nodes[images[i]].domain)
            return true;
    return false;
}

/* Rewrite for the roots, which become those of the new graph. */
static int
rewrite(gsc_engine *engine, const gsc_graph *graph, const gsc_engine_options *options,
        unsigned rewrites, gsc_node *roots)
{
    size_t num_taps = options->num_taps;
    gsc_occasion occasion = {rewrites, options->num_examples, options->constant,
                             options->constant ? options->n_ctx : 0};
    gsc_graph_close(engine->graph);
    engine->graph = NULL;
    roots[0] = options->loss;
    if (num_taps > 0)
        memcpy(roots + 1, options->taps, num_taps * sizeof *roots);
    if (options->num_gradient_taps > 0)
        memcpy(roots + 1 + num_taps, options->gradient_taps,
               options->num_gradient_taps * sizeof *roots);
    return gsc_graph_rewrite(graph, &occasion, roots,
                             1 + num_taps + options->num_gradient_taps, &engine->graph);
}

static int
compile(gsc_engine *engine, const gsc_graph *graph, const gsc_engine_options *options)
{
    int status = 0;
    size_t num_taps = options->num_taps + options->num_gradient_taps;
    bool plain = options->num_gradient_taps > 0; /* a rewrite may go round a tap */
    gsc_node *roots = NULL;
    GSC_NEW(roots, num_taps + 1);
    GSC_TRY(rewrite(engine, graph, options, plain ? 0 : options->rewrites, roots));
    if (lost_examples(graph, engine->graph, options->taps, roots + 1,
                      options->num_taps))
        GSC_TRY(rewrite(engine, graph, options,
                        options->rewrites & ~(unsigned)GSC_REWRITE_CONSTANT, roots));
    engine->loss = roots[0];
    if (engine->loss != GSC_NO_NODE)
        engine->num_labels = engine->graph->nodes[engine->loss].shape.dims[0];
    gsc_goal goal = {.loss = engine->loss,
                     .gradients = engine->gradients,
                     .roots = roots,
                     .num_roots = num_taps + 1,
                     .targets = roots + 1 + options->num_taps,
                     .num_targets = options->num_gradient_taps};
    GSC_TRY(gsc_plan_init(&engine->plan, engine->graph, &goal));
    GSC_NEW(engine->level, engine->plan.num_nodes);
    GSC_NEW(engine->taps, num_taps);
    memcpy(engine->taps, roots + 1, num_taps * sizeof *roots);
out:
    free(roots);
    return status;
}

int
gsc_engine_open(gsc_engine **out_engine, const gsc_graph *graph,
                const gsc_engine_options *options)
{
    int status = 0;
    gsc_engine *engine = NULL;
    *out_engine = NULL;
    GSC_TRY(gsc_graph_status(graph));
    for (size_t i = 0; i < options->num_gradient_taps; i++)
        if (graph->nodes[options->gradient_taps[i]].domain != GSC_EXAMPLES)
            return gsc_fail(GSC_EARGUMENT,
                            "gradient tap: node %d has no value an example",
                            (int)options->gradient_taps[i]);
    GSC_NEW(engine, 1);
    engine->type = options->type;
    engine->size = gsc_type_size(options->type);
    engine->gradients = options->gradients || options->num_gradient_taps > 0;
    engine->num_taps = options->num_taps;
    engine->num_gradient_taps = options->num_gradient_taps;
    engine->profile = options->profile;
    GSC_TRY(compile(engine, graph, options));
    engine->shared = gsc_new(engine->plan.shared_size, engine->size);
    if (!engine->shared) {
        status = GSC_EMEMORY;
        goto out;
    }
    if (engine->gradients) {
        engine->gradient = gsc_new(engine->plan.gradient_size, engine->size);
        engine->lanes = gsc_new(GSC_LANES * engine->plan.lane_size, engine->size);
        if (!engine->gradient || !engine->lanes) {
            status = GSC_EMEMORY;
            goto out;
        }
        GSC_TRY(make_chunks(engine));
    }
    *out_engine = engine;
    engine = NULL;
out:
    gsc_engine_close(engine);
    return status;
}

const void *
gsc_engine_gradient(const gsc_engine *engine)
{
    return engine->gradient;
}

double
gsc_engine_flops(const gsc_engine *engine, size_t num_examples)
{
    const gsc_plan *plan = &engine->plan;
    double sum = 0;
    for (size_t i = 0; i < plan->num_nodes; i++) {
        const gsc_graph_node *node = &engine->graph->nodes[i];
        if (!plan->live[i])
            continue;
        double times = 1;
        for (size_t k = 0; k < node->num_inputs; k++)
            times += plan->differentiates[node->inputs[k]];
        double examples = node->domain == GSC_EXAMPLES ? (double)num_examples : 1;
        sum += times * examples * gsc_node_flops(engine->graph, node);
    }
    return sum;
}

size_t
gsc_engine_bytes(const gsc_engine *engine)
{
    const gsc_plan *plan = &engine->plan;
    size_t elements = plan->shared_size;
    if (engine->gradients)
        elements += plan->gradient_size + GSC_LANES * plan->lane_size;
    elements += engine->num_workers * plan->tile_size * GSC_TILE;
    return elements * engine->size +
           engine->num_workers * sizeof(double) *
               (plan->scratch_size * GSC_TILE + plan->workspace_size);
}

static const char *
name_of(const gsc_graph *graph, size_t i)
{
    const gsc_graph_node *node = &graph->nodes[i];
    if (gsc_is_parameter(node))
        return gsc_parameter_of(graph, node)->name;
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
