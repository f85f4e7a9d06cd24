/* A linear map commutes with a gather, and with adding what no example changes:
 *
 *   gather(T) W = gather(T W)          (x + P) W = x W + P W,  P a parameter
 *
 * T W costs as many rows as the vocabulary has, gather(T) W as many as the batch has
 * tokens. The first layer's queries, keys and values become tables this way. */
#include "../rewrite.h"

/* Rows that T W and P W have in all, where x is gather(T), gather(T) + P, …; 0 where
 * it is something else. */
static size_t
table_rows(const gsc_graph *graph, gsc_node id)
{
    const gsc_ir_node *x = &graph->nodes[id];
    if (x->kind == GSC_OP_GATHER) {
        gsc_shape table = graph->nodes[x->inputs[0]].shape;
        return gsc_shape_count(table) / table.dims[table.rank - 1];
    }
    if (x->kind != GSC_OP_ADD)
        return 0;
    const gsc_ir_node *added = &graph->nodes[x->inputs[1]];
    size_t rows = table_rows(graph, x->inputs[0]);
    if (rows == 0 || added->domain != GSC_PARAMETERS ||
        added->shape.rank != x->shape.rank)
        return 0;
    return rows + gsc_node_rows(added);
}

gsc_node
gsc_rewrite_gather(gsc_rewriting *r, gsc_node id)
{
    const gsc_ir_node *product = &r->old->nodes[id];
    if (product->kind != GSC_OP_MATMUL || product->form == GSC_PRODUCT_MERGE_HEADS)
        return GSC_NO_NODE;
    const gsc_ir_node *x = &r->old->nodes[product->inputs[0]];
    size_t rows = table_rows(r->old, product->inputs[0]);
    if (x->domain != GSC_EXAMPLES || rows == 0 ||
        rows >= r->num_examples * gsc_node_rows(x))
        return GSC_NO_NODE;
    gsc_node w = r->image[product->inputs[1]];
    gsc_product form = (gsc_product)product->form;
    gsc_node first = r->image[x->inputs[0]];
    if (x->kind == GSC_OP_GATHER)
        return gsc_graph_gather(r->new, gsc_graph_product(r->new, form, first, w),
                                x->first, x->shape.dims[0]);
    return gsc_graph_add(r->new, gsc_graph_product(r->new, form, first, w),
                         gsc_graph_product(r->new, form, r->image[x->inputs[1]], w));
}
