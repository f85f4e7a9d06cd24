/* What grokscope-sweep answers of a sweep: its tables, written as they are asked for.
 */
#ifndef GSC_SWEEP_ANSWERS_H
#define GSC_SWEEP_ANSWERS_H

#include "analyze/sweep/sweep_options.h"
#include "analyze/sweep/sweep_plan.h"

typedef struct gsc_sweep_question {
    const char *program; /* "grokscope-sweep" */
    const gsc_sweep_plan *plan;
    const char *folder;
    const gsc_sweep_options *options;
} gsc_sweep_question;

int gsc_sweep_answer_states(const gsc_sweep_question *q);
int gsc_sweep_answer_collect(const gsc_sweep_question *q, const char *measures);
int gsc_sweep_answer_times(const gsc_sweep_question *q);
int gsc_sweep_answer_predict(const gsc_sweep_question *q);

#endif
