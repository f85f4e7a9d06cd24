/* At which steps to save. */
#ifndef GROKSCOPE_SCHEDULE_H
#define GROKSCOPE_SCHEDULE_H

#include "grokscope/table.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "linear:100"     every 100 steps
 * "log:20"         20 steps a decade: round(10^(i/20))
 * "list:0,50,400"  these
 * Step 0 and the last step are saved by every run. GSC_EARGUMENT where `text` is none
 * of them. */
int gsc_schedule_check(const char *text);

/* Whether a (checked) schedule saves at `step`. */
bool gsc_schedule_due(const char *text, int64_t step);

/* Events: words "column:threshold,threshold,…" of the columns of the history, such as
 * "train_accuracy:1 test_accuracy:0.5,0.99 test_loss:0.01". A loss reaches a threshold
 * from above, an accuracy from below. GSC_EARGUMENT where `text` is no such list. */
int gsc_events_check(const char *text);

/* Whether a row reaches a threshold of a (checked) list that no earlier row of the
 * history reached. */
bool gsc_events_due(const char *text, const gsc_table *history, const double *row);

#ifdef __cplusplus
}
#endif
#endif
