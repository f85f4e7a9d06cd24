/* Losses of rows of logits whose forward pass saves their gradient for weight 1. */
#ifndef GSC_OP_LOSS_SAVED_ROWS_H
#define GSC_OP_LOSS_SAVED_ROWS_H

#include "train/graph/op/elementwise/scale_into.h"
#include "train/graph/op/loss/rows.h"

#include <string.h>

/* The rows of one example, of which some do not count. */
static inline void
backward_masked(const gsc_call *call, size_t e)
{
    size_t rows = call->input[LOGITS]->shape.dims[0];
    size_t n = call->input[LOGITS]->shape.dims[1];
    double counted = (double)rows_counted(call, e, rows);
    for (size_t r = e * rows; r < (e + 1) * rows; r++) {
        real *dz = (real *)call->din + r * n;
        if (row_counts(call, r))
            scale_into(dz, (const real *)call->saved + r * n,
                       (real)(call->weight / counted), n, call->fresh);
        else if (call->fresh)
            memset(dz, 0, n * sizeof *dz);
    }
}

static inline void
backward_of_saved(const gsc_call *call)
{
    size_t rows = call->input[LOGITS]->shape.dims[0];
    bool masked = call->node->num_inputs > MASK;
    if (!masked)
        scale_into(call->din, call->saved, (real)(call->weight / (double)rows),
                   call->n * gsc_node_count(call->input[LOGITS]), call->fresh);
    for (size_t e = 0; masked && e < call->n; e++)
        backward_masked(call, e);
}

/* What is saved for each example. */
static inline size_t
saved_logits(const gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    (void)node;
    return gsc_node_count(inputs[LOGITS]);
}

#endif
