/* Two rows that are gathered to be added are added on their way:
 *
 *   gather(T) + gather(S) = gather_add(T, S)
 *
 * one pass over the sum instead of three, and none over its gradient, which goes to
 * both tables as it is. */
#include "train/graph/rewrite/rewrite.h"

static const gsc_graph_node *
single_gather(const gsc_rewriting *r, gsc_node id)
{
    const gsc_graph_node *x = &r->old->nodes[id];
    bool single =
        gsc_rewrite_is_gather(r->old, x) && x->shape.dims[0] == 1 && r->uses[id] == 1;
    return single ? x : NULL;
}

static gsc_row
image_of(const gsc_rewriting *r, const gsc_graph_node *gather)
{
    return (gsc_row){r->image[gather->inputs[0]], r->image[gather->inputs[1]],
                     gsc_node_size(gather, GSC_GATHER_FIRST)};
}

gsc_node
gsc_rewrite_rows(gsc_rewriting *r, gsc_node id)
{
    const gsc_graph_node *sum = &r->old->nodes[id];
    if (sum->op != &gsc_op_add || sum->domain != GSC_EXAMPLES)
        return GSC_NO_NODE;
    const gsc_graph_node *a = single_gather(r, sum->inputs[0]);
    const gsc_graph_node *b = single_gather(r, sum->inputs[1]);
    if (!a || !b)
        return GSC_NO_NODE;
    return gsc_graph_gather_add(r->new, image_of(r, a), image_of(r, b));
}
