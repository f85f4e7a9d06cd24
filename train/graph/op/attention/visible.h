/* Which keys a query sees. */
#ifndef GSC_OP_VISIBLE_H
#define GSC_OP_VISIBLE_H

#include "grokscope/operator.h"

/* The first attributes of an operator on patterns [heads, queries, keys]. */
enum { CAUSAL, FIRST_QUERY, RATE };

/* Keys that query row `row` of [heads, queries] may see. */
static inline size_t
visible_keys(const gsc_graph_node *node, size_t row)
{
    size_t keys = node->shape.dims[2];
    size_t position = gsc_node_size(node, FIRST_QUERY) + row % node->shape.dims[1];
    return node->attributes[CAUSAL].integer && position + 1 < keys ? position + 1
                                                                   : keys;
}

/* Fewer queries are the same of fewer queries, from a later first one. */
static inline bool
slice_queries(const gsc_graph_node *node, const gsc_graph_node *const *inputs,
              gsc_range range, size_t *axes, gsc_attribute *attributes)
{
    (void)node;
    (void)inputs;
    axes[0] = 1;
    attributes[FIRST_QUERY].integer += (int64_t)range.first;
    return range.axis == 1;
}

#endif
