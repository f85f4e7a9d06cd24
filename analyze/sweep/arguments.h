/* The command line of grokscope-sweep as the table of options reads it. */
#ifndef GSC_SWEEP_ARGUMENTS_H
#define GSC_SWEEP_ARGUMENTS_H

#include "grokscope/text.h"

#include <stdbool.h>

/* Several --vary become one, with a line for each. Where --task has a number, as the
 * jobs of a cluster's array have, it and --tasks become --part and --parts: with a word
 * --task is the training's option. */
typedef struct gsc_sweep_arguments {
    int count;
    char **words; /* those of argv, and these */
    gsc_text vary;
} gsc_sweep_arguments;

int gsc_sweep_arguments_init(gsc_sweep_arguments *self, int argc, char **argv);
void gsc_sweep_arguments_free(gsc_sweep_arguments *self);

#endif
