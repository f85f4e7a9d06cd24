/* A linear map commutes with a gather:
 *
 *   gather(T) W = gather(T W)          gather_add(T, S) W = gather_add(T W, S W)
 *
 * T W costs as many rows as the vocabulary has, gather(T) W as many as the batch has
 * tokens. The first layer's queries, keys and values become tables this way. */
#include "train/graph/rewrite/rewrite.h"

gsc_node
gsc_rewrite_gather(gsc_rewriting *r, gsc_node id)
{
    const gsc_graph_node *product = &r->old->nodes[id];
    if (product->op != &gsc_op_matmul ||
        gsc_product_form(product) == GSC_PRODUCT_MERGE_HEADS)
        return GSC_NO_NODE;
    const gsc_graph_node *x = &r->old->nodes[product->inputs[0]];
    size_t rows = 0;
    if (!gsc_rewrite_is_gather(r->old, x) && x->op != &gsc_op_gather_add)
        return GSC_NO_NODE;
    for (size_t k = 0; k < x->num_inputs; k++)
        if (x->op->rows & GSC_READS(k))
            rows += gsc_node_rows(&r->old->nodes[x->inputs[k]]);
    if (rows >= r->num_examples * gsc_node_rows(x))
        return GSC_NO_NODE;
    return gsc_rewrite_map_rows(r, product, x);
}
