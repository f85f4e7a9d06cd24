/* The plan of a sweep: a recipe that all runs share, and what each has of its own.
 *
 * It lies in the sweep's folder as two files that one can read and write by hand:
 * sweep.recipe, and plan.tsv, whose columns are run and the varied options. A run's
 * name is the beginning of the SHA-256 of its whole configuration, so that it is the
 * same wherever and however it was asked for. */
#ifndef GSC_SWEEP_PLAN_H
#define GSC_SWEEP_PLAN_H

#include "grokscope/config.h"

#include "analyze/sweep/design.h"

enum {
    GSC_SWEEP_ID_BYTES = 17,
    GSC_MOST_VARIED = GSC_MOST_AXES * GSC_MOST_AXIS_OPTIONS
};

typedef struct gsc_planned_run {
    char id[GSC_SWEEP_ID_BYTES];
    char **values; /* [num_names], as in a recipe */
} gsc_planned_run;

typedef struct gsc_sweep_plan {
    char *recipe;  /* the text of sweep.recipe, whose first line says what is kept */
    bool keep_all; /* checkpoints as the recipe has them; else the first and the last */
    char names[GSC_MOST_VARIED][GSC_AXIS_NAME_BYTES];
    size_t num_names;
    gsc_planned_run *runs;
    size_t num_runs;
    size_t num_equal; /* points that were left out: a run has their configuration */
} gsc_sweep_plan;

/* All points of a design. GSC_EARGUMENT where a configuration cannot take a value.
 * Cost: 50 microseconds a run. */
int gsc_sweep_plan_make(gsc_sweep_plan *self, const gsc_config *config,
                        const gsc_design *design, bool keep_all);

/* Read that of a folder; without one the plan has no runs and no recipe. GSC_EFORMAT.
 */
int gsc_sweep_plan_read(gsc_sweep_plan *self, const char *folder);
int gsc_sweep_plan_write(const gsc_sweep_plan *self, const char *folder);
void gsc_sweep_plan_free(gsc_sweep_plan *self);

/* GSC_EARGUMENT unless a plan has the recipe and all runs of one that is in a folder:
 * it may be longer, not another one. */
int gsc_sweep_plan_check_extends(const gsc_sweep_plan *self,
                                 const gsc_sweep_plan *before, const char *folder);

#endif
