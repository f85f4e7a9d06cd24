/* The table of the measure "metrics" with one row for each pair. */
#ifndef GSC_MEASURE_METRICS_PAIRS_H
#define GSC_MEASURE_METRICS_PAIRS_H

#include "grokscope/measure.h"

enum { GSC_METRICS_PAIR_COLUMNS = 8 };
extern const gsc_column gsc_metrics_pair_columns[GSC_METRICS_PAIR_COLUMNS];

/* What the network answers to each pair of a binary table; GSC_EFORMAT where its data
 * have none. */
int gsc_metrics_fill_pairs(const gsc_measure_request *request, gsc_rows *rows);

/* From which of the rows' steps on the answer to a pair stays right: the first step of
 * the rows after the last one at which it is wrong, and NaN where it ends wrong. (The
 * first stably-right step of an example in training-dynamics-workbench.) */
int gsc_metrics_conclude_pairs(gsc_rows *rows, const int64_t *steps);

#endif
