/* What all programs that ask a measure share: their options, their loop over the
 * checkpoints, their answer. */
#ifndef GROKSCOPE_MEASURING_H
#define GROKSCOPE_MEASURING_H

#include "grokscope/measure.h"
#include "grokscope/text.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_measuring {
    const gsc_measure *measure;
    const char *examples; /* lines, each with its command and what it gives */
    /* Add a drawing of one checkpoint, for `--format text` without --long and
     * --control; colour tells whether the text goes to a terminal that shows it. NULL:
     * rows are set as a table. */
    int (*draw)(const gsc_visit *visit, bool colour, gsc_text *text);
} gsc_measuring;

/* The whole of main: the program is grokscope-<measure's name>. Returns the exit code.
 */
int gsc_measuring_main(const gsc_measuring *measuring, int argc, char **argv);

#ifdef __cplusplus
}
#endif
#endif
