/* out = x Phi(x), Phi the normal distribution function; in float64 block by block. */
#include "train/graph/op/elementwise/slopes.h"
#include "train/graph/op/operators.h"
#include "train/numeric/hot.h"
#include "train/numeric/normal.h"
#include "train/numeric/real.h"

enum { BLOCK = 256 };

typedef struct block {
    double x[BLOCK], density[BLOCK], cumulative[BLOCK];
} block;

static void
fill_block(block *b, const real *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        b->x[i] = (double)x[i];
    gsc_normal(b->x, b->density, b->cumulative, n);
}

static GSC_HOT void
gelu_block(real *out, const block *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (real)(b->x[i] * b->cumulative[i]);
}

static GSC_HOT void
gelu_gradient_block(real *dx, const block *b, const real *dout, size_t n, bool fresh)
{
    ADD_SLOPES((real)(b->cumulative[i] + b->x[i] * b->density[i]));
}

static void
forward(const gsc_call *call)
{
    const real *x = call->in[0];
    real *out = call->out;
    block b;
    for (size_t at = 0, n = count_elements(call); at < n; at += BLOCK) {
        size_t length = n - at < BLOCK ? n - at : BLOCK;
        fill_block(&b, x + at, length);
        gelu_block(out + at, &b, length);
    }
}

static void
backward(const gsc_call *call)
{
    const real *x = call->in[0], *dout = call->dout;
    real *dx = call->din;
    block b;
    for (size_t at = 0, n = count_elements(call); at < n; at += BLOCK) {
        size_t length = n - at < BLOCK ? n - at : BLOCK;
        fill_block(&b, x + at, length);
        gelu_gradient_block(dx + at, &b, dout + at, length, call->fresh);
    }
}

GSC_KERNELS(gelu) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

const gsc_operator gsc_op_gelu = {.name = "gelu",
                                  .min_inputs = 1,
                                  .max_inputs = 1,
                                  .shape = gsc_shape_of_first,
                                  .traits = GSC_ELEMENTWISE,
                                  .kernels = GSC_BOTH(gelu),
                                  .backward_reads = {GSC_READS(0)},
                                  .out_over_in = true,
                                  .din_over_dout = true};

gsc_node
gsc_graph_gelu(gsc_graph *graph, gsc_node x)
{
    return gsc_graph_apply(graph, &gsc_op_gelu, &x, 1, NULL);
}

#endif
