/* What a run in training keeps in its files, and takes from them. */
#include "grokscope/binary_table.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/run_folder.h"
#include "grokscope/weights.h"

#include "train/base/clock.h"
#include "train/run/provenance.h"
#include "train/run/schedule.h"
#include "train/run/training.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Beside the optimizer's: the end, and the weights that were measured before. */
enum { OWN_STATES = 3 };

static const char end_name[] = "end";
static const char before_name[] = "measured_before", before_step[] = "step_before";

/* What all files of the run say of its present step. */
static int
describe(const gsc_training *t, const gsc_history *history, gsc_checkpoint *c)
{
    *c = (gsc_checkpoint){.step = t->step,
                          .config = t->config_json,
                          .dataset = t->network.dataset,
                          .facets = t->network.facets,
                          .history_since = -1,
                          .num_tables = history->num_tables,
                          .history = history->tables,
                          .num_provenance = t->options->num_provenance,
                          .provenance = (gsc_provenance_item *)t->options->provenance};
    return gsc_weights_tensors(t->network.model.graph, t->type, t->weights, &c->params,
                               &c->num_params);
}

/* The rows of the history since the scheduled step before, with the weights' own as its
 * last: a step off the schedule (the last one, or one at which a signal came) has them
 * only in its own file, so that a run that goes on ends with the tables that it would
 * have had uninterrupted. */
static int
recent_rows(const gsc_training *t, gsc_history *out)
{
    int status = 0;
    GSC_TRY(gsc_history_init(out, &t->network.dataset, &t->online));
    for (size_t i = 0; i < out->num_tables; i++) {
        const gsc_table *from = &t->history.tables[i];
        size_t row = from->num_rows;
        while (row > 0 &&
               from->values[(row - 1) * from->num_columns] > (double)t->saved_before)
            row--;
        for (; row < from->num_rows; row++)
            GSC_TRY(gsc_table_append(&out->tables[i],
                                     from->values + row * from->num_columns));
        GSC_TRY(
            gsc_table_append(&out->tables[i], i == 0 ? t->row : t->online.rows[i - 1]));
    }
out:
    return status;
}

int
gsc_training_save_step(gsc_training *t)
{
    int status = 0;
    char path[GSC_PATH_BYTES];
    gsc_history history = {.num_tables = 0};
    gsc_checkpoint c = {.num_params = 0};
    GSC_TRY(gsc_run_check_lock(t->options->folder, t->lock));
    GSC_TRY(recent_rows(t, &history));
    GSC_TRY(describe(t, &history, &c));
    c.history_since = t->saved_before;
    GSC_TRY(gsc_run_step_path(t->options->folder, t->step, path));
    GSC_TRY(gsc_checkpoint_write(&c, path));
out:
    gsc_history_free(&history);
    free(c.params);
    return status;
}

static gsc_tensor
state_tensor(const char *name, gsc_type type, gsc_shape shape, void *data)
{
    gsc_tensor tensor = {.type = type, .shape = shape, .data = data};
    snprintf(tensor.name, sizeof tensor.name, "%s", name);
    return tensor;
}

int
gsc_training_save_resume(gsc_training *t)
{
    int status = 0;
    gsc_tensor *state = NULL;
    gsc_checkpoint c = {.num_params = 0};
    size_t n = t->optimizer.num_states;
    gsc_shape flat = {1, {t->optimizer.num_weights}}, scalar = {.rank = 0};
    GSC_TRY(gsc_run_check_lock(t->options->folder, t->lock));
    GSC_NEW(state, n + OWN_STATES);
    memcpy(state, t->optimizer.states, n * sizeof *state);
    state[n++] = state_tensor(end_name, GSC_FLOAT64, scalar, &t->end);
    int64_t step_of_before = -1;
    const double *before = gsc_online_before(&t->online, t->step, &step_of_before);
    double step = (double)step_of_before;
    if (before) {
        state[n++] = state_tensor(before_name, GSC_FLOAT64, flat, (void *)before);
        state[n++] = state_tensor(before_step, GSC_FLOAT64, scalar, &step);
    }
    GSC_TRY(describe(t, &t->history, &c));
    c.num_state = n;
    c.state = state;
    GSC_TRY(gsc_run_write_resume(t->options->folder, &c));
    t->last_resume_time = gsc_seconds();
out:
    free(state);
    free(c.params);
    return status;
}

int
gsc_training_save(gsc_training *t)
{
    int status = 0;
    double begin = gsc_seconds();
    GSC_TRY(gsc_training_save_step(t));
    GSC_TRY(gsc_training_save_resume(t));
    t->result->save_seconds += gsc_seconds() - begin;
out:
    return status;
}

/* ---- Back ---- */

static int
copy_tensor(const char *name, const gsc_tensor *from, gsc_type type, size_t count,
            void *to)
{
    if (!from || from->type != type || gsc_shape_count(from->shape) != count)
        return gsc_fail(GSC_EFORMAT, "resume.h5: %s is %s", name,
                        from ? "of another size or type than the run's" : "missing");
    memcpy(to, from->data, count * gsc_type_size(type));
    return 0;
}

static const gsc_tensor *
find_state(const gsc_checkpoint *c, const char *name)
{
    for (size_t i = 0; i < c->num_state; i++)
        if (strcmp(c->state[i].name, name) == 0)
            return &c->state[i];
    return NULL;
}

/* What the measures know of the run: how it began, and the step before this one. */
static int
restore_online(gsc_training *t, const gsc_checkpoint *c)
{
    int status = 0;
    char first[GSC_PATH_BYTES];
    const gsc_tensor *before = find_state(c, before_name);
    double step;
    if (t->online.count == 0)
        return 0;
    GSC_TRY(gsc_run_step_path(t->options->folder, 0, first));
    GSC_TRY(gsc_weights_read(t->network.model.graph, first, t->type, t->next));
    GSC_TRY(gsc_online_begin(&t->online, &t->network, t->config_json, t->next));
    if (!before)
        return 0;
    GSC_TRY(
        copy_tensor(before_step, find_state(c, before_step), GSC_FLOAT64, 1, &step));
    if (before->type != GSC_FLOAT64 ||
        gsc_shape_count(before->shape) != t->optimizer.num_weights)
        return gsc_fail(GSC_EFORMAT, "resume.h5: %s is of another size or type",
                        before_name);
    GSC_TRY(gsc_online_restore(&t->online, (int64_t)step, before->data));
out:
    return status;
}

static int
restore_state(gsc_training *t, const gsc_checkpoint *c)
{
    int status = 0;
    status = gsc_optimizer_restore(&t->optimizer, c->state, c->num_state);
    if (status < 0)
        return gsc_fail_in(status, "resume.h5");
    GSC_TRY(copy_tensor(end_name, find_state(c, end_name), GSC_FLOAT64, 1, &t->end));
    status = gsc_history_restore(&t->history, c->history, c->num_tables);
    if (status < 0)
        return gsc_fail_in(status, "resume.h5");
    GSC_TRY(gsc_triggers_replay(&t->triggers, &t->history, c->step));
out:
    return status;
}

/* A split may come from a file, which may be another by now. */
static int
check_split(const gsc_training *t, const gsc_checkpoint *c)
{
    const gsc_split *had = gsc_dataset_split(&c->dataset, "train");
    const gsc_split *has = gsc_dataset_split(&t->network.dataset, "train");
    bool same = (had != NULL) == (has != NULL);
    if (had && has)
        same =
            had->count == has->count &&
            memcmp(had->indices, has->indices, has->count * sizeof *has->indices) == 0;
    return same
               ? 0
               : gsc_fail(GSC_EARGUMENT, "split_file: no longer the order of this run");
}

/* And so may its group. */
static int
check_group(const gsc_training *t, const gsc_checkpoint *c)
{
    int status = 0;
    gsc_binary_table had, has;
    bool found, finds;
    GSC_TRY(gsc_binary_table_read(&c->facets, &had, &found));
    GSC_TRY(gsc_binary_table_read(&t->network.facets, &has, &finds));
    if (found && finds && had.group_table && has.group_table &&
        (had.n != has.n || memcmp(had.group_table, has.group_table,
                                  had.n * had.n * sizeof *had.group_table) != 0))
        status = gsc_fail(GSC_EARGUMENT, "group_file: no longer the group of this run");
out:
    return status;
}

/* So may the files that fields lie in: with other examples the run would go on as
 * another one. */
static int
check_sources(const gsc_training *t, const gsc_checkpoint *c)
{
    const gsc_dataset *had = &c->dataset, *has = &t->network.dataset;
    for (size_t i = 0; i < had->num_fields && i < has->num_fields; i++)
        if (strcmp(had->sources[i].sha256, has->sources[i].sha256) != 0)
            return gsc_fail(GSC_EFORMAT,
                            "/data/%s: %s is another file now: its SHA-256 is %.12s…, "
                            "but this run began with %.12s…; put that file back",
                            had->fields[i].name, has->sources[i].path,
                            has->sources[i].sha256, had->sources[i].sha256);
    return 0;
}

/* The scheduled step before the one that the run is at, or -1. */
static int64_t
scheduled_before(const gsc_training *t)
{
    int64_t step = t->step - 1;
    while (step >= 0 && !gsc_schedule_due(t->network.config.run.checkpoints, step))
        step--;
    return step;
}

/* The same bits come only from the same build, libraries and instruction set. */
static int
warn_of_changes(const gsc_training *t, const gsc_checkpoint *c)
{
    int status = 0;
    const gsc_train_options *o = t->options;
    gsc_text changes = {0}, warning = {0};
    GSC_TRY(gsc_provenance_add_changes(c->provenance, c->num_provenance, o->provenance,
                                       o->num_provenance, &changes));
    if (changes.length == 0 || !o->warn)
        goto out;
    GSC_TRY(gsc_text_add(&warning,
                         "goes on from step %lld, but not bit for bit as it would have "
                         "where it began: %s",
                         (long long)c->step, changes.data));
    o->warn(o->context, warning.data);
out:
    gsc_text_free(&changes);
    gsc_text_free(&warning);
    return status;
}

int
gsc_training_restore(gsc_training *t, bool *found)
{
    int status = 0;
    gsc_checkpoint c = {.num_params = 0};
    gsc_config before = {.registry = t->network.config.registry};
    GSC_TRY(gsc_run_read_resume(t->options->folder, &c, found));
    if (!*found)
        goto out;
    GSC_TRY(gsc_config_from_json(&before, c.config));
    GSC_TRY(gsc_config_continues(&t->network.config, &before));
    GSC_TRY(check_split(t, &c));
    GSC_TRY(check_group(t, &c));
    GSC_TRY(check_sources(t, &c));
    status = gsc_weights_place(t->network.model.graph, &c, t->type, t->weights);
    if (status < 0) {
        status = gsc_fail_in(status, "resume.h5");
        goto out;
    }
    GSC_TRY(restore_state(t, &c));
    GSC_TRY(restore_online(t, &c));
    GSC_TRY(warn_of_changes(t, &c));
    t->step = c.step;
    t->saved_before = scheduled_before(t);
    /* A run that a condition ended goes on where others are asked for: they are judged
     * anew at this step. */
    if (t->end > GSC_END_STEPS && !gsc_config_stops_alike(&t->network.config, &before))
        t->end = -1;
out:
    gsc_checkpoint_free(&c);
    return status;
}
