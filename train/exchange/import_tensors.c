/* The tensors of a file of another program. */
#include "train/exchange/import_tensors.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A gigabyte as float32, of all tensors of a network. */
enum { MOST_ELEMENTS = 1 << 28 };

/* What is added to attention's scores: 0, or -inf where nothing is to be seen. */
static bool
is_mask(const gsc_tensor *t)
{
    size_t hidden = 0, count = gsc_shape_count(t->shape);
    for (size_t i = 0; i < count; i++) {
        double value = gsc_element(t->type, t->data, i);
        if (value != 0 && value != -INFINITY)
            return false;
        hidden += value != 0;
    }
    return hidden > 0;
}

static int
leave_out(gsc_import *im, gsc_tensor *tensor)
{
    enum { MOST_SHOWN = 160 };
    int status = 0;
    gsc_text *text = &im->buffers;
    if (text->length < MOST_SHOWN) {
        GSC_TRY(gsc_text_add(text, im->num_buffers > 0 ? ", " : ""));
        GSC_TRY(gsc_text_add_escaped(text, tensor->name));
    } else if (!gsc_text_ends_with(text->data, "…")) {
        GSC_TRY(gsc_text_add(text, ", …"));
    }
    im->num_buffers++;
out:
    free(tensor->data);
    *tensor = (gsc_tensor){.data = NULL};
    return status;
}

static int
read_tensor(gsc_import *im, const gsc_external *file, const gsc_value *key,
            const gsc_value *value)
{
    gsc_tensor *tensor = &im->tensors[im->num_tensors];
    if (key->kind != GSC_VALUE_TEXT || value->kind != GSC_VALUE_ARRAY)
        return gsc_fail(GSC_EFORMAT,
                        "what is taken for weights holds more than tensors");
    if (key->count == 0 || key->count >= GSC_NAME_BYTES)
        return gsc_fail(GSC_EFORMAT, "a name of %zu bytes, expected 1 to %d",
                        key->count, GSC_NAME_BYTES - 1);
    memcpy(tensor->name, key->text, key->count);
    tensor->trained = true;
    int status = gsc_external_tensor(file, value->array, tensor);
    if (status < 0)
        return gsc_fail_in(status, key->text);
    if (value->array->dtype == GSC_DTYPE_BOOL || gsc_naming_is_buffer(tensor->name) ||
        gsc_shape_count(tensor->shape) == 0 || is_mask(tensor))
        return leave_out(im, tensor);
    im->num_tensors++;
    return 0;
}

/* Any number of names may stand for one array. */
static int
check_total(const gsc_value *weights)
{
    size_t total = 0;
    for (size_t i = 0; i < weights->count; i++) {
        const gsc_value *value = weights->items[2 * i + 1];
        size_t count = value->kind == GSC_VALUE_ARRAY;
        for (size_t k = 0; count > 0 && k < value->array->rank; k++)
            count *= value->array->dims[k]; /* none is above MOST_ELEMENTS */
        if (count > MOST_ELEMENTS - total)
            return gsc_fail(GSC_EFORMAT, "more than %d elements", MOST_ELEMENTS);
        total += count;
    }
    return 0;
}

int
gsc_import_read_tensors(gsc_import *im, const gsc_external *file,
                        const gsc_value *weights)
{
    int status = 0;
    GSC_TRY(check_total(weights));
    GSC_NEW(im->tensors, weights->count);
    for (size_t i = 0; i < weights->count; i++)
        GSC_TRY(
            read_tensor(im, file, weights->items[2 * i], weights->items[2 * i + 1]));
out:
    return status;
}

/* float32 as float64 has the same numbers; float64 as float32 is rounded. */
static int
convert_tensor(gsc_tensor *t, gsc_type type)
{
    size_t count = gsc_shape_count(t->shape);
    void *to = gsc_new(count, gsc_type_size(type));
    if (!to)
        return GSC_EMEMORY;
    for (size_t k = 0; k < count; k++) {
        double value = gsc_element(t->type, t->data, k);
        if (type == GSC_FLOAT64) {
            ((double *)to)[k] = value;
        } else if (isfinite(value) && fabs(value) > (double)FLT_MAX) {
            free(to);
            return gsc_fail(GSC_EARGUMENT,
                            "%s: %g is beyond float32; dtype float64 keeps it", t->name,
                            value);
        } else {
            ((float *)to)[k] = (float)value;
        }
    }
    free(t->data);
    t->data = to;
    t->type = type;
    return 0;
}

int
gsc_import_convert_tensors(gsc_import *im)
{
    int status = 0;
    int64_t *dtype = &im->config.run.dtype;
    bool told = gsc_config_is_known(&im->config, "dtype");
    for (size_t i = 0; told && i < im->num_tensors; i++)
        if (im->tensors[i].type != (gsc_type)*dtype)
            GSC_TRY(convert_tensor(&im->tensors[i], (gsc_type)*dtype));
    for (size_t i = 0; !told && i < im->num_tensors; i++)
        if (im->tensors[i].type == GSC_FLOAT64)
            *dtype = GSC_FLOAT64;
    gsc_config_know(&im->config, "dtype");
out:
    return status;
}
