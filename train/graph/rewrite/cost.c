/* What a product costs by the rules, against what it costs as it stands. */
#include "train/graph/rewrite/rewrite.h"

/* A multiplication in a mix of rows takes about this many times the time of one in a
 * matrix product, which keeps its operands in registers: 31 against 141 GFLOP/s in the
 * network of Nanda et al., on one thread of a Sapphire Rapids. */
static const double mixing = 4;

static double
rows_of(const gsc_graph_node *x)
{
    return (double)gsc_node_rows(x);
}

/* Floating-point operations that vanish where one reader of x does. */
static double
own_cost(const gsc_rewriting *r, gsc_node id)
{
    const gsc_graph_node *x = &r->old->nodes[id];
    if (x->domain == GSC_PARAMETERS || r->uses[id] > 1)
        return 0;
    double sum = (double)r->num_examples * gsc_node_flops(r->old, x);
    for (size_t k = 0; k < x->num_inputs; k++)
        sum += own_cost(r, x->inputs[k]);
    return sum;
}

bool
gsc_rewrite_is_gather(const gsc_graph *graph, const gsc_graph_node *node)
{
    return node->op == &gsc_op_gather &&
           graph->nodes[node->inputs[0]].domain == GSC_PARAMETERS;
}

bool
gsc_rewrite_is_table(const gsc_graph *graph, gsc_node id)
{
    const gsc_graph_node *x = &graph->nodes[id];
    if (gsc_rewrite_is_gather(graph, x))
        return true;
    return x->op == &gsc_op_add &&
           graph->nodes[x->inputs[1]].domain == GSC_PARAMETERS &&
           gsc_rewrite_is_table(graph, x->inputs[0]);
}

/* The rows of a mix [queries, d] whose values are table rows, or 0: heads times keys.
 */
static double
mixed_rows(const gsc_rewriting *r, const gsc_graph_node *x)
{
    const gsc_graph_node *nodes = r->old->nodes, *mix = x;
    if (x->op == &gsc_op_matmul && gsc_product_form(x) == GSC_PRODUCT_MERGE_HEADS)
        mix = &nodes[x->inputs[0]];
    bool ours =
        x->op == &gsc_op_gather_mix || (mix != x && mix->op == &gsc_op_attention_mix &&
                                        gsc_rewrite_is_table(r->old, mix->inputs[1]));
    if (!ours)
        return 0;
    gsc_shape pattern = nodes[mix->inputs[0]].shape;
    return (double)(pattern.dims[0] * pattern.dims[2]);
}

/* Floating-point operations of x w by the rules, w [k, n]; with what of x is still
 * needed then and would not be otherwise. `stays`: x is needed in any case. */
static double
folded_cost(const gsc_rewriting *r, gsc_node id, double n, bool stays)
{
    const gsc_graph_node *nodes = r->old->nodes, *x = &nodes[id];
    double k = (double)x->shape.dims[x->shape.rank - 1], rows = rows_of(x);
    double examples = (double)r->num_examples, mixed = mixed_rows(r, x);
    stays = stays || r->uses[id] > 1;
    if (x->domain == GSC_PARAMETERS)
        return 2 * rows * k * n;
    if (gsc_rewrite_is_gather(r->old, x))
        return 2 * rows_of(&nodes[x->inputs[0]]) * k * n;
    if (x->op == &gsc_op_gather_add)
        return 2 * k * n *
               (rows_of(&nodes[x->inputs[0]]) + rows_of(&nodes[x->inputs[1]]));
    if (x->op == &gsc_op_add)
        return examples * rows * n + folded_cost(r, x->inputs[0], n, stays) +
               folded_cost(r, x->inputs[1], n, stays);
    if (mixed > 0) /* the pattern is needed by other mixes too */
        return 2 * mixing * examples * rows * mixed * n;
    if (x->op == &gsc_op_matmul && gsc_product_form(x) == GSC_PRODUCT_PLAIN) {
        const gsc_graph_node *y = &nodes[x->inputs[0]];
        double inner = (double)y->shape.dims[y->shape.rank - 1];
        return 2 * inner * k * n + 2 * examples * rows * inner * n +
               (stays ? 0 : own_cost(r, x->inputs[0]));
    }
    return 2 * examples * rows * k * n + (stays ? 0 : own_cost(r, id));
}

bool
gsc_rewrite_pays(const gsc_rewriting *r, const gsc_graph_node *product)
{
    gsc_node in = product->inputs[0];
    const gsc_graph_node *x = &r->old->nodes[in];
    gsc_shape w = r->old->nodes[product->inputs[1]].shape;
    double n = (double)w.dims[w.rank - 1];
    double k = (double)x->shape.dims[x->shape.rank - 1];
    double plain = 2 * (double)r->num_examples * rows_of(x) * k * n + own_cost(r, in);
    return folded_cost(r, in, n, false) < plain;
}

bool
gsc_rewrite_mixing_pays(const gsc_rewriting *r, const gsc_graph_node *merge)
{
    const gsc_graph_node *mix = &r->old->nodes[merge->inputs[0]];
    gsc_shape pattern = r->old->nodes[mix->inputs[0]].shape;
    double heads = (double)pattern.dims[0], keys = (double)pattern.dims[2];
    double narrow = (double)mix->shape.dims[mix->shape.rank - 1];
    double wide = (double)merge->shape.dims[merge->shape.rank - 1];
    return mixing * keys * heads * wide <
           mixing * keys * heads * narrow + heads * narrow * wide;
}
