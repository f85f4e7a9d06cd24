/* Weighted sums of gathered rows: attention's output as rows of a table.
 *
 *   out[i, :]         = sum_{h, j} w[h, i, j] (T[t_j, h, :] + P[j, h, :])
 *   dw[h, i, j]      += dout[i, :] . (T[t_j, h, :] + P[j, h, :])
 *   dT[t_j, h, :]    += w[h, i, j] dout[i, :]
 *   dP[j, h, :]      += w[h, i, j] dout[i, :]
 *
 * The examples of a tile are taken key by key in the order of their tokens there. Those
 * with one token are a run: it has the rows V = T[t] + P once, in the first cache, and
 * sums up its gradient before that goes to the tables. */
#include "train/graph/op/operators.h"
#include "train/numeric/hot.h"
#include "train/numeric/real.h"

#include <string.h>

enum { PATTERN, TABLE, INDEX, OFFSETS };

/* Letters as in the formulas; H heads, Q queries, K keys, d columns. */
typedef struct mixing {
    size_t n, h, q, k, d, vocabulary;
    const real *w, *table, *offsets; /* offsets may be NULL */
    const int32_t *tokens;
    size_t n_ctx;
    real *rows;      /* V [H, d], and room after: it is read by whole registers */
    uint32_t *order; /* [n] examples by their token, and where each token's begin */
    uint32_t *begin; /* [vocabulary + 1] */
} mixing;

static mixing
mixing_of(const gsc_call *call)
{
    gsc_shape pattern = call->input[PATTERN]->shape;
    mixing m = {.n = call->n,
                .h = pattern.dims[0],
                .q = pattern.dims[1],
                .k = pattern.dims[2],
                .d = call->node->shape.dims[1],
                .vocabulary = call->input[TABLE]->shape.dims[0],
                .w = call->in[PATTERN],
                .table = call->in[TABLE],
                .offsets = call->node->num_inputs > OFFSETS ? call->in[OFFSETS] : NULL,
                .tokens = (const int32_t *)call->in[INDEX] +
                          gsc_node_size(call->node, GSC_GATHER_MIX_FIRST),
                .n_ctx = gsc_node_count(call->input[INDEX]),
                .rows = (real *)call->workspace,
                .order = (uint32_t *)call->scratch};
    m.begin = (uint32_t *)(call->workspace + m.h * m.d + GSC_ROW_PADDING);
    return m;
}

/* ---- Runs ---- */

/* Examples with token t at key j are order[begin[t]] … order[begin[t + 1] - 1]. */
static void
sort_by_token(const mixing *m, size_t j)
{
    memset(m->begin, 0, (m->vocabulary + 2) * sizeof *m->begin);
    for (size_t e = 0; e < m->n; e++)
        m->begin[m->tokens[e * m->n_ctx + j] + 2]++;
    for (size_t t = 2; t < m->vocabulary + 2; t++)
        m->begin[t] += m->begin[t - 1];
    for (size_t e = 0; e < m->n; e++)
        m->order[m->begin[m->tokens[e * m->n_ctx + j] + 1]++] = (uint32_t)e;
}

static GSC_HOT void
add_rows(real *restrict out, const real *restrict a, const real *restrict b, size_t n)
{
    for (size_t c = 0; c < n; c++)
        out[c] = a[c] + b[c];
}

/* V = T[t] + P[j] */
static void
fetch_rows(const mixing *m, size_t t, size_t j)
{
    size_t n = m->h * m->d;
    if (m->offsets)
        add_rows(m->rows, m->table + t * n, m->offsets + j * n, n);
    else
        memcpy(m->rows, m->table + t * n, n * sizeof *m->rows);
}

/* One token's examples at key j, for query i and up to four heads from `head` on. */
typedef struct run {
    const mixing *m;
    const uint32_t *examples;
    size_t count, key, query, head, heads;
} run;

enum { HEADS = 4 };

/* w[head, i, j] of an example; the next head's is `weight_step` further on. */
static inline size_t
weight_at(const run *r, size_t e)
{
    const mixing *m = r->m;
    return ((e * m->h + r->head) * m->q + r->query) * m->k + r->key;
}

static inline size_t
weight_step(const run *r)
{
    return r->m->q * r->m->k;
}

/* ---- Registers ---- */

typedef real lane __attribute__((vector_size(64), aligned(sizeof(real)), may_alias));
enum { LANE = 64 / sizeof(real), WIDE = 4 };

/* The register that begins at x. */
#define AT(x) (*(lane *)(x))
#define READ(x) (*(const lane *)(x))

/* What is left of a row, less than a register, and zeros. */
GSC_INLINE void
read_rest(lane *to, const real *from, size_t count)
{
    *to = (lane){0};
    memcpy(to, from, count * sizeof *from);
}

/* By halves, which takes four steps and not fifteen. */
GSC_INLINE real
sum_of(const lane *x)
{
    real part[LANE];
    memcpy(part, x, sizeof part);
    for (size_t half = LANE / 2; half > 0; half /= 2)
        for (size_t k = 0; k < half; k++)
            part[k] += part[k + half];
    return part[0];
}

/* ---- The three products of a run; `heads` is a constant where they are inlined. What
 * a loop reads of the run is copied first: a register's store may alias anything. ----
 */

/* out[e] (+)= sum_h w[e, h] V[h]; what was there counts unless `fresh`. */
GSC_INLINE void
mix_run(const run *r, real *out, size_t heads, bool fresh)
{
    size_t d = r->m->d, row = r->m->q * d, step = weight_step(r), count = r->count;
    const real *rows = r->m->rows + r->head * d;
    for (size_t x = 0; x < count; x++) {
        size_t e = r->examples[x], c = 0;
        real *to = out + e * row + r->query * d, w[HEADS];
        for (size_t h = 0; h < heads; h++)
            w[h] = r->m->w[weight_at(r, e) + h * step];
        for (; c + LANE <= d; c += LANE) {
            lane sum = fresh ? (lane){0} : READ(to + c);
            for (size_t h = 0; h < heads; h++)
                sum += w[h] * READ(rows + h * d + c);
            AT(to + c) = sum;
        }
        if (c < d) {
            lane sum = {0};
            if (!fresh)
                read_rest(&sum, to + c, d - c);
            for (size_t h = 0; h < heads; h++)
                sum += w[h] * READ(rows + h * d + c);
            memcpy(to + c, &sum, (d - c) * sizeof *to);
        }
    }
}

/* dw[e, h] += dout[e] . V[h] */
GSC_INLINE void
backward_weights(const run *r, real *dw, const real *dout, size_t heads)
{
    size_t d = r->m->d, row = r->m->q * d, step = weight_step(r), count = r->count;
    const real *rows = r->m->rows + r->head * d;
    for (size_t x = 0; x < count; x++) {
        size_t e = r->examples[x], c = 0;
        const real *from = dout + e * row + r->query * d;
        lane sum[HEADS] = {{0}};
        for (; c + LANE <= d; c += LANE)
            for (size_t h = 0; h < heads; h++)
                sum[h] += READ(from + c) * READ(rows + h * d + c);
        lane rest;
        read_rest(&rest, from + c, d - c);
        for (size_t h = 0; h < heads; h++) {
            if (c < d)
                sum[h] += rest * READ(rows + h * d + c);
            dw[weight_at(r, e) + h * step] += sum_of(&sum[h]);
        }
    }
}

/* dV[h] = sum_e w[e, h] dout[e], for `lanes` registers from column c on, added to the
 * table's row and to the key's offsets. */
GSC_INLINE void
backward_block(const run *r, real *drow, real *doffset, const real *dout, size_t c,
               size_t heads, size_t lanes)
{
    size_t d = r->m->d, row = r->m->q * d, step = weight_step(r);
    lane sum[HEADS][WIDE] = {{{0}}};
    for (size_t x = 0; x < r->count; x++) {
        const real *from = dout + r->examples[x] * row + r->query * d + c;
        const real *w = r->m->w + weight_at(r, r->examples[x]);
#pragma GCC unroll 4
        for (size_t h = 0; h < heads; h++)
#pragma GCC unroll 4
            for (size_t k = 0; k < lanes; k++)
                sum[h][k] += w[h * step] * READ(from + k * LANE);
    }
    for (size_t h = 0; h < heads; h++)
        for (size_t k = 0; k < lanes; k++) {
            size_t at = h * d + c + k * LANE;
            if (drow)
                AT(drow + at) += sum[h][k];
            if (doffset)
                AT(doffset + at) += sum[h][k];
        }
}

/* The same for the columns from c on that are less than a register. */
GSC_INLINE void
backward_rest(const run *r, real *drow, real *doffset, const real *dout, size_t c,
              size_t heads)
{
    size_t d = r->m->d, row = r->m->q * d, step = weight_step(r);
    lane sum[HEADS] = {{0}}, rest;
    for (size_t x = 0; x < r->count; x++) {
        const real *w = r->m->w + weight_at(r, r->examples[x]);
        read_rest(&rest, dout + r->examples[x] * row + r->query * d + c, d - c);
        for (size_t h = 0; h < heads; h++)
            sum[h] += w[h * step] * rest;
    }
    for (size_t h = 0; h < heads; h++)
        for (size_t k = 0; k < d - c; k++) {
            if (drow)
                drow[h * d + c + k] += sum[h][k];
            if (doffset)
                doffset[h * d + c + k] += sum[h][k];
        }
}

GSC_INLINE void
backward_rows(const run *r, real *drow, real *doffset, const real *dout, size_t heads)
{
    size_t d = r->m->d, c = 0;
    for (; c + WIDE * LANE <= d; c += WIDE * LANE)
        backward_block(r, drow, doffset, dout, c, heads, WIDE);
    for (; c + 2 * LANE <= d; c += 2 * LANE)
        backward_block(r, drow, doffset, dout, c, heads, 2);
    for (; c + LANE <= d; c += LANE)
        backward_block(r, drow, doffset, dout, c, heads, 1);
    if (c < d)
        backward_rest(r, drow, doffset, dout, c, heads);
}

/* ---- One run, with the number of heads known to the compiler ---- */

#define FOR_HEADS(r, call) \
    switch ((r)->heads) {  \
    case 1:                \
        call(1);           \
        break;             \
    case 2:                \
        call(2);           \
        break;             \
    case 3:                \
        call(3);           \
        break;             \
    default:               \
        call(4);           \
    }

static GSC_HOT void
forward_run(const run *r, real *out)
{
    bool fresh = r->key == 0 && r->head == 0;
#define CALL(heads) mix_run(r, out, heads, fresh)
    FOR_HEADS(r, CALL)
#undef CALL
}

/* Where the gradients go; any may be NULL. */
typedef struct gradients {
    real *w, *table, *offsets;
} gradients;

static GSC_HOT void
backward_run(const run *r, gradients d, size_t token, const real *dout)
{
    const mixing *m = r->m;
    real *drow = d.table ? d.table + (token * m->h + r->head) * m->d : NULL;
    real *doffset = d.offsets ? d.offsets + (r->key * m->h + r->head) * m->d : NULL;
#define CALL(heads) backward_weights(r, d.w, dout, heads)
    if (d.w)
        FOR_HEADS(r, CALL)
#undef CALL
#define CALL(heads) backward_rows(r, drow, doffset, dout, heads)
    if (drow || doffset)
        FOR_HEADS(r, CALL)
#undef CALL
}

/* ---- All runs: of each key, each token, each query, four heads at a time ---- */

static void
for_runs(const mixing *m, real *out, gradients d, const real *dout)
{
    for (size_t j = 0; j < m->k; j++) {
        sort_by_token(m, j);
        for (size_t t = 0; t < m->vocabulary; t++) {
            run r = {.m = m,
                     .examples = m->order + m->begin[t],
                     .count = m->begin[t + 1] - m->begin[t],
                     .key = j};
            if (r.count == 0)
                continue;
            fetch_rows(m, t, j);
            for (r.query = 0; r.query < m->q; r.query++)
                for (r.head = 0; r.head < m->h; r.head += HEADS) {
                    r.heads = m->h - r.head < HEADS ? m->h - r.head : HEADS;
                    if (out)
                        forward_run(&r, out);
                    else
                        backward_run(&r, d, t, dout);
                }
        }
    }
}

static void
forward(const gsc_call *call)
{
    mixing m = mixing_of(call);
    for_runs(&m, call->out, (gradients){NULL, NULL, NULL}, NULL);
}

static void
clear_if_fresh(const gsc_call *call, size_t input, size_t count)
{
    if (call->fresh_of[input])
        memset(call->din_of[input], 0, count * sizeof(real));
}

static void
backward(const gsc_call *call)
{
    mixing m = mixing_of(call);
    clear_if_fresh(call, PATTERN, call->n * gsc_node_count(call->input[PATTERN]));
    clear_if_fresh(call, TABLE, gsc_node_count(call->input[TABLE]));
    if (m.offsets)
        clear_if_fresh(call, OFFSETS, gsc_node_count(call->input[OFFSETS]));
    gradients d = {call->din_of[PATTERN], call->din_of[TABLE],
                   m.offsets ? call->din_of[OFFSETS] : NULL};
    for_runs(&m, NULL, d, call->dout);
}

GSC_KERNELS(gather_mix) = {.forward = forward, .backward_all = backward};

#if GSC_ONCE

static const char *
shape(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    gsc_shape p = inputs[PATTERN]->shape, t = inputs[TABLE]->shape;
    if (p.rank != 3 || t.rank != 3 || p.dims[0] != t.dims[1] ||
        inputs[TABLE]->domain != GSC_PARAMETERS)
        return "not [heads, queries, keys] and [d_vocab, heads, d]";
    node->shape = (gsc_shape){2, {p.dims[1], t.dims[2]}};
    return NULL;
}

/* [heads, queries, keys]: as many products an element as heads times keys. */
static double
flops(const gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    gsc_shape p = inputs[PATTERN]->shape;
    return 2 * (double)gsc_node_count(node) * (double)(p.dims[0] * p.dims[2]);
}

/* Fewer queries are a mix by fewer patterns. */
static bool
slice(const gsc_graph_node *node, const gsc_graph_node *const *inputs, gsc_range range,
      size_t *axes, gsc_attribute *attributes)
{
    (void)inputs;
    (void)attributes;
    axes[PATTERN] = 1;
    for (size_t k = 1; k < node->num_inputs; k++)
        axes[k] = GSC_WHOLE;
    return range.axis == 0;
}

/* The examples in the order of their tokens. */
static size_t
scratch(const gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    (void)node;
    (void)inputs;
    return 1;
}

/* A token's rows of all heads, and where each token's examples begin. */
static size_t
workspace(const gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    gsc_shape table = inputs[TABLE]->shape;
    (void)node;
    return table.dims[1] * table.dims[2] + GSC_ROW_PADDING + table.dims[0] / 2 + 2;
}

const gsc_operator gsc_op_gather_mix = {
    .name = "gather_mix",
    .min_inputs = 3,
    .max_inputs = 4,
    .attributes = {{"first", GSC_ATTRIBUTE_INTEGER}},
    .shape = shape,
    .rows = GSC_READS(TABLE) | GSC_READS(OFFSETS),
    .slice = slice,
    .indices = GSC_READS(INDEX),
    .kernels = GSC_BOTH(gather_mix),
    .shared = GSC_READS(TABLE) | GSC_READS(OFFSETS),
    .backward_reads = {GSC_READS(TABLE) | GSC_READS(OFFSETS) | GSC_READS(INDEX),
                       GSC_READS(PATTERN) | GSC_READS(INDEX), 0,
                       GSC_READS(PATTERN) | GSC_READS(INDEX)},
    .flops = flops,
    .scratch = scratch,
    .workspace = workspace};

gsc_node
gsc_graph_gather_mix(gsc_graph *graph, gsc_node pattern, gsc_node table, gsc_node index,
                     gsc_node offsets, size_t first)
{
    gsc_node inputs[] = {pattern, table, index, offsets};
    gsc_attribute attributes[] = {[GSC_GATHER_MIX_FIRST] = {.integer = (int64_t)first}};
    return gsc_graph_apply(graph, &gsc_op_gather_mix, inputs,
                           offsets == GSC_NO_NODE ? 3 : 4, attributes);
}

#endif
