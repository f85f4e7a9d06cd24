/* Rows as other programs read them: TSV and JSON. */
#include "grokscope/error.h"

#include "analyze/rows/rows_forms.h"

#include <math.h>

/* ---- TSV ---- */

static int
add_tsv_cell(gsc_cell_kind kind, const gsc_cell *cell, gsc_text *text)
{
    char number[GSC_NUMBER_BYTES];
    switch (kind) {
    case GSC_CELL_REAL:
        gsc_text_from_real(number, cell->real);
        return gsc_text_add(text, "%s", number);
    case GSC_CELL_INTEGER:
        return gsc_text_add(text, "%lld", (long long)cell->integer);
    case GSC_CELL_BOOL:
        return gsc_text_add(text, "%d", cell->truth);
    default:
        return gsc_text_add_cell(text, cell->text);
    }
}

int
gsc_rows_add_tsv(const gsc_rows *rows, gsc_text *text)
{
    int status = 0;
    size_t n = rows->num_columns;
    for (size_t c = 0; c < n; c++) {
        GSC_TRY(gsc_text_add(text, "%s", c > 0 ? "\t" : ""));
        GSC_TRY(gsc_text_add_cell(text, rows->columns[c].name));
    }
    GSC_TRY(gsc_text_add(text, "\n"));
    for (size_t i = 0; i < rows->num_cells; i++) {
        GSC_TRY(gsc_text_add(text, "%s", i % n > 0 ? "\t" : ""));
        GSC_TRY(add_tsv_cell(rows->columns[i % n].kind, &rows->cells[i], text));
        GSC_TRY(gsc_text_add(text, "%s", i % n + 1 == n ? "\n" : ""));
    }
out:
    return status;
}

/* ---- JSON ---- */

static int
add_json_cell(gsc_cell_kind kind, const gsc_cell *cell, gsc_text *text)
{
    if (kind == GSC_CELL_TEXT)
        return gsc_text_add_json(text, cell->text);
    if (kind == GSC_CELL_BOOL)
        return gsc_text_add(text, "%s", cell->truth ? "true" : "false");
    if (kind == GSC_CELL_REAL && !isfinite(cell->real))
        return gsc_text_add(text, "null");
    return add_tsv_cell(kind, cell, text);
}

int
gsc_rows_add_json(const gsc_rows *rows, const char *program, gsc_text *text)
{
    int status = 0;
    size_t n = rows->num_columns;
    GSC_TRY(gsc_text_add(text,
                         "{\"schema\": \"%s\", \"schema_version\": 1, "
                         "\"version\": \"%s\", \"results\": [",
                         program, GSC_VERSION));
    for (size_t i = 0; i < rows->num_cells; i++) {
        const gsc_column *column = &rows->columns[i % n];
        GSC_TRY(gsc_text_add(text, "%s", i % n > 0 ? ", " : i > 0 ? ",\n{" : "\n{"));
        GSC_TRY(gsc_text_add_json(text, column->name));
        GSC_TRY(gsc_text_add(text, ": "));
        GSC_TRY(add_json_cell(column->kind, &rows->cells[i], text));
        GSC_TRY(gsc_text_add(text, "%s", i % n + 1 == n ? "}" : ""));
    }
    GSC_TRY(gsc_text_add(text, "\n]}\n"));
out:
    return status;
}
