/* A linear map commutes with a gather:
 *
 *   gather(T) W = gather(T W)
 *
 * T W costs as many rows as the vocabulary has, gather(T) W as many as the batch has
 * tokens. The first layer's queries, keys and values become tables this way. */
#include "../rewrite.h"

gsc_node
gsc_rewrite_gather(gsc_rewriting *r, gsc_node id)
{
    const gsc_ir_node *product = &r->old->nodes[id];
    if (product->kind != GSC_OP_MATMUL || product->form == GSC_PRODUCT_MERGE_HEADS)
        return GSC_NO_NODE;
    const gsc_ir_node *x = &r->old->nodes[product->inputs[0]];
    if (x->kind != GSC_OP_GATHER || gsc_node_rows(&r->old->nodes[x->inputs[0]]) >=
                                        r->num_examples * gsc_node_rows(x))
        return GSC_NO_NODE;
    gsc_node table =
        gsc_graph_product(r->new, (gsc_product)product->form, r->image[x->inputs[0]],
                          r->image[product->inputs[1]]);
    return gsc_graph_gather(r->new, table, x->first, x->shape.dims[0]);
}
