/* What a run in training keeps in its files. */
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/run_folder.h"
#include "grokscope/weights.h"

#include "train/base/clock.h"
#include "train/run/schedule.h"
#include "train/run/training.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Beside the optimizer's: the end, and the weights that were measured before. */
enum { OWN_STATES = 3 };

/* A resume file holds all rows of the history: written with every checkpoint, those of
 * a long run would take more time than its steps. From so many rows on it waits for a
 * fiftieth of them to be new. */
enum { MANY_ROWS = 10000, NEW_SHARE = 50 };

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
                          .num_provenance = t->num_notes,
                          .provenance = t->notes};
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
               from->values[(row - 1) * from->num_values] > (double)t->saved_before)
            row--;
        for (; row < from->num_rows; row++)
            GSC_TRY(gsc_table_append(&out->tables[i],
                                     from->values + row * from->num_values));
        GSC_TRY(
            gsc_table_append(&out->tables[i], i == 0 ? t->row : t->online.rows[i - 1]));
    }
out:
    return status;
}

static gsc_tensor
state_tensor(const char *name, gsc_type type, gsc_shape shape, void *data)
{
    gsc_tensor tensor = {.type = type, .shape = shape, .data = data};
    snprintf(tensor.name, sizeof tensor.name, "%s", name);
    return tensor;
}

/* The optimizer's state and the run's own, in borrowed memory but for *state, and
 * *step, which it refers to. */
static int
describe_state(gsc_training *t, gsc_checkpoint *c, double *step)
{
    int status = 0;
    size_t n = t->optimizer.num_states;
    gsc_shape flat = {1, {t->optimizer.num_weights}}, scalar = {.rank = 0};
    int64_t step_of_before = -1;
    const double *before = gsc_online_before(&t->online, t->step, &step_of_before);
    GSC_NEW(c->state, n + OWN_STATES);
    memcpy(c->state, t->optimizer.states, n * sizeof *c->state);
    c->state[n++] = state_tensor(gsc_state_end, GSC_FLOAT64, scalar, &t->end);
    *step = (double)step_of_before;
    if (before) {
        c->state[n++] =
            state_tensor(gsc_state_before, GSC_FLOAT64, flat, (void *)before);
        c->state[n++] = state_tensor(gsc_state_step_before, GSC_FLOAT64, scalar, step);
    }
    c->num_state = n;
out:
    return status;
}

bool
gsc_training_keeps_state(const gsc_training *t)
{
    const char *schedule = t->network.config.run.save_state;
    return *schedule && gsc_schedule_due(schedule, t->step);
}

/* The status of a write: one that failed because the folder was removed or replaced
 * meanwhile says so. */
static int
written(const gsc_training *t, int status)
{
    int lost = status == GSC_EIO ? gsc_run_check_lock(t->options->folder, t->lock) : 0;
    return lost < 0 ? lost : status;
}

int
gsc_training_save_step(gsc_training *t, bool with_state)
{
    int status = 0;
    char path[GSC_PATH_BYTES];
    double step;
    gsc_history history = {.num_tables = 0};
    gsc_checkpoint c = {.num_params = 0};
    GSC_TRY(gsc_run_check_lock(t->options->folder, t->lock));
    GSC_TRY(recent_rows(t, &history));
    GSC_TRY(describe(t, &history, &c));
    if (with_state)
        GSC_TRY(describe_state(t, &c, &step));
    c.history_since = t->saved_before;
    GSC_TRY(gsc_run_step_path(t->options->folder, t->step, path));
    GSC_TRY(written(t, gsc_checkpoint_write(&c, path)));
out:
    gsc_history_free(&history);
    free(c.state);
    free(c.params);
    return status;
}

int
gsc_training_save_resume(gsc_training *t)
{
    int status = 0;
    double step;
    gsc_checkpoint c = {.num_params = 0};
    GSC_TRY(gsc_run_check_lock(t->options->folder, t->lock));
    GSC_TRY(describe(t, &t->history, &c));
    GSC_TRY(describe_state(t, &c, &step));
    GSC_TRY(written(t, gsc_run_write_resume(t->options->folder, &c)));
    t->last_resume_time = gsc_seconds();
    t->rows_to_resume = t->history.tables[0].num_rows;
out:
    free(c.state);
    free(c.params);
    return status;
}

static bool
resume_is_due(const gsc_training *t)
{
    size_t rows = t->history.tables[0].num_rows;
    return rows < MANY_ROWS || (rows - t->rows_to_resume) * NEW_SHARE >= rows;
}

int
gsc_training_save(gsc_training *t, bool may_end)
{
    int status = 0;
    double begin = gsc_seconds();
    GSC_TRY(gsc_training_save_step(t, gsc_training_keeps_state(t)));
    if (may_end || resume_is_due(t))
        GSC_TRY(gsc_training_save_resume(t));
    t->result->save_seconds += gsc_seconds() - begin;
out:
    return status;
}
