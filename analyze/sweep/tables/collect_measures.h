/* Measures of the last weights of each run of a sweep. */
#ifndef GSC_SWEEP_COLLECT_MEASURES_H
#define GSC_SWEEP_COLLECT_MEASURES_H

#include "grokscope/rows.h"

#include "analyze/sweep/sweep_plan.h"
#include "analyze/tool/measured_runs.h"

enum { GSC_MOST_SWEEP_MEASURES = 16 };

typedef struct gsc_sweep_measures {
    size_t count;
    const gsc_measure *measures[GSC_MOST_SWEEP_MEASURES];
    gsc_measured_runs measured[GSC_MOST_SWEEP_MEASURES];
    size_t *rows; /* [runs of the plan]: where a run stands there; SIZE_MAX: nowhere */
    gsc_column *columns; /* of all: "norms.l2", … */
    char **names;
    size_t num_columns;
} gsc_sweep_measures;

/* Ask measures, whose names have commas between, with their default options, of the
 * last checkpoint of each run that is done. Each has one row a checkpoint.
 * GSC_EARGUMENT for a name that is none; else the errors of the first run that one
 * cannot be asked of. */
int gsc_sweep_measures_init(gsc_sweep_measures *self, const char *names,
                            const gsc_sweep_plan *plan, const char *folder,
                            const gsc_measured_runs_options *how);
void gsc_sweep_measures_free(gsc_sweep_measures *self);

/* Add the cells of a run: NaN and "" where it is not done. Whole numbers, and truth as
 * 0 and 1, are reals too, so that they can be NaN. */
int gsc_sweep_measures_add(const gsc_sweep_measures *self, size_t run, gsc_rows *rows);

#endif
