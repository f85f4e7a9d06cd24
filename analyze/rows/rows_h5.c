/* Rows as an HDF5 file, one dataset for each column. */
#include "analyze/rows/rows_h5.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rows.h"
#include "grokscope/text.h"

#include <stdlib.h>

static int
add_texts(gsc_h5 *file, const char *object, const gsc_rows *rows, size_t column)
{
    int status = 0;
    size_t count = gsc_rows_count(rows);
    const char **texts = NULL;
    GSC_NEW(texts, count);
    for (size_t i = 0; i < count; i++)
        texts[i] = gsc_rows_cell(rows, i, column)->text;
    GSC_TRY(gsc_h5_add_texts(file, object, texts, count));
out:
    free(texts);
    return status;
}

static int
add_reals(gsc_h5 *file, const char *object, const gsc_rows *rows, size_t column)
{
    int status = 0;
    gsc_h5_array array = {GSC_H5_FLOAT64, 1, {gsc_rows_count(rows)}};
    double *values = NULL;
    GSC_NEW(values, array.dims[0]);
    for (size_t i = 0; i < array.dims[0]; i++)
        values[i] = gsc_rows_cell(rows, i, column)->real;
    GSC_TRY(gsc_h5_add_array(file, object, NULL, &array, values));
out:
    free(values);
    return status;
}

/* Truth values are 0 and 1. */
static int
add_integers(gsc_h5 *file, const char *object, const gsc_rows *rows, size_t column)
{
    int status = 0;
    gsc_h5_array array = {GSC_H5_INT64, 1, {gsc_rows_count(rows)}};
    int64_t *values = NULL;
    GSC_NEW(values, array.dims[0]);
    for (size_t i = 0; i < array.dims[0]; i++) {
        const gsc_cell *cell = gsc_rows_cell(rows, i, column);
        values[i] =
            rows->columns[column].kind == GSC_CELL_BOOL ? cell->truth : cell->integer;
    }
    GSC_TRY(gsc_h5_add_array(file, object, NULL, &array, values));
out:
    free(values);
    return status;
}

int
gsc_rows_add_h5(gsc_h5 *file, const char *group, const gsc_rows *rows, gsc_text *names)
{
    int status = 0;
    gsc_text object = {0};
    for (size_t c = 0; c < rows->num_columns; c++) {
        object.length = 0;
        GSC_TRY(gsc_text_add(&object, "%s/%s", group, rows->columns[c].name));
        GSC_TRY(gsc_text_add(names, "%s%s", c > 0 ? " " : "", rows->columns[c].name));
        switch (rows->columns[c].kind) {
        case GSC_CELL_TEXT:
            GSC_TRY(add_texts(file, object.data, rows, c));
            break;
        case GSC_CELL_REAL:
            GSC_TRY(add_reals(file, object.data, rows, c));
            break;
        default:
            GSC_TRY(add_integers(file, object.data, rows, c));
        }
    }
out:
    gsc_text_free(&object);
    return status;
}

static int
add_matrices(gsc_h5 *file, const gsc_rows *rows)
{
    int status = 0;
    gsc_text object = {0};
    GSC_TRY(gsc_text_add(&object, "/%s", rows->group));
    GSC_TRY(gsc_h5_add_group(file, object.data));
    for (size_t i = 0; i < rows->num_matrices; i++) {
        const gsc_rows_matrix *m = &rows->matrices[i];
        gsc_h5_array array = {GSC_H5_FLOAT32, 2, {m->num_rows, m->width}};
        if (m->num_rows == 0)
            array = (gsc_h5_array){GSC_H5_FLOAT32, 1, {m->width}};
        object.length = 0;
        GSC_TRY(gsc_text_add(&object, "/%s/%s", rows->group, m->name));
        GSC_TRY(gsc_h5_add_array(file, object.data, NULL, &array, m->values));
    }
out:
    gsc_text_free(&object);
    return status;
}

int
gsc_rows_write_h5(const gsc_rows *rows, const char *schema, const char *version,
                  const char *path)
{
    int status = 0;
    gsc_h5 *file = NULL;
    gsc_text names = {0};
    GSC_TRY(gsc_h5_create(&file, path));
    GSC_TRY(gsc_rows_add_h5(file, "", rows, &names));
    GSC_TRY(gsc_h5_add_text(file, "/", "columns", names.data));
    if (rows->group)
        GSC_TRY(add_matrices(file, rows));
    GSC_TRY(gsc_h5_write_form(file, schema, version));
out:
    gsc_text_free(&names);
    gsc_h5_close(file);
    return status;
}
