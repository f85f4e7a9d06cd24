/* Mean over outputs of (logits - onehot(label))^2. */
#include "train/graph/op/elementwise/scale_into.h"
#include "train/graph/op/loss/rows.h"
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

/* out becomes z - onehot(label); it may lie where z does. */
static double
row_squared_error(row r, size_t *correct)
{
    double sum = 0;
    real most = r.z[0];
    size_t top = 0;
    for (size_t i = 0; i < r.n; i++) {
        if (r.z[i] > most) {
            most = r.z[i];
            top = i;
        }
        r.out[i] = r.z[i] - (real)(i == r.label);
        sum += (double)r.out[i] * (double)r.out[i];
    }
    *correct += top == r.label;
    return sum / (double)r.n;
}

static void
forward(const gsc_call *call)
{
    add_up_rows(call, row_squared_error);
}

static void
backward(const gsc_call *call)
{
    size_t count = gsc_node_count(call->node); /* rows times outputs */
    scale_into(call->din, call->out, (real)(2 * call->weight / (double)count),
               call->n * count, call->fresh);
}

GSC_KERNELS(mean_squared_error) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

const gsc_operator gsc_op_mean_squared_error = {.name = "mean_squared_error",
                                                .min_inputs = 1,
                                                .max_inputs = 1,
                                                .shape = shape_of_loss,
                                                .kernels = GSC_BOTH(mean_squared_error),
                                                .backward_reads = {GSC_READS_OUT},
                                                .out_over_in = true};

gsc_node
gsc_graph_mean_squared_error(gsc_graph *graph, gsc_node logits)
{
    return gsc_graph_apply(graph, &gsc_op_mean_squared_error, &logits, 1, NULL);
}

#endif
