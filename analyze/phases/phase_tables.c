/* Phase diagrams as tables. */
#include "analyze/phases/phase_tables.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/method/critical_size.h"
#include "analyze/sweep/tables/arms.h"
#include "analyze/tool/loss_history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const gsc_phase_table_names[] = {"runs", "cells", "critical", NULL};

static const gsc_column run_columns[] = {
    {"regime", GSC_CELL_TEXT, false, "by --rule; empty: not done, or nothing measured",
     false},
    {"code", GSC_CELL_REAL, false, "its number in the rule, from 0", false},
    {"memorized_step", GSC_CELL_REAL, false,
     "first step with --accuracy of the training examples right; nan: never", false},
    {"generalized_step", GSC_CELL_REAL, false,
     "first step with --accuracy of the test examples right; nan: never", false},
    {"delay", GSC_CELL_REAL, false,
     "generalized_step over memorized_step; inf: it memorised and never generalised; "
     "nan: it never memorised, or knew all from step 0 on",
     false},
    {"train_accuracy", GSC_CELL_REAL, false, "train accuracy of the last row", false},
    {"test_accuracy", GSC_CELL_REAL, false, "test accuracy of the last row", false},
    {"first_test_accuracy", GSC_CELL_REAL, false, "test accuracy of the first row",
     false}};

static const gsc_column cell_columns[] = {
    {"regime", GSC_CELL_TEXT, false, "that of most of the cell's runs", false},
    {"agreeing", GSC_CELL_INTEGER, false, "runs that have it", false},
    {"runs", GSC_CELL_INTEGER, false,
     "runs that are done; a column of each regime's number follows", false}};

static const gsc_column critical_columns[] = {
    {"runs", GSC_CELL_INTEGER, false, "runs that are done", false},
    {"critical", GSC_CELL_REAL, false,
     "size at which a sigmoid in its logarithm has half of the test examples right; "
     "nan: "
     "not between these sizes",
     false},
    {"low", GSC_CELL_REAL, false,
     "lower end of its interval of 95 %, from drawing seeds again; nan: one seed",
     false},
    {"high", GSC_CELL_REAL, false, "upper end", false},
    {"sharpness", GSC_CELL_REAL, false, "s of 1 / (1 + (critical / size)^s)", false},
    {"error", GSC_CELL_REAL, false, "root mean square distance of the runs to it",
     false}};

#define COUNT(columns) (sizeof(columns) / sizeof *(columns))

const gsc_sweep_columns gsc_phase_columns[GSC_NUM_PHASE_TABLES] = {
    [GSC_PHASE_RUNS] = {run_columns, COUNT(run_columns)},
    [GSC_PHASE_CELLS] = {cell_columns, COUNT(cell_columns)},
    [GSC_PHASE_CRITICAL] = {critical_columns, COUNT(critical_columns)}};

/* ---- Runs ---- */

static int
init_runs(gsc_sweep_table *self, const gsc_phase_runs *runs)
{
    int status = 0;
    const gsc_sweep_plan *plan = &runs->plan;
    GSC_NEW(self->columns, 1 + plan->num_names + COUNT(run_columns));
    self->columns[self->num_columns++] =
        (gsc_column){"run", GSC_CELL_TEXT, true, "its folder", false};
    for (size_t n = 0; n < plan->num_names; n++)
        self->columns[self->num_columns++] =
            (gsc_column){plan->names[n], gsc_sweep_kind_of(plan, n), false,
                         "a varied option", false};
    memcpy(self->columns + self->num_columns, run_columns, sizeof run_columns);
    self->num_columns += COUNT(run_columns);
    gsc_rows_init(&self->rows, self->columns, self->num_columns);
out:
    return status;
}

static int
add_run(gsc_rows *rows, const gsc_phase_runs *runs, size_t i)
{
    int status = 0;
    const gsc_phase_run *run = &runs->runs[i];
    bool has = run->regime < runs->rule->num_regimes;
    GSC_TRY(gsc_rows_text(rows, run->path));
    for (size_t n = 0; n < runs->plan.num_names; n++)
        GSC_TRY(gsc_sweep_add_value(rows, runs->plan.runs[i].values[n]));
    GSC_TRY(gsc_rows_text(rows, has ? runs->rule->regimes[run->regime].name : ""));
    GSC_TRY(GSC_ROWS_REALS(rows, has ? (double)run->regime : (double)NAN,
                           run->memorized, run->generalized,
                           gsc_loss_history_delay(run->memorized, run->generalized),
                           run->train, run->test, run->first_test));
out:
    return status;
}

/* ---- Cells ---- */

static size_t
add_axis(gsc_column *columns, const gsc_sweep_plan *plan, const gsc_phase_axis *axis)
{
    if (axis->option == SIZE_MAX)
        return 0;
    *columns =
        (gsc_column){plan->names[axis->option], gsc_sweep_kind_of(plan, axis->option),
                     true, "a varied option", false};
    return 1;
}

static int
init_cells(gsc_sweep_table *self, const gsc_phase_runs *runs,
           const gsc_phase_grid *grid)
{
    int status = 0;
    GSC_NEW(self->columns, 2 + COUNT(cell_columns) + grid->num_regimes);
    self->num_columns = add_axis(self->columns, &runs->plan, &grid->y);
    self->num_columns +=
        add_axis(self->columns + self->num_columns, &runs->plan, &grid->x);
    memcpy(self->columns + self->num_columns, cell_columns, sizeof cell_columns);
    self->num_columns += COUNT(cell_columns);
    for (size_t k = 0; k < grid->num_regimes; k++)
        self->columns[self->num_columns++] =
            (gsc_column){runs->rule->regimes[k].name, GSC_CELL_INTEGER, false,
                         runs->rule->regimes[k].meaning, false};
    gsc_rows_init(&self->rows, self->columns, self->num_columns);
out:
    return status;
}

static int
add_cell(gsc_rows *rows, const gsc_phase_runs *runs, const gsc_phase_grid *grid,
         size_t cell)
{
    int status = 0;
    const gsc_phase_cell c = gsc_phase_grid_cell(grid, cell);
    if (grid->y.option != SIZE_MAX)
        GSC_TRY(gsc_sweep_add_value(rows, grid->y.values[cell / grid->x.count]));
    if (grid->x.option != SIZE_MAX)
        GSC_TRY(gsc_sweep_add_value(rows, grid->x.values[cell % grid->x.count]));
    GSC_TRY(gsc_rows_text(rows, c.runs > 0 ? runs->rule->regimes[c.regime].name : ""));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)c.agreeing));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)c.runs));
    for (size_t k = 0; k < grid->num_regimes; k++)
        GSC_TRY(gsc_rows_integer(
            rows, (int64_t)grid->counts[cell * (grid->num_regimes + 1) + k]));
out:
    return status;
}

/* ---- Critical sizes ---- */

/* What makes an arm of a critical size: all but the size, what changes with it, and the
 * seeds. */
static void
choose_others(gsc_arm_options *others, const gsc_sweep_plan *plan, size_t size)
{
    others->count = 0;
    for (size_t n = 0; n < plan->num_names; n++)
        if (!gsc_arm_is_seed(plan->names[n]) && !gsc_arm_is_tied(plan, n, size))
            others->options[others->count++] = n;
}

static int
init_critical(gsc_sweep_table *self, const gsc_phase_runs *runs,
              const gsc_arm_options *others)
{
    int status = 0;
    GSC_NEW(self->columns, others->count + COUNT(critical_columns));
    gsc_arm_columns(others, &runs->plan, self->columns);
    memcpy(self->columns + others->count, critical_columns, sizeof critical_columns);
    self->num_columns = others->count + COUNT(critical_columns);
    gsc_rows_init(&self->rows, self->columns, self->num_columns);
out:
    return status;
}

/* The number of a run's seed among those that came before: runs of one seed (and
 * data_seed) share it. */
static size_t
seed_of(const gsc_sweep_plan *plan, const gsc_arm_options *seeds, size_t run,
        size_t *firsts, size_t *num_seeds)
{
    for (size_t k = 0; k < *num_seeds; k++)
        if (gsc_arm_is_same(seeds, plan, firsts[k], run))
            return k;
    firsts[*num_seeds] = run;
    return (*num_seeds)++;
}

/* The runs of the arm that run `first` is of. */
static int
take_arm(const gsc_phase_runs *runs, const gsc_arm_options *others, size_t size,
         size_t first, gsc_sized_run *taken, size_t *count)
{
    int status = 0;
    const gsc_sweep_plan *plan = &runs->plan;
    size_t num_seeds = 0, *firsts = NULL;
    gsc_arm_options seeds = {.count = 0};
    for (size_t n = 0; n < plan->num_names; n++)
        if (gsc_arm_is_seed(plan->names[n]))
            seeds.options[seeds.count++] = n;
    GSC_NEW(firsts, plan->num_runs);
    *count = 0;
    for (size_t i = first; i < plan->num_runs; i++) {
        gsc_sized_run *run = &taken[*count];
        const char *value = plan->runs[i].values[size];
        if (!gsc_arm_is_same(others, plan, first, i) || isnan(runs->runs[i].test))
            continue;
        if (gsc_text_to_real(value, &run->size) < 0 || !(run->size > 0))
            GSC_TRY(
                gsc_fail(GSC_EARGUMENT,
                         "--x %s: '%s' is no size above 0; a critical size is asked "
                         "of numbers",
                         plan->names[size], value));
        run->accuracy = runs->runs[i].test;
        run->seed = seed_of(plan, &seeds, i, firsts, &num_seeds);
        ++*count;
    }
out:
    free(firsts);
    return status;
}

static int
add_critical(gsc_sweep_table *self, const gsc_phase_runs *runs, size_t size,
             const gsc_arm_options *others)
{
    int status = 0;
    gsc_sized_run *taken = NULL;
    GSC_NEW(taken, runs->plan.num_runs);
    for (size_t i = 0; i < runs->plan.num_runs; i++) {
        size_t count = 0;
        gsc_critical_size c;
        if (gsc_arm_first(others, &runs->plan, i) < i)
            continue;
        GSC_TRY(take_arm(runs, others, size, i, taken, &count));
        GSC_TRY(gsc_critical_size_of(taken, count, &c));
        GSC_TRY(gsc_arm_add_values(others, &runs->plan, i, &self->rows));
        GSC_TRY(gsc_rows_integer(&self->rows, (int64_t)count));
        GSC_TRY(
            GSC_ROWS_REALS(&self->rows, c.size, c.low, c.high, c.sharpness, c.error));
    }
out:
    free(taken);
    return status;
}

static int
fill_critical(gsc_sweep_table *self, const gsc_phase_runs *runs,
              const gsc_phase_grid *grid)
{
    int status = 0;
    gsc_arm_options others;
    if (grid->x.option == SIZE_MAX)
        return gsc_fail(GSC_EARGUMENT,
                        "--table critical: nothing was varied but seeds; --x names the "
                        "option that is the size");
    choose_others(&others, &runs->plan, grid->x.option);
    GSC_TRY(init_critical(self, runs, &others));
    GSC_TRY(add_critical(self, runs, grid->x.option, &others));
out:
    return status;
}

/* ---- Any of them ---- */

static int
fill_runs(gsc_sweep_table *self, const gsc_phase_runs *runs)
{
    int status = 0;
    GSC_TRY(init_runs(self, runs));
    for (size_t i = 0; i < runs->plan.num_runs; i++)
        GSC_TRY(add_run(&self->rows, runs, i));
out:
    return status;
}

static int
fill_cells(gsc_sweep_table *self, const gsc_phase_runs *runs,
           const gsc_phase_grid *grid)
{
    int status = 0;
    GSC_TRY(init_cells(self, runs, grid));
    for (size_t cell = 0; cell < grid->x.count * grid->y.count; cell++)
        GSC_TRY(add_cell(&self->rows, runs, grid, cell));
out:
    return status;
}

int
gsc_phase_table_init(gsc_sweep_table *self, gsc_phase_table which,
                     const gsc_phase_runs *runs, const gsc_phase_grid *grid)
{
    *self = (gsc_sweep_table){.columns = NULL};
    return which == GSC_PHASE_RUNS    ? fill_runs(self, runs)
           : which == GSC_PHASE_CELLS ? fill_cells(self, runs, grid)
                                      : fill_critical(self, runs, grid);
}
