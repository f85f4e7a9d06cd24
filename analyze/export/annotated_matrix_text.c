/* Annotated rows as text. */
#include "analyze/export/annotated_matrix_text.h"

#include "grokscope/error.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Cells ---- */

static int
add_quoted(gsc_text *text, const char *cell)
{
    int status = 0;
    GSC_TRY(gsc_text_add(text, "\""));
    for (const char *c = cell; *c; c++)
        GSC_TRY(gsc_text_add(text, "%s%c", *c == '"' ? "\"" : "", *c));
    GSC_TRY(gsc_text_add(text, "\""));
out:
    return status;
}

int
gsc_annotated_matrix_add_cell(gsc_text *text, char separator, const char *cell)
{
    int status = 0;
    gsc_text shown = {0};
    if (separator == '\t')
        return gsc_text_add_cell(text, cell);
    GSC_TRY(gsc_text_add_escaped(&shown, cell));
    GSC_TRY(strpbrk(shown.data, ",\"") ? add_quoted(text, shown.data)
                                       : gsc_text_add(text, "%s", shown.data));
out:
    gsc_text_free(&shown);
    return status;
}

int
gsc_annotated_matrix_add_number(const gsc_annotated_matrix *self, size_t i,
                                gsc_text *text)
{
    char number[GSC_NUMBER_BYTES];
    double value = self->x.data[i];
    float narrow = (float)value;
    if (self->type == GSC_FLOAT64 || !isfinite(value)) {
        gsc_text_from_real(number, value);
        return gsc_text_add(text, "%s", number);
    }
    for (int digits = 6; digits < 10; digits++) {
        snprintf(number, sizeof number, "%.*g", digits, (double)narrow);
        if (strtof(number, NULL) == narrow)
            break;
    }
    return gsc_text_add(text, "%s", number);
}

static int
add_fact(const gsc_rows *facts, size_t row, size_t column, char separator,
         gsc_text *text)
{
    char number[GSC_NUMBER_BYTES];
    const gsc_cell *cell = gsc_rows_cell(facts, row, column);
    switch (facts->columns[column].kind) {
    case GSC_CELL_TEXT:
        return gsc_annotated_matrix_add_cell(text, separator, cell->text);
    case GSC_CELL_REAL:
        gsc_text_from_real(number, cell->real);
        return gsc_text_add(text, "%s", number);
    case GSC_CELL_BOOL:
        return gsc_text_add(text, "%d", cell->truth);
    default:
        return gsc_text_add(text, "%lld", (long long)cell->integer);
    }
}

int
gsc_annotated_matrix_add_json_number(const gsc_annotated_matrix *self, size_t i,
                                     gsc_text *text)
{
    return isfinite(self->x.data[i]) ? gsc_annotated_matrix_add_number(self, i, text)
                                     : gsc_text_add(text, "null");
}

int
gsc_annotated_matrix_add_json_fact(const gsc_annotated_matrix *self, size_t row,
                                   size_t column, gsc_text *text)
{
    gsc_cell_kind kind = self->facts->columns[column].kind;
    const gsc_cell *cell = gsc_rows_cell(self->facts, row, column);
    if (kind == GSC_CELL_TEXT)
        return gsc_text_add_json(text, cell->text);
    if (kind == GSC_CELL_REAL && !isfinite(cell->real))
        return gsc_text_add(text, "null");
    return add_fact(self->facts, row, column, '\t', text);
}

/* ---- Lines ---- */

static int
add_names(const gsc_rows *facts, char separator, gsc_text *text)
{
    int status = 0;
    for (size_t c = 0; c < facts->num_columns; c++) {
        if (c > 0)
            GSC_TRY(gsc_text_add(text, "%c", separator));
        GSC_TRY(gsc_annotated_matrix_add_cell(text, separator, facts->columns[c].name));
    }
out:
    return status;
}

static int
add_facts_of_row(const gsc_rows *facts, size_t row, char separator, gsc_text *text)
{
    int status = 0;
    for (size_t c = 0; c < facts->num_columns; c++) {
        if (c > 0)
            GSC_TRY(gsc_text_add(text, "%c", separator));
        GSC_TRY(add_fact(facts, row, c, separator, text));
    }
out:
    return status;
}

static int
add_numbers_of_row(const gsc_annotated_matrix *self, size_t row, char separator,
                   gsc_text *text)
{
    int status = 0;
    for (size_t j = 0; j < self->x.cols; j++) {
        if (j > 0)
            GSC_TRY(gsc_text_add(text, "%c", separator));
        GSC_TRY(gsc_annotated_matrix_add_number(self, row * self->x.cols + j, text));
    }
out:
    return status;
}

int
gsc_annotated_matrix_add_facts(const gsc_annotated_matrix *self, gsc_text *text)
{
    int status = 0;
    GSC_TRY(add_names(self->facts, '\t', text));
    GSC_TRY(gsc_text_add(text, "\n"));
    for (size_t i = 0; i < gsc_annotated_matrix_rows(self); i++) {
        GSC_TRY(add_facts_of_row(self->facts, i, '\t', text));
        GSC_TRY(gsc_text_add(text, "\n"));
    }
out:
    return status;
}

int
gsc_annotated_matrix_add_vectors(const gsc_annotated_matrix *self, size_t s,
                                 gsc_text *text)
{
    int status = 0;
    size_t n = gsc_annotated_matrix_rows(self);
    for (size_t i = s * n; i < (s + 1) * n; i++) {
        GSC_TRY(add_numbers_of_row(self, i, '\t', text));
        GSC_TRY(gsc_text_add(text, "\n"));
    }
out:
    return status;
}

/* ---- Tables ---- */

/* The columns of a table: those that are chosen, or else all, of one matrix without run
 * and step. */
static size_t
num_columns(const gsc_annotated_matrix *self)
{
    size_t all = GSC_ANNOTATED_FACTS + self->facts->num_columns + 1;
    return self->columns     ? self->num_columns
           : self->count > 1 ? all
                             : all - GSC_ANNOTATED_FACTS;
}

static size_t
column_at(const gsc_annotated_matrix *self, size_t index)
{
    return self->columns     ? self->columns[index]
           : self->count > 1 ? index
                             : index + GSC_ANNOTATED_FACTS;
}

static int
add_header_cell(const gsc_annotated_matrix *self, size_t column, char separator,
                gsc_text *text)
{
    int status = 0;
    const gsc_rows *facts = self->facts;
    if (column == GSC_ANNOTATED_RUN || column == GSC_ANNOTATED_STEP)
        return gsc_text_add(text, column == GSC_ANNOTATED_RUN ? "run" : "step");
    column -= GSC_ANNOTATED_FACTS;
    if (column < facts->num_columns)
        return gsc_annotated_matrix_add_cell(text, separator,
                                             facts->columns[column].name);
    for (size_t j = 0; j < self->x.cols; j++) {
        if (j > 0)
            GSC_TRY(gsc_text_add(text, "%c", separator));
        GSC_TRY(gsc_text_add(text, "x%zu", j));
    }
out:
    return status;
}

static int
add_line_cell(const gsc_annotated_matrix *self, size_t row, size_t column,
              char separator, gsc_text *text)
{
    size_t n = gsc_annotated_matrix_rows(self), s = row / n;
    if (column == GSC_ANNOTATED_RUN)
        return gsc_annotated_matrix_add_cell(text, separator, self->runs[s]);
    if (column == GSC_ANNOTATED_STEP)
        return gsc_text_add(text, "%lld", (long long)self->steps[s]);
    column -= GSC_ANNOTATED_FACTS;
    return column < self->facts->num_columns
               ? add_fact(self->facts, row % n, column, separator, text)
               : add_numbers_of_row(self, row, separator, text);
}

int
gsc_annotated_matrix_add_table(const gsc_annotated_matrix *self, char separator,
                               gsc_text *text)
{
    int status = 0;
    size_t count = num_columns(self);
    for (size_t k = 0; k < count; k++) {
        GSC_TRY(add_header_cell(self, column_at(self, k), separator, text));
        GSC_TRY(gsc_text_add(text, "%c", k + 1 < count ? separator : '\n'));
    }
    for (size_t i = 0; i < self->x.rows; i++)
        for (size_t k = 0; k < count; k++) {
            GSC_TRY(add_line_cell(self, i, column_at(self, k), separator, text));
            GSC_TRY(gsc_text_add(text, "%c", k + 1 < count ? separator : '\n'));
        }
out:
    return status;
}
