/* A linear map commutes with a weighted sum of rows. Where the values that attention
 * mixes are rows of a table, its output maps fold into the table:
 *
 *   sum_h (sum_j w_hj v_jh) O_h    = sum_hj w_hj (T[t_j] O_h)_h
 *   (sum_hj w_hj T[t_j]_h) W       = sum_hj w_hj (T[t_j]_h W)
 *
 * What is the same for every example at a position, P, goes along as offsets of the
 * rows. W_O, then W_in and W_U of a first layer become tables this way. */
#include "train/graph/rewrite/rewrite.h"

/* v as gather(T) + P, in the new graph. */
typedef struct values {
    gsc_node table, index, offsets;
    size_t first;
} values;

/* Take apart gather(T), or a sum of it and parameters: those with an axis of positions
 * are offsets, the others belong to every row of the table. */
static values
take_apart(gsc_rewriting *r, gsc_node id)
{
    const gsc_graph_node *v = &r->old->nodes[id];
    if (v->op == &gsc_op_gather)
        return (values){r->image[v->inputs[0]], r->image[v->inputs[1]], GSC_NO_NODE,
                        gsc_node_size(v, GSC_GATHER_FIRST)};
    values inner = take_apart(r, v->inputs[0]);
    gsc_node added = r->image[v->inputs[1]];
    if (r->old->nodes[v->inputs[1]].shape.rank < v->shape.rank)
        inner.table = gsc_graph_add(r->new, inner.table, added);
    else if (inner.offsets == GSC_NO_NODE)
        inner.offsets = added;
    else
        inner.offsets = gsc_graph_add(r->new, inner.offsets, added);
    return inner;
}

static gsc_node
merged(gsc_rewriting *r, const gsc_graph_node *merge)
{
    const gsc_graph_node *mix = &r->old->nodes[merge->inputs[0]];
    if (mix->op != &gsc_op_attention_mix ||
        !gsc_rewrite_is_table(r->old, mix->inputs[1]) || gsc_rewrite_in_tiles(r, mix) ||
        !gsc_rewrite_mixing_pays(r, merge))
        return GSC_NO_NODE;
    gsc_node w = r->image[merge->inputs[1]];
    values v = take_apart(r, mix->inputs[1]);
    v.table = gsc_graph_product(r->new, GSC_PRODUCT_EACH_HEAD, v.table, w);
    if (v.offsets != GSC_NO_NODE)
        v.offsets = gsc_graph_product(r->new, GSC_PRODUCT_EACH_HEAD, v.offsets, w);
    return gsc_graph_gather_mix(r->new, r->image[mix->inputs[0]], v.table, v.index,
                                v.offsets, v.first);
}

gsc_node
gsc_rewrite_mix(gsc_rewriting *r, gsc_node id)
{
    const gsc_graph_node *product = &r->old->nodes[id];
    if (product->op != &gsc_op_matmul)
        return GSC_NO_NODE;
    if (gsc_product_form(product) == GSC_PRODUCT_MERGE_HEADS)
        return merged(r, product);
    const gsc_graph_node *mix = &r->old->nodes[product->inputs[0]];
    if (gsc_product_form(product) == GSC_PRODUCT_PLAIN &&
        mix->op == &gsc_op_gather_mix && gsc_rewrite_pays(r, product))
        return gsc_rewrite_map_rows(r, product, mix);
    return GSC_NO_NODE;
}
