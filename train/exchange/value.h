/* Plain values as other programs' files hold them: numbers, texts, lists, dictionaries,
 * arrays, and objects of classes that are known only by their name. */
#ifndef GROKSCOPE_VALUE_H
#define GROKSCOPE_VALUE_H

#include "grokscope/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Types of an array's elements, little-endian all. */
typedef enum gsc_dtype {
    GSC_DTYPE_BOOL,
    GSC_DTYPE_U8,
    GSC_DTYPE_I8,
    GSC_DTYPE_U16,
    GSC_DTYPE_I16,
    GSC_DTYPE_F16,
    GSC_DTYPE_BF16,
    GSC_DTYPE_U32,
    GSC_DTYPE_I32,
    GSC_DTYPE_F32,
    GSC_DTYPE_U64,
    GSC_DTYPE_I64,
    GSC_DTYPE_F64,
    GSC_NUM_DTYPES
} gsc_dtype;

size_t gsc_dtype_size(gsc_dtype dtype);
const char *gsc_dtype_name(gsc_dtype dtype); /* "bfloat16" */

enum { GSC_MAX_ARRAY_RANK = 8 };

/* Elements in some order among bytes that lie in memory or in an entry of a zip file.
 * That they all lie inside is checked when the array is made. */
typedef struct gsc_array {
    gsc_dtype dtype;
    size_t rank;
    size_t dims[GSC_MAX_ARRAY_RANK];
    size_t strides[GSC_MAX_ARRAY_RANK]; /* in elements; 0 repeats one */
    size_t first;                       /* the byte at which the first element begins */
    const unsigned char *data;          /* NULL: in the entry */
    uint64_t entry;
    size_t shard; /* of a file of several: 1 for the first, 0 where there is one */
    size_t bytes; /* of the data or entry */
} gsc_array;

typedef enum gsc_value_kind {
    GSC_VALUE_NONE,
    GSC_VALUE_BOOL,
    GSC_VALUE_INTEGER,
    GSC_VALUE_REAL,
    GSC_VALUE_TEXT,
    GSC_VALUE_BYTES,
    GSC_VALUE_LIST, /* tuples and sets too */
    GSC_VALUE_DICT,
    GSC_VALUE_ARRAY,
    GSC_VALUE_OBJECT,
    GSC_NUM_VALUE_KINDS
} gsc_value_kind;

typedef struct gsc_value {
    gsc_value_kind kind;
    size_t count;     /* bytes of a text, items of a list, pairs of a dictionary */
    const char *text; /* ends with a NUL; of an object its class */
    int64_t integer;  /* BOOL: 0 or 1 */
    double real;
    size_t room;
    struct gsc_value **items; /* of a dictionary key, value, key, value, … */
    struct gsc_value *state;  /* of an object: its fields, its arguments, or NULL */
    gsc_array *array;
} gsc_value;

/* The value after a key of a dictionary (or of an object's fields), or NULL. */
const gsc_value *gsc_value_get(const gsc_value *value, const char *key);

/* The value at a path of keys and indices, "runs[3].model.embed.W_E", or NULL; "" is
 * the value itself. Keys may hold dots: the longest that fits is taken. */
const gsc_value *gsc_value_at(const gsc_value *value, const char *path);

/* The number that a value is: an integer, a real, a bool. */
bool gsc_value_to_real(const gsc_value *value, double *number);

/* Add "float32 [3, 4]", "list of 3 numbers", "dict of 5", "os.PathLike object". */
int gsc_value_add_type(const gsc_value *value, gsc_text *text);

/* Add a scalar as a recipe would write it ("none", "yes"); nothing for others. */
int gsc_value_add_scalar(const gsc_value *value, gsc_text *text);

/* Whether a list holds numbers and nothing else, and some. */
bool gsc_value_is_numbers(const gsc_value *value);

/* Call `visit` for the value and all that is in it, each with its path; 1 from visit
 * keeps the walk out of that value, a negative code ends it. Numbers of a list are not
 * visited one by one, and a value that lies in itself is so once. GSC_EFORMAT where
 * there are more values, or deeper ones, than a person would have nested. */
typedef int gsc_value_visit(void *context, const char *path, const gsc_value *value);
int gsc_value_walk(const gsc_value *value, gsc_value_visit *visit, void *context);

#ifdef __cplusplus
}
#endif
#endif
