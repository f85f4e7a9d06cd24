/* The table of the measure "metrics" with one row for each pair. */
#include "analyze/measure/metrics_pairs.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/network/pairs/pair_outputs.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

const gsc_column gsc_metrics_pair_columns[GSC_METRICS_PAIR_COLUMNS] = {
    {"a", GSC_CELL_INTEGER, true, "first operand", false},
    {"b", GSC_CELL_INTEGER, true, "second operand", false},
    {"answer", GSC_CELL_INTEGER, false, "what the operation makes of them", false},
    {"split", GSC_CELL_TEXT, false, "train, test, or unknown", false},
    {"mirror_trained", GSC_CELL_BOOL, false, "whether (b, a) is a training pair",
     false},
    {"right", GSC_CELL_BOOL, false, "whether the answer has the largest logit", false},
    {"margin", GSC_CELL_REAL, false, "its logit less the largest other one", false},
    {"stable_step", GSC_CELL_REAL, false,
     "first step of the rows from which on it stays right; nan: it ends wrong", true},
};

/* The logit of a column of all outputs less the largest other one. */
static double
margin_of(const gsc_evaluator *evaluator, size_t row, size_t column)
{
    size_t width = evaluator->num_outputs;
    double largest = -INFINITY;
    for (size_t c = 0; c < width; c++)
        if (c != column)
            largest = fmax(largest, gsc_element(evaluator->type, evaluator->outputs,
                                                row * width + c));
    return gsc_element(evaluator->type, evaluator->outputs, row * width + column) -
           largest;
}

static const char *
split_of(const gsc_grid *grid, size_t row)
{
    return !grid->split_is_known ? "unknown" : grid->train[row] ? "train" : "test";
}

static int
add_pair(gsc_rows *rows, const gsc_pair_outputs *outputs, size_t row)
{
    int status = 0;
    const gsc_grid *grid = &outputs->grid;
    size_t n = grid->n, i = row / n, j = row % n, place = grid->answers[row];
    double margin = margin_of(&outputs->evaluator, row, grid->outputs[place]);
    GSC_TRY(gsc_rows_integer(rows, grid->residues[i]));
    GSC_TRY(gsc_rows_integer(rows, grid->residues[j]));
    GSC_TRY(gsc_rows_integer(rows, grid->residues[place]));
    GSC_TRY(gsc_rows_text(rows, split_of(grid, row)));
    GSC_TRY(gsc_rows_bool(rows, grid->train[j * n + i]));
    GSC_TRY(gsc_rows_bool(rows, margin > 0));
    GSC_TRY(gsc_rows_real(rows, margin));
    GSC_TRY(gsc_rows_real(rows, (double)NAN));
out:
    return status;
}

int
gsc_metrics_fill_pairs(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    gsc_pair_outputs *outputs;
    GSC_TRY(gsc_loaded_model_need(request->loaded, GSC_BINARY_TABLE));
    GSC_TRY(gsc_pair_outputs_of(request->loaded, request->loaded->pairs.order, false,
                                request->threads, &outputs));
    GSC_TRY(gsc_pair_outputs_score(outputs)); /* so that each has an answer */
    for (size_t row = 0; row < outputs->grid.n * outputs->grid.n; row++)
        GSC_TRY(add_pair(rows, outputs, row));
out:
    return status;
}

/* Rows of one step after the other, each with the same pairs. */
int
gsc_metrics_conclude_pairs(gsc_rows *rows, const int64_t *steps)
{
    size_t count = gsc_rows_count(rows), pairs = 0;
    size_t right = gsc_rows_column(rows, "right");
    size_t stable = gsc_rows_column(rows, "stable_step");
    while (pairs < count && steps[pairs] == steps[0])
        pairs++;
    assert(count == 0 || count % pairs == 0);
    for (size_t pair = 0; pair < pairs; pair++) {
        double since = (double)NAN;
        for (size_t row = pair; row < count; row += pairs)
            if (!gsc_rows_cell(rows, row, right)->truth)
                since = (double)NAN;
            else if (isnan(since))
                since = (double)steps[row];
        for (size_t row = pair; row < count; row += pairs)
            gsc_rows_cell(rows, row, stable)->real = since;
    }
    return 0;
}
