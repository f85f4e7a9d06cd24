/* The curves of a sweep's runs. */
#include "analyze/sweep/tables/curves.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <math.h>
#include <stdlib.h>

const char *const gsc_curve_columns_of_history[GSC_NUM_CURVES] = {
    "train_loss", "test_loss", "train_accuracy", "test_accuracy",
    "sum_squared_weights"};

void
gsc_sweep_curves_init(gsc_sweep_curves *self)
{
    size_t n = 1;
    *self = (gsc_sweep_curves){.runs = NULL};
    for (size_t k = 0; n < GSC_MOST_CURVE_POINTS; k++) {
        double step = round(pow(10, (double)k / GSC_CURVE_POINTS_A_DECADE));
        if (step > self->grid[n - 1])
            self->grid[n++] = step;
    }
}

void
gsc_sweep_curves_free(gsc_sweep_curves *self)
{
    for (size_t i = 0; i < self->num_runs; i++)
        free(self->runs[i].values);
    free(self->runs);
    for (size_t i = 0; i < 1 + GSC_NUM_CURVES; i++)
        free(self->matrices[i].values);
    *self = (gsc_sweep_curves){.runs = NULL};
}

/* Of a column, which may not be there. */
static void
follow(const gsc_sweep_curves *self, const gsc_table *t, size_t column, size_t count,
       float *values)
{
    float value = NAN;
    size_t row = 0;
    for (size_t i = 0; i < count; i++) {
        for (; row < t->num_rows && t->values[row * t->num_values] <= self->grid[i];
             row++) {
            double cell = column == SIZE_MAX ? (double)NAN
                                             : t->values[row * t->num_values + column];
            value = isnan(cell) ? value : (float)cell;
        }
        values[i] = value;
    }
}

int
gsc_sweep_curves_add(gsc_sweep_curves *self, const gsc_table *history)
{
    int status = 0;
    GSC_TRY(gsc_grow(&self->runs, self->num_runs, &self->room, sizeof *self->runs));
    struct gsc_run_curves *run = &self->runs[self->num_runs];
    *run = (struct gsc_run_curves){.count = 0};
    self->num_runs++;
    if (!history || history->num_rows == 0)
        return 0;
    double last = history->values[(history->num_rows - 1) * history->num_values];
    while (run->count < GSC_MOST_CURVE_POINTS && self->grid[run->count] <= last)
        run->count++;
    GSC_NEW(run->values, GSC_NUM_CURVES * run->count);
    for (size_t k = 0; k < GSC_NUM_CURVES; k++)
        follow(self, history,
               gsc_table_column(history, gsc_curve_columns_of_history[k]), run->count,
               run->values + k * run->count);
    self->num_points = run->count > self->num_points ? run->count : self->num_points;
out:
    return status;
}

static int
fill_matrix(const gsc_sweep_curves *self, size_t column, gsc_rows_matrix *matrix)
{
    int status = 0;
    const size_t width = self->num_points;
    *matrix = (gsc_rows_matrix){.name = gsc_curve_columns_of_history[column],
                                .num_rows = self->num_runs,
                                .width = width};
    GSC_NEW(matrix->values, self->num_runs * width);
    for (size_t i = 0; i < self->num_runs; i++)
        for (size_t p = 0; p < width; p++)
            matrix->values[i * width + p] =
                p < self->runs[i].count
                    ? self->runs[i].values[column * self->runs[i].count + p]
                    : NAN;
out:
    return status;
}

int
gsc_sweep_curves_finish(gsc_sweep_curves *self)
{
    int status = 0;
    gsc_rows_matrix *step = &self->matrices[0];
    *step = (gsc_rows_matrix){.name = "step", .width = self->num_points};
    GSC_NEW(step->values, self->num_points);
    for (size_t p = 0; p < self->num_points; p++)
        step->values[p] = (float)self->grid[p];
    for (size_t k = 0; k < GSC_NUM_CURVES; k++)
        GSC_TRY(fill_matrix(self, k, &self->matrices[1 + k]));
out:
    return status;
}
