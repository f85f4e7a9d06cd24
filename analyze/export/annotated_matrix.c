/* Rows of numbers with facts beside each, as a tensor and as an HDF5 file. */
#include "analyze/export/annotated_matrix.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/rows/rows_h5.h"
#include "analyze/rows/rows_output.h"

#include <stdio.h>
#include <stdlib.h>

int
gsc_annotated_matrix_choose(gsc_annotated_matrix *self, const char *names,
                            size_t **chosen)
{
    int status = 0;
    const gsc_rows *facts = self->facts;
    size_t count = GSC_ANNOTATED_FACTS + facts->num_columns + 1;
    gsc_column *columns = NULL;
    *chosen = NULL;
    if (!*names)
        return 0;
    GSC_NEW(columns, count);
    GSC_NEW(*chosen, count);
    columns[GSC_ANNOTATED_RUN].name = "run";
    columns[GSC_ANNOTATED_STEP].name = "step";
    for (size_t c = 0; c < facts->num_columns; c++)
        columns[GSC_ANNOTATED_FACTS + c] = facts->columns[c];
    columns[count - 1].name = "x";
    GSC_TRY(gsc_columns_choose(columns, count, names, *chosen, &self->num_columns));
    self->columns = *chosen;
out:
    free(columns);
    return status;
}

int
gsc_annotated_matrix_tensor(const gsc_annotated_matrix *self, gsc_tensor *tensor)
{
    size_t n = gsc_annotated_matrix_rows(self), d = self->x.cols,
           count = self->x.rows * d;
    *tensor = (gsc_tensor){.type = self->type, .shape = {2, {n, d}}};
    if (self->count > 1)
        tensor->shape = (gsc_shape){3, {self->count, n, d}};
    snprintf(tensor->name, sizeof tensor->name, "%s", self->tensor);
    tensor->data = gsc_new(count, gsc_type_size(self->type));
    if (!tensor->data)
        return GSC_EMEMORY;
    for (size_t i = 0; i < count; i++)
        if (self->type == GSC_FLOAT32)
            ((float *)tensor->data)[i] = (float)self->x.data[i];
        else
            ((double *)tensor->data)[i] = self->x.data[i];
    return 0;
}

static int
add_data(gsc_h5 *file, const gsc_annotated_matrix *self)
{
    int status = 0;
    gsc_tensor tensor = {.data = NULL};
    gsc_h5_array array = {.rank = 0}, shares = {GSC_H5_FLOAT64, 1, {self->num_shares}};
    GSC_TRY(gsc_annotated_matrix_tensor(self, &tensor));
    array.type = self->type == GSC_FLOAT32 ? GSC_H5_FLOAT32 : GSC_H5_FLOAT64;
    array.rank = tensor.shape.rank;
    for (size_t i = 0; i < array.rank; i++)
        array.dims[i] = tensor.shape.dims[i];
    GSC_TRY(gsc_h5_add_array(file, "/data", NULL, &array, tensor.data));
    GSC_TRY(gsc_h5_add_text(file, "/data", "tensor", self->tensor));
    GSC_TRY(gsc_h5_add_text(file, "/data", "center", self->center));
    GSC_TRY(gsc_h5_add_text(file, "/data", "normalize", self->normalize));
    GSC_TRY(gsc_h5_add_text(file, "/data", "align", self->align));
    if (self->num_shares > 0)
        GSC_TRY(gsc_h5_add_array(file, "/data", "pca_share", &shares, self->shares));
out:
    free(tensor.data);
    return status;
}

static int
add_checkpoints(gsc_h5 *file, const gsc_annotated_matrix *self)
{
    int status = 0;
    gsc_h5_array integers = {GSC_H5_INT64, 1, {self->count}};
    gsc_h5_array reals = {GSC_H5_FLOAT64, 1, {self->count}};
    GSC_TRY(gsc_h5_add_texts(file, "/run", self->runs, self->count));
    GSC_TRY(gsc_h5_add_array(file, "/step", NULL, &integers, self->steps));
    if (self->explained)
        GSC_TRY(gsc_h5_add_array(file, "/explained", NULL, &reals, self->explained));
out:
    return status;
}

int
gsc_annotated_matrix_write_h5(const gsc_annotated_matrix *self, const char *schema,
                              const char *version, const char *path)
{
    int status = 0;
    gsc_h5 *file = NULL;
    gsc_text names = {0};
    GSC_TRY(gsc_h5_create(&file, path));
    GSC_TRY(add_data(file, self));
    GSC_TRY(add_checkpoints(file, self));
    GSC_TRY(gsc_h5_add_group(file, "/metadata"));
    GSC_TRY(gsc_rows_add_h5(file, "/metadata", self->facts, &names));
    GSC_TRY(gsc_h5_add_text(file, "/metadata", "columns", names.data));
    GSC_TRY(gsc_h5_write_form(file, schema, version));
out:
    gsc_text_free(&names);
    gsc_h5_close(file);
    return status;
}
