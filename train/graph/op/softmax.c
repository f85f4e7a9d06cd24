/* Softmax of each row, in float64: out = e^(x - max x) / sum e^(x - max x).
 *
 *   dx = out (dout - out . dout) */
#include "train/graph/op/operators.h"
#include "train/numeric/exp.h"
#include "train/numeric/hot.h"
#include "train/numeric/real.h"

static GSC_HOT void
lower(double *e, const real *x, size_t n)
{
    real most = x[0];
    for (size_t j = 1; j < n; j++)
        most = x[j] > most ? x[j] : most;
    for (size_t j = 0; j < n; j++)
        e[j] = (double)x[j] - (double)most;
}

static GSC_HOT void
divide(real *out, const double *e, size_t n)
{
    double sum = 0;
    for (size_t j = 0; j < n; j++)
        sum += e[j];
    for (size_t j = 0; j < n; j++)
        out[j] = (real)(e[j] / sum);
}

static void
forward(const gsc_call *call)
{
    size_t n = gsc_node_width(call->node), count = call->n * gsc_node_count(call->node);
    double *e = call->scratch;
    for (size_t i = 0; i < count; i += n)
        lower(e + i, (const real *)call->in[0] + i, n);
    gsc_exp(e, e, count);
    for (size_t i = 0; i < count; i += n)
        divide((real *)call->out + i, e + i, n);
}

static GSC_HOT void
backward_row(real *dx, const real *out, const real *dout, size_t n, bool fresh)
{
    real along = 0;
    for (size_t j = 0; j < n; j++)
        along += out[j] * dout[j];
    for (size_t j = 0; j < n; j++)
        dx[j] = (fresh ? 0 : dx[j]) + out[j] * (dout[j] - along);
}

static void
backward(const gsc_call *call)
{
    size_t n = gsc_node_width(call->node), count = call->n * gsc_node_count(call->node);
    for (size_t i = 0; i < count; i += n)
        backward_row((real *)call->din + i, (const real *)call->out + i,
                     (const real *)call->dout + i, n, call->fresh);
}

GSC_KERNELS(softmax) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

static const char *
shape(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    if (inputs[0]->domain != GSC_EXAMPLES)
        return "the rows are not of the examples";
    return gsc_shape_of_first(node, inputs);
}

static size_t
scratch(const gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    (void)inputs;
    return gsc_node_count(node);
}

const gsc_operator gsc_op_softmax = {.name = "softmax",
                                     .min_inputs = 1,
                                     .max_inputs = 1,
                                     .shape = shape,
                                     .traits = GSC_ROWWISE,
                                     .kernels = GSC_BOTH(softmax),
                                     .backward_reads = {GSC_READS_OUT},
                                     .out_over_in = true,
                                     .din_over_dout = true,
                                     .scratch = scratch};

gsc_node
gsc_graph_softmax(gsc_graph *graph, gsc_node x)
{
    return gsc_graph_apply(graph, &gsc_op_softmax, &x, 1, NULL);
}

#endif
