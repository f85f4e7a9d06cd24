/* out = relu(x + p), p a parameter that is repeated for every row: a sum and an
 * activation in one pass. Only rewrites make it. */
#include "train/graph/op/elementwise/slopes.h"
#include "train/graph/op/operators.h"
#include "train/numeric/hot.h"
#include "train/numeric/real.h"

#include <string.h>

static GSC_HOT void
add_relu_into(real *out, const real *x, const real *restrict p, size_t rows,
              size_t width)
{
    for (size_t i = 0; i < rows; i++, x += width, out += width)
        for (size_t c = 0; c < width; c++) {
            real sum = x[c] + p[c];
            out[c] = sum > 0 ? sum : 0;
        }
}

static void
forward(const gsc_call *call)
{
    size_t width = gsc_node_count(call->input[1]);
    add_relu_into(call->out, call->in[0], call->in[1], count_elements(call) / width,
                  width);
}

/* Both gradients in one pass; dx may lie where dout does. */
static GSC_HOT void
backward_row(real *dx, real *restrict dp, const real *restrict out, const real *dout,
             size_t width)
{
    for (size_t c = 0; c < width; c++) {
        real slope = out[c] > 0 ? dout[c] : 0;
        dp[c] += slope;
        dx[c] = slope;
    }
}

/* Any of the two may be wanted, or be added to. */
static void
backward_parts(const gsc_call *call, size_t rows, size_t width)
{
    const real *out = call->out, *dout = call->dout;
    real *dx = call->din_of[0], *dp = call->din_of[1];
    for (size_t i = 0; i < rows * width; i++) {
        real slope = out[i] > 0 ? dout[i] : 0;
        if (dp)
            dp[i % width] += slope;
        if (dx)
            dx[i] = (call->fresh_of[0] ? 0 : dx[i]) + slope;
    }
}

static void
backward(const gsc_call *call)
{
    size_t width = gsc_node_count(call->input[1]), rows = count_elements(call) / width;
    const real *out = call->out, *dout = call->dout;
    real *dx = call->din_of[0], *dp = call->din_of[1];
    if (dp && call->fresh_of[1])
        memset(dp, 0, width * sizeof *dp);
    if (!dx || !dp || !call->fresh_of[0]) {
        backward_parts(call, rows, width);
        return;
    }
    for (size_t i = 0; i < rows; i++)
        backward_row(dx + i * width, dp, out + i * width, dout + i * width, width);
}

GSC_KERNELS(add_relu) = {.forward = forward, .backward_all = backward};

#if GSC_ONCE

const gsc_operator gsc_op_add_relu = {.name = "add_relu",
                                      .min_inputs = 2,
                                      .max_inputs = 2,
                                      .shape = gsc_shape_of_pair,
                                      .traits = GSC_ELEMENTWISE,
                                      .kernels = GSC_BOTH(add_relu),
                                      .shared = GSC_READS(1),
                                      .backward_reads = {GSC_READS_OUT, GSC_READS_OUT},
                                      .out_over_in = true,
                                      .din_over_dout = true};

gsc_node
gsc_graph_add_relu(gsc_graph *graph, gsc_node x, gsc_node p)
{
    gsc_node inputs[] = {x, p};
    return gsc_graph_apply(graph, &gsc_op_add_relu, inputs, 2, NULL);
}

#endif
