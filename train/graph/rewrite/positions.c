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

/* The axis of x's first input that becomes x's axis `axis` in attention, whose patterns
 * are [heads, queries, keys] and whose rows [queries, …]; or SIZE_MAX where that axis
 * is not one of queries. */
static size_t
query_axis(gsc_kind kind, size_t axis)
{
    switch (kind) {
    case GSC_OP_ATTENTION_SOFTMAX:
    case GSC_OP_ATTENTION_RATE:
        return axis == 1 ? 1 : SIZE_MAX;
    case GSC_OP_ATTENTION_SCORES:
        return axis == 1 ? 0 : SIZE_MAX;
    default: /* a mix, of values or of rows */
        return axis == 0 ? 1 : SIZE_MAX;
    }
}

/* slice(x) of an operator of attention: fewer queries. */
static gsc_node
pass_attention(gsc_rewriting *r, const gsc_ir_node *x, cut c)
{
    gsc_graph *g = r->new;
    size_t first = x->first + c.first; /* position of the first query that is left */
    c.axis = query_axis(x->kind, c.axis);
    if (c.axis == SIZE_MAX)
        return GSC_NO_NODE;
    gsc_node in0 = slice_image(r, x->inputs[0], c);
    switch (x->kind) {
    case GSC_OP_ATTENTION_SOFTMAX:
        return gsc_graph_attention_softmax(g, in0, x->form != 0, first);
    case GSC_OP_ATTENTION_RATE:
        return gsc_graph_attention_rate(g, in0, x->factor, x->form != 0, first);
    case GSC_OP_ATTENTION_SCORES:
        return gsc_graph_attention_scores(g, in0, r->image[x->inputs[1]]);
    case GSC_OP_ATTENTION_MIX:
        return gsc_graph_attention_mix(g, in0, r->image[x->inputs[1]]);
    default:
        return gsc_graph_mix_rows(
            g, in0, r->image[x->inputs[1]],
            x->num_inputs > 2 ? r->image[x->inputs[2]] : GSC_NO_NODE, x->first);
    }
}

/* slice(x) of a matrix product: along an axis of its rows, not of heads or columns. */
static gsc_node
pass_product(gsc_rewriting *r, const gsc_ir_node *x, cut c)
{
    bool headed =
        x->form == GSC_PRODUCT_MERGE_HEADS || x->form == GSC_PRODUCT_EACH_HEAD;
    size_t rank = r->old->nodes[x->inputs[0]].shape.rank;
    if (c.axis + 1 + headed >= rank)
        return GSC_NO_NODE;
    return gsc_graph_product(r->new, (gsc_product)x->form,
                             slice_image(r, x->inputs[0], c), r->image[x->inputs[1]]);
}

/* slice(x), for an x of the kinds that a slice passes. */
static gsc_node
pass_through(gsc_rewriting *r, const gsc_ir_node *x, cut c)
{
    gsc_graph *g = r->new;
    gsc_node in0 = x->inputs[0], in1 = x->inputs[1];
    switch (x->kind) {
    case GSC_OP_MATMUL:
        return pass_product(r, x, c);
    case GSC_OP_ADD:
        return gsc_graph_add(g, slice_image(r, in0, c), slice_partner(r, x, c));
    case GSC_OP_ADD_RELU:
        return gsc_graph_add_relu(g, slice_image(r, in0, c), slice_partner(r, x, c));
    case GSC_OP_MULTIPLY:
        return gsc_graph_multiply(g, slice_image(r, in0, c), slice_partner(r, x, c));
    case GSC_OP_LAYER_NORM:
        if (c.axis + 1 == x->shape.rank)
            return GSC_NO_NODE;
        return gsc_graph_same_unary(g, x, slice_image(r, in0, c));
    case GSC_OP_SCALE:
    case GSC_OP_RELU:
    case GSC_OP_GELU:
    case GSC_OP_SQUARE:
    case GSC_OP_TANH:
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
    case GSC_OP_ATTENTION_RATE:
    case GSC_OP_ATTENTION_SCORES:
    case GSC_OP_ATTENTION_MIX:
    case GSC_OP_MIX_ROWS:
        return pass_attention(r, x, c);
    default:
        return GSC_NO_NODE;
    }
}

gsc_node
gsc_rewrite_positions(gsc_rewriting *r, gsc_node id)
{
    const gsc_ir_node *slice = &r->old->nodes[id];
    if (slice->kind != GSC_OP_SLICE)
        return GSC_NO_NODE;
    const gsc_ir_node *x = &r->old->nodes[slice->inputs[0]];
    if (r->uses[slice->inputs[0]] != 1 && x->kind != GSC_OP_GATHER)
        return GSC_NO_NODE;
    cut c = {slice->axis, slice->first, slice->shape.dims[slice->axis]};
    return pass_through(r, x, c);
}
