/* The first axis becomes the last. */
#include "../../numeric/real.h"
#include "kernels.h"

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
