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

/* ---- One block of columns ---- */

/* A block is a number of registers wide, or, at the end of the columns, narrower than
 * one. The compiler knows each width, and so keeps a row of sums in registers. */
typedef real lane __attribute__((vector_size(64), aligned(sizeof(real)), may_alias));
enum { LANE = 64 / sizeof(real), MOST_LANES = 8 };

#define INLINE static inline __attribute__((always_inline))

/* The k-th register from x on. */
#define AT(x, k) ((lane *)(x))[k]
#define READ(x, k) ((const lane *)(x))[k]

/* By halves, which takes four steps and not fifteen. */
INLINE real
sum_of(const lane *x)
{
    real part[LANE];
    memcpy(part, x, sizeof part);
    for (size_t half = LANE / 2; half > 0; half /= 2)
        for (size_t k = 0; k < half; k++)
            part[k] += part[k + half];
    return part[0];
}

/* sum += w (row + other) */
INLINE void
add_row(lane *sum, const real *row, const real *other, real w, size_t lanes)
{
    if (other) {
#pragma GCC unroll 8
        for (size_t k = 0; k < lanes; k++)
            sum[k] += w * (READ(row, k) + READ(other, k));
    } else {
#pragma GCC unroll 8
        for (size_t k = 0; k < lanes; k++)
            sum[k] += w * READ(row, k);
    }
}

/* a . (row + other) over all columns */
INLINE real
dot_row(const real *a, const real *row, const real *other, size_t d)
{
    lane sum[2] = {{0}};
    size_t k = 0;
    if (other) {
        for (; (k + 2) * LANE <= d; k += 2) {
            sum[0] += READ(a, k) * (READ(row, k) + READ(other, k));
            sum[1] += READ(a, k + 1) * (READ(row, k + 1) + READ(other, k + 1));
        }
    } else {
        for (; (k + 2) * LANE <= d; k += 2) {
            sum[0] += READ(a, k) * READ(row, k);
            sum[1] += READ(a, k + 1) * READ(row, k + 1);
        }
    }
    sum[0] += sum[1];
    real total = sum_of(&sum[0]);
    for (size_t c = k * LANE; c < d; c++)
        total += a[c] * (row[c] + (other ? other[c] : 0));
    return total;
}

INLINE void
mix_block(const mixing *m, real *out, size_t c, size_t lanes)
{
    const real *w = m->w;
    for (size_t e = 0; e < m->n; e++, w += m->h * m->q * m->k, out += m->q * m->d)
        for (size_t i = 0; i < m->q; i++) {
            lane sum[MOST_LANES] = {{0}};
            for (size_t h = 0; h < m->h; h++)
                for (size_t j = 0; j < m->k; j++)
                    add_row(sum, m->table + table_row(m, e, h, j, c),
                            m->offsets ? m->offsets + offset_row(m, h, j, c) : NULL,
                            w[(h * m->q + i) * m->k + j], lanes);
#pragma GCC unroll 8
            for (size_t k = 0; k < lanes; k++)
                AT(out + i * m->d + c, k) = sum[k];
        }
}

/* rows of dtable, or of doffsets, += w dout */
INLINE void
spread_block(const mixing *m, real *drows, bool by_token, const real *dout, size_t c,
             size_t lanes)
{
    const real *w = m->w;
    for (size_t e = 0; e < m->n; e++, dout += m->q * m->d)
        for (size_t h = 0; h < m->h; h++)
            for (size_t i = 0; i < m->q; i++)
                for (size_t j = 0; j < m->k; j++, w++) {
                    real *row = drows + (by_token ? table_row(m, e, h, j, c)
                                                  : offset_row(m, h, j, c));
                    const real *a = dout + i * m->d + c;
#pragma GCC unroll 8
                    for (size_t k = 0; k < lanes; k++)
                        AT(row, k) += *w * READ(a, k);
                }
}

/* ---- All columns ---- */

/* Blocks of 8, 4, 2, 1 registers; c is where the columns that are left begin. */
#define FOR_BLOCKS(d, block)                   \
    for (; c + 8 * LANE <= (d); c += 8 * LANE) \
        block(8);                              \
    for (; c + 4 * LANE <= (d); c += 4 * LANE) \
        block(4);                              \
    for (; c + 2 * LANE <= (d); c += 2 * LANE) \
        block(2);                              \
    for (; c + LANE <= (d); c += LANE)         \
    block(1)

static GSC_HOT void
mix(const mixing *m, real *out)
{
    size_t c = 0;
#define BLOCK(lanes) mix_block(m, out, c, lanes)
    FOR_BLOCKS(m->d, BLOCK);
#undef BLOCK
    const real *w = m->w;
    for (size_t e = 0; c < m->d && e < m->n; e++, out += m->q * m->d)
        for (size_t i = 0; i < m->q; i++)
            for (size_t x = c; x < m->d; x++) {
                real sum = 0;
                for (size_t h = 0; h < m->h; h++)
                    for (size_t j = 0; j < m->k; j++) {
                        real v = m->table[table_row(m, e, h, j, x)];
                        v += m->offsets ? m->offsets[offset_row(m, h, j, x)] : 0;
                        sum += w[((e * m->h + h) * m->q + i) * m->k + j] * v;
                    }
                out[i * m->d + x] = sum;
            }
}

static GSC_HOT void
pull_weights(const mixing *m, real *dw, const real *dout, bool fresh)
{
    for (size_t e = 0; e < m->n; e++, dout += m->q * m->d)
        for (size_t h = 0; h < m->h; h++)
            for (size_t i = 0; i < m->q; i++)
                for (size_t j = 0; j < m->k; j++, dw++) {
                    const real *other =
                        m->offsets ? m->offsets + offset_row(m, h, j, 0) : NULL;
                    real dot =
                        dot_row(dout + i * m->d, m->table + table_row(m, e, h, j, 0),
                                other, m->d);
                    *dw = fresh ? dot : *dw + dot;
                }
}

static GSC_HOT void
pull_rows(const mixing *m, real *drows, bool by_token, const real *dout)
{
    size_t c = 0;
#define BLOCK(lanes) spread_block(m, drows, by_token, dout, c, lanes)
    FOR_BLOCKS(m->d, BLOCK);
#undef BLOCK
    const real *w = m->w;
    for (size_t e = 0; c < m->d && e < m->n; e++, dout += m->q * m->d)
        for (size_t h = 0; h < m->h; h++)
            for (size_t i = 0; i < m->q; i++)
                for (size_t j = 0; j < m->k; j++, w++)
                    for (size_t x = c; x < m->d; x++)
                        drows[by_token ? table_row(m, e, h, j, x)
                                       : offset_row(m, h, j, x)] +=
                            *w * dout[i * m->d + x];
}

static void
clear_if_fresh(const gsc_call *call, size_t count)
{
    if (call->fresh)
        memset(call->din, 0, count * sizeof(real));
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

void
TYPED(gsc_mix_rows_backward_table)(const gsc_call *call)
{
    mixing m = mixing_of(call);
    clear_if_fresh(call, gsc_node_count(call->input[1]));
    pull_rows(&m, call->din, true, call->dout);
}

void
TYPED(gsc_mix_rows_backward_offsets)(const gsc_call *call)
{
    mixing m = mixing_of(call);
    clear_if_fresh(call, gsc_node_count(call->input[2]));
    pull_rows(&m, call->din, false, call->dout);
}
