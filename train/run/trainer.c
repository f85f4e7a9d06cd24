/* From a configuration to a run: building, continuing, finishing. */
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/run_folder.h"
#include "grokscope/weights.h"

#include "train/base/clock.h"
#include "train/checkpoint/run_fork.h"
#include "train/run/own_files.h"
#include "train/run/summary.h"
#include "train/run/training.h"
#include "train/run/transplant.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The examples of each split, in the order in which they are evaluated: training ones
 * as the steps have them. */
static int
order_splits(gsc_training *t)
{
    int status = 0;
    const gsc_dataset *dataset = &t->network.dataset;
    for (size_t i = 0; i < dataset->num_splits; i++) {
        const gsc_split *split = &dataset->splits[i];
        GSC_NEW(t->orders[i], split->count);
        memcpy(t->orders[i], split->indices, split->count * sizeof *split->indices);
        if (split != t->sampler.train)
            GSC_TRY(gsc_cache_order(dataset, t->orders[i], split->count));
    }
out:
    return status;
}

/* The notes of the options, with room for two more. */
static int
copy_notes(gsc_training *t)
{
    int status = 0;
    const gsc_train_options *o = t->options;
    GSC_NEW(t->notes, o->num_provenance + 2);
    for (size_t i = 0; i < o->num_provenance; i++)
        t->notes[t->num_notes++] = o->provenance[i];
out:
    return status;
}

/* Where outputs have groups, what the examples of the largest set say one by one. */
static int
make_room_for_groups(gsc_training *t)
{
    int status = 0;
    const gsc_dataset *dataset = &t->network.dataset;
    size_t most = t->sampler.size, groups = 0;
    if (!gsc_loss_has_groups(dataset))
        return 0;
    for (size_t i = 0; i < dataset->num_splits; i++)
        most = dataset->splits[i].count > most ? dataset->splits[i].count : most;
    for (size_t i = 0; i < dataset->num_fields; i++)
        if (dataset->fields[i].num_values > groups)
            groups = dataset->fields[i].num_values;
    GSC_NEW(t->losses, t->network.num_roots * most);
    GSC_NEW(t->right, t->network.num_roots * most);
    GSC_NEW(t->group_sizes, groups);
out:
    return status;
}

static int
build(gsc_training *t, const gsc_config *config)
{
    int status = 0;
    gsc_text json = {0};
    GSC_TRY(gsc_network_init(&t->network, config));
    GSC_TRY(gsc_optimizer_resolve(&t->network.config.optimizer,
                                  t->network.config.registry->stages,
                                  t->network.model.graph));
    GSC_TRY(gsc_config_to_json(&t->network.config, &json));
    t->config_json = json.data;
    json.data = NULL;
    t->type = (gsc_type)t->network.config.run.dtype;
    GSC_TRY(gsc_sampler_init(&t->sampler, &t->network.dataset,
                             (size_t)t->network.config.run.batch_size,
                             (uint64_t)t->network.config.init.seed));
    GSC_TRY(order_splits(t));
    GSC_TRY(gsc_evaluation_read(&t->evaluation, t->network.config.run.evaluate_every,
                                &t->network.dataset));
    GSC_TRY(gsc_online_open(&t->online, t->options->measures,
                            t->network.config.run.measure));
    GSC_TRY(gsc_history_init(&t->history, &t->network.dataset, &t->online));
    t->row_columns = t->history.tables[0].num_values;
    GSC_NEW(t->row, t->row_columns);
    GSC_NEW(t->former_row, t->row_columns);
    t->sum_column = t->history.tables[0].num_columns - 1;
    GSC_NEW(t->results, t->network.num_roots);
    GSC_TRY(make_room_for_groups(t));
    GSC_NEW(t->rows, t->history.num_tables);
    GSC_TRY(copy_notes(t));
    GSC_TRY(gsc_triggers_init(&t->triggers, &t->network.config.run, &t->history));
out:
    gsc_text_free(&json);
    return status;
}

void
gsc_training_scale_weights(gsc_training *t, double scale)
{
    size_t count;
    const gsc_parameter *p = gsc_graph_parameters(t->network.model.graph, &count);
    for (size_t i = 0; scale != 1 && i < count; i++)
        for (size_t k = 0; p[i].trained && k < gsc_shape_count(p[i].shape); k++) {
            size_t at = p[i].offset + k;
            if (t->type == GSC_FLOAT64)
                ((double *)t->weights)[at] *= scale;
            else
                ((float *)t->weights)[at] *= (float)scale;
        }
}

/* The embedding of another network as A of A B, which init_scale leaves as it is. */
static int
take_embedding(gsc_training *t)
{
    const gsc_graph *graph = t->network.model.graph;
    if (gsc_graph_check_patterns(graph, "embed.W_A", "embed_from") < 0)
        return gsc_fail(
            GSC_EARGUMENT,
            "embed_from: this network's embedding is no product; embed_rank "
            "is the width of the embedding that is taken");
    return gsc_weights_read_as(graph, t->network.config.init.embed_from, "embed.W_E",
                               "embed.W_A", t->type, t->weights);
}

/* The weights of step 0. */
static int
start_weights(gsc_training *t)
{
    int status = 0;
    const gsc_init_config *c = &t->network.config.init;
    gsc_graph_init_weights(t->network.model.graph, (uint64_t)c->seed, t->type,
                           t->weights);
    if (*c->init_parameters && !*c->init_from)
        return gsc_fail(GSC_EARGUMENT, "init_parameters: of no file; init_from names "
                                       "the one to take them from");
    if (*c->init_parameters)
        GSC_TRY(gsc_weights_read_some(t->network.model.graph, c->init_from,
                                      c->init_parameters, t->type, t->weights));
    else if (*c->init_from)
        GSC_TRY(gsc_weights_read(t->network.model.graph, c->init_from, t->type,
                                 t->weights));
    gsc_training_scale_weights(t, c->init_scale);
    if (*c->embed_from)
        GSC_TRY(take_embedding(t));
    if (!t->options->fork)
        GSC_TRY(gsc_training_transplant(t));
    gsc_graph_copy_initial(t->network.model.graph, t->type, t->weights);
out:
    return status;
}

static int
compile(gsc_training *t)
{
    int status = 0;
    size_t num_weights = gsc_graph_num_weights(t->network.model.graph);
    size_t size = gsc_type_size(t->type);
    GSC_TRY(gsc_network_engine(&t->network, GSC_TO_TRAIN, t->sampler.size,
                               &t->train_engine));
    GSC_TRY(gsc_network_engine(&t->network, GSC_TO_EVALUATE,
                               t->network.dataset.num_examples, &t->test_engine));
    GSC_TRY(gsc_threads_open(&t->threads, t->options->num_threads));
    t->weights = gsc_new(num_weights, size);
    t->next = gsc_new(num_weights, size);
    if (!t->weights || !t->next) {
        status = GSC_EMEMORY;
        goto out;
    }
    GSC_TRY(start_weights(t));
    gsc_optimizer_setup setup = {.graph = t->network.model.graph,
                                 .type = t->type,
                                 .weights = t->weights,
                                 .seed = (uint64_t)t->network.config.init.seed,
                                 .stages = t->network.config.registry->stages};
    GSC_TRY(gsc_optimizer_init(&t->optimizer, &t->network.config.optimizer, &setup));
    gsc_graph_copy_initial(t->network.model.graph, t->type, t->weights);
out:
    return status;
}

/* A measure that this network cannot be asked is refused before anything is written or
 * removed; the rows of step 0 are made on the way. */
static int
try_measures(gsc_training *t)
{
    int status = 0;
    double begin = gsc_seconds();
    GSC_TRY(gsc_online_begin(&t->online, &t->network, t->config_json, t->weights));
    t->result->measure_seconds += gsc_seconds() - begin;
    GSC_TRY(gsc_training_measure(t));
out:
    return status;
}

static void
warn(const gsc_training *t, const char *text)
{
    if (t->options->warn)
        t->options->warn(t->options->context, text);
}

/* A folder that no trainer wrote has no optimizer's state, and is not to be mistaken
 * for a run that was killed early. */
static int
refuse_import(const char *folder, int64_t step)
{
    int status = 0;
    char path[GSC_PATH_BYTES];
    gsc_checkpoint first = {.step = 0};
    GSC_TRY(gsc_run_step_path(folder, step, path));
    GSC_TRY(gsc_checkpoint_read(&first, path, GSC_READ_PROVENANCE));
    for (size_t i = 0; i < first.num_provenance; i++)
        if (strcmp(first.provenance[i].name, "imported_from") == 0)
            status = gsc_fail(GSC_EARGUMENT,
                              "%s: was imported and cannot be continued: it has no "
                              "state of an optimizer; --init-from %s begins a run in "
                              "another folder with its weights",
                              folder, folder);
out:
    gsc_checkpoint_free(&first);
    return status;
}

/* What is in the folder decides: nothing, a run to continue, one to replace. */
static int
look_into_folder(gsc_training *t)
{
    int status = 0;
    const gsc_train_options *o = t->options;
    int64_t *steps = NULL;
    size_t num_steps = 0;
    bool found = false;
    bool guards;
    if (o->fork) /* before a folder is made, or emptied */
        GSC_TRY(gsc_training_fork(t));
    GSC_TRY(gsc_run_lock(o->folder, &t->lock, &guards));
    if (!guards)
        warn(t, "this file system has no locks: a second trainer in the same folder "
                "would not be kept out");
    GSC_TRY(gsc_run_steps(o->folder, &steps, &num_steps));
    if (o->resume) {
        GSC_TRY(gsc_training_restore(t, &found));
        if (found)
            goto out;
        if (num_steps > 0)
            GSC_TRY(refuse_import(o->folder, steps[0]));
    }
    /* A run that was killed before its first resume file is there from its beginning.
     */
    bool restarts = o->resume && num_steps <= 1 && (num_steps == 0 || steps[0] == 0);
    if (num_steps > 0 && !o->force && !restarts) {
        status = gsc_fail(GSC_EBUSY,
                          o->resume ? "%s: has files up to step %lld, but no resume.h5 "
                                      "to continue from; --force replaces them"
                                    : "%s: holds a run already (up to step %lld); "
                                      "--resume continues it, --force replaces it",
                          o->folder, (long long)steps[num_steps - 1]);
        goto out;
    }
    GSC_TRY(gsc_run_remove(o->folder));
    if (o->fork)
        GSC_TRY(gsc_training_adopt_steps(t));
out:
    free(steps);
    return status;
}

static void
close_training(gsc_training *t)
{
    gsc_run_unlock(t->lock);
    gsc_threads_close(t->threads);
    gsc_engine_close(t->train_engine);
    gsc_engine_close(t->test_engine);
    gsc_optimizer_free(&t->optimizer);
    gsc_triggers_free(&t->triggers);
    gsc_history_free(&t->history);
    gsc_online_close(&t->online);
    free(t->rows);
    gsc_sampler_free(&t->sampler);
    for (size_t i = 0; i < GSC_MAX_SPLITS; i++)
        free(t->orders[i]);
    free(t->notes);
    free(t->forked_from);
    free(t->transplanted_from);
    free(t->row);
    free(t->former_row);
    free(t->results);
    free(t->losses);
    free(t->right);
    free(t->group_sizes);
    gsc_network_free(&t->network);
    free(t->config_json);
    free(t->weights);
    free(t->next);
}

/* The last row that a finished run measured. Its index may be of before a crash. */
static int
describe_finished(gsc_training *t, gsc_train_result *result)
{
    result->end = GSC_END_BEFORE;
    result->step = t->step;
    result->row = (gsc_train_row){(double)t->step, NAN, NAN, NAN, NAN, NAN};
    const gsc_table *losses = &t->history.tables[0];
    if (losses->num_rows > 0)
        result->row = gsc_training_summary(t, losses->values + (losses->num_rows - 1) *
                                                                   losses->num_columns);
    return gsc_run_write_index(t->options->folder, t->history.tables,
                               t->history.num_tables);
}

int
gsc_train(const gsc_config *config, const gsc_train_options *options,
          gsc_train_result *result)
{
    int status = 0;
    bool began = false;
    gsc_config own = *config;
    gsc_own_files own_files = {.folder = options->folder,
                               .fork = options->fork,
                               .say = options->warn,
                               .context = options->context};
    gsc_training t = {.options = options,
                      .lock = -1,
                      .end = -1,
                      .saved_before = -1,
                      .result = result};
    *result = (gsc_train_result){.end = GSC_END_STEPS};
    if (options->resume || options->fork)
        GSC_TRY(gsc_own_files_restore(&own_files, &own));
    GSC_TRY(build(&t, &own));
    GSC_TRY(compile(&t));
    GSC_TRY(try_measures(&t));
    GSC_TRY(look_into_folder(&t));
    began = true;
    memcpy(t.next, t.weights, t.optimizer.num_weights * gsc_type_size(t.type));
    bool stopped =
        t.end == GSC_END_LOSS || t.end == GSC_END_ACCURACY || t.end == GSC_END_WHEN;
    if (stopped || (t.end >= 0 && t.step >= t.network.config.run.steps)) {
        status = describe_finished(&t, result);
        goto out;
    }
    if (t.step > t.network.config.run.steps) {
        status = gsc_fail(GSC_EARGUMENT, "steps: %lld, but the run is at step %lld",
                          (long long)t.network.config.run.steps, (long long)t.step);
        goto out;
    }
    t.end = -1;
    GSC_TRY(gsc_training_loop(&t));
out:
    if (t.history.num_tables > 0)
        gsc_summary_of_losses(&t.history.tables[0], options->patience, result);
    close_training(&t);
    gsc_own_files_close(&own_files, !began);
    return status;
}

int
gsc_train_read_fork(const char *source, gsc_config *config)
{
    int status = 0;
    char folder[GSC_PATH_BYTES];
    gsc_checkpoint before = {.step = 0};
    GSC_TRY(gsc_run_read_state(source, &before, folder));
    status = gsc_config_from_json(config, before.config);
    if (status < 0)
        status = gsc_fail_in(status, source);
out:
    gsc_checkpoint_free(&before);
    return status;
}

int
gsc_train_read_config(const char *folder, gsc_config *config, bool *found)
{
    int status = 0;
    int64_t *steps = NULL;
    size_t num_steps = 0;
    gsc_checkpoint before = {.step = 0};
    *found = false;
    if (access(folder, F_OK) != 0)
        return 0;
    GSC_TRY(gsc_run_read_resume(folder, &before, found));
    if (*found) {
        status = gsc_config_from_json(config, before.config);
        if (status < 0)
            status = gsc_fail_in(status, folder);
        goto out;
    }
    GSC_TRY(gsc_run_steps(folder, &steps, &num_steps));
    if (num_steps > 0)
        GSC_TRY(refuse_import(folder, steps[0]));
out:
    free(steps);
    gsc_checkpoint_free(&before);
    return status;
}
