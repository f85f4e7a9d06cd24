/* What activations share: their gradient is a slope times that of the output. */
#ifndef GSC_OP_SLOPES_H
#define GSC_OP_SLOPES_H

#include "grokscope/operator.h"

static inline size_t
count_elements(const gsc_call *call)
{
    return call->n * gsc_node_count(call->node);
}

/* dx (+)= slope(i) dout, the loop written out once for every activation. */
#define ADD_SLOPES(slope)                  \
    do {                                   \
        if (fresh)                         \
            for (size_t i = 0; i < n; i++) \
                dx[i] = (slope)*dout[i];   \
        else                               \
            for (size_t i = 0; i < n; i++) \
                dx[i] += (slope)*dout[i];  \
    } while (0)

#endif
