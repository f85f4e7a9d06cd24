/* What the losses and accuracies of a run's history tell. */
#include "analyze/tool/loss_history.h"

#include "grokscope/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int
gsc_loss_history_find(const gsc_checkpoint *c, const char *path,
                      const gsc_table **table)
{
    for (size_t i = 0; i < c->num_tables; i++)
        if (strcmp(c->history[i].name, "loss") == 0 && c->history[i].num_rows > 0) {
            *table = &c->history[i];
            return 0;
        }
    return gsc_fail(GSC_EFORMAT,
                    "%s: its history has no losses; name the last step of a run that "
                    "grokscope-train made",
                    path);
}

/* "" where there is none. */
static int
find_newest(const char *run, char path[GSC_PATH_BYTES])
{
    int status = 0;
    int64_t *steps = NULL;
    size_t count = 0;
    *path = '\0';
    if (access(run, F_OK) != 0)
        return 0;
    GSC_TRY(gsc_run_join(path, run, "resume.h5"));
    if (access(path, F_OK) == 0)
        return 0;
    *path = '\0';
    GSC_TRY(gsc_run_steps(run, &steps, &count));
    if (count > 0)
        GSC_TRY(gsc_run_step_path(run, steps[count - 1], path));
out:
    free(steps);
    return status;
}

int
gsc_loss_history_read(gsc_checkpoint *checkpoint, const char *run,
                      const gsc_table **table)
{
    int status = 0;
    char path[GSC_PATH_BYTES];
    *checkpoint = (gsc_checkpoint){.step = 0};
    *table = NULL;
    GSC_TRY(find_newest(run, path));
    if (!*path)
        return 0;
    GSC_TRY(gsc_run_read_history(checkpoint, path));
    GSC_TRY(gsc_loss_history_find(checkpoint, path, table));
out:
    return status;
}

/* NaN for a row or a column that is not there. */
static double
cell(const gsc_table *table, size_t row, size_t column)
{
    return row == SIZE_MAX || column == SIZE_MAX
               ? (double)NAN
               : table->values[row * table->num_values + column];
}

double
gsc_loss_history_last(const gsc_table *table, const char *name)
{
    size_t column = gsc_table_column(table, name), row = table->num_rows;
    while (row > 0 && isnan(cell(table, row - 1, column)))
        row--;
    return cell(table, row - 1, column); /* of row 0 - 1, SIZE_MAX, there is none */
}

double
gsc_loss_history_first(const gsc_table *table, const char *name)
{
    size_t column = gsc_table_column(table, name), row = 0;
    while (row + 1 < table->num_rows && isnan(cell(table, row, column)))
        row++;
    return cell(table, row, column);
}

double
gsc_loss_history_lowest(const gsc_table *table, const char *name, double *step)
{
    size_t column = gsc_table_column(table, name);
    double lowest = NAN;
    *step = NAN;
    for (size_t row = 0; row < table->num_rows; row++) {
        double value = cell(table, row, column);
        if (value < lowest || (isnan(lowest) && !isnan(value))) {
            lowest = value;
            *step = cell(table, row, 0);
        }
    }
    return lowest;
}

double
gsc_loss_history_reaches(const gsc_table *table, const char *name, double least)
{
    size_t column = gsc_table_column(table, name);
    return column == SIZE_MAX
               ? (double)NAN
               : cell(table, gsc_table_first(table, column, 1, least), 0);
}

double
gsc_loss_history_sustains(const gsc_table *table, const char *name, double least)
{
    size_t column = gsc_table_column(table, name);
    return column == SIZE_MAX
               ? (double)NAN
               : cell(table,
                      gsc_table_sustains(table, column, least, GSC_SUSTAINED_ROWS, 0),
                      0);
}

double
gsc_loss_history_delay(double memorized, double generalized)
{
    if (!(memorized > 0))
        return (double)NAN;
    return isnan(generalized) ? (double)INFINITY : generalized / memorized;
}
