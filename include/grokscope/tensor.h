/* Named arrays of numbers: parameters on their way between model, file and measure. */
#ifndef GROKSCOPE_TENSOR_H
#define GROKSCOPE_TENSOR_H

#include "grokscope/text.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Limits of a tensor. */
enum {
    GSC_MAX_RANK = 4,    /* axes */
    GSC_NAME_BYTES = 128 /* of a name, with its NUL */
};

/* Types of numbers that networks are computed in. */
typedef enum gsc_type {
    GSC_FLOAT32, /* float */
    GSC_FLOAT64  /* double */
} gsc_type;

extern const char *const gsc_type_names[]; /* "float32", "float64", NULL */

/* Bytes of one number. */
static inline size_t
gsc_type_size(gsc_type type)
{
    return type == GSC_FLOAT32 ? sizeof(float) : sizeof(double);
}

/* A shape, slowest axis first. */
typedef struct gsc_shape {
    size_t rank;               /* how many axes, 0 … GSC_MAX_RANK */
    size_t dims[GSC_MAX_RANK]; /* [rank] lengths of the axes */
} gsc_shape;

/* The product of the dimensions, 1 for rank 0. */
static inline size_t
gsc_shape_count(gsc_shape shape)
{
    size_t count = 1;
    for (size_t i = 0; i < shape.rank; i++)
        count *= shape.dims[i];
    return count;
}

/* Whether two shapes have the same axes. */
static inline bool
gsc_shape_equal(gsc_shape a, gsc_shape b)
{
    bool equal = a.rank == b.rank;
    for (size_t i = 0; equal && i < a.rank; i++)
        equal = a.dims[i] == b.dims[i];
    return equal;
}

/* Add it as "[113, 128]". */
int gsc_shape_add(gsc_shape shape, gsc_text *text);

/* Element i of an array of a type. */
static inline double
gsc_element(gsc_type type, const void *data, size_t i)
{
    return type == GSC_FLOAT32 ? (double)((const float *)data)[i]
                               : ((const double *)data)[i];
}

/* A named array. */
typedef struct gsc_tensor {
    char name[GSC_NAME_BYTES]; /* what it is called: "blocks.0.attn.W_Q" */
    char axes[GSC_NAME_BYTES]; /* "n_heads d_model d_head", one word for each dimension
                                */
    bool trained;              /* its numbers followed gradients */
    gsc_type type;             /* of the numbers */
    gsc_shape shape;           /* [] for one number */
    void *data; /* C order; who frees it is said where the tensor comes from */
} gsc_tensor;

#ifdef __cplusplus
}
#endif
#endif
