/* Tables of text cells, one row a line, as CSV and TSV files have them: the first row
 * names the columns; a cell that begins with '"' goes on to the next single '"', with
 * '""' for one of its own, over line ends too (RFC 4180). */
#ifndef GSC_DATA_DELIMITED_H
#define GSC_DATA_DELIMITED_H

#include <stddef.h>

typedef struct gsc_delimited {
    char *data; /* the file, its cells cut */
    size_t num_rows, num_columns;
    char **cells; /* [1 + num_rows, num_columns], the names first */
} gsc_delimited;

/* Read a file of at most 2 GiB. GSC_EFORMAT, with the line: a row with another number
 * of cells than the first, a quote without an end, a NUL. gsc_delimited_free releases
 * it, also after a failure. */
int gsc_delimited_read(gsc_delimited *table, const char *path, char separator);
void gsc_delimited_free(gsc_delimited *table);

/* The column of that name, or num_columns. */
size_t gsc_delimited_column(const gsc_delimited *table, const char *name);

/* Cell of row `row`, from 0 without the names. */
const char *gsc_delimited_cell(const gsc_delimited *table, size_t row, size_t column);

#endif
