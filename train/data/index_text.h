/* Numbers of examples or elements in a text, separated by white space. */
#ifndef GSC_TASK_INDEX_TEXT_H
#define GSC_TASK_INDEX_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* A place in the text of a file. */
typedef struct gsc_index_text {
    const char *path, *at, *end;
    size_t line;
} gsc_index_text;

/* Pass over white space; false at the end. */
bool gsc_index_skip(gsc_index_text *in);

/* Read the number here, which must be one of 0 … n-1; GSC_EFORMAT otherwise. */
int gsc_index_next(gsc_index_text *in, size_t n, size_t *index);

#endif
