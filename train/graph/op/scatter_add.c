/* Rows added where an index says, the way back of a gather:
 *
 *   out[j] = sum of x[i] over all i with index[i] = j,   j < count
 *
 * An index of count stands for nowhere: that row is left out. */
#include "train/graph/op/operators.h"
#include "train/numeric/hot.h"
#include "train/numeric/real.h"

#include <string.h>

enum { COUNT };

typedef struct sizes {
    size_t rows, count, width;
} sizes;

static sizes
sizes_of(const gsc_call *call)
{
    return (sizes){call->input[0]->shape.dims[0], call->node->shape.dims[0],
                   gsc_node_count(call->node) / call->node->shape.dims[0]};
}

static GSC_HOT void
add_to(real *sum, const real *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += x[i];
}

static void
forward(const gsc_call *call)
{
    sizes s = sizes_of(call);
    const real *x = call->in[0];
    const int32_t *index = call->in[1];
    real *out = call->out;
    memset(out, 0, call->n * s.count * s.width * sizeof *out);
    for (size_t e = 0; e < call->n; e++, out += s.count * s.width)
        for (size_t i = 0; i < s.rows; i++, x += s.width, index++)
            if ((size_t)*index < s.count)
                add_to(out + (size_t)*index * s.width, x, s.width);
}

static void
backward(const gsc_call *call)
{
    sizes s = sizes_of(call);
    const real *dout = call->dout;
    const int32_t *index = call->in[1];
    real *dx = call->din;
    for (size_t e = 0; e < call->n; e++, dout += s.count * s.width)
        for (size_t i = 0; i < s.rows; i++, dx += s.width, index++) {
            if (call->fresh)
                memset(dx, 0, s.width * sizeof *dx);
            if ((size_t)*index < s.count)
                add_to(dx, dout + (size_t)*index * s.width, s.width);
        }
}

GSC_KERNELS(scatter_add) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

static const char *
shape(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    gsc_shape x = inputs[0]->shape, index = inputs[1]->shape;
    size_t count = gsc_node_size(node, COUNT);
    if (x.rank < 2 || count == 0)
        return "there are no rows";
    if (inputs[0]->domain != GSC_EXAMPLES)
        return "the rows are not of the examples";
    if (index.rank > 1 || gsc_shape_count(index) != x.dims[0])
        return "not an index for each row";
    node->shape = x;
    node->shape.dims[0] = count;
    return gsc_index_reason(inputs[1], count + 1);
}

const gsc_operator gsc_op_scatter_add = {
    .name = "scatter_add",
    .min_inputs = 2,
    .max_inputs = 2,
    .attributes = {{"count", GSC_ATTRIBUTE_INTEGER}},
    .shape = shape,
    .indices = GSC_READS(1),
    .kernels = GSC_BOTH(scatter_add),
    .backward_reads = {GSC_READS(1)},
    .flops = gsc_flops_of_first};

gsc_node
gsc_graph_scatter_add(gsc_graph *graph, gsc_node x, gsc_node index, size_t count)
{
    gsc_node inputs[] = {x, index};
    gsc_attribute attributes[] = {[COUNT] = {.integer = (int64_t)count}};
    return gsc_graph_apply(graph, &gsc_op_scatter_add, inputs, 2, attributes);
}

#endif
