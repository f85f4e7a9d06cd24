/* Values of an HDF5 file as a format expects them. */
#include "train/hdf5/h5_values.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdlib.h>
#include <string.h>

int
gsc_h5_expect(const gsc_h5 *file, const char *object, const char *attribute,
              gsc_h5_type type, size_t rank, gsc_h5_array *array)
{
    int status = gsc_h5_inspect(file, object, attribute, array);
    if (status < 0)
        return status;
    if (array->type != type)
        return gsc_h5_fail(file, object, attribute, "type is %s, expected %s",
                           gsc_h5_type_name(array->type), gsc_h5_type_name(type));
    if (array->rank != rank)
        return gsc_h5_fail(file, object, attribute, "rank is %zu, expected %zu",
                           array->rank, rank);
    return 0;
}

static int64_t
integer_at(const unsigned char *data, gsc_h5_type type, size_t i)
{
    uint16_t narrow;
    uint32_t middle;
    int32_t whole;
    int64_t wide;
    switch (type) {
    case GSC_H5_UINT8:
        return data[i];
    case GSC_H5_INT32:
        memcpy(&whole, data + i * sizeof whole, sizeof whole);
        return whole;
    case GSC_H5_UINT16:
        memcpy(&narrow, data + i * sizeof narrow, sizeof narrow);
        return narrow;
    case GSC_H5_UINT32:
        memcpy(&middle, data + i * sizeof middle, sizeof middle);
        return middle;
    default:
        memcpy(&wide, data + i * sizeof wide, sizeof wide);
        return wide;
    }
}

int
gsc_h5_read_integers(const gsc_h5 *file, const char *object, const char *attribute,
                     size_t rank, size_t count, int64_t *values)
{
    unsigned char room[8 * sizeof(int64_t)];
    gsc_h5_array array;
    int status = gsc_h5_inspect(file, object, attribute, &array);
    if (status < 0)
        return status;
    if (array.type > GSC_H5_INT64 && array.type != GSC_H5_INTEGER)
        return gsc_h5_fail(file, object, attribute, "type is %s, expected an integer",
                           gsc_h5_type_name(array.type));
    if (array.rank != rank || gsc_h5_count(&array) != count)
        return gsc_h5_fail(file, object, attribute,
                           "%zu values of rank %zu, expected %zu of rank %zu",
                           gsc_h5_count(&array), array.rank, count, rank);
    status = gsc_h5_read(file, object, attribute, &array, room);
    for (size_t i = 0; status == 0 && i < count; i++)
        values[i] = integer_at(room, array.type, i);
    return status;
}

int
gsc_h5_read_vector(const gsc_h5 *file, const char *object, const char *attribute,
                   gsc_h5_type type, void *out_data, size_t *count)
{
    gsc_h5_array array;
    int status = gsc_h5_expect(file, object, attribute, type, 1, &array);
    if (status < 0)
        return status;
    void *data = gsc_new(array.dims[0], gsc_h5_type_size(type));
    if (!data)
        return GSC_EMEMORY;
    status = gsc_h5_read(file, object, attribute, &array, data);
    if (status < 0) {
        free(data);
        return status;
    }
    memcpy(out_data, &data, sizeof data); /* the caller's pointer has its own type */
    *count = array.dims[0];
    return 0;
}

int
gsc_h5_read_short_text(const gsc_h5 *file, const char *object, const char *attribute,
                       char *text, size_t room)
{
    char *found;
    int status = gsc_h5_read_text(file, object, attribute, &found);
    if (status < 0)
        return status;
    size_t length = strlen(found);
    if (length >= room)
        status = gsc_h5_fail(file, object, attribute, "%zu bytes, expected at most %zu",
                             length, room - 1);
    else
        memcpy(text, found, length + 1);
    free(found);
    return status;
}
