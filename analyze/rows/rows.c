/* Rows of typed cells under named columns. */
#include "grokscope/rows.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void
gsc_rows_init(gsc_rows *rows, const gsc_column *columns, size_t num_columns)
{
    *rows = (gsc_rows){.columns = columns, .num_columns = num_columns};
}

void
gsc_rows_free(gsc_rows *rows)
{
    for (size_t i = 0; i < rows->num_cells; i++)
        if (rows->columns[i % rows->num_columns].kind == GSC_CELL_TEXT)
            free(rows->cells[i].text);
    free(rows->cells);
    *rows = (gsc_rows){0};
}

static int
append(gsc_rows *rows, gsc_cell_kind kind, gsc_cell cell)
{
    int status =
        gsc_grow(&rows->cells, rows->num_cells, &rows->room, sizeof *rows->cells);
    assert(rows->columns[rows->num_cells % rows->num_columns].kind == kind);
    (void)kind;
    if (status == 0)
        rows->cells[rows->num_cells++] = cell;
    return status;
}

int
gsc_rows_real(gsc_rows *rows, double value)
{
    return append(rows, GSC_CELL_REAL, (gsc_cell){.real = value});
}

int
gsc_rows_reals(gsc_rows *rows, const double *values, size_t count)
{
    int status = 0;
    for (size_t i = 0; i < count; i++)
        GSC_TRY(gsc_rows_real(rows, values[i]));
out:
    return status;
}

int
gsc_rows_integer(gsc_rows *rows, int64_t value)
{
    return append(rows, GSC_CELL_INTEGER, (gsc_cell){.integer = value});
}

int
gsc_rows_bool(gsc_rows *rows, bool value)
{
    return append(rows, GSC_CELL_BOOL, (gsc_cell){.truth = value});
}

int
gsc_rows_text(gsc_rows *rows, const char *value)
{
    char *copy = gsc_copy_text(value);
    if (!copy)
        return GSC_EMEMORY;
    int status = append(rows, GSC_CELL_TEXT, (gsc_cell){.text = copy});
    if (status < 0)
        free(copy);
    return status;
}

size_t
gsc_rows_column(const gsc_rows *rows, const char *name)
{
    size_t i = 0;
    while (strcmp(rows->columns[i].name, name) != 0) {
        i++;
        assert(i < rows->num_columns);
    }
    return i;
}

static bool
equal(gsc_cell_kind kind, const gsc_cell *a, const gsc_cell *b)
{
    switch (kind) {
    case GSC_CELL_REAL:
        return a->real == b->real;
    case GSC_CELL_INTEGER:
        return a->integer == b->integer;
    case GSC_CELL_BOOL:
        return a->truth == b->truth;
    default:
        return strcmp(a->text, b->text) == 0;
    }
}

size_t
gsc_rows_find(const gsc_rows *rows, const gsc_rows *other, size_t row)
{
    size_t count = gsc_rows_count(rows);
    for (size_t i = 0; i < count; i++) {
        size_t at = (row + i) % count; /* most often in the same place */
        bool same = true;
        for (size_t c = 0; same && c < rows->num_columns; c++)
            same = !rows->columns[c].identifies ||
                   equal(rows->columns[c].kind, gsc_rows_cell(rows, at, c),
                         gsc_rows_cell(other, row, c));
        if (same)
            return at;
    }
    return SIZE_MAX;
}

int
gsc_rows_replace_text(gsc_rows *rows, size_t row, size_t column, const char *text)
{
    char *copy = gsc_copy_text(text);
    if (!copy)
        return GSC_EMEMORY;
    gsc_cell *cell = gsc_rows_cell(rows, row, column);
    free(cell->text);
    cell->text = copy;
    return 0;
}
