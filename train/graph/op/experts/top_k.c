/* The places of the k largest numbers of each row, the largest first, of equal ones the
 * first. They are integers, which have no gradient. */
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"
#include "train/numeric/top.h"

static void
forward(const gsc_call *call)
{
    size_t k = gsc_node_width(call->node), n = gsc_node_width(call->input[0]);
    size_t rows = call->n * gsc_node_rows(call->node);
    for (size_t r = 0; r < rows; r++)
        TYPED(gsc_top_places)
    ((const real *)call->in[0] + r * n, n, k, (int32_t *)call->out + r * k);
}

GSC_KERNELS(top_k) = {.forward = forward};

#if GSC_ONCE

static const char *
shape(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    size_t k = gsc_node_size(node, GSC_TOP_K_COUNT), n = gsc_node_width(inputs[0]);
    if (inputs[0]->domain != GSC_EXAMPLES)
        return "the rows are not of the examples";
    if (k == 0 || k > n)
        return "a row has fewer numbers than are to be found";
    node->attributes[GSC_TOP_K_VALUES].integer = (int64_t)n;
    node->shape = inputs[0]->shape;
    node->shape.dims[node->shape.rank - 1] = k;
    return NULL;
}

const gsc_operator gsc_op_top_k = {
    .name = "top_k",
    .min_inputs = 1,
    .max_inputs = 1,
    .attributes = {{"k", GSC_ATTRIBUTE_INTEGER}, {"values", GSC_ATTRIBUTE_INTEGER}},
    .shape = shape,
    .traits = GSC_INTEGERS | GSC_ROWWISE,
    .kernels = GSC_BOTH(top_k),
    .flops = gsc_flops_of_first};

gsc_node
gsc_graph_top_k(gsc_graph *graph, gsc_node x, size_t k)
{
    gsc_attribute attributes[] = {[GSC_TOP_K_COUNT] = {.integer = (int64_t)k},
                                  [GSC_TOP_K_VALUES] = {.integer = 0}};
    return gsc_graph_apply(graph, &gsc_op_top_k, &x, 1, attributes);
}

#endif
