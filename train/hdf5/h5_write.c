/* HDF5 files: written as an image in memory, which one write makes a file. */
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "train/base/file.h"
#include "train/hdf5/h5_handle.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    IMAGE_GROWTH = 1 << 20, /* bytes by which an image in memory grows */
    /* An object header message, attributes included, holds less than 64 KiB; the rest
     * is the attribute's own name, type and shape. */
    MOST_ATTRIBUTE_BYTES = 64 * 1024 - 512
};

static const uint64_t most_chunk_bytes = UINT32_MAX; /* the library's own limit */

static int
fail_to_add(const gsc_h5 *file, const char *object)
{
    return gsc_fail(GSC_EIO, "%s: %s cannot be added: %s", file->path, object,
                    gsc_h5_reason());
}

/* ---- The image ---- */

int
gsc_h5_create(gsc_h5 **out_file, const char *path)
{
    gsc_h5 *file;
    if (gsc_h5_new(&file, path) < 0)
        return GSC_EMEMORY;
    char name[64]; /* the library takes two images of one name for one file */
    snprintf(name, sizeof name, "image-%p", (void *)file);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS), creation = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_fapl_core(access, IMAGE_GROWTH, false);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    /* Chunk indices for one chunk a dataset: the default's take 2 KiB each. */
    H5Pset_istore_k(creation, 1);
    file->id = H5Fcreate(name, H5F_ACC_TRUNC, creation, access);
    H5Pclose(creation);
    H5Pclose(access);
    if (file->id < 0) {
        gsc_fail(GSC_EMEMORY, "%s: no image in memory: %s", path, gsc_h5_reason());
        gsc_h5_close(file);
        return GSC_EMEMORY;
    }
    *out_file = file;
    return 0;
}

int
gsc_h5_image(gsc_h5 *file, size_t room, void **image, size_t *length)
{
    *image = NULL;
    ssize_t bytes = -1;
    if (H5Fflush(file->id, H5F_SCOPE_GLOBAL) >= 0)
        bytes = H5Fget_file_image(file->id, NULL, 0);
    if (bytes < 0)
        return fail_to_add(file, "/");
    void *copy = gsc_new((size_t)bytes + room, 1);
    if (!copy)
        return GSC_EMEMORY;
    if (H5Fget_file_image(file->id, copy, (size_t)bytes) != bytes) {
        free(copy);
        return fail_to_add(file, "/");
    }
    *image = copy;
    *length = (size_t)bytes;
    return 0;
}

int
gsc_h5_write(gsc_h5 *file)
{
    int status = 0;
    void *image = NULL;
    size_t length = 0;
    GSC_TRY(gsc_h5_image(file, 0, &image, &length));
    GSC_TRY(gsc_file_write(file->path, image, length));
out:
    free(image);
    return status;
}

int
gsc_h5_write_form(gsc_h5 *file, const char *schema, const char *version)
{
    int status = 0;
    GSC_TRY(gsc_h5_add_text(file, "/", "schema", schema));
    GSC_TRY(gsc_h5_add_text(file, "/", "version", version));
    GSC_TRY(gsc_h5_write(file));
out:
    return status;
}

/* ---- What it holds ---- */

int
gsc_h5_add_group(gsc_h5 *file, const char *object)
{
    hid_t creation = H5Pcreate(H5P_GROUP_CREATE);
    H5Pset_obj_track_times(creation, false); /* equal runs make equal files */
    hid_t group = H5Gcreate2(file->id, object, H5P_DEFAULT, creation, H5P_DEFAULT);
    H5Pclose(creation);
    if (group < 0)
        return fail_to_add(file, object);
    H5Gclose(group);
    return 0;
}

static hid_t
new_space(const gsc_h5_array *array)
{
    hsize_t dims[GSC_H5_MAX_RANK] = {0};
    for (size_t i = 0; i < array->rank; i++)
        dims[i] = array->dims[i];
    return array->rank == 0 ? H5Screate(H5S_SCALAR)
                            : H5Screate_simple((int)array->rank, dims, NULL);
}

/* One uncompressed chunk with a checksum where the library allows it. */
static hid_t
new_storage(const gsc_h5_array *array)
{
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(creation, false);
    H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER); /* it is written at once */
    uint64_t bytes = (uint64_t)gsc_h5_count(array) * gsc_h5_type_size(array->type);
    if (array->rank == 0 || bytes == 0 || bytes > most_chunk_bytes)
        return creation;
    hsize_t chunk[GSC_H5_MAX_RANK] = {0};
    for (size_t i = 0; i < array->rank; i++)
        chunk[i] = array->dims[i];
    H5Pset_chunk(creation, (int)array->rank, chunk);
    H5Pset_fletcher32(creation);
    return creation;
}

static bool
write_dataset(gsc_h5 *file, const char *object, hid_t disk, hid_t memory,
              const gsc_h5_array *array, const void *data)
{
    hid_t space = new_space(array), creation = new_storage(array);
    hid_t dataset =
        H5Dcreate2(file->id, object, disk, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    bool done = dataset >= 0;
    if (done && gsc_h5_count(array) > 0)
        done = H5Dwrite(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0;
    if (dataset >= 0)
        done = H5Dclose(dataset) >= 0 && done;
    H5Pclose(creation);
    H5Sclose(space);
    return done;
}

static bool
write_attribute(gsc_h5 *file, const char *object, const char *name, hid_t disk,
                hid_t memory, const gsc_h5_array *array, const void *data)
{
    hid_t space = new_space(array);
    hid_t attribute = H5Acreate_by_name(file->id, object, name, disk, space,
                                        H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    bool done = attribute >= 0;
    if (done && gsc_h5_count(array) > 0)
        done = H5Awrite(attribute, memory, data) >= 0;
    if (attribute >= 0)
        done = H5Aclose(attribute) >= 0 && done;
    H5Sclose(space);
    return done;
}

int
gsc_h5_add_array(gsc_h5 *file, const char *object, const char *attribute,
                 const gsc_h5_array *array, const void *data)
{
    hid_t disk = gsc_h5_disk_type(array->type);
    hid_t memory = gsc_h5_memory_type(array->type);
    size_t bytes = gsc_h5_count(array) * gsc_h5_type_size(array->type);
    if (attribute && bytes > MOST_ATTRIBUTE_BYTES)
        return gsc_fail(GSC_EARGUMENT, "%s: %s: attribute '%s': %zu bytes, at most %d",
                        file->path, object, attribute, bytes, MOST_ATTRIBUTE_BYTES);
    bool done =
        attribute ? write_attribute(file, object, attribute, disk, memory, array, data)
                  : write_dataset(file, object, disk, memory, array, data);
    return done ? 0 : fail_to_add(file, object);
}

int
gsc_h5_add_text(gsc_h5 *file, const char *object, const char *attribute,
                const char *text)
{
    /* h5py reads a text attribute as str only where its length is variable. A dataset
     * of fixed length keeps its text beside it, not in a shared heap. */
    size_t length = strlen(text);
    hid_t type = gsc_h5_text_type(attribute ? H5T_VARIABLE : length > 0 ? length : 1);
    gsc_h5_array scalar = {GSC_H5_TEXT, 0, {0}};
    bool done =
        attribute ? write_attribute(file, object, attribute, type, type, &scalar, &text)
                  : write_dataset(file, object, type, type, &scalar, text);
    H5Tclose(type);
    return done ? 0 : fail_to_add(file, object);
}

int
gsc_h5_add_texts(gsc_h5 *file, const char *object, const char *const *texts,
                 size_t count)
{
    int status = 0;
    size_t length = 1;
    char *all = NULL;
    for (size_t i = 0; i < count; i++)
        length = strlen(texts[i]) > length ? strlen(texts[i]) : length;
    GSC_NEW(all, count * length);
    for (size_t i = 0; i < count; i++)
        memcpy(all + i * length, texts[i], strlen(texts[i]));
    hid_t type = gsc_h5_text_type(length);
    gsc_h5_array array = {GSC_H5_TEXT, 1, {count}};
    if (!write_dataset(file, object, type, type, &array, all))
        status = fail_to_add(file, object);
    H5Tclose(type);
out:
    free(all);
    return status;
}

/* ---- Virtual datasets ---- */

/* In the names of sources '%' begins a directive; two of them are one. */
static int
double_percents(const char *name, gsc_text *doubled)
{
    int status = 0;
    doubled->length = 0;
    for (const char *c = name; *c; c++)
        GSC_TRY(gsc_text_add(doubled, *c == '%' ? "%%%%" : "%c", *c));
out:
    return status;
}

/* Map part i of the stack to source i. */
static bool
map_sources(hid_t creation, hid_t stack, hid_t part, const char *object, size_t rank,
            const hsize_t *dims, const char *const *sources)
{
    hsize_t start[GSC_H5_MAX_RANK + 1] = {0}, count[GSC_H5_MAX_RANK + 1] = {0};
    for (size_t i = 0; i < rank; i++)
        count[i] = dims[i];
    count[0] = 1;
    for (start[0] = 0; start[0] < dims[0]; start[0]++) {
        if (H5Sselect_hyperslab(stack, H5S_SELECT_SET, start, NULL, count, NULL) < 0 ||
            H5Pset_virtual(creation, stack, sources[start[0]], object, part) < 0)
            return false;
    }
    return true;
}

int
gsc_h5_add_stack(gsc_h5 *file, const char *object, const gsc_h5_array *member,
                 const char *const *sources, size_t num_sources)
{
    hsize_t dims[GSC_H5_MAX_RANK + 1] = {num_sources};
    size_t rank = member->rank + 1;
    for (size_t i = 0; i < member->rank; i++)
        dims[i + 1] = member->dims[i];
    double none = NAN;
    hid_t disk = gsc_h5_disk_type(member->type);
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    hid_t stack = H5Screate_simple((int)rank, dims, NULL), part = new_space(member);
    hid_t dataset = H5I_INVALID_HID;
    gsc_text name = {0};
    H5Pset_obj_track_times(creation, false);
    H5Pset_fill_value(creation, H5T_NATIVE_DOUBLE, &none);
    int status = double_percents(object, &name);
    if (status == 0 &&
        map_sources(creation, stack, part, name.data, rank, dims, sources))
        dataset = H5Dcreate2(file->id, object, disk, stack, H5P_DEFAULT, creation,
                             H5P_DEFAULT);
    if (status == 0 && dataset < 0)
        status = fail_to_add(file, object);
    if (dataset >= 0)
        H5Dclose(dataset);
    gsc_text_free(&name);
    H5Sclose(part);
    H5Sclose(stack);
    H5Pclose(creation);
    return status;
}
