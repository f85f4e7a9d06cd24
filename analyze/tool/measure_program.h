/* What all programs that ask a measure share: their options, their loop over the
 * checkpoints, their answer. */
#ifndef GROKSCOPE_MEASURE_PROGRAM_H
#define GROKSCOPE_MEASURE_PROGRAM_H

#include "grokscope/measure.h"
#include "grokscope/text.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_measure_program {
    const gsc_measure *measure;
    /* Add a drawing of one checkpoint, for `--format text` without --long,
     * --control and --columns; colour tells whether the text goes to a terminal that
     * shows it. NULL: rows are set as a table. */
    int (*draw)(const gsc_measure_request *request, bool colour, gsc_text *text);
} gsc_measure_program;

/* The whole of main: the program is grokscope-<measure's name>. Returns the exit code.
 */
int gsc_measure_program_main(const gsc_measure_program *measure_program, int argc,
                             char **argv);

/* What such a program is made of, for one that does more. */

/* Add the columns of a measure's tables, as gsc_program has them. */
int gsc_measure_program_add_columns(const gsc_measure *measure, gsc_text *text);

/* Before all else. A forward pass over all pairs takes arrays of 6 to 26 MB, which
 * glibc maps and gives back anew for each checkpoint until it has learned better, if it
 * does: 81 checkpoints on two threads took 21,000 to 221,000 page faults and 1.55 to
 * 1.75 s, with this 17,500 to 20,000 and 1.56 to 1.67 s. */
void gsc_measure_program_keep_memory(void);

#ifdef __cplusplus
}
#endif
#endif
