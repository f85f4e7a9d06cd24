/* The label's logit, in a loss's place. */
#include "train/graph/op/loss/rows.h"
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

#include <string.h>

static double
loss_of_row(const gsc_call *call, size_t row, bool *right)
{
    size_t n = call->input[LOGITS]->shape.dims[1];
    *right = false;
    return (double)((const real *)call->in[LOGITS])[row * n + label_of(call, row)];
}

static void
forward(const gsc_call *call)
{
    average_rows(call, loss_of_row);
}

static void
backward(const gsc_call *call)
{
    size_t rows = call->input[LOGITS]->shape.dims[0];
    size_t n = call->input[LOGITS]->shape.dims[1];
    real weight = (real)(call->weight / (double)rows), *dz = call->din;
    if (call->fresh)
        memset(dz, 0, call->n * rows * n * sizeof *dz);
    for (size_t i = 0; i < call->n * rows; i++)
        dz[i * n + label_of(call, i)] += weight;
}

GSC_KERNELS(label_logit) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

const gsc_operator gsc_op_label_logit = {.name = "label_logit",
                                         .min_inputs = 2,
                                         .max_inputs = 2,
                                         .shape = shape_of_rows,
                                         .traits = GSC_SCALAR,
                                         .indices = GSC_READS(LABELS),
                                         .kernels = GSC_BOTH(label_logit),
                                         .backward_reads = {GSC_READS(LABELS)},
                                         .flops = gsc_no_flops};

gsc_node
gsc_graph_label_logit(gsc_graph *graph, gsc_node logits, gsc_node labels)
{
    gsc_node inputs[] = {logits, labels};
    return gsc_graph_apply(graph, &gsc_op_label_logit, inputs, 2, NULL);
}

#endif
