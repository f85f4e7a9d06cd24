/* At which steps to save. */
#ifndef GROKSCOPE_SCHEDULE_H
#define GROKSCOPE_SCHEDULE_H

#include "train/run/conditions.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "linear:100"     every 100 steps
 * "log:20"         20 steps a decade: round(10^(i/20))
 * "list:0,50,400"  these
 * "log:5,linear:20", several with commas between: what any of them names. Step 0 and
 * the last step are saved by every run. GSC_EARGUMENT, which names the
 * option, where `text` is none of them. */
int gsc_schedule_check(const char *option, const char *text);

/* Whether a (checked) schedule saves at `step`. */
bool gsc_schedule_due(const char *text, int64_t step);

/* Events: words "column:threshold,threshold,…" of losses and accuracies, such as
 * "train_accuracy:1 test_accuracy:0.5,0.99 test_loss:0.01". A loss reaches a threshold
 * from above, an accuracy from below: add each as the condition that it is.
 * GSC_EARGUMENT where `text` is no such list. */
int gsc_events_add(const char *text, const gsc_history *history,
                   gsc_conditions *conditions);

#ifdef __cplusplus
}
#endif
#endif
