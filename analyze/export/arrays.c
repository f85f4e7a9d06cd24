/* Named arrays as one HDF5 file. */
#include "analyze/export/arrays.h"

#include "grokscope/error.h"
#include "grokscope/text.h"

#include "train/hdf5/h5.h"

static int
add_array(gsc_h5 *file, const gsc_named_array *a)
{
    int status = 0;
    gsc_text object = {0};
    const gsc_h5_array reals = {GSC_H5_FLOAT64, 2, {a->rows, a->cols}};
    const gsc_h5_array integers = {GSC_H5_INT64, 1, {a->rows}};
    GSC_TRY(gsc_text_add(&object, "/%s", a->name));
    if (a->texts)
        GSC_TRY(gsc_h5_add_texts(file, object.data, a->texts, a->rows));
    else if (a->integers)
        GSC_TRY(gsc_h5_add_array(file, object.data, NULL, &integers, a->integers));
    else
        GSC_TRY(gsc_h5_add_array(file, object.data, NULL, &reals, a->reals));
    if (a->help)
        GSC_TRY(gsc_h5_add_text(file, object.data, "help", a->help));
out:
    gsc_text_free(&object);
    return status;
}

int
gsc_arrays_write_h5(const gsc_named_array *arrays, size_t count, const char *schema,
                    const char *version, const char *path)
{
    int status = 0;
    gsc_h5 *file = NULL;
    GSC_TRY(gsc_h5_create(&file, path));
    for (size_t i = 0; i < count; i++)
        GSC_TRY(add_array(file, &arrays[i]));
    GSC_TRY(gsc_h5_write_form(file, schema, version));
out:
    gsc_h5_close(file);
    return status;
}
