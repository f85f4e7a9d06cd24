/* Weighted sums of gathered rows: attention's output as rows of a table.
 *
 *   out[i, :]         = sum_{h, j} w[h, i, j] (T[t_j, h, :] + P[j, h, :])
 *   dw[h, i, j]      += dout[i, :] . (T[t_j, h, :] + P[j, h, :])
 *   dT[t_j, h, :]    += w[h, i, j] dout[i, :]
 *   dP[j, h, :]      += w[h, i, j] dout[i, :]
 *
 * All go block of columns by block of columns, all examples of the tile in each, so
 * that the block of the table and of its gradient stays in the L2 cache. */
#include "../../numeric/hot.h"
#include "../../numeric/real.h"
#include "kernels.h"

#include <string.h>

enum { BLOCK = 64 }; /* columns */

/* Letters as in the formulas; H heads, Q queries, K keys, d columns. */
typedef struct mixing {
    size_t n, h, q, k, d;
    const real *w, *table, *offsets; /* offsets may be NULL */
    const int32_t *tokens;
    size_t n_ctx;
} mixing;

static mixing
mixing_of(const gsc_call *call)
{
    gsc_shape pattern = call->input[0]->shape;
    return (mixing){.n = call->n,
                    .h = pattern.dims[0],
                    .q = pattern.dims[1],
                    .k = pattern.dims[2],
                    .d = call->node->shape.dims[1],
                    .w = call->in[0],
                    .table = call->in[1],
                    .offsets = call->node->num_inputs > 2 ? call->in[2] : NULL,
                    .tokens = call->tokens + call->node->first,
                    .n_ctx = call->n_ctx};
}

/* Where row (t_j, h) of the table begins, at column c. */
static inline size_t
table_row(const mixing *m, size_t e, size_t h, size_t j, size_t c)
{
    return ((size_t)m->tokens[e * m->n_ctx + j] * m->h + h) * m->d + c;
}

static inline size_t
offset_row(const mixing *m, size_t h, size_t j, size_t c)
{
    return (j * m->h + h) * m->d + c;
}

/* ---- One block of columns from c on; a constant width lets the compiler keep a row in
 * registers ---- */

static inline void
add_row(real *restrict sum, const real *restrict row, real w, size_t width)
{
    for (size_t c = 0; c < width; c++)
        sum[c] += w * row[c];
}

static inline void
add_row_pair(real *restrict sum, const real *restrict row, const real *restrict other,
             real w, size_t width)
{
    for (size_t c = 0; c < width; c++)
        sum[c] += w * (row[c] + other[c]);
}

static inline real
dot_row(const real *restrict a, const real *restrict row, const real *restrict other,
        size_t width)
{
    real sum = 0;
    if (other) {
#pragma omp simd reduction(+ : sum)
        for (size_t c = 0; c < width; c++)
            sum += a[c] * (row[c] + other[c]);
    } else {
#pragma omp simd reduction(+ : sum)
        for (size_t c = 0; c < width; c++)
            sum += a[c] * row[c];
    }
    return sum;
}

static inline void
mix_block(const mixing *m, real *out, size_t c, size_t width)
{
    const real *w = m->w;
    for (size_t e = 0; e < m->n; e++, w += m->h * m->q * m->k, out += m->q * m->d)
        for (size_t i = 0; i < m->q; i++) {
            real sum[BLOCK] = {0};
            for (size_t h = 0; h < m->h; h++)
                for (size_t j = 0; j < m->k; j++) {
                    const real *row = m->table + table_row(m, e, h, j, c);
                    real weight = w[(h * m->q + i) * m->k + j];
                    if (m->offsets)
                        add_row_pair(sum, row, m->offsets + offset_row(m, h, j, c),
                                     weight, width);
                    else
                        add_row(sum, row, weight, width);
                }
            memcpy(out + i * m->d + c, sum, width * sizeof *out);
        }
}

static inline void
dot_block(const mixing *m, real *dw, const real *dout, size_t c, size_t width,
          bool fresh)
{
    for (size_t e = 0; e < m->n; e++, dout += m->q * m->d)
        for (size_t h = 0; h < m->h; h++)
            for (size_t i = 0; i < m->q; i++)
                for (size_t j = 0; j < m->k; j++, dw++) {
                    const real *other =
                        m->offsets ? m->offsets + offset_row(m, h, j, c) : NULL;
                    real dot =
                        dot_row(dout + i * m->d + c,
                                m->table + table_row(m, e, h, j, c), other, width);
                    *dw = fresh ? dot : *dw + dot;
                }
}

static inline void
spread_block(const mixing *m, real *dtable, const real *dout, size_t c, size_t width)
{
    const real *w = m->w;
    for (size_t e = 0; e < m->n; e++, dout += m->q * m->d)
        for (size_t h = 0; h < m->h; h++)
            for (size_t i = 0; i < m->q; i++)
                for (size_t j = 0; j < m->k; j++)
                    add_row(dtable + table_row(m, e, h, j, c), dout + i * m->d + c,
                            *w++, width);
}

static inline void
gather_block(const mixing *m, real *doffsets, const real *dout, size_t c, size_t width)
{
    const real *w = m->w;
    for (size_t e = 0; e < m->n; e++, dout += m->q * m->d)
        for (size_t h = 0; h < m->h; h++)
            for (size_t i = 0; i < m->q; i++)
                for (size_t j = 0; j < m->k; j++)
                    add_row(doffsets + offset_row(m, h, j, c), dout + i * m->d + c,
                            *w++, width);
}

/* ---- All columns ---- */

static GSC_HOT void
mix(const mixing *m, real *out)
{
    size_t c = 0;
    for (; c + BLOCK <= m->d; c += BLOCK)
        mix_block(m, out, c, BLOCK);
    if (c < m->d)
        mix_block(m, out, c, m->d - c);
}

static GSC_HOT void
pull_weights(const mixing *m, real *dw, const real *dout, bool fresh)
{
    size_t c = 0;
    for (; c + BLOCK <= m->d; c += BLOCK)
        dot_block(m, dw, dout, c, BLOCK, fresh && c == 0);
    if (c < m->d)
        dot_block(m, dw, dout, c, m->d - c, fresh && c == 0);
}

static GSC_HOT void
pull_table(const mixing *m, real *dtable, const real *dout)
{
    size_t c = 0;
    for (; c + BLOCK <= m->d; c += BLOCK)
        spread_block(m, dtable, dout, c, BLOCK);
    if (c < m->d)
        spread_block(m, dtable, dout, c, m->d - c);
}

static GSC_HOT void
pull_offsets(const mixing *m, real *doffsets, const real *dout)
{
    size_t c = 0;
    for (; c + BLOCK <= m->d; c += BLOCK)
        gather_block(m, doffsets, dout, c, BLOCK);
    if (c < m->d)
        gather_block(m, doffsets, dout, c, m->d - c);
}

void
TYPED(gsc_mix_rows_forward)(const gsc_call *call)
{
    mixing m = mixing_of(call);
    mix(&m, call->out);
}

void
TYPED(gsc_mix_rows_backward_pattern)(const gsc_call *call)
{
    mixing m = mixing_of(call);
    pull_weights(&m, call->din, call->dout, call->fresh);
}

static void
clear_if_fresh(const gsc_call *call, size_t input)
{
    if (call->fresh)
        memset(call->din, 0, gsc_node_count(call->input[input]) * sizeof(real));
}

void
TYPED(gsc_mix_rows_backward_table)(const gsc_call *call)
{
    mixing m = mixing_of(call);
    clear_if_fresh(call, 1);
    pull_table(&m, call->din, call->dout);
}

void
TYPED(gsc_mix_rows_backward_offsets)(const gsc_call *call)
{
    mixing m = mixing_of(call);
    clear_if_fresh(call, 2);
    pull_offsets(&m, call->din, call->dout);
}
