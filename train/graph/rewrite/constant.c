/* An index that every example has at a position ("=") is a constant:
 *
 *   gather(T) there = the row T[token], which no example changes
 *   q k_j           = a linear map of k_j, where the query q is constant:
 *   scores(q, k)    = move_axis(k_h q_h)
 *
 *   sum_j w_j x_j   = x_r + sum_{j != r} w_j (x_j - x_r), where the weights sum to 1
 * and x_r is constant
 *
 * so that what follows from such a token is computed once a step, and the scores of
 * attention from such a query become a table too. */
#include "train/graph/rewrite/rewrite.h"

#include <string.h>

/* What all examples have at a position of an index, or -1. */
static int32_t
constant_at(const gsc_rewriting *r, gsc_node index, size_t position)
{
    const gsc_field *field = gsc_field_of(r->old, &r->old->nodes[index]);
    for (size_t i = 0; field && i < r->occasion->num_constants; i++)
        if (strcmp(r->occasion->constants[i].name, field->name) == 0 &&
            position < gsc_shape_count(field->shape))
            return r->occasion->constants[i].values[position];
    return -1;
}

static gsc_node
constant_row(gsc_rewriting *r, const gsc_graph_node *gather)
{
    size_t first = gsc_node_size(gather, GSC_GATHER_FIRST);
    int32_t row = constant_at(r, gather->inputs[1], first);
    if (!gsc_rewrite_is_gather(r->old, gather) || gather->shape.dims[0] != 1 || row < 0)
        return GSC_NO_NODE;
    return gsc_graph_slice(r->new, r->image[gather->inputs[0]], 0, (size_t)row, 1);
}

static gsc_node
constant_query(gsc_rewriting *r, const gsc_graph_node *scores)
{
    if (r->old->nodes[scores->inputs[0]].domain != GSC_PARAMETERS)
        return GSC_NO_NODE;
    gsc_node q = gsc_graph_move_axis(r->new, r->image[scores->inputs[0]]);
    return gsc_graph_move_axis(r->new,
                               gsc_graph_product(r->new, GSC_PRODUCT_EACH_HEAD,
                                                 r->image[scores->inputs[1]], q));
}

/* A mix over `keys` keys, the last of them constant: its rows are taken off all others
 * and added once. */
static gsc_node
constant_key(gsc_rewriting *r, const gsc_graph_node *mix)
{
    gsc_graph *g = r->new;
    const gsc_graph_node *pattern = &r->old->nodes[mix->inputs[0]];
    size_t first = gsc_node_size(mix, GSC_GATHER_MIX_FIRST);
    size_t keys = pattern->shape.dims[2], last = first + keys - 1;
    int32_t constant = constant_at(r, mix->inputs[2], last);
    if (pattern->op != &gsc_op_attention_softmax || pattern->shape.dims[1] != 1 ||
        keys < 2 || constant < 0)
        return GSC_NO_NODE;
    gsc_node table = r->image[mix->inputs[1]], offsets = GSC_NO_NODE;
    gsc_node row = gsc_graph_slice(g, table, 0, (size_t)constant, 1);
    if (mix->num_inputs > 3) {
        gsc_node all = r->image[mix->inputs[3]];
        row = gsc_graph_add(g, row, gsc_graph_slice(g, all, 0, keys - 1, 1));
        offsets = gsc_graph_slice(g, all, 0, 0, keys - 1);
    }
    gsc_node minus = gsc_graph_scale(g, row, -1), rows = minus;
    for (size_t j = 2; j < keys; j++)
        rows = gsc_graph_concatenate(g, rows, minus, 0);
    offsets = offsets == GSC_NO_NODE ? rows : gsc_graph_add(g, offsets, rows);
    gsc_node weights = gsc_graph_slice(g, r->image[mix->inputs[0]], 2, 0, keys - 1);
    return gsc_graph_add(g,
                         gsc_graph_gather_mix(g, weights, table,
                                              r->image[mix->inputs[2]], offsets, first),
                         gsc_graph_sum_heads(g, row));
}

gsc_node
gsc_rewrite_constant(gsc_rewriting *r, gsc_node id)
{
    const gsc_graph_node *node = &r->old->nodes[id];
    if (node->op == &gsc_op_gather)
        return constant_row(r, node);
    if (node->op == &gsc_op_attention_scores)
        return constant_query(r, node);
    if (node->op == &gsc_op_gather_mix)
        return constant_key(r, node);
    return GSC_NO_NODE;
}
