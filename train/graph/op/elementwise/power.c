/* out = x^k, k a whole number from 1. */
#include "train/graph/op/elementwise/slopes.h"
#include "train/graph/op/operators.h"
#include "train/numeric/hot.h"
#include "train/numeric/real.h"

enum { EXPONENT };

static GSC_HOT void
power_into(real *out, const real *x, size_t n, int64_t k)
{
    for (size_t i = 0; i < n; i++) {
        real base = x[i], power = base;
        for (int64_t j = 1; j < k; j++)
            power *= base;
        out[i] = power;
    }
}

static GSC_HOT void
power_gradient_into(real *dx, const real *x, const real *dout, size_t n, int64_t k,
                    bool fresh)
{
    for (size_t i = 0; i < n; i++) {
        real base = x[i], slope = (real)k;
        for (int64_t j = 1; j < k; j++)
            slope *= base;
        dx[i] = (fresh ? 0 : dx[i]) + slope * dout[i];
    }
}

static void
forward(const gsc_call *call)
{
    power_into(call->out, call->in[0], count_elements(call),
               call->node->attributes[EXPONENT].integer);
}

static void
backward(const gsc_call *call)
{
    power_gradient_into(call->din, call->in[0], call->dout, count_elements(call),
                        call->node->attributes[EXPONENT].integer, call->fresh);
}

GSC_KERNELS(power) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

static const char *
shape(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    if (node->attributes[EXPONENT].integer < 1)
        return "the exponent is below 1";
    return gsc_shape_of_first(node, inputs);
}

static double
flops(const gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    (void)inputs;
    return (double)(gsc_node_count(node) * gsc_node_size(node, EXPONENT));
}

const gsc_operator gsc_op_power = {.name = "power",
                                   .min_inputs = 1,
                                   .max_inputs = 1,
                                   .attributes = {{"exponent", GSC_ATTRIBUTE_INTEGER}},
                                   .shape = shape,
                                   .traits = GSC_ELEMENTWISE,
                                   .kernels = GSC_BOTH(power),
                                   .backward_reads = {GSC_READS(0)},
                                   .out_over_in = true,
                                   .din_over_dout = true,
                                   .flops = flops};

gsc_node
gsc_graph_power(gsc_graph *graph, gsc_node x, int64_t exponent)
{
    gsc_attribute attributes[] = {[EXPONENT] = {.integer = exponent}};
    return gsc_graph_apply(graph, &gsc_op_power, &x, 1, attributes);
}

#endif
