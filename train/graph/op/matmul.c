/* Matrix products: rows of all examples in a tile against one parameter-domain matrix.
 *
 * Every form is a number of products of the same geometry: product h multiplies
 * columns h*x_step … of x with the matrix at w + h*w_step into columns h*out_step …
 * of out. */
#include "train/graph/op/kernels.h"
#include "train/numeric/real.h"

typedef struct geometry {
    size_t products;
    size_t m, n, k; /* out [m, n] = x [m, k] w [k, n] */
    size_t ldx, ldw, ldout;
    size_t x_step, w_step, out_step;
    bool transposed;
} geometry;

static geometry
find_geometry(const gsc_call *call)
{
    gsc_shape x = call->input[0]->shape, w = call->input[1]->shape;
    geometry g = {.products = 1, .k = x.dims[x.rank - 1], .n = w.dims[w.rank - 1]};
    if (call->node->form == GSC_PRODUCT_TRANSPOSED) {
        g.transposed = true;
        g.n = w.dims[0];
    }
    if (call->node->form == GSC_PRODUCT_MERGE_HEADS) /* [heads, e] are one row */
        g.k *= x.dims[x.rank - 2];
    bool each = call->node->form == GSC_PRODUCT_EACH_HEAD;
    if (each || call->node->form == GSC_PRODUCT_SPLIT_HEADS) {
        g.products = w.dims[0];
        g.w_step = g.k * g.n;
        g.out_step = g.n;
        g.x_step = each ? g.k : 0;
    }
    g.ldx = each ? g.products * g.k : g.k;
    g.ldw = w.dims[w.rank - 1];
    g.ldout = g.products * g.n;
    g.m = call->n * gsc_node_count(call->input[0]) / g.ldx;
    return g;
}

void
TYPED(gsc_matmul_forward)(const gsc_call *call)
{
    geometry g = find_geometry(call);
    const real *x = call->in[0], *w = call->in[1];
    real *out = call->out;
    for (size_t h = 0; h < g.products; h++)
        TYPED(gsc_gemm)
    (false, g.transposed, g.m, g.n, g.k, 1, x + h * g.x_step, g.ldx, w + h * g.w_step,
     g.ldw, 0, out + h * g.out_step, g.ldout); /* out = x w */
}

void
TYPED(gsc_matmul_backward_x)(const gsc_call *call)
{
    geometry g = find_geometry(call);
    const real *w = call->in[1], *dout = call->dout;
    real *dx = call->din;
    if (call->in1_transposed) {
        TYPED(gsc_gemm)
        (false, false, g.m, g.k, g.n, 1, dout, g.ldout, call->in1_transposed, g.k,
         call->fresh ? 0 : 1, dx, g.ldx); /* dx += dout w' */
        return;
    }
    for (size_t h = 0; h < g.products; h++)
        TYPED(gsc_gemm)
    (false, !g.transposed, g.m, g.k, g.n, 1, dout + h * g.out_step, g.ldout,
     w + h * g.w_step, g.ldw, call->fresh && (h == 0 || g.x_step > 0) ? 0 : 1,
     dx + h * g.x_step, g.ldx); /* dx += dout w' */
}

void
TYPED(gsc_matmul_backward_w)(const gsc_call *call)
{
    geometry g = find_geometry(call);
    const real *x = call->in[0], *dout = call->dout;
    real *dw = call->din, beta = call->fresh ? 0 : 1;
    for (size_t h = 0; h < g.products; h++)
        if (g.transposed)
            TYPED(gsc_gemm)
    (true, false, g.n, g.k, g.m, 1, dout, g.ldout, x, g.ldx, beta, dw,
     g.ldw); /* dw += dout' x */
    else TYPED(gsc_gemm)(true, false, g.k, g.n, g.m, 1, x + h * g.x_step, g.ldx,
                         dout + h * g.out_step, g.ldout, beta, dw + h * g.w_step,
                         g.ldw); /* dw += x' dout */
}
