/* out[…, 0] = prod_i x[…, i], the product along the last axis. */
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

/* Of all elements of a row but one (GSC_WHOLE: of all). */
static real
product_without(const real *x, size_t n, size_t without)
{
    real product = 1;
    for (size_t i = 0; i < n; i++)
        product *= i == without ? 1 : x[i];
    return product;
}

static size_t
count_rows(const gsc_call *call)
{
    return call->n * gsc_node_rows(call->input[0]);
}

static void
forward(const gsc_call *call)
{
    size_t n = gsc_node_width(call->input[0]), rows = count_rows(call);
    const real *x = call->in[0];
    real *out = call->out;
    for (size_t r = 0; r < rows; r++)
        out[r] = product_without(x + r * n, n, GSC_WHOLE);
}

/* Products of the others, not quotients, so that zeros have their gradient too: n^2
 * operations a row. Rows are short. */
static void
backward(const gsc_call *call)
{
    size_t n = gsc_node_width(call->input[0]), rows = count_rows(call);
    const real *x = call->in[0], *dout = call->dout;
    real *dx = call->din;
    for (size_t r = 0; r < rows; r++, x += n, dx += n)
        for (size_t i = 0; i < n; i++)
            dx[i] = (call->fresh ? 0 : dx[i]) + dout[r] * product_without(x, n, i);
}

GSC_KERNELS(row_product) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

static const char *
shape(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    gsc_shape out = inputs[0]->shape;
    if (out.rank == 0)
        return "not […, n]";
    out.dims[out.rank - 1] = 1;
    node->shape = out;
    return NULL;
}

const gsc_operator gsc_op_row_product = {.name = "row_product",
                                         .min_inputs = 1,
                                         .max_inputs = 1,
                                         .shape = shape,
                                         .kernels = GSC_BOTH(row_product),
                                         .backward_reads = {GSC_READS(0)},
                                         .flops = gsc_flops_of_first};

gsc_node
gsc_graph_row_product(gsc_graph *graph, gsc_node x)
{
    return gsc_graph_apply(graph, &gsc_op_row_product, &x, 1, NULL);
}

#endif
