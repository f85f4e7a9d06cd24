/* What was measured, as rows: columns, the runs' own and those of controls. */
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "analyze/tool/measured_inside.h"

#include <math.h>
#include <stdlib.h>

/* ---- Columns ---- */

static const gsc_column run_column = {"run", GSC_CELL_TEXT, true,
                                      "its folder, or a lone file", false};
static const gsc_column step_column = {"step", GSC_CELL_INTEGER, true,
                                       "updates before this checkpoint", false};

static const gsc_column operation_column = {
    "operation", GSC_CELL_TEXT, true, "the operation whose pairs are looked at", false};

/* The operation is named in each row where it was chosen. */
static bool
names_operation(const gsc_asking *a)
{
    return a->inputs->loading.operation && *a->inputs->loading.operation;
}

static bool
has_controls(const gsc_column *column)
{
    return !column->identifies && !column->of_run;
}

static int
add_control_column(gsc_measured_runs *s, const gsc_column *column, const char *control)
{
    int status = 0;
    gsc_text name = {0};
    GSC_TRY(gsc_text_add(&name, "%s_%s", column->name, control));
    s->names[s->num_names++] = name.data;
    s->columns[s->rows.num_columns] = *column;
    s->columns[s->rows.num_columns++].name = name.data;
out:
    return status;
}

int
gsc_measured_runs_make_columns(gsc_measured_runs *s, const gsc_asking *a,
                               const gsc_question *q)
{
    int status = 0;
    size_t most = q->table->num_columns * GSC_NUM_ANSWERS;
    GSC_NEW(s->columns, most + 3);
    GSC_NEW(s->names, most);
    gsc_rows_init(&s->rows, s->columns, 0);
    s->columns[s->rows.num_columns++] = run_column;
    s->columns[s->rows.num_columns++] = step_column;
    if (names_operation(a))
        s->columns[s->rows.num_columns++] = operation_column;
    s->num_own = s->rows.num_columns;
    for (size_t c = 0; c < q->table->num_columns; c++) {
        const gsc_column *column = &q->table->columns[c];
        s->columns[s->rows.num_columns++] = *column;
        for (size_t k = 0; has_controls(column) && k < GSC_NUM_CONTROLS; k++)
            if (q->asked->controls[k])
                GSC_TRY(add_control_column(s, column, gsc_control_names[k]));
    }
out:
    return status;
}

static int
add_cell(gsc_rows *rows, gsc_cell_kind kind, const gsc_cell *cell)
{
    switch (kind) {
    case GSC_CELL_REAL:
        return gsc_rows_real(rows, cell ? cell->real : (double)NAN);
    case GSC_CELL_INTEGER:
        return gsc_rows_integer(rows, cell ? cell->integer : -1);
    case GSC_CELL_BOOL:
        return gsc_rows_bool(rows, cell && cell->truth);
    default:
        return gsc_rows_text(rows, cell ? cell->text : "");
    }
}

/* One row of a checkpoint, with those of the controls that are about the same. */
static int
add_row(gsc_measured_runs *s, const gsc_asking *a, const gsc_question *q, size_t item,
        size_t row)
{
    int status = 0;
    GSC_TRY(gsc_rows_text(&s->rows, a->items[item].input->run));
    GSC_TRY(gsc_rows_integer(&s->rows, a->items[item].step));
    if (names_operation(a))
        GSC_TRY(gsc_rows_text(&s->rows, a->inputs->loading.operation));
    for (size_t c = 0; c < q->table->num_columns; c++) {
        const gsc_column *column = &q->table->columns[c];
        const gsc_rows *own = &q->answers[item][GSC_OWN_ANSWER];
        GSC_TRY(add_cell(&s->rows, column->kind, gsc_rows_cell(own, row, c)));
        for (size_t k = 0; has_controls(column) && k < GSC_NUM_CONTROLS; k++) {
            if (!q->asked->controls[k])
                continue;
            const gsc_rows *control = &q->answers[gsc_asked_for(a, q, item, k)][1 + k];
            size_t match = gsc_rows_find(control, own, row);
            GSC_TRY(
                add_cell(&s->rows, column->kind,
                         match == SIZE_MAX ? NULL : gsc_rows_cell(control, match, c)));
        }
    }
out:
    return status;
}

/* ---- What only a whole run tells ---- */

/* Let the measure see all rows of a run at once, and take back what it filled in. */
static int
conclude_run(const gsc_asking *a, const gsc_question *q, const gsc_asked_run *r)
{
    int status = 0;
    gsc_rows all;
    int64_t *steps = NULL;
    size_t count = 0, at = 0;
    for (size_t i = r->begin; i < r->end; i++)
        count += gsc_rows_count(&q->answers[i][GSC_OWN_ANSWER]);
    gsc_rows_init(&all, q->table->columns, q->table->num_columns);
    GSC_NEW(steps, count);
    for (size_t i = r->begin; i < r->end; i++) {
        gsc_rows *rows = &q->answers[i][GSC_OWN_ANSWER];
        for (size_t k = 0; k < gsc_rows_count(rows); k++)
            steps[at++] = a->items[i].step;
        for (size_t k = 0; k < rows->num_cells; k++)
            GSC_TRY(add_cell(&all, rows->columns[k % rows->num_columns].kind,
                             &rows->cells[k]));
    }
    GSC_TRY(q->table->conclude(&all, steps));
    at = 0;
    for (size_t i = r->begin; i < r->end; i++) {
        gsc_rows *rows = &q->answers[i][GSC_OWN_ANSWER];
        for (size_t k = 0; k < rows->num_cells; k++, at++) {
            gsc_cell kept = rows->cells[k]; /* both are freed in the end */
            rows->cells[k] = all.cells[at];
            all.cells[at] = kept;
        }
    }
out:
    free(steps);
    gsc_rows_free(&all);
    return status;
}

int
gsc_measured_runs_make_rows(gsc_measured_runs *s, const gsc_asking *a,
                            const gsc_question *q)
{
    int status = 0;
    for (size_t i = 0; q->table->conclude && i < a->num_runs; i++)
        GSC_TRY(conclude_run(a, q, &a->runs[i]));
    for (size_t i = 0; i < a->inputs->count; i++)
        for (size_t row = 0; row < gsc_rows_count(&q->answers[i][GSC_OWN_ANSWER]);
             row++)
            GSC_TRY(add_row(s, a, q, i, row));
out:
    return status;
}

/* ---- Two inputs in a row ---- */

static void
swap_columns(gsc_measured_runs *measured, size_t c, size_t d)
{
    gsc_column column = measured->columns[c];
    measured->columns[c] = measured->columns[d];
    measured->columns[d] = column;
    for (size_t i = 0; i < gsc_rows_count(&measured->rows); i++) {
        gsc_cell *row = gsc_rows_cell(&measured->rows, i, 0), cell = row[c];
        row[c] = row[d];
        row[d] = cell;
    }
}

void
gsc_measured_runs_name_both(gsc_measured_runs *measured)
{
    measured->columns[0].name = "run_b";
    measured->columns[1].name = "step_b";
    swap_columns(measured, 0, measured->num_own);
    swap_columns(measured, 1, measured->num_own + 1);
}

void
gsc_measured_runs_free(gsc_measured_runs *measured)
{
    gsc_rows_free(&measured->rows);
    for (size_t i = 0; i < measured->num_names; i++)
        free(measured->names[i]);
    free(measured->names);
    free(measured->columns);
    *measured = (gsc_measured_runs){.names = NULL};
}
