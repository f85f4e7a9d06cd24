/* A linear map distributes over sums:
 *
 *   (a + b) W = a W + b W              (a ++ b) W = a W_a + b W_b
 *
 * W_a and W_b being the rows of W that meet a and b. It pays where a or b is a row of a
 * table, a mix of rows, or a product with parameters, which other rules then take
 * further; a residual stream is such a sum. */
#include "train/graph/rewrite/rewrite.h"

static gsc_node
product_of(gsc_rewriting *r, const gsc_ir_node *product, gsc_node x, gsc_node w)
{
    return gsc_graph_product(r->new, (gsc_product)product->form, x, w);
}

static gsc_node
split_concatenation(gsc_rewriting *r, const gsc_ir_node *product, const gsc_ir_node *x)
{
    gsc_node w = r->image[product->inputs[1]], a = x->inputs[0];
    gsc_shape left = r->old->nodes[a].shape;
    size_t width = left.dims[left.rank - 1], whole = x->shape.dims[x->shape.rank - 1];
    if (product->form != GSC_PRODUCT_PLAIN || x->axis != x->shape.rank - 1 ||
        r->old->nodes[a].kind != GSC_OP_GATHER ||
        r->old->nodes[x->inputs[1]].kind != GSC_OP_GATHER)
        return GSC_NO_NODE;
    gsc_node top = gsc_graph_slice(r->new, w, 0, 0, width);
    gsc_node bottom = gsc_graph_slice(r->new, w, 0, width, whole - width);
    return gsc_graph_add(r->new, product_of(r, product, r->image[a], top),
                         product_of(r, product, r->image[x->inputs[1]], bottom));
}

gsc_node
gsc_rewrite_distribute(gsc_rewriting *r, gsc_node id)
{
    const gsc_ir_node *product = &r->old->nodes[id];
    if (product->kind != GSC_OP_MATMUL || product->form == GSC_PRODUCT_MERGE_HEADS)
        return GSC_NO_NODE;
    const gsc_ir_node *x = &r->old->nodes[product->inputs[0]];
    if (x->domain != GSC_EXAMPLES)
        return GSC_NO_NODE;
    if (x->kind == GSC_OP_CONCATENATE)
        return split_concatenation(r, product, x);
    bool full = r->old->nodes[x->inputs[1]].shape.rank == x->shape.rank;
    if (x->kind != GSC_OP_ADD || !gsc_rewrite_pays(r, product) ||
        (!full && product->form != GSC_PRODUCT_PLAIN))
        return GSC_NO_NODE;
    gsc_node w = r->image[product->inputs[1]];
    return gsc_graph_add(r->new, product_of(r, product, r->image[x->inputs[0]], w),
                         product_of(r, product, r->image[x->inputs[1]], w));
}
