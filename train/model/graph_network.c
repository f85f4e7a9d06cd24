/* A network on graphs: convolutions by edge networks (NNConv; Gilmer et al., arXiv
 * 1704.01212, Simonovsky and Komodakis, arXiv 1704.02901), the sum over the nodes, and
 * fully connected layers:
 *
 *   A_e = relu(edge_e W_1 + b_1) W_2 + b_2                       [d_in, d_out]
 *   x_j = relu(x_j W_root + b + sum over edges e from i to j of x_i A_e)
 *   predictions = layers(sum_j x_j)
 *
 * First weights are those of PyTorch Geometric's NNConv: W_root even within
 * 1/sqrt(d_in) of 0, b zero, and all others as PyTorch's nn.Linear. */
#include "train/model/graph_network.h"

#include "grokscope/error.h"

#include "train/data/graph_fields.h"

#include <stdio.h>

static const gsc_option rows[] = {
    GSC_ROW_TEXT(gsc_graph_network_options, convolutions, "32,16", "WIDTHS",
                 "Width of the nodes after each convolution."),
    GSC_ROW_INTEGER(gsc_graph_network_options, d_edge, "32", 1, 4096,
                    "Neurons of each edge network."),
    GSC_ROW_TEXT(gsc_graph_network_options, hidden, "32", "WIDTHS",
                 "Width of each hidden layer after the sum, with commas between."),
};

static bool
has_field(const gsc_dataset *dataset, const char *name, size_t rank, bool of_indices)
{
    const gsc_field *f = gsc_dataset_find(dataset, name);
    return f && f->shape.rank == rank && (f->num_values > 0) == of_indices;
}

static int
resolve(void *options, const gsc_dataset *dataset)
{
    int status = 0;
    int64_t widths[GSC_MOST_LAYERS];
    const gsc_graph_network_options *o = options;
    if (!has_field(dataset, GSC_GRAPH_ATOMS, 2, false) ||
        !has_field(dataset, GSC_GRAPH_EDGES, 2, false) ||
        !has_field(dataset, GSC_GRAPH_SOURCE, 1, true) ||
        !has_field(dataset, GSC_GRAPH_TARGET, 1, true) ||
        !has_field(dataset, GSC_GRAPH_PLACE, 1, true))
        return gsc_fail(GSC_EARGUMENT,
                        "architecture: graph_network takes graphs, which this task "
                        "does not have; molecules has them");
    GSC_TRY(gsc_read_widths(o->convolutions, widths));
    if (status == 0) /* of them */
        return gsc_fail(GSC_EARGUMENT, "convolutions: names no width");
    GSC_TRY(gsc_read_widths(o->hidden, widths));
    status = gsc_check_one_row(dataset, "graph_network");
out:
    return status;
}

static gsc_node
parameter(gsc_graph *g, const char *prefix, const char *name, const char *axes,
          gsc_shape shape, gsc_initializer start)
{
    char full[GSC_NAME_BYTES];
    snprintf(full, sizeof full, "%s.%s", prefix, name);
    return gsc_graph_parameter(g, full, axes, shape, start, true);
}

/* x W + b, as nn.Linear begins. */
static gsc_node
linear(gsc_graph *g, const char *prefix, gsc_node x, int64_t in, int64_t out)
{
    gsc_initializer start = gsc_linear_initializer(in);
    gsc_node W = parameter(g, prefix, "W", "d_in d_out", gsc_shape2(in, out), start);
    gsc_node b = parameter(g, prefix, "b", "d_out", gsc_shape1(out), start);
    return gsc_graph_add(g, gsc_graph_matmul(g, x, W), b);
}

typedef struct graph_leaves {
    gsc_node atoms, edges, source, target, place;
    size_t num_atoms, num_edges, d_atom, d_edge;
} graph_leaves;

static gsc_node
index_leaf(gsc_graph *g, const gsc_dataset *dataset, const char *name)
{
    const gsc_field *f = gsc_dataset_find(dataset, name);
    return gsc_graph_index(g, name, f->shape, f->num_values);
}

static graph_leaves
add_leaves(gsc_graph *g, const gsc_dataset *dataset)
{
    gsc_shape atoms = gsc_dataset_find(dataset, GSC_GRAPH_ATOMS)->shape;
    gsc_shape edges = gsc_dataset_find(dataset, GSC_GRAPH_EDGES)->shape;
    return (graph_leaves){.atoms = gsc_graph_input(g, GSC_GRAPH_ATOMS, atoms),
                          .edges = gsc_graph_input(g, GSC_GRAPH_EDGES, edges),
                          .source = index_leaf(g, dataset, GSC_GRAPH_SOURCE),
                          .target = index_leaf(g, dataset, GSC_GRAPH_TARGET),
                          .place = index_leaf(g, dataset, GSC_GRAPH_PLACE),
                          .num_atoms = atoms.dims[0],
                          .num_edges = edges.dims[0],
                          .d_atom = atoms.dims[1],
                          .d_edge = edges.dims[1]};
}

static gsc_node
convolve(gsc_graph *g, const gsc_graph_network_options *o, const graph_leaves *l,
         int number, gsc_node x, int64_t in, int64_t out)
{
    char prefix[32], edge1[40], edge2[40];
    snprintf(prefix, sizeof prefix, "conv%d", number);
    snprintf(edge1, sizeof edge1, "%s.edge1", prefix);
    snprintf(edge2, sizeof edge2, "%s.edge2", prefix);
    gsc_node A =
        gsc_graph_relu(g, linear(g, edge1, l->edges, (int64_t)l->d_edge, o->d_edge));
    A = linear(g, edge2, A, o->d_edge, in * out);
    gsc_node from = gsc_graph_gather(g, x, l->source, 0, l->num_edges);
    gsc_node messages = gsc_graph_row_matmul(g, from, A);
    gsc_node sums = gsc_graph_scatter_add(g, messages, l->target, l->num_atoms);
    gsc_node W = parameter(g, prefix, "W_root", "d_in d_out", gsc_shape2(in, out),
                           gsc_linear_initializer(in));
    gsc_node b = parameter(g, prefix, "b", "d_out", gsc_shape1(out),
                           gsc_constant_initializer(0));
    gsc_node pre =
        gsc_graph_add(g, gsc_graph_add(g, gsc_graph_matmul(g, x, W), sums), b);
    gsc_node post = gsc_graph_relu(g, pre);
    gsc_graph_name(g, post, "%s.hook_post", prefix);
    return post;
}

static gsc_node
build(gsc_model *model, const void *options, const gsc_dataset *dataset)
{
    gsc_graph *g = model->graph;
    const gsc_graph_network_options *o = options;
    graph_leaves l = add_leaves(g, dataset);
    int64_t widths[GSC_MOST_LAYERS], in = (int64_t)l.d_atom;
    size_t width;
    char prefix[32];
    gsc_node x = l.atoms;
    int count = gsc_read_widths(o->convolutions, widths);
    if (gsc_model_width(dataset, &width) < 0)
        return GSC_NO_NODE;
    for (int i = 0; i < count; in = widths[i++])
        x = convolve(g, o, &l, i + 1, x, in, widths[i]);
    x = gsc_graph_scatter_add(g, x, l.place, 1);
    gsc_graph_name(g, x, "hook_sum");
    count = gsc_read_widths(o->hidden, widths);
    for (int i = 0; i < count; in = widths[i++]) {
        snprintf(prefix, sizeof prefix, "linear%d", i + 1);
        x = gsc_graph_relu(g, linear(g, prefix, x, in, widths[i]));
        gsc_graph_name(g, x, "%s.hook_post", prefix);
    }
    if (count > 0)
        model->neurons = x;
    snprintf(prefix, sizeof prefix, "linear%d", count + 1);
    return linear(g, prefix, x, in, (int64_t)width);
}

const gsc_architecture gsc_architecture_graph_network = {
    "graph_network",
    "convolutions by edge networks on graphs",
    rows,
    sizeof rows / sizeof *rows,
    sizeof(gsc_graph_network_options),
    resolve,
    build};
