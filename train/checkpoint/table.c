/* A table of numbers with named columns, each row at a training step. */
#include "grokscope/table.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Names become links of an HDF5 file and words of a list. */
static int
set_name(char to[GSC_COLUMN_BYTES], const char *name, const char *what)
{
    size_t length = strlen(name);
    if (length == 0 || length >= GSC_COLUMN_BYTES)
        return gsc_fail(GSC_EARGUMENT, "%s '%s' has %zu bytes, expected 1 to %d", what,
                        name, length, GSC_COLUMN_BYTES - 1);
    if (strpbrk(name, "/ \t\n") || strcmp(name, ".") == 0)
        return gsc_fail(GSC_EARGUMENT, "%s '%s' is no name", what, name);
    memcpy(to, name, length + 1);
    return 0;
}

static int
set_columns(gsc_table *table, const char *const *columns, size_t num_columns)
{
    if (num_columns < 1 || num_columns > GSC_MAX_COLUMNS)
        return gsc_fail(GSC_EARGUMENT, "table %s: %zu columns, expected 1 to %d",
                        table->name, num_columns, GSC_MAX_COLUMNS);
    if (strcmp(columns[0], "step") != 0)
        return gsc_fail(GSC_EARGUMENT, "table %s: column 0 is '%s', expected 'step'",
                        table->name, columns[0]);
    for (size_t i = 0; i < num_columns; i++) {
        int status = set_name(table->columns[i], columns[i], "column");
        if (status < 0)
            return gsc_fail_in(status, table->name);
        if (gsc_table_column(table, columns[i]) != SIZE_MAX)
            return gsc_fail(GSC_EARGUMENT, "table %s: two columns '%s'", table->name,
                            columns[i]);
        table->num_columns++;
    }
    return 0;
}

int
gsc_table_init(gsc_table *table, const char *name, const char *const *columns,
               size_t num_columns)
{
    int status = 0;
    *table = (gsc_table){0};
    GSC_TRY(set_name(table->name, name, "table"));
    GSC_TRY(set_columns(table, columns, num_columns));
    table->num_values = num_columns;
out:
    return status;
}

int
gsc_table_add_vector(gsc_table *table, const char *name, size_t width)
{
    int status = 0;
    gsc_vector_column *v = &table->vectors[table->num_vectors];
    if (table->num_vectors == GSC_MAX_VECTORS)
        return gsc_fail(GSC_EARGUMENT, "table %s: more than %d vector columns",
                        table->name, GSC_MAX_VECTORS);
    if (width == 0 || width > GSC_MAX_WIDTH)
        return gsc_fail(GSC_EARGUMENT,
                        "table %s: column '%s' has the width %zu, expected 1 to %d",
                        table->name, name, width, GSC_MAX_WIDTH);
    GSC_TRY(set_name(v->name, name, "column"));
    if (gsc_table_column(table, name) != SIZE_MAX || gsc_table_vector(table, name))
        return gsc_fail(GSC_EARGUMENT, "table %s: two columns '%s'", table->name, name);
    v->width = width;
    v->first = table->num_values;
    table->num_values += width;
    table->num_vectors++;
out:
    return status;
}

void
gsc_table_init_like(gsc_table *table, const gsc_table *other)
{
    *table = *other;
    table->num_rows = table->room = 0;
    table->values = NULL;
}

bool
gsc_table_has_same_columns(const gsc_table *a, const gsc_table *b)
{
    bool same = a->num_columns == b->num_columns && a->num_vectors == b->num_vectors;
    for (size_t c = 0; same && c < a->num_columns; c++)
        same = strcmp(a->columns[c], b->columns[c]) == 0;
    for (size_t v = 0; same && v < a->num_vectors; v++)
        same = strcmp(a->vectors[v].name, b->vectors[v].name) == 0 &&
               a->vectors[v].width == b->vectors[v].width;
    return same;
}

const gsc_vector_column *
gsc_table_vector(const gsc_table *table, const char *name)
{
    for (size_t v = 0; v < table->num_vectors; v++)
        if (strcmp(table->vectors[v].name, name) == 0)
            return &table->vectors[v];
    return NULL;
}

void
gsc_table_free(gsc_table *table)
{
    free(table->values);
    *table = (gsc_table){0};
}

int
gsc_table_append(gsc_table *table, const double *row)
{
    size_t n = table->num_values;
    /* steps are whole numbers that a double holds exactly */
    if (!(row[0] >= 0 && row[0] <= 9007199254740992.0) ||
        row[0] != (double)(int64_t)row[0])
        return gsc_fail(GSC_EARGUMENT,
                        "table %s: step %g is no whole number of 0 … 2^53", table->name,
                        row[0]);
    while (table->num_rows > 0 && table->values[(table->num_rows - 1) * n] >= row[0])
        table->num_rows--;
    int status = gsc_grow(&table->values, table->num_rows, &table->room,
                          table->num_values * sizeof *table->values);
    if (status < 0)
        return status;
    memcpy(table->values + table->num_rows * n, row, n * sizeof *row);
    table->num_rows++;
    return 0;
}

size_t
gsc_table_column(const gsc_table *table, const char *name)
{
    for (size_t i = 0; i < table->num_columns; i++)
        if (strcmp(table->columns[i], name) == 0)
            return i;
    return SIZE_MAX;
}

size_t
gsc_table_first(const gsc_table *table, size_t column, int direction, double value)
{
    for (size_t row = 0; row < table->num_rows; row++) {
        double found = table->values[row * table->num_values + column];
        if (direction < 0 ? found <= value : found >= value)
            return row; /* NaN is neither */
    }
    return SIZE_MAX;
}

size_t
gsc_table_sustains(const gsc_table *table, size_t column, double least, size_t further,
                   double spacing)
{
    size_t since = SIZE_MAX, kept = 0;
    double counted = 0; /* the step of the evaluation counted last */
    for (size_t row = 0; row < table->num_rows; row++) {
        const double *values = table->values + row * table->num_values;
        if (isnan(values[column]))
            continue;
        if (values[column] < least) {
            since = SIZE_MAX;
        } else if (since == SIZE_MAX) {
            since = row;
            counted = values[0];
            kept = 0;
        } else if (values[0] - counted >= spacing) {
            counted = values[0];
            kept++;
        }
        if (since != SIZE_MAX && kept >= further)
            return since;
    }
    return SIZE_MAX;
}
