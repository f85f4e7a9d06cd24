/* The squared distance of y to the row of templates that its label names, and whether
 * no other row is nearer; no gradient. */
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

#include <math.h>

enum { Y, TEMPLATES, LABEL };

static double
squared_distance(const real *a, const real *b, size_t n)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++)
        sum += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
    return sum;
}

static void
forward(const gsc_call *call)
{
    size_t k = call->input[TEMPLATES]->shape.dims[0];
    size_t d = call->input[TEMPLATES]->shape.dims[1];
    const real *y = call->in[Y], *rows = call->in[TEMPLATES];
    const int32_t *labels = call->in[LABEL];
    for (size_t e = 0; e < call->n; e++, y += d) {
        double own = squared_distance(y, rows + (size_t)labels[e] * d, d);
        bool nearest = !isnan(own);
        for (size_t i = 0; nearest && i < k; i++)
            nearest = !(squared_distance(y, rows + i * d, d) < own);
        call->loss[e] = own;
        call->right[e] = nearest;
    }
}

GSC_KERNELS(nearest_row) = {.forward = forward};

#if GSC_ONCE

static const char *
shape(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    gsc_shape templates = inputs[TEMPLATES]->shape;
    node->shape = (gsc_shape){.rank = 0};
    if (templates.rank != 2 || inputs[TEMPLATES]->domain != GSC_PARAMETERS)
        return "the templates are no parameter-domain matrix";
    if (gsc_node_count(inputs[Y]) != templates.dims[1] ||
        gsc_node_count(inputs[LABEL]) != 1)
        return "not a row and one label";
    return gsc_index_reason(inputs[LABEL], templates.dims[0]);
}

static double
flops(const gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    (void)node;
    return 3 * (double)gsc_node_count(inputs[TEMPLATES]);
}

const gsc_operator gsc_op_nearest_row = {.name = "nearest_row",
                                         .min_inputs = 3,
                                         .max_inputs = 3,
                                         .shape = shape,
                                         .traits = GSC_SCALAR,
                                         .indices = GSC_READS(LABEL),
                                         .kernels = GSC_BOTH(nearest_row),
                                         .shared = GSC_READS(TEMPLATES),
                                         .flops = flops};

gsc_node
gsc_graph_nearest_row(gsc_graph *graph, gsc_node y, gsc_node templates, gsc_node label)
{
    gsc_node inputs[] = {y, templates, label};
    return gsc_graph_apply(graph, &gsc_op_nearest_row, inputs, 3, NULL);
}

#endif
