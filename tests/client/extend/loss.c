/* A loss, log cosh of the error, and a metric, the absolute error.
 *
 * Both are operators whose output is a scalar: one number for each example, in double
 * whatever the type of the graph, and whether the example is right. The number of an
 * example is the mean over the n numbers that are predicted for it. */
#include "parts.h"

#include <math.h>

/* log cosh(e) = |e| + log(1 + e^(-2 |e|)) - log 2, which does not overflow; its slope
 * is tanh(e). An example is right where the loss is below that of an error of 0.1. */
#define LOG_COSH(real, ending)                                                 \
    static void forward_##ending(const gsc_call *call)                         \
    {                                                                          \
        const real *y = call->in[0], *answer = call->in[1];                    \
        size_t n = gsc_node_count(call->input[0]);                             \
        for (size_t i = 0; i < call->n * n; i++) {                             \
            double error = fabs((double)(y[i] - answer[i]));                   \
            call->loss[i / n] +=                                               \
                (error + log1p(exp(-2 * error)) - log(2)) / (double)n;         \
        }                                                                      \
        for (size_t e = 0; e < call->n; e++)                                   \
            call->right[e] = call->loss[e] < 0.005;                            \
    }                                                                          \
    static void backward_##ending(const gsc_call *call)                        \
    {                                                                          \
        const real *y = call->in[0], *answer = call->in[1];                    \
        size_t n = gsc_node_count(call->input[0]);                             \
        real *dy = call->din, weight = (real)(call->weight / (double)n);       \
        for (size_t i = 0; i < call->n * n; i++)                               \
            dy[i] = (call->fresh ? 0 : dy[i]) +                                \
                    weight * (real)tanh((double)(y[i] - answer[i]));           \
    }                                                                          \
    static const gsc_kernels log_cosh_##ending = {.forward = forward_##ending, \
                                                  .backward = {backward_##ending}};

/* A metric has no gradient. */
#define ABSOLUTE_ERROR(real, ending)                                           \
    static void absolute_##ending(const gsc_call *call)                        \
    {                                                                          \
        const real *y = call->in[0], *answer = call->in[1];                    \
        size_t n = gsc_node_count(call->input[0]);                             \
        for (size_t i = 0; i < call->n * n; i++)                               \
            call->loss[i / n] += fabs((double)(y[i] - answer[i])) / (double)n; \
    }                                                                          \
    static const gsc_kernels absolute_error_##ending = {.forward = absolute_##ending};

LOG_COSH(float, f32)
LOG_COSH(double, f64)
ABSOLUTE_ERROR(float, f32)
ABSOLUTE_ERROR(double, f64)

/* A shape rule fills in the shape, which of a scalar has no axes, or says why not. */
static const char *
shape_of_scalar(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    node->shape = (gsc_shape){0};
    return gsc_node_count(inputs[0]) == gsc_node_count(inputs[1])
               ? NULL
               : "the shapes must be equal";
}

static const gsc_operator log_cosh_operator = {
    .name = "log_cosh",
    .min_inputs = 2,
    .max_inputs = 2,
    .shape = shape_of_scalar,
    .traits = GSC_SCALAR,
    .kernels = {&log_cosh_f32, &log_cosh_f64},
    .backward_reads = {GSC_READS(0) | GSC_READS(1)}};

const gsc_operator absolute_error = {
    .name = "absolute_error",
    .min_inputs = 2,
    .max_inputs = 2,
    .shape = shape_of_scalar,
    .traits = GSC_SCALAR,
    .kernels = {&absolute_error_f32, &absolute_error_f64}};

/* How a target's loss is written into the graph. */
static gsc_node
build(gsc_graph *g, const gsc_loss_terms *terms, gsc_node *metric)
{
    gsc_node pair[] = {terms->prediction, terms->answer};
    (void)metric; /* the loss says itself which examples are right */
    return gsc_graph_apply(g, &log_cosh_operator, pair, 2, NULL);
}

const gsc_loss log_cosh = {
    .name = "log_cosh", .purpose = "log cosh of the error", .build = build};
