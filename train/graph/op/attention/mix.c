/* z[i, h, :] = sum_j pattern[h, i, j] v[j, h, :] */
#include "train/graph/op/attention/heads.h"
#include "train/graph/op/operators.h"

static void
forward(const gsc_call *call)
{
    sizes z = sizes_of(call, call->input[0], call->node);
    mix(call->out, call->in[0], call->in[1], z, true);
}

static void
backward_pattern(const gsc_call *call)
{
    sizes z = sizes_of(call, call->input[0], call->node);
    dots(call->din, call->dout, call->in[1], z, call->fresh); /* ds = dz v' */
}

static void
backward_v(const gsc_call *call)
{
    sizes z = sizes_of(call, call->input[0], call->node);
    mix_back(call->din, call->in[0], call->dout, z, call->fresh); /* dv = s' dz */
}

GSC_KERNELS(attention_mix) = {.forward = forward,
                              .backward = {backward_pattern, backward_v}};

#if GSC_ONCE

static const char *
shape(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    gsc_shape p = inputs[0]->shape, v = inputs[1]->shape;
    if (p.rank != 3 || v.rank != 3 || p.dims[0] != v.dims[1] || p.dims[2] != v.dims[0])
        return "not [heads, queries, keys] and [keys, heads, e]";
    node->shape = (gsc_shape){3, {p.dims[1], p.dims[0], v.dims[2]}};
    return NULL;
}

static bool
slice(const gsc_graph_node *node, const gsc_graph_node *const *inputs, gsc_range range,
      size_t *axes, gsc_attribute *attributes)
{
    (void)node;
    (void)inputs;
    (void)attributes;
    axes[0] = 1;
    axes[1] = GSC_WHOLE;
    return range.axis == 0;
}

const gsc_operator gsc_op_attention_mix = {
    .name = "attention_mix",
    .min_inputs = 2,
    .max_inputs = 2,
    .shape = shape,
    .slice = slice,
    .kernels = GSC_BOTH(attention_mix),
    .backward_reads = {GSC_READS(1), GSC_READS(0)},
    .flops = gsc_flops_of_dots};

gsc_node
gsc_graph_attention_mix(gsc_graph *graph, gsc_node pattern, gsc_node v)
{
    gsc_node inputs[] = {pattern, v};
    return gsc_graph_apply(graph, &gsc_op_attention_mix, inputs, 2, NULL);
}

#endif
