/* Rows as a program's answer. */
#ifndef GSC_TOOL_ROWS_OUTPUT_H
#define GSC_TOOL_ROWS_OUTPUT_H

#include "grokscope/output.h"
#include "grokscope/rows.h"

/* Write rows to `path`, or to stdout where it is "". Errors of gsc_output_write. */
int gsc_rows_output(const gsc_rows *rows, gsc_format format, const char *program,
                    const char *path, bool force);

/* The same for people: one row as a list, more as a table in line, numbers to five
 * digits, '-' for what is not known. */
int gsc_rows_output_text(const gsc_rows *rows, const char *path, bool force);

/* The same as HDF5, which needs a path. */
int gsc_rows_output_h5(const gsc_rows *rows, const char *program, const char *path,
                       bool force);

/* What that refuses before it writes, for before the work. */
int gsc_rows_check_h5(const char *path, bool force);

#endif
