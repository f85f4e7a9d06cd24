/* The history of checkpoints, as a program's answer. */
#ifndef GROKSCOPE_HISTORY_OUTPUT_H
#define GROKSCOPE_HISTORY_OUTPUT_H

#include "analyze/rows/rows_output.h"
#include "analyze/tool/inputs.h"

#ifdef __cplusplus
extern "C" {
#endif

#define GSC_HISTORY_TABLES "tables"

/* Write to stdout the rows of the table that the files' history has under this name;
 * for GSC_HISTORY_TABLES one row for each table, with how many rows and which columns
 * it has. GSC_EFORMAT where a file has no such table, with those it has, or other
 * columns in it than the first file. */
int gsc_history_output(const gsc_inputs *inputs, const char *table,
                       const gsc_answer *how);

#ifdef __cplusplus
}
#endif
#endif
