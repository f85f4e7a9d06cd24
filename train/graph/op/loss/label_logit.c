/* The label's logit. */
#include "train/graph/op/loss/rows.h"
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

#include <string.h>

static double
row_label_logit(row r, size_t *correct)
{
    (void)correct;
    return r.z[r.label];
}

static void
forward(const gsc_call *call)
{
    add_up_rows(call, row_label_logit);
}

static void
backward(const gsc_call *call)
{
    size_t rows = call->node->shape.dims[0], n = call->node->shape.dims[1];
    real weight = (real)(call->weight / (double)rows), *dz = call->din;
    if (call->fresh)
        memset(dz, 0, call->n * rows * n * sizeof *dz);
    for (size_t i = 0; i < call->n * rows; i++)
        dz[i * n + (size_t)call->labels[i]] += weight;
}

GSC_KERNELS(label_logit) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

const gsc_operator gsc_op_label_logit = {.name = "label_logit",
                                         .min_inputs = 1,
                                         .max_inputs = 1,
                                         .shape = shape_of_loss,
                                         .kernels = GSC_BOTH(label_logit)};

gsc_node
gsc_graph_label_logit(gsc_graph *graph, gsc_node logits)
{
    return gsc_graph_apply(graph, &gsc_op_label_logit, &logits, 1, NULL);
}

#endif
