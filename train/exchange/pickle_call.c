/* The functions and classes of Python whose results a pickle's reader makes itself:
 * containers, PyTorch's tensors and storages, NumPy's arrays and numbers. */
#include "grokscope/error.h"

#include "train/exchange/array.h"
#include "train/exchange/npy.h"
#include "train/exchange/pickle.h"

#include <math.h>
#include <string.h>

/* ---- What arguments are ---- */

static const gsc_value *
argument(const gsc_value *arguments, size_t i)
{
    return arguments->kind == GSC_VALUE_LIST && i < arguments->count
               ? arguments->items[i]
               : NULL;
}

static bool
is_kind(const gsc_value *value, gsc_value_kind kind)
{
    return value && value->kind == kind;
}

/* A whole number that is not negative. */
static bool
to_size(const gsc_value *value, size_t *size)
{
    if (!is_kind(value, GSC_VALUE_INTEGER) || value->integer < 0)
        return false;
    *size = (size_t)value->integer;
    return true;
}

static bool
to_sizes(const gsc_value *list, size_t sizes[GSC_MAX_ARRAY_RANK], size_t *count)
{
    if (!is_kind(list, GSC_VALUE_LIST) || list->count > GSC_MAX_ARRAY_RANK)
        return false;
    for (size_t i = 0; i < list->count; i++)
        if (!to_size(list->items[i], &sizes[i]))
            return false;
    *count = list->count;
    return true;
}

static int
make_array(gsc_pickle *m, const gsc_array *array, gsc_value **result)
{
    int status = gsc_pickle_make(m, GSC_VALUE_ARRAY, result);
    if (status < 0)
        return status;
    (*result)->array = gsc_arena_new(m->arena, 1, sizeof *array);
    if (!(*result)->array)
        return GSC_EMEMORY;
    *(*result)->array = *array;
    return 0;
}

/* ---- Containers and other plain things ---- */

/* list(items), set(items), tuple(items): lists all. */
static int
call_list(gsc_pickle *m, const gsc_value *arguments, gsc_value **result)
{
    int status = 0;
    const gsc_value *items = argument(arguments, 0);
    GSC_TRY(gsc_pickle_make(m, GSC_VALUE_LIST, result));
    if (is_kind(items, GSC_VALUE_LIST))
        GSC_TRY(gsc_pickle_count_copies(m, items->count));
    for (size_t i = 0; is_kind(items, GSC_VALUE_LIST) && i < items->count; i++)
        GSC_TRY(gsc_pickle_append(m, *result, items->items[i]));
out:
    return status;
}

/* OrderedDict(), OrderedDict(pairs) and defaultdict(factory). */
static int
call_dict(gsc_pickle *m, const gsc_value *arguments, gsc_value **result)
{
    int status = 0;
    const gsc_value *pairs = argument(arguments, 0);
    GSC_TRY(gsc_pickle_make(m, GSC_VALUE_DICT, result));
    if (is_kind(pairs, GSC_VALUE_LIST))
        GSC_TRY(gsc_pickle_count_copies(m, pairs->count));
    for (size_t i = 0; is_kind(pairs, GSC_VALUE_LIST) && i < pairs->count; i++) {
        const gsc_value *pair = pairs->items[i];
        if (!is_kind(pair, GSC_VALUE_LIST) || pair->count != 2)
            return gsc_fail(GSC_EFORMAT, "makes a dictionary of what are no pairs");
        GSC_TRY(gsc_pickle_set(m, *result, pair->items[0], pair->items[1]));
    }
out:
    return status;
}

/* _codecs.encode(text, "latin1"): how protocol 2 writes bytes, as letters of UTF-8 up
 * to U+00FF. */
static int
call_encode(gsc_pickle *m, const gsc_value *arguments, gsc_value **result)
{
    const gsc_value *text = argument(arguments, 0);
    if (!is_kind(text, GSC_VALUE_TEXT))
        return gsc_fail(GSC_EFORMAT, "encodes what is no text");
    int status = gsc_pickle_count_copies(m, text->count);
    if (status == 0)
        status = gsc_pickle_make(m, GSC_VALUE_BYTES, result);
    if (status < 0)
        return status;
    char *bytes = gsc_arena_copy(m->arena, text->text, text->count);
    if (!bytes)
        return GSC_EMEMORY;
    size_t count = 0;
    for (size_t i = 0; i < text->count; i++) {
        unsigned char c = (unsigned char)text->text[i];
        if (c >= 0xc4 || (c >= 0x80 && i + 1 == text->count))
            return gsc_fail(GSC_EFORMAT, "has bytes that are no latin1");
        if (c >= 0x80)
            c = (unsigned char)(c << 6 | (text->text[++i] & 0x3f));
        bytes[count++] = (char)c;
    }
    (*result)->text = bytes;
    (*result)->count = count;
    return 0;
}

/* bytes() of nothing. */
static int
call_bytes(gsc_pickle *m, const gsc_value *arguments, gsc_value **result)
{
    const gsc_value *from = argument(arguments, 0);
    int status = gsc_pickle_make(m, GSC_VALUE_BYTES, result);
    if (status < 0)
        return status;
    (*result)->text = is_kind(from, GSC_VALUE_BYTES) ? from->text : "";
    (*result)->count = is_kind(from, GSC_VALUE_BYTES) ? from->count : 0;
    return 0;
}

/* torch.device("cuda", 0): the name; a path: its first part. */
static int
call_first(gsc_pickle *m, const gsc_value *arguments, gsc_value **result)
{
    const gsc_value *first = argument(arguments, 0);
    if (!first)
        return gsc_pickle_make(m, GSC_VALUE_NONE, result);
    int status = gsc_pickle_make(m, first->kind, result);
    if (status == 0)
        **result = *first;
    return status;
}

/* ---- PyTorch ---- */

static const struct {
    const char *name;
    gsc_dtype dtype;
} storages[] = {
    {"torch.FloatStorage", GSC_DTYPE_F32},
    {"torch.DoubleStorage", GSC_DTYPE_F64},
    {"torch.HalfStorage", GSC_DTYPE_F16},
    {"torch.BFloat16Storage", GSC_DTYPE_BF16},
    {"torch.LongStorage", GSC_DTYPE_I64},
    {"torch.IntStorage", GSC_DTYPE_I32},
    {"torch.ShortStorage", GSC_DTYPE_I16},
    {"torch.CharStorage", GSC_DTYPE_I8},
    {"torch.ByteStorage", GSC_DTYPE_U8},
    {"torch.BoolStorage", GSC_DTYPE_BOOL},
    {"torch.UntypedStorage", GSC_DTYPE_U8},
    {"torch.storage.UntypedStorage", GSC_DTYPE_U8},
    {"torch.float32", GSC_DTYPE_F32},
    {"torch.float64", GSC_DTYPE_F64},
    {"torch.float16", GSC_DTYPE_F16},
    {"torch.bfloat16", GSC_DTYPE_BF16},
    {"torch.int64", GSC_DTYPE_I64},
    {"torch.int32", GSC_DTYPE_I32},
    {"torch.int16", GSC_DTYPE_I16},
    {"torch.int8", GSC_DTYPE_I8},
    {"torch.uint8", GSC_DTYPE_U8},
    {"torch.bool", GSC_DTYPE_BOOL},
};

/* The element type that a storage class or a torch.dtype names. */
static int
find_dtype(const gsc_value *named, gsc_dtype *dtype)
{
    for (size_t i = 0; i < sizeof storages / sizeof *storages; i++)
        if (is_kind(named, GSC_VALUE_OBJECT) &&
            strcmp(named->text, storages[i].name) == 0) {
            *dtype = storages[i].dtype;
            return 0;
        }
    return gsc_fail(GSC_EFORMAT, "has elements of type %s, which is not read",
                    is_kind(named, GSC_VALUE_OBJECT) ? named->text : "?");
}

/* ("storage", class, key, location, number of elements) */
int
gsc_pickle_storage(gsc_pickle *m, const gsc_value *id, gsc_value **storage)
{
    int status = 0;
    gsc_array array = {.rank = 1};
    const gsc_value *kind = argument(id, 0), *key = argument(id, 2);
    if (!is_kind(kind, GSC_VALUE_TEXT) || strcmp(kind->text, "storage") != 0 ||
        !is_kind(key, GSC_VALUE_TEXT) || !to_size(argument(id, 4), &array.dims[0]))
        return gsc_fail(GSC_EFORMAT, "has a persistent id that is no storage");
    if (!m->find)
        return gsc_fail(GSC_EFORMAT, "has a storage outside of an archive");
    GSC_TRY(find_dtype(argument(id, 1), &array.dtype));
    GSC_TRY(m->find(m->context, key->text, &array));
    gsc_array_set_strides(&array, false);
    status = gsc_array_check(&array);
    if (status < 0)
        return gsc_fail_in(status, key->text);
    status = make_array(m, &array, storage);
out:
    return status;
}

/* A view of (storage, first element, sizes, strides, …), elements of `dtype`. */
static int
view(gsc_pickle *m, const gsc_value *arguments, const gsc_dtype *dtype,
     gsc_value **result)
{
    int status = 0;
    size_t first, num_strides;
    const gsc_value *storage = argument(arguments, 0);
    if (!is_kind(storage, GSC_VALUE_ARRAY))
        return gsc_fail(GSC_EFORMAT, "has a tensor without storage");
    gsc_array array = *storage->array;
    if (dtype)
        array.dtype = *dtype;
    if (!to_size(argument(arguments, 1), &first) ||
        !to_sizes(argument(arguments, 2), array.dims, &array.rank) ||
        !to_sizes(argument(arguments, 3), array.strides, &num_strides) ||
        num_strides != array.rank || first > array.bytes)
        return gsc_fail(GSC_EFORMAT,
                        "has a tensor whose shape is none, or of more "
                        "than %d dimensions",
                        GSC_MAX_ARRAY_RANK);
    array.first = first * gsc_dtype_size(array.dtype);
    GSC_TRY(gsc_array_check(&array));
    status = make_array(m, &array, result);
out:
    return status < 0 ? gsc_fail_in(status, "a tensor") : status;
}

static int
call_tensor(gsc_pickle *m, const gsc_value *arguments, gsc_value **result)
{
    return view(m, arguments, NULL, result);
}

/* (storage, first, sizes, strides, requires_grad, hooks, dtype) */
static int
call_tensor_of_type(gsc_pickle *m, const gsc_value *arguments, gsc_value **result)
{
    gsc_dtype dtype = GSC_DTYPE_F32;
    int status = find_dtype(argument(arguments, 6), &dtype);
    return status < 0 ? status : view(m, arguments, &dtype, result);
}

/* ---- NumPy ---- */

/* numpy.dtype("f4", False, True): its name, which build() may find to be big-endian. */
static int
call_dtype(gsc_pickle *m, const gsc_value *arguments, gsc_value **result)
{
    const gsc_value *name = argument(arguments, 0);
    if (!is_kind(name, GSC_VALUE_TEXT))
        return gsc_fail(GSC_EFORMAT, "has a numpy.dtype without a name");
    int status = gsc_pickle_make(m, GSC_VALUE_TEXT, result);
    if (status == 0) {
        (*result)->text = name->text;
        (*result)->count = name->count;
    }
    return status;
}

static int
to_dtype(const gsc_value *value, gsc_dtype *dtype)
{
    if (is_kind(value, GSC_VALUE_TEXT) && gsc_npy_dtype(value->text, dtype))
        return 0;
    return gsc_fail(GSC_EFORMAT, "has a numpy array of type %s, which is not read",
                    is_kind(value, GSC_VALUE_TEXT) ? value->text : "?");
}

/* numpy's scalar(dtype, bytes) */
static int
call_scalar(gsc_pickle *m, const gsc_value *arguments, gsc_value **result)
{
    int status = 0;
    gsc_array array = {.rank = 0};
    const gsc_value *bytes = argument(arguments, 1);
    GSC_TRY(to_dtype(argument(arguments, 0), &array.dtype));
    if (!is_kind(bytes, GSC_VALUE_BYTES))
        return gsc_fail(GSC_EFORMAT, "has a numpy number without bytes");
    array.data = (const unsigned char *)bytes->text;
    array.bytes = bytes->count;
    GSC_TRY(gsc_array_check(&array));
    GSC_TRY(gsc_pickle_make(m, GSC_VALUE_REAL, result));
    (*result)->real = gsc_array_first(&array, array.data);
    bool is_whole = array.dtype != GSC_DTYPE_F16 && array.dtype != GSC_DTYPE_F32 &&
                    array.dtype != GSC_DTYPE_F64;
    if (is_whole && fabs((*result)->real) <= 0x1p53) {
        (*result)->kind = GSC_VALUE_INTEGER;
        (*result)->integer = (int64_t)(*result)->real;
    }
out:
    return status;
}

/* numpy's _reconstruct(class, (0,), b"b"): an empty array that build() fills. */
static int
call_reconstruct(gsc_pickle *m, const gsc_value *arguments, gsc_value **result)
{
    const gsc_array empty = {.dtype = GSC_DTYPE_F64, .rank = 1};
    (void)arguments;
    return make_array(m, &empty, result);
}

/* (version, shape, dtype, is in Fortran's order, bytes) */
static int
build_array(gsc_array *array, const gsc_value *state)
{
    int status = 0;
    const gsc_value *fortran = argument(state, 3), *bytes = argument(state, 4);
    *array = (gsc_array){.rank = 0};
    if (!to_sizes(argument(state, 1), array->dims, &array->rank) || !fortran ||
        !is_kind(bytes, GSC_VALUE_BYTES))
        return gsc_fail(GSC_EFORMAT,
                        "has a numpy array that is not read: of objects, "
                        "or of more than %d dimensions",
                        GSC_MAX_ARRAY_RANK);
    GSC_TRY(to_dtype(argument(state, 2), &array->dtype));
    array->data = (const unsigned char *)bytes->text;
    array->bytes = bytes->count;
    gsc_array_set_strides(array, fortran->integer != 0);
    GSC_TRY(gsc_array_check(array));
out:
    return status;
}

/* (version, byte order, …) */
static int
build_dtype(const gsc_value *state)
{
    const gsc_value *order = argument(state, 1);
    if (is_kind(order, GSC_VALUE_TEXT) && strcmp(order->text, ">") == 0)
        return gsc_fail(GSC_EFORMAT, "has a big-endian numpy array, which is not read");
    return 0;
}

/* ---- The table ---- */

typedef int call(gsc_pickle *m, const gsc_value *arguments, gsc_value **result);

static const struct {
    const char *name;
    call *call;
} functions[] = {
    {"collections.OrderedDict", call_dict},
    {"collections.defaultdict", call_dict},
    {"builtins.dict", call_dict},
    {"builtins.list", call_list},
    {"builtins.set", call_list},
    {"builtins.frozenset", call_list},
    {"__builtin__.set", call_list},
    {"__builtin__.frozenset", call_list},
    {"builtins.bytes", call_bytes},
    {"builtins.bytearray", call_bytes},
    {"__builtin__.bytes", call_bytes},
    {"__builtin__.bytearray", call_bytes},
    {"_codecs.encode", call_encode},
    {"torch._utils._rebuild_tensor", call_tensor},
    {"torch._utils._rebuild_tensor_v2", call_tensor},
    {"torch._utils._rebuild_tensor_v3", call_tensor_of_type},
    {"torch._utils._rebuild_parameter", call_first},
    {"torch._utils._rebuild_parameter_with_state", call_first},
    {"torch.Size", call_list},
    {"torch.device", call_first},
    {"pathlib.PosixPath", call_list},
    {"pathlib.WindowsPath", call_list},
    {"numpy.dtype", call_dtype},
    {"numpy.core.multiarray.scalar", call_scalar},
    {"numpy._core.multiarray.scalar", call_scalar},
    {"numpy.core.multiarray._reconstruct", call_reconstruct},
    {"numpy._core.multiarray._reconstruct", call_reconstruct},
};

int
gsc_pickle_call(gsc_pickle *m, const gsc_value *function, const gsc_value *arguments,
                gsc_value **result)
{
    if (!is_kind(function, GSC_VALUE_OBJECT))
        return gsc_fail(GSC_EFORMAT, "calls what is no function");
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (strcmp(function->text, functions[i].name) == 0)
            return functions[i].call(m, arguments, result);
    return gsc_fail(GSC_EFORMAT, "asks for %.200s, which is not read", function->text);
}

int
gsc_pickle_build(gsc_pickle *m, gsc_value *object, gsc_value *state)
{
    (void)m;
    switch (object->kind) {
    case GSC_VALUE_ARRAY:
        return build_array(object->array, state);
    case GSC_VALUE_TEXT:
        return build_dtype(state);
    case GSC_VALUE_OBJECT:
        /* (fields, fields of slots) */
        if (is_kind(state, GSC_VALUE_LIST) && state->count == 2 &&
            is_kind(state->items[0], GSC_VALUE_DICT))
            state = state->items[0];
        object->state = state;
        return 0;
    default: /* attributes of a dictionary, such as a state dict's versions */
        return 0;
    }
}
