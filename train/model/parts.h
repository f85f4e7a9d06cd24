/* What the files of architectures share: activations, first weights, shapes. */
#ifndef GSC_MODEL_PARTS_H
#define GSC_MODEL_PARTS_H

#include "grokscope/model.h"

typedef enum gsc_act_fn {
    GSC_ACT_RELU,
    GSC_ACT_GELU,
    GSC_ACT_SQUARE,
    GSC_ACT_TANH,
    GSC_ACT_IDENTITY,
    GSC_ACT_GELU_NEW,
    GSC_ACT_SILU,
    GSC_ACT_CUBE,
    GSC_ACT_QUARTIC,
    GSC_ACT_SINE,
    GSC_ACT_LEAKY_RELU
} gsc_act_fn;

typedef enum gsc_biases {
    GSC_BIASES_TRAINED,
    GSC_BIASES_FROZEN,
    GSC_BIASES_ABSENT
} gsc_biases;

/* Names of choices, NULL after the last. */
extern const char *const gsc_act_fn_names[], *const gsc_biases_names[];

/* x through an activation. */
gsc_node gsc_activation(gsc_graph *graph, int64_t act_fn, gsc_node x);

/* The mean of the first `count` rows of x, [1, width]. */
gsc_node gsc_mean_of_rows(gsc_graph *graph, gsc_node x, size_t count);

/* The first field that is no target, of indices or of numbers; NULL where there is
 * none. */
const gsc_field *gsc_input_field(const gsc_dataset *dataset, bool of_indices);

/* What networks with one row of outputs ask of the targets: GSC_EARGUMENT, with the
 * architecture's name, where one is about a later position, or their widths differ. */
int gsc_check_one_row(const gsc_dataset *dataset, const char *name);

enum { GSC_MOST_LAYERS = 64 };

/* The widths of hidden layers, "200,200" or "" for none; returns how many, or a
 * failure. */
int gsc_read_widths(const char *text, int64_t widths[GSC_MOST_LAYERS]);

static inline gsc_initializer
gsc_constant_initializer(double value)
{
    return (gsc_initializer){GSC_INITIALIZER_CONSTANT, value, NULL};
}

static inline gsc_initializer
gsc_normal_initializer(double deviation)
{
    return (gsc_initializer){GSC_INITIALIZER_NORMAL, deviation, NULL};
}

/* PyTorch's nn.Linear, weight and bias: even within 1/sqrt(fan_in) of 0. */
gsc_initializer gsc_linear_initializer(int64_t fan_in);

static inline gsc_shape
gsc_shape1(int64_t a)
{
    return (gsc_shape){1, {(size_t)a}};
}

static inline gsc_shape
gsc_shape2(int64_t a, int64_t b)
{
    return (gsc_shape){2, {(size_t)a, (size_t)b}};
}

static inline gsc_shape
gsc_shape3(int64_t a, int64_t b, int64_t c)
{
    return (gsc_shape){3, {(size_t)a, (size_t)b, (size_t)c}};
}

#endif
