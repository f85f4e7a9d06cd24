/* NumPy's .npy and .npz. */
#include "train/exchange/npy.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/base/file.h"
#include "train/exchange/array.h"
#include "train/exchange/external.h"
#include "train/exchange/pickle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char magic[] = "\x93NUMPY";
enum { MAGIC_BYTES = sizeof magic - 1, ALIGNMENT = 64, MOST_HEADER = 1 << 16 };
enum {
    MOST_HEAD = MOST_HEADER + 12, /* with what stands before it */
    MOST_PICKLE = 32 << 20        /* as of an archive's */
};

/* ---- The header ---- */

bool
gsc_npy_dtype(const char *descr, gsc_dtype *dtype)
{
    static const struct {
        const char *name;
        gsc_dtype dtype;
    } names[] = {{"f2", GSC_DTYPE_F16},  {"f4", GSC_DTYPE_F32}, {"f8", GSC_DTYPE_F64},
                 {"b1", GSC_DTYPE_BOOL}, {"u1", GSC_DTYPE_U8},  {"i1", GSC_DTYPE_I8},
                 {"u2", GSC_DTYPE_U16},  {"i2", GSC_DTYPE_I16}, {"u4", GSC_DTYPE_U32},
                 {"i4", GSC_DTYPE_I32},  {"u8", GSC_DTYPE_U64}, {"i8", GSC_DTYPE_I64}};
    descr += *descr == '<' || *descr == '|' || *descr == '=';
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(descr, names[i].name) == 0) {
            *dtype = names[i].dtype;
            return true;
        }
    return false;
}

/* What stands after 'key': in the header, a Python dictionary of three keys. */
static const char *
find_key(const char *header, const char *key)
{
    const char *at = strstr(header, key);
    if (!at)
        return NULL;
    at += strlen(key);
    at += strspn(at, " ");
    return *at == ':' ? at + 1 + strspn(at + 1, " ") : NULL;
}

static int
read_descr(const char *at, gsc_dtype *dtype)
{
    char name[8] = "";
    size_t length = at && *at == '\'' ? strcspn(at + 1, "'") : 0;
    if (length == 0 || length >= sizeof name)
        return gsc_fail(GSC_EFORMAT, "has no plain element type; records are not read");
    memcpy(name, at + 1, length);
    if (gsc_npy_dtype(name, dtype))
        return 0;
    return gsc_fail(GSC_EFORMAT, "has elements of type '%s', which is not read", name);
}

/* (3, 4), (3,) or () */
static int
read_shape(const char *at, gsc_array *array)
{
    if (!at || *at != '(')
        return gsc_fail(GSC_EFORMAT, "has no shape");
    for (at++; *at != ')'; at += strspn(at, ", ")) {
        char *end;
        unsigned long long dim = strtoull(at, &end, 10);
        if (end == at || *at == '-')
            return gsc_fail(GSC_EFORMAT, "has no shape");
        if (array->rank == GSC_MAX_ARRAY_RANK)
            return gsc_fail(GSC_EFORMAT, "has more than %d dimensions",
                            GSC_MAX_ARRAY_RANK);
        array->dims[array->rank++] = (size_t)dim;
        at = end;
    }
    return 0;
}

static int
read_header(const char *header, gsc_array *array)
{
    int status = 0;
    const char *fortran = find_key(header, "'fortran_order'");
    GSC_TRY(read_descr(find_key(header, "'descr'"), &array->dtype));
    GSC_TRY(read_shape(find_key(header, "'shape'"), array));
    if (!fortran || (*fortran != 'T' && *fortran != 'F'))
        return gsc_fail(GSC_EFORMAT, "does not say in which order its elements stand");
    gsc_array_set_strides(array, *fortran == 'T');
out:
    return status;
}

bool
gsc_npy_begins(const unsigned char *data, size_t length)
{
    return length >= MAGIC_BYTES && memcmp(data, magic, MAGIC_BYTES) == 0;
}

/* Exactly the elements stand after the header. */
static int
check_length(const gsc_array *array)
{
    size_t bytes = gsc_dtype_size(array->dtype);
    int status = gsc_array_check(array);
    for (size_t i = 0; status == 0 && i < array->rank; i++)
        if (gsc_size_multiply(bytes, array->dims[i], &bytes) < 0)
            status = gsc_fail(GSC_EFORMAT, "shape has more elements than can be");
    if (status == 0 && bytes != array->bytes - array->first)
        status = gsc_fail(GSC_EFORMAT, "has %zu bytes of elements, expected %zu",
                          array->bytes - array->first, bytes);
    return status;
}

/* The header as text, which the caller frees, and the byte after it. */
static int
take_header(const unsigned char *data, size_t length, char **header, size_t *end)
{
    int status = 0;
    if (!gsc_npy_begins(data, length) || length < MAGIC_BYTES + 4)
        return gsc_fail(GSC_EFORMAT, "is no .npy");
    const unsigned char *at = data + MAGIC_BYTES;
    size_t wide = at[0] == 1 ? 2 : 4, bytes = 0;
    if (at[0] < 1 || at[0] > 3)
        return gsc_fail(GSC_EFORMAT, "has .npy version %d, expected 1 to 3", at[0]);
    at += 2;
    for (size_t i = wide; i-- > 0 && length >= MAGIC_BYTES + 2 + wide;)
        bytes = bytes << 8 | at[i];
    at += wide;
    size_t before = MAGIC_BYTES + 2 + wide;
    if (bytes > MOST_HEADER || length < before || bytes > length - before)
        return gsc_fail(GSC_EFORMAT, "has a header of %zu bytes, in %zu", bytes,
                        length);
    GSC_NEW(*header, bytes + 1);
    memcpy(*header, at, bytes);
    *end = before + bytes;
out:
    return status;
}

int
gsc_npy_has_objects(const unsigned char *data, size_t length, size_t *first, bool *has)
{
    int status = 0;
    char *header = NULL;
    *has = false;
    if (gsc_npy_begins(data, length))
        status = take_header(data, length, &header, first);
    if (status == 0 && header) {
        const char *descr = find_key(header, "'descr'");
        *has =
            descr && (strncmp(descr, "'|O'", 4) == 0 || strncmp(descr, "'O'", 3) == 0);
    }
    free(header);
    return status == GSC_EFORMAT ? 0 /* whoever reads it says so */ : status;
}

int
gsc_npy_read_objects(gsc_arena *arena, const unsigned char *data, size_t length,
                     gsc_value **value)
{
    size_t first = 0, used;
    bool has_objects;
    int status = gsc_npy_has_objects(data, length, &first, &has_objects);
    if (status < 0)
        return status;
    if (!has_objects)
        return gsc_fail(GSC_EFORMAT, "has no objects");
    if (length - first > MOST_PICKLE)
        return gsc_fail(GSC_EFORMAT, "has objects of %zu bytes, expected at most %d",
                        length - first, MOST_PICKLE);
    return gsc_pickle_read(arena, data + first, length - first, NULL, NULL, value,
                           &used);
}

int
gsc_npy_read(const unsigned char *data, size_t length, gsc_array *array)
{
    int status = 0;
    char *header = NULL;
    *array = (gsc_array){.data = data, .bytes = length};
    GSC_TRY(take_header(data, length, &header, &array->first));
    GSC_TRY(read_header(header, array));
    GSC_TRY(check_length(array));
out:
    free(header);
    return status;
}

/* ---- An .npz ---- */

/* What an entry holds; its header is judged before the rest is unpacked. */
static int
read_entry(gsc_arena *arena, const gsc_zip *zip, const gsc_zip_entry *entry,
           gsc_value **value)
{
    int status = 0;
    unsigned char *data = NULL;
    size_t first;
    bool has_objects;
    gsc_array *array = gsc_arena_new(arena, 1, sizeof *array);
    *value = gsc_arena_new(arena, 1, sizeof **value);
    if (!*value || !array)
        return GSC_EMEMORY;
    gsc_zip_entry head = *entry;
    if (head.bytes > MOST_HEAD)
        head.bytes = MOST_HEAD;
    GSC_TRY(gsc_zip_read(zip, &head, &data));
    GSC_TRY(gsc_npy_has_objects(data, head.bytes, &first, &has_objects));
    if (has_objects && entry->bytes <= MOST_PICKLE) {
        free(data);
        data = NULL;
        GSC_TRY(gsc_zip_read(zip, entry, &data));
        status = gsc_npy_read_objects(arena, data, entry->bytes, value);
        goto out;
    }
    GSC_TRY(gsc_npy_read(data, entry->bytes, array));
    array->data = NULL; /* read again when it is asked for */
    array->entry = entry->index;
    **value = (gsc_value){.kind = GSC_VALUE_ARRAY, .array = array};
out:
    free(data);
    return status;
}

static int
add_entry(gsc_arena *arena, const gsc_zip *zip, const gsc_zip_entry *entry,
          gsc_value *dict)
{
    int status = 0;
    size_t length = strlen(entry->name);
    gsc_value *value, *key = gsc_arena_new(arena, 1, sizeof *key);
    if (!key)
        return GSC_EMEMORY;
    status = read_entry(arena, zip, entry, &value);
    if (status < 0)
        return gsc_fail_in(status, entry->name);
    if (gsc_file_has_ending(entry->name, ".npy"))
        length -= strlen(".npy");
    *key = (gsc_value){.kind = GSC_VALUE_TEXT, .count = length};
    key->text = gsc_arena_copy(arena, entry->name, length);
    dict->items[2 * dict->count] = key;
    dict->items[2 * dict->count++ + 1] = value;
    return key->text ? 0 : GSC_EMEMORY;
}

static int
count_arrays(const gsc_zip *zip, size_t *num_arrays)
{
    int status = 0;
    for (size_t i = 0; i < gsc_zip_count(zip); i++) {
        gsc_zip_entry entry;
        GSC_TRY(gsc_zip_inspect(zip, i, &entry));
        *num_arrays += gsc_file_has_ending(entry.name, ".npy");
    }
out:
    return status;
}

/* A zip of something else: what lies in it says what to do. */
static int
fail_no_arrays(const gsc_zip *zip)
{
    gsc_zip_entry entry;
    bool is_keras;
    int status = gsc_zip_find(zip, "model.weights.h5", &entry, &is_keras);
    if (status == 0 && is_keras)
        return gsc_fail(GSC_EFORMAT, "is a model of Keras; unpack the zip that it is, "
                                     "and give model.weights.h5");
    if (status == 0)
        status = gsc_zip_inspect(zip, 0, &entry);
    if (status == 0)
        status = gsc_fail(GSC_EFORMAT,
                          "is a zip of %zu files, %s and others, without arrays or a "
                          "value of PyTorch's; unpack it and give what holds weights",
                          gsc_zip_count(zip), entry.name);
    return status;
}

int
gsc_npz_read(gsc_arena *arena, const gsc_zip *zip, gsc_value **root)
{
    int status = 0;
    size_t count = gsc_zip_count(zip), num_arrays = 0;
    gsc_value *dict = gsc_arena_new(arena, 1, sizeof *dict);
    gsc_value **items = gsc_arena_new(arena, count, 2 * sizeof *items);
    if (!dict || !items)
        return GSC_EMEMORY;
    *dict = (gsc_value){.kind = GSC_VALUE_DICT, .items = items, .room = 2 * count};
    GSC_TRY(count_arrays(zip, &num_arrays));
    if (num_arrays == 0 && count > 0)
        return fail_no_arrays(zip);
    for (size_t i = 0; i < count; i++) {
        gsc_zip_entry entry;
        GSC_TRY(gsc_zip_inspect(zip, i, &entry));
        GSC_TRY(add_entry(arena, zip, &entry, dict));
    }
    *root = dict;
out:
    return status;
}

/* ---- Written ---- */

int
gsc_npy_image(const gsc_tensor *tensor, void **image, size_t *length)
{
    int status = 0;
    gsc_text header = {0};
    size_t bytes = gsc_shape_count(tensor->shape) * gsc_type_size(tensor->type);
    unsigned char *data;
    GSC_TRY(gsc_text_add(&header,
                         "{'descr': '<f%zu', 'fortran_order': False, 'shape': (",
                         gsc_type_size(tensor->type)));
    for (size_t i = 0; i < tensor->shape.rank; i++)
        GSC_TRY(gsc_text_add(&header, i > 0 ? " %zu," : "%zu,", tensor->shape.dims[i]));
    if (tensor->shape.rank > 1) /* (3, 4), but (3,) */
        header.length--;
    header.data[header.length] = '\0';
    GSC_TRY(gsc_text_add(&header, "), }"));
    size_t before = MAGIC_BYTES + 4, whole = before + header.length + 1;
    whole = (whole + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    GSC_NEW(data, whole + bytes);
    memcpy(data, magic, MAGIC_BYTES);
    memset(data + before, ' ', whole - before);
    memcpy(data + before, header.data, header.length);
    data[MAGIC_BYTES] = 1; /* version 1.0 */
    data[MAGIC_BYTES + 2] = (unsigned char)((whole - before) & 255);
    data[MAGIC_BYTES + 3] = (unsigned char)((whole - before) >> 8);
    data[whole - 1] = '\n';
    memcpy(data + whole, tensor->data, bytes);
    *image = data;
    *length = whole + bytes;
out:
    gsc_text_free(&header);
    return status;
}

int
gsc_npy_write(const gsc_tensor *tensor, const char *path)
{
    int status = 0;
    void *image = NULL;
    size_t length;
    GSC_TRY(gsc_npy_image(tensor, &image, &length));
    GSC_TRY(gsc_file_write(path, image, length));
out:
    free(image);
    return status;
}

int
gsc_npz_image(const gsc_tensor *tensors, size_t count, void **image, size_t *length)
{
    int status = 0;
    gsc_zip_member *members = NULL;
    char(*names)[GSC_NAME_BYTES + 8] = NULL;
    void *file;
    GSC_NEW(members, count);
    GSC_NEW(names, count);
    for (size_t i = 0; i < count; i++) {
        snprintf(names[i], sizeof names[i], "%s.npy", tensors[i].name);
        members[i].name = names[i];
        GSC_TRY(gsc_npy_image(&tensors[i], &file, &members[i].bytes));
        members[i].data = file;
    }
    GSC_TRY(gsc_zip_image(members, count, image, length));
out:
    for (size_t i = 0; members && i < count; i++)
        free((void *)members[i].data);
    free(members);
    free(names);
    return status;
}
