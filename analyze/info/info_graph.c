/* The compute graph of a recipe, one row for each node: plain, and rewritten. */
#include "grokscope/error.h"
#include "grokscope/network.h"

#include "analyze/info/info.h"
#include "analyze/tool/program.h"

#include <stdlib.h>

const gsc_column gsc_graph_columns[GSC_GRAPH_COLUMNS] = {
    {"graph", GSC_CELL_TEXT, true, "plain or rewritten", false},
    {"node", GSC_CELL_INTEGER, true, "its number", false},
    {"operation", GSC_CELL_TEXT, false, "what it computes", false},
    {"inputs", GSC_CELL_TEXT, false, "numbers of the nodes that it reads", false},
    {"domain", GSC_CELL_TEXT, false,
     "whether it has one value for each example, or is of the parameters", false},
    {"shape", GSC_CELL_TEXT, false, "its shape, for one example or of a parameter",
     false},
    {"gflop", GSC_CELL_REAL, false, "floating-point operations in one step, in 1e9",
     false},
    {"name", GSC_CELL_TEXT, false, "name of the parameter or activation", false}};

/* Numbers with spaces between them. */
static int
add_list(gsc_rows *rows, const size_t *numbers, size_t count)
{
    int status = 0;
    gsc_text text = {0};
    for (size_t i = 0; i < count; i++)
        GSC_TRY(gsc_text_add(&text, "%s%zu", i > 0 ? " " : "", numbers[i]));
    GSC_TRY(gsc_rows_text(rows, text.length > 0 ? text.data : ""));
out:
    gsc_text_free(&text);
    return status;
}

/* Floating-point operations of a step, forward and backward. */
static double
step_flops(const gsc_engine_node *n, const gsc_engine_node *all, size_t count,
           double examples)
{
    double times = 1;
    for (size_t k = 0; n->differentiates && k < n->num_inputs; k++)
        for (size_t i = 0; i < count; i++)
            times += all[i].id == n->inputs[k] && all[i].differentiates;
    return times * n->flops * (n->examples ? examples : 1);
}

static int
add_node(gsc_rows *rows, const char *graph, const gsc_engine_node *n, double flops)
{
    int status = 0;
    size_t inputs[sizeof n->inputs / sizeof *n->inputs];
    for (size_t k = 0; k < n->num_inputs; k++)
        inputs[k] = (size_t)n->inputs[k];
    GSC_TRY(gsc_rows_text(rows, graph));
    GSC_TRY(gsc_rows_integer(rows, n->id));
    GSC_TRY(gsc_rows_text(rows, n->operation));
    GSC_TRY(add_list(rows, inputs, n->num_inputs));
    GSC_TRY(gsc_rows_text(rows, n->examples ? "examples" : "parameters"));
    GSC_TRY(add_list(rows, n->shape.dims, n->shape.rank));
    GSC_TRY(gsc_rows_real(rows, 1e-9 * flops));
    GSC_TRY(gsc_rows_text(rows, n->name));
out:
    return status;
}

static int
add_graph(gsc_rows *rows, const gsc_network *network, const char *graph,
          unsigned rewrites)
{
    int status = 0;
    gsc_engine_options compile;
    gsc_engine *engine = NULL;
    gsc_engine_node *nodes = NULL;
    const gsc_split *train = gsc_dataset_split(&network->dataset, "train");
    size_t count,
        num_train = train ? train->count : (size_t)network->config.run.batch_size;
    double examples = (double)num_train;
    GSC_TRY(gsc_network_options(network, GSC_TO_TRAIN, num_train, &compile));
    compile.rewrites = rewrites;
    GSC_TRY(gsc_engine_open(&engine, network->model.graph, &compile));
    GSC_TRY(gsc_engine_nodes(engine, &nodes, &count));
    for (size_t i = 0; i < count; i++)
        GSC_TRY(add_node(rows, graph, &nodes[i],
                         step_flops(&nodes[i], nodes, count, examples)));
    if (!gsc_program_is_quiet())
        gsc_program_say("%s graph: %zu nodes, %.3f GFLOP a step of %.0f examples",
                        graph, count, 1e-9 * gsc_engine_flops(engine, num_train),
                        examples);
out:
    free(nodes);
    gsc_engine_close(engine);
    return status;
}

static void
say_rewrites(unsigned chosen)
{
    const gsc_rewrite *r;
    for (size_t i = 0; !gsc_program_is_quiet() && (r = gsc_rewrite_at(i)); i++)
        gsc_program_say("  %-11s %-3s  %s", r->name, r->bit & chosen ? "on" : "off",
                        r->equation);
}

int
gsc_info_graph(const char *recipe, const char *rewrites, const gsc_answer *how)
{
    int status = 0;
    unsigned chosen;
    gsc_config config;
    gsc_network network = {.num_roots = 0};
    gsc_rows rows;
    gsc_rows_init(&rows, gsc_graph_columns, GSC_GRAPH_COLUMNS);
    GSC_TRY(gsc_answer_check_columns(how, gsc_graph_columns, GSC_GRAPH_COLUMNS));
    GSC_TRY(gsc_config_default(&config));
    GSC_TRY(gsc_config_read_recipe(&config, recipe));
    GSC_TRY(gsc_network_init(&network, &config));
    GSC_TRY(gsc_rewrites_from_text(*rewrites ? rewrites : network.config.run.rewrite,
                                   &chosen));
    GSC_TRY(add_graph(&rows, &network, "plain", 0));
    say_rewrites(chosen);
    GSC_TRY(add_graph(&rows, &network, "rewritten", chosen));
    GSC_TRY(gsc_rows_answer(&rows, how));
out:
    gsc_rows_free(&rows);
    gsc_network_free(&network);
    return status;
}
