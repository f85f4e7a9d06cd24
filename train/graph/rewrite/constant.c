/* A token that every example has at a position ("=") is a constant:
 *
 *   gather(T) there = the row T[token], which no example changes
 *   q k_j           = a linear map of k_j, where the query q is constant:
 *   scores(q, k)    = rotate(k_h q_h)
 *
 * so that what follows from such a token is computed once a step, and the scores of
 * attention from such a query become a table too. */
#include "../rewrite.h"

static gsc_node
constant_row(gsc_rewriting *r, const gsc_ir_node *gather)
{
    if (gather->shape.dims[0] != 1 || gather->first >= r->n_ctx ||
        r->constant[gather->first] < 0)
        return GSC_NO_NODE;
    return gsc_graph_slice(r->new, r->image[gather->inputs[0]], 0,
                           (size_t)r->constant[gather->first], 1);
}

static gsc_node
constant_query(gsc_rewriting *r, const gsc_ir_node *scores)
{
    if (r->old->nodes[scores->inputs[0]].domain != GSC_PARAMETERS)
        return GSC_NO_NODE;
    gsc_node q = gsc_graph_rotate(r->new, r->image[scores->inputs[0]]);
    return gsc_graph_rotate(r->new, gsc_graph_product(r->new, GSC_PRODUCT_EACH_HEAD,
                                                      r->image[scores->inputs[1]], q));
}

gsc_node
gsc_rewrite_constant(gsc_rewriting *r, gsc_node id)
{
    const gsc_ir_node *node = &r->old->nodes[id];
    if (node->kind == GSC_OP_GATHER)
        return constant_row(r, node);
    if (node->kind == GSC_OP_ATTENTION_SCORES)
        return constant_query(r, node);
    return GSC_NO_NODE;
}
