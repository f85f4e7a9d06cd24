/* A table of numbers with named columns, each row at a training step: the history. */
#ifndef GROKSCOPE_TABLE_H
#define GROKSCOPE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Limits of a table. */
enum {
    GSC_MAX_COLUMNS = 64,  /* of one number a row */
    GSC_MAX_VECTORS = 16,  /* columns of several numbers */
    GSC_MAX_WIDTH = 65536, /* numbers of one of these */
    GSC_COLUMN_BYTES = 64  /* of a name, with its NUL */
};

/* A column of several numbers a row: of each task, or position. */
typedef struct gsc_vector_column {
    char name[GSC_COLUMN_BYTES]; /* what it is called */
    size_t width;                /* numbers in a row */
    size_t first;                /* place of the first of them in a row */
} gsc_vector_column;

/* A table. Column 0 is `step` (whole numbers, increasing); NaN stands for "not
 * measured". */
typedef struct gsc_table {
    char name[GSC_COLUMN_BYTES]; /* what it is called: "loss" */
    size_t num_columns;
    char columns[GSC_MAX_COLUMNS][GSC_COLUMN_BYTES]; /* their names */
    size_t num_vectors;                         /* which follow the columns in a row */
    gsc_vector_column vectors[GSC_MAX_VECTORS]; /* columns of several numbers */
    size_t num_values; /* of a row: num_columns and the vectors' widths */
    size_t num_rows;   /* rows, by ascending step */
    size_t room;       /* rows allocated */
    double *values;    /* [num_rows, num_values] */
} gsc_table;

/* An empty table; `columns` are the names, the first of them "step", each without white
 * space and "/" and there once. */
int gsc_table_init(gsc_table *table, const char *name, const char *const *columns,
                   size_t num_columns);

/* Add a vector column to a table without rows. GSC_EARGUMENT for a name that is none or
 * is there already, a width of 0, and where there is no room. */
int gsc_table_add_vector(gsc_table *table, const char *name, size_t width);

/* Make `table` an empty one with the columns of another. */
void gsc_table_init_like(gsc_table *table, const gsc_table *other);

/* Whether two tables have the same columns, vector columns among them, in one order. */
bool gsc_table_has_same_columns(const gsc_table *a, const gsc_table *b);

/* Release it; takes what is zeroed or freed. */
void gsc_table_free(gsc_table *table);

/* Append a row; rows at that step or later are dropped first, so that a resumed run
 * that repeats its last rows leaves the same table as an uninterrupted one.
 * GSC_EARGUMENT where the step is no whole number of 0 … 2^53. */
int gsc_table_append(gsc_table *table, const double *row);

/* The index of a column, or SIZE_MAX. */
size_t gsc_table_column(const gsc_table *table, const char *name);

/* The vector column of that name, or NULL. */
const gsc_vector_column *gsc_table_vector(const gsc_table *table, const char *name);

/* The first row whose column stands at or below `value` (direction -1) or at or above
 * it (+1), or SIZE_MAX: "the step at which the test loss fell under 0.1". */
size_t gsc_table_first(const gsc_table *table, size_t column, int direction,
                       double value);

/* The first row whose column has at least `least` and keeps it for `further`
 * evaluations more, each at least `spacing` steps after the one counted before it; rows
 * between these have to keep it too, rows that were not measured are passed over.
 * SIZE_MAX: there is none. */
size_t gsc_table_sustains(const gsc_table *table, size_t column, double least,
                          size_t further, double spacing);

#ifdef __cplusplus
}
#endif
#endif
