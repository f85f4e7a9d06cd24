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
 * all positions, keeps the whole. The last layer then runs on the last position. */
#include "../rewrite.h"

typedef struct cut {
    size_t axis, first, count;
} cut;

static gsc_node
slice_image(gsc_rewriting *r, gsc_node old, cut c)
{
    return gsc_graph_slice(r->new, r->image[old], c.axis, c.first, c.count);
}

/* Whether b of an elementwise operator has the axis, or repeats along it. */
static gsc_node
slice_partner(gsc_rewriting *r, const gsc_ir_node *x, cut c)
{
    size_t rank = r->old->nodes[x->inputs[1]].shape.rank;
    size_t missing = x->shape.rank - rank;
    if (c.axis < missing)
        return r->image[x->inputs[1]];
    c.axis -= missing;
    return slice_image(r, x->inputs[1], c);
}

/* slice(x), for an x of the kinds that a slice passes. */
static gsc_node
pass_through(gsc_rewriting *r, const gsc_ir_node *x, cut c)
{
    gsc_graph *g = r->new;
    gsc_node in0 = x->inputs[0], in1 = x->inputs[1];
    size_t leading = r->old->nodes[in0].shape.rank - 1;
    switch (x->kind) {
    case GSC_OP_MATMUL: /* an axis of the rows, not of heads or columns */
        if (c.axis >= leading - (x->form == GSC_PRODUCT_MERGE_HEADS ||
                                 x->form == GSC_PRODUCT_EACH_HEAD))
            return GSC_NO_NODE;
        return gsc_graph_product(g, (gsc_product)x->form, slice_image(r, in0, c),
                                 r->image[in1]);
    case GSC_OP_ADD:
        return gsc_graph_add(g, slice_image(r, in0, c), slice_partner(r, x, c));
    case GSC_OP_ADD_RELU:
        return gsc_graph_add_relu(g, slice_image(r, in0, c), slice_partner(r, x, c));
    case GSC_OP_MULTIPLY:
        return gsc_graph_multiply(g, slice_image(r, in0, c), slice_partner(r, x, c));
    case GSC_OP_SCALE:
    case GSC_OP_RELU:
    case GSC_OP_GELU:
    case GSC_OP_SQUARE:
    case GSC_OP_TANH:
        return gsc_graph_same_unary(g, x, slice_image(r, in0, c));
    case GSC_OP_LAYER_NORM:
        if (c.axis == leading)
            return GSC_NO_NODE;
        return gsc_graph_same_unary(g, x, slice_image(r, in0, c));
    case GSC_OP_CONCATENATE:
        if (c.axis == x->axis)
            return GSC_NO_NODE;
        return gsc_graph_concatenate(g, slice_image(r, in0, c), slice_image(r, in1, c),
                                     x->axis);
    case GSC_OP_GATHER:
        if (c.axis != 0)
            return GSC_NO_NODE;
        return gsc_graph_gather(g, r->image[in0], x->first + c.first, c.count);
    case GSC_OP_ATTENTION_SOFTMAX:
        if (c.axis != 1)
            return GSC_NO_NODE;
        return gsc_graph_attention_softmax(g, slice_image(r, in0, c), x->form != 0,
                                           x->first + c.first);
    case GSC_OP_ATTENTION_RATE:
        if (c.axis != 1)
            return GSC_NO_NODE;
        return gsc_graph_attention_rate(g, slice_image(r, in0, c), x->factor,
                                        x->form != 0, x->first + c.first);
    case GSC_OP_ATTENTION_SCORES:
        if (c.axis != 1)
            return GSC_NO_NODE;
        c.axis = 0;
        return gsc_graph_attention_scores(g, slice_image(r, in0, c), r->image[in1]);
    case GSC_OP_ATTENTION_MIX:
        if (c.axis != 0)
            return GSC_NO_NODE;
        c.axis = 1;
        return gsc_graph_attention_mix(g, slice_image(r, in0, c), r->image[in1]);
    case GSC_OP_MIX_ROWS:
        if (c.axis != 0)
            return GSC_NO_NODE;
        c.axis = 1;
        return gsc_graph_mix_rows(
            g, slice_image(r, in0, c), r->image[in1],
            x->num_inputs > 2 ? r->image[x->inputs[2]] : GSC_NO_NODE, x->first);
    default:
        return GSC_NO_NODE;
    }
}

gsc_node
gsc_rewrite_positions(gsc_rewriting *r, gsc_node id)
{
    const gsc_ir_node *slice = &r->old->nodes[id];
    if (slice->kind != GSC_OP_SLICE || r->uses[slice->inputs[0]] != 1)
        return GSC_NO_NODE;
    cut c = {slice->axis, slice->first, slice->shape.dims[slice->axis]};
    return pass_through(r, &r->old->nodes[slice->inputs[0]], c);
}
