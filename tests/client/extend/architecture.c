/* An architecture: softplus(x W_in + b) W_out.
 *
 * It is a table of options, a function that fills in what the dataset decides and
 * refuses what it cannot work with, and one that writes the graph of one example.
 * Mistakes in the graph are kept by it, so there are no checks between the lines. */
#include "parts.h"

#include <grokscope/error.h>

typedef struct smooth_options {
    int64_t neurons;
} smooth_options;

static const gsc_option smooth_rows[] = {
    GSC_ROW_INTEGER(smooth_options, neurons, "32", 1, 4096, "neurons of the layer"),
};

static int
resolve_smooth(void *options, const gsc_dataset *dataset)
{
    (void)options;
    if (!gsc_dataset_find(dataset, "x"))
        return gsc_fail(GSC_EARGUMENT, "architecture: smooth takes a field x");
    return 0;
}

static gsc_node
build_smooth(gsc_model *model, const void *options, const gsc_dataset *dataset)
{
    gsc_graph *g = model->graph;
    size_t neurons = (size_t)((const smooth_options *)options)->neurons, width;
    size_t in = gsc_shape_count(gsc_dataset_find(dataset, "x")->shape);
    const gsc_initializer normal = {GSC_INITIALIZER_NORMAL, 0.5, NULL},
                          zero = {GSC_INITIALIZER_CONSTANT, 0, NULL};
    if (gsc_model_width(dataset, &width) < 0)
        return GSC_NO_NODE;
    gsc_node W_in = gsc_graph_parameter(g, "W_in", "d_in neurons",
                                        (gsc_shape){2, {in, neurons}}, normal, true);
    gsc_node b =
        gsc_graph_parameter(g, "b", "neurons", (gsc_shape){1, {neurons}}, zero, true);
    gsc_node W_out = gsc_graph_parameter(
        g, "W_out", "neurons d_out", (gsc_shape){2, {neurons, width}}, normal, true);
    gsc_node x = gsc_graph_input(g, "x", (gsc_shape){2, {1, in}});
    x = gsc_graph_add(g, gsc_graph_matmul(g, x, W_in), b);
    model->neurons = gsc_graph_apply(g, &softplus, &x, 1, NULL);
    return gsc_graph_matmul(g, model->neurons, W_out);
}

const gsc_architecture smooth = {.name = "smooth",
                                 .purpose = "a layer of softplus",
                                 .options = smooth_rows,
                                 .num_options = COUNT(smooth_rows),
                                 .size = sizeof(smooth_options),
                                 .resolve = resolve_smooth,
                                 .build = build_smooth};
