/* Rows of a table, by token. */
#include "train/graph/op/kernels.h"
#include "train/numeric/hot.h"
#include "train/numeric/real.h"

#include <string.h>

void
TYPED(gsc_gather_forward)(const gsc_call *call)
{
    const real *table = call->in[0]; /* [d_vocab, width] */
    real *out = call->out;           /* [n, count, width] */
    size_t count = call->node->shape.dims[0],
           width = gsc_node_count(call->node) / count;
    for (size_t e = 0; e < call->n; e++) {
        const int32_t *tokens = call->tokens + e * call->n_ctx + call->node->first;
        for (size_t i = 0; i < count; i++, out += width)
            memcpy(out, table + (size_t)tokens[i] * width, width * sizeof *out);
    }
}

static GSC_HOT void
add_rows(real *restrict table, const real *restrict rows, const int32_t *tokens,
         size_t count, size_t width)
{
    for (size_t i = 0; i < count; i++, rows += width) {
        real *row = table + (size_t)tokens[i] * width;
        for (size_t j = 0; j < width; j++)
            row[j] += rows[j];
    }
}

void
TYPED(gsc_gather_backward)(const gsc_call *call)
{
    const real *dout = call->dout;
    real *dtable = call->din;
    size_t count = call->node->shape.dims[0],
           width = gsc_node_count(call->node) / count;
    if (call->fresh)
        memset(dtable, 0, gsc_node_count(call->input[0]) * sizeof *dtable);
    for (size_t e = 0; e < call->n; e++) {
        const int32_t *tokens = call->tokens + e * call->n_ctx + call->node->first;
        add_rows(dtable, dout + e * count * width, tokens, count, width);
    }
}

/* ---- The sum of two rows ---- */

static GSC_HOT void
sum_pair(real *restrict out, const real *a, const real *b, size_t width)
{
    for (size_t c = 0; c < width; c++)
        out[c] = a[c] + b[c];
}

void
TYPED(gsc_sum_rows_forward)(const gsc_call *call)
{
    const real *a = call->in[0], *b = call->in[1];
    real *out = call->out;
    size_t width = gsc_node_count(call->node);
    const int32_t *tokens = call->tokens;
    for (size_t e = 0; e < call->n; e++, tokens += call->n_ctx, out += width)
        sum_pair(out, a + (size_t)tokens[call->node->first] * width,
                 b + (size_t)tokens[call->node->axis] * width, width);
}

/* dtable[token at `position`] += dout */
static void
spread_rows(const gsc_call *call, size_t input, size_t position)
{
    const real *dout = call->dout;
    real *dtable = call->din;
    size_t width = gsc_node_count(call->node);
    if (call->fresh)
        memset(dtable, 0, gsc_node_count(call->input[input]) * sizeof *dtable);
    for (size_t e = 0; e < call->n; e++)
        add_rows(dtable, dout + e * width, call->tokens + e * call->n_ctx + position, 1,
                 width);
}

void
TYPED(gsc_sum_rows_backward_a)(const gsc_call *call)
{
    spread_rows(call, 0, call->node->first);
}

void
TYPED(gsc_sum_rows_backward_b)(const gsc_call *call)
{
    spread_rows(call, 1, call->node->axis);
}
