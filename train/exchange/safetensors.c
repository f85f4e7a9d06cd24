/* safetensors, read and written. */
#include "train/exchange/safetensors.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/exchange/array.h"
#include "train/exchange/external.h"
#include "train/exchange/json_value.h"

#include <stdlib.h>
#include <string.h>

enum { LENGTH_BYTES = 8, MOST_HEADER = 100000000, ALIGNMENT = 8 };

static const char metadata_key[] = "__metadata__";

static const struct {
    const char *name;
    gsc_dtype dtype;
} dtypes[] = {{"F32", GSC_DTYPE_F32},   {"F64", GSC_DTYPE_F64}, {"F16", GSC_DTYPE_F16},
              {"BF16", GSC_DTYPE_BF16}, {"I64", GSC_DTYPE_I64}, {"I32", GSC_DTYPE_I32},
              {"I16", GSC_DTYPE_I16},   {"I8", GSC_DTYPE_I8},   {"U64", GSC_DTYPE_U64},
              {"U32", GSC_DTYPE_U32},   {"U16", GSC_DTYPE_U16}, {"U8", GSC_DTYPE_U8},
              {"BOOL", GSC_DTYPE_BOOL}};

/* ---- Read ---- */

static int
find_dtype(const gsc_value *name, gsc_dtype *dtype)
{
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++)
        if (name && name->kind == GSC_VALUE_TEXT &&
            strcmp(name->text, dtypes[i].name) == 0) {
            *dtype = dtypes[i].dtype;
            return 0;
        }
    return gsc_fail(GSC_EFORMAT, "dtype is %s, which is not read",
                    name && name->kind == GSC_VALUE_TEXT ? name->text : "missing");
}

static bool
to_sizes(const gsc_value *list, size_t most, size_t *sizes, size_t *count)
{
    if (!list || list->kind != GSC_VALUE_LIST || list->count > most)
        return false;
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i]->kind != GSC_VALUE_INTEGER || list->items[i]->integer < 0)
            return false;
        sizes[i] = (size_t)list->items[i]->integer;
    }
    *count = list->count;
    return true;
}

/* An array from its entry of the header; `buffer` is the data after that. */
static int
read_entry(const gsc_value *entry, const unsigned char *buffer, size_t length,
           gsc_array *array)
{
    int status = 0;
    size_t place[2], count, bytes;
    *array = (gsc_array){.data = buffer};
    if (!to_sizes(gsc_value_get(entry, "shape"), GSC_MAX_ARRAY_RANK, array->dims,
                  &array->rank))
        return gsc_fail(GSC_EFORMAT, "shape is none, or of more than %d dimensions",
                        GSC_MAX_ARRAY_RANK);
    if (!to_sizes(gsc_value_get(entry, "data_offsets"), 2, place, &count) ||
        count != 2 || place[0] > place[1] || place[1] > length)
        return gsc_fail(GSC_EFORMAT, "data_offsets are no place in %zu bytes", length);
    GSC_TRY(find_dtype(gsc_value_get(entry, "dtype"), &array->dtype));
    bytes = gsc_dtype_size(array->dtype);
    for (size_t i = 0; i < array->rank; i++)
        if (gsc_size_multiply(bytes, array->dims[i], &bytes) < 0)
            return gsc_fail(GSC_EFORMAT, "shape has more elements than can be");
    if (bytes != place[1] - place[0])
        return gsc_fail(GSC_EFORMAT, "has %zu bytes, expected %zu", place[1] - place[0],
                        bytes);
    array->first = place[0];
    array->bytes = place[1];
    gsc_array_set_strides(array, false);
    GSC_TRY(gsc_array_check(array));
out:
    return status;
}

static int
compare_places(const void *a, const void *b)
{
    const gsc_array *x = (*(gsc_value *const *)a)->array;
    const gsc_array *y = (*(gsc_value *const *)b)->array;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return (x->bytes > y->bytes) - (x->bytes < y->bytes);
}

/* The data is covered without holes or overlap. */
static int
check_cover(const gsc_value *dict, size_t length)
{
    int status = 0;
    size_t end = 0;
    gsc_value **sorted;
    GSC_NEW(sorted, dict->count);
    for (size_t i = 0; i < dict->count; i++)
        sorted[i] = dict->items[2 * i + 1];
    qsort(sorted, dict->count, sizeof(gsc_value *), compare_places);
    for (size_t i = 0; i < dict->count && status == 0; i++) {
        if (sorted[i]->array->first != end)
            status =
                gsc_fail(GSC_EFORMAT, "data has a hole or overlap at byte %zu", end);
        end = sorted[i]->array->bytes;
    }
    if (status == 0 && end != length)
        status = gsc_fail(GSC_EFORMAT, "%zu bytes of data, expected %zu", length, end);
out:
    free(sorted);
    return status;
}

static int
read_entries(gsc_arena *arena, const gsc_value *header, const unsigned char *buffer,
             size_t length, gsc_value *dict, gsc_value **metadata)
{
    int status = 0;
    for (size_t i = 0; i < header->count; i++) {
        gsc_value *key = header->items[2 * i], *entry = header->items[2 * i + 1];
        if (strcmp(key->text, metadata_key) == 0) {
            *metadata = entry;
            continue;
        }
        gsc_value *value = gsc_arena_new(arena, 1, sizeof *value);
        gsc_array *array = gsc_arena_new(arena, 1, sizeof *array);
        if (!value || !array)
            return GSC_EMEMORY;
        status = read_entry(entry, buffer, length, array);
        if (status < 0)
            return gsc_fail_in(status, key->text);
        *value = (gsc_value){.kind = GSC_VALUE_ARRAY, .array = array};
        dict->items[2 * dict->count] = key;
        dict->items[2 * dict->count++ + 1] = value;
    }
    return check_cover(dict, length);
}

static int
check_notes(const gsc_value *metadata)
{
    bool good = metadata->kind == GSC_VALUE_DICT;
    for (size_t i = 0; good && i < metadata->count; i++)
        good = metadata->items[2 * i + 1]->kind == GSC_VALUE_TEXT;
    return good ? 0 : gsc_fail(GSC_EFORMAT, "%s: expected texts by name", metadata_key);
}

int
gsc_safetensors_read(gsc_arena *arena, const unsigned char *data, size_t length,
                     gsc_value **root, gsc_value **metadata)
{
    int status = 0;
    uint64_t header_bytes = 0;
    gsc_value *header, *dict;
    if (length < LENGTH_BYTES)
        return gsc_fail(GSC_EFORMAT, "%zu bytes are no safetensors", length);
    for (size_t i = LENGTH_BYTES; i-- > 0;)
        header_bytes = header_bytes << 8 | data[i];
    if (header_bytes > MOST_HEADER || header_bytes > length - LENGTH_BYTES)
        return gsc_fail(GSC_EFORMAT, "a header of %llu bytes in a file of %zu",
                        (unsigned long long)header_bytes, length);
    const unsigned char *buffer = data + LENGTH_BYTES + header_bytes;
    status = gsc_json_value(arena, (const char *)data + LENGTH_BYTES,
                            (size_t)header_bytes, &header);
    if (status < 0)
        return gsc_fail_in(status, "header");
    if (header->kind != GSC_VALUE_DICT)
        return gsc_fail(GSC_EFORMAT, "header is no JSON object");
    dict = *root = gsc_arena_new(arena, 1, sizeof *dict);
    if (!dict ||
        !(dict->items = gsc_arena_new(arena, header->count, 2 * sizeof(gsc_value *))))
        return GSC_EMEMORY;
    dict->kind = GSC_VALUE_DICT;
    GSC_TRY(read_entries(arena, header, buffer, (size_t)(data + length - buffer), dict,
                         metadata));
    if (*metadata)
        GSC_TRY(check_notes(*metadata));
out:
    return status;
}

/* ---- Written ---- */

/* Longer elements first, so that each tensor is aligned; then by name. */
static int
compare_tensors(const void *a, const void *b)
{
    const gsc_tensor *x = *(const gsc_tensor *const *)a;
    const gsc_tensor *y = *(const gsc_tensor *const *)b;
    if (x->type != y->type)
        return x->type == GSC_FLOAT64 ? -1 : 1;
    return strcmp(x->name, y->name);
}

static int
add_notes(gsc_text *header, const gsc_metadata_item *metadata, size_t count)
{
    int status = 0;
    GSC_TRY(gsc_text_add(header, "\"%s\":{", metadata_key));
    for (size_t i = 0; i < count; i++) {
        GSC_TRY(gsc_text_add(header, i > 0 ? "," : ""));
        GSC_TRY(gsc_text_add_json(header, metadata[i].name));
        GSC_TRY(gsc_text_add(header, ":"));
        GSC_TRY(gsc_text_add_json(header, metadata[i].text));
    }
    GSC_TRY(gsc_text_add(header, "}"));
out:
    return status;
}

static size_t
count_bytes(const gsc_tensor *t)
{
    return gsc_shape_count(t->shape) * gsc_type_size(t->type);
}

static int
add_entry(gsc_text *header, const gsc_tensor *t, size_t begin)
{
    int status = 0;
    GSC_TRY(gsc_text_add(header, ","));
    GSC_TRY(gsc_text_add_json(header, t->name));
    GSC_TRY(gsc_text_add(header, ":{\"dtype\":\"%s\",\"shape\":",
                         t->type == GSC_FLOAT32 ? "F32" : "F64"));
    GSC_TRY(gsc_shape_add(t->shape, header));
    GSC_TRY(gsc_text_add(header, ",\"data_offsets\":[%zu,%zu]}", begin,
                         begin + count_bytes(t)));
out:
    return status;
}

static int
make_header(const gsc_tensor *const *sorted, size_t count,
            const gsc_metadata_item *metadata, size_t num_metadata, gsc_text *header,
            size_t *bytes)
{
    int status = 0;
    *bytes = 0;
    GSC_TRY(gsc_text_add(header, "{"));
    GSC_TRY(add_notes(header, metadata, num_metadata));
    for (size_t i = 0; i < count; i++) {
        GSC_TRY(add_entry(header, sorted[i], *bytes));
        *bytes += count_bytes(sorted[i]);
    }
    GSC_TRY(gsc_text_add(header, "}"));
    while (header->length % ALIGNMENT != 0)
        GSC_TRY(gsc_text_add(header, " "));
out:
    return status;
}

int
gsc_safetensors_image(const gsc_tensor *tensors, size_t count,
                      const gsc_metadata_item *metadata, size_t num_metadata,
                      void **image, size_t *length)
{
    int status = 0;
    gsc_text header = {0};
    const gsc_tensor **sorted;
    unsigned char *data, *at;
    size_t bytes;
    GSC_NEW(sorted, count);
    for (size_t i = 0; i < count; i++)
        sorted[i] = &tensors[i];
    qsort(sorted, count, sizeof *sorted, compare_tensors);
    GSC_TRY(make_header(sorted, count, metadata, num_metadata, &header, &bytes));
    GSC_NEW(data, LENGTH_BYTES + header.length + bytes);
    for (size_t i = 0; i < LENGTH_BYTES; i++)
        data[i] = (unsigned char)((uint64_t)header.length >> 8 * i & 255);
    at = memcpy(data + LENGTH_BYTES, header.data, header.length);
    at += header.length;
    for (size_t i = 0; i < count; at += count_bytes(sorted[i++]))
        memcpy(at, sorted[i]->data, count_bytes(sorted[i]));
    *image = data;
    *length = LENGTH_BYTES + header.length + bytes;
out:
    gsc_text_free(&header);
    free(sorted);
    return status;
}
