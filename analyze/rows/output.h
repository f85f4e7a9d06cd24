/* Where a program's answer goes: to stdout, or into a file. */
#ifndef GROKSCOPE_OUTPUT_H
#define GROKSCOPE_OUTPUT_H

#include "grokscope/text.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Write a finished text to `path`, or to stdout where it is "". An existing file is
 * refused (GSC_EARGUMENT) without `force`; a new one appears whole. */
int gsc_output_write_text(const gsc_text *text, const char *path, bool force);

/* Only the refusal of an existing file, for before the work. */
int gsc_output_check(const char *path, bool force);

#ifdef __cplusplus
}
#endif
#endif
