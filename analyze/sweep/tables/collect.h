/* The table of a sweep: one row for each run. */
#ifndef GSC_SWEEP_COLLECT_H
#define GSC_SWEEP_COLLECT_H

#include "grokscope/rows.h"
#include "grokscope/threads.h"

#include "analyze/rows/rows_output.h"
#include "analyze/sweep/sweep_plan.h"
#include "analyze/sweep/tables/collect_measures.h"
#include "analyze/sweep/tables/curves.h"

/* What a column says that is no varied option's: of status, of collect; each with its
 * length. */
typedef struct gsc_sweep_columns {
    const gsc_column *columns;
    size_t count;
} gsc_sweep_columns;
extern const gsc_sweep_columns gsc_status_columns, gsc_collect_columns;

/* Rows over columns of their own. */
typedef struct gsc_sweep_table {
    gsc_column *columns;
    size_t num_columns;
    gsc_sweep_measures measures; /* whose columns have their names there */
    gsc_sweep_curves curves;
    gsc_rows rows;
} gsc_sweep_table;

void gsc_sweep_table_free(gsc_sweep_table *self);

/* What a varied option's column is of: numbers where all its values are. And add the
 * next cell, of the kind that its column has, from a value. */
gsc_cell_kind gsc_sweep_kind_of(const gsc_sweep_plan *plan, size_t name);
int gsc_sweep_add_value(gsc_rows *rows, const char *value);

/* How far each run is: run, the varied options, state. An option whose values are all
 * numbers has a column of numbers. */
int gsc_sweep_states(gsc_sweep_table *self, const gsc_sweep_plan *plan,
                     const char *folder);

typedef struct gsc_collect_request {
    const gsc_sweep_plan *plan;
    const char *folder;
    double accuracy;      /* from which examples count as known */
    const char *measures; /* names with commas between */
    gsc_threads *threads; /* for those */
    bool with_curves;
    const gsc_answer *answer; /* whose columns are looked at before the work */
    /* Called for each checkpoint that is measured, then for each history. */
    void (*show)(void *context, size_t done, size_t total);
    void *context;
} gsc_collect_request;

/* What came of each run: the same, what its history says, and measures; NaN where a run
 * has no checkpoint yet. With `with_curves` the rows have them as matrices. Cost: 1 to
 * 2 ms a run, and the measures. */
int gsc_sweep_collect(gsc_sweep_table *self, const gsc_collect_request *request);

#endif
