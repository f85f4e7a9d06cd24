/* Rows as a program's answer. */
#include "analyze/rows/rows_output.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdlib.h>

const char *const gsc_rows_formats[] = {"tsv", "json", "h5", "text", NULL};

static int
add_cell(gsc_output *output, gsc_cell_kind kind, const gsc_cell *cell)
{
    switch (kind) {
    case GSC_CELL_REAL:
        return gsc_output_real(output, cell->real);
    case GSC_CELL_INTEGER:
        return gsc_output_integer(output, cell->integer);
    case GSC_CELL_BOOL:
        return gsc_output_bool(output, cell->truth);
    default:
        return gsc_output_text(output, cell->text);
    }
}

static int
write_cells(const gsc_rows *rows, gsc_format format, const char *program,
            const char *path, bool force)
{
    int status = 0;
    gsc_output output = {0};
    const char **names = NULL;
    GSC_NEW(names, rows->num_columns);
    for (size_t c = 0; c < rows->num_columns; c++)
        names[c] = rows->columns[c].name;
    GSC_TRY(gsc_output_init(&output, format, program, names, rows->num_columns));
    for (size_t i = 0; i < rows->num_cells; i++)
        GSC_TRY(add_cell(&output, rows->columns[i % rows->num_columns].kind,
                         &rows->cells[i]));
    GSC_TRY(gsc_output_write(&output, path, force));
out:
    gsc_output_free(&output);
    free(names);
    return status;
}

int
gsc_rows_check(gsc_rows_format format, const char *path, bool force)
{
    if (format == GSC_ROWS_H5 && *path == '\0')
        return gsc_fail(GSC_EARGUMENT, "format h5 is a file: name one with --output");
    return gsc_output_check(path, force);
}

static int
write_h5(const gsc_rows *rows, const char *program, const char *path, bool force)
{
    int status = gsc_rows_check(GSC_ROWS_H5, path, force);
    return status < 0 ? status : gsc_rows_write_h5(rows, program, GSC_VERSION, path);
}

int
gsc_rows_answer(const gsc_rows *rows, gsc_rows_format format, const char *program,
                const char *path, bool force)
{
    switch (format) {
    case GSC_ROWS_H5:
        return write_h5(rows, program, path, force);
    case GSC_ROWS_TEXT:
        return gsc_rows_output_text(rows, path, force);
    case GSC_ROWS_JSON:
        return write_cells(rows, GSC_FORMAT_JSON, program, path, force);
    default:
        return write_cells(rows, GSC_FORMAT_TSV, program, path, force);
    }
}
