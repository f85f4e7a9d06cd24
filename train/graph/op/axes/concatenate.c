/* Nodes one after the other along an axis. */
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

#include <string.h>

/* Numbers of input k in one row of the whole, where they begin there, and rows. */
typedef struct part {
    size_t first, length, whole, rows;
} part;

static part
find_part(const gsc_call *call, size_t k)
{
    gsc_shape shape = call->node->shape;
    size_t axis = gsc_node_size(call->node, GSC_CONCATENATE_AXIS), inner = 1;
    for (size_t i = axis + 1; i < shape.rank; i++)
        inner *= shape.dims[i];
    part p = {.whole = shape.dims[axis] * inner,
              .length = call->input[k]->shape.dims[axis] * inner};
    for (size_t j = 0; j < k; j++)
        p.first += call->input[j]->shape.dims[axis] * inner;
    p.rows = call->n * gsc_node_count(call->node) / p.whole;
    return p;
}

static void
forward(const gsc_call *call)
{
    for (size_t k = 0; k < call->node->num_inputs; k++) {
        part p = find_part(call, k);
        const real *in = call->in[k];
        real *out = (real *)call->out + p.first;
        for (size_t i = 0; i < p.rows; i++, in += p.length, out += p.whole)
            memcpy(out, in, p.length * sizeof *out);
    }
}

static void
backward(const gsc_call *call)
{
    part p = find_part(call, call->wanted);
    const real *dout = (const real *)call->dout + p.first;
    real *din = call->din;
    for (size_t i = 0; i < p.rows; i++, din += p.length, dout += p.whole) {
        if (call->fresh)
            memcpy(din, dout, p.length * sizeof *din);
        else
            for (size_t j = 0; j < p.length; j++)
                din[j] += dout[j];
    }
}

GSC_KERNELS(concatenate) = {.forward = forward,
                            .backward = {backward, backward, backward, backward,
                                         backward, backward, backward, backward}};

#if GSC_ONCE

static const char *
shape(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    size_t axis = gsc_node_size(node, GSC_CONCATENATE_AXIS);
    node->shape = inputs[0]->shape;
    bool fits = axis < node->shape.rank;
    for (size_t k = 1; fits && k < node->num_inputs; k++) {
        gsc_shape other = inputs[k]->shape;
        fits = other.rank == node->shape.rank;
        for (size_t i = 0; fits && i < other.rank; i++)
            fits = i == axis || other.dims[i] == node->shape.dims[i];
        if (fits)
            node->shape.dims[axis] += other.dims[axis];
    }
    return fits ? NULL : "they differ in more than the length of one axis";
}

/* Ranges along any other axis. */
static bool
slice(const gsc_graph_node *node, const gsc_graph_node *const *inputs, gsc_range range,
      size_t *axes, gsc_attribute *attributes)
{
    (void)inputs;
    (void)attributes;
    for (size_t k = 0; k < node->num_inputs; k++)
        axes[k] = range.axis;
    return range.axis != gsc_node_size(node, GSC_CONCATENATE_AXIS);
}

const gsc_operator gsc_op_concatenate = {
    .name = "concatenate",
    .min_inputs = 1,
    .max_inputs = GSC_MAX_INPUTS,
    .attributes = {{"axis", GSC_ATTRIBUTE_INTEGER}},
    .shape = shape,
    .slice = slice,
    .kernels = GSC_BOTH(concatenate),
    .flops = gsc_no_flops};

gsc_node
gsc_graph_concatenate(gsc_graph *graph, gsc_node a, gsc_node b, size_t axis)
{
    gsc_node inputs[] = {a, b};
    gsc_attribute attributes[] = {[GSC_CONCATENATE_AXIS] = {.integer = (int64_t)axis}};
    return gsc_graph_apply(graph, &gsc_op_concatenate, inputs, 2, attributes);
}

#endif
