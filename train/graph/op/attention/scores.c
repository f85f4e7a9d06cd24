/* out[h, i, j] = q[i, h, :] . k[j, h, :] */
#include "train/graph/op/attention/heads.h"
#include "train/graph/op/operators.h"

static void
forward(const gsc_call *call)
{
    sizes z = sizes_of(call, call->node, call->input[0]);
    dots(call->out, call->in[0], call->in[1], z, true);
}

static void
backward_q(const gsc_call *call)
{
    sizes z = sizes_of(call, call->node, call->input[0]);
    mix(call->din, call->dout, call->in[1], z, call->fresh); /* dq = ds k */
}

static void
backward_k(const gsc_call *call)
{
    sizes z = sizes_of(call, call->node, call->input[0]);
    mix_back(call->din, call->dout, call->in[0], z, call->fresh); /* dk = ds' q */
}

GSC_KERNELS(attention_scores) = {.forward = forward,
                                 .backward = {backward_q, backward_k}};

#if GSC_ONCE

static const char *
shape(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    gsc_shape q = inputs[0]->shape, k = inputs[1]->shape;
    if (q.rank != 3 || k.rank != 3 || q.dims[1] != k.dims[1] || q.dims[2] != k.dims[2])
        return "not [queries, heads, e] and [keys, heads, e]";
    node->shape = (gsc_shape){3, {q.dims[1], q.dims[0], k.dims[0]}};
    return NULL;
}

static bool
slice(const gsc_graph_node *node, const gsc_graph_node *const *inputs, gsc_range range,
      size_t *axes, gsc_attribute *attributes)
{
    (void)node;
    (void)inputs;
    (void)attributes;
    axes[0] = 0;
    axes[1] = GSC_WHOLE;
    return range.axis == 1;
}

const gsc_operator gsc_op_attention_scores = {
    .name = "attention_scores",
    .min_inputs = 2,
    .max_inputs = 2,
    .shape = shape,
    .slice = slice,
    .kernels = GSC_BOTH(attention_scores),
    .backward_reads = {GSC_READS(1), GSC_READS(0)},
    .flops = gsc_flops_of_dots};

gsc_node
gsc_graph_attention_scores(gsc_graph *graph, gsc_node q, gsc_node k)
{
    gsc_node inputs[] = {q, k};
    return gsc_graph_apply(graph, &gsc_op_attention_scores, inputs, 2, NULL);
}

#endif
