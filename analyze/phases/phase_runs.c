/* The runs of a phase diagram. */
#include "analyze/phases/phase_runs.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/run_folder.h"

#include "analyze/sweep/begin.h"
#include "analyze/sweep/sweep_state.h"
#include "analyze/tool/loss_history.h"
#include "analyze/tool/run_option.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- What came of one ---- */

/* The columns of a history as arrays: step, train and test accuracy; NaN where a column
 * is not there. */
static int
take_series(const gsc_table *t, gsc_accuracy_series *series, double **values)
{
    int status = 0;
    static const char *const names[] = {"step", "train_accuracy", "test_accuracy"};
    GSC_NEW(*values, 3 * t->num_rows);
    for (size_t k = 0; k < 3; k++) {
        size_t column = gsc_table_column(t, names[k]);
        for (size_t i = 0; i < t->num_rows; i++)
            (*values)[k * t->num_rows + i] =
                column == SIZE_MAX ? (double)NAN
                                   : t->values[i * t->num_values + column];
    }
    *series = (gsc_accuracy_series){*values, *values + t->num_rows,
                                    *values + 2 * t->num_rows, t->num_rows};
out:
    return status;
}

static int
judge_table(const gsc_phase_runs *self, const gsc_table *t, gsc_phase_run *run)
{
    int status = 0;
    double *values = NULL;
    gsc_accuracy_series series;
    const double known = self->thresholds.accuracy;
    GSC_TRY(take_series(t, &series, &values));
    run->regime = gsc_regime_of(self->rule, &series, &self->thresholds);
    run->memorized = gsc_loss_history_reaches(t, "train_accuracy", known);
    run->generalized = gsc_loss_history_reaches(t, "test_accuracy", known);
    run->train = gsc_loss_history_last(t, "train_accuracy");
    run->test = gsc_loss_history_last(t, "test_accuracy");
    run->first_test = gsc_loss_history_first(t, "test_accuracy");
out:
    free(values);
    return status;
}

/* The values of the options that tell folders of runs apart. */
static int
read_values(const gsc_sweep_plan *plan, const char *config, const char *path,
            char **values)
{
    int status = 0;
    gsc_text value = {0};
    for (size_t n = 0; n < plan->num_names; n++) {
        value.length = 0;
        GSC_TRY(gsc_text_add(&value, "%s", ""));
        GSC_TRY(gsc_run_option(config, path, plan->names[n], &value));
        values[n] = gsc_copy_text(value.data);
        if (!values[n])
            GSC_TRY(GSC_EMEMORY);
    }
out:
    gsc_text_free(&value);
    return status;
}

static int
judge(const gsc_phase_runs *self, size_t i)
{
    int status = 0;
    const gsc_table *table = NULL;
    gsc_checkpoint c = {.step = 0};
    gsc_phase_run *run = &self->runs[i];
    const bool of_sweep = self->plan.recipe;
    run->regime = self->rule->num_regimes;
    run->memorized = run->generalized = run->train = run->test = run->first_test = NAN;
    if (!run->is_done)
        return 0;
    GSC_TRY(gsc_loss_history_read(&c, run->path, &table));
    if (!table)
        GSC_TRY(gsc_fail(GSC_EFORMAT,
                         of_sweep ? "%s: has no checkpoint"
                                  : "%s: is neither the folder of a sweep nor one of a "
                                    "run",
                         run->path));
    if (!of_sweep)
        GSC_TRY(
            read_values(&self->plan, c.config, run->path, self->plan.runs[i].values));
    GSC_TRY(judge_table(self, table, run));
out:
    gsc_checkpoint_free(&c);
    return status;
}

/* ---- A sweep ---- */

static int
find_sweep(gsc_phase_runs *self, const char *folder)
{
    int status = 0;
    gsc_sweep_paths paths;
    GSC_TRY(gsc_sweep_find(&self->plan, folder));
    GSC_NEW(self->runs, self->plan.num_runs);
    for (size_t i = 0; i < self->plan.num_runs; i++) {
        GSC_TRY(gsc_sweep_paths_init(&paths, folder, self->plan.runs[i].id));
        self->runs[i].is_done = gsc_sweep_state_of(&paths) == GSC_SWEEP_DONE;
        self->runs[i].path = gsc_copy_text(paths.run);
        if (!self->runs[i].path)
            GSC_TRY(GSC_EMEMORY);
    }
out:
    return status;
}

/* ---- Folders of runs ---- */

static int
name_options(gsc_sweep_plan *plan, const char *names)
{
    while (*names) {
        size_t length = strcspn(names, ",");
        if (length == 0 || length >= GSC_AXIS_NAME_BYTES)
            return gsc_fail(GSC_EARGUMENT, "'%.*s' is no name of an option",
                            (int)length, names);
        if (plan->num_names == GSC_MOST_VARIED)
            return gsc_fail(GSC_EARGUMENT, "more than %d options", GSC_MOST_VARIED);
        snprintf(plan->names[plan->num_names++], GSC_AXIS_NAME_BYTES, "%.*s",
                 (int)length, names);
        names += length + (names[length] == ',');
    }
    return 0;
}

static int
add_folder(gsc_phase_runs *self, const char *folder)
{
    int status = 0;
    gsc_sweep_plan *plan = &self->plan;
    gsc_phase_run *run = &self->runs[plan->num_runs];
    GSC_NEW(plan->runs[plan->num_runs].values, plan->num_names);
    plan->num_runs++;
    run->is_done = true;
    run->path = gsc_copy_text(folder);
    if (!run->path)
        status = GSC_EMEMORY;
out:
    return status;
}

static int
find_folders(gsc_phase_runs *self, const char *const *words, size_t num_words,
             const char *names)
{
    int status = 0;
    GSC_TRY(name_options(&self->plan, names));
    GSC_NEW(self->plan.runs, num_words);
    GSC_NEW(self->runs, num_words);
    for (size_t i = 0; i < num_words; i++)
        GSC_TRY(add_folder(self, words[i]));
out:
    return status;
}

/* ---- All of them ---- */

/* What a plan or a configuration says is drawn on a screen: nothing of it is a command
 * to a terminal. */
static int
make_plain(gsc_sweep_plan *plan, size_t run)
{
    int status = 0;
    gsc_text shown = {0};
    for (size_t n = 0; n < plan->num_names; n++) {
        char **value = &plan->runs[run].values[n];
        if (!*value || gsc_text_is_plain(*value))
            continue;
        GSC_TRY(gsc_text_add_escaped(&shown, *value));
        free(*value);
        *value = shown.data;
        shown = (gsc_text){0};
    }
out:
    gsc_text_free(&shown);
    return status;
}

static int
check_names(const gsc_sweep_plan *plan, const char *path)
{
    for (size_t n = 0; n < plan->num_names; n++)
        if (!gsc_text_is_plain(plan->names[n]))
            return gsc_fail(GSC_EFORMAT,
                            "%s: column %zu has a name that is none of an option", path,
                            n + 2);
    return 0;
}

int
gsc_phase_runs_init(gsc_phase_runs *self, const char *const *words, size_t num_words,
                    const char *names, const gsc_regime_rule *rule,
                    const gsc_regime_thresholds *thresholds)
{
    int status = 0;
    char plan[GSC_PATH_BYTES];
    *self = (gsc_phase_runs){.rule = rule};
    self->thresholds = gsc_regime_thresholds_of(rule, thresholds);
    GSC_TRY(gsc_run_join(plan, words[0], "plan.tsv"));
    GSC_TRY(num_words == 1 && access(plan, F_OK) == 0
                ? find_sweep(self, words[0])
                : find_folders(self, words, num_words, names));
    GSC_TRY(check_names(&self->plan, plan));
    for (size_t i = 0; i < self->plan.num_runs; i++) {
        GSC_TRY(judge(self, i));
        GSC_TRY(make_plain(&self->plan, i));
    }
out:
    if (status < 0)
        gsc_phase_runs_free(self);
    return status;
}

void
gsc_phase_runs_free(gsc_phase_runs *self)
{
    for (size_t i = 0; self->runs && i < self->plan.num_runs; i++)
        free(self->runs[i].path);
    free(self->runs);
    gsc_sweep_plan_free(&self->plan);
    *self = (gsc_phase_runs){.runs = NULL};
}
