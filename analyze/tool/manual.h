/* What a program prints of its man page, from the table of its options. */
#ifndef GROKSCOPE_TOOL_MANUAL_H
#define GROKSCOPE_TOOL_MANUAL_H

#include "analyze/tool/program.h"

/* Add the page, in the macros of man(7). It has no description and no worked examples:
 * the build adds those of analyze/manual. The sets are all options of the program, the
 * common ones among them. */
int gsc_manual_add(const gsc_program *program, const gsc_options *sets, size_t num_sets,
                   gsc_text *text);

#endif
