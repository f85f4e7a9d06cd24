/* What the training of a run tells: how far it is, what ended it, and its summary. */
#ifndef GROKSCOPE_TRAINING_OUTPUT_H
#define GROKSCOPE_TRAINING_OUTPUT_H

#include "grokscope/trainer.h"

#include "analyze/rows/output.h"

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

/* Write to stdout the run in one row: where it ended and why, the losses there, the
 * steps at which it had memorised and generalised, and the seconds of its parts. */
int gsc_training_output(const gsc_train_result *result, const char *folder,
                        gsc_format format, const char *program);

#ifdef __cplusplus
}
#endif
#endif
