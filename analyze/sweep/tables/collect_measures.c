/* Measures of the last weights of each run of a sweep. */
#include "analyze/sweep/tables/collect_measures.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/sweep/sweep_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Which runs ---- */

static int
find_done(gsc_sweep_measures *self, const gsc_sweep_plan *plan, const char *folder,
          char **words, size_t *count)
{
    int status = 0;
    gsc_sweep_paths paths;
    for (size_t i = 0; i < plan->num_runs; i++) {
        GSC_TRY(gsc_sweep_paths_init(&paths, folder, plan->runs[i].id));
        self->rows[i] = SIZE_MAX;
        if (gsc_sweep_state_of(&paths) != GSC_SWEEP_DONE)
            continue;
        words[*count] = gsc_copy_text(paths.run);
        if (!words[*count])
            GSC_TRY(GSC_EMEMORY);
        self->rows[i] = (*count)++;
    }
out:
    return status;
}

/* ---- Asking ---- */

/* The measures whose names these are, with commas between. */
static int
find_measures(gsc_sweep_measures *self, const char *names)
{
    int status = 0;
    gsc_text name = {0};
    for (const char *at = names; *at;) {
        size_t length = strcspn(at, ",");
        name.length = 0;
        GSC_TRY(gsc_text_add(&name, "%.*s", (int)length, at));
        const gsc_measure *measure = gsc_measure_find(gsc_builtin_measures, name.data);
        if (!measure || self->count == GSC_MOST_SWEEP_MEASURES) {
            status = gsc_fail(GSC_EARGUMENT,
                              measure ? "--measure: more than %.0s%d measures"
                                      : "--measure: no '%s'; a measure is what follows "
                                        "grokscope- in the name of a program, as in "
                                        "norms,progress",
                              name.data, GSC_MOST_SWEEP_MEASURES);
            goto out;
        }
        self->measures[self->count++] = measure;
        at += length + (at[length] == ',');
    }
out:
    gsc_text_free(&name);
    return status;
}

/* All of them at once, so that each run's weights are read once. */
static int
ask_all(gsc_sweep_measures *self, const gsc_inputs *inputs,
        const gsc_measured_runs_options *how)
{
    int status = 0;
    gsc_measured_runs_options asked[GSC_MOST_SWEEP_MEASURES] = {{.measure = NULL}};
    gsc_outcome outcomes[GSC_MOST_SWEEP_MEASURES] = {{.status = 0}};
    void *options[GSC_MOST_SWEEP_MEASURES] = {NULL};
    for (size_t m = 0; m < self->count; m++) {
        GSC_TRY(gsc_measure_new_options(self->measures[m], &options[m]));
        asked[m] = *how;
        asked[m].measure = self->measures[m];
        asked[m].options = options[m];
    }
    const gsc_survey survey = {.asked = asked, .count = self->count};
    GSC_TRY(gsc_measured_runs_survey(self->measured, inputs, &survey, outcomes));
    for (size_t m = 0; m < self->count; m++)
        GSC_TRY(gsc_outcome_fail(&outcomes[m]));
out:
    for (size_t m = 0; m < self->count; m++) {
        free(options[m]);
        gsc_outcome_free(&outcomes[m]);
    }
    return status;
}

/* ---- Columns ---- */

static int
name_columns(gsc_sweep_measures *self)
{
    int status = 0;
    gsc_text name = {0};
    size_t count = 0;
    for (size_t m = 0; m < self->count; m++)
        count += self->measured[m].rows.num_columns - self->measured[m].num_own;
    GSC_NEW(self->columns, count);
    GSC_NEW(self->names, count);
    for (size_t m = 0; m < self->count; m++) {
        const gsc_measured_runs *measured = &self->measured[m];
        for (size_t c = measured->num_own; c < measured->rows.num_columns; c++) {
            gsc_column *column = &self->columns[self->num_columns];
            *column = measured->rows.columns[c];
            column->identifies = false;
            if (column->kind != GSC_CELL_TEXT)
                column->kind = GSC_CELL_REAL;
            name.length = 0;
            GSC_TRY(
                gsc_text_add(&name, "%s.%s", self->measures[m]->name, column->name));
            column->name = self->names[self->num_columns] = gsc_copy_text(name.data);
            if (!self->names[self->num_columns++])
                GSC_TRY(GSC_EMEMORY);
        }
    }
out:
    gsc_text_free(&name);
    return status;
}

int
gsc_sweep_measures_init(gsc_sweep_measures *self, const char *names,
                        const gsc_sweep_plan *plan, const char *folder,
                        const gsc_measured_runs_options *how)
{
    int status = 0;
    size_t count = 0;
    char **words = NULL;
    gsc_inputs inputs = {0};
    *self = (gsc_sweep_measures){.count = 0};
    GSC_NEW(self->rows, plan->num_runs);
    GSC_NEW(words, plan->num_runs);
    GSC_TRY(find_done(self, plan, folder, words, &count));
    GSC_TRY(find_measures(self, names));
    if (count > 0 && self->count > 0) {
        GSC_TRY(gsc_inputs_init(&inputs, (const char *const *)words, count, "last"));
        GSC_TRY(ask_all(self, &inputs, how));
    }
    GSC_TRY(name_columns(self));
out:
    gsc_inputs_free(&inputs);
    for (size_t i = 0; words && i < count; i++)
        free(words[i]);
    free(words);
    if (status < 0)
        gsc_sweep_measures_free(self);
    return status;
}

void
gsc_sweep_measures_free(gsc_sweep_measures *self)
{
    for (size_t m = 0; m < self->count; m++)
        gsc_measured_runs_free(&self->measured[m]);
    for (size_t c = 0; c < self->num_columns; c++)
        free(self->names[c]);
    free(self->names);
    free(self->columns);
    free(self->rows);
    *self = (gsc_sweep_measures){.count = 0};
}

/* ---- Cells ---- */

static int
add_cell(gsc_rows *rows, gsc_cell_kind kind, const gsc_cell *cell)
{
    if (kind == GSC_CELL_TEXT)
        return gsc_rows_text(rows, cell ? cell->text : "");
    if (!cell)
        return gsc_rows_real(rows, NAN);
    return gsc_rows_real(rows, kind == GSC_CELL_REAL      ? cell->real
                               : kind == GSC_CELL_INTEGER ? (double)cell->integer
                                                          : cell->truth);
}

int
gsc_sweep_measures_add(const gsc_sweep_measures *self, size_t run, gsc_rows *rows)
{
    int status = 0;
    size_t row = self->rows[run];
    for (size_t m = 0; m < self->count; m++) {
        const gsc_measured_runs *measured = &self->measured[m];
        for (size_t c = measured->num_own; c < measured->rows.num_columns; c++)
            GSC_TRY(add_cell(rows, measured->rows.columns[c].kind,
                             row == SIZE_MAX ? NULL
                                             : gsc_rows_cell(&measured->rows, row, c)));
    }
out:
    return status;
}
