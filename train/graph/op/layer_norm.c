/* Layer normalisation of each row, without gain and bias.
 *
 *   out = r (x - m),   m = mean x,   r = 1 / sqrt(mean (x - m)^2 + epsilon)
 *   dx  = r (dout - mean dout - out mean (dout out))                              */
#include "train/graph/op/operators.h"
#include "train/numeric/hot.h"
#include "train/numeric/real.h"

#include <math.h>

enum { EPSILON };

static inline double
mean_of(const real *x, size_t n)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i];
    return sum / (double)n;
}

static inline double
mean_square_about(const real *x, double centre, size_t n)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++)
        sum += ((double)x[i] - centre) * ((double)x[i] - centre);
    return sum / (double)n;
}

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
        double m = mean_of(x, n), r = 1 / sqrt(mean_square_about(x, m, n) + epsilon);
        for (size_t j = 0; j < n; j++)
            out[j] = (real)(r * ((double)x[j] - m));
    }
}

static GSC_HOT void
backward_rows(real *dx, const real *x, const real *out, const real *dout, size_t rows,
              size_t n, double epsilon, bool fresh)
{
    for (size_t i = 0; i < rows; i++, x += n, out += n, dout += n, dx += n) {
        double m = mean_of(x, n);
        real r = (real)(1 / sqrt(mean_square_about(x, m, n) + epsilon));
        real mean = (real)mean_of(dout, n), along = (real)mean_product(dout, out, n);
        if (fresh)
            for (size_t j = 0; j < n; j++)
                dx[j] = r * (dout[j] - mean - out[j] * along);
        else
            for (size_t j = 0; j < n; j++)
                dx[j] += r * (dout[j] - mean - out[j] * along);
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

GSC_KERNELS(layer_norm) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

const gsc_operator gsc_op_layer_norm = {
    .name = "layer_norm",
    .min_inputs = 1,
    .max_inputs = 1,
    .attributes = {{"epsilon", GSC_ATTRIBUTE_REAL}},
    .shape = gsc_shape_of_first,
    .traits = GSC_ROWWISE,
    .kernels = GSC_BOTH(layer_norm),
    .backward_reads = {GSC_READS(0) | GSC_READS_OUT},
    .out_over_in = true,
    .din_over_dout = true};

gsc_node
gsc_graph_layer_norm(gsc_graph *graph, gsc_node x, double epsilon)
{
    gsc_attribute attributes[] = {[EPSILON] = {.real = epsilon}};
    return gsc_graph_apply(graph, &gsc_op_layer_norm, &x, 1, attributes);
}

#endif
