/* Rows as a program's answer. */
#ifndef GROKSCOPE_ROWS_OUTPUT_H
#define GROKSCOPE_ROWS_OUTPUT_H

#include "grokscope/rows.h"

#include "analyze/rows/output.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The forms of an answer in rows. */
typedef enum gsc_rows_format {
    GSC_ROWS_TSV,
    GSC_ROWS_JSON,
    GSC_ROWS_H5,  /* which needs a path */
    GSC_ROWS_TEXT /* for people */
} gsc_rows_format;

/* "tsv", "json", "h5", "text", for an option's choices. */
extern const char *const gsc_rows_formats[];

/* Write rows to `path`, or to stdout where it is "". Errors of gsc_output_write. */
int gsc_rows_answer(const gsc_rows *rows, gsc_rows_format format, const char *program,
                    const char *path, bool force);

/* What that refuses before it writes, for before the work. */
int gsc_rows_check(gsc_rows_format format, const char *path, bool force);

/* One row as a list, more as a table in line, numbers to five digits, '-' for what is
 * not known. */
int gsc_rows_output_text(const gsc_rows *rows, const char *path, bool force);

#ifdef __cplusplus
}
#endif
#endif
