/* Rows as a program's answer. */
#include "rows_output.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdlib.h>

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

int
gsc_rows_output(const gsc_rows *rows, gsc_format format, const char *program,
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
gsc_rows_check_h5(const char *path, bool force)
{
    if (*path == '\0')
        return gsc_fail(GSC_EARGUMENT, "format h5 is a file: name one with --output");
    return gsc_output_check(path, force);
}

int
gsc_rows_output_h5(const gsc_rows *rows, const char *program, const char *path,
                   bool force)
{
    int status = gsc_rows_check_h5(path, force);
    return status < 0 ? status : gsc_rows_write_h5(rows, program, GSC_VERSION, path);
}
