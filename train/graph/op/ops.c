/* The table of operators. */
#include "train/graph/op/kernels.h"
#include "train/graph/op/op.h"

/* A kernel in both types. */
#define BOTH(name)             \
    {                          \
        name##_f32, name##_f64 \
    }

const gsc_op gsc_ops[GSC_NUM_OPS] = {
    [GSC_OP_PARAMETER] = {.name = "parameter"},
    [GSC_OP_GATHER] = {.name = "gather",
                       .forward = BOTH(gsc_gather_forward),
                       .backward = {BOTH(gsc_gather_backward)}},
    [GSC_OP_MATMUL] = {.name = "matmul",
                       .forward = BOTH(gsc_matmul_forward),
                       .backward = {BOTH(gsc_matmul_backward_x),
                                    BOTH(gsc_matmul_backward_w)},
                       .backward_reads = {GSC_READS_IN1, GSC_READS_IN0}},
    [GSC_OP_ADD] = {.name = "add",
                    .forward = BOTH(gsc_add_forward),
                    .backward = {BOTH(gsc_add_backward_a), BOTH(gsc_add_backward_b)},
                    .out_over_in = true,
                    .din_over_dout = true},
    [GSC_OP_MULTIPLY] = {.name = "multiply",
                         .forward = BOTH(gsc_multiply_forward),
                         .backward = {BOTH(gsc_multiply_backward_a),
                                      BOTH(gsc_multiply_backward_b)},
                         .backward_reads = {GSC_READS_IN1, GSC_READS_IN0}},
    [GSC_OP_SCALE] = {.name = "scale",
                      .forward = BOTH(gsc_scale_forward),
                      .backward = {BOTH(gsc_scale_backward)},
                      .out_over_in = true,
                      .din_over_dout = true},
    [GSC_OP_RELU] = {.name = "relu",
                     .forward = BOTH(gsc_relu_forward),
                     .backward = {BOTH(gsc_relu_backward)},
                     .backward_reads = {GSC_READS_OUT},
                     .out_over_in = true,
                     .din_over_dout = true},
    [GSC_OP_GELU] = {.name = "gelu",
                     .forward = BOTH(gsc_gelu_forward),
                     .backward = {BOTH(gsc_gelu_backward)},
                     .backward_reads = {GSC_READS_IN0},
                     .out_over_in = true,
                     .din_over_dout = true},
    [GSC_OP_SQUARE] = {.name = "square",
                       .forward = BOTH(gsc_square_forward),
                       .backward = {BOTH(gsc_square_backward)},
                       .backward_reads = {GSC_READS_IN0},
                       .out_over_in = true,
                       .din_over_dout = true},
    [GSC_OP_TANH] = {.name = "tanh",
                     .forward = BOTH(gsc_tanh_forward),
                     .backward = {BOTH(gsc_tanh_backward)},
                     .backward_reads = {GSC_READS_OUT},
                     .out_over_in = true,
                     .din_over_dout = true},
    [GSC_OP_LAYER_NORM] = {.name = "layer_norm",
                           .forward = BOTH(gsc_layer_norm_forward),
                           .backward = {BOTH(gsc_layer_norm_backward)},
                           .backward_reads = {GSC_READS_IN0 | GSC_READS_OUT},
                           .out_over_in = true,
                           .din_over_dout = true},
    [GSC_OP_CONCATENATE] = {.name = "concatenate",
                            .forward = BOTH(gsc_concatenate_forward),
                            .backward = {BOTH(gsc_concatenate_backward_a),
                                         BOTH(gsc_concatenate_backward_b)}},
    [GSC_OP_SLICE] = {.name = "slice",
                      .forward = BOTH(gsc_slice_forward),
                      .backward = {BOTH(gsc_slice_backward)}},
    [GSC_OP_TRANSPOSE] = {.name = "transpose",
                          .forward = BOTH(gsc_transpose_forward),
                          .backward = {BOTH(gsc_transpose_backward)}},
    [GSC_OP_ATTENTION_SCORES] = {.name = "attention_scores",
                                 .forward = BOTH(gsc_attention_scores_forward),
                                 .backward = {BOTH(gsc_attention_scores_backward_q),
                                              BOTH(gsc_attention_scores_backward_k)},
                                 .backward_reads = {GSC_READS_IN1, GSC_READS_IN0}},
    [GSC_OP_ATTENTION_SOFTMAX] = {.name = "attention_softmax",
                                  .forward = BOTH(gsc_attention_softmax_forward),
                                  .backward = {BOTH(gsc_attention_softmax_backward)},
                                  .backward_reads = {GSC_READS_OUT},
                                  .out_over_in = true,
                                  .din_over_dout = true},
    [GSC_OP_ATTENTION_RATE] = {.name = "attention_rate",
                               .forward = BOTH(gsc_attention_rate_forward),
                               .backward = {BOTH(gsc_attention_rate_backward)},
                               .out_over_in = true,
                               .din_over_dout = true},
    [GSC_OP_ATTENTION_MIX] = {.name = "attention_mix",
                              .forward = BOTH(gsc_attention_mix_forward),
                              .backward = {BOTH(gsc_attention_mix_backward_pattern),
                                           BOTH(gsc_attention_mix_backward_v)},
                              .backward_reads = {GSC_READS_IN1, GSC_READS_IN0}},
    [GSC_OP_MIX_ROWS] = {.name = "mix_rows",
                         .forward = BOTH(gsc_mix_rows_forward),
                         .backward_all = BOTH(gsc_mix_rows_backward),
                         .backward_reads = {GSC_READS_IN1 | GSC_READS_IN2,
                                            GSC_READS_IN0, GSC_READS_IN0}},
    [GSC_OP_ROTATE] = {.name = "rotate",
                       .forward = BOTH(gsc_rotate_forward),
                       .backward = {BOTH(gsc_rotate_backward)}},
    [GSC_OP_SUM_HEADS] = {.name = "sum_heads",
                          .forward = BOTH(gsc_sum_heads_forward),
                          .backward = {BOTH(gsc_sum_heads_backward)}},
    [GSC_OP_SUM_ROWS] = {.name = "sum_rows",
                         .forward = BOTH(gsc_sum_rows_forward),
                         .backward = {BOTH(gsc_sum_rows_backward_a),
                                      BOTH(gsc_sum_rows_backward_b)}},
    [GSC_OP_ADD_RELU] = {.name = "add_relu",
                         .forward = BOTH(gsc_add_relu_forward),
                         .backward_all = BOTH(gsc_add_relu_backward),
                         .backward_reads = {GSC_READS_OUT, GSC_READS_OUT},
                         .out_over_in = true,
                         .din_over_dout = true},
    [GSC_OP_CROSS_ENTROPY] = {.name = "cross_entropy",
                              .forward = BOTH(gsc_cross_entropy_forward),
                              .backward = {BOTH(gsc_cross_entropy_backward)},
                              .backward_reads = {GSC_READS_OUT},
                              .out_over_in = true},
    [GSC_OP_MEAN_SQUARED_ERROR] = {.name = "mean_squared_error",
                                   .forward = BOTH(gsc_mean_squared_error_forward),
                                   .backward = {BOTH(gsc_mean_squared_error_backward)},
                                   .backward_reads = {GSC_READS_OUT},
                                   .out_over_in = true},
    [GSC_OP_LABEL_LOGIT] = {.name = "label_logit",
                            .forward = BOTH(gsc_label_logit_forward),
                            .backward = {BOTH(gsc_label_logit_backward)}},
};

double
gsc_op_flops(const gsc_graph *graph, const gsc_ir_node *node)
{
    double count = (double)gsc_node_count(node);
    gsc_shape first = {0};
    if (node->num_inputs > 0)
        first = graph->nodes[node->inputs[0]].shape;
    switch (node->kind) {
    case GSC_OP_PARAMETER:
    case GSC_OP_SLICE:
    case GSC_OP_TRANSPOSE:
    case GSC_OP_GATHER:
    case GSC_OP_CONCATENATE:
    case GSC_OP_ROTATE:
        return 0;
    case GSC_OP_MATMUL: /* a merge sums over heads and their width */
        return 2 * count * (double)first.dims[first.rank - 1] *
               (node->form == GSC_PRODUCT_MERGE_HEADS
                    ? (double)first.dims[first.rank - 2]
                    : 1);
    case GSC_OP_MIX_ROWS: /* [heads, queries, keys] -> heads keys products an element */
        return 2 * count * (double)(first.dims[0] * first.dims[2]);
    case GSC_OP_ATTENTION_SCORES: /* [queries, heads, e] -> e products an element */
        return 2 * count * (double)first.dims[2];
    case GSC_OP_ATTENTION_MIX: /* [heads, queries, keys] -> keys products an element */
        return 2 * count * (double)first.dims[2];
    default:
        return count;
    }
}

size_t
gsc_op_scratch(const gsc_ir_node *node)
{
    switch (node->kind) {
    case GSC_OP_ATTENTION_SOFTMAX:
        return gsc_node_count(node);
    case GSC_OP_CROSS_ENTROPY: /* two numbers more for each row */
        return gsc_node_count(node) + 2 * node->shape.dims[0];
    case GSC_OP_MIX_ROWS: /* examples in the order of their tokens */
        return 1;
    default:
        return 0;
    }
}

size_t
gsc_op_workspace(const gsc_graph *graph, const gsc_ir_node *node)
{
    if (node->kind != GSC_OP_MIX_ROWS)
        return 0;
    /* a token's rows of all heads, and where each token's examples begin */
    gsc_shape table = graph->nodes[node->inputs[1]].shape;
    return table.dims[1] * table.dims[2] + GSC_ROW_PADDING + table.dims[0] / 2 + 2;
}
