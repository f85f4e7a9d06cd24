/* Rows of a table, by an index:
 *
 *   out[i] = table[index[first + i]]
 *
 * The table is of parameters, and then its gradient is a sum over the examples; or each
 * example has its own. */
#include "train/graph/op/operators.h"
#include "train/graph/op/rows.h"
#include "train/numeric/real.h"

#include <string.h>

/* Numbers of a row; indices of an example, and of those the ones that are read; numbers
 * from one example's table to the next's. */
typedef struct sizes {
    size_t width, positions, first, count, table_step;
} sizes;

static sizes
sizes_of(const gsc_call *call)
{
    const gsc_graph_node *table = call->input[0];
    sizes z = {.positions = gsc_node_count(call->input[1]),
               .first = gsc_node_size(call->node, GSC_GATHER_FIRST),
               .count = gsc_node_size(call->node, GSC_GATHER_COUNT),
               .width = gsc_node_count(table) / table->shape.dims[0]};
    z.table_step = table->domain == GSC_EXAMPLES ? gsc_node_count(table) : 0;
    return z;
}

static void
forward(const gsc_call *call)
{
    sizes z = sizes_of(call);
    const real *table = call->in[0];
    const int32_t *index = (const int32_t *)call->in[1] + z.first;
    real *out = call->out;
    for (size_t e = 0; e < call->n; e++, index += z.positions, table += z.table_step)
        for (size_t i = 0; i < z.count; i++, out += z.width)
            memcpy(out, table + (size_t)index[i] * z.width, z.width * sizeof *out);
}

static void
backward(const gsc_call *call)
{
    sizes z = sizes_of(call);
    const real *dout = call->dout;
    const int32_t *index = (const int32_t *)call->in[1] + z.first;
    real *dtable = call->din;
    size_t tables = z.table_step > 0 ? call->n : 1;
    if (call->fresh)
        memset(dtable, 0, tables * gsc_node_count(call->input[0]) * sizeof *dtable);
    for (size_t e = 0; e < call->n; e++, index += z.positions, dtable += z.table_step)
        add_rows(dtable, dout + e * z.count * z.width, index, z.count, z.width);
}

GSC_KERNELS(gather) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

static const char *
shape(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    gsc_shape table = inputs[0]->shape, index = inputs[1]->shape;
    size_t first = gsc_node_size(node, GSC_GATHER_FIRST);
    size_t count = gsc_node_size(node, GSC_GATHER_COUNT);
    if (table.rank < 2)
        return "the table has no rows";
    if (index.rank > 1 || first > gsc_shape_count(index) ||
        count > gsc_shape_count(index) - first)
        return "the index has no such positions";
    node->shape = table;
    node->shape.dims[0] = count;
    return gsc_index_reason(inputs[1], table.dims[0]);
}

/* A range of positions is a shorter gather. */
static bool
slice(const gsc_graph_node *node, const gsc_graph_node *const *inputs, gsc_range range,
      size_t *axes, gsc_attribute *attributes)
{
    (void)node;
    (void)inputs;
    axes[0] = axes[1] = GSC_WHOLE;
    attributes[GSC_GATHER_FIRST].integer += (int64_t)range.first;
    attributes[GSC_GATHER_COUNT].integer = (int64_t)range.count;
    return range.axis == 0;
}

const gsc_operator gsc_op_gather = {
    .name = "gather",
    .min_inputs = 2,
    .max_inputs = 2,
    .attributes = {{"first", GSC_ATTRIBUTE_INTEGER}, {"count", GSC_ATTRIBUTE_INTEGER}},
    .shape = shape,
    .rows = GSC_READS(0),
    .slice = slice,
    .indices = GSC_READS(1),
    .kernels = GSC_BOTH(gather),
    .shared = GSC_READS(0),
    .backward_reads = {GSC_READS(1)},
    .flops = gsc_no_flops};

gsc_node
gsc_graph_gather(gsc_graph *graph, gsc_node table, gsc_node index, size_t first,
                 size_t count)
{
    gsc_node inputs[] = {table, index};
    gsc_attribute attributes[] = {[GSC_GATHER_FIRST] = {.integer = (int64_t)first},
                                  [GSC_GATHER_COUNT] = {.integer = (int64_t)count}};
    return gsc_graph_apply(graph, &gsc_op_gather, inputs, 2, attributes);
}

#endif
