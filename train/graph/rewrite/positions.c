/* What is never read is never computed: a slice moves towards the leaves,
 *
 *   slice(x W) = slice(x) W            slice(a + b) = slice(a) + slice(b)
 *   slice(f(x)) = f(slice(x))          slice(gather) = a shorter gather
 *   slice(a ++ b) = slice(a) ++ slice(b), along another axis
 *   slice_queries(softmax(s)) = softmax(slice_queries(s)), from a later first query
 *   slice_queries(scores(q, k)) = scores(slice(q), k)
 *   slice(mix(pattern, v)) = mix(slice_queries(pattern), v), and so a mix of rows
 *
 * where nothing but the slice reads what it cuts: a tap, or a layer that attends to
 * all positions, keeps the whole. The last layer then runs on the last position. A
 * gather is cut whatever else reads it, because it computes nothing. */
#include "train/graph/rewrite/rewrite.h"

#include <string.h>

/* The axis of input k that ends where the output's `axis` does, or GSC_WHOLE where the
 * input repeats along it. */
static size_t
axis_of(const gsc_graph_node *x, const gsc_graph_node *input, size_t axis)
{
    size_t missing = x->shape.rank - input->shape.rank;
    if (axis < missing)
        return GSC_WHOLE;
    bool repeats = input->shape.dims[axis - missing] < x->shape.dims[axis];
    return repeats ? GSC_WHOLE : axis - missing;
}

/* Whether slice(x) is the operator of x on slices of its inputs, and which. */
static bool
passes(const gsc_graph *graph, const gsc_graph_node *x, gsc_range range, size_t *axes,
       gsc_attribute *attributes)
{
    gsc_inputs in = gsc_graph_inputs(graph, x);
    memcpy(attributes, x->attributes, sizeof x->attributes);
    if (x->op->traits & (GSC_RANDOM | GSC_SCALAR))
        return false;
    if (x->op->slice)
        return x->op->slice(x, in.of, range, axes, attributes);
    if (!(x->op->traits & (GSC_ELEMENTWISE | GSC_ROWWISE)))
        return false;
    for (size_t k = 0; k < x->num_inputs; k++)
        axes[k] = axis_of(x, in.of[k], range.axis);
    return (x->op->traits & GSC_ELEMENTWISE) || range.axis + 1 < x->shape.rank;
}

/* The range of an input. There is no slice of indices: the largest numbers of fewer
 * rows are found again. */
static gsc_node
cut(gsc_graph *g, gsc_node input, gsc_range range)
{
    if (input != GSC_NO_NODE && g->nodes[input].op == &gsc_op_top_k) {
        size_t k = gsc_node_size(&g->nodes[input], GSC_TOP_K_COUNT);
        return gsc_graph_top_k(g, cut(g, g->nodes[input].inputs[0], range), k);
    }
    return gsc_graph_slice(g, input, range.axis, range.first, range.count);
}

gsc_node
gsc_rewrite_positions(gsc_rewriting *r, gsc_node id)
{
    const gsc_graph_node *slice = &r->old->nodes[id];
    if (slice->op != &gsc_op_slice)
        return GSC_NO_NODE;
    const gsc_graph_node *x = &r->old->nodes[slice->inputs[0]];
    if (r->uses[slice->inputs[0]] != 1 && x->op != &gsc_op_gather)
        return GSC_NO_NODE;
    gsc_range range = {gsc_node_size(slice, GSC_SLICE_AXIS),
                       gsc_node_size(slice, GSC_SLICE_FIRST),
                       gsc_node_size(slice, GSC_SLICE_COUNT)};
    gsc_node inputs[GSC_MAX_INPUTS];
    gsc_attribute attributes[GSC_MAX_ATTRIBUTES];
    size_t axes[GSC_MAX_INPUTS];
    if (!passes(r->old, x, range, axes, attributes))
        return GSC_NO_NODE;
    for (size_t k = x->num_inputs; k-- > 0;) {
        inputs[k] = r->image[x->inputs[k]];
        if (axes[k] != GSC_WHOLE)
            inputs[k] =
                cut(r->new, inputs[k], (gsc_range){axes[k], range.first, range.count});
    }
    return gsc_graph_apply(r->new, x->op, inputs, x->num_inputs, attributes);
}
