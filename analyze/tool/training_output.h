/* What the training of a run tells: how far it is, what ended it, and its summary. */
#ifndef GROKSCOPE_TRAINING_OUTPUT_H
#define GROKSCOPE_TRAINING_OUTPUT_H

#include "grokscope/trainer.h"

#include "analyze/rows/rows_output.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Show where it is due how far it is, with its losses and accuracies; `line` is a
 * gsc_progress_line (gsc_train_options). */
void gsc_training_show(void *line, const gsc_train_progress *progress);

/* Tell on stderr, unless it is to be quiet, that there was nothing left to do in the
 * folder, which condition stopped the run, and what the measures of its configuration
 * took. */
void gsc_training_say_end(const gsc_train_result *result, const gsc_config *config,
                          const char *folder);

/* How the summary is given. */
typedef struct gsc_training_answer {
    const char *program;
    int64_t format; /* which of gsc_training_formats */
    const char *columns;
} gsc_training_answer;

/* "auto", and those of every answer in rows. */
extern const char *const gsc_training_formats[];

/* The same as answers in rows are given. */
gsc_answer gsc_training_answer_of(const gsc_training_answer *how);

/* Columns that the summary does not have are refused before the training. */
int gsc_training_check(const gsc_training_answer *how);

/* Add its columns, for people. */
int gsc_training_add_columns(gsc_text *text);

/* Write to stdout the run in one row: where it ended and why, the losses there, the
 * steps at which it had memorised and generalised, and the seconds of its parts. Where
 * stdout is a terminal and neither a format nor columns are asked for, say it in
 * sentences on stderr instead, with what comes next. */
int gsc_training_output(const gsc_train_result *result, const char *folder,
                        const gsc_training_answer *how);

#ifdef __cplusplus
}
#endif
#endif
