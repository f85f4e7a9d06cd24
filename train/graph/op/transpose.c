/* The transposed of a matrix. */
#include "train/graph/op/kernels.h"
#include "train/numeric/real.h"

/* Rows and columns that are turned at a time, so that both sides stay in the cache. */
enum { BLOCK = 16 };

/* out[j, i] (+)= x[i, j] */
static void
transpose_into(real *out, const real *x, size_t rows, size_t cols, bool fresh)
{
    for (size_t i0 = 0; i0 < rows; i0 += BLOCK)
        for (size_t j = 0; j < cols; j++)
            for (size_t i = i0; i < rows && i < i0 + BLOCK; i++)
                out[j * rows + i] = (fresh ? 0 : out[j * rows + i]) + x[i * cols + j];
}

void
TYPED(gsc_transpose_forward)(const gsc_call *call)
{
    gsc_shape out = call->node->shape;
    transpose_into(call->out, call->in[0], out.dims[1], out.dims[0], true);
}

void
TYPED(gsc_transpose_backward)(const gsc_call *call)
{
    gsc_shape out = call->node->shape;
    transpose_into(call->din, call->dout, out.dims[0], out.dims[1], call->fresh);
}
