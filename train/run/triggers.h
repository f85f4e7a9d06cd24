/* What the rows of a run's history set off: that it stops, that a step is saved. */
#ifndef GSC_RUN_TRIGGERS_H
#define GSC_RUN_TRIGGERS_H

#include "grokscope/config.h"

#include "train/run/conditions.h"

/* All that they know follows from the history, so a run that is resumed finds it there
 * and resume files need not hold it. */
typedef struct gsc_triggers {
    gsc_conditions stops, saves;
    double *since; /* of each stop: the step from which on it holds, or -1 */
    double *first; /* of each save: the first step at which it held, or -1 */
    double patience;
    int64_t log_every;
} gsc_triggers;

/* The conditions of stop_test_loss, stop_test_accuracy and stop_when, and of save_on
 * and save_when. GSC_EARGUMENT where they are none. */
int gsc_triggers_init(gsc_triggers *triggers, const gsc_run_config *config,
                      const gsc_history *history);
void gsc_triggers_free(gsc_triggers *triggers);

/* What a step's rows, rows[i] of table i or NULL, set off. Conditions to stop on
 * only losses are judged in rows of the log, all others where the measures that they
 * name have a row; in between a condition stands as it was judged last. */
typedef struct gsc_triggered {
    const gsc_condition *stop; /* the first that has held for the patience, or NULL */
    bool save;                 /* one to save holds for the first time */
} gsc_triggered;
gsc_triggered gsc_triggers_follow(gsc_triggers *triggers, const double *const *rows);

/* Follow the rows of a history from its beginning up to before `step`. */
int gsc_triggers_replay(gsc_triggers *triggers, const gsc_history *history,
                        int64_t step);

#endif
