/* An expression at the weights that training begins with. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/graph/build/ir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The fixed copy of a parameter. */
static gsc_node
copy_parameter(gsc_graph *graph, const gsc_graph_node *node)
{
    const gsc_parameter from = *gsc_parameter_of(graph, node);
    char name[sizeof GSC_INITIAL + GSC_NAME_BYTES];
    snprintf(name, sizeof name, "%s%s", GSC_INITIAL, from.name);
    if (strlen(name) >= GSC_NAME_BYTES) {
        gsc_graph_keep_failure(graph, gsc_fail(GSC_EARGUMENT,
                                               "parameter %s: a name too long to be "
                                               "copied as %s",
                                               from.name, name));
        return GSC_NO_NODE;
    }
    return gsc_graph_parameter(graph, name, from.axes, from.shape, from.initializer,
                               false);
}

/* A node over the copies of its inputs. */
static gsc_node
copy_node(gsc_graph *graph, gsc_node id, const gsc_node *copies)
{
    gsc_graph_node node = graph->nodes[id];
    if (gsc_is_parameter(&node))
        return copy_parameter(graph, &node);
    for (size_t k = 0; k < node.num_inputs; k++)
        node.inputs[k] = copies[node.inputs[k]];
    return node.num_inputs == 0 ? id : gsc_graph_intern(graph, &node);
}

/* Inputs come before what reads them. */
static void
mark_needed(const gsc_graph *graph, gsc_node last, bool *needed)
{
    needed[last] = true;
    for (gsc_node id = last; id >= 0; id--)
        for (size_t k = 0; needed[id] && k < graph->nodes[id].num_inputs; k++)
            needed[graph->nodes[id].inputs[k]] = true;
}

gsc_node
gsc_graph_at_initial(gsc_graph *graph, gsc_node node)
{
    gsc_node made = GSC_NO_NODE;
    if (graph->status < 0 || node == GSC_NO_NODE)
        return GSC_NO_NODE;
    gsc_node *copies = gsc_new((size_t)node + 1, sizeof *copies);
    bool *needed = gsc_new((size_t)node + 1, sizeof *needed);
    if (copies && needed) {
        mark_needed(graph, node, needed);
        for (gsc_node id = 0; graph->status == 0 && id <= node; id++)
            copies[id] = needed[id] ? copy_node(graph, id, copies) : GSC_NO_NODE;
        made = copies[node];
    } else {
        gsc_graph_keep_failure(graph, GSC_EMEMORY);
    }
    free(copies);
    free(needed);
    return graph->status < 0 ? GSC_NO_NODE : made;
}

void
gsc_graph_copy_initial(const gsc_graph *graph, gsc_type type, void *weights)
{
    size_t size = gsc_type_size(type), length = strlen(GSC_INITIAL);
    const gsc_parameter *p = graph->parameters;
    char *at = weights;
    for (size_t i = 0; i < graph->num_parameters; i++)
        for (size_t k = 0; strncmp(p[i].name, GSC_INITIAL, length) == 0 && k < i; k++)
            if (strcmp(p[k].name, p[i].name + length) == 0)
                memcpy(at + p[i].offset * size, at + p[k].offset * size,
                       gsc_shape_count(p[k].shape) * size);
}
