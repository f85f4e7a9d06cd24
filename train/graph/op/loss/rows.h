/* Losses of rows of logits [rows, outputs], each with a label of its own. */
#ifndef GSC_OP_LOSS_ROWS_H
#define GSC_OP_LOSS_ROWS_H

#include "train/graph/op/loss/mask.h"
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

enum { LOGITS, LABELS };

static inline size_t
label_of(const gsc_call *call, size_t row)
{
    return (size_t)((const int32_t *)call->in[LABELS])[row];
}

/* Of one row, counted over examples and their rows: its loss, and whether it is right.
 */
typedef double row_loss(const gsc_call *call, size_t row, bool *right);

/* An example's loss is the mean of its rows'; it is right when all of them are. */
static inline void
average_rows(const gsc_call *call, row_loss *loss_of)
{
    size_t rows = call->input[LOGITS]->shape.dims[0];
    for (size_t e = 0; e < call->n; e++) {
        size_t counted = 0, right = 0;
        double sum = 0;
        for (size_t i = e * rows; i < (e + 1) * rows; i++) {
            bool is_right = false;
            if (!row_counts(call, i))
                continue;
            sum += loss_of(call, i, &is_right);
            right += is_right;
            counted++;
        }
        call->loss[e] = counted > 0 ? sum / (double)counted : 0;
        call->right[e] = right == counted;
    }
}

static inline const char *
shape_of_rows(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    gsc_shape logits = inputs[LOGITS]->shape;
    node->shape = (gsc_shape){.rank = 0};
    if (logits.rank != 2)
        return "not rows of logits";
    for (size_t k = LABELS; k < node->num_inputs; k++)
        if (inputs[k]->shape.rank > 1 ||
            gsc_shape_count(inputs[k]->shape) != logits.dims[0])
            return k == LABELS ? "not a label for each row" : "not a mask of the rows";
    return gsc_index_reason(inputs[LABELS], logits.dims[1]);
}

#endif
