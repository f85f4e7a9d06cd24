/* How the load is shared by a mixture's experts, block by block, over the steps. */
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "analyze/pathways/network_routing.h"
#include "analyze/report/report_write.h"

#include <stdlib.h>

/* Examples that the load is of, at most. */
enum { SAMPLES = 1000 };

static bool
has_experts(const gsc_report_run *run)
{
    const char *name;
    gsc_node node;
    const gsc_graph *graph = run->last.model.graph;
    for (size_t i = 0; graph && (name = gsc_graph_hook(graph, i, &node)); i++)
        if (gsc_text_ends_with(name, ".hook_router"))
            return true;
    return false;
}

static int
route(const gsc_loaded_model *loaded, gsc_threads *threads, gsc_routing_file *routing)
{
    const gsc_routing_request request = {GSC_INPUTS_ALL, 0, SAMPLES, "answer"};
    return gsc_network_routing_init(routing, loaded, &request, threads, NULL);
}

static int
begin_experts(gsc_report_run *run, gsc_threads *threads)
{
    int status = 0;
    gsc_report_experts *e = &run->experts;
    gsc_routing_file routing;
    GSC_TRY(route(&run->last, threads, &routing));
    e->layers = routing.shape.layers;
    e->experts = routing.shape.experts;
    GSC_NEW(e->load, run->inputs.count * e->layers * e->experts);
out:
    gsc_routing_file_free(&routing);
    return status;
}

/* load[layer, expert]: its share of the choices of a layer. */
static int
draw_experts(gsc_report_run *run, size_t step, const gsc_loaded_model *loaded,
             gsc_threads *threads)
{
    int status = 0;
    gsc_report_experts *e = &run->experts;
    gsc_routing_file file;
    GSC_TRY(route(loaded, threads, &file));
    gsc_routing r = gsc_routing_file_at(&file, 0);
    if (r.layers != e->layers || r.experts != e->experts)
        GSC_TRY(gsc_fail(GSC_EFORMAT,
                         "%s: has %zu blocks of %zu experts, at the last "
                         "step %zu of %zu",
                         run->inputs.items[step].path, r.layers, r.experts, e->layers,
                         e->experts));
    float *load = e->load + step * e->layers * e->experts;
    for (size_t i = 0; i < r.samples * r.layers; i++)
        for (size_t k = 0; k < r.chosen; k++)
            load[i % r.layers * r.experts + r.ids[i * r.chosen + k]] +=
                1 / (float)(r.samples * r.chosen);
out:
    gsc_routing_file_free(&file);
    return status;
}

static void
drop_experts(gsc_report_run *run)
{
    run->experts.layers = 0;
}

const gsc_report_drawing gsc_report_expert_load = {.what = "load of the experts",
                                                   .is_there = has_experts,
                                                   .begin = begin_experts,
                                                   .draw = draw_experts,
                                                   .drop = drop_experts};

void
gsc_report_write_experts(gsc_report_writer *w, const gsc_report_run *run,
                         const char *prefix)
{
    const gsc_report_experts *e = &run->experts;
    gsc_json *json = &w->json;
    if (e->layers == 0)
        return;
    gsc_arrays_name(&w->arrays, "%s.experts", prefix);
    gsc_json_open(json, "experts", '{');
    gsc_arrays_add(
        &w->arrays, json, "load", GSC_PACK_F32,
        gsc_pack_source_f32(e->load, run->inputs.count, e->layers, e->experts, 0));
    gsc_json_close(json, '{');
}
