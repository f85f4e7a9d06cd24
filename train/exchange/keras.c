/* Weights in HDF5 that is not ours. */
#include "train/exchange/keras.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "train/exchange/array.h"
#include "train/hdf5/h5.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DATASETS = 10000, MOST_DEPTH = 16 };

/* As little as each of these takes in memory, all of them may not be more. */
#define MOST_BYTES ((size_t)2 << 30)

typedef struct reading {
    gsc_arena *arena;
    gsc_h5 *file;
    gsc_value *dict;
    gsc_text path; /* of the object, "/model_weights/dense/dense/kernel:0" */
    size_t root;   /* length of the path of the group whose weights these are */
    size_t depth, bytes;
} reading;

static bool
to_dtype(gsc_h5_type type, gsc_dtype *dtype)
{
    static const gsc_dtype dtypes[] = {
        [GSC_H5_UINT8] = GSC_DTYPE_U8,    [GSC_H5_UINT16] = GSC_DTYPE_U16,
        [GSC_H5_UINT32] = GSC_DTYPE_U32,  [GSC_H5_INT32] = GSC_DTYPE_I32,
        [GSC_H5_INT64] = GSC_DTYPE_I64,   [GSC_H5_FLOAT32] = GSC_DTYPE_F32,
        [GSC_H5_FLOAT64] = GSC_DTYPE_F64, [GSC_H5_INTEGER] = GSC_DTYPE_I64};
    if (type >= GSC_H5_TEXT)
        return false;
    *dtype = dtypes[type];
    return true;
}

/* The path below the root with dots, without ":0", and a layer's name once where Keras
 * writes it twice. */
static int
make_name(const reading *r, gsc_value **key)
{
    const char *from = r->path.data + r->root + 1;
    *key = gsc_arena_new(r->arena, 1, sizeof **key);
    char *name = gsc_arena_copy(r->arena, from, strlen(from)), *end, *second;
    if (!*key || !name)
        return GSC_EMEMORY;
    end = strrchr(name, ':');
    if (end && end[1] && strspn(end + 1, "0123456789") == strlen(end + 1))
        *end = '\0';
    second = strchr(name, '/');
    if (second && strncmp(name, second + 1, (size_t)(second - name)) == 0 &&
        second[1 + (second - name)] == '/')
        name = second + 1;
    for (char *c = name; *c; c++)
        *c = *c == '/' ? '.' : *c;
    **key = (gsc_value){.kind = GSC_VALUE_TEXT, .count = strlen(name), .text = name};
    return 0;
}

static int
read_array(reading *r, const gsc_h5_array *from, gsc_dtype dtype, gsc_value **value)
{
    int status = 0;
    gsc_array array = {.dtype = dtype, .rank = from->rank};
    array.bytes = gsc_h5_count(from) * gsc_h5_type_size(from->type);
    if (array.bytes > MOST_BYTES - r->bytes)
        return gsc_fail(GSC_EFORMAT, "holds more than %zu bytes", MOST_BYTES);
    r->bytes += array.bytes;
    memcpy(array.dims, from->dims, from->rank * sizeof *from->dims);
    gsc_array_set_strides(&array, false);
    void *data = gsc_arena_new(r->arena, array.bytes + 1, 1);
    *value = gsc_arena_new(r->arena, 1, sizeof **value);
    gsc_array *kept = gsc_arena_new(r->arena, 1, sizeof *kept);
    if (!data || !*value || !kept)
        return GSC_EMEMORY;
    GSC_TRY(gsc_h5_read(r->file, r->path.data, NULL, from, data));
    array.data = data;
    GSC_TRY(gsc_array_check(&array));
    *kept = array;
    **value = (gsc_value){.kind = GSC_VALUE_ARRAY, .array = kept};
out:
    return status;
}

static int
add_dataset(reading *r)
{
    int status = 0;
    gsc_h5_array array;
    gsc_dtype dtype;
    gsc_value *key, *value = NULL, *dict = r->dict;
    if (dict->count == MOST_DATASETS)
        return gsc_fail(GSC_EFORMAT, "holds more than %d datasets", MOST_DATASETS);
    GSC_TRY(gsc_h5_inspect(r->file, r->path.data, NULL, &array));
    if (!to_dtype(array.type, &dtype)) /* texts and others are no weights */
        return 0;
    GSC_TRY(make_name(r, &key));
    GSC_TRY(read_array(r, &array, dtype, &value));
    dict->items[2 * dict->count] = key;
    dict->items[2 * dict->count++ + 1] = value;
out:
    return status;
}

static int
add_group(reading *r)
{
    int status = 0;
    size_t length = r->path.length;
    gsc_h5_names names = {0, NULL};
    gsc_h5_kind kind;
    if (r->depth++ == MOST_DEPTH)
        return gsc_fail(GSC_EFORMAT, "has groups more than %d deep", MOST_DEPTH);
    GSC_TRY(gsc_h5_list(r->file, length > 0 ? r->path.data : "/", &names));
    for (size_t i = 0; i < names.count; i++) {
        if (strncmp(names.names[i], "optimizer", 9) == 0)
            continue;
        GSC_TRY(gsc_text_add(&r->path, "/%s", names.names[i]));
        GSC_TRY(gsc_h5_kind_of(r->file, r->path.data, &kind));
        GSC_TRY(kind == GSC_H5_GROUP ? add_group(r) : add_dataset(r));
        r->path.length = length;
        r->path.data[length] = '\0';
    }
    r->depth--;
out:
    gsc_h5_names_free(&names);
    return status;
}

/* A checkpoint, or the index of a run, says that it is ours. */
static int
check_foreign(const gsc_h5 *file)
{
    int status = 0;
    bool has;
    char *format = NULL;
    GSC_TRY(gsc_h5_has_attribute(file, "/", "format", &has));
    if (has)
        GSC_TRY(gsc_h5_read_text(file, "/", "format", &format));
    if (has && strncmp(format, "grokscope", 9) == 0)
        status =
            gsc_fail(GSC_EFORMAT, "is a file of grokscope's own; the programs read "
                                  "it as it is, and there is nothing to import");
out:
    free(format);
    return status;
}

int
gsc_keras_read(gsc_arena *arena, const char *path, gsc_value **root)
{
    int status = 0;
    gsc_h5_kind kind;
    reading r = {.arena = arena};
    GSC_TRY(gsc_h5_open(&r.file, path));
    GSC_TRY(check_foreign(r.file));
    r.dict = *root = gsc_arena_new(arena, 1, sizeof **root);
    gsc_value **items = gsc_arena_new(arena, MOST_DATASETS, 2 * sizeof(gsc_value *));
    if (!*root || !items) {
        status = GSC_EMEMORY;
        goto out;
    }
    **root = (gsc_value){.kind = GSC_VALUE_DICT, .items = items};
    GSC_TRY(gsc_h5_kind_of(r.file, "/model_weights", &kind));
    GSC_TRY(gsc_text_add(&r.path, "%s", kind == GSC_H5_GROUP ? "/model_weights" : ""));
    r.root = r.path.length;
    GSC_TRY(add_group(&r));
    if ((*root)->count == 0)
        status = gsc_fail(GSC_EFORMAT, "is HDF5 without datasets of numbers");
out:
    gsc_h5_close(r.file);
    gsc_text_free(&r.path);
    return status;
}
