/* Rows of a table, by token. */
#include "train/graph/op/operators.h"
#include "train/graph/op/rows.h"
#include "train/numeric/real.h"

#include <string.h>

static void
forward(const gsc_call *call)
{
    const real *table = call->in[0]; /* [d_vocab, width] */
    real *out = call->out;           /* [n, count, width] */
    size_t count = call->node->shape.dims[0],
           width = gsc_node_count(call->node) / count;
    for (size_t e = 0; e < call->n; e++) {
        const int32_t *tokens = call->tokens + e * call->n_ctx +
                                gsc_node_size(call->node, GSC_GATHER_FIRST);
        for (size_t i = 0; i < count; i++, out += width)
            memcpy(out, table + (size_t)tokens[i] * width, width * sizeof *out);
    }
}

static void
backward(const gsc_call *call)
{
    const real *dout = call->dout;
    real *dtable = call->din;
    size_t count = call->node->shape.dims[0],
           width = gsc_node_count(call->node) / count;
    if (call->fresh)
        memset(dtable, 0, gsc_node_count(call->input[0]) * sizeof *dtable);
    for (size_t e = 0; e < call->n; e++) {
        const int32_t *tokens = call->tokens + e * call->n_ctx +
                                gsc_node_size(call->node, GSC_GATHER_FIRST);
        add_rows(dtable, dout + e * count * width, tokens, count, width);
    }
}

GSC_KERNELS(gather) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

static const char *
shape(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    if (inputs[0]->shape.rank < 2 || inputs[0]->domain != GSC_PARAMETERS)
        return "the table is no parameter-domain matrix";
    node->shape = inputs[0]->shape;
    node->shape.dims[0] = gsc_node_size(node, GSC_GATHER_COUNT);
    node->domain = GSC_EXAMPLES;
    return NULL;
}

/* A range of positions is a shorter gather. */
static bool
slice(const gsc_graph_node *node, const gsc_graph_node *const *inputs, gsc_range range,
      size_t *axes, gsc_attribute *attributes)
{
    (void)node;
    (void)inputs;
    axes[0] = GSC_WHOLE;
    attributes[GSC_GATHER_FIRST].integer += (int64_t)range.first;
    attributes[GSC_GATHER_COUNT].integer = (int64_t)range.count;
    return range.axis == 0;
}

const gsc_operator gsc_op_gather = {
    .name = "gather",
    .min_inputs = 1,
    .max_inputs = 1,
    .attributes = {{"first", GSC_ATTRIBUTE_INTEGER}, {"count", GSC_ATTRIBUTE_INTEGER}},
    .shape = shape,
    .linear = GSC_READS(0),
    .rows = GSC_READS(0),
    .slice = slice,
    .kernels = GSC_BOTH(gather),
    .shared = GSC_READS(0),
    .flops = gsc_no_flops};

gsc_node
gsc_graph_gather(gsc_graph *graph, gsc_node table, size_t first, size_t count)
{
    gsc_attribute attributes[] = {[GSC_GATHER_FIRST] = {.integer = (int64_t)first},
                                  [GSC_GATHER_COUNT] = {.integer = (int64_t)count}};
    return gsc_graph_apply(graph, &gsc_op_gather, &table, 1, attributes);
}

#endif
