/* The neurons' activations: out = f(x), dx += f'(x) dout, element by element. */
#include "train/graph/op/kernels.h"
#include "train/numeric/hot.h"
#include "train/numeric/normal.h"
#include "train/numeric/real.h"

#include <math.h>
#include <string.h>

static size_t
count_elements(const gsc_call *call)
{
    return call->n * gsc_node_count(call->node);
}

/* dx (+)= slope(i) dout, the loop written out once for every activation. */
#define PULL(slope)                        \
    do {                                   \
        if (fresh)                         \
            for (size_t i = 0; i < n; i++) \
                dx[i] = (slope)*dout[i];   \
        else                               \
            for (size_t i = 0; i < n; i++) \
                dx[i] += (slope)*dout[i];  \
    } while (0)

static GSC_HOT void
relu_into(real *out, const real *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = x[i] > 0 ? x[i] : 0;
}

/* The derivative at 0 is 0, as PyTorch has it. */
static GSC_HOT void
relu_gradient_into(real *dx, const real *out, const real *dout, size_t n, bool fresh)
{
    if (fresh)
        for (size_t i = 0; i < n; i++)
            dx[i] = out[i] > 0 ? dout[i] : 0;
    else
        for (size_t i = 0; i < n; i++)
            dx[i] += out[i] > 0 ? dout[i] : 0;
}

void
TYPED(gsc_relu_forward)(const gsc_call *call)
{
    relu_into(call->out, call->in[0], count_elements(call));
}

void
TYPED(gsc_relu_backward)(const gsc_call *call)
{
    relu_gradient_into(call->din, call->out, call->dout, count_elements(call),
                       call->fresh);
}

/* ---- relu(x + p), p repeated for every row ---- */

static GSC_HOT void
add_relu_into(real *out, const real *x, const real *restrict p, size_t rows,
              size_t width)
{
    for (size_t i = 0; i < rows; i++, x += width, out += width)
        for (size_t c = 0; c < width; c++) {
            real sum = x[c] + p[c];
            out[c] = sum > 0 ? sum : 0;
        }
}

void
TYPED(gsc_add_relu_forward)(const gsc_call *call)
{
    size_t width = gsc_node_count(call->input[1]);
    add_relu_into(call->out, call->in[0], call->in[1], count_elements(call) / width,
                  width);
}

/* Both gradients in one pass; dx may lie where dout does. */
static GSC_HOT void
pull_row(real *dx, real *restrict dp, const real *restrict out, const real *dout,
         size_t width)
{
    for (size_t c = 0; c < width; c++) {
        real slope = out[c] > 0 ? dout[c] : 0;
        dp[c] += slope;
        dx[c] = slope;
    }
}

/* Any of the two may be wanted, or be added to. */
static void
pull_parts(const gsc_call *call, size_t rows, size_t width)
{
    const real *out = call->out, *dout = call->dout;
    real *dx = call->din_of[0], *dp = call->din_of[1];
    for (size_t i = 0; i < rows * width; i++) {
        real slope = out[i] > 0 ? dout[i] : 0;
        if (dp)
            dp[i % width] += slope;
        if (dx)
            dx[i] = (call->fresh_of[0] ? 0 : dx[i]) + slope;
    }
}

void
TYPED(gsc_add_relu_backward)(const gsc_call *call)
{
    size_t width = gsc_node_count(call->input[1]), rows = count_elements(call) / width;
    const real *out = call->out, *dout = call->dout;
    real *dx = call->din_of[0], *dp = call->din_of[1];
    if (dp && call->fresh_of[1])
        memset(dp, 0, width * sizeof *dp);
    if (!dx || !dp || !call->fresh_of[0]) {
        pull_parts(call, rows, width);
        return;
    }
    for (size_t i = 0; i < rows; i++)
        pull_row(dx + i * width, dp, out + i * width, dout + i * width, width);
}

static GSC_HOT void
square_into(real *out, const real *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = x[i] * x[i];
}

static GSC_HOT void
square_gradient_into(real *dx, const real *x, const real *dout, size_t n, bool fresh)
{
    PULL(2 * x[i]);
}

void
TYPED(gsc_square_forward)(const gsc_call *call)
{
    square_into(call->out, call->in[0], count_elements(call));
}

void
TYPED(gsc_square_backward)(const gsc_call *call)
{
    square_gradient_into(call->din, call->in[0], call->dout, count_elements(call),
                         call->fresh);
}

static GSC_HOT void
tanh_gradient_into(real *dx, const real *out, const real *dout, size_t n, bool fresh)
{
    PULL(1 - out[i] * out[i]);
}

void
TYPED(gsc_tanh_forward)(const gsc_call *call)
{
    const real *x = call->in[0];
    real *out = call->out;
    size_t n = count_elements(call);
    for (size_t i = 0; i < n; i++)
        out[i] = (real)tanh((double)x[i]);
}

void
TYPED(gsc_tanh_backward)(const gsc_call *call)
{
    tanh_gradient_into(call->din, call->out, call->dout, count_elements(call),
                       call->fresh);
}

/* ---- x Phi(x), in float64 block by block ---- */

enum { BLOCK = 256 };

typedef struct block {
    double x[BLOCK], density[BLOCK], cumulative[BLOCK];
} block;

static void
fill_block(block *b, const real *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        b->x[i] = (double)x[i];
    gsc_normal(b->x, b->density, b->cumulative, n);
}

static GSC_HOT void
gelu_block(real *out, const block *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (real)(b->x[i] * b->cumulative[i]);
}

static GSC_HOT void
gelu_gradient_block(real *dx, const block *b, const real *dout, size_t n, bool fresh)
{
    PULL((real)(b->cumulative[i] + b->x[i] * b->density[i]));
}

void
TYPED(gsc_gelu_forward)(const gsc_call *call)
{
    const real *x = call->in[0];
    real *out = call->out;
    block b;
    for (size_t at = 0, n = count_elements(call); at < n; at += BLOCK) {
        size_t length = n - at < BLOCK ? n - at : BLOCK;
        fill_block(&b, x + at, length);
        gelu_block(out + at, &b, length);
    }
}

void
TYPED(gsc_gelu_backward)(const gsc_call *call)
{
    const real *x = call->in[0], *dout = call->dout;
    real *dx = call->din;
    block b;
    for (size_t at = 0, n = count_elements(call); at < n; at += BLOCK) {
        size_t length = n - at < BLOCK ? n - at : BLOCK;
        fill_block(&b, x + at, length);
        gelu_gradient_block(dx + at, &b, dout + at, length, call->fresh);
    }
}
