/* The zigzag through (k - 2m, (-1)^m) for m = 0 … k, or for every whole m: at a sum of
 * k signs it is their product. */
#include "train/graph/op/elementwise/slopes.h"
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

#include <math.h>

enum { TURNS, ENDLESS };

/* The segment that x lies on: m, from (k - 2m, (-1)^m) down to the next point. The
 * outer ones go on for ever. */
static double
segment_of(const gsc_graph_node *node, double x)
{
    double k = (double)node->attributes[TURNS].integer;
    double m = floor((k - x) / 2);
    return node->attributes[ENDLESS].integer ? m : fmin(fmax(m, 0), k - 1);
}

static double
sign_of(double m)
{
    return fmod(m, 2) == 0 ? 1 : -1;
}

static void
forward(const gsc_call *call)
{
    const real *x = call->in[0];
    real *out = call->out;
    size_t n = count_elements(call);
    double k = (double)call->node->attributes[TURNS].integer;
    for (size_t i = 0; i < n; i++) {
        double m = segment_of(call->node, (double)x[i]);
        out[i] = (real)(sign_of(m) * (1 - (k - (double)x[i] - 2 * m)));
    }
}

/* The derivative at a corner is that of the segment below. */
static void
backward(const gsc_call *call)
{
    const real *x = call->in[0], *dout = call->dout;
    real *dx = call->din;
    bool fresh = call->fresh;
    size_t n = count_elements(call);
    ADD_SLOPES((real)sign_of(segment_of(call->node, (double)x[i])));
}

GSC_KERNELS(zigzag) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

static const char *
shape(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    if (node->attributes[TURNS].integer < 1)
        return "fewer than 1 turn";
    return gsc_shape_of_first(node, inputs);
}

const gsc_operator gsc_op_zigzag = {.name = "zigzag",
                                    .min_inputs = 1,
                                    .max_inputs = 1,
                                    .attributes = {{"turns", GSC_ATTRIBUTE_INTEGER},
                                                   {"endless", GSC_ATTRIBUTE_INTEGER}},
                                    .shape = shape,
                                    .traits = GSC_ELEMENTWISE,
                                    .kernels = GSC_BOTH(zigzag),
                                    .backward_reads = {GSC_READS(0)},
                                    .out_over_in = true,
                                    .din_over_dout = true};

gsc_node
gsc_graph_zigzag(gsc_graph *graph, gsc_node x, int64_t turns, bool endless)
{
    gsc_attribute attributes[] = {
        [TURNS] = {.integer = turns}, [ENDLESS] = {.integer = endless}};
    return gsc_graph_apply(graph, &gsc_op_zigzag, &x, 1, attributes);
}

#endif
