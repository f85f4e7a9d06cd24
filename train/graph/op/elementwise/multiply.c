/* out = a b element by element, b repeated where it is a parameter of fewer axes. */
#include "train/graph/op/elementwise/extent.h"
#include "train/graph/op/operators.h"
#include "train/numeric/hot.h"
#include "train/numeric/real.h"

#include <string.h>

static void
forward(const gsc_call *call)
{
    extent e = find_extent(call);
    const real *a = call->in[0], *b = call->in[1];
    real *out = call->out;
    for (size_t i = 0; i < e.total; i += e.period)
        for (size_t j = 0; j < e.period; j++)
            out[i + j] = a[i + j] * b[j];
}

static void
backward_a(const gsc_call *call)
{
    extent e = find_extent(call);
    const real *b = call->in[1], *dout = call->dout;
    real *da = call->din;
    for (size_t i = 0; i < e.total; i += e.period)
        for (size_t j = 0; j < e.period; j++)
            da[i + j] = (call->fresh ? 0 : da[i + j]) + dout[i + j] * b[j];
}

static void
backward_b(const gsc_call *call)
{
    extent e = find_extent(call);
    const real *a = call->in[0], *dout = call->dout;
    real *db = call->din;
    if (call->fresh)
        memset(db, 0, e.period * sizeof *db);
    for (size_t i = 0; i < e.total; i += e.period)
        for (size_t j = 0; j < e.period; j++)
            db[j] += dout[i + j] * a[i + j];
}

GSC_KERNELS(multiply) = {.forward = forward, .backward = {backward_a, backward_b}};

#if GSC_ONCE

const gsc_operator gsc_op_multiply = {.name = "multiply",
                                      .min_inputs = 2,
                                      .max_inputs = 2,
                                      .shape = gsc_shape_of_pair,
                                      .traits = GSC_ELEMENTWISE | GSC_COMMUTATIVE,
                                      .kernels = GSC_BOTH(multiply),
                                      .shared = GSC_READS(1),
                                      .backward_reads = {GSC_READS(1), GSC_READS(0)}};

gsc_node
gsc_graph_multiply(gsc_graph *graph, gsc_node a, gsc_node b)
{
    gsc_node inputs[] = {a, b};
    return gsc_graph_apply(graph, &gsc_op_multiply, inputs, 2, NULL);
}

#endif
