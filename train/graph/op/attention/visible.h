/* Which keys a query sees. */
#ifndef GSC_OP_VISIBLE_H
#define GSC_OP_VISIBLE_H

#include "grokscope/operator.h"

/* The first attributes of an operator of queries and keys. */
enum { CAUSAL, FIRST_QUERY, RATE, SCALE = RATE };

/* How many of the keys query number `query` sees: those up to its own place, or all. */
static inline size_t
seen_keys(const gsc_graph_node *node, size_t query, size_t keys)
{
    size_t position = gsc_node_size(node, FIRST_QUERY) + query;
    return node->attributes[CAUSAL].integer && position + 1 < keys ? position + 1
                                                                   : keys;
}

/* Keys that query row `row` of [heads, queries] may see. */
static inline size_t
visible_keys(const gsc_graph_node *node, size_t row)
{
    return seen_keys(node, row % node->shape.dims[1], node->shape.dims[2]);
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
