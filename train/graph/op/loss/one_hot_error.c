/* Mean over rows and outputs of (logits - onehot(label))^2. */
#include "train/graph/op/elementwise/scale_into.h"
#include "train/graph/op/loss/rows.h"
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

#include <string.h>

static double
loss_of_row(const gsc_call *call, size_t row, bool *right)
{
    size_t n = call->input[LOGITS]->shape.dims[1], label = label_of(call, row), top = 0;
    const real *z = (const real *)call->in[LOGITS] + row * n;
    real most = z[0];
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (z[i] > most) {
            most = z[i];
            top = i;
        }
        real error = z[i] - (real)(i == label);
        sum += (double)error * (double)error;
    }
    *right = top == label;
    return sum / (double)n;
}

static void
forward(const gsc_call *call)
{
    average_rows(call, loss_of_row);
}

/* dz (+)= weight (z - onehot(label)) of one row. */
static void
backward_row(const gsc_call *call, size_t row, real weight)
{
    size_t n = call->input[LOGITS]->shape.dims[1], label = label_of(call, row);
    const real *z = (const real *)call->in[LOGITS] + row * n;
    real *dz = (real *)call->din + row * n, before = call->fresh ? 0 : dz[label];
    scale_into(dz, z, weight, n, call->fresh);
    dz[label] = before + weight * (z[label] - 1);
}

/* The weight is 2 / (n rows that count). */
static void
backward(const gsc_call *call)
{
    size_t rows = call->input[LOGITS]->shape.dims[0];
    size_t n = call->input[LOGITS]->shape.dims[1];
    for (size_t e = 0; e < call->n; e++) {
        size_t counted = rows_counted(call, e, rows);
        real weight = (real)(2 * call->weight / (double)(counted * n));
        for (size_t row = e * rows; row < (e + 1) * rows; row++)
            if (row_counts(call, row))
                backward_row(call, row, weight);
            else if (call->fresh)
                memset((real *)call->din + row * n, 0, n * sizeof(real));
    }
}

GSC_KERNELS(one_hot_error) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

const gsc_operator gsc_op_one_hot_error = {
    .name = "one_hot_error",
    .min_inputs = 2,
    .max_inputs = 3,
    .shape = shape_of_rows,
    .traits = GSC_SCALAR,
    .indices = GSC_READS(LABELS),
    .kernels = GSC_BOTH(one_hot_error),
    .backward_reads = {GSC_READS(LOGITS) | GSC_READS(LABELS) | GSC_READS(MASK)},
    .flops = gsc_flops_of_first};

gsc_node
gsc_graph_one_hot_error(gsc_graph *graph, gsc_node logits, gsc_node labels,
                        gsc_node mask)
{
    gsc_node inputs[] = {logits, labels, mask};
    return gsc_graph_apply(graph, &gsc_op_one_hot_error, inputs,
                           mask == GSC_NO_NODE ? 2 : 3, NULL);
}

#endif
