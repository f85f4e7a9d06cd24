/* An operator of the graph: softplus(x) = log(1 + e^x), element by element.
 *
 * A kernel works on the examples of one call, in one type of numbers; a macro writes it
 * for float and double. The graph keeps the descriptor's address, and the engine knows
 * of an operator only what the descriptor tells: here that elements do not mix, and
 * that the gradient reads the input again. */
#include "parts.h"

#include <math.h>

/* out = log(1 + e^x);   dx = dout / (1 + e^-x), overwritten or added to */
#define KERNELS(real, ending)                                                         \
    static void forward_##ending(const gsc_call *call)                                \
    {                                                                                 \
        const real *x = call->in[0];                                                  \
        real *out = call->out;                                                        \
        for (size_t i = 0; i < call->n * gsc_node_count(call->node); i++)             \
            out[i] = (real)log1p(exp((double)x[i]));                                  \
    }                                                                                 \
    static void backward_##ending(const gsc_call *call)                               \
    {                                                                                 \
        const real *x = call->in[0], *dout = call->dout;                              \
        real *dx = call->din;                                                         \
        for (size_t i = 0; i < call->n * gsc_node_count(call->node); i++)             \
            dx[i] =                                                                   \
                (call->fresh ? 0 : dx[i]) + dout[i] / (real)(1 + exp(-(double)x[i])); \
    }                                                                                 \
    static const gsc_kernels kernels_##ending = {.forward = forward_##ending,         \
                                                 .backward = {backward_##ending}};

KERNELS(float, f32)
KERNELS(double, f64)

const gsc_operator softplus = {.name = "softplus",
                               .min_inputs = 1,
                               .max_inputs = 1,
                               .shape = gsc_shape_of_first,
                               .traits = GSC_ELEMENTWISE,
                               .kernels = {&kernels_f32, &kernels_f64},
                               .backward_reads = {GSC_READS(0)}};
