/* Attention between many positions is one operator that works in blocks:
 *
 *   mix(softmax(scale(scores(q, k))), v) = attention(q, k, v)
 *
 * It keeps no pattern, and computes each score twice where there is a way back. A
 * pattern that is tapped, or that more than the mix reads, stays. This rule comes after
 * the others are done, which look into the pattern. */
#include "train/graph/rewrite/rewrite.h"

#include "train/graph/op/attention/visible.h"

/* From so many pairs of a query and a key on, 128 positions of each, a step takes less
 * time in blocks, of one head and of four. */
enum { MANY_PAIRS = 1 << 14 };

static bool
is_large(const gsc_graph_node *pattern)
{
    return pattern->shape.dims[1] * pattern->shape.dims[2] >= MANY_PAIRS;
}

bool
gsc_rewrite_in_tiles(const gsc_rewriting *r, const gsc_graph_node *mix)
{
    const gsc_graph_node *nodes = r->old->nodes, *pattern = &nodes[mix->inputs[0]];
    if (!(r->occasion->rewrites & GSC_REWRITE_TILES) ||
        pattern->op != &gsc_op_attention_softmax || r->uses[mix->inputs[0]] != 1 ||
        !is_large(pattern))
        return false;
    const gsc_graph_node *scaled = &nodes[pattern->inputs[0]];
    if (scaled->op != &gsc_op_scale || r->uses[pattern->inputs[0]] != 1)
        return false;
    const gsc_graph_node *scores = &nodes[scaled->inputs[0]];
    return scores->op == &gsc_op_attention_scores && r->uses[scaled->inputs[0]] == 1 &&
           nodes[scores->inputs[0]].domain == mix->domain &&
           nodes[scores->inputs[1]].domain == mix->domain &&
           nodes[mix->inputs[1]].domain == mix->domain;
}

gsc_node
gsc_rewrite_tiles(gsc_rewriting *r, gsc_node id)
{
    const gsc_graph_node *nodes = r->old->nodes, *mix = &nodes[id];
    if (mix->op != &gsc_op_attention_mix || !gsc_rewrite_in_tiles(r, mix))
        return GSC_NO_NODE;
    const gsc_graph_node *softmax = &nodes[mix->inputs[0]];
    const gsc_graph_node *scaled = &nodes[softmax->inputs[0]];
    const gsc_graph_node *scores = &nodes[scaled->inputs[0]];
    gsc_attention_form form = {.causal = softmax->attributes[CAUSAL].integer,
                               .first_query = gsc_node_size(softmax, FIRST_QUERY),
                               .scale = scaled->attributes[GSC_SCALE_FACTOR].real};
    return gsc_graph_attention(r->new, r->image[scores->inputs[0]],
                               r->image[scores->inputs[1]], r->image[mix->inputs[1]],
                               form);
}
