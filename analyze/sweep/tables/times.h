/* How long the runs of a sweep take until they know: one row for each arm, or the curve
 * of each. */
#ifndef GSC_SWEEP_TIMES_H
#define GSC_SWEEP_TIMES_H

#include "analyze/sweep/tables/collect.h"

typedef struct gsc_times_request {
    const gsc_sweep_plan *plan;
    const gsc_rows
        *collected;    /* one row for each run of the plan (gsc_sweep_collect) */
    const char *event; /* the column that says when: "generalized_step" */
    const char *by;    /* varied options that make an arm, with commas; "": all but the
                          seeds */
    bool curve;        /* rows of the curves (survival.h) */
    double effect;     /* a ratio of hazards, for runs_needed */
} gsc_times_request;

extern const gsc_sweep_columns gsc_times_columns, gsc_curve_columns;

/* Arms in the order of their first runs; runs without a history are in none, and one
 * that has not come so far is censored at its last step. Each arm is compared with the
 * first. GSC_EARGUMENT for an option that was not varied. */
int gsc_sweep_times(gsc_sweep_table *self, const gsc_times_request *request);

#endif
