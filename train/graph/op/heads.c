/* Heads to another place: the first axis becomes the last; a sum over heads. */
#include "train/graph/op/kernels.h"
#include "train/numeric/real.h"

typedef struct sizes {
    size_t n, first, rest;
} sizes;

static sizes
sizes_of(const gsc_call *call)
{
    size_t first = call->input[0]->shape.dims[0];
    return (sizes){call->n, first, gsc_node_count(call->node) / first};
}

void
TYPED(gsc_rotate_forward)(const gsc_call *call)
{
    sizes z = sizes_of(call);
    const real *x = call->in[0];
    real *out = call->out;
    for (size_t e = 0; e < z.n; e++, x += z.first * z.rest, out += z.first * z.rest)
        for (size_t i = 0; i < z.first; i++)
            for (size_t j = 0; j < z.rest; j++)
                out[j * z.first + i] = x[i * z.rest + j];
}

void
TYPED(gsc_rotate_backward)(const gsc_call *call)
{
    sizes z = sizes_of(call);
    const real *dout = call->dout;
    real *dx = call->din;
    for (size_t e = 0; e < z.n; e++, dx += z.first * z.rest, dout += z.first * z.rest)
        for (size_t i = 0; i < z.first; i++)
            for (size_t j = 0; j < z.rest; j++)
                dx[i * z.rest + j] =
                    (call->fresh ? 0 : dx[i * z.rest + j]) + dout[j * z.first + i];
}

void
TYPED(gsc_sum_heads_forward)(const gsc_call *call)
{
    gsc_shape in = call->input[0]->shape;
    size_t heads = in.dims[in.rank - 2], d = in.dims[in.rank - 1];
    size_t rows = call->n * gsc_node_count(call->node) / d;
    const real *x = call->in[0];
    real *out = call->out;
    for (size_t i = 0; i < rows; i++, out += d)
        for (size_t h = 0; h < heads; h++, x += d)
            for (size_t c = 0; c < d; c++)
                out[c] = (h == 0 ? 0 : out[c]) + x[c];
}

void
TYPED(gsc_sum_heads_backward)(const gsc_call *call)
{
    gsc_shape in = call->input[0]->shape;
    size_t heads = in.dims[in.rank - 2], d = in.dims[in.rank - 1];
    size_t rows = call->n * gsc_node_count(call->node) / d;
    const real *dout = call->dout;
    real *dx = call->din;
    for (size_t i = 0; i < rows; i++, dout += d)
        for (size_t h = 0; h < heads; h++, dx += d)
            for (size_t c = 0; c < d; c++)
                dx[c] = (call->fresh ? 0 : dx[c]) + dout[c];
}
