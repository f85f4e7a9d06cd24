/* Numbers of each row at places of its own: out[r, j] = x[r, place[r, j]]. */
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

#include <string.h>

typedef struct sizes {
    size_t rows, n, k;
} sizes;

static sizes
sizes_of(const gsc_call *call)
{
    return (sizes){call->n * gsc_node_rows(call->node), gsc_node_width(call->input[0]),
                   gsc_node_width(call->node)};
}

static void
forward(const gsc_call *call)
{
    sizes s = sizes_of(call);
    const real *x = call->in[0];
    const int32_t *place = call->in[1];
    real *out = call->out;
    for (size_t r = 0; r < s.rows; r++, x += s.n)
        for (size_t j = 0; j < s.k; j++)
            *out++ = x[*place++];
}

static void
backward(const gsc_call *call)
{
    sizes s = sizes_of(call);
    const real *dout = call->dout;
    const int32_t *place = call->in[1];
    real *dx = call->din;
    if (call->fresh)
        memset(dx, 0, s.rows * s.n * sizeof *dx);
    for (size_t r = 0; r < s.rows; r++, dx += s.n)
        for (size_t j = 0; j < s.k; j++)
            dx[*place++] += *dout++;
}

GSC_KERNELS(pick) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

static const char *
shape(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    gsc_shape x = inputs[0]->shape, place = inputs[1]->shape;
    if (inputs[0]->domain != inputs[1]->domain)
        return "one is of the examples, one is not";
    if (x.rank != place.rank || gsc_node_rows(inputs[0]) != gsc_node_rows(inputs[1]))
        return "not places for each row";
    node->shape = place;
    return gsc_index_reason(inputs[1], gsc_node_width(inputs[0]));
}

/* Rows of both, but no part of a row. */
static bool
slice(const gsc_graph_node *node, const gsc_graph_node *const *inputs, gsc_range range,
      size_t *axes, gsc_attribute *attributes)
{
    (void)inputs;
    (void)attributes;
    axes[0] = axes[1] = range.axis;
    return range.axis + 1 < node->shape.rank;
}

const gsc_operator gsc_op_pick = {.name = "pick",
                                  .min_inputs = 2,
                                  .max_inputs = 2,
                                  .shape = shape,
                                  .slice = slice,
                                  .indices = GSC_READS(1),
                                  .kernels = GSC_BOTH(pick),
                                  .backward_reads = {GSC_READS(1)},
                                  .flops = gsc_no_flops};

gsc_node
gsc_graph_pick(gsc_graph *graph, gsc_node x, gsc_node place)
{
    gsc_node inputs[] = {x, place};
    return gsc_graph_apply(graph, &gsc_op_pick, inputs, 2, NULL);
}

#endif
