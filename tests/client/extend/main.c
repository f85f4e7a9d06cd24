/* What a program adds to the library from outside of it: a task, an architecture with
 * an operator, a loss, a rule, a filter and a projection of the optimizer, a metric and
 * a measure. It trains a network of all of them and looks at what came out.
 *
 * usage: extend FOLDER */
#include "parts.h"

#include <grokscope/checkpoint.h>
#include <grokscope/config.h>
#include <grokscope/error.h>
#include <grokscope/lazy_checkpoint.h>
#include <grokscope/memory.h>
#include <grokscope/network.h>
#include <grokscope/run_folder.h>
#include <grokscope/trainer.h>
#include <grokscope/weights.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Registries: the library's rows and these, or only these ---- */

static const gsc_task *const tasks[] = {&wave, NULL};
static const gsc_architecture *const architectures[] = {&smooth, NULL};
static const gsc_stage *const own_stages[] = {&signum, &limit, &box};
static const gsc_stages stages = {own_stages, COUNT(own_stages)};
static const gsc_loss *const losses[] = {&log_cosh, NULL};
static const gsc_registry registry = {tasks, architectures, &stages, losses};
static const gsc_measure *const measures[] = {GSC_BUILTIN_MEASURES, &largest_weight,
                                              NULL};

/* Options of our own parts are set as the library's are; those of a stage stand behind
 * its name. */
static int
configure(gsc_config *config)
{
    static const char *const settings[][2] = {{"task", "wave"},
                                              {"architecture", "smooth"},
                                              {"neurons", "24"},
                                              {"optimizer", "signum keep 0.5"},
                                              {"filters", "limit most 0.5"},
                                              {"projections", "box side 1"},
                                              {"learning_rate", "0.02"},
                                              {"annealing", "linear"},
                                              {"anneal_steps", "90"},
                                              {"weight_decay", "0"},
                                              {"measure", "norms, largest_weight"},
                                              {"measure_every", "10"},
                                              {"log_every", "10"},
                                              {"steps", "90"},
                                              {"checkpoints", "list:0,90"}};
    int status = 0;
    GSC_TRY(gsc_config_init(config, &registry));
    for (size_t i = 0; i < COUNT(settings); i++)
        GSC_TRY(gsc_config_set(config, settings[i][0], settings[i][1]));
out:
    return status;
}

/* ---- What came out ---- */

/* The cell of a table of the history in its first row, or its last. */
static int
cell(const gsc_checkpoint *c, const char *table, const char *column, bool last,
     double *value)
{
    for (size_t i = 0; i < c->num_tables; i++) {
        const gsc_table *t = &c->history[i];
        size_t at = gsc_table_column(t, column);
        if (strcmp(t->name, table) != 0 || at == SIZE_MAX || t->num_rows == 0)
            continue;
        *value = t->values[(last ? t->num_rows - 1 : 0) * t->num_values + at];
        return 0;
    }
    return gsc_fail(GSC_EFORMAT, "the history has no %s.%s", table, column);
}

static int
check_history(const char *path)
{
    int status = 0;
    gsc_checkpoint c;
    double before, after, step, largest;
    GSC_TRY(gsc_checkpoint_read(&c, path, GSC_READ_HISTORY));
    GSC_TRY(cell(&c, "loss", "train_loss", false, &before));
    GSC_TRY(cell(&c, "loss", "train_loss", true, &after));
    GSC_TRY(cell(&c, "largest_weight", "step", true, &step));
    GSC_TRY(cell(&c, "largest_weight", "largest", true, &largest));
    if (!(after < before / 2))
        status = gsc_fail(GSC_ENUMERIC, "train loss: %g, then %g", before, after);
    else if (step != 90 || !(largest > 0 && largest <= 1))
        status = gsc_fail(GSC_ENUMERIC, "step %g: weight %g outside of the box", step,
                          largest);
    if (status == 0) {
        printf("loss log_cosh, rule signum, filter limit: train loss %.3f to %.3f\n",
               before, after);
        printf("projection box: no weight beyond 1\n");
        printf("measure largest_weight: %.3f at step %.0f\n", largest, step);
    }
out:
    gsc_checkpoint_free(&c);
    return status;
}

/* The metric of the trained weights over all examples, as a root of an engine. */
static int
evaluate(gsc_network *network, const char *path, double *mean)
{
    int status = 0;
    gsc_engine *engine = NULL;
    gsc_engine_options options;
    gsc_result result;
    void *weights = NULL;
    gsc_graph *g = network->model.graph;
    gsc_node pair[] = {network->model.predictions,
                       gsc_graph_input(g, "y", (gsc_shape){2, {1, 1}})};
    gsc_root root = {gsc_graph_apply(g, &absolute_error, pair, 2, NULL), 0};
    GSC_TRY(gsc_graph_status(g));
    GSC_TRY(gsc_network_options(network, GSC_TO_EVALUATE, network->dataset.num_examples,
                                &options));
    options.roots = &root;
    options.num_roots = 1;
    GSC_TRY(gsc_engine_open(&engine, g, &options));
    weights = gsc_new(gsc_graph_num_weights(g), gsc_type_size(options.type));
    if (!weights) {
        status = GSC_EMEMORY;
        goto out;
    }
    GSC_TRY(gsc_weights_read(g, path, options.type, weights));
    gsc_batch batch = gsc_network_batch(network, NULL, network->dataset.num_examples);
    GSC_TRY(gsc_engine_run(engine, NULL, weights, &batch, NULL, &result));
    *mean = result.mean;
out:
    free(weights);
    gsc_engine_close(engine);
    return status;
}

static int
look_at(const gsc_config *config, const char *path)
{
    int status = 0;
    gsc_network network;
    double mean;
    GSC_TRY(gsc_network_init(&network, config));
    const gsc_shape neurons =
        gsc_graph_shape(network.model.graph, network.model.neurons);
    printf("task wave: %zu examples of numbers\n", network.dataset.num_examples);
    printf("architecture smooth, operator softplus: %zu neurons\n",
           gsc_shape_count(neurons));
    GSC_TRY(evaluate(&network, path, &mean));
    if (!(mean > 0 && mean < 0.5))
        status = gsc_fail(GSC_ENUMERIC, "absolute error: %g", mean);
    else
        printf("metric absolute_error: %.3f\n", mean);
out:
    gsc_network_free(&network);
    return status;
}

/* The checkpoint as an analysis takes it. */
static int
reopen(const char *path)
{
    int status = 0;
    gsc_lazy_checkpoint last = {.name = path, .registry = &registry};
    GSC_TRY(gsc_lazy_checkpoint_open(&last));
    printf("opened again: %s with %zu tensors\n", last.loaded->model.architecture->name,
           last.loaded->num_tensors);
out:
    gsc_lazy_checkpoint_close(&last);
    return status;
}

int
main(int argc, char **argv)
{
    int status = 0;
    gsc_config config;
    gsc_train_result result;
    char path[GSC_PATH_BYTES];
    if (argc != 2) {
        fprintf(stderr, "usage: extend FOLDER\n");
        return 2;
    }
    const gsc_online_measures online = gsc_measures_online(measures);
    gsc_train_options options = {.folder = argv[1], .force = true, .measures = &online};
    GSC_TRY(configure(&config));
    GSC_TRY(gsc_train(&config, &options, &result));
    GSC_TRY(gsc_run_step_path(argv[1], result.step, path));
    GSC_TRY(look_at(&config, path));
    GSC_TRY(check_history(path));
    GSC_TRY(reopen(path));
out:
    if (status < 0)
        fprintf(stderr, "extend: %s\n", gsc_error_text());
    return gsc_exit_code(status);
}
