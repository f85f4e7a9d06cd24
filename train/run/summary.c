/* What the losses of a run tell once they stand in its history. */
#include "train/run/summary.h"

#include <math.h>
#include <stdint.h>

/* A spike is a rise by this factor, and a fall by it. */
static const double spike = 10;

/* A loss below this is as good as 0. */
static const double least_loss = 1e-15;

/* Evaluations that have to keep an accuracy, and the steps between them. */
static const size_t sustained_rows = 5;
static const double sustained_spacing = 100;

static double
at(const gsc_table *table, size_t row, size_t column)
{
    return table->values[row * table->num_values + column];
}

/* The first row at which a column reaches the learned accuracy, or SIZE_MAX. */
static size_t
learned_row(const gsc_table *losses, const char *name)
{
    size_t column = gsc_table_column(losses, name);
    return column == SIZE_MAX
               ? SIZE_MAX
               : gsc_table_first(losses, column, 1, GSC_LEARNED_ACCURACY);
}

static double
step_of(const gsc_table *losses, size_t row)
{
    return row == SIZE_MAX ? (double)NAN : at(losses, row, 0);
}

static double
sustained_step(const gsc_table *losses)
{
    size_t column = gsc_table_column(losses, "test_accuracy");
    return column == SIZE_MAX
               ? (double)NAN
               : step_of(losses,
                         gsc_table_sustains(losses, column, GSC_SUSTAINED_ACCURACY,
                                            sustained_rows, sustained_spacing));
}

static double
count_slingshots(const gsc_table *losses, size_t memorised)
{
    size_t column = gsc_table_column(losses, "train_loss"), count = 0;
    double least = (double)INFINITY, peak = 0; /* peak 0: in no spike */
    if (memorised == SIZE_MAX || column == SIZE_MAX)
        return (double)NAN;
    for (size_t row = memorised; row < losses->num_rows; row++) {
        double loss = fmax(at(losses, row, column), least_loss);
        if (isnan(at(losses, row, column)))
            continue;
        if (peak > 0 && loss < peak / spike) {
            count++;
            peak = 0;
            least = loss;
        } else if (peak > 0 || loss >= spike * least) {
            peak = fmax(peak, loss);
        } else {
            least = fmin(least, loss);
        }
    }
    return (double)count;
}

/* Evaluations of the test loss count, not rows: a split may be evaluated in few. */
static void
stop_early(const gsc_table *losses, int64_t patience, gsc_train_result *result)
{
    size_t loss = gsc_table_column(losses, "test_loss");
    size_t accuracy = gsc_table_column(losses, "test_accuracy");
    size_t best = SIZE_MAX, last = SIZE_MAX, stop = SIZE_MAX;
    int64_t waited = 0;
    if (loss == SIZE_MAX || accuracy == SIZE_MAX)
        return;
    for (size_t row = 0; row < losses->num_rows; row++) {
        if (isnan(at(losses, row, loss)))
            continue;
        last = row;
        if (stop != SIZE_MAX)
            continue;
        waited++;
        if (best == SIZE_MAX || at(losses, row, loss) < at(losses, best, loss)) {
            best = row;
            waited = 0;
        }
        if (waited == patience)
            stop = row;
    }
    if (stop == SIZE_MAX)
        return;
    result->early_stop_step = step_of(losses, stop);
    result->early_stop_lost = at(losses, last, accuracy) - at(losses, best, accuracy);
}

void
gsc_summary_of_losses(const gsc_table *losses, int64_t patience,
                      gsc_train_result *result)
{
    size_t memorised = learned_row(losses, "train_accuracy");
    result->memorized_step = step_of(losses, memorised);
    result->generalized_step = step_of(losses, learned_row(losses, "test_accuracy"));
    result->sustained_step = sustained_step(losses);
    result->slingshots = count_slingshots(losses, memorised);
    result->early_stop_step = result->early_stop_lost = (double)NAN;
    stop_early(losses, patience > 0 ? patience : GSC_PATIENCE, result);
}
