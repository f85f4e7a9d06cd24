/* A range of indices along one axis. */
#include "train/graph/op/kernels.h"
#include "train/numeric/real.h"

#include <string.h>

/* Runs of `length` numbers, `stride` apart in the whole and packed in the slice. */
typedef struct runs {
    size_t count, start, length, stride;
} runs;

static runs
find_runs(const gsc_call *call)
{
    gsc_shape whole = call->input[0]->shape;
    size_t axis = call->node->axis, inner = 1;
    for (size_t i = axis + 1; i < whole.rank; i++)
        inner *= whole.dims[i];
    runs r = {.length = call->node->shape.dims[axis] * inner,
              .start = call->node->first * inner,
              .stride = whole.dims[axis] * inner};
    r.count = call->n * gsc_node_count(call->node) / r.length;
    return r;
}

void
TYPED(gsc_slice_forward)(const gsc_call *call)
{
    runs r = find_runs(call);
    const real *x = (const real *)call->in[0] + r.start;
    real *out = call->out;
    for (size_t i = 0; i < r.count; i++)
        memcpy(out + i * r.length, x + i * r.stride, r.length * sizeof *out);
}

void
TYPED(gsc_slice_backward)(const gsc_call *call)
{
    runs r = find_runs(call);
    const real *dout = call->dout;
    real *whole = call->din, *dx = whole + r.start;
    if (call->fresh)
        memset(whole, 0, r.count * r.stride * sizeof *whole);
    for (size_t i = 0; i < r.count; i++)
        for (size_t j = 0; j < r.length; j++)
            dx[i * r.stride + j] += dout[i * r.length + j];
}
