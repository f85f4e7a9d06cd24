/* The table of a sweep: one row for each run. */
#ifndef GSC_SWEEP_COLLECT_H
#define GSC_SWEEP_COLLECT_H

#include "grokscope/rows.h"

#include "analyze/sweep/sweep_plan.h"

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
    gsc_rows rows;
} gsc_sweep_table;

/* run, the varied options, then what a table says: the columns alone. An option whose
 * values are all numbers has a column of numbers. */
int gsc_sweep_table_init(gsc_sweep_table *self, const gsc_sweep_plan *plan,
                         const gsc_sweep_columns *own);
void gsc_sweep_table_free(gsc_sweep_table *self);

/* Add the state of each run. */
int gsc_sweep_add_states(gsc_sweep_table *self, const gsc_sweep_plan *plan,
                         const char *folder);

/* Add what the history of each run says; of one that has no checkpoint yet NaN. Cost: 1
 * to 2 ms a run. `show` is called for each run. */
typedef void gsc_collect_show(void *context, size_t done, size_t total);
int gsc_sweep_collect(gsc_sweep_table *self, const gsc_sweep_plan *plan,
                      const char *folder, double accuracy, gsc_collect_show *show,
                      void *context);

#endif
