/* The history of a run in training. */
#include "train/run/history.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/run/loss_columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int
add_losses(gsc_table *table, const gsc_dataset *dataset)
{
    int status = 0;
    gsc_loss_columns columns;
    const char *names[GSC_MAX_COLUMNS];
    GSC_TRY(gsc_loss_columns_init(&columns, dataset));
    for (size_t i = 0; i < columns.count; i++)
        names[i] = columns.names[i];
    GSC_TRY(gsc_table_init(table, "loss", names, columns.count));
    for (size_t i = 0; i < columns.num_vectors; i++)
        GSC_TRY(gsc_table_add_vector(table, columns.vectors[i].name,
                                     columns.vectors[i].width));
out:
    return status;
}

int
gsc_history_init(gsc_history *history, const gsc_dataset *dataset,
                 const gsc_online *online)
{
    int status = 0;
    size_t count = online ? online->count : 0;
    *history = (gsc_history){.online = online};
    GSC_NEW(history->tables, 1 + count);
    history->num_tables = 1;
    GSC_TRY(add_losses(&history->tables[0], dataset));
    for (size_t i = 0; i < count; i++) {
        gsc_online_table t = gsc_online_table_at(online, i);
        GSC_TRY(gsc_table_init(&history->tables[history->num_tables++], t.name,
                               t.columns, t.num_columns));
    }
out:
    if (status < 0)
        gsc_history_free(history);
    return status;
}

void
gsc_history_free(gsc_history *history)
{
    for (size_t i = 0; history->tables && i < history->num_tables; i++)
        gsc_table_free(&history->tables[i]);
    free(history->tables);
    *history = (gsc_history){.num_tables = 0};
}

/* ---- Rows ---- */

const double *
gsc_history_row(const gsc_table *table, double step)
{
    size_t begin = 0, end = table->num_rows;
    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        const double *row = table->values + middle * table->num_values;
        if (row[0] == step)
            return row;
        if (row[0] < step)
            begin = middle + 1;
        else
            end = middle;
    }
    return NULL;
}

int
gsc_history_append(gsc_history *history, const double *const *rows)
{
    int status = 0;
    for (size_t i = 0; i < history->num_tables; i++)
        if (rows[i])
            GSC_TRY(gsc_table_append(&history->tables[i], rows[i]));
out:
    return status;
}

/* ---- Back from a file ---- */

static int
restore_table(gsc_table *table, const gsc_table *tables, size_t num_tables)
{
    int status = 0;
    size_t i = 0;
    while (i < num_tables && strcmp(tables[i].name, table->name) != 0)
        i++;
    if (i == num_tables)
        return gsc_fail(GSC_EFORMAT, "/history/%s is missing", table->name);
    if (!gsc_table_has_same_columns(table, &tables[i]))
        return gsc_fail(GSC_EFORMAT,
                        "/history/%s: %zu columns, and not the %zu that this program "
                        "measures",
                        table->name, tables[i].num_columns, table->num_columns);
    for (size_t row = 0; row < tables[i].num_rows; row++)
        GSC_TRY(gsc_table_append(table, tables[i].values + row * table->num_values));
out:
    return status;
}

int
gsc_history_restore(gsc_history *history, const gsc_table *tables, size_t num_tables)
{
    int status = 0;
    if (num_tables != history->num_tables)
        return gsc_fail(GSC_EFORMAT, "/history: %zu tables, expected %zu", num_tables,
                        history->num_tables);
    for (size_t i = 0; i < history->num_tables; i++)
        GSC_TRY(restore_table(&history->tables[i], tables, num_tables));
out:
    return status;
}

/* ---- From another run ---- */

/* What a row of another table has of a vector column. */
static void
adopt_vector(const gsc_vector_column *v, const gsc_table *from, const double *values,
             double *row)
{
    const gsc_vector_column *source = gsc_table_vector(from, v->name);
    for (size_t i = 0; i < v->width; i++)
        row[v->first + i] = source && source->width == v->width
                                ? values[source->first + i]
                                : (double)NAN;
}

static int
adopt_table(gsc_table *table, const gsc_table *from, double end)
{
    int status = 0;
    double *row = NULL;
    size_t source[GSC_MAX_COLUMNS];
    GSC_NEW(row, table->num_values);
    for (size_t c = 0; c < table->num_columns; c++)
        source[c] = gsc_table_column(from, table->columns[c]);
    for (size_t r = 0; r < from->num_rows; r++) {
        const double *values = from->values + r * from->num_values;
        if (values[0] >= end)
            break;
        for (size_t c = 0; c < table->num_columns; c++)
            row[c] = source[c] == SIZE_MAX ? (double)NAN : values[source[c]];
        for (size_t v = 0; v < table->num_vectors; v++)
            adopt_vector(&table->vectors[v], from, values, row);
        GSC_TRY(gsc_table_append(table, row));
    }
out:
    free(row);
    return status;
}

int
gsc_history_adopt(gsc_history *history, const gsc_table *tables, size_t num_tables,
                  int64_t end)
{
    int status = 0;
    for (size_t i = 0; i < history->num_tables; i++)
        for (size_t k = 0; k < num_tables; k++)
            if (strcmp(tables[k].name, history->tables[i].name) == 0)
                GSC_TRY(adopt_table(&history->tables[i], &tables[k], (double)end));
out:
    return status;
}
