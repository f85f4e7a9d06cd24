/* out = sin(rate x + phase) */
#include "train/graph/op/elementwise/slopes.h"
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

#include <math.h>

enum { RATE, PHASE };

static void
forward(const gsc_call *call)
{
    const gsc_attribute *a = call->node->attributes;
    const real *x = call->in[0];
    real *out = call->out;
    size_t n = count_elements(call);
    for (size_t i = 0; i < n; i++)
        out[i] = (real)sin(a[RATE].real * (double)x[i] + a[PHASE].real);
}

static void
backward(const gsc_call *call)
{
    const gsc_attribute *a = call->node->attributes;
    const real *x = call->in[0], *dout = call->dout;
    real *dx = call->din;
    bool fresh = call->fresh;
    size_t n = count_elements(call);
    ADD_SLOPES((real)(a[RATE].real * cos(a[RATE].real * (double)x[i] + a[PHASE].real)));
}

GSC_KERNELS(sine) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

const gsc_operator gsc_op_sine = {
    .name = "sine",
    .min_inputs = 1,
    .max_inputs = 1,
    .attributes = {{"rate", GSC_ATTRIBUTE_REAL}, {"phase", GSC_ATTRIBUTE_REAL}},
    .shape = gsc_shape_of_first,
    .traits = GSC_ELEMENTWISE,
    .kernels = GSC_BOTH(sine),
    .backward_reads = {GSC_READS(0)},
    .out_over_in = true,
    .din_over_dout = true};

gsc_node
gsc_graph_sine(gsc_graph *graph, gsc_node x, double rate, double phase)
{
    gsc_attribute attributes[] = {[RATE] = {.real = rate}, [PHASE] = {.real = phase}};
    return gsc_graph_apply(graph, &gsc_op_sine, &x, 1, attributes);
}

#endif
