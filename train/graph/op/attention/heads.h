/* Attention between the positions of one example.
 *
 * Letters: Q queries, K keys, H heads, E width of a head. All of it is three loops:
 *   dots      s[h,i,j]  = q[i,h,:] . k[j,h,:]
 *   mix       z[i,h,:]  = sum_j s[h,i,j] k[j,h,:]
 *   mix back  w[j,h,:] += sum_i s[h,i,j] q[i,h,:]
 * and the scores' gradients are mixes, the mix's gradients are dots and a mix. Between
 * many positions each head of an example is a product of matrices. */
#ifndef GSC_OP_HEADS_H
#define GSC_OP_HEADS_H

#include "grokscope/operator.h"

#include "train/numeric/hot.h"
#include "train/numeric/real.h"

typedef struct sizes {
    size_t n, q, k, h, e;
} sizes;

static inline sizes
sizes_of(const gsc_call *call, const gsc_graph_node *pattern,
         const gsc_graph_node *rows)
{
    return (sizes){.n = call->n,
                   .h = pattern->shape.dims[0],
                   .q = pattern->shape.dims[1],
                   .k = pattern->shape.dims[2],
                   .e = rows->shape.dims[2]};
}

/* From this many pairs of positions on a call of gemm costs less than the loops. */
enum { MANY_PAIRS = 512 };

static inline bool
are_many(sizes z)
{
    return z.q * z.k >= MANY_PAIRS;
}

/* s (+)= q kᵀ */
static inline void
multiply_dots(real *s, const real *q, const real *k, sizes z, bool fresh)
{
    size_t row = z.h * z.e;
    for (size_t i = 0; i < z.n * z.h; i++) {
        size_t n = i / z.h, at = i % z.h * z.e;
        TYPED(gsc_gemm)
        (false, true, z.q, z.k, z.e, 1, q + n * z.q * row + at, row,
         k + n * z.k * row + at, row, fresh ? 0 : 1, s + i * z.q * z.k, z.k);
    }
}

/* z (+)= s k */
static inline void
multiply_mix(real *out, const real *s, const real *k, sizes z, bool fresh)
{
    size_t row = z.h * z.e;
    for (size_t i = 0; i < z.n * z.h; i++) {
        size_t n = i / z.h, at = i % z.h * z.e;
        TYPED(gsc_gemm)
        (false, false, z.q, z.e, z.k, 1, s + i * z.q * z.k, z.k, k + n * z.k * row + at,
         row, fresh ? 0 : 1, out + n * z.q * row + at, row);
    }
}

/* w (+)= sᵀ q */
static inline void
multiply_back(real *w, const real *s, const real *q, sizes z, bool fresh)
{
    size_t row = z.h * z.e;
    for (size_t i = 0; i < z.n * z.h; i++) {
        size_t n = i / z.h, at = i % z.h * z.e;
        TYPED(gsc_gemm)
        (true, false, z.k, z.e, z.q, 1, s + i * z.q * z.k, z.k, q + n * z.q * row + at,
         row, fresh ? 0 : 1, w + n * z.k * row + at, row);
    }
}

static GSC_HOT void
loop_dots(real *s, const real *q, const real *k, sizes z, bool fresh)
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
loop_mix(real *restrict out, const real *s, const real *restrict k, sizes z, bool fresh)
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
loop_back(real *restrict w, const real *s, const real *restrict q, sizes z, bool fresh)
{
    size_t row = z.h * z.e;
    for (size_t n = 0; n < z.n; n++, q += z.q * row, w += z.k * row)
        for (size_t h = 0; h < z.h; h++)
            for (size_t i = 0; i < z.q; i++)
                for (size_t j = 0; j < z.k; j++)
                    add_head(w + j * row + h * z.e, q + i * row + h * z.e, *s++, z.e,
                             fresh && i == 0);
}

static inline void
dots(real *s, const real *q, const real *k, sizes z, bool fresh)
{
    if (are_many(z))
        multiply_dots(s, q, k, z, fresh);
    else
        loop_dots(s, q, k, z, fresh);
}

static inline void
mix(real *out, const real *s, const real *k, sizes z, bool fresh)
{
    if (are_many(z))
        multiply_mix(out, s, k, z, fresh);
    else
        loop_mix(out, s, k, z, fresh);
}

static inline void
mix_back(real *w, const real *s, const real *q, sizes z, bool fresh)
{
    if (are_many(z))
        multiply_back(w, s, q, z, fresh);
    else
        loop_back(w, s, q, z, fresh);
}

#endif
