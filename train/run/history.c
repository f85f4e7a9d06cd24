/* The history of a run in training. */
#include "train/run/history.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"
#include "grokscope/trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const gsc_train_columns[GSC_TRAIN_COLUMNS] = {
    "step",      "train_loss",    "train_accuracy",
    "test_loss", "test_accuracy", "sum_squared_weights",
};

bool
gsc_history_keeps(const gsc_column *column)
{
    return column->kind != GSC_CELL_TEXT && !column->of_run;
}

/* ---- Tables ---- */

static int
unknown_measure(const char *name)
{
    enum { MOST = 64 };
    const char *names[MOST];
    size_t count = 0;
    gsc_text list = {0};
    for (const gsc_measure *m; count < MOST && (m = gsc_measure_at(count)); count++) {
        names[count] = m->name;
        gsc_text_add(&list, "%s%s", count > 0 ? ", " : "", m->name);
    }
    const char *nearest = gsc_text_nearest(name, names, count);
    int status = nearest ? gsc_fail(GSC_EARGUMENT,
                                    "measure: no measure '%s'; did you mean '%s'?",
                                    name, nearest)
                         : gsc_fail(GSC_EARGUMENT, "measure: '%s' is none of %s", name,
                                    list.data ? list.data : "");
    gsc_text_free(&list);
    return status;
}

static int
add_measure(gsc_history *h, const char *name)
{
    const char *columns[GSC_MAX_COLUMNS + 1] = {"step"};
    size_t count = 1;
    const gsc_measure *m = gsc_measure_find(name);
    if (!m)
        return unknown_measure(name);
    for (size_t i = 1; i < h->num_tables; i++)
        if (h->measures[i] == m)
            return gsc_fail(GSC_EARGUMENT, "measure: '%s' stands twice", name);
    for (size_t c = 0; c < m->tables[0].num_columns && count <= GSC_MAX_COLUMNS; c++)
        if (gsc_history_keeps(&m->tables[0].columns[c]))
            columns[count++] = m->tables[0].columns[c].name;
    h->measures[h->num_tables] = m;
    return gsc_table_init(&h->tables[h->num_tables++], name, columns, count);
}

/* Add the measure whose name is the `length` bytes at `text`, without blanks around. */
static int
add_named(gsc_history *h, const char *text, size_t length)
{
    char name[GSC_COLUMN_BYTES];
    while (length > 0 && *text == ' ')
        text++, length--;
    while (length > 0 && text[length - 1] == ' ')
        length--;
    if (length == 0 || length >= sizeof name)
        return gsc_fail(GSC_EARGUMENT,
                        "measure: '%.*s' is no name of a measure; names stand with "
                        "commas between, as progress,norms",
                        (int)length, text);
    memcpy(name, text, length);
    name[length] = '\0';
    return add_measure(h, name);
}

int
gsc_history_init(gsc_history *history, const char *measures)
{
    int status = 0;
    size_t most = 2;
    *history = (gsc_history){.num_tables = 1};
    for (const char *c = measures; *c; c++)
        most += *c == ',';
    GSC_NEW(history->tables, most);
    GSC_NEW(history->measures, most);
    GSC_TRY(gsc_table_init(&history->tables[0], "loss", gsc_train_columns,
                           GSC_TRAIN_COLUMNS));
    for (const char *at = measures; *measures; at++) {
        size_t length = strcspn(at, ",");
        GSC_TRY(add_named(history, at, length));
        at += length;
        if (*at == '\0')
            break;
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
    free(history->measures);
    *history = (gsc_history){.num_tables = 0};
}

/* ---- Rows ---- */

static double
number_of(const gsc_cell *cell, gsc_cell_kind kind)
{
    return kind == GSC_CELL_REAL      ? cell->real
           : kind == GSC_CELL_INTEGER ? (double)cell->integer
                                      : (double)cell->truth;
}

void
gsc_history_take(const gsc_rows *rows, int64_t step, double *row)
{
    *row++ = (double)step;
    for (size_t c = 0; c < rows->num_columns; c++) {
        const gsc_column *column = &rows->columns[c];
        if (gsc_history_keeps(column))
            *row++ = gsc_rows_count(rows) > 0
                         ? number_of(gsc_rows_cell(rows, 0, c), column->kind)
                         : (double)NAN;
    }
}

const double *
gsc_history_row(const gsc_table *table, double step)
{
    size_t begin = 0, end = table->num_rows;
    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        const double *row = table->values + middle * table->num_columns;
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

static bool
has_same_columns(const gsc_table *a, const gsc_table *b)
{
    bool same = a->num_columns == b->num_columns;
    for (size_t c = 0; same && c < a->num_columns; c++)
        same = strcmp(a->columns[c], b->columns[c]) == 0;
    return same;
}

static int
restore_table(gsc_table *table, const gsc_table *tables, size_t num_tables)
{
    int status = 0;
    size_t i = 0;
    while (i < num_tables && strcmp(tables[i].name, table->name) != 0)
        i++;
    if (i == num_tables)
        return gsc_fail(GSC_EFORMAT, "/history/%s is missing", table->name);
    if (!has_same_columns(table, &tables[i]))
        return gsc_fail(GSC_EFORMAT,
                        "/history/%s: %zu columns, and not the %zu that this program "
                        "measures",
                        table->name, tables[i].num_columns, table->num_columns);
    for (size_t row = 0; row < tables[i].num_rows; row++)
        GSC_TRY(gsc_table_append(table, tables[i].values + row * table->num_columns));
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
