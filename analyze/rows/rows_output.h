/* Rows as a program's answer. */
#ifndef GROKSCOPE_ROWS_OUTPUT_H
#define GROKSCOPE_ROWS_OUTPUT_H

#include "grokscope/options.h"
#include "grokscope/rows.h"
#include "grokscope/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The forms of an answer in rows. */
typedef enum gsc_format {
    GSC_FORMAT_TSV,
    GSC_FORMAT_JSON,
    GSC_FORMAT_TEXT, /* for people */
    GSC_FORMAT_H5    /* which needs a path */
} gsc_format;

/* For an option's choices: "tsv", "json", "text"; and with "h5" after them, of a
 * program that can write its answer into a file. */
extern const char *const gsc_format_names[], *const gsc_file_format_names[];

/* The rows of a program's options that say how it answers: --format and --columns, in
 * fields of these names (int64_t; char[GSC_OPTION_TEXT_BYTES]). */
#define GSC_ROW_FORMAT(type, choices)            \
    GSC_ROW_CHOICE(type, format, "tsv", choices, \
                   "Form of the answer; text is for people to read.")
#define GSC_ROW_COLUMNS(type)                                         \
    GSC_ROW_TEXT(type, columns, "", "NAMES",                          \
                 "Columns of the answer, in this order, with commas " \
                 "between; all by default.")

/* How to answer, of a program with these options, --output and --force. */
#define GSC_ANSWER(name, options)                         \
    ((gsc_answer){.program = (name),                      \
                  .format = (gsc_format)(options).format, \
                  .columns = (options).columns,           \
                  .path = (options).output,               \
                  .force = (options).force})

/* How to answer. */
typedef struct gsc_answer {
    const char *program; /* "grokscope-info" */
    gsc_format format;
    const char *columns; /* names with commas between; "" or NULL: all */
    const char *path;    /* "" or NULL: stdout */
    bool force;          /* replace what is there */
} gsc_answer;

/* Write rows as they are asked for. TSV has a line of names, and reals that read back
 * to the bit, with the words nan and inf; a text is as gsc_text_add_cell has it. JSON
 * is {"schema": program, "schema_version": 1, "version": …, "results": [{…}, …]}, null
 * where a real is not finite. Text is one row as a list, or more as a table in line, as
 * wide as the screen; numbers have five digits, '-' is what is not known. An existing
 * file is refused (GSC_EARGUMENT) without `force`; a new one appears whole. */
int gsc_rows_answer(const gsc_rows *rows, const gsc_answer *how);

/* What that refuses before it writes, for before the work: a path that is there, a file
 * format without a path; and columns that are none of these, with the nearest one and a
 * list, or stand twice. */
int gsc_answer_check_path(const gsc_answer *how);
int gsc_answer_check_columns(const gsc_answer *how, const gsc_column *columns,
                             size_t num_columns);

/* The indices of the columns that a list of names with commas between stands for:
 * chosen [num_columns]. GSC_EARGUMENT as above. */
int gsc_columns_choose(const gsc_column *columns, size_t num_columns, const char *list,
                       size_t *chosen, size_t *num_chosen);

/* The next cell: a shape as a text, "[113, 128]". */
int gsc_rows_shape(gsc_rows *rows, gsc_shape shape);

/* Columns for people, as gsc_program has them: the title of the table, then a line for
 * each column. */
int gsc_columns_add(const char *title, const gsc_column *columns, size_t num_columns,
                    gsc_text *text);

#ifdef __cplusplus
}
#endif
#endif
