/* The curves of a sweep's runs, all on one grid of steps: 0, then 32 a decade.
 *
 * A curve's value at a step of the grid is that of the last row of the history that was
 * measured there or before; NaN before the first one, and after the run's last row. */
#ifndef GSC_SWEEP_CURVES_H
#define GSC_SWEEP_CURVES_H

#include "grokscope/rows.h"
#include "grokscope/table.h"

enum {
    GSC_NUM_CURVES = 5,
    GSC_CURVE_POINTS_A_DECADE = 32,
    GSC_MOST_CURVE_POINTS = 512
};

/* Columns of the history: losses, accuracies, sum of squares of the weights. */
extern const char *const gsc_curve_columns_of_history[GSC_NUM_CURVES];

typedef struct gsc_sweep_curves {
    double grid[GSC_MOST_CURVE_POINTS];
    size_t num_points; /* of the longest curve so far */
    size_t num_runs, room;
    struct gsc_run_curves {
        size_t count;  /* steps of the grid up to its last row */
        float *values; /* [GSC_NUM_CURVES, count] */
    } * runs;
    gsc_rows_matrix matrices[1 + GSC_NUM_CURVES]; /* gsc_sweep_curves_finish */
} gsc_sweep_curves;

void gsc_sweep_curves_init(gsc_sweep_curves *self);
void gsc_sweep_curves_free(gsc_sweep_curves *self);

/* Add the curves of the next run; NULL: it has no history. GSC_EMEMORY. */
int gsc_sweep_curves_add(gsc_sweep_curves *self, const gsc_table *history);

/* Make matrices of them: "step" [points] and each column [runs, points]. */
int gsc_sweep_curves_finish(gsc_sweep_curves *self);

#endif
