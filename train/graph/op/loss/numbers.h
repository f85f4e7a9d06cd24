/* Losses of numbers beside their targets, [rows, width] or any shape, with a mask of
 * the rows that may be missing. */
#ifndef GSC_OP_LOSS_NUMBERS_H
#define GSC_OP_LOSS_NUMBERS_H

#include "train/graph/op/loss/mask.h"
#include "train/graph/op/operators.h"

#include <string.h>

enum { VALUES, TARGETS };

/* Rows of an example, and numbers in each: without a mask all are one row. */
static inline size_t
rows_of_numbers(const gsc_call *call)
{
    return call->node->num_inputs > MASK ? call->input[VALUES]->shape.dims[0] : 1;
}

/* Of the n numbers of a row: the sum of their losses, and whether all are right. */
typedef double number_loss(const real *y, const real *target, size_t n, bool *right);

/* An example's loss is the mean over the numbers that count; it is right where all of
 * them are. */
static inline void
average_numbers(const gsc_call *call, number_loss *loss_of)
{
    size_t rows = rows_of_numbers(call), n = gsc_node_count(call->input[VALUES]) / rows;
    const real *y = call->in[VALUES], *target = call->in[TARGETS];
    for (size_t e = 0; e < call->n; e++) {
        size_t counted = 0;
        double sum = 0;
        bool right = true;
        for (size_t r = 0; r < rows; r++, y += n, target += n) {
            if (!row_counts(call, e * rows + r))
                continue;
            sum += loss_of(y, target, n, &right);
            counted += n;
        }
        call->loss[e] = counted > 0 ? sum / (double)counted : 0;
        call->right[e] = right;
    }
}

/* dx (+)= weight * slope of the n numbers of a row. */
typedef void number_slope(real *dx, const real *x, const real *other, real weight,
                          size_t n, bool fresh);

/* The gradient of input `wanted`, whose numbers are x. */
static inline void
spread_over_numbers(const gsc_call *call, number_slope *slope)
{
    size_t rows = rows_of_numbers(call), n = gsc_node_count(call->input[VALUES]) / rows;
    const real *x = call->in[call->wanted], *other = call->in[1 - call->wanted];
    real *dx = call->din;
    for (size_t e = 0; e < call->n; e++) {
        double counted = (double)(rows_counted(call, e, rows) * n);
        for (size_t r = 0; r < rows; r++, x += n, other += n, dx += n)
            if (row_counts(call, e * rows + r))
                slope(dx, x, other, (real)(call->weight / counted), n, call->fresh);
            else if (call->fresh)
                memset(dx, 0, n * sizeof *dx);
    }
}

/* Two inputs of one shape, and the mask of their rows. */
static inline const char *
shape_of_numbers(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    gsc_shape y = inputs[VALUES]->shape;
    if (node->num_inputs > MASK &&
        (y.rank != 2 || gsc_shape_count(inputs[MASK]->shape) != y.dims[0]))
        return "not a mask of the rows";
    return gsc_shape_of_error(node, inputs);
}

#endif
