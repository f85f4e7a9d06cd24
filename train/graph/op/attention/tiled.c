/* Attention in blocks of queries and keys:
 *
 *   s_ij = scale q[i,h,:] . k[j,h,:],   p_ij = e^(s_ij - m_i) / l_i
 *   out[i,h,:] = sum_j p_ij v[j,h,:],   m_i = max_j s_ij,  l_i = sum_j e^(s_ij - m_i)
 *
 * over the keys that query i sees: what scores, scale, softmax and mix are together,
 * without their arrays [heads, queries, keys]. Each block of keys brings the largest
 * score and the sum up to date (Milakov and Gimelshein, arXiv 1805.02867):
 *
 *   m' = max(m, max_j s_ij),   l' = l e^(m - m') + sum_j e^(s_ij - m'),
 *   out' = out e^(m - m') + sum_j e^(s_ij - m') v[j,h,:],   and out / l in the end
 *
 * Backward, scores are computed again (Rabe and Staats, arXiv 2112.05682; Dao et al.,
 * arXiv 2205.14135) and their softmax follows from m and l, which are saved. They are
 * saved apart: m + log l would round p by as much as the scores are large.
 *
 *   dp_ij = dout_i . v_j,   ds_ij = p_ij (dp_ij - D_i),   D_i = dout_i . out_i
 *   dv_j = sum_i p_ij dout_i,  dq_i = scale sum_j ds_ij k_j,  dk_j = scale sum_i ds_ij
 * q_i
 *
 * Exponentials and their sums are float64, as those of the plain softmax. Of a causal
 * pattern only blocks are computed in which some query sees some key. */
#include "train/graph/op/attention/visible.h"
#include "train/graph/op/operators.h"
#include "train/numeric/exp.h"
#include "train/numeric/hot.h"
#include "train/numeric/real.h"

#include <math.h>
#include <string.h>

enum { Q, K, V };

/* Queries and keys of a block: its scores stay in the second cache, and products of so
 * many are worth a call. */
enum { QUERIES = 64, KEYS = 256 };

/* Exponentials at a time, which stay in the first cache. */
enum { EXPONENTIALS = 2048 };

/* One head of one example. Row r of q and k begins `row` numbers after row r - 1, of v
 * and out `value_row` numbers. */
typedef struct head {
    const gsc_graph_node *node;
    size_t queries, keys, width, value_width, row, value_row;
    const real *q, *k, *v, *dout;
    real *out, *dq, *dk, *dv;
    real *saved; /* [queries, 2]: m and l */
    real scale;
} head;

/* Queries first … first + rows - 1 and keys begin … begin + columns - 1. */
typedef struct block {
    size_t first, rows, begin, columns;
} block;

/* What a thread works in. */
typedef struct room {
    double *e;              /* [EXPONENTIALS] */
    double *m, *l, *factor; /* [QUERIES] each */
    real *s, *ds;           /* [QUERIES, KEYS] each */
} room;

enum { ROOM = EXPONENTIALS + 3 * QUERIES + 2 * QUERIES * KEYS };

static inline room
room_of(const gsc_call *call)
{
    room r = {.e = call->workspace};
    r.m = r.e + EXPONENTIALS;
    r.l = r.m + QUERIES;
    r.factor = r.l + QUERIES;
    r.s = (real *)(void *)(r.factor + QUERIES);
    r.ds = r.s + QUERIES * KEYS;
    return r;
}

/* Where head `at` of all examples begins in an array [n, rows, heads, width]. */
static inline size_t
place_of(gsc_shape shape, size_t at)
{
    size_t heads = shape.dims[1], width = shape.dims[2];
    return at / heads * shape.dims[0] * heads * width + at % heads * width;
}

static inline real *
part_of(void *whole, size_t place)
{
    return whole ? (real *)whole + place : NULL;
}

static head
head_of(const gsc_call *call, size_t at)
{
    gsc_shape q = call->input[Q]->shape, k = call->input[K]->shape;
    gsc_shape v = call->input[V]->shape, out = call->node->shape;
    return (head){.node = call->node,
                  .queries = q.dims[0],
                  .keys = k.dims[0],
                  .width = q.dims[2],
                  .value_width = v.dims[2],
                  .row = q.dims[1] * q.dims[2],
                  .value_row = v.dims[1] * v.dims[2],
                  .q = (const real *)call->in[Q] + place_of(q, at),
                  .k = (const real *)call->in[K] + place_of(k, at),
                  .v = (const real *)call->in[V] + place_of(v, at),
                  .out = part_of(call->out, place_of(out, at)),
                  .saved = part_of(call->saved, 2 * at * q.dims[0]),
                  .scale = (real)call->node->attributes[SCALE].real};
}

static inline size_t
at_most(size_t x, size_t most)
{
    return x < most ? x : most;
}

/* s = scale q kᵀ of a block, -inf where a query does not see the key. */
static void
score(const head *h, block b, real *s)
{
    TYPED(gsc_gemm)
    (false, true, b.rows, b.columns, h->width, h->scale, h->q + b.first * h->row,
     h->row, h->k + b.begin * h->row, h->row, 0, s, b.columns);
    if (seen_keys(h->node, b.first, h->keys) >= b.begin + b.columns)
        return;
    for (size_t i = 0; i < b.rows; i++) {
        size_t seen = seen_keys(h->node, b.first + i, h->keys);
        for (size_t j = seen > b.begin ? seen - b.begin : 0; j < b.columns; j++)
            s[i * b.columns + j] = -(real)INFINITY;
    }
}

/* e = s - m of some rows. */
static GSC_HOT void
lower(const real *s, size_t rows, size_t columns, const double *m, double *e)
{
    for (size_t i = 0; i < rows; i++, s += columns, e += columns)
        for (size_t j = 0; j < columns; j++)
            e[j] = (double)s[j] - m[i];
}

/* ---- Forward ---- */

/* The largest score so far of each row, and the exponent that lowers what was summed
 * before. */
static GSC_HOT void
raise_largest(const real *s, block b, double *m, double *exponent)
{
    for (size_t i = 0; i < b.rows; i++, s += b.columns) {
        real most = s[0];
#pragma omp simd reduction(max : most)
        for (size_t j = 1; j < b.columns; j++)
            most = s[j] > most ? s[j] : most;
        double next = (double)most > m[i] ? (double)most : m[i];
        exponent[i] = m[i] - next;
        m[i] = next;
    }
}

/* s = e of some rows, and l gets their sums. */
static GSC_HOT void
add_up(const double *e, size_t rows, size_t columns, double *l, const double *factor,
       real *s)
{
    for (size_t i = 0; i < rows; i++, s += columns, e += columns) {
        double sum = 0;
#pragma omp simd reduction(+ : sum)
        for (size_t j = 0; j < columns; j++) {
            sum += e[j];
            s[j] = (real)e[j];
        }
        l[i] = l[i] * factor[i] + sum;
    }
}

static GSC_HOT void
scale_rows(real *out, size_t row, size_t rows, size_t width, const double *factor)
{
    for (size_t i = 0; i < rows; i++, out += row)
        for (size_t c = 0; c < width; c++)
            out[c] = (real)(out[c] * factor[i]);
}

/* Bring m, l and out of the queries of a block up to date with its keys. */
static void
take_keys(const head *h, block b, room r)
{
    real *out = h->out + b.first * h->value_row;
    size_t most = EXPONENTIALS / b.columns;
    score(h, b, r.s);
    raise_largest(r.s, b, r.m, r.factor);
    gsc_exp(r.factor, r.factor, b.rows);
    for (size_t i = 0; i < b.rows; i += most) {
        size_t rows = at_most(b.rows - i, most);
        real *s = r.s + i * b.columns;
        lower(s, rows, b.columns, r.m + i, r.e);
        gsc_exp(r.e, r.e, rows * b.columns);
        add_up(r.e, rows, b.columns, r.l + i, r.factor + i, s);
    }
    if (b.begin > 0)
        scale_rows(out, h->value_row, b.rows, h->value_width, r.factor);
    TYPED(gsc_gemm)
    (false, false, b.rows, h->value_width, b.columns, 1, r.s, b.columns,
     h->v + b.begin * h->value_row, h->value_row, b.begin > 0 ? 1 : 0, out,
     h->value_row);
}

static void
forward_queries(const head *h, block b, room r)
{
    size_t seen = seen_keys(h->node, b.first + b.rows - 1, h->keys);
    for (size_t i = 0; i < b.rows; i++) {
        r.m[i] = -(double)INFINITY;
        r.l[i] = 0;
    }
    for (b.begin = 0; b.begin < seen; b.begin += KEYS) {
        b.columns = at_most(seen - b.begin, KEYS);
        take_keys(h, b, r);
    }
    for (size_t i = 0; i < b.rows; i++) {
        r.factor[i] = 1 / r.l[i];
        if (h->saved) {
            h->saved[2 * (b.first + i)] = (real)r.m[i];
            h->saved[2 * (b.first + i) + 1] = (real)r.l[i];
        }
    }
    scale_rows(h->out + b.first * h->value_row, h->value_row, b.rows, h->value_width,
               r.factor);
}

static size_t
count_heads(const gsc_call *call)
{
    return call->n * call->node->shape.dims[1];
}

static void
forward(const gsc_call *call)
{
    room r = room_of(call);
    for (size_t at = 0; at < count_heads(call); at++) {
        head h = head_of(call, at);
        for (size_t i = 0; i < h.queries; i += QUERIES)
            forward_queries(&h, (block){i, at_most(h.queries - i, QUERIES), 0, 0}, r);
    }
}

/* ---- Backward ---- */

/* m, 1 / l and D of the queries of a block; D goes where the factors were. */
static GSC_HOT void
recall_rows(const head *h, block b, room r)
{
    const real *out = h->out + b.first * h->value_row;
    const real *dout = h->dout + b.first * h->value_row;
    const real *saved = h->saved + 2 * b.first;
    for (size_t i = 0; i < b.rows; i++, out += h->value_row, dout += h->value_row) {
        double sum = 0;
#pragma omp simd reduction(+ : sum)
        for (size_t c = 0; c < h->value_width; c++)
            sum += (double)out[c] * (double)dout[c];
        r.m[i] = (double)saved[2 * i];
        r.l[i] = 1 / (double)saved[2 * i + 1];
        r.factor[i] = sum;
    }
}

/* s = e / l of some rows. */
static GSC_HOT void
divide(const double *e, size_t rows, size_t columns, const double *inverse, real *s)
{
    for (size_t i = 0; i < rows; i++, s += columns, e += columns)
        for (size_t j = 0; j < columns; j++)
            s[j] = (real)(e[j] * inverse[i]);
}

/* s = p of a block. */
static void
weigh(const head *h, block b, room r)
{
    size_t most = EXPONENTIALS / b.columns;
    score(h, b, r.s);
    for (size_t i = 0; i < b.rows; i += most) {
        size_t rows = at_most(b.rows - i, most);
        real *s = r.s + i * b.columns;
        lower(s, rows, b.columns, r.m + i, r.e);
        gsc_exp(r.e, r.e, rows * b.columns);
        divide(r.e, rows, b.columns, r.l + i, s);
    }
}

/* ds = p (dp - D), where dp was. */
static GSC_HOT void
through_softmax(const real *p, block b, const double *D, real *ds)
{
    for (size_t i = 0; i < b.rows; i++, p += b.columns, ds += b.columns) {
        real mean = (real)D[i];
        for (size_t j = 0; j < b.columns; j++)
            ds[j] = p[j] * (ds[j] - mean);
    }
}

/* Add what a block's queries and keys give the gradients. */
static void
add_gradients(const head *h, block b, room r)
{
    size_t at = b.first * h->row, begin = b.begin * h->row;
    const real *dout = h->dout + b.first * h->value_row;
    weigh(h, b, r);
    if (h->dv)
        TYPED(gsc_gemm)
    (true, false, b.columns, h->value_width, b.rows, 1, r.s, b.columns, dout,
     h->value_row, 1, h->dv + b.begin * h->value_row, h->value_row);
    if (!h->dq && !h->dk)
        return;
    TYPED(gsc_gemm)
    (false, true, b.rows, b.columns, h->value_width, 1, dout, h->value_row,
     h->v + b.begin * h->value_row, h->value_row, 0, r.ds, b.columns);
    through_softmax(r.s, b, r.factor, r.ds);
    if (h->dq)
        TYPED(gsc_gemm)
    (false, false, b.rows, h->width, b.columns, h->scale, r.ds, b.columns, h->k + begin,
     h->row, 1, h->dq + at, h->row);
    if (h->dk)
        TYPED(gsc_gemm)
    (true, false, b.columns, h->width, b.rows, h->scale, r.ds, b.columns, h->q + at,
     h->row, 1, h->dk + begin, h->row);
}

static void
backward_queries(const head *h, block b, room r)
{
    size_t seen = seen_keys(h->node, b.first + b.rows - 1, h->keys);
    recall_rows(h, b, r);
    for (b.begin = 0; b.begin < seen; b.begin += KEYS) {
        b.columns = at_most(seen - b.begin, KEYS);
        add_gradients(h, b, r);
    }
}

/* All gradients are added to, in blocks: those that are written first begin at 0. */
static void
clear_fresh(const gsc_call *call)
{
    for (size_t k = Q; k <= V; k++)
        if (call->din_of[k] && call->fresh_of[k])
            memset(call->din_of[k], 0,
                   call->n * gsc_node_count(call->input[k]) * sizeof(real));
}

static void
backward(const gsc_call *call)
{
    room r = room_of(call);
    clear_fresh(call);
    for (size_t at = 0; at < count_heads(call); at++) {
        head h = head_of(call, at);
        h.dout = (const real *)call->dout + place_of(call->node->shape, at);
        h.dq = part_of(call->din_of[Q], place_of(call->input[Q]->shape, at));
        h.dk = part_of(call->din_of[K], place_of(call->input[K]->shape, at));
        h.dv = part_of(call->din_of[V], place_of(call->input[V]->shape, at));
        for (size_t i = 0; i < h.queries; i += QUERIES)
            backward_queries(&h, (block){i, at_most(h.queries - i, QUERIES), 0, 0}, r);
    }
}

GSC_KERNELS(attention) = {.forward = forward, .backward_all = backward};

#if GSC_ONCE

static const char *
shape(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    gsc_shape q = inputs[Q]->shape, k = inputs[K]->shape, v = inputs[V]->shape;
    if (q.rank != 3 || k.rank != 3 || q.dims[1] != k.dims[1] || q.dims[2] != k.dims[2])
        return "not [queries, heads, e] and [keys, heads, e]";
    if (v.rank != 3 || v.dims[0] != k.dims[0] || v.dims[1] != k.dims[1])
        return "not values [keys, heads, e] of the keys";
    node->shape = (gsc_shape){3, {q.dims[0], q.dims[1], v.dims[2]}};
    return NULL;
}

static bool
slice(const gsc_graph_node *node, const gsc_graph_node *const *inputs, gsc_range range,
      size_t *axes, gsc_attribute *attributes)
{
    (void)node;
    (void)inputs;
    axes[Q] = 0;
    axes[K] = axes[V] = GSC_WHOLE;
    attributes[FIRST_QUERY].integer += (int64_t)range.first;
    return range.axis == 0;
}

static size_t
saved(const gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    (void)inputs;
    return 2 * node->shape.dims[0] * node->shape.dims[1];
}

static size_t
workspace(const gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    (void)node;
    (void)inputs;
    return ROOM;
}

/* Two products and an exponential of each query with each key that it sees. */
static double
flops(const gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    size_t keys = inputs[K]->shape.dims[0], pairs = 0;
    double widths = (double)(inputs[Q]->shape.dims[2] + inputs[V]->shape.dims[2]);
    for (size_t i = 0; i < node->shape.dims[0]; i++)
        pairs += seen_keys(node, i, keys);
    return (double)(pairs * node->shape.dims[1]) * (2 * widths + 1);
}

enum { ALL_INPUTS = GSC_READS(Q) | GSC_READS(K) | GSC_READS(V) | GSC_READS_OUT };

const gsc_operator gsc_op_attention = {
    .name = "attention",
    .min_inputs = 3,
    .max_inputs = 3,
    .attributes = {{"causal", GSC_ATTRIBUTE_INTEGER},
                   {"first_query", GSC_ATTRIBUTE_INTEGER},
                   {"scale", GSC_ATTRIBUTE_REAL}},
    .shape = shape,
    .traits = GSC_BLOCKS,
    .slice = slice,
    .kernels = GSC_BOTH(attention),
    .backward_reads = {ALL_INPUTS, ALL_INPUTS, ALL_INPUTS},
    .saved = saved,
    .flops = flops,
    .workspace = workspace};

gsc_node
gsc_graph_attention(gsc_graph *graph, gsc_node q, gsc_node k, gsc_node v,
                    gsc_attention_form form)
{
    gsc_node inputs[] = {q, k, v};
    gsc_attribute attributes[] = {
        [CAUSAL] = {.integer = form.causal},
        [FIRST_QUERY] = {.integer = (int64_t)form.first_query},
        [SCALE] = {.real = form.scale}};
    return gsc_graph_apply(graph, &gsc_op_attention, inputs, 3, attributes);
}

#endif
