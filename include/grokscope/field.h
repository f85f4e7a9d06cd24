/* A field: one thing that every example of a dataset has, as its tokens, its image, its
 * label or the mask of what counts. Inputs and targets are fields alike. */
#ifndef GROKSCOPE_FIELD_H
#define GROKSCOPE_FIELD_H

#include "grokscope/tensor.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How the numbers of a field are stored. */
typedef enum gsc_field_type {
    GSC_FIELD_UINT8,   /* uint8_t */
    GSC_FIELD_UINT16,  /* uint16_t */
    GSC_FIELD_INT32,   /* int32_t */
    GSC_FIELD_FLOAT32, /* float */
    GSC_FIELD_FLOAT64, /* double */
    GSC_NUM_FIELD_TYPES
} gsc_field_type;

/* The numbers of one thing, of all examples one after the other. */
typedef struct gsc_field {
    char name[GSC_NAME_BYTES]; /* what it is called: "tokens", "label" */
    gsc_field_type type;       /* as they are stored */
    gsc_shape shape;           /* of one example; of rank 0: one number */
    size_t num_values;    /* of indices: each is below it; 0: the field has numbers */
    double scale, offset; /* of numbers: value = scale * stored + offset */
    const void *data; /* [examples, …shape], C order; who owns it is said where the
                         field comes from */
} gsc_field;

/* Bytes of one stored number. */
size_t gsc_field_type_size(gsc_field_type type);

/* "uint8", "uint16", "int32", "float32", "float64". */
const char *gsc_field_type_name(gsc_field_type type);

/* Bytes of one example. */
size_t gsc_field_stride(const gsc_field *field);

/* Element `element` of example `example`: scaled, where the field has numbers. */
double gsc_field_element(const gsc_field *field, size_t example, size_t element);

/* A field of indices, `count` an example, each below num_values. */
gsc_field gsc_field_of_indices(const char *name, const uint16_t *data, size_t count,
                               size_t num_values);

/* The field called `name`, or NULL. */
const gsc_field *gsc_field_find(const gsc_field *fields, size_t num_fields,
                                const char *name);

#ifdef __cplusplus
}
#endif
#endif
