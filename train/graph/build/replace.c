/* An expression with another node in the place of one. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/graph/build/ir.h"
#include "train/graph/rewrite/rewrite.h"

#include <stdlib.h>

/* A node over the images of its inputs; itself where none of them has changed. */
static gsc_node
image_of(gsc_graph *graph, gsc_node id, const gsc_node *images)
{
    gsc_graph_node node = graph->nodes[id];
    bool changed = false;
    for (size_t k = 0; k < node.num_inputs; k++) {
        changed = changed || images[node.inputs[k]] != node.inputs[k];
        node.inputs[k] = images[node.inputs[k]];
    }
    if (!changed)
        return id;
    gsc_node_prepare(graph, &node);
    return gsc_graph_intern(graph, &node);
}

gsc_node
gsc_graph_replace(gsc_graph *graph, gsc_node node, gsc_node from, gsc_node to)
{
    gsc_node made = GSC_NO_NODE;
    if (graph->status < 0 || node == GSC_NO_NODE || from == GSC_NO_NODE ||
        to == GSC_NO_NODE)
        return GSC_NO_NODE;
    if (!gsc_shape_equal(gsc_graph_shape(graph, from), gsc_graph_shape(graph, to))) {
        gsc_graph_keep_failure(graph,
                               gsc_fail(GSC_EARGUMENT, "replace: the nodes have other "
                                                       "shapes, expected one"));
        return GSC_NO_NODE;
    }
    size_t count = graph->num_nodes;
    gsc_node *images = gsc_new(count, sizeof *images);
    bool *live = gsc_new(count, sizeof *live);
    if (images && live) {
        gsc_graph_mark_live(graph, &node, 1, live);
        for (size_t i = 0; graph->status == 0 && i < count; i++)
            images[i] = (gsc_node)i == from ? to
                        : live[i]           ? image_of(graph, (gsc_node)i, images)
                                            : GSC_NO_NODE;
        made = images[node];
    } else {
        gsc_graph_keep_failure(graph, GSC_EMEMORY);
    }
    free(images);
    free(live);
    return graph->status < 0 ? GSC_NO_NODE : made;
}
