/* Pairs of checkpoints as a program's answer. */
#include "analyze/compare/comparison_output.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/export/arrays.h"
#include "analyze/rows/output.h"
#include "analyze/rows/rows_output.h"
#include "train/base/folder.h"
#include "train/exchange/external.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- One row for each pair ---- */

const gsc_column gsc_comparison_identifiers[GSC_COMPARISON_NUM_IDENTIFIERS] = {
    {"run_a", GSC_CELL_TEXT, true, "its folder, or a lone file", false},
    {"step_a", GSC_CELL_INTEGER, true, "updates before this checkpoint", false},
    {"run_b", GSC_CELL_TEXT, true, "the same of the other", false},
    {"step_b", GSC_CELL_INTEGER, true, "the same of the other", false},
};

static const gsc_column reverse_column = {"kl_reverse", GSC_CELL_REAL, false,
                                          "mean KL(b || a)", false};

static void
make_pair_columns(gsc_comparison_table *self, const gsc_comparison_matrices *pairs)
{
    size_t count = 0;
    for (size_t c = 0; c < GSC_COMPARISON_NUM_IDENTIFIERS; c++)
        self->columns[count++] = gsc_comparison_identifiers[c];
    for (size_t v = 0; v < pairs->num_values; v++) {
        self->columns[count++] = gsc_comparison_columns[v];
        if (v == GSC_COMPARISON_KL)
            self->columns[count++] = reverse_column;
    }
    gsc_rows_init(&self->rows, self->columns, count);
}

static int
add_pair(gsc_rows *rows, const gsc_inputs *inputs, const gsc_comparison_matrices *pairs,
         size_t i, size_t j)
{
    int status = 0;
    GSC_TRY(gsc_rows_text(rows, inputs->items[i].run));
    GSC_TRY(gsc_rows_integer(rows, pairs->steps[i]));
    GSC_TRY(gsc_rows_text(rows, inputs->items[j].run));
    GSC_TRY(gsc_rows_integer(rows, pairs->steps[j]));
    for (size_t v = 0; v < pairs->num_values; v++) {
        const double *matrix = pairs->values[v];
        GSC_TRY(gsc_rows_real(rows, matrix[i * pairs->count + j]));
        if (v == GSC_COMPARISON_KL)
            GSC_TRY(gsc_rows_real(rows, matrix[j * pairs->count + i]));
    }
out:
    return status;
}

int
gsc_comparison_table_of(gsc_comparison_table *self, const gsc_inputs *inputs,
                        const gsc_comparison_matrices *pairs)
{
    int status = 0;
    *self = (gsc_comparison_table){.columns = NULL};
    GSC_NEW(self->columns,
            GSC_COMPARISON_NUM_IDENTIFIERS + GSC_NUM_COMPARISON_VALUES + 1);
    make_pair_columns(self, pairs);
    for (size_t i = 0; i < pairs->count; i++)
        for (size_t j = i + 1; j < pairs->count; j++)
            GSC_TRY(add_pair(&self->rows, inputs, pairs, i, j));
out:
    if (status < 0)
        gsc_comparison_table_free(self);
    return status;
}

/* ---- One matrix ---- */

static bool
is_one_run(const gsc_inputs *inputs)
{
    for (size_t i = 1; i < inputs->count; i++)
        if (strcmp(inputs->items[i].run, inputs->items[0].run) != 0)
            return false;
    return true;
}

static int
add_square_column(gsc_comparison_table *self, const char *run, int64_t step)
{
    int status = 0;
    gsc_text name = {0};
    if (run)
        GSC_TRY(gsc_text_add(&name, "%s@", run));
    GSC_TRY(gsc_text_add(&name, "%lld", (long long)step));
    self->columns[self->rows.num_columns++] =
        (gsc_column){name.data, GSC_CELL_REAL, false, "", false};
    self->names[self->num_names++] = name.data;
    name.data = NULL;
out:
    gsc_text_free(&name);
    return status;
}

int
gsc_comparison_table_of_matrix(gsc_comparison_table *self, const gsc_inputs *inputs,
                               const gsc_comparison_matrices *pairs,
                               gsc_comparison_value value)
{
    int status = 0;
    size_t count = pairs->count;
    bool alone = is_one_run(inputs);
    const double *matrix = pairs->values[value];
    *self = (gsc_comparison_table){.columns = NULL};
    GSC_NEW(self->columns, 2 + count);
    GSC_NEW(self->names, count);
    self->columns[0] = gsc_comparison_identifiers[0];
    self->columns[0].name = "run";
    self->columns[1] = gsc_comparison_identifiers[1];
    self->columns[1].name = "step";
    gsc_rows_init(&self->rows, self->columns, 2);
    for (size_t j = 0; j < count; j++)
        GSC_TRY(add_square_column(self, alone ? NULL : inputs->items[j].run,
                                  pairs->steps[j]));
    for (size_t i = 0; i < count; i++) {
        GSC_TRY(gsc_rows_text(&self->rows, inputs->items[i].run));
        GSC_TRY(gsc_rows_integer(&self->rows, pairs->steps[i]));
        for (size_t j = 0; j < count; j++)
            GSC_TRY(gsc_rows_real(&self->rows, matrix[i * count + j]));
    }
out:
    if (status < 0)
        gsc_comparison_table_free(self);
    return status;
}

void
gsc_comparison_table_free(gsc_comparison_table *self)
{
    gsc_rows_free(&self->rows);
    for (size_t i = 0; i < self->num_names; i++)
        free(self->names[i]);
    free(self->names);
    free(self->columns);
    *self = (gsc_comparison_table){.columns = NULL};
}

int
gsc_comparison_find_value(const char *name, gsc_comparison_value *value)
{
    char names[512] = "";
    for (size_t v = 0; v < GSC_NUM_COMPARISON_VALUES; v++) {
        size_t length = strlen(names);
        if (strcmp(gsc_comparison_columns[v].name, name) == 0) {
            *value = (gsc_comparison_value)v;
            return 0;
        }
        snprintf(names + length, sizeof names - length, "%s%s", v > 0 ? ", " : "",
                 gsc_comparison_columns[v].name);
    }
    return gsc_fail(GSC_EARGUMENT, "matrix: '%s' is none of %s", name, names);
}

/* ---- All matrices ---- */

int
gsc_comparison_write_h5(const gsc_inputs *inputs, const gsc_comparison_matrices *pairs,
                        const char *program, const char *path, bool force)
{
    int status = 0;
    size_t count = pairs->count, num_arrays = 0;
    const char **runs = NULL;
    gsc_named_array arrays[GSC_NUM_COMPARISON_VALUES + 2];
    GSC_TRY(gsc_output_check(path, force));
    GSC_NEW(runs, count);
    for (size_t i = 0; i < count; i++)
        runs[i] = inputs->items[i].run;
    arrays[num_arrays++] =
        (gsc_named_array){.name = "runs",
                          .rows = count,
                          .texts = runs,
                          .help = gsc_comparison_identifiers[0].help};
    arrays[num_arrays++] =
        (gsc_named_array){.name = "steps",
                          .rows = count,
                          .integers = pairs->steps,
                          .help = gsc_comparison_identifiers[1].help};
    for (size_t v = 0; v < pairs->num_values; v++)
        arrays[num_arrays++] = (gsc_named_array){.name = gsc_comparison_columns[v].name,
                                                 .help = gsc_comparison_columns[v].help,
                                                 .rows = count,
                                                 .cols = count,
                                                 .reals = pairs->values[v]};
    GSC_TRY(gsc_arrays_write_h5(arrays, num_arrays, program, GSC_VERSION, path));
out:
    free(runs);
    return status;
}

static int
write_npy(const char *folder, const char *name, size_t rank, size_t count, double *data)
{
    int status = 0;
    gsc_text path = {0};
    const gsc_tensor tensor = {
        .type = GSC_FLOAT64, .shape = {rank, {count, count}}, .data = data};
    GSC_TRY(gsc_text_add(&path, "%s/%s.npy", folder, name));
    GSC_TRY(gsc_npy_write(&tensor, path.data));
out:
    gsc_text_free(&path);
    return status;
}

static int
write_steps(const gsc_inputs *inputs, const gsc_comparison_matrices *pairs,
            const char *program, const char *folder)
{
    static const gsc_column columns[] = {{"run", GSC_CELL_TEXT, true, "", false},
                                         {"step", GSC_CELL_INTEGER, true, "", false}};
    int status = 0;
    double *steps = NULL;
    gsc_text path = {0};
    gsc_rows rows;
    gsc_rows_init(&rows, columns, sizeof columns / sizeof *columns);
    GSC_NEW(steps, pairs->count);
    GSC_TRY(gsc_text_add(&path, "%s/checkpoints.tsv", folder));
    for (size_t i = 0; i < pairs->count; i++) {
        steps[i] = (double)pairs->steps[i];
        GSC_TRY(gsc_rows_text(&rows, inputs->items[i].run));
        GSC_TRY(gsc_rows_integer(&rows, pairs->steps[i]));
    }
    GSC_TRY(gsc_rows_answer(
        &rows, &(gsc_answer){.program = program, .path = path.data, .force = true}));
    GSC_TRY(write_npy(folder, "steps", 1, pairs->count, steps));
out:
    free(steps);
    gsc_text_free(&path);
    gsc_rows_free(&rows);
    return status;
}

int
gsc_comparison_write_npy(const gsc_inputs *inputs, const gsc_comparison_matrices *pairs,
                         const char *program, const char *folder, bool force)
{
    int status = 0;
    gsc_folder_draft draft = {.path = NULL};
    GSC_TRY(gsc_output_check(folder, force));
    GSC_TRY(gsc_folder_draft_init(&draft, folder, gsc_output_is_member));
    GSC_TRY(write_steps(inputs, pairs, program, draft.path));
    for (size_t v = 0; v < pairs->num_values; v++)
        GSC_TRY(write_npy(draft.path, gsc_comparison_columns[v].name, 2, pairs->count,
                          pairs->values[v]));
    GSC_TRY(gsc_folder_draft_commit(&draft));
out:
    gsc_folder_draft_free(&draft);
    return status;
}
