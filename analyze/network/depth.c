/* How far from the loss a parameter enters a network. */
#include "analyze/network/depth.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/graph/build/ir.h"
#include "train/graph/op/operators.h"

#include <stdlib.h>

static bool
is_product(const gsc_graph_node *node)
{
    return node->op == &gsc_op_matmul || node->op == &gsc_op_attention_scores ||
           node->op == &gsc_op_attention_mix;
}

/* Let a way of `from`, `more` products longer, be one of `to`. */
static void
join(gsc_depth *to, const gsc_depth *from, size_t more)
{
    size_t shortest = from->shortest + more, longest = from->longest + more;
    if (!to->reaches || shortest < to->shortest)
        to->shortest = shortest;
    if (!to->reaches || longest > to->longest)
        to->longest = longest;
    to->reaches = true;
}

/* depths[node]: from the node's value on. Inputs stand before what reads them, so that
 * a node is done once all after it are. Where a parameter, or what is made of
 * parameters, meets an example, its own product is not counted. */
static void
walk_back(const gsc_graph *graph, gsc_depth *depths)
{
    for (size_t i = graph->num_nodes; i-- > 0;) {
        const gsc_graph_node *node = &graph->nodes[i];
        for (size_t k = 0; depths[i].reaches && k < node->num_inputs; k++) {
            gsc_node input = node->inputs[k];
            bool counts = graph->nodes[input].domain == GSC_EXAMPLES;
            join(&depths[input], &depths[i], counts && is_product(node));
        }
    }
}

int
gsc_parameter_depths(const gsc_model *model, gsc_depth *depths)
{
    int status = 0;
    const gsc_graph *graph = model->graph;
    gsc_depth *of_nodes = NULL;
    GSC_NEW(of_nodes, graph->num_nodes);
    for (size_t i = 0; i < model->num_outputs; i++)
        if (model->outputs[i].target.weight > 0)
            of_nodes[model->outputs[i].loss] = (gsc_depth){.reaches = true};
    walk_back(graph, of_nodes);
    for (size_t i = 0; i < graph->num_nodes; i++)
        if (gsc_is_parameter(&graph->nodes[i]))
            depths[gsc_node_size(&graph->nodes[i], 0)] = of_nodes[i];
out:
    free(of_nodes);
    return status;
}
