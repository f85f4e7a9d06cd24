/* Which parameters are hidden matrices, by how the graph uses them. */
#include "train/graph/build/hidden.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/graph/build/ir.h"
#include "train/graph/op/operators.h"

#include <stdlib.h>

/* What is known of a node. */
typedef struct facts {
    bool has_weights; /* of the examples: it depends on parameters */
    bool is_read;     /* a loss depends on it, */
    bool goes_on;     /* and by more than linear maps without weights */
    size_t parameter; /* the only one that it is a part of, or NONE */
} facts;

#define NONE SIZE_MAX

/* Maps that are linear and have no weights of their own. */
static bool
passes_on(const gsc_operator *op)
{
    return op == &gsc_op_add || op == &gsc_op_scale || op == &gsc_op_slice ||
           op == &gsc_op_concatenate || op == &gsc_op_move_axis ||
           op == &gsc_op_transpose;
}

static bool
is_scalar(const gsc_graph_node *node)
{
    return node->op->traits & GSC_SCALAR;
}

/* What follows from a node's inputs. */
static void
look_back(const gsc_graph *graph, facts *of, size_t id)
{
    const gsc_graph_node *node = &graph->nodes[id];
    facts *f = &of[id];
    *f = (facts){.is_read = is_scalar(node), .parameter = NONE};
    for (size_t k = 0; k < node->num_inputs; k++) {
        const gsc_graph_node *input = &graph->nodes[node->inputs[k]];
        f->has_weights = f->has_weights || input->domain == GSC_PARAMETERS ||
                         of[node->inputs[k]].has_weights;
    }
    if (gsc_is_parameter(node))
        f->parameter = gsc_node_size(node, 0);
    else if (node->domain == GSC_PARAMETERS && node->num_inputs == 1 &&
             passes_on(node->op))
        f->parameter = of[node->inputs[0]].parameter;
}

/* What an input learns from a node that reads it; readers come before. */
static void
look_ahead(const gsc_graph *graph, facts *of, size_t id)
{
    const gsc_graph_node *node = &graph->nodes[id];
    for (size_t k = 0; of[id].is_read && k < node->num_inputs; k++) {
        facts *input = &of[node->inputs[k]];
        input->is_read = true;
        if (!is_scalar(node))
            input->goes_on = input->goes_on || of[id].goes_on || !passes_on(node->op);
    }
}

/* Whether input k of a node is multiplied as a hidden matrix is. */
static bool
is_hidden_use(const gsc_graph *graph, const facts *of, size_t id, size_t k)
{
    const gsc_graph_node *node = &graph->nodes[id];
    return node->op == &gsc_op_matmul && k == 1 && node->domain == GSC_EXAMPLES &&
           of[node->inputs[0]].has_weights && of[id].goes_on;
}

/* One use of another kind is enough for a parameter to be none. */
static void
judge(const gsc_graph *graph, const facts *of, size_t id, bool *is_used,
      bool *is_hidden)
{
    const gsc_graph_node *node = &graph->nodes[id];
    for (size_t k = 0; of[id].is_read && k < node->num_inputs; k++) {
        size_t parameter = of[node->inputs[k]].parameter;
        if (parameter == NONE || of[id].parameter == parameter)
            continue;
        is_hidden[parameter] = (is_hidden[parameter] || !is_used[parameter]) &&
                               is_hidden_use(graph, of, id, k);
        is_used[parameter] = true;
    }
}

int
gsc_graph_hidden_matrices(const gsc_graph *graph, bool *is_hidden)
{
    int status = 0;
    facts *of = NULL;
    bool *is_used = NULL;
    GSC_NEW(of, graph->num_nodes);
    GSC_NEW(is_used, graph->num_parameters);
    for (size_t i = 0; i < graph->num_parameters; i++)
        is_hidden[i] = false;
    for (size_t id = 0; id < graph->num_nodes; id++)
        look_back(graph, of, id);
    for (size_t id = graph->num_nodes; id-- > 0;)
        look_ahead(graph, of, id);
    for (size_t id = 0; id < graph->num_nodes; id++)
        judge(graph, of, id, is_used, is_hidden);
    for (size_t i = 0; i < graph->num_parameters; i++)
        is_hidden[i] = is_hidden[i] && graph->parameters[i].shape.rank >= 2;
out:
    free(of);
    free(is_used);
    return status;
}
