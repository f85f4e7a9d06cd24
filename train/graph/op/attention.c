/* Attention between the few positions of one example.
 *
 * Letters: Q queries, K keys, H heads, E width of a head. All of it is three loops:
 *   dots      s[h,i,j]  = q[i,h,:] . k[j,h,:]
 *   mix       z[i,h,:]  = sum_j s[h,i,j] k[j,h,:]
 *   mix back  w[j,h,:] += sum_i s[h,i,j] q[i,h,:]
 * and the scores' gradients are mixes, the mix's gradients are dots and a mix. */
#include "train/graph/op/kernels.h"
#include "train/numeric/exp.h"
#include "train/numeric/hot.h"
#include "train/numeric/real.h"

typedef struct sizes {
    size_t n, q, k, h, e;
} sizes;

static sizes
sizes_of(const gsc_call *call, const gsc_ir_node *pattern, const gsc_ir_node *rows)
{
    return (sizes){.n = call->n,
                   .h = pattern->shape.dims[0],
                   .q = pattern->shape.dims[1],
                   .k = pattern->shape.dims[2],
                   .e = rows->shape.dims[2]};
}

static GSC_HOT void
dots(real *s, const real *q, const real *k, sizes z, bool fresh)
{
    size_t row = z.h * z.e;
    for (size_t n = 0; n < z.n; n++, q += z.q * row, k += z.k * row)
        for (size_t h = 0; h < z.h; h++)
            for (size_t i = 0; i < z.q; i++)
                for (size_t j = 0; j < z.k; j++, s++) {
                    const real *a = q + i * row + h * z.e, *b = k + j * row + h * z.e;
                    real sum = fresh ? 0 : *s;
#pragma omp simd reduction(+ : sum)
                    for (size_t c = 0; c < z.e; c++)
                        sum += a[c] * b[c];
                    *s = sum;
                }
}

/* to (+)= weight from, over the width of a head */
static inline void
add_head(real *restrict to, const real *restrict from, real weight, size_t width,
         bool fresh)
{
    if (fresh)
        for (size_t c = 0; c < width; c++)
            to[c] = weight * from[c];
    else
        for (size_t c = 0; c < width; c++)
            to[c] += weight * from[c];
}

static GSC_HOT void
mix(real *restrict out, const real *s, const real *restrict k, sizes z, bool fresh)
{
    size_t row = z.h * z.e;
    for (size_t n = 0; n < z.n; n++, out += z.q * row, k += z.k * row)
        for (size_t h = 0; h < z.h; h++)
            for (size_t i = 0; i < z.q; i++)
                for (size_t j = 0; j < z.k; j++)
                    add_head(out + i * row + h * z.e, k + j * row + h * z.e, *s++, z.e,
                             fresh && j == 0);
}

static GSC_HOT void
mix_back(real *restrict w, const real *s, const real *restrict q, sizes z, bool fresh)
{
    size_t row = z.h * z.e;
    for (size_t n = 0; n < z.n; n++, q += z.q * row, w += z.k * row)
        for (size_t h = 0; h < z.h; h++)
            for (size_t i = 0; i < z.q; i++)
                for (size_t j = 0; j < z.k; j++)
                    add_head(w + j * row + h * z.e, q + i * row + h * z.e, *s++, z.e,
                             fresh && i == 0);
}

void
TYPED(gsc_attention_scores_forward)(const gsc_call *call)
{
    sizes z = sizes_of(call, call->node, call->input[0]);
    dots(call->out, call->in[0], call->in[1], z, true);
}

void
TYPED(gsc_attention_scores_backward_q)(const gsc_call *call)
{
    sizes z = sizes_of(call, call->node, call->input[0]);
    mix(call->din, call->dout, call->in[1], z, call->fresh); /* dq = ds k */
}

void
TYPED(gsc_attention_scores_backward_k)(const gsc_call *call)
{
    sizes z = sizes_of(call, call->node, call->input[0]);
    mix_back(call->din, call->dout, call->in[0], z, call->fresh); /* dk = ds' q */
}

void
TYPED(gsc_attention_mix_forward)(const gsc_call *call)
{
    sizes z = sizes_of(call, call->input[0], call->node);
    mix(call->out, call->in[0], call->in[1], z, true);
}

void
TYPED(gsc_attention_mix_backward_pattern)(const gsc_call *call)
{
    sizes z = sizes_of(call, call->input[0], call->node);
    dots(call->din, call->dout, call->in[1], z, call->fresh); /* ds = dz v' */
}

void
TYPED(gsc_attention_mix_backward_v)(const gsc_call *call)
{
    sizes z = sizes_of(call, call->input[0], call->node);
    mix_back(call->din, call->in[0], call->dout, z, call->fresh); /* dv = s' dz */
}

/* Keys that query row `row` of [heads, queries] may see. */
static size_t
visible_keys(const gsc_ir_node *node, size_t row)
{
    size_t keys = node->shape.dims[2];
    size_t position = node->first + row % node->shape.dims[1];
    return node->form && position + 1 < keys ? position + 1 : keys;
}

void
TYPED(gsc_attention_softmax_forward)(const gsc_call *call)
{
    const real *scores = call->in[0];
    real *out = call->out;
    double *e = call->scratch;
    size_t keys = call->node->shape.dims[2];
    size_t rows = call->n * gsc_node_count(call->node) / keys;
    for (size_t r = 0; r < rows; r++) {
        size_t visible = visible_keys(call->node, r);
        double most = (double)scores[r * keys];
        for (size_t j = 1; j < visible; j++)
            if ((double)scores[r * keys + j] > most)
                most = (double)scores[r * keys + j];
        for (size_t j = 0; j < visible; j++)
            e[r * keys + j] = (double)scores[r * keys + j] - most;
        for (size_t j = visible; j < keys; j++)
            e[r * keys + j] = 0;
    }
    gsc_exp(e, e, rows * keys);
    for (size_t r = 0; r < rows; r++) {
        size_t visible = visible_keys(call->node, r);
        double sum = 0;
        for (size_t j = 0; j < visible; j++)
            sum += e[r * keys + j];
        for (size_t j = 0; j < keys; j++)
            out[r * keys + j] = j < visible ? (real)(e[r * keys + j] / sum) : 0;
    }
}

void
TYPED(gsc_attention_softmax_backward)(const gsc_call *call)
{
    const real *out = call->out, *dout = call->dout;
    real *din = call->din;
    size_t keys = call->node->shape.dims[2];
    size_t rows = call->n * gsc_node_count(call->node) / keys;
    for (size_t r = 0; r < rows; r++, out += keys, dout += keys, din += keys) {
        real mean = 0;
        for (size_t j = 0; j < keys; j++)
            mean += out[j] * dout[j];
        for (size_t j = 0; j < keys; j++) /* dx = s (ds - s . ds) */
            din[j] = (call->fresh ? 0 : din[j]) + out[j] * (dout[j] - mean);
    }
}

void
TYPED(gsc_attention_rate_forward)(const gsc_call *call)
{
    const real *pattern = call->in[0];
    real *out = call->out, rate = (real)call->node->factor;
    size_t keys = call->node->shape.dims[2];
    size_t rows = call->n * gsc_node_count(call->node) / keys;
    for (size_t r = 0; r < rows; r++, pattern += keys, out += keys) {
        size_t visible = visible_keys(call->node, r);
        for (size_t j = 0; j < keys; j++)
            out[j] = j < visible ? rate * pattern[j] + (1 - rate) : 0;
    }
}

/* Keys that are not seen have a constant pattern of 0, so their gradient is no one's.
 */
void
TYPED(gsc_attention_rate_backward)(const gsc_call *call)
{
    TYPED(gsc_scale_backward)(call);
}
