/* Each row times a matrix of its own: out[r, :] = x[r, :] A[r], where row r of a is
 * A[r] [d, e] in C
 * order.
 *
 *   dx[r, i] = A[r][i, :] . dout[r, :],   dA[r][i, k] = x[r, i] dout[r, k] */
#include "train/graph/op/operators.h"
#include "train/numeric/hot.h"
#include "train/numeric/real.h"

#include <string.h>

typedef struct sizes {
    size_t rows, d, e;
} sizes;

static sizes
sizes_of(const gsc_call *call)
{
    return (sizes){call->n * gsc_node_rows(call->node), gsc_node_width(call->input[0]),
                   gsc_node_width(call->node)};
}

/* sum[k] += scale x[k] */
GSC_INLINE void
add_scaled(real *sum, real scale, const real *x, size_t n)
{
    for (size_t k = 0; k < n; k++)
        sum[k] += scale * x[k];
}

static GSC_HOT void
multiply(real *out, const real *x, const real *a, size_t d, size_t e)
{
    memset(out, 0, e * sizeof *out);
    for (size_t i = 0; i < d; i++)
        add_scaled(out, x[i], a + i * e, e);
}

static void
forward(const gsc_call *call)
{
    sizes s = sizes_of(call);
    const real *x = call->in[0], *a = call->in[1];
    real *out = call->out;
    for (size_t r = 0; r < s.rows; r++)
        multiply(out + r * s.e, x + r * s.d, a + r * s.d * s.e, s.d, s.e);
}

static GSC_HOT void
dots(real *dx, const real *a, const real *dout, size_t d, size_t e, bool fresh)
{
    for (size_t i = 0; i < d; i++) {
        real sum = 0;
#pragma omp simd reduction(+ : sum)
        for (size_t k = 0; k < e; k++)
            sum += a[i * e + k] * dout[k];
        dx[i] = (fresh ? 0 : dx[i]) + sum;
    }
}

static void
backward_x(const gsc_call *call)
{
    sizes s = sizes_of(call);
    const real *a = call->in[1], *dout = call->dout;
    real *dx = call->din;
    for (size_t r = 0; r < s.rows; r++)
        dots(dx + r * s.d, a + r * s.d * s.e, dout + r * s.e, s.d, s.e, call->fresh);
}

static GSC_HOT void
add_outer(real *da, const real *x, const real *dout, size_t d, size_t e)
{
    for (size_t i = 0; i < d; i++)
        add_scaled(da + i * e, x[i], dout, e);
}

static void
backward_a(const gsc_call *call)
{
    sizes s = sizes_of(call);
    const real *x = call->in[0], *dout = call->dout;
    real *da = call->din;
    if (call->fresh)
        memset(da, 0, s.rows * s.d * s.e * sizeof *da);
    for (size_t r = 0; r < s.rows; r++)
        add_outer(da + r * s.d * s.e, x + r * s.d, dout + r * s.e, s.d, s.e);
}

GSC_KERNELS(row_matmul) = {.forward = forward, .backward = {backward_x, backward_a}};

#if GSC_ONCE

static const char *
shape(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    gsc_shape x = inputs[0]->shape, a = inputs[1]->shape;
    size_t all = gsc_shape_count(a);
    if (x.rank != 2 || a.rank < 2 || x.dims[0] != a.dims[0] ||
        all % gsc_shape_count(x) != 0 || (a.rank == 3 && a.dims[1] != x.dims[1]))
        return "not [rows, d] and [rows, d e] or [rows, d, e]";
    if (inputs[0]->domain != inputs[1]->domain)
        return "one is of the examples, one is not";
    node->shape = (gsc_shape){2, {x.dims[0], all / gsc_shape_count(x)}};
    return NULL;
}

/* Rows of both. */
static bool
slice(const gsc_graph_node *node, const gsc_graph_node *const *inputs, gsc_range range,
      size_t *axes, gsc_attribute *attributes)
{
    (void)node;
    (void)inputs;
    (void)attributes;
    axes[0] = axes[1] = range.axis;
    return range.axis == 0;
}

static double
flops(const gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    (void)node;
    return 2 * (double)gsc_node_count(inputs[1]);
}

const gsc_operator gsc_op_row_matmul = {.name = "row_matmul",
                                        .min_inputs = 2,
                                        .max_inputs = 2,
                                        .shape = shape,
                                        .slice = slice,
                                        .kernels = GSC_BOTH(row_matmul),
                                        .backward_reads = {GSC_READS(1), GSC_READS(0)},
                                        .flops = flops};

gsc_node
gsc_graph_row_matmul(gsc_graph *graph, gsc_node x, gsc_node a)
{
    gsc_node inputs[] = {x, a};
    return gsc_graph_apply(graph, &gsc_op_row_matmul, inputs, 2, NULL);
}

#endif
