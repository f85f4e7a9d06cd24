/* What measures say of a run in a report, over its steps. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/report/report_write.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = {"real", "integer", "bool", "text"};

/* Columns that share a chart are those with one ending. */
static const char *
group_of(const char *name)
{
    static const char *const endings[] = {"loss", "accuracy", "share", "gini", "ipr",
                                          "init", "fve",      "train", "test"};
    if (strncmp(name, "restricted_t", strlen("restricted_t")) == 0)
        return "loss";
    if (strncmp(name, "test_accuracy", strlen("test_accuracy")) == 0)
        return "accuracy";
    if (strcmp(name, "excluded_cube") == 0)
        return "loss";
    if (strncmp(name, "rqi_", 4) == 0)
        return "rqi";
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (gsc_text_ends_with(name, endings[i]))
            return endings[i];
    return name;
}

/* What spans orders of magnitude. */
static bool
is_logarithmic(const char *name)
{
    static const char *const names[] = {"loss",          "brier", "restricted_t",
                                        "excluded_cube", "ratio", "sum_of_squares"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strstr(name, names[i]))
            return true;
    return false;
}

static double
number_of(const gsc_cell *cell, gsc_cell_kind kind)
{
    return kind == GSC_CELL_REAL      ? cell->real
           : kind == GSC_CELL_INTEGER ? (double)cell->integer
                                      : cell->truth;
}

/* The numbers of one column, one row for each checkpoint. */
static void
add_numbers(gsc_report_writer *w, const gsc_rows *rows, size_t column, const char *key,
            const char *name)
{
    int status = 0;
    double *values = NULL;
    size_t count = gsc_rows_count(rows);
    GSC_NEW(values, count);
    for (size_t i = 0; i < count; i++)
        values[i] =
            number_of(gsc_rows_cell(rows, i, column), rows->columns[column].kind);
    gsc_arrays_add_named(&w->arrays, &w->json, key, name, GSC_PACK_F32,
                         gsc_pack_source_f64(values, count, 0, 0, 0));
out:
    free(values);
    gsc_json_note(&w->json, status);
}

static void
add_texts(gsc_json *json, const gsc_rows *rows, size_t column)
{
    gsc_json_open(json, "texts", '[');
    for (size_t i = 0; i < gsc_rows_count(rows); i++)
        gsc_json_text(json, NULL, gsc_rows_cell(rows, i, column)->text);
    gsc_json_close(json, '[');
}

/* The column of a control, or SIZE_MAX. */
static size_t
find_control(const gsc_rows *rows, const char *name, gsc_control control)
{
    char full[GSC_PACK_NAME_BYTES];
    snprintf(full, sizeof full, "%s_%s", name, gsc_control_names[control]);
    for (size_t c = 0; c < rows->num_columns; c++)
        if (strcmp(rows->columns[c].name, full) == 0)
            return c;
    return SIZE_MAX;
}

static void
add_controls(gsc_report_writer *w, const gsc_report_measure *m,
             const gsc_column *column)
{
    const gsc_rows *rows = &m->measured.rows;
    char name[GSC_PACK_NAME_BYTES];
    gsc_json_open(&w->json, "controls", '{');
    for (gsc_control k = 0; k < GSC_NUM_CONTROLS; k++) {
        size_t at = m->controls[k] ? find_control(rows, column->name, k) : SIZE_MAX;
        snprintf(name, sizeof name, "%s.%s", column->name, gsc_control_names[k]);
        if (at != SIZE_MAX)
            add_numbers(w, rows, at, gsc_control_names[k], name);
    }
    gsc_json_close(&w->json, '{');
}

static void
write_column(gsc_report_writer *w, const gsc_report_measure *m,
             const gsc_column *column)
{
    gsc_json *json = &w->json;
    const gsc_rows *rows = &m->measured.rows;
    size_t at = gsc_rows_column(rows, column->name);
    gsc_json_open(json, NULL, '{');
    gsc_json_text(json, "name", column->name);
    gsc_json_text(json, "help", column->help);
    gsc_json_text(json, "kind", kinds[column->kind]);
    gsc_json_bool(json, "log", is_logarithmic(column->name));
    gsc_json_text(json, "group", group_of(column->name));
    if (column->kind == GSC_CELL_TEXT) {
        add_texts(json, rows, at);
    } else {
        add_numbers(w, rows, at, "values", column->name);
        add_controls(w, m, column);
    }
    gsc_json_close(json, '{');
}

/* "convention nanda, key-rule neuron" */
static void
write_options(gsc_json *json, const gsc_report_measure *m)
{
    int status = 0;
    gsc_text text = {0};
    GSC_TRY(gsc_text_add(&text, "%s", ""));
    for (size_t i = 0; m->options && i < m->measure->options->num_rows; i++) {
        const gsc_option *key = &m->measure->options->rows[i];
        if (key->type != GSC_OPTION_CHOICE)
            continue;
        GSC_TRY(gsc_text_add(&text, "%s", text.length > 0 ? ", " : ""));
        for (const char *at = key->name; *at; at++)
            GSC_TRY(gsc_text_add(&text, "%c", *at == '_' ? '-' : *at));
        GSC_TRY(gsc_text_add(&text, " "));
        GSC_TRY(
            gsc_options_add_value(key, (const char *)m->options + key->offset, &text));
    }
    gsc_json_text(json, "options", text.data);
out:
    gsc_text_free(&text);
    gsc_json_note(json, status);
}

/* Bands of rows with one text in the column "phase"; each reaches from the first of its
 * steps to the first of the next one's. */
static void
write_phases(gsc_json *json, const gsc_report_run *run, const gsc_rows *rows)
{
    size_t column = 0, count = gsc_rows_count(rows);
    while (column < rows->num_columns &&
           strcmp(rows->columns[column].name, "phase") != 0)
        column++;
    if (column == rows->num_columns)
        return;
    gsc_json_open(json, "phases", '[');
    for (size_t i = 0, end; i < count; i = end) {
        const char *name = gsc_rows_cell(rows, i, column)->text;
        end = i + 1;
        while (end < count && strcmp(gsc_rows_cell(rows, end, column)->text, name) == 0)
            end++;
        if (*name == '\0')
            continue;
        gsc_json_open(json, NULL, '{');
        gsc_json_text(json, "name", name);
        gsc_json_integer(json, "from", run->steps[i]);
        gsc_json_integer(json, "to", run->steps[end < count ? end : count - 1]);
        gsc_json_close(json, '{');
    }
    gsc_json_close(json, '[');
}

static void
write_measure(gsc_report_writer *w, const gsc_report_run *run,
              const gsc_report_measure *m)
{
    gsc_json *json = &w->json;
    const gsc_measure_table *table = &m->measure->tables[0];
    gsc_json_open(json, NULL, '{');
    gsc_json_text(json, "name", m->measure->name);
    gsc_json_text(json, "title", m->measure->purpose);
    write_options(json, m);
    gsc_json_open(json, "columns", '[');
    for (size_t c = 0; c < table->num_columns; c++)
        write_column(w, m, &table->columns[c]);
    gsc_json_close(json, '[');
    write_phases(json, run, &m->measured.rows);
    gsc_json_close(json, '{');
}

/* ---- Representations ---- */

static void
write_irreps(gsc_report_writer *w, const gsc_report_run *run, const char *prefix)
{
    gsc_json *json = &w->json;
    const gsc_rows *rows = &run->irreps.rows;
    size_t name = gsc_rows_column(rows, "irrep"), steps = run->inputs.count;
    size_t dimension = gsc_rows_column(rows, "dimension");
    size_t count = gsc_rows_count(rows) / steps; /* the same of each checkpoint */
    if (count == 0)
        return;
    gsc_json_open(json, "irreps", '{');
    gsc_json_open(json, "names", '[');
    for (size_t i = 0; i < count; i++)
        gsc_json_text(json, NULL, gsc_rows_cell(rows, i, name)->text);
    gsc_json_close(json, '[');
    gsc_json_open(json, "dimension", '[');
    for (size_t i = 0; i < count; i++)
        gsc_json_integer(json, NULL, gsc_rows_cell(rows, i, dimension)->integer);
    gsc_json_close(json, '[');
    gsc_arrays_name(&w->arrays, "%s.irreps", prefix);
    int status = 0;
    double *values = NULL;
    size_t similarity = gsc_rows_column(rows, "similarity");
    GSC_NEW(values, steps * count);
    for (size_t i = 0; i < steps * count; i++)
        values[i] = gsc_rows_cell(rows, i, similarity)->real;
    gsc_arrays_add(&w->arrays, json, "similarity", GSC_PACK_F32,
                   gsc_pack_source_f64(values, steps, count, 0, 0));
    gsc_json_close(json, '{');
out:
    free(values);
    gsc_json_note(json, status);
}

void
gsc_report_write_measures(gsc_report_writer *w, const gsc_report_run *run,
                          const char *prefix)
{
    gsc_json_open(&w->json, "measures", '[');
    for (size_t i = 0; i < run->num_measures; i++) {
        gsc_arrays_name(&w->arrays, "%s.%s", prefix, run->measures[i].measure->name);
        write_measure(w, run, &run->measures[i]);
    }
    gsc_json_close(&w->json, '[');
    if (run->has_irreps)
        write_irreps(w, run, prefix);
}
