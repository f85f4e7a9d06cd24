/* Operators that act on each number by itself. */
#include "train/graph/op/kernels.h"
#include "train/numeric/hot.h"
#include "train/numeric/real.h"

#include <string.h>

/* Elements of out over the call, and of b, which repeats until they are filled. */
typedef struct extent {
    size_t total, period;
} extent;

static extent
find_extent(const gsc_call *call)
{
    extent e = {.total = call->n * gsc_node_count(call->node)};
    e.period = call->input[1]->domain == GSC_EXAMPLES ? e.total
                                                      : gsc_node_count(call->input[1]);
    return e;
}

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

void
TYPED(gsc_add_forward)(const gsc_call *call)
{
    if (call->out == call->in[0])
        add_rows_in_place(call->out, call->in[1], find_extent(call));
    else
        add_rows(call->out, call->in[0], call->in[1], find_extent(call));
}

void
TYPED(gsc_add_backward_a)(const gsc_call *call)
{
    add_into(call->din, call->dout, find_extent(call).total, call->fresh);
}

void
TYPED(gsc_add_backward_b)(const gsc_call *call)
{
    extent e = find_extent(call);
    const real *dout = call->dout;
    for (size_t i = 0; i < e.total; i += e.period)
        add_into(call->din, dout + i, e.period, call->fresh && i == 0);
}

void
TYPED(gsc_multiply_forward)(const gsc_call *call)
{
    extent e = find_extent(call);
    const real *a = call->in[0], *b = call->in[1];
    real *out = call->out;
    for (size_t i = 0; i < e.total; i += e.period)
        for (size_t j = 0; j < e.period; j++)
            out[i + j] = a[i + j] * b[j];
}

void
TYPED(gsc_multiply_backward_a)(const gsc_call *call)
{
    extent e = find_extent(call);
    const real *b = call->in[1], *dout = call->dout;
    real *da = call->din;
    for (size_t i = 0; i < e.total; i += e.period)
        for (size_t j = 0; j < e.period; j++)
            da[i + j] = (call->fresh ? 0 : da[i + j]) + dout[i + j] * b[j];
}

void
TYPED(gsc_multiply_backward_b)(const gsc_call *call)
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

static GSC_HOT void
scale_into(real *out, const real *x, real factor, size_t n, bool fresh)
{
    if (fresh)
        for (size_t i = 0; i < n; i++)
            out[i] = factor * x[i];
    else
        for (size_t i = 0; i < n; i++)
            out[i] += factor * x[i];
}

void
TYPED(gsc_scale_forward)(const gsc_call *call)
{
    scale_into(call->out, call->in[0], (real)call->node->factor,
               call->n * gsc_node_count(call->node), true);
}

void
TYPED(gsc_scale_backward)(const gsc_call *call)
{
    scale_into(call->din, call->dout, (real)call->node->factor,
               call->n * gsc_node_count(call->node), call->fresh);
}
