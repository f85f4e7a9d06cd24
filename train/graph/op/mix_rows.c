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

/* ---- Registers ---- */

/* A block is a number of registers wide, or, at the end of the columns, narrower than
 * one. The compiler knows each width, and so keeps sums in registers. */
typedef real lane __attribute__((vector_size(64), aligned(sizeof(real)), may_alias));
enum { LANE = 64 / sizeof(real) };

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

/* Call block(c, registers, skip) for blocks of 16, 8, 4, 2, 1 registers of d columns.
 * What is left at the end is a block that begins `skip` columns early, which were done
 * already, where that saves one; fewer columns than a register are left to rest(). */
#define FOR_BLOCKS(d, block, rest)                   \
    do {                                             \
        size_t c = 0;                                \
        for (; c + 16 * LANE <= (d); c += 16 * LANE) \
            block(c, 16, 0);                         \
        LAST_BLOCK(d, block, 16);                    \
        NEXT_BLOCK(d, block, 8);                     \
        NEXT_BLOCK(d, block, 4);                     \
        NEXT_BLOCK(d, block, 2);                     \
        NEXT_BLOCK(d, block, 1);                     \
        if (c < (d))                                 \
            rest();                                  \
    } while (0)

#define NEXT_BLOCK(d, block, lanes)    \
    do {                               \
        if (c + lanes * LANE <= (d)) { \
            block(c, lanes, 0);        \
            c += lanes * LANE;         \
        }                              \
        LAST_BLOCK(d, block, lanes);   \
    } while (0)

/* More than half a block is left, or less than a register; the block has room. */
#define LAST_BLOCK(d, block, lanes)                                \
    do {                                                           \
        bool fills = lanes == 1 || 2 * ((d)-c) > lanes * LANE;     \
        if (c < (d) && fills && (d) >= lanes * LANE) {             \
            block((d)-lanes *LANE, lanes, c + lanes * LANE - (d)); \
            c = (d);                                               \
        }                                                          \
    } while (0)

/* ---- Forward ---- */

/* sum += w (row + other) */
INLINE void
add_row(lane *sum, const real *row, const real *other, real w, size_t lanes)
{
    if (other) {
#pragma GCC unroll 16
        for (size_t k = 0; k < lanes; k++)
            sum[k] += w * (READ(row, k) + READ(other, k));
    } else {
#pragma GCC unroll 16
        for (size_t k = 0; k < lanes; k++)
            sum[k] += w * READ(row, k);
    }
}

INLINE void
mix_block(const mixing *m, real *out, size_t c, size_t lanes)
{
    const real *w = m->w;
    for (size_t e = 0; e < m->n; e++, w += m->h * m->q * m->k, out += m->q * m->d)
        for (size_t i = 0; i < m->q; i++) {
            lane sum[16] = {{0}};
            for (size_t h = 0; h < m->h; h++)
                for (size_t j = 0; j < m->k; j++)
                    add_row(sum, m->table + table_row(m, e, h, j, c),
                            m->offsets ? m->offsets + offset_row(m, h, j, c) : NULL,
                            w[(h * m->q + i) * m->k + j], lanes);
#pragma GCC unroll 16
            for (size_t k = 0; k < lanes; k++)
                AT(out + i * m->d + c, k) = sum[k];
        }
}

/* Row (t_j, h), with its offset, at column c. */
static inline real
value_at(const mixing *m, size_t e, size_t h, size_t j, size_t c)
{
    real value = m->table[table_row(m, e, h, j, c)];
    return m->offsets ? value + m->offsets[offset_row(m, h, j, c)] : value;
}

static inline void
mix_rest(const mixing *m, real *out)
{
    const real *w = m->w;
    for (size_t e = 0; e < m->n; e++, w += m->h * m->q * m->k, out += m->q * m->d)
        for (size_t i = 0; i < m->q; i++)
            for (size_t c = 0; c < m->d; c++) {
                real sum = 0;
                for (size_t h = 0; h < m->h; h++)
                    for (size_t j = 0; j < m->k; j++)
                        sum += w[(h * m->q + i) * m->k + j] * value_at(m, e, h, j, c);
                out[i * m->d + c] = sum;
            }
}

static GSC_HOT void
mix(const mixing *m, real *out)
{
#define BLOCK(c, lanes, skip) mix_block(m, out, c, lanes)
#define REST() mix_rest(m, out)
    FOR_BLOCKS(m->d, BLOCK, REST);
#undef BLOCK
#undef REST
}

/* ---- Backward ---- */

/* dout . (row + other), and drow += w dout; dout in registers. Four sums, so that none
 * waits for the one before. */
INLINE real
pull_row(const lane *dout, const real *restrict row, const real *restrict other,
         real *restrict drow, real w, size_t lanes)
{
    lane dot[4] = {{0}};
#pragma GCC unroll 16
    for (size_t k = 0; k < lanes; k++) {
        lane value = READ(row, k);
        if (other)
            value += READ(other, k);
        dot[k % 4] += dout[k] * value;
        AT(drow, k) += w * dout[k];
    }
    dot[0] += dot[1];
    dot[2] += dot[3];
    dot[0] += dot[2];
    return sum_of(&dot[0]);
}

INLINE void
pull_block(const mixing *m, real *dw, real *dtable, const real *dout, size_t c,
           size_t lanes, size_t skip)
{
    const real *w = m->w;
    for (size_t e = 0; e < m->n; e++, dout += m->q * m->d)
        for (size_t i = 0; i < m->q; i++) {
            lane kept[16];
#pragma GCC unroll 16
            for (size_t k = 0; k < lanes; k++)
                kept[k] = READ(dout + i * m->d + c, k);
            for (size_t k = 0; k < skip; k++)
                kept[k / LANE][k % LANE] = 0;
            for (size_t h = 0; h < m->h; h++)
                for (size_t j = 0; j < m->k; j++) {
                    size_t at = ((e * m->h + h) * m->q + i) * m->k + j;
                    size_t row = table_row(m, e, h, j, c);
                    const real *other =
                        m->offsets ? m->offsets + offset_row(m, h, j, c) : NULL;
                    dw[at] += pull_row(kept, m->table + row, other, dtable + row, w[at],
                                       lanes);
                }
        }
}

/* Column by column; dw or dtable may be NULL, where what it is the gradient of is
 * frozen. */
static void
pull_columns(const mixing *m, real *dw, real *dtable, const real *dout)
{
    for (size_t e = 0; e < m->n; e++, dout += m->q * m->d)
        for (size_t h = 0; h < m->h; h++)
            for (size_t i = 0; i < m->q; i++)
                for (size_t j = 0; j < m->k; j++) {
                    size_t at = ((e * m->h + h) * m->q + i) * m->k + j;
                    for (size_t c = 0; dw && c < m->d; c++)
                        dw[at] += dout[i * m->d + c] * value_at(m, e, h, j, c);
                    for (size_t c = 0; dtable && c < m->d; c++)
                        dtable[table_row(m, e, h, j, c)] +=
                            m->w[at] * dout[i * m->d + c];
                }
}

static GSC_HOT void
pull(const mixing *m, real *dw, real *dtable, const real *dout)
{
#define BLOCK(c, lanes, skip) pull_block(m, dw, dtable, dout, c, lanes, skip)
#define REST() pull_columns(m, dw, dtable, dout)
    FOR_BLOCKS(m->d, BLOCK, REST);
#undef BLOCK
#undef REST
}

enum { CHUNK = 128 };

/* dP += w' dout, a matrix product over the examples for one query, some columns and a
 * number of (h, j) at a time; P has its rows in the order (j, h). */
static void
pull_offsets_of(const mixing *m, real *doffsets, const real *dout, size_t query,
                size_t first, size_t count)
{
    real sums[GSC_MOST_MIXED * CHUNK];
    size_t row = m->h * m->q * m->k, rows = m->k;
    if (m->q == 1 && m->h * m->k <= GSC_MOST_MIXED) /* then (h, j) are one row */
        rows = m->h * m->k;
    for (size_t h = 0; h < m->h; h += rows / m->k) {
        TYPED(gsc_gemm)
        (true, false, rows, count, m->n, 1, m->w + (h * m->q + query) * m->k, row,
         dout + query * m->d + first, m->q * m->d, 0, sums, count); /* w' dout */
        for (size_t r = 0; r < rows; r++) {
            real *to = doffsets + offset_row(m, h + r / m->k, r % m->k, first);
            for (size_t c = 0; c < count; c++)
                to[c] += sums[r * count + c];
        }
    }
}

static void
pull_offsets(const mixing *m, real *doffsets, const real *dout)
{
    for (size_t i = 0; i < m->q; i++)
        for (size_t c = 0; c < m->d; c += CHUNK)
            pull_offsets_of(m, doffsets, dout, i, c,
                            m->d - c < CHUNK ? m->d - c : CHUNK);
}

void
TYPED(gsc_mix_rows_forward)(const gsc_call *call)
{
    mixing m = mixing_of(call);
    mix(&m, call->out);
}

static void
clear_if_fresh(const gsc_call *call, size_t input, size_t count)
{
    if (call->fresh_of[input])
        memset(call->din_of[input], 0, count * sizeof(real));
}

void
TYPED(gsc_mix_rows_backward)(const gsc_call *call)
{
    mixing m = mixing_of(call);
    real *dw = call->din_of[0], *dtable = call->din_of[1];
    clear_if_fresh(call, 0, call->n * gsc_node_count(call->input[0]));
    clear_if_fresh(call, 1, gsc_node_count(call->input[1]));
    if (dw && dtable)
        pull(&m, dw, dtable, call->dout);
    else
        pull_columns(&m, dw, dtable, call->dout);
    if (m.offsets && call->din_of[2]) {
        clear_if_fresh(call, 2, gsc_node_count(call->input[2]));
        pull_offsets(&m, call->din_of[2], call->dout);
    }
}
