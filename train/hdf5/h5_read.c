/* HDF5 files: reading. What a file says of itself is checked against what it can hold
 * before anything is allocated, and only hard links are followed. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/hdf5/h5_handle.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_NAME_BYTES = 12 }; /* what a link or an attribute takes, or more */

/* A dataset or an attribute, opened. */
typedef struct item {
    const gsc_h5 *file;
    const char *object, *attribute; /* attribute is NULL for a dataset */
    hid_t id, type, space;          /* the id of a dataset is the file's to close */
} item;

/* ---- Names ---- */

static int
compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

void
gsc_h5_names_free(gsc_h5_names *names)
{
    free(names->names);
    *names = (gsc_h5_names){0};
}

/* The library's two calls for the name of link or attribute number `index`. */
static ssize_t
name_at(hid_t id, bool attributes, hsize_t index, char *name, size_t room)
{
    return attributes ? H5Aget_name_by_idx(id, ".", H5_INDEX_NAME, H5_ITER_INC, index,
                                           name, room, H5P_DEFAULT)
                      : H5Lget_name_by_idx(id, ".", H5_INDEX_NAME, H5_ITER_INC, index,
                                           name, room, H5P_DEFAULT);
}

static int
list_names(const gsc_h5 *file, const char *object, hid_t id, bool attributes,
           size_t count, gsc_h5_names *names)
{
    if (count > file->bytes / LEAST_NAME_BYTES)
        return gsc_h5_fail(file, object, NULL, "claims %zu names", count);
    names->names = gsc_new(count, sizeof *names->names);
    if (!names->names)
        return GSC_EMEMORY;
    for (names->count = 0; names->count < count; names->count++) {
        char *name = names->names[names->count];
        ssize_t length = name_at(id, attributes, names->count, name, GSC_H5_NAME_BYTES);
        if (length < 0)
            return gsc_h5_fail(file, object, NULL, "%s", gsc_h5_reason());
        if (length >= GSC_H5_NAME_BYTES)
            return gsc_h5_fail(file, object, NULL,
                               "holds a name of %zd bytes, expected at most %d", length,
                               GSC_H5_NAME_BYTES - 1);
    }
    qsort(names->names, count, sizeof *names->names, compare_names);
    return 0;
}

int
gsc_h5_list(const gsc_h5 *file, const char *object, gsc_h5_names *names)
{
    hid_t id;
    gsc_h5_kind kind;
    H5G_info_t info;
    *names = (gsc_h5_names){0};
    int status = gsc_h5_kind_of(file, object, &kind);
    if (status < 0)
        return status;
    if (kind != GSC_H5_GROUP)
        return gsc_h5_fail(file, object, NULL, "is %s, expected a group",
                           kind == GSC_H5_NOTHING ? "missing" : "a dataset");
    status = gsc_h5_open_object(file, object, &id);
    if (status < 0)
        return status;
    if (H5Gget_info(id, &info) < 0)
        return gsc_h5_fail(file, object, NULL, "%s", gsc_h5_reason());
    return list_names(file, object, id, false, (size_t)info.nlinks, names);
}

int
gsc_h5_list_attributes(const gsc_h5 *file, const char *object, gsc_h5_names *names)
{
    hid_t id;
    H5O_info_t info;
    *names = (gsc_h5_names){0};
    int status = gsc_h5_open_object(file, object, &id);
    if (status < 0)
        return status;
    if (H5Oget_info2(id, &info, H5O_INFO_NUM_ATTRS) < 0)
        return gsc_h5_fail(file, object, NULL, "%s", gsc_h5_reason());
    return list_names(file, object, id, true, (size_t)info.num_attrs, names);
}

/* ---- Items: what is opened and checked ---- */

static void
close_item(item *self)
{
    if (self->space >= 0)
        H5Sclose(self->space);
    if (self->type >= 0)
        H5Tclose(self->type);
    if (self->id >= 0 && self->attribute)
        H5Aclose(self->id);
}

static int
fail_item(const item *self)
{
    return gsc_h5_fail(self->file, self->object, self->attribute, "%s",
                       gsc_h5_reason());
}

static int
open_item(item *self, const gsc_h5 *file, const char *object, const char *attribute)
{
    hid_t owner;
    *self = (item){.file = file, .object = object, .attribute = attribute};
    self->id = self->type = self->space = H5I_INVALID_HID;
    int status = gsc_h5_open_object(file, object, &owner);
    if (status < 0)
        return status;
    if (attribute) {
        if (H5Aexists(owner, attribute) == 0)
            return gsc_h5_fail(file, object, attribute, "is missing");
        self->id = H5Aopen(owner, attribute, H5P_DEFAULT);
        self->type = self->id < 0 ? self->id : H5Aget_type(self->id);
        self->space = self->id < 0 ? self->id : H5Aget_space(self->id);
    } else {
        if (H5Iget_type(owner) != H5I_DATASET)
            return gsc_h5_fail(file, object, NULL, "is a group, expected a dataset");
        self->id = owner;
        self->type = H5Dget_type(self->id);
        self->space = H5Dget_space(self->id);
    }
    return self->type < 0 || self->space < 0 ? fail_item(self) : 0;
}

static gsc_h5_type
identify(hid_t type)
{
    H5T_class_t class = H5Tget_class(type);
    if (class == H5T_STRING)
        return GSC_H5_TEXT;
    for (gsc_h5_type known = GSC_H5_UINT8; known <= GSC_H5_FLOAT64; known++)
        if (H5Tequal(type, gsc_h5_disk_type(known)) > 0)
            return known;
    if (class == H5T_INTEGER && H5Tget_size(type) <= sizeof(int64_t))
        return GSC_H5_INTEGER;
    return GSC_H5_OTHER;
}

static int
describe_shape(const item *self, gsc_h5_array *array)
{
    hsize_t dims[H5S_MAX_RANK];
    H5S_class_t class = H5Sget_simple_extent_type(self->space);
    if (class != H5S_SCALAR && class != H5S_SIMPLE)
        return gsc_h5_fail(self->file, self->object, self->attribute, "has no shape");
    int rank = H5Sget_simple_extent_dims(self->space, dims, NULL);
    if (rank < 0)
        return fail_item(self);
    if (rank > GSC_H5_MAX_RANK)
        return gsc_h5_fail(self->file, self->object, self->attribute,
                           "rank is %d, expected at most %d", rank, GSC_H5_MAX_RANK);
    array->rank = (size_t)rank;
    for (size_t i = 0; i < array->rank; i++)
        array->dims[i] = (size_t)dims[i];
    return 0;
}

/* Bytes of an element in the file: of text of variable length its number of bytes, 4,
 * and the place of its data in a heap, an address and 4 more. */
static size_t
stored_bytes(const item *self)
{
    size_t address = 8, length;
    if (H5Tis_variable_str(self->type) <= 0)
        return H5Tget_size(self->type);
    hid_t creation = H5Fget_create_plist(self->file->id);
    if (creation >= 0) {
        H5Pget_sizes(creation, &address, &length);
        H5Pclose(creation);
    }
    return 4 + address + 4;
}

static int
describe(const item *self, gsc_h5_array *array)
{
    int status = 0;
    gsc_h5_object *opened = self->file->opened;
    if (!self->attribute && opened->is_described) {
        *array = opened->array;
        return 0;
    }
    *array = (gsc_h5_array){.type = identify(self->type)};
    GSC_TRY(describe_shape(self, array));
    size_t size = H5Tget_size(self->type); /* of variable text: its reference */
    size_t bytes = gsc_h5_bytes(array->dims, array->rank, size);
    bool is_long = false; /* of no elements there may be any number of rows */
    for (size_t i = 0; i < array->rank; i++)
        is_long = is_long || array->dims[i] > self->file->bytes;
    if (is_long || bytes > self->file->bytes)
        return gsc_h5_fail(self->file, self->object, self->attribute,
                           "claims more bytes than the file's %zu", self->file->bytes);
    if (!self->attribute)
        GSC_TRY(gsc_h5_check_storage(self->file, self->object, self->id, self->space,
                                     array, stored_bytes(self)));
    opened->is_described = !self->attribute;
    opened->array = *array;
out:
    return status;
}

/* ---- Reading ---- */

int
gsc_h5_inspect(const gsc_h5 *file, const char *object, const char *attribute,
               gsc_h5_array *array)
{
    item self;
    int status = open_item(&self, file, object, attribute);
    if (status == 0)
        status = describe(&self, array);
    close_item(&self);
    return status;
}

static bool
read_into(const item *self, hid_t memory, void *data)
{
    return (self->attribute
                ? H5Aread(self->id, memory, data)
                : H5Dread(self->id, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, data)) >= 0;
}

static bool
is_one_chunk(const item *self)
{
    hsize_t count = 0;
    hid_t creation = H5Dget_create_plist(self->id);
    bool is_chunked = creation >= 0 && H5Pget_layout(creation) == H5D_CHUNKED;
    if (creation >= 0)
        H5Pclose(creation);
    return is_chunked && H5Dget_num_chunks(self->id, self->space, &count) >= 0 &&
           count == 1;
}

static bool
are_zeros(const gsc_h5_array *array, const unsigned char *data)
{
    size_t length = gsc_h5_count(array) * gsc_h5_type_size(array->type);
    return length > 0 && data[0] == 0 && memcmp(data, data + 1, length - 1) == 0;
}

int
gsc_h5_read(const gsc_h5 *file, const char *object, const char *attribute,
            const gsc_h5_array *array, void *data)
{
    item self;
    gsc_h5_array found;
    int status = 0;
    GSC_TRY(open_item(&self, file, object, attribute));
    GSC_TRY(describe(&self, &found));
    if (gsc_h5_type_size(found.type) == 0)
        status = gsc_h5_fail(file, object, attribute, "is %s, expected numbers",
                             gsc_h5_type_name(found.type));
    else if (found.type != array->type || gsc_h5_count(&found) != gsc_h5_count(array))
        status = gsc_h5_fail(file, object, attribute, "changed while it was read");
    else if (gsc_h5_count(&found) > 0 &&
             !read_into(&self, gsc_h5_memory_type(found.type), data))
        status = fail_item(&self);
    else if (!attribute && are_zeros(&found, data) && is_one_chunk(&self))
        status = gsc_h5_check_zeros(file, object, self.id, self.space);
out:
    close_item(&self);
    return status;
}

static int
read_fixed_text(const item *self, char **text)
{
    /* describe() has compared this size with the file's; the zeroed byte ends it. */
    char *copy = gsc_new(H5Tget_size(self->type) + 1, 1);
    if (!copy)
        return GSC_EMEMORY;
    if (!read_into(self, self->type, copy)) {
        free(copy);
        return fail_item(self);
    }
    *text = copy;
    return 0;
}

static int
read_variable_text(const item *self, char **text)
{
    char *found = NULL;
    if (!read_into(self, self->type, &found))
        return fail_item(self);
    *text = gsc_copy_text(found ? found : "");
    H5free_memory(found);
    return *text ? 0 : GSC_EMEMORY;
}

int
gsc_h5_read_text(const gsc_h5 *file, const char *object, const char *attribute,
                 char **text)
{
    item self;
    gsc_h5_array found;
    int status = 0;
    *text = NULL;
    GSC_TRY(open_item(&self, file, object, attribute));
    GSC_TRY(describe(&self, &found));
    if (found.type != GSC_H5_TEXT)
        status = gsc_h5_fail(file, object, attribute, "is %s, expected text",
                             gsc_h5_type_name(found.type));
    else if (found.rank != 0)
        status = gsc_h5_fail(file, object, attribute, "rank is %zu, expected one text",
                             found.rank);
    else if (H5Tis_variable_str(self.type) > 0)
        status = read_variable_text(&self, text);
    else
        status = read_fixed_text(&self, text);
out:
    close_item(&self);
    return status;
}
