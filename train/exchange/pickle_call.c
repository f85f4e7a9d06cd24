/* The functions and classes of Python whose results a pickle's reader makes itself:
 * containers, PyTorch's tensors and storages, NumPy's arrays and numbers. */
#include "grokscope/error.h"

#include "train/exchange/array.h"
#include "train/exchange/npy.h"
#include "train/exchange/pickle.h"
#include "train/exchange/torch_legacy.h"

#include <math.h>
#include <string.h>

/* ---- What arguments are ---- */

const gsc_value *
gsc_pickle_argument(const gsc_value *arguments, size_t i)
{
    return arguments->kind == GSC_VALUE_LIST && i < arguments->count
               ? arguments->items[i]
               : NULL;
}

bool
gsc_pickle_is(const gsc_value *value, gsc_value_kind kind)
{
    return value && value->kind == kind;
}

/* A whole number that is not negative. */
static bool
to_size(const gsc_value *value, size_t *size)
{
    if (!gsc_pickle_is(value, GSC_VALUE_INTEGER) || value->integer < 0)
        return false;
    *size = (size_t)value->integer;
    return true;
}

static bool
to_sizes(const gsc_value *list, size_t sizes[GSC_MAX_ARRAY_RANK], size_t *count)
{
    if (!gsc_pickle_is(list, GSC_VALUE_LIST) || list->count > GSC_MAX_ARRAY_RANK)
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

/* The element type that a storage class or a torch.dtype names; false for complex and
 * quantized ones, and for those of PyTorches to come. */
static bool
find_dtype(const gsc_value *named, gsc_dtype *dtype)
{
    for (size_t i = 0; i < sizeof storages / sizeof *storages; i++)
        if (gsc_pickle_is(named, GSC_VALUE_OBJECT) &&
            strcmp(named->text, storages[i].name) == 0) {
            *dtype = storages[i].dtype;
            return true;
        }
    return false;
}

/* A value of which only its type is known. */
static int
make_unread(gsc_pickle *m, const gsc_value *type, const char *otherwise,
            gsc_value **result)
{
    bool is_named =
        gsc_pickle_is(type, GSC_VALUE_OBJECT) || gsc_pickle_is(type, GSC_VALUE_TEXT);
    return gsc_pickle_make_opaque(m, is_named ? type->text : otherwise, NULL, result);
}

/* ("storage", class, key, location, number of elements), or before PyTorch 1.6 also
 * ("module", class, file, source), which is that class. */
int
gsc_pickle_storage(gsc_pickle *m, const gsc_value *id, gsc_value **storage)
{
    int status = 0;
    gsc_array array = {.rank = 1};
    const gsc_value *kind = gsc_pickle_argument(id, 0),
                    *key = gsc_pickle_argument(id, 2);
    if (gsc_pickle_is(kind, GSC_VALUE_TEXT) && strcmp(kind->text, "module") == 0 &&
        gsc_pickle_argument(id, 1)) {
        *storage = id->items[1];
        return 0;
    }
    if (!gsc_pickle_is(kind, GSC_VALUE_TEXT) || strcmp(kind->text, "storage") != 0 ||
        !gsc_pickle_is(key, GSC_VALUE_TEXT) ||
        !to_size(gsc_pickle_argument(id, 4), &array.dims[0]))
        return gsc_fail(GSC_EFORMAT, "has a persistent id that is no storage");
    if (!m->find)
        return gsc_fail(GSC_EFORMAT, "has a storage outside of an archive");
    if (!find_dtype(gsc_pickle_argument(id, 1), &array.dtype))
        return make_unread(m, gsc_pickle_argument(id, 1), "torch.Storage", storage);
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
    const gsc_value *storage = gsc_pickle_argument(arguments, 0);
    if (gsc_pickle_is(storage, GSC_VALUE_OBJECT)) /* of elements that are not read */
        return make_unread(m, storage, "torch.Tensor", result);
    if (!gsc_pickle_is(storage, GSC_VALUE_ARRAY))
        return gsc_fail(GSC_EFORMAT, "has a tensor without storage");
    gsc_array array = *storage->array;
    if (dtype)
        array.dtype = *dtype;
    if (!to_size(gsc_pickle_argument(arguments, 1), &first) ||
        !to_sizes(gsc_pickle_argument(arguments, 2), array.dims, &array.rank) ||
        !to_sizes(gsc_pickle_argument(arguments, 3), array.strides, &num_strides) ||
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
    gsc_dtype dtype;
    if (!find_dtype(gsc_pickle_argument(arguments, 6), &dtype))
        return make_unread(m, gsc_pickle_argument(arguments, 6), "torch.Tensor",
                           result);
    return view(m, arguments, &dtype, result);
}

/* (function, type, arguments, state): a tensor of a class of its own. */
static int
call_of_type(gsc_pickle *m, const gsc_value *arguments, gsc_value **result)
{
    const gsc_value *function = gsc_pickle_argument(arguments, 0);
    gsc_value *inner = arguments->kind == GSC_VALUE_LIST && arguments->count > 2
                           ? arguments->items[2]
                           : NULL;
    if (!inner || !gsc_pickle_is(function, GSC_VALUE_OBJECT) ||
        strncmp(function->text, "torch._utils._rebuild_tensor", 28) != 0)
        return gsc_pickle_make_opaque(m, "torch.Tensor", NULL, result);
    return gsc_pickle_call(m, function, inner, result);
}

/* A tensor or storage in a plain pickle: bytes that torch.save wrote. These hold no
 * others, so that there is an end of it. */
static int
call_load_from_bytes(gsc_pickle *m, const gsc_value *arguments, gsc_value **result)
{
    const gsc_value *bytes = gsc_pickle_argument(arguments, 0);
    if (!gsc_pickle_is(bytes, GSC_VALUE_BYTES) || m->find)
        return gsc_pickle_make_opaque(m, "torch.storage._load_from_bytes", NULL,
                                      result);
    int status = gsc_pickle_count_copies(m, bytes->count);
    return status < 0
               ? status
               : gsc_torch_legacy_read(m->arena, (const unsigned char *)bytes->text,
                                       bytes->count, result);
}

/* copyreg._reconstructor(class, …) and copyreg.__newobj__(class, …): an object. */
static int
call_object(gsc_pickle *m, const gsc_value *arguments, gsc_value **result)
{
    return make_unread(m, gsc_pickle_argument(arguments, 0), "builtins.object", result);
}

/* ---- NumPy ---- */

/* numpy.dtype("f4", False, True): its name, which build() may find to be big-endian. */
static int
call_dtype(gsc_pickle *m, const gsc_value *arguments, gsc_value **result)
{
    const gsc_value *name = gsc_pickle_argument(arguments, 0);
    if (!gsc_pickle_is(name, GSC_VALUE_TEXT))
        return gsc_fail(GSC_EFORMAT, "has a numpy.dtype without a name");
    int status = gsc_pickle_make(m, GSC_VALUE_TEXT, result);
    if (status == 0) {
        (*result)->text = name->text;
        (*result)->count = name->count;
    }
    return status;
}

static bool
to_dtype(const gsc_value *value, gsc_dtype *dtype)
{
    return gsc_pickle_is(value, GSC_VALUE_TEXT) && gsc_npy_dtype(value->text, dtype);
}

/* numpy's scalar(dtype, bytes) */
static int
call_scalar(gsc_pickle *m, const gsc_value *arguments, gsc_value **result)
{
    int status = 0;
    gsc_array array = {.rank = 0};
    const gsc_value *bytes = gsc_pickle_argument(arguments, 1);
    if (!to_dtype(gsc_pickle_argument(arguments, 0), &array.dtype))
        return gsc_pickle_make_opaque(m, "numpy.generic", NULL, result);
    if (!gsc_pickle_is(bytes, GSC_VALUE_BYTES))
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

/* An array of objects is a list of them, and one without dimensions its only one. */
static int
build_objects(gsc_value *value, const gsc_value *shape, const gsc_value *items)
{
    if (gsc_pickle_is(shape, GSC_VALUE_LIST) && shape->count == 0 &&
        items->count == 1) {
        *value = *items->items[0];
        value->room = 0; /* its items are the other's too */
        return 0;
    }
    *value = (gsc_value){
        .kind = GSC_VALUE_LIST, .count = items->count, .items = items->items};
    return 0;
}

/* (version, shape, dtype, is in Fortran's order, bytes or a list of objects) */
static int
build_array(gsc_value *value, const gsc_value *state)
{
    int status = 0;
    gsc_array *array = value->array;
    const gsc_value *fortran = gsc_pickle_argument(state, 3),
                    *bytes = gsc_pickle_argument(state, 4);
    if (gsc_pickle_is(bytes, GSC_VALUE_LIST))
        return build_objects(value, gsc_pickle_argument(state, 1), bytes);
    *array = (gsc_array){.rank = 0};
    if (!to_sizes(gsc_pickle_argument(state, 1), array->dims, &array->rank) ||
        !fortran || !gsc_pickle_is(bytes, GSC_VALUE_BYTES))
        return gsc_fail(GSC_EFORMAT,
                        "has a numpy array without bytes, or of more than %d "
                        "dimensions",
                        GSC_MAX_ARRAY_RANK);
    if (!to_dtype(gsc_pickle_argument(state, 2),
                  &array->dtype)) { /* texts, dates, big-endian */
        *value = (gsc_value){.kind = GSC_VALUE_OBJECT,
                             .text = "numpy.ndarray",
                             .count = strlen("numpy.ndarray")};
        return 0;
    }
    array->data = (const unsigned char *)bytes->text;
    array->bytes = bytes->count;
    gsc_array_set_strides(array, fortran->integer != 0);
    GSC_TRY(gsc_array_check(array));
out:
    return status;
}

/* (version, byte order, …): a big-endian type is none that is read. */
static int
build_dtype(gsc_value *name, const gsc_value *state)
{
    const gsc_value *order = gsc_pickle_argument(state, 1);
    if (gsc_pickle_is(order, GSC_VALUE_TEXT) && strcmp(order->text, ">") == 0)
        name->text = "big-endian";
    return 0;
}

/* ---- The table ---- */

static const struct {
    const char *name;
    gsc_pickle_make_call *call;
} functions[] = {
    {"collections.OrderedDict", gsc_pickle_call_dict},
    {"collections.defaultdict", gsc_pickle_call_dict},
    {"collections.Counter", gsc_pickle_call_dict},
    {"copyreg._reconstructor", call_object},
    {"copy_reg._reconstructor", call_object},
    {"copyreg.__newobj__", call_object},
    {"builtins.dict", gsc_pickle_call_dict},
    {"builtins.list", gsc_pickle_call_list},
    {"builtins.set", gsc_pickle_call_list},
    {"builtins.frozenset", gsc_pickle_call_list},
    {"__builtin__.set", gsc_pickle_call_list},
    {"__builtin__.frozenset", gsc_pickle_call_list},
    {"builtins.bytes", gsc_pickle_call_bytes},
    {"builtins.bytearray", gsc_pickle_call_bytes},
    {"__builtin__.bytes", gsc_pickle_call_bytes},
    {"__builtin__.bytearray", gsc_pickle_call_bytes},
    {"_codecs.encode", gsc_pickle_call_encode},
    {"torch._utils._rebuild_tensor", call_tensor},
    {"torch._utils._rebuild_tensor_v2", call_tensor},
    {"torch._utils._rebuild_tensor_v3", call_tensor_of_type},
    {"torch._tensor._rebuild_from_type_v2", call_of_type},
    {"torch.storage._load_from_bytes", call_load_from_bytes},
    {"torch._utils._rebuild_parameter", gsc_pickle_call_first},
    {"torch._utils._rebuild_parameter_with_state", gsc_pickle_call_first},
    {"torch.Size", gsc_pickle_call_list},
    {"torch.device", gsc_pickle_call_first},
    {"pathlib.PosixPath", gsc_pickle_call_list},
    {"pathlib.WindowsPath", gsc_pickle_call_list},
    {"numpy.dtype", call_dtype},
    {"numpy.core.multiarray.scalar", call_scalar},
    {"numpy._core.multiarray.scalar", call_scalar},
    {"numpy.core.multiarray._reconstruct", call_reconstruct},
    {"numpy._core.multiarray._reconstruct", call_reconstruct},
};

int
gsc_pickle_call(gsc_pickle *m, const gsc_value *function, gsc_value *arguments,
                gsc_value **result)
{
    if (!gsc_pickle_is(function, GSC_VALUE_OBJECT))
        return gsc_fail(GSC_EFORMAT, "calls what is no function");
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (strcmp(function->text, functions[i].name) == 0)
            return functions[i].call(m, arguments, result);
    return gsc_pickle_make_opaque(m, function->text, arguments, result);
}

int
gsc_pickle_build(gsc_pickle *m, gsc_value *object, gsc_value *state)
{
    (void)m;
    switch (object->kind) {
    case GSC_VALUE_ARRAY:
        return build_array(object, state);
    case GSC_VALUE_TEXT:
        return build_dtype(object, state);
    case GSC_VALUE_OBJECT:
        /* (fields, fields of slots) */
        if (gsc_pickle_is(state, GSC_VALUE_LIST) && state->count == 2 &&
            gsc_pickle_is(state->items[0], GSC_VALUE_DICT))
            state = state->items[0];
        object->state = state;
        return 0;
    default: /* attributes of a dictionary, such as a state dict's versions */
        return 0;
    }
}
