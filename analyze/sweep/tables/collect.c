/* The table of a sweep. */
#include "analyze/sweep/tables/collect.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/sweep/sweep_state.h"
#include "analyze/tool/loss_history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const gsc_column status_columns[] = {
    {"state", GSC_CELL_TEXT, false, "waiting, running, stopped, failed or done",
     false}};

static const gsc_column collect_columns[] = {
    {"state", GSC_CELL_TEXT, false, "waiting, running, stopped, failed or done", false},
    {"step", GSC_CELL_REAL, false, "last step in its history", false},
    {"memorized_step", GSC_CELL_REAL, false,
     "first step with --accuracy of the training examples right; nan: never", false},
    {"generalized_step", GSC_CELL_REAL, false,
     "first step with --accuracy of the test examples right; nan: never", false},
    {"sustained_step", GSC_CELL_REAL, false,
     "first step from which on six measured rows in a row have that", false},
    {"delay", GSC_CELL_REAL, false,
     "generalized_step over memorized_step; inf: it memorised and never generalised; "
     "nan: it never memorised, or knew all from step 0 on",
     false},
    {"train_loss", GSC_CELL_REAL, false, "train loss of the last row", false},
    {"train_accuracy", GSC_CELL_REAL, false, "train accuracy of the last row", false},
    {"test_loss", GSC_CELL_REAL, false, "test loss of the last row", false},
    {"test_accuracy", GSC_CELL_REAL, false, "test accuracy of the last row", false},
    {"test_loss_best", GSC_CELL_REAL, false, "lowest test loss of the run", false},
    {"test_best_step", GSC_CELL_REAL, false, "step of that", false},
    {"first_norm", GSC_CELL_REAL, false, "length of all trained weights at first",
     false},
    {"norm", GSC_CELL_REAL, false, "the same in the last row", false}};

enum { NUM_COLLECTED = sizeof collect_columns / sizeof *collect_columns - 1 };

const gsc_sweep_columns gsc_status_columns = {
    status_columns, sizeof status_columns / sizeof *status_columns};
const gsc_sweep_columns gsc_collect_columns = {
    collect_columns, sizeof collect_columns / sizeof *collect_columns};

/* ---- Columns ---- */

gsc_cell_kind
gsc_sweep_kind_of(const gsc_sweep_plan *plan, size_t name)
{
    bool whole = true;
    for (size_t i = 0; i < plan->num_runs; i++) {
        int64_t integer;
        double real;
        const char *value = plan->runs[i].values[name];
        whole = whole && gsc_text_to_integer(value, &integer) == 0;
        if (!whole && gsc_text_to_real(value, &real) < 0)
            return GSC_CELL_TEXT;
    }
    return whole ? GSC_CELL_INTEGER : GSC_CELL_REAL;
}

/* run, the varied options, what a table says, and measures. */
static int
init_columns(gsc_sweep_table *self, const gsc_sweep_plan *plan,
             const gsc_sweep_columns *own)
{
    int status = 0;
    const gsc_sweep_measures *m = &self->measures;
    size_t at = 0;
    GSC_NEW(self->columns, 1 + plan->num_names + own->count + m->num_columns);
    self->columns[at++] = (gsc_column){"run", GSC_CELL_TEXT, true, "its name", false};
    for (size_t n = 0; n < plan->num_names; n++)
        self->columns[at++] = (gsc_column){plan->names[n], gsc_sweep_kind_of(plan, n),
                                           false, "a varied option", false};
    memcpy(self->columns + at, own->columns, own->count * sizeof *own->columns);
    at += own->count;
    for (size_t i = 0; i < m->num_columns; i++)
        self->columns[at++] = m->columns[i];
    self->num_columns = at;
    gsc_rows_init(&self->rows, self->columns, self->num_columns);
out:
    return status;
}

void
gsc_sweep_table_free(gsc_sweep_table *self)
{
    gsc_rows_free(&self->rows);
    gsc_sweep_measures_free(&self->measures);
    gsc_sweep_curves_free(&self->curves);
    free(self->columns);
    *self = (gsc_sweep_table){.columns = NULL};
}

/* ---- Rows ---- */

int
gsc_sweep_add_value(gsc_rows *rows, const char *value)
{
    gsc_cell_kind kind = rows->columns[rows->num_cells % rows->num_columns].kind;
    int64_t integer = 0;
    double real = 0;
    if (kind == GSC_CELL_TEXT)
        return gsc_rows_text(rows, value);
    if (kind == GSC_CELL_INTEGER)
        return gsc_text_to_integer(value, &integer) < 0
                   ? GSC_EFORMAT
                   : gsc_rows_integer(rows, integer);
    return gsc_text_to_real(value, &real) < 0 ? GSC_EFORMAT : gsc_rows_real(rows, real);
}

/* The cells that all tables begin with, and the state. */
static int
begin_row(gsc_sweep_table *self, const gsc_sweep_plan *plan, const gsc_planned_run *run,
          const char *folder, gsc_sweep_paths *paths)
{
    int status = 0;
    GSC_TRY(gsc_sweep_paths_init(paths, folder, run->id));
    GSC_TRY(gsc_rows_text(&self->rows, run->id));
    for (size_t n = 0; n < plan->num_names; n++)
        GSC_TRY(gsc_sweep_add_value(&self->rows, run->values[n]));
    GSC_TRY(
        gsc_rows_text(&self->rows, gsc_sweep_state_names[gsc_sweep_state_of(paths)]));
out:
    return status;
}

int
gsc_sweep_states(gsc_sweep_table *self, const gsc_sweep_plan *plan, const char *folder)
{
    int status = 0;
    gsc_sweep_paths paths;
    *self = (gsc_sweep_table){.columns = NULL};
    GSC_TRY(init_columns(self, plan, &gsc_status_columns));
    for (size_t i = 0; i < plan->num_runs; i++)
        GSC_TRY(begin_row(self, plan, &plan->runs[i], folder, &paths));
out:
    return status;
}

static int
add_history(gsc_rows *rows, const gsc_table *t, double accuracy)
{
    double best_step;
    double memorized = gsc_loss_history_reaches(t, "train_accuracy", accuracy);
    double generalized = gsc_loss_history_reaches(t, "test_accuracy", accuracy);
    double best = gsc_loss_history_lowest(t, "test_loss", &best_step);
    return GSC_ROWS_REALS(rows, gsc_loss_history_last(t, "step"), memorized,
                          generalized,
                          gsc_loss_history_sustains(t, "test_accuracy", accuracy),
                          gsc_loss_history_delay(memorized, generalized),
                          gsc_loss_history_last(t, "train_loss"),
                          gsc_loss_history_last(t, "train_accuracy"),
                          gsc_loss_history_last(t, "test_loss"),
                          gsc_loss_history_last(t, "test_accuracy"), best, best_step,
                          sqrt(gsc_loss_history_first(t, "sum_squared_weights")),
                          sqrt(gsc_loss_history_last(t, "sum_squared_weights")));
}

static int
add_run(gsc_sweep_table *self, const char *run, const gsc_collect_request *request)
{
    int status = 0;
    double none[NUM_COLLECTED];
    const gsc_table *table;
    gsc_checkpoint c;
    for (size_t i = 0; i < NUM_COLLECTED; i++)
        none[i] = NAN;
    GSC_TRY(gsc_loss_history_read(&c, run, &table));
    GSC_TRY(table ? add_history(&self->rows, table, request->accuracy)
                  : gsc_rows_reals(&self->rows, none, NUM_COLLECTED));
    if (request->with_curves)
        GSC_TRY(gsc_sweep_curves_add(&self->curves, table));
out:
    gsc_checkpoint_free(&c);
    return status;
}

static int
add_runs(gsc_sweep_table *self, const gsc_collect_request *request)
{
    int status = 0;
    gsc_sweep_paths paths;
    const gsc_sweep_plan *plan = request->plan;
    for (size_t i = 0; i < plan->num_runs; i++) {
        GSC_TRY(begin_row(self, plan, &plan->runs[i], request->folder, &paths));
        GSC_TRY(add_run(self, paths.run, request));
        GSC_TRY(gsc_sweep_measures_add(&self->measures, i, &self->rows));
        request->show(request->context, i + 1, plan->num_runs);
    }
out:
    return status;
}

static int
add_curves(gsc_sweep_table *self)
{
    int status = gsc_sweep_curves_finish(&self->curves);
    self->rows.group = "curves";
    self->rows.matrices = self->curves.matrices;
    self->rows.num_matrices = 1 + GSC_NUM_CURVES;
    return status;
}

int
gsc_sweep_collect(gsc_sweep_table *self, const gsc_collect_request *request)
{
    int status = 0;
    const gsc_measured_runs_options how = {.threads = request->threads,
                                           .show = request->show,
                                           .context = request->context};
    *self = (gsc_sweep_table){.columns = NULL};
    gsc_sweep_curves_init(&self->curves);
    GSC_TRY(gsc_sweep_measures_init(&self->measures, request->measures, request->plan,
                                    request->folder, &how));
    GSC_TRY(init_columns(self, request->plan, &gsc_collect_columns));
    GSC_TRY(
        gsc_answer_check_columns(request->answer, self->columns, self->num_columns));
    GSC_TRY(add_runs(self, request));
    if (request->with_curves)
        GSC_TRY(add_curves(self));
out:
    return status;
}
