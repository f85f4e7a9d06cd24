/* The history of a checkpoint file, written and read: a group for each table, a dataset
 * for each of its columns. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/checkpoint/checkpoint_image.h"
#include "train/hdf5/h5_values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OBJECT_BYTES = 2 * GSC_NAME_BYTES + 16, /* "/history/" and two names */
    MOST_NAMES = GSC_MAX_COLUMNS + GSC_MAX_VECTORS,
    ORDER_BYTES = MOST_NAMES * GSC_COLUMN_BYTES
};

static void
name_column(char object[OBJECT_BYTES], const gsc_table *table, const char *column)
{
    snprintf(object, OBJECT_BYTES, "/history/%s/%s", table->name, column);
}

/* ---- Writing ---- */

/* Column 0 becomes whole numbers, the others stay as they are. */
static int
add_column(gsc_h5 *file, const gsc_table *table, size_t column, void *room)
{
    char object[OBJECT_BYTES];
    int64_t *steps = room;
    double *values = room;
    name_column(object, table, table->columns[column]);
    for (size_t row = 0; row < table->num_rows; row++) {
        double value = table->values[row * table->num_values + column];
        if (column == 0)
            steps[row] = (int64_t)value;
        else
            values[row] = value;
    }
    return gsc_checkpoint_add_vector(file, object, NULL,
                                     column == 0 ? GSC_H5_INT64 : GSC_H5_FLOAT64,
                                     table->num_rows, room);
}

/* [rows, width] */
static int
add_vector(gsc_h5 *file, const gsc_table *table, const gsc_vector_column *v)
{
    int status = 0;
    char object[OBJECT_BYTES];
    double *values;
    gsc_h5_array array = {GSC_H5_FLOAT64, 2, {table->num_rows, v->width}};
    GSC_NEW(values, table->num_rows * v->width);
    for (size_t row = 0; row < table->num_rows; row++)
        memcpy(values + row * v->width,
               table->values + row * table->num_values + v->first,
               v->width * sizeof *values);
    name_column(object, table, v->name);
    GSC_TRY(gsc_h5_add_array(file, object, NULL, &array, values));
out:
    free(values);
    return status;
}

static int
add_table(gsc_h5 *file, const gsc_table *table)
{
    int status = 0;
    char object[OBJECT_BYTES];
    gsc_text order = {0};
    int64_t *room;
    GSC_NEW(room, table->num_rows);
    snprintf(object, sizeof object, "/history/%s", table->name);
    GSC_TRY(gsc_h5_add_group(file, object));
    for (size_t i = 0; i < table->num_columns; i++) {
        GSC_TRY(add_column(file, table, i, room));
        GSC_TRY(gsc_text_add(&order, i == 0 ? "%s" : " %s", table->columns[i]));
    }
    for (size_t i = 0; i < table->num_vectors; i++) {
        GSC_TRY(add_vector(file, table, &table->vectors[i]));
        GSC_TRY(gsc_text_add(&order, " %s", table->vectors[i].name));
    }
    GSC_TRY(gsc_h5_add_text(file, object, "columns", order.data));
out:
    gsc_text_free(&order);
    free(room);
    return status;
}

int
gsc_checkpoint_add_history(gsc_h5 *file, const gsc_table *tables, size_t num_tables)
{
    int status = gsc_h5_add_group(file, "/history");
    for (size_t i = 0; status == 0 && i < num_tables; i++)
        status = add_table(file, &tables[i]);
    return status;
}

/* ---- Reading ---- */

/* The columns in the order that the attribute tells, else `step` and the others as
 * sorted. `words` is room for the order's text. */
static int
order_columns(const gsc_h5 *file, const char *object, const gsc_h5_names *names,
              char words[ORDER_BYTES], const char **columns, size_t *num_columns)
{
    int status = 0;
    bool has;
    *num_columns = 0;
    if (names->count > MOST_NAMES)
        return gsc_h5_fail(file, object, NULL, "%zu columns, expected at most %d",
                           names->count, MOST_NAMES);
    GSC_TRY(gsc_h5_has_attribute(file, object, "columns", &has));
    if (has) {
        GSC_TRY(gsc_h5_read_short_text(file, object, "columns", words, ORDER_BYTES));
        char *rest = NULL;
        for (char *word = strtok_r(words, " ", &rest);
             word && *num_columns < MOST_NAMES; word = strtok_r(NULL, " ", &rest))
            columns[(*num_columns)++] = word;
    } else {
        columns[(*num_columns)++] = "step";
        for (size_t i = 0; i < names->count && *num_columns < MOST_NAMES; i++)
            if (strcmp(names->names[i], "step") != 0)
                columns[(*num_columns)++] = names->names[i];
    }
    /* Each is read by its name, so equal numbers of distinct names are equal sets. */
    if (*num_columns != names->count)
        return gsc_h5_fail(file, object, NULL, "%zu datasets, expected %zu columns",
                           names->count, *num_columns);
out:
    return status;
}

/* A row has all columns, so one long column makes a large table: all have to be as long
 * before there is memory for it. */
static int
check_lengths(const gsc_h5 *file, const gsc_table *table)
{
    int status = 0;
    char object[OBJECT_BYTES];
    size_t num_rows = 0;
    gsc_h5_array array;
    for (size_t i = 0; i < table->num_columns; i++) {
        name_column(object, table, table->columns[i]);
        GSC_TRY(gsc_h5_expect(file, object, NULL,
                              i == 0 ? GSC_H5_INT64 : GSC_H5_FLOAT64, 1, &array));
        if (i == 0)
            num_rows = array.dims[0];
        if (array.dims[0] != num_rows)
            return gsc_h5_fail(file, object, NULL,
                               "%zu values, expected %zu as in step", array.dims[0],
                               num_rows);
    }
    for (size_t i = 0; i < table->num_vectors; i++) {
        name_column(object, table, table->vectors[i].name);
        GSC_TRY(gsc_h5_inspect(file, object, NULL, &array));
        if (array.dims[0] != num_rows)
            return gsc_h5_fail(file, object, NULL, "%zu rows, expected %zu as in step",
                               array.dims[0], num_rows);
    }
out:
    return status;
}

static int
read_column(const gsc_h5 *file, gsc_table *table, size_t column)
{
    char object[OBJECT_BYTES];
    void *data = NULL;
    size_t count, n = table->num_values;
    name_column(object, table, table->columns[column]);
    int status = gsc_h5_read_vector(
        file, object, NULL, column == 0 ? GSC_H5_INT64 : GSC_H5_FLOAT64, &data, &count);
    if (status < 0)
        return status;
    if (column == 0) {
        table->values = gsc_new(count, n * sizeof *table->values);
        table->num_rows = table->room = table->values ? count : 0;
        status = table->values ? 0 : GSC_EMEMORY;
    }
    const int64_t *steps = data;
    const double *values = data;
    for (size_t row = 0; status == 0 && row < count; row++)
        table->values[row * n + column] =
            column == 0 ? (double)steps[row] : values[row];
    free(data);
    return status;
}

static int
read_vector(const gsc_h5 *file, gsc_table *table, const gsc_vector_column *v)
{
    int status = 0;
    char object[OBJECT_BYTES];
    double *data;
    gsc_h5_array array;
    name_column(object, table, v->name);
    GSC_NEW(data, table->num_rows * v->width);
    GSC_TRY(gsc_h5_expect(file, object, NULL, GSC_H5_FLOAT64, 2, &array));
    GSC_TRY(gsc_h5_read(file, object, NULL, &array, data));
    for (size_t row = 0; row < table->num_rows; row++)
        memcpy(table->values + row * table->num_values + v->first,
               data + row * v->width, v->width * sizeof *data);
out:
    free(data);
    return status;
}

static int
check_steps(const gsc_h5 *file, const char *object, const gsc_table *table)
{
    double last = -1;
    for (size_t row = 0; row < table->num_rows; row++) {
        double step = table->values[row * table->num_values];
        if (step <= last)
            return gsc_h5_fail(file, object, NULL,
                               "row %zu has step %.0f, expected more than %.0f", row,
                               step, last);
        last = step;
    }
    return 0;
}

/* Vector columns are the datasets of rank 2, [rows, width]. */
static int
make_columns(const gsc_h5 *file, const char *name, const char *const *names,
             size_t num_names, gsc_table *table)
{
    int status = 0;
    char object[OBJECT_BYTES];
    const char *columns[MOST_NAMES];
    size_t num_columns = 0, widths[MOST_NAMES];
    bool is_vector[MOST_NAMES];
    for (size_t i = 0; i < num_names; i++) {
        gsc_h5_array array;
        snprintf(object, sizeof object, "/history/%s/%s", name, names[i]);
        GSC_TRY(gsc_h5_inspect(file, object, NULL, &array));
        is_vector[i] = array.rank == 2;
        widths[i] = is_vector[i] ? array.dims[1] : 0;
        if (!is_vector[i])
            columns[num_columns++] = names[i];
    }
    GSC_TRY(gsc_table_init(table, name, columns, num_columns));
    for (size_t i = 0; i < num_names; i++)
        if (is_vector[i])
            GSC_TRY(gsc_table_add_vector(table, names[i], widths[i]));
out:
    return status;
}

static int
read_table(const gsc_h5 *file, const char *name, gsc_table *table)
{
    int status = 0;
    char object[OBJECT_BYTES], words[ORDER_BYTES];
    const char *columns[MOST_NAMES];
    size_t num_columns;
    gsc_h5_names names;
    snprintf(object, sizeof object, "/history/%s", name);
    GSC_TRY(gsc_h5_list(file, object, &names));
    GSC_TRY(order_columns(file, object, &names, words, columns, &num_columns));
    status = make_columns(file, name, columns, num_columns, table);
    if (status == GSC_EARGUMENT)
        status = gsc_h5_fail(file, object, NULL, "%s", gsc_error_text());
    GSC_TRY(status);
    GSC_TRY(check_lengths(file, table));
    for (size_t i = 0; i < table->num_columns; i++)
        GSC_TRY(read_column(file, table, i));
    for (size_t i = 0; i < table->num_vectors; i++)
        GSC_TRY(read_vector(file, table, &table->vectors[i]));
    GSC_TRY(check_steps(file, object, table));
out:
    gsc_h5_names_free(&names);
    return status;
}

int
gsc_checkpoint_read_history(const gsc_h5 *file, gsc_checkpoint *checkpoint)
{
    int status = 0;
    bool has;
    gsc_h5_names names = {0};
    GSC_TRY(gsc_h5_list(file, "/history", &names));
    GSC_TRY(gsc_h5_has_attribute(file, "/history", "since", &has));
    if (has)
        GSC_TRY(gsc_h5_read_integers(file, "/history", "since", 0, 1,
                                     &checkpoint->history_since));
    GSC_NEW(checkpoint->history, names.count);
    for (size_t i = 0; i < names.count; i++)
        GSC_TRY(read_table(file, names.names[i],
                           &checkpoint->history[checkpoint->num_tables++]));
out:
    gsc_h5_names_free(&names);
    return status;
}
