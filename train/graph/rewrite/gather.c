/* A linear map commutes with a gather:
 *
 *   gather(T) W = gather(T W)          sum_rows(T, S) W = sum_rows(T W, S W)
 *
 * T W costs as many rows as the vocabulary has, gather(T) W as many as the batch has
 * tokens. The first layer's queries, keys and values become tables this way. */
#include "train/graph/rewrite/rewrite.h"

gsc_node
gsc_rewrite_gather(gsc_rewriting *r, gsc_node id)
{
    const gsc_ir_node *product = &r->old->nodes[id];
    if (product->kind != GSC_OP_MATMUL || product->form == GSC_PRODUCT_MERGE_HEADS)
        return GSC_NO_NODE;
    const gsc_ir_node *x = &r->old->nodes[product->inputs[0]];
    gsc_product form = (gsc_product)product->form;
    gsc_node w = r->image[product->inputs[1]], table[2];
    size_t rows = 0;
    if (x->kind != GSC_OP_GATHER && x->kind != GSC_OP_SUM_ROWS)
        return GSC_NO_NODE;
    for (size_t k = 0; k < x->num_inputs; k++)
        rows += gsc_node_rows(&r->old->nodes[x->inputs[k]]);
    if (rows >= r->num_examples * gsc_node_rows(x))
        return GSC_NO_NODE;
    for (size_t k = 0; k < x->num_inputs; k++)
        table[k] = gsc_graph_product(r->new, form, r->image[x->inputs[k]], w);
    if (x->kind == GSC_OP_SUM_ROWS)
        return gsc_graph_sum_rows(r->new, table[0], table[1], x->first, x->axis);
    return gsc_graph_gather(r->new, table[0], x->first, x->shape.dims[0]);
}
