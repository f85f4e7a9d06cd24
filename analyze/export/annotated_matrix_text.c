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
    if (separator == ',')
        return cell[strcspn(cell, ",\"\r\n")] != '\0' ? add_quoted(text, cell)
                                                      : gsc_text_add(text, "%s", cell);
    for (const char *c = cell; *c; c++)
        GSC_TRY(gsc_text_add(text, "%c", strchr("\t\n\r", *c) ? ' ' : *c));
out:
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

static int
add_header(const gsc_annotated_matrix *self, char separator, gsc_text *text)
{
    int status = 0;
    if (self->count > 1)
        GSC_TRY(gsc_text_add(text, "run%cstep%c", separator, separator));
    GSC_TRY(add_names(self->facts, separator, text));
    for (size_t j = 0; j < self->x.cols; j++)
        GSC_TRY(gsc_text_add(text, "%cx%zu", separator, j));
    GSC_TRY(gsc_text_add(text, "\n"));
out:
    return status;
}

static int
add_line(const gsc_annotated_matrix *self, size_t row, char separator, gsc_text *text)
{
    int status = 0;
    size_t n = gsc_annotated_matrix_rows(self), s = row / n;
    if (self->count > 1) {
        GSC_TRY(gsc_annotated_matrix_add_cell(text, separator, self->runs[s]));
        GSC_TRY(gsc_text_add(text, "%c%lld%c", separator, (long long)self->steps[s],
                             separator));
    }
    GSC_TRY(add_facts_of_row(self->facts, row % n, separator, text));
    GSC_TRY(gsc_text_add(text, "%c", separator));
    GSC_TRY(add_numbers_of_row(self, row, separator, text));
    GSC_TRY(gsc_text_add(text, "\n"));
out:
    return status;
}

int
gsc_annotated_matrix_add_table(const gsc_annotated_matrix *self, char separator,
                               gsc_text *text)
{
    int status = 0;
    GSC_TRY(add_header(self, separator, text));
    for (size_t i = 0; i < self->x.rows; i++)
        GSC_TRY(add_line(self, i, separator, text));
out:
    return status;
}
