/* Chains of elementwise operators are one pass:
 *
 *   relu(x + p) = add_relu(x, p)
 *
 * and so are their gradients, of x and of the parameter p. */
#include "train/graph/rewrite/rewrite.h"

gsc_node
gsc_rewrite_fuse(gsc_rewriting *r, gsc_node id)
{
    const gsc_graph_node *nodes = r->old->nodes, *relu = &nodes[id];
    if (relu->op != &gsc_op_relu || relu->domain != GSC_EXAMPLES)
        return GSC_NO_NODE;
    const gsc_graph_node *sum = &nodes[relu->inputs[0]];
    if (sum->op != &gsc_op_add || r->uses[relu->inputs[0]] != 1 ||
        nodes[sum->inputs[1]].domain != GSC_PARAMETERS)
        return GSC_NO_NODE;
    return gsc_graph_add_relu(r->new, r->image[sum->inputs[0]],
                              r->image[sum->inputs[1]]);
}
