/* Parameters of a sum come together, and are added once a step:
 *
 *   (x + p) + q = x + (p + q)          (x + p) + y = (x + y) + p
 *
 * p, q parameters, x and y not. */
#include "train/graph/rewrite/rewrite.h"

/* x + p, an example's x, that nothing else reads. */
static bool
ends_with_parameter(const gsc_rewriting *r, gsc_node id)
{
    const gsc_graph_node *sum = &r->old->nodes[id];
    return sum->op == &gsc_op_add && sum->domain == GSC_EXAMPLES && r->uses[id] == 1 &&
           r->old->nodes[sum->inputs[1]].domain == GSC_PARAMETERS;
}

gsc_node
gsc_rewrite_sums(gsc_rewriting *r, gsc_node id)
{
    gsc_graph *g = r->new;
    const gsc_graph_node *nodes = r->old->nodes, *sum = &nodes[id];
    if (sum->op != &gsc_op_add || sum->domain != GSC_EXAMPLES ||
        sum->inputs[0] == sum->inputs[1])
        return GSC_NO_NODE;
    for (int side = 0; side < 2; side++) {
        gsc_node inner = sum->inputs[side], outer = sum->inputs[1 - side];
        if (!ends_with_parameter(r, inner))
            continue;
        gsc_node x = r->image[nodes[inner].inputs[0]];
        gsc_node p = r->image[nodes[inner].inputs[1]];
        if (nodes[outer].domain == GSC_PARAMETERS)
            return gsc_graph_add(g, x, gsc_graph_add(g, p, r->image[outer]));
        return gsc_graph_add(g, gsc_graph_add(g, x, r->image[outer]), p);
    }
    return GSC_NO_NODE;
}
