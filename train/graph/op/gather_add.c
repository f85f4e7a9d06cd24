/* out = a[token at position i] + b[token at position j]: two rows added on their way.
 * Only rewrites make it. */
#include "train/graph/op/operators.h"
#include "train/graph/op/rows.h"
#include "train/numeric/hot.h"
#include "train/numeric/real.h"

#include <string.h>

static GSC_HOT void
sum_pair(real *restrict out, const real *a, const real *b, size_t width)
{
    for (size_t c = 0; c < width; c++)
        out[c] = a[c] + b[c];
}

static void
forward(const gsc_call *call)
{
    const real *a = call->in[0], *b = call->in[1];
    real *out = call->out;
    size_t width = gsc_node_count(call->node);
    const int32_t *tokens = call->tokens;
    for (size_t e = 0; e < call->n; e++, tokens += call->n_ctx, out += width)
        sum_pair(out,
                 a + (size_t)tokens[gsc_node_size(call->node, GSC_GATHER_ADD_FIRST_A)] *
                         width,
                 b + (size_t)tokens[gsc_node_size(call->node, GSC_GATHER_ADD_FIRST_B)] *
                         width,
                 width);
}

/* dtable[token at `position`] += dout */
static void
spread_rows(const gsc_call *call, size_t input, size_t position)
{
    const real *dout = call->dout;
    real *dtable = call->din;
    size_t width = gsc_node_count(call->node);
    if (call->fresh)
        memset(dtable, 0, gsc_node_count(call->input[input]) * sizeof *dtable);
    for (size_t e = 0; e < call->n; e++)
        add_rows(dtable, dout + e * width, call->tokens + e * call->n_ctx + position, 1,
                 width);
}

static void
backward_a(const gsc_call *call)
{
    spread_rows(call, 0, gsc_node_size(call->node, GSC_GATHER_ADD_FIRST_A));
}

static void
backward_b(const gsc_call *call)
{
    spread_rows(call, 1, gsc_node_size(call->node, GSC_GATHER_ADD_FIRST_B));
}

GSC_KERNELS(gather_add) = {.forward = forward, .backward = {backward_a, backward_b}};

#if GSC_ONCE

static const char *
shape(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    node->shape = inputs[0]->shape;
    node->shape.dims[0] = 1;
    node->domain = GSC_EXAMPLES;
    return NULL;
}

const gsc_operator gsc_op_gather_add = {
    .name = "gather_add",
    .min_inputs = 2,
    .max_inputs = 2,
    .attributes = {{"first_a", GSC_ATTRIBUTE_INTEGER},
                   {"first_b", GSC_ATTRIBUTE_INTEGER}},
    .shape = shape,
    .rows = GSC_READS(0) | GSC_READS(1),
    .kernels = GSC_BOTH(gather_add),
    .shared = GSC_READS(0) | GSC_READS(1)};

gsc_node
gsc_graph_gather_add(gsc_graph *graph, gsc_node a, gsc_node b, size_t i, size_t j)
{
    gsc_node inputs[] = {a, b};
    gsc_attribute attributes[] = {[GSC_GATHER_ADD_FIRST_A] = {.integer = (int64_t)i},
                                  [GSC_GATHER_ADD_FIRST_B] = {.integer = (int64_t)j}};
    return gsc_graph_apply(graph, &gsc_op_gather_add, inputs, 2, attributes);
}

#endif
