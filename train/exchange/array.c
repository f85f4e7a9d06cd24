/* Arrays of other programs. */
#include "train/exchange/array.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A gigabyte as float32: beyond any network this is for, and a file of a few bytes may
 * ask for it by repeating an element. */
enum { MOST_ELEMENTS = 1 << 28 };

/* Elements that an array may have beyond those it lies on: a mask that is one value,
 * but not a gigabyte of it. */
enum { MOST_REPEATED = 1 << 20 };

static const struct {
    const char *name;
    size_t size;
    gsc_type type;
} dtypes[GSC_NUM_DTYPES] = {
    [GSC_DTYPE_BOOL] = {"bool", 1, GSC_FLOAT32},
    [GSC_DTYPE_U8] = {"uint8", 1, GSC_FLOAT32},
    [GSC_DTYPE_I8] = {"int8", 1, GSC_FLOAT32},
    [GSC_DTYPE_U16] = {"uint16", 2, GSC_FLOAT32},
    [GSC_DTYPE_I16] = {"int16", 2, GSC_FLOAT32},
    [GSC_DTYPE_F16] = {"float16", 2, GSC_FLOAT32},
    [GSC_DTYPE_BF16] = {"bfloat16", 2, GSC_FLOAT32},
    [GSC_DTYPE_U32] = {"uint32", 4, GSC_FLOAT64},
    [GSC_DTYPE_I32] = {"int32", 4, GSC_FLOAT64},
    [GSC_DTYPE_F32] = {"float32", 4, GSC_FLOAT32},
    [GSC_DTYPE_U64] = {"uint64", 8, GSC_FLOAT64},
    [GSC_DTYPE_I64] = {"int64", 8, GSC_FLOAT64},
    [GSC_DTYPE_F64] = {"float64", 8, GSC_FLOAT64},
};

size_t
gsc_dtype_size(gsc_dtype dtype)
{
    return dtypes[dtype].size;
}

const char *
gsc_dtype_name(gsc_dtype dtype)
{
    return dtypes[dtype].name;
}

void
gsc_array_set_strides(gsc_array *array, bool fortran)
{
    size_t stride = 1;
    for (size_t i = 0; i < array->rank; i++) {
        size_t axis = fortran ? i : array->rank - 1 - i;
        array->strides[axis] = stride;
        stride *= array->dims[axis] > 0 ? array->dims[axis] : 1;
    }
}

static size_t
count_elements(const gsc_array *array)
{
    size_t count = 1;
    for (size_t i = 0; i < array->rank; i++)
        count *= array->dims[i];
    return count;
}

int
gsc_array_check(const gsc_array *array)
{
    size_t size = dtypes[array->dtype].size, count = 1, last = 0;
    if (array->rank > GSC_MAX_ARRAY_RANK)
        return gsc_fail(GSC_EFORMAT, "rank %zu, expected at most %d", array->rank,
                        GSC_MAX_ARRAY_RANK);
    for (size_t i = 0; i < array->rank; i++)
        if (array->dims[i] == 0)
            return 0; /* no element lies anywhere */
    for (size_t i = 0; i < array->rank; i++) {
        size_t most = array->dims[i] - 1, span;
        if (array->dims[i] > MOST_ELEMENTS / count)
            return gsc_fail(GSC_EFORMAT, "more than %d elements", MOST_ELEMENTS);
        count *= array->dims[i];
        if (gsc_size_multiply(most, array->strides[i], &span) < 0 ||
            span > SIZE_MAX - last)
            return gsc_fail(GSC_EFORMAT, "a stride of %zu elements", array->strides[i]);
        last += span;
    }
    if (count > MOST_REPEATED && count > array->bytes / size)
        return gsc_fail(GSC_EFORMAT, "%zu elements that repeat those of %zu bytes",
                        count, array->bytes);
    if (array->first > array->bytes || last >= (array->bytes - array->first) / size)
        return gsc_fail(GSC_EFORMAT, "element %zu of %s from byte %zu on, of %zu bytes",
                        last, dtypes[array->dtype].name, array->first, array->bytes);
    return 0;
}

/* ---- Elements ---- */

/* IEEE 754 binary16: sign, 5 bits of exponent, 10 of mantissa. */
static double
half_to_real(uint16_t bits)
{
    int exponent = bits >> 10 & 31, mantissa = bits & 1023;
    double size = exponent == 31  ? (mantissa ? (double)NAN : (double)INFINITY)
                  : exponent == 0 ? ldexp(mantissa, -24)
                                  : ldexp(mantissa + 1024, exponent - 25);
    return bits >> 15 ? -size : size;
}

/* The upper half of a float32. */
static double
bfloat_to_real(uint16_t bits)
{
    uint32_t wide = (uint32_t)bits << 16;
    float value;
    memcpy(&value, &wide, sizeof value);
    return (double)value;
}

/* A little-endian number of `size` bytes, its sign carried on. */
static int64_t
integer_at(const unsigned char *bytes, size_t size, bool has_sign)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value |= (uint64_t)bytes[i] << 8 * i;
    if (has_sign && size < 8 && value >> (8 * size - 1))
        value |= UINT64_MAX << 8 * size;
    return (int64_t)value;
}

static double
real_at(gsc_dtype dtype, const unsigned char *bytes)
{
    size_t size = dtypes[dtype].size;
    uint16_t narrow = (uint16_t)integer_at(bytes, size < 2 ? size : 2, false);
    double wide;
    float single;
    switch (dtype) {
    case GSC_DTYPE_F32:
        memcpy(&single, bytes, sizeof single);
        return (double)single;
    case GSC_DTYPE_F16:
        return half_to_real(narrow);
    case GSC_DTYPE_BF16:
        return bfloat_to_real(narrow);
    case GSC_DTYPE_F64:
        memcpy(&wide, bytes, sizeof wide);
        return wide;
    case GSC_DTYPE_BOOL:
        return bytes[0] != 0;
    case GSC_DTYPE_U64:
        return (double)(uint64_t)integer_at(bytes, size, false);
    case GSC_DTYPE_I8:
    case GSC_DTYPE_I16:
    case GSC_DTYPE_I32:
    case GSC_DTYPE_I64:
        return (double)integer_at(bytes, size, true);
    default:
        return (double)integer_at(bytes, size, false);
    }
}

double
gsc_array_first(const gsc_array *array, const unsigned char *bytes)
{
    return real_at(array->dtype, bytes + array->first);
}

/* Elements keep their bits where the type stays, a NaN's too. */
static void
put(const gsc_array *array, const unsigned char *from, gsc_type type, void *to,
    size_t at)
{
    if (array->dtype == GSC_DTYPE_F32)
        memcpy((float *)to + at, from, sizeof(float));
    else if (array->dtype == GSC_DTYPE_F64)
        memcpy((double *)to + at, from, sizeof(double));
    else if (type == GSC_FLOAT32)
        ((float *)to)[at] = (float)real_at(array->dtype, from);
    else
        ((double *)to)[at] = real_at(array->dtype, from);
}

int
gsc_array_convert(const gsc_array *array, const unsigned char *bytes,
                  gsc_tensor *tensor)
{
    size_t index[GSC_MAX_RANK] = {0}, size = dtypes[array->dtype].size;
    size_t count = count_elements(array), at = 0;
    if (array->rank > GSC_MAX_RANK)
        return gsc_fail(GSC_EFORMAT, "rank is %zu, expected at most %d", array->rank,
                        GSC_MAX_RANK);
    tensor->type = dtypes[array->dtype].type;
    tensor->shape.rank = array->rank;
    for (size_t i = 0; i < array->rank; i++)
        tensor->shape.dims[i] = array->dims[i];
    tensor->data = gsc_new(count, gsc_type_size(tensor->type));
    if (!tensor->data)
        return GSC_EMEMORY;
    for (size_t i = 0; i < count; i++) {
        put(array, bytes + array->first + at * size, tensor->type, tensor->data, i);
        for (size_t axis = array->rank; axis-- > 0;) { /* the next index in C order */
            at += array->strides[axis];
            if (++index[axis] < array->dims[axis])
                break;
            at -= index[axis] * array->strides[axis];
            index[axis] = 0;
        }
    }
    return 0;
}
