/* Two nodes one behind the other along an axis. */
#include "train/graph/op/kernels.h"
#include "train/numeric/real.h"

#include <string.h>

/* Numbers of input k in one row of the whole, of which there are `count`. */
typedef struct rows {
    size_t count, length[2];
} rows;

static rows
find_rows(const gsc_call *call)
{
    gsc_shape whole = call->node->shape;
    size_t axis = call->node->axis, inner = 1;
    for (size_t i = axis + 1; i < whole.rank; i++)
        inner *= whole.dims[i];
    rows r = {.length = {call->input[0]->shape.dims[axis] * inner,
                         call->input[1]->shape.dims[axis] * inner}};
    r.count = call->n * gsc_node_count(call->node) / (r.length[0] + r.length[1]);
    return r;
}

void
TYPED(gsc_concatenate_forward)(const gsc_call *call)
{
    rows r = find_rows(call);
    const real *a = call->in[0], *b = call->in[1];
    real *out = call->out;
    for (size_t i = 0; i < r.count; i++) {
        memcpy(out, a + i * r.length[0], r.length[0] * sizeof *out);
        memcpy(out + r.length[0], b + i * r.length[1], r.length[1] * sizeof *out);
        out += r.length[0] + r.length[1];
    }
}

/* The part of dout that begins at `first` of each row, of input k. */
static void
take_part(const gsc_call *call, size_t k, size_t first)
{
    rows r = find_rows(call);
    const real *part = (const real *)call->dout + first;
    real *din = call->din;
    for (size_t i = 0; i < r.count; i++) {
        if (call->fresh)
            memcpy(din, part, r.length[k] * sizeof *din);
        else
            for (size_t j = 0; j < r.length[k]; j++)
                din[j] += part[j];
        din += r.length[k];
        part += r.length[0] + r.length[1];
    }
}

void
TYPED(gsc_concatenate_backward_a)(const gsc_call *call)
{
    take_part(call, 0, 0);
}

void
TYPED(gsc_concatenate_backward_b)(const gsc_call *call)
{
    take_part(call, 1, find_rows(call).length[0]);
}
