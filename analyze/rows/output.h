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

/* Only the refusal of an existing file, or of a link that leads nowhere, for before
 * the work; what killed writers of the same file left beside it is removed. */
int gsc_output_check(const char *path, bool force);

/* Whether a file's name is one of those that programs give to the parts of an answer
 * that is a folder: *.npy, checkpoints.tsv, and those of the Embedding Projector. */
bool gsc_output_is_member(const char *name);

#ifdef __cplusplus
}
#endif
#endif
