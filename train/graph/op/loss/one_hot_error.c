/* Mean over rows and outputs of (logits - onehot(label))^2. */
#include "train/graph/op/elementwise/scale_into.h"
#include "train/graph/op/loss/rows.h"
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

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

/* dz (+)= 2 weight (z - onehot(label)) / (rows n) */
static void
backward(const gsc_call *call)
{
    size_t rows = call->input[LOGITS]->shape.dims[0];
    size_t n = call->input[LOGITS]->shape.dims[1];
    const real *z = call->in[LOGITS];
    real *dz = call->din, weight = (real)(2 * call->weight / (double)(rows * n));
    for (size_t row = 0; row < call->n * rows; row++, z += n, dz += n) {
        size_t label = label_of(call, row);
        real before = call->fresh ? 0 : dz[label];
        scale_into(dz, z, weight, n, call->fresh);
        dz[label] = before + weight * (z[label] - 1);
    }
}

GSC_KERNELS(one_hot_error) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

const gsc_operator gsc_op_one_hot_error = {
    .name = "one_hot_error",
    .min_inputs = 2,
    .max_inputs = 2,
    .shape = shape_of_rows,
    .traits = GSC_SCALAR,
    .indices = GSC_READS(LABELS),
    .kernels = GSC_BOTH(one_hot_error),
    .backward_reads = {GSC_READS(LOGITS) | GSC_READS(LABELS)},
    .flops = gsc_flops_of_first};

gsc_node
gsc_graph_one_hot_error(gsc_graph *graph, gsc_node logits, gsc_node labels)
{
    gsc_node inputs[] = {logits, labels};
    return gsc_graph_apply(graph, &gsc_op_one_hot_error, inputs, 2, NULL);
}

#endif
