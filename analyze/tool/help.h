/* The help of a program, from the table of its options. */
#ifndef GROKSCOPE_TOOL_HELP_H
#define GROKSCOPE_TOOL_HELP_H

#include "analyze/tool/program.h"

/* Add what --help shows in lines shorter than `width`: what the program is for, how it
 * is called, examples, options under their headings, columns, exit codes. The sets are
 * as in gsc_manual_add. */
int gsc_help_add(const gsc_program *program, const gsc_options *sets, size_t num_sets,
                 size_t width, gsc_text *text);

/* Add the beginning of that: what it is for and how it is called. */
int gsc_help_add_usage(const gsc_program *program, size_t width, gsc_text *text);

/* Add the examples; a command that is too long goes on after a backslash. */
int gsc_help_add_examples(const gsc_program *program, size_t width, gsc_text *text);

#endif
