/* What the sources of measured runs share. Nobody else includes it. */
#ifndef GSC_TOOL_MEASURED_INSIDE_H
#define GSC_TOOL_MEASURED_INSIDE_H

#include "analyze/tool/measured_runs.h"

#include <pthread.h>

/* Answers of one checkpoint: of its own weights, then of the controls. */
enum { GSC_OWN_ANSWER, GSC_NUM_ANSWERS = 1 + GSC_NUM_CONTROLS };

/* Inputs of one run, which stand together. */
typedef struct gsc_asked_run {
    size_t begin, end;
    char first[GSC_PATH_BYTES], last[GSC_PATH_BYTES];
    gsc_run_context run_context;
} gsc_asked_run;

/* An input, read once for all questions. */
typedef struct gsc_asked_input {
    const gsc_input *input;
    const gsc_asked_run *run;
    const char *before; /* file of the one asked before it in its run; or NULL */
    int64_t step;
} gsc_asked_input;

/* What is asked of all inputs, and what came of it. */
typedef struct gsc_question {
    const gsc_measured_runs_options *asked;
    const gsc_measure_table *table;
    void **states;                        /* of each run */
    gsc_rows (*answers)[GSC_NUM_ANSWERS]; /* of each input */
} gsc_question;

/* How far a question or a visit went well. */
typedef struct gsc_failure {
    size_t first;        /* input, or SIZE_MAX */
    gsc_outcome outcome; /* of that input */
} gsc_failure;

typedef struct gsc_asking {
    const gsc_inputs *inputs;
    gsc_asked_input *items;
    gsc_asked_run *runs;
    size_t num_runs;
    const gsc_survey *survey;
    gsc_question *questions; /* [survey->count] */
    gsc_failure *failures;   /* of each question, then of each visit */
    size_t block;            /* inputs that one thread is asked in turn */
    pthread_mutex_t mutex;   /* over failures */
} gsc_asking;

/* The input that a control is asked of, for input `item`. */
size_t gsc_asked_for(const gsc_asking *asking, const gsc_question *question,
                     size_t item, size_t control);

/* The columns of a question's answer, without rows. */
int gsc_measured_runs_make_columns(gsc_measured_runs *measured,
                                   const gsc_asking *asking,
                                   const gsc_question *question);

/* All rows of a question, once each run has seen its own at once. */
int gsc_measured_runs_make_rows(gsc_measured_runs *measured, const gsc_asking *asking,
                                const gsc_question *question);

#endif
