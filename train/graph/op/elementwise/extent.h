/* How far two inputs go, of which the second may repeat. */
#ifndef GSC_OP_EXTENT_H
#define GSC_OP_EXTENT_H

#include "grokscope/operator.h"

/* Elements of out over the call, and of b, which repeats until they are filled. */
typedef struct extent {
    size_t total, period;
} extent;

static inline extent
find_extent(const gsc_call *call)
{
    extent e = {.total = call->n * gsc_node_count(call->node)};
    e.period = call->input[1]->domain == GSC_EXAMPLES ? e.total
                                                      : gsc_node_count(call->input[1]);
    return e;
}

#endif
