/* The man page of a program, from the table of its options. */
#ifndef GROKSCOPE_TOOL_MANUAL_H
#define GROKSCOPE_TOOL_MANUAL_H

#include "analyze/tool/program.h"

/* Add the page, in the macros of man(7). The sets are all options of the program, the
 * common ones among them. */
int gsc_manual_add(const gsc_program *program, const gsc_options *sets, size_t num_sets,
                   gsc_text *text);

#endif
