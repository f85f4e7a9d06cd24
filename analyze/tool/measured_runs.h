/* Measures asked of many checkpoints. */
#ifndef GROKSCOPE_MEASURED_RUNS_H
#define GROKSCOPE_MEASURED_RUNS_H

#include "grokscope/measure.h"

#include "analyze/rows/rows_output.h"
#include "analyze/tool/inputs.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_measured_runs_options {
    const gsc_measure *measure;
    const void *options;             /* the measure's (gsc_measure_new_options) */
    size_t table;                    /* which of its tables */
    bool controls[GSC_NUM_CONTROLS]; /* those to ask of as well */
    const gsc_answer
        *answer; /* whose columns are looked at before the work; may be NULL */
    gsc_threads *threads;
    /* Called now and then by the calling thread; may be NULL. */
    void (*show)(void *context, size_t done, size_t total);
    void *context;
} gsc_measured_runs_options;

/* What was found: the columns run and step, then those of the measure, each followed by
 * what the controls say, as "value", "value_init", "value_random". */
typedef struct gsc_measured_runs {
    gsc_rows rows;
    gsc_column *columns;
    size_t num_own; /* columns before the measure's */
    char **names;   /* those of the controls' columns */
    size_t num_names;
} gsc_measured_runs;

/* Something else that is done with each checkpoint while it is open: what the network
 * answers is there already where a measure asked for it (gsc_pair_outputs_of). `item`
 * is the input's place. */
typedef struct gsc_visit {
    int (*visit)(void *context, size_t item, const gsc_loaded_model *loaded,
                 gsc_threads *threads);
    void *context;
} gsc_visit;

/* What became of a question or a visit: 0, or how it failed, with the message. */
typedef struct gsc_outcome {
    int status;
    char *message;
    bool unread; /* as a checkpoint could not be read: no question was asked of it */
} gsc_outcome;

/* Ask, checkpoints side by side on the threads and rows in the order of the inputs; a
 * single checkpoint has all threads for itself. The numbers are bitwise the same for
 * any number of threads. The first failure in that order is the answer's. */
int gsc_measured_runs_init(gsc_measured_runs *measured, const gsc_inputs *inputs,
                           const gsc_measured_runs_options *options);

/* Several questions, and visits after them, for which each checkpoint is read once. */
typedef struct gsc_survey {
    const gsc_measured_runs_options
        *asked; /* threads and what is shown: of the first */
    size_t count;
    const gsc_visit *visits;
    size_t num_visits;
} gsc_survey;

/* measured[i] and outcomes[i] are of asked[i]; outcomes [count + num_visits] of visits
 * come after them. One fails, for the first checkpoint where it does, without keeping
 * the others from their answers; a checkpoint that cannot be read fails all. Fails
 * itself only without memory. */
int gsc_measured_runs_survey(gsc_measured_runs *measured, const gsc_inputs *inputs,
                             const gsc_survey *survey, gsc_outcome *outcomes);

/* The outcome as a status, with its message. */
int gsc_outcome_fail(const gsc_outcome *outcome);
void gsc_outcome_free(gsc_outcome *outcome);

/* Of a measure whose first columns are run_a and step_a: run, step, run_a, step_a, …
 * become run_a, step_a, run_b, step_b, …. */
void gsc_measured_runs_name_both(gsc_measured_runs *measured);

void gsc_measured_runs_free(gsc_measured_runs *measured);

#ifdef __cplusplus
}
#endif
#endif
