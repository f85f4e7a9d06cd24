/* Tables of text cells: CSV and TSV. */
#include "train/data/delimited.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 0x7fffffff };

typedef struct reader {
    const char *path;
    char separator;
    char *at, *end;
    size_t line;
} reader;

/* What ends a cell, after it was read. */
typedef enum cell_end { NEXT_CELL, NEXT_ROW, END_OF_FILE } cell_end;

static cell_end
step_over_end(reader *r)
{
    char ends = r->at < r->end ? *r->at : '\0';
    if (r->at < r->end)
        r->at++;
    if (ends == r->separator)
        return NEXT_CELL;
    r->line += ends == '\n';
    return r->at < r->end ? NEXT_ROW : END_OF_FILE;
}

/* A cell in quotes is moved over its own quotes; returns its end, NULL without one. */
static char *
unquote(reader *r)
{
    char *to = r->at++;
    for (; r->at < r->end; r->at++) {
        bool quote = *r->at == '"', doubled = quote && r->at[1] == '"';
        if (quote && !doubled) {
            r->at++;
            return to;
        }
        r->at += doubled;
        r->line += *r->at == '\n';
        *to++ = *r->at;
    }
    return NULL;
}

/* Cut the cell at the reader; a carriage return before a line's end is no part. */
static int
read_cell(reader *r, char **cell, cell_end *end)
{
    size_t line = r->line;
    char *stop;
    *cell = r->at;
    if (r->at < r->end && *r->at == '"') {
        stop = unquote(r);
        if (!stop)
            return gsc_fail(GSC_EFORMAT, "%s: line %zu: a quote without an end",
                            r->path, line);
    } else {
        stop = r->at;
        while (stop < r->end && *stop != r->separator && *stop != '\n')
            stop++;
        r->at = stop;
    }
    if (r->at < r->end && *r->at == '\r' && r->at[1] == '\n')
        r->at++;
    if (r->at < r->end && *r->at != r->separator && *r->at != '\n')
        return gsc_fail(GSC_EFORMAT, "%s: line %zu: '%c' after a cell in quotes",
                        r->path, r->line, *r->at);
    *end = step_over_end(r);
    if (stop > *cell && stop[-1] == '\r' && *end != NEXT_CELL)
        stop--;
    *stop = '\0';
    return 0;
}

/* Cells there are at most: one more than separators and line ends. */
static size_t
count_cells(const reader *r)
{
    size_t count = 1;
    for (const char *c = r->at; c < r->end; c++)
        count += *c == r->separator || *c == '\n';
    return count;
}

static int
read_rows(gsc_delimited *table, reader *r)
{
    int status = 0;
    size_t in_row = 0, count = 0;
    cell_end end = r->at < r->end ? NEXT_ROW : END_OF_FILE;
    while (end != END_OF_FILE) {
        size_t line = r->line;
        GSC_TRY(read_cell(r, &table->cells[count++], &end));
        in_row++;
        if (end == NEXT_CELL)
            continue;
        if (table->num_columns == 0)
            table->num_columns = in_row;
        if (in_row != table->num_columns)
            return gsc_fail(GSC_EFORMAT, "%s: line %zu: %zu cells, expected %zu",
                            r->path, line, in_row, table->num_columns);
        in_row = 0;
    }
    if (count == 0)
        return gsc_fail(GSC_EFORMAT, "%s: is empty, expected a row of names", r->path);
    table->num_rows = count / table->num_columns - 1;
out:
    return status;
}

int
gsc_delimited_read(gsc_delimited *table, const char *path, char separator)
{
    int status = 0;
    size_t length;
    *table = (gsc_delimited){.data = NULL};
    GSC_TRY(gsc_text_read_file(path, MOST_BYTES, &table->data, &length));
    if (memchr(table->data, '\0', length))
        GSC_TRY(gsc_fail(GSC_EFORMAT, "%s: has a byte 0, which text has not", path));
    reader r = {path, separator, table->data, table->data + length, 1};
    GSC_NEW(table->cells, count_cells(&r));
    GSC_TRY(read_rows(table, &r));
out:
    return status;
}

void
gsc_delimited_free(gsc_delimited *table)
{
    free(table->data);
    free(table->cells);
    *table = (gsc_delimited){.data = NULL};
}

size_t
gsc_delimited_column(const gsc_delimited *table, const char *name)
{
    size_t i = 0;
    while (i < table->num_columns && strcmp(table->cells[i], name) != 0)
        i++;
    return i;
}

const char *
gsc_delimited_cell(const gsc_delimited *table, size_t row, size_t column)
{
    return table->cells[(row + 1) * table->num_columns + column];
}
