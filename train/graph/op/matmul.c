/* Matrix products: rows of all examples in a tile against one parameter-domain matrix.
 *
 * Every form is a number of products of the same geometry: product h multiplies
 * columns h*x_step … of x with the matrix at w + h*w_step into columns h*out_step …
 * of out. */
#include "train/graph/op/operators.h"
#include "train/graph/op/product.h"

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
    gsc_product form = gsc_product_form(call->node);
    gsc_shape x = call->input[0]->shape, w = call->input[1]->shape;
    geometry g = {.products = 1, .k = x.dims[x.rank - 1], .n = w.dims[w.rank - 1]};
    if (form == GSC_PRODUCT_TRANSPOSED) {
        g.transposed = true;
        g.n = w.dims[0];
    }
    if (form == GSC_PRODUCT_MERGE_HEADS) /* [heads, e] are one row */
        g.k *= x.dims[x.rank - 2];
    bool each = form == GSC_PRODUCT_EACH_HEAD;
    if (each || form == GSC_PRODUCT_SPLIT_HEADS) {
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

static void
forward(const gsc_call *call)
{
    geometry g = find_geometry(call);
    const real *x = call->in[0], *w = call->in[1];
    real *out = call->out;
    for (size_t h = 0; h < g.products; h++)
        multiply(call, false, g.transposed, g.m, g.n, g.k, x + h * g.x_step, g.ldx,
                 w + h * g.w_step, g.ldw, 0, out + h * g.out_step,
                 g.ldout); /* out = x w */
}

static void
backward_x(const gsc_call *call)
{
    geometry g = find_geometry(call);
    const real *w = call->in[1], *dout = call->dout;
    real *dx = call->din;
    if (call->in1_transposed) {
        multiply(call, false, false, g.m, g.k, g.n, dout, g.ldout, call->in1_transposed,
                 g.k, call->fresh ? 0 : 1, dx, g.ldx); /* dx += dout w' */
        return;
    }
    for (size_t h = 0; h < g.products; h++)
        multiply(call, false, !g.transposed, g.m, g.k, g.n, dout + h * g.out_step,
                 g.ldout, w + h * g.w_step, g.ldw,
                 call->fresh && (h == 0 || g.x_step > 0) ? 0 : 1, dx + h * g.x_step,
                 g.ldx); /* dx += dout w' */
}

static void
backward_w(const gsc_call *call)
{
    geometry g = find_geometry(call);
    const real *x = call->in[0], *dout = call->dout;
    real *dw = call->din, beta = call->fresh ? 0 : 1;
    for (size_t h = 0; h < g.products; h++)
        if (g.transposed)
            multiply(call, true, false, g.n, g.k, g.m, dout, g.ldout, x, g.ldx, beta,
                     dw, g.ldw); /* dw += dout' x */
        else
            multiply(call, true, false, g.k, g.n, g.m, x + h * g.x_step, g.ldx,
                     dout + h * g.out_step, g.ldout, beta, dw + h * g.w_step,
                     g.ldw); /* dw += x' dout */
}

GSC_KERNELS(matmul) = {.forward = forward, .backward = {backward_x, backward_w}};

#if GSC_ONCE

/* What a product makes of its rows' last axes, given that the inner sizes agree. */
static gsc_shape
product_shape(gsc_product form, gsc_shape x, gsc_shape w)
{
    gsc_shape out = x;
    bool transposed = form == GSC_PRODUCT_TRANSPOSED;
    out.dims[x.rank - 1] = transposed ? w.dims[0] : w.dims[w.rank - 1];
    if (form == GSC_PRODUCT_MERGE_HEADS) {
        out.rank--;
        out.dims[out.rank - 1] = w.dims[2];
    } else if (form == GSC_PRODUCT_SPLIT_HEADS) {
        out.rank++;
        out.dims[out.rank - 2] = w.dims[0];
        out.dims[out.rank - 1] = w.dims[2];
    }
    return out;
}

static const char *
shape(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    gsc_shape x = inputs[0]->shape, w = inputs[1]->shape;
    gsc_product form = gsc_product_form(node);
    bool headed = form != GSC_PRODUCT_PLAIN && form != GSC_PRODUCT_TRANSPOSED;
    bool merge = form == GSC_PRODUCT_MERGE_HEADS, each = form == GSC_PRODUCT_EACH_HEAD;
    size_t least = merge ? 3 : each ? 2 : 1; /* a single row has no rows' axis */
    if (w.rank != (headed ? 3u : 2u) || x.rank < least)
        return "the ranks do not fit";
    if (inputs[1]->domain != GSC_PARAMETERS)
        return "the right side depends on the example";
    size_t inner = form == GSC_PRODUCT_TRANSPOSED ? w.dims[1] : w.dims[w.rank - 2];
    if (x.dims[x.rank - 1] != inner ||
        ((merge || each) && x.dims[x.rank - 2] != w.dims[0]))
        return "the inner sizes differ";
    if (form == GSC_PRODUCT_SPLIT_HEADS && x.rank == GSC_MAX_RANK)
        return "no rank left for the heads";
    node->shape = product_shape(form, x, w);
    return NULL;
}

/* A merge sums over heads and their width. */
static double
flops(const gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    gsc_shape x = inputs[0]->shape;
    bool merge = gsc_product_form(node) == GSC_PRODUCT_MERGE_HEADS;
    return gsc_flops_of_dots(node, inputs) * (merge ? (double)x.dims[x.rank - 2] : 1);
}

/* Ranges along an axis of its rows, not of heads or columns. */
static bool
slice(const gsc_graph_node *node, const gsc_graph_node *const *inputs, gsc_range range,
      size_t *axes, gsc_attribute *attributes)
{
    gsc_product form = gsc_product_form(node);
    bool headed = form == GSC_PRODUCT_MERGE_HEADS || form == GSC_PRODUCT_EACH_HEAD;
    (void)attributes;
    axes[0] = range.axis;
    axes[1] = GSC_WHOLE;
    return range.axis + 1 + headed < inputs[0]->shape.rank;
}

static bool
is_plain(const gsc_graph_node *node)
{
    return gsc_product_form(node) == GSC_PRODUCT_PLAIN;
}

const gsc_operator gsc_op_matmul = {.name = "matmul",
                                    .min_inputs = 2,
                                    .max_inputs = 2,
                                    .attributes = {{"form", GSC_ATTRIBUTE_INTEGER}},
                                    .shape = shape,
                                    .slice = slice,
                                    .kernels = GSC_BOTH(matmul),
                                    .shared = GSC_READS(1),
                                    .backward_reads = {GSC_READS(1), GSC_READS(0)},
                                    .transposes = is_plain,
                                    .flops = flops};

gsc_node
gsc_graph_product(gsc_graph *graph, gsc_product form, gsc_node x, gsc_node w)
{
    gsc_node inputs[] = {x, w};
    gsc_attribute attributes[] = {[GSC_MATMUL_FORM] = {.integer = form}};
    return gsc_graph_apply(graph, &gsc_op_matmul, inputs, 2, attributes);
}

gsc_node
gsc_graph_matmul(gsc_graph *graph, gsc_node x, gsc_node w)
{
    return gsc_graph_product(graph, GSC_PRODUCT_PLAIN, x, w);
}

gsc_node
gsc_graph_matmul_transposed(gsc_graph *graph, gsc_node x, gsc_node w)
{
    return gsc_graph_product(graph, GSC_PRODUCT_TRANSPOSED, x, w);
}

gsc_node
gsc_graph_split_heads(gsc_graph *graph, gsc_node x, gsc_node w)
{
    return gsc_graph_product(graph, GSC_PRODUCT_SPLIT_HEADS, x, w);
}

gsc_node
gsc_graph_merge_heads(gsc_graph *graph, gsc_node z, gsc_node w)
{
    return gsc_graph_product(graph, GSC_PRODUCT_MERGE_HEADS, z, w);
}

gsc_node
gsc_graph_each_head(gsc_graph *graph, gsc_node x, gsc_node w)
{
    return gsc_graph_product(graph, GSC_PRODUCT_EACH_HEAD, x, w);
}

#endif
