/* From a configuration to a run: building, continuing, finishing. */
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/run_folder.h"
#include "grokscope/weights.h"

#include "train/base/clock.h"
#include "train/run/training.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
build(gsc_training *t, const gsc_config *config)
{
    int status = 0;
    gsc_text json = {0};
    GSC_TRY(gsc_network_init(&t->network, config));
    GSC_TRY(gsc_config_to_json(&t->network.config, &json));
    t->config_json = json.data;
    json.data = NULL;
    t->type = (gsc_type)t->network.config.run.dtype;
    GSC_TRY(gsc_task_test(&t->network.task, &t->test, &t->num_test));
    GSC_TRY(gsc_batches_init(&t->batches, t->network.task.train,
                             t->network.task.num_train,
                             (size_t)t->network.config.run.batch_size,
                             (uint64_t)t->network.config.model.seed));
    GSC_TRY(gsc_batches_arrange(&t->batches, &t->network));
    GSC_TRY(gsc_network_order(&t->network, t->test, t->num_test));
    GSC_TRY(gsc_online_open(&t->online, t->options->measures,
                            t->network.config.run.measure));
    GSC_TRY(gsc_history_init(&t->history, &t->online));
    GSC_NEW(t->rows, t->history.num_tables);
    GSC_TRY(gsc_triggers_init(&t->triggers, &t->network.config.run, &t->history));
out:
    gsc_text_free(&json);
    return status;
}

/* The weights of step 0. */
static int
start_weights(gsc_training *t)
{
    const gsc_model_config *c = &t->network.config.model;
    gsc_graph_init_weights(t->network.model.graph, (uint64_t)c->seed, t->type,
                           t->weights);
    return *c->init_from ? gsc_weights_read(t->network.model.graph, c->init_from,
                                            t->type, t->weights)
                         : 0;
}

static int
compile(gsc_training *t)
{
    int status = 0;
    size_t batch, num_weights = gsc_graph_num_weights(t->network.model.graph);
    size_t size = gsc_type_size(t->type);
    gsc_batches_at(&t->batches, 0, &batch);
    GSC_TRY(gsc_network_engine(&t->network, true, batch, &t->train_engine));
    GSC_TRY(gsc_network_engine(&t->network, false, t->network.task.num_examples,
                               &t->test_engine));
    GSC_TRY(gsc_optimizer_init(&t->optimizer, &t->network.config.optimizer,
                               t->network.model.graph, t->type));
    GSC_TRY(gsc_threads_open(&t->threads, t->options->num_threads));
    t->weights = gsc_new(num_weights, size);
    t->next = gsc_new(num_weights, size);
    if (!t->weights || !t->next) {
        status = GSC_EMEMORY;
        goto out;
    }
    GSC_TRY(start_weights(t));
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

/* What is in the folder decides: nothing, a run to continue, one to replace. */
static int
look_into_folder(gsc_training *t)
{
    int status = 0;
    const gsc_train_options *o = t->options;
    int64_t *steps = NULL;
    size_t num_steps = 0;
    bool found = false;
    GSC_TRY(gsc_run_lock(o->folder, &t->lock));
    GSC_TRY(gsc_run_steps(o->folder, &steps, &num_steps));
    if (o->resume) {
        GSC_TRY(gsc_training_restore(t, &found));
        if (found)
            goto out;
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
    gsc_batches_free(&t->batches);
    gsc_network_free(&t->network);
    free(t->test);
    free(t->config_json);
    free(t->weights);
    free(t->next);
}

/* The step of the first row at which a column reaches the learned accuracy. */
static double
learned_step(const gsc_table *history, const char *column)
{
    size_t row = gsc_table_first(history, gsc_table_column(history, column), 1,
                                 GSC_LEARNED_ACCURACY);
    return row == SIZE_MAX ? (double)NAN : history->values[row * history->num_columns];
}

/* The last row that a finished run measured. */
static void
describe_finished(gsc_training *t, gsc_train_result *result)
{
    result->end = GSC_END_BEFORE;
    result->step = t->step;
    result->row = (gsc_train_row){(double)t->step, NAN, NAN, NAN, NAN, NAN};
    const gsc_table *losses = &t->history.tables[0];
    if (losses->num_rows > 0)
        memcpy(&result->row,
               losses->values + (losses->num_rows - 1) * GSC_TRAIN_COLUMNS,
               sizeof result->row);
}

int
gsc_train(const gsc_config *config, const gsc_train_options *options,
          gsc_train_result *result)
{
    int status = 0;
    gsc_training t = {.options = options, .lock = -1, .end = -1, .result = result};
    *result = (gsc_train_result){.end = GSC_END_STEPS};
    GSC_TRY(build(&t, config));
    GSC_TRY(compile(&t));
    GSC_TRY(try_measures(&t));
    GSC_TRY(look_into_folder(&t));
    memcpy(t.next, t.weights, t.optimizer.num_weights * gsc_type_size(t.type));
    bool stopped =
        t.end == GSC_END_LOSS || t.end == GSC_END_ACCURACY || t.end == GSC_END_WHEN;
    if (stopped || (t.end >= 0 && t.step >= t.network.config.run.steps)) {
        describe_finished(&t, result);
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
    if (t.history.num_tables > 0) {
        result->memorized_step = learned_step(&t.history.tables[0], "train_accuracy");
        result->generalized_step = learned_step(&t.history.tables[0], "test_accuracy");
    }
    close_training(&t);
    return status;
}

int
gsc_train_read_config(const char *folder, gsc_config *config, bool *found)
{
    int status = 0;
    gsc_checkpoint before = {.step = 0};
    *found = false;
    if (access(folder, F_OK) != 0)
        return 0;
    GSC_TRY(gsc_run_read_resume(folder, &before, found));
    if (*found)
        GSC_TRY(gsc_config_from_json(config, before.config));
out:
    gsc_checkpoint_free(&before);
    return status;
}
