/* What a program answers: one table, as TSV or JSON, on stdout or in a file. */
#ifndef GROKSCOPE_OUTPUT_H
#define GROKSCOPE_OUTPUT_H

#include "grokscope/tensor.h"
#include "grokscope/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gsc_format { GSC_FORMAT_TSV, GSC_FORMAT_JSON } gsc_format;

/* Names of the formats, for an option's choices. */
extern const char *const gsc_format_names[];

/* A table that is filled cell by cell, row after row. */
typedef struct gsc_output {
    gsc_format format;
    const char *program;
    const char *const *columns;
    size_t num_columns;
    size_t next;     /* column of the next cell */
    size_t num_rows; /* begun */
    gsc_text text;
} gsc_output;

/* Begin: the header row, or the JSON's
 *   {"schema": "<program>", "schema_version": 1, "version": …, "results": [ */
int gsc_output_init(gsc_output *output, gsc_format format, const char *program,
                    const char *const *columns, size_t num_columns);
void gsc_output_free(gsc_output *output);

/* The next cell. Reals are written so that they read back to the bit; nan and inf are
 * words in TSV, null in JSON. Tabs and line ends in text become blanks in TSV. */
int gsc_output_text(gsc_output *output, const char *text);
int gsc_output_integer(gsc_output *output, int64_t value);
int gsc_output_real(gsc_output *output, double value);
int gsc_output_bool(gsc_output *output, bool value);       /* 0|1, false|true */
int gsc_output_shape(gsc_output *output, gsc_shape shape); /* "[113, 128]", a text */

/* Finish and write to `path`, or to stdout where it is "". An existing file is
 * refused (GSC_EARGUMENT) without `force`; a new one appears whole. */
int gsc_output_write(gsc_output *output, const char *path, bool force);

/* The refusal of an existing file alone, for before the work. */
int gsc_output_check(const char *path, bool force);

/* Write any finished text in the same way. */
int gsc_output_write_text(const gsc_text *text, const char *path, bool force);

#ifdef __cplusplus
}
#endif
#endif
