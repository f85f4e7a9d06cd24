/* What a run in training keeps in its files, and takes from them. */
#include "training.h"

#include "grokscope/clock.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/run_folder.h"
#include "grokscope/weights.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_STATE = GSC_MAX_MOMENTS + 2 };

static const char held_name[] = "stop_held_since", end_name[] = "end";

static int
write_step(gsc_training *t, gsc_table *history, int64_t step, void *weights)
{
    int status = 0;
    char path[GSC_PATH_BYTES];
    gsc_checkpoint c = {.step = step,
                        .config = t->config_json,
                        .task = t->network.task,
                        .num_tables = 1,
                        .history = history,
                        .num_notes = t->options->num_notes,
                        .provenance = (gsc_note *)t->options->provenance};
    GSC_TRY(gsc_weights_tensors(t->network.model.graph, t->type, weights, &c.params,
                                &c.num_params));
    GSC_TRY(gsc_run_step_path(t->options->folder, step, path));
    GSC_TRY(gsc_checkpoint_write(&c, path));
out:
    free(c.params);
    return status;
}

/* The history with the weights' own row as its last: a step off the log's schedule
 * (the last one, or one at which a signal came) has it in its own file alone, so that
 * a run that goes on ends with the table that it would have had uninterrupted. */
static int
with_row(const gsc_table *history, const gsc_train_row *row, gsc_table *out)
{
    int status = 0;
    *out = *history;
    out->values = NULL;
    out->room = 0;
    out->num_rows = 0;
    for (size_t i = 0; i < history->num_rows; i++)
        GSC_TRY(gsc_table_append(out, history->values + i * history->num_columns));
    GSC_TRY(gsc_table_append(out, (const double *)row));
out:
    return status;
}

int
gsc_training_save_step(gsc_training *t)
{
    int status = 0;
    gsc_table history = {.num_rows = 0};
    GSC_TRY(with_row(&t->history, &t->row, &history));
    GSC_TRY(write_step(t, &history, t->step, t->weights));
out:
    gsc_table_free(&history);
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
    gsc_tensor state[MOST_STATE];
    size_t n = 0;
    gsc_shape flat = {1, {t->optimizer.num_weights}}, scalar = {.rank = 0};
    for (size_t i = 0; i < t->optimizer.num_moments; i++)
        state[n++] = state_tensor(t->optimizer.moment_names[i], t->type, flat,
                                  t->optimizer.moments[i]);
    for (size_t i = 0; i < n; i++)
        memcpy(state[i].axes, "weights", sizeof "weights");
    state[n++] = state_tensor(held_name, GSC_FLOAT64, scalar, &t->held_since);
    state[n++] = state_tensor(end_name, GSC_FLOAT64, scalar, &t->end);
    gsc_checkpoint c = {.step = t->step,
                        .config = t->config_json,
                        .num_tables = 1,
                        .history = &t->history,
                        .task = t->network.task,
                        .num_state = n,
                        .state = state,
                        .num_notes = t->options->num_notes,
                        .provenance = (gsc_note *)t->options->provenance};
    GSC_TRY(gsc_weights_tensors(t->network.model.graph, t->type, t->weights, &c.params,
                                &c.num_params));
    GSC_TRY(gsc_run_write_resume(t->options->folder, &c));
    t->last_resume_time = gsc_seconds();
out:
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

static int
restore_state(gsc_training *t, const gsc_checkpoint *c)
{
    int status = 0;
    for (size_t i = 0; i < t->optimizer.num_moments; i++) {
        const char *name = t->optimizer.moment_names[i];
        GSC_TRY(copy_tensor(name, find_state(c, name), t->type,
                            t->optimizer.num_weights, t->optimizer.moments[i]));
    }
    GSC_TRY(copy_tensor(held_name, find_state(c, held_name), GSC_FLOAT64, 1,
                        &t->held_since));
    GSC_TRY(copy_tensor(end_name, find_state(c, end_name), GSC_FLOAT64, 1, &t->end));
    if (c->num_tables != 1 || c->history[0].num_columns != GSC_TRAIN_COLUMNS) {
        status = gsc_fail(GSC_EFORMAT, "resume.h5: not the history of this run");
        goto out;
    }
    for (size_t i = 0; i < c->history[0].num_rows; i++)
        GSC_TRY(gsc_table_append(&t->history,
                                 c->history[0].values + i * GSC_TRAIN_COLUMNS));
out:
    return status;
}

int
gsc_training_restore(gsc_training *t, bool *found)
{
    int status = 0;
    gsc_checkpoint c = {.num_params = 0};
    gsc_config before;
    GSC_TRY(gsc_run_read_resume(t->options->folder, &c, found));
    if (!*found)
        goto out;
    GSC_TRY(gsc_config_from_json(&before, c.config));
    GSC_TRY(gsc_config_continues(&t->network.config, &before));
    if (c.task.num_train != t->network.task.num_train ||
        memcmp(c.task.train, t->network.task.train,
               t->network.task.num_train * sizeof *t->network.task.train)) {
        status = gsc_fail(GSC_EARGUMENT, "split_file: no longer the order of this run");
        goto out;
    }
    status = gsc_weights_place(t->network.model.graph, &c, t->type, t->weights);
    if (status < 0) {
        status = gsc_fail_in(status, "resume.h5");
        goto out;
    }
    GSC_TRY(restore_state(t, &c));
    t->step = c.step;
out:
    gsc_checkpoint_free(&c);
    return status;
}
