/* A linear map distributes over sums:
 *
 *   (a + b) W = a W + b W              (a ++ b) W = a W_a + b W_b
 *
 * W_a and W_b being the rows of W that meet a and b. It pays where a or b is a row of a
 * table, a mix of rows, or a product with parameters, which other rules then take
 * further; a residual stream is such a sum. */
#include "train/graph/rewrite/rewrite.h"

static gsc_node
product_of(gsc_rewriting *r, const gsc_graph_node *product, gsc_node x, gsc_node w)
{
    return gsc_graph_product(r->new, gsc_product_form(product), x, w);
}

static gsc_node
split_concatenation(gsc_rewriting *r, const gsc_graph_node *product,
                    const gsc_graph_node *x)
{
    gsc_node w = r->image[product->inputs[1]], a = x->inputs[0];
    gsc_shape left = r->old->nodes[a].shape;
    size_t width = left.dims[left.rank - 1], whole = x->shape.dims[x->shape.rank - 1];
    if (gsc_product_form(product) != GSC_PRODUCT_PLAIN ||
        gsc_node_size(x, GSC_CONCATENATE_AXIS) != x->shape.rank - 1 ||
        x->num_inputs != 2 || !gsc_rewrite_is_gather(r->old, &r->old->nodes[a]) ||
        !gsc_rewrite_is_gather(r->old, &r->old->nodes[x->inputs[1]]))
        return GSC_NO_NODE;
    gsc_node top = gsc_graph_slice(r->new, w, 0, 0, width);
    gsc_node bottom = gsc_graph_slice(r->new, w, 0, width, whole - width);
    return gsc_graph_add(r->new, product_of(r, product, r->image[a], top),
                         product_of(r, product, r->image[x->inputs[1]], bottom));
}

gsc_node
gsc_rewrite_distribute(gsc_rewriting *r, gsc_node id)
{
    const gsc_graph_node *product = &r->old->nodes[id];
    if (product->op != &gsc_op_matmul ||
        gsc_product_form(product) == GSC_PRODUCT_MERGE_HEADS)
        return GSC_NO_NODE;
    const gsc_graph_node *x = &r->old->nodes[product->inputs[0]];
    if (x->domain != GSC_EXAMPLES)
        return GSC_NO_NODE;
    if (x->op == &gsc_op_concatenate)
        return split_concatenation(r, product, x);
    bool full = r->old->nodes[x->inputs[1]].shape.rank == x->shape.rank;
    if (x->op != &gsc_op_add || !gsc_rewrite_pays(r, product) ||
        (!full && gsc_product_form(product) != GSC_PRODUCT_PLAIN))
        return GSC_NO_NODE;
    gsc_node w = r->image[product->inputs[1]];
    return gsc_graph_add(r->new, product_of(r, product, r->image[x->inputs[0]], w),
                         product_of(r, product, r->image[x->inputs[1]], w));
}
