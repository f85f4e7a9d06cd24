/* The history of a run in training: the table "loss", and one of each measure that is
 * asked of its weights. */
#ifndef GROKSCOPE_HISTORY_H
#define GROKSCOPE_HISTORY_H

#include "grokscope/measure.h"
#include "grokscope/table.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_history {
    size_t num_tables;
    gsc_table *tables; /* "loss" first */
    const gsc_measure *
        *measures; /* whose first table it is, by name; NULL for "loss" */
} gsc_history;

/* Empty tables, those of the measures in their list's order: "progress,norms".
 * GSC_EARGUMENT where one is none (with the nearest), stands twice, or has more columns
 * than a table holds. */
int gsc_history_init(gsc_history *history, const char *measures);
void gsc_history_free(gsc_history *history);

/* Whether a measure's column is kept: a number that is told by one checkpoint. Whole
 * numbers and truths become numbers. */
bool gsc_history_keeps(const gsc_column *column);

/* The kept cells of the first row behind `step`; NaN where there is no row. */
void gsc_history_take(const gsc_rows *rows, int64_t step, double *row);

/* Row `step` of a table, or NULL. */
const double *gsc_history_row(const gsc_table *table, double step);

/* Append rows[i] to table i, where it is not NULL. */
int gsc_history_append(gsc_history *history, const double *const *rows);

/* Add what the tables of a file hold. GSC_EFORMAT where these are not the same tables.
 */
int gsc_history_restore(gsc_history *history, const gsc_table *tables,
                        size_t num_tables);

#ifdef __cplusplus
}
#endif
#endif
