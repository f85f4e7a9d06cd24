/* Rows of typed cells under named columns: what a measure finds. */
#ifndef GROKSCOPE_ROWS_H
#define GROKSCOPE_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What stands in a column. */
typedef enum gsc_cell_kind {
    GSC_CELL_REAL,    /* NaN: not defined here, or not known */
    GSC_CELL_INTEGER, /* int64_t */
    GSC_CELL_BOOL,    /* yes or no */
    GSC_CELL_TEXT     /* a string, which the rows own */
} gsc_cell_kind;

/* A column of rows. */
typedef struct gsc_column {
    const char *name;   /* what it is called: "stable_rank" */
    gsc_cell_kind kind; /* of all its cells */
    bool identifies;    /* names the row: the tensor or frequency that it is about */
    const char *help;   /* what stands there, for people */
    bool of_run;        /* told by all rows of a run together */
} gsc_column;

/* One cell, by the kind of its column. */
typedef union gsc_cell {
    double real;     /* of kind GSC_CELL_REAL */
    int64_t integer; /* of kind GSC_CELL_INTEGER */
    bool truth;      /* of kind GSC_CELL_BOOL */
    char *text;      /* of kind GSC_CELL_TEXT, which the rows own */
} gsc_cell;

/* Numbers beside the cells, which only HDF5 has room for: a group of float32 arrays. */
typedef struct gsc_rows_matrix {
    const char *name;       /* of its dataset */
    size_t num_rows, width; /* its shape */
    float *values;          /* [num_rows, width]; [width] where num_rows is 0 */
} gsc_rows_matrix;

/* Rows, cell after cell. */
typedef struct gsc_rows {
    const gsc_column *columns; /* that outlive the rows */
    size_t num_columns;
    size_t num_cells;  /* of all rows, the last of which may be unfinished */
    size_t room;       /* cells allocated */
    gsc_cell *cells;   /* row after row */
    const char *group; /* of the matrices, "curves"; NULL: there are none */
    const gsc_rows_matrix *matrices; /* [num_matrices], borrowed */
    size_t num_matrices;
} gsc_rows;

/* No rows yet, over columns that outlive them. */
void gsc_rows_init(gsc_rows *rows, const gsc_column *columns, size_t num_columns);

/* Release cells and texts; takes what is zeroed or freed. */
void gsc_rows_free(gsc_rows *rows);

/* Append the next cell, of the kind that its column has. GSC_EMEMORY. */
int gsc_rows_real(gsc_rows *rows, double value);
int gsc_rows_integer(gsc_rows *rows, int64_t value);
int gsc_rows_bool(gsc_rows *rows, bool value);
int gsc_rows_text(gsc_rows *rows, const char *value);

/* The next cells, all reals: an array, or those that are listed. */
int gsc_rows_reals(gsc_rows *rows, const double *values, size_t count);
#define GSC_ROWS_REALS(rows, ...)                       \
    gsc_rows_reals(rows, (const double[]){__VA_ARGS__}, \
                   sizeof((const double[]){__VA_ARGS__}) / sizeof(double))

/* How many whole rows there are. */
static inline size_t
gsc_rows_count(const gsc_rows *rows)
{
    return rows->num_columns > 0 ? rows->num_cells / rows->num_columns : 0;
}

/* The cell of a row and a column, both of which there are. */
static inline gsc_cell *
gsc_rows_cell(const gsc_rows *rows, size_t row, size_t column)
{
    return &rows->cells[row * rows->num_columns + column];
}

/* The index of a column, which there is. */
size_t gsc_rows_column(const gsc_rows *rows, const char *name);

/* The row whose identifying cells equal those of row `row` of `other`, which has the
 * same columns; SIZE_MAX where there is none. */
size_t gsc_rows_find(const gsc_rows *rows, const gsc_rows *other, size_t row);

/* Write them as an HDF5 file: one dataset for each column, in /; attributes schema,
 * version and columns, their names in order; and the matrices in their group. The file
 * appears whole. GSC_EIO, GSC_EMEMORY. */
int gsc_rows_write_h5(const gsc_rows *rows, const char *schema, const char *version,
                      const char *path);

/* Put another text into a cell. GSC_EMEMORY leaves the old one. */
int gsc_rows_replace_text(gsc_rows *rows, size_t row, size_t column, const char *text);

#ifdef __cplusplus
}
#endif
#endif
