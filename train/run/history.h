/* The history of a run in training: the table "loss", and one of each measure that is
 * asked of its weights. */
#ifndef GROKSCOPE_HISTORY_H
#define GROKSCOPE_HISTORY_H

#include "grokscope/dataset.h"
#include "grokscope/online_measures.h"
#include "grokscope/table.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_history {
    size_t num_tables;
    gsc_table *tables;        /* "loss" first, then those of the measures */
    const gsc_online *online; /* which outlives it; NULL: nothing is asked */
} gsc_history;

/* Empty tables: the losses of a dataset (loss_columns.h), and those of the measures in
 * their list's order. GSC_EARGUMENT where one has more columns than a table holds. */
int gsc_history_init(gsc_history *history, const gsc_dataset *dataset,
                     const gsc_online *online);
void gsc_history_free(gsc_history *history);

/* Row `step` of a table, or NULL. */
const double *gsc_history_row(const gsc_table *table, double step);

/* Append rows[i] to table i, where it is not NULL. */
int gsc_history_append(gsc_history *history, const double *const *rows);

/* Add what the tables of a file hold. GSC_EFORMAT where these are not the same tables.
 */
int gsc_history_restore(gsc_history *history, const gsc_table *tables,
                        size_t num_tables);

/* Add what the tables of another run hold of these tables before a step, column by
 * column; what they do not have is NaN. */
int gsc_history_adopt(gsc_history *history, const gsc_table *tables, size_t num_tables,
                      int64_t end);

#ifdef __cplusplus
}
#endif
#endif
