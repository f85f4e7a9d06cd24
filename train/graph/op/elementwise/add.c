/* out = a + b, b repeated where it is a parameter of fewer axes. */
#include "train/graph/op/elementwise/extent.h"
#include "train/graph/op/operators.h"
#include "train/numeric/hot.h"
#include "train/numeric/real.h"

#include <string.h>

static GSC_HOT void
add_into(real *sum, const real *x, size_t n, bool fresh)
{
    if (fresh && sum != x)
        memcpy(sum, x, n * sizeof *sum);
    if (fresh)
        return;
    for (size_t i = 0; i < n; i++)
        sum[i] += x[i];
}

static GSC_HOT void
add_rows(real *restrict out, const real *a, const real *restrict b, extent e)
{
    for (size_t i = 0; i < e.total; i += e.period)
        for (size_t j = 0; j < e.period; j++)
            out[i + j] = a[i + j] + b[j];
}

static GSC_HOT void
add_rows_in_place(real *restrict out, const real *restrict b, extent e)
{
    for (size_t i = 0; i < e.total; i += e.period)
        for (size_t j = 0; j < e.period; j++)
            out[i + j] += b[j];
}

static void
forward(const gsc_call *call)
{
    if (call->out == call->in[0])
        add_rows_in_place(call->out, call->in[1], find_extent(call));
    else
        add_rows(call->out, call->in[0], call->in[1], find_extent(call));
}

static void
backward_a(const gsc_call *call)
{
    add_into(call->din, call->dout, find_extent(call).total, call->fresh);
}

static void
backward_b(const gsc_call *call)
{
    extent e = find_extent(call);
    const real *dout = call->dout;
    for (size_t i = 0; i < e.total; i += e.period)
        add_into(call->din, dout + i, e.period, call->fresh && i == 0);
}

GSC_KERNELS(add) = {.forward = forward, .backward = {backward_a, backward_b}};

#if GSC_ONCE

const gsc_operator gsc_op_add = {.name = "add",
                                 .min_inputs = 2,
                                 .max_inputs = 2,
                                 .shape = gsc_shape_of_pair,
                                 .traits = GSC_ELEMENTWISE | GSC_COMMUTATIVE,
                                 .rows = GSC_READS(0) | GSC_READS(1),
                                 .kernels = GSC_BOTH(add),
                                 .shared = GSC_READS(1),
                                 .out_over_in = true,
                                 .din_over_dout = true};

gsc_node
gsc_graph_add(gsc_graph *graph, gsc_node a, gsc_node b)
{
    gsc_node inputs[] = {a, b};
    return gsc_graph_apply(graph, &gsc_op_add, inputs, 2, NULL);
}

#endif
