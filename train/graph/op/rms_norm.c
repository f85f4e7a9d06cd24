/* Each row by its root mean square, without gain.
 *
 *   out = r x,   r = 1 / sqrt(mean x^2 + epsilon)
 *   dx  = r (dout - out mean (dout out))                                          */
#include "train/graph/op/operators.h"
#include "train/numeric/hot.h"
#include "train/numeric/real.h"

#include <math.h>

enum { EPSILON };

static inline double
mean_product(const real *x, const real *y, size_t n)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)y[i];
    return sum / (double)n;
}

static GSC_HOT void
normalise_rows(real *out, const real *x, size_t rows, size_t n, double epsilon)
{
    for (size_t i = 0; i < rows; i++, x += n, out += n) {
        double r = 1 / sqrt(mean_product(x, x, n) + epsilon);
        for (size_t j = 0; j < n; j++)
            out[j] = (real)(r * (double)x[j]);
    }
}

static GSC_HOT void
backward_rows(real *dx, const real *x, const real *out, const real *dout, size_t rows,
              size_t n, double epsilon, bool fresh)
{
    for (size_t i = 0; i < rows; i++, x += n, out += n, dout += n, dx += n) {
        real r = (real)(1 / sqrt(mean_product(x, x, n) + epsilon));
        real along = (real)mean_product(dout, out, n);
        if (fresh)
            for (size_t j = 0; j < n; j++)
                dx[j] = r * (dout[j] - out[j] * along);
        else
            for (size_t j = 0; j < n; j++)
                dx[j] += r * (dout[j] - out[j] * along);
    }
}

static void
forward(const gsc_call *call)
{
    size_t n = gsc_node_width(call->node);
    normalise_rows(call->out, call->in[0], call->n * gsc_node_rows(call->node), n,
                   call->node->attributes[EPSILON].real);
}

static void
backward(const gsc_call *call)
{
    size_t n = gsc_node_width(call->node);
    backward_rows(call->din, call->in[0], call->out, call->dout,
                  call->n * gsc_node_rows(call->node), n,
                  call->node->attributes[EPSILON].real, call->fresh);
}

GSC_KERNELS(rms_norm) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

const gsc_operator gsc_op_rms_norm = {.name = "rms_norm",
                                      .min_inputs = 1,
                                      .max_inputs = 1,
                                      .attributes = {{"epsilon", GSC_ATTRIBUTE_REAL}},
                                      .shape = gsc_shape_of_first,
                                      .traits = GSC_ROWWISE,
                                      .kernels = GSC_BOTH(rms_norm),
                                      .backward_reads = {GSC_READS(0) | GSC_READS_OUT},
                                      .out_over_in = true,
                                      .din_over_dout = true};

gsc_node
gsc_graph_rms_norm(gsc_graph *graph, gsc_node x, double epsilon)
{
    gsc_attribute attributes[] = {[EPSILON] = {.real = epsilon}};
    return gsc_graph_apply(graph, &gsc_op_rms_norm, &x, 1, attributes);
}

#endif
