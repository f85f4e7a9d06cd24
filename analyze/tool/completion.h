/* A program's options as the completion of bash reads them. */
#ifndef GROKSCOPE_TOOL_COMPLETION_H
#define GROKSCOPE_TOOL_COMPLETION_H

#include "analyze/tool/program.h"

/* Add the program's rows of the table that analyze/manual/completion.bash reads; the
 * sets are as in gsc_manual_add. */
int gsc_completion_add(const gsc_program *program, const gsc_options *sets,
                       size_t num_sets, gsc_text *text);

#endif
