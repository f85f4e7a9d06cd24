/* Which rows of an example count in its loss: the third input of a loss, which may be
 * missing, is 0 where one does not. */
#ifndef GSC_OP_LOSS_MASK_H
#define GSC_OP_LOSS_MASK_H

#include "grokscope/operator.h"

#include "train/numeric/real.h"

#include <stdbool.h>

enum { MASK = 2 };

/* Of row number `row` of all examples of the call. */
static inline bool
row_counts(const gsc_call *call, size_t row)
{
    if (call->node->num_inputs <= MASK)
        return true;
    real counts = ((const real *)call->in[MASK])[row];
    return counts < 0 || counts > 0;
}

/* How many of the rows of example e count. */
static inline size_t
rows_counted(const gsc_call *call, size_t e, size_t rows)
{
    size_t counted = 0;
    for (size_t row = e * rows; row < (e + 1) * rows; row++)
        counted += row_counts(call, row);
    return counted;
}

#endif
