/* A tournament: which column of the histories tells, before any test example is right,
 * which runs will generalise sooner? */
#ifndef GSC_SWEEP_PREDICT_H
#define GSC_SWEEP_PREDICT_H

#include "analyze/sweep/tables/collect.h"

typedef struct gsc_predict_request {
    const gsc_sweep_plan *plan;
    const char *folder;
    double accuracy; /* from which the test examples count as known */
    const char *at;  /* steps to look at, with commas; "": 1, 2, 5, 10, … */
    const char *by;  /* runs are compared only where they have the same values of these
                        varied options, with commas; "": all with all */
    bool earliest;   /* one row for each column: the first step at which it tells */
    void (*show)(void *context, size_t done, size_t total);
    void *context;
} gsc_predict_request;

extern const gsc_sweep_columns gsc_predict_columns;

/* Of every column of every table of the histories but those of test examples: at each
 * step, of the runs that are under way and do not know the test examples yet, the
 * concordance of its last value with the time at which they do (concordance.h). Whether
 * more of it means sooner is learned from one half of the runs, by lot, and judged on
 * the other, and the other way round. GSC_EARGUMENT for steps that are none. Cost:
 * O(columns steps runs^2). */
int gsc_sweep_predict(gsc_sweep_table *self, const gsc_predict_request *request);

#endif
