/* Putting operators into a graph, and the rules that several of them have. */
#include "grokscope/operator.h"

#include "grokscope/error.h"
#include "grokscope/text.h"

#include "train/graph/op/operators.h"

#include <stdio.h>
#include <string.h>

/* ---- The list ---- */

const gsc_operator *const *
gsc_operators(size_t *count)
{
#define ROW(name) &gsc_op_##name,
    static const gsc_operator *const all[] = {GSC_OPERATORS(ROW)};
#undef ROW
    *count = sizeof all / sizeof *all;
    return all;
}

/* A parameter is a leaf that the graph itself knows. */
const gsc_operator gsc_op_parameter = {
    .name = "parameter", .attributes = {{"index"}}, .flops = gsc_no_flops};

/* ---- Building ---- */

/* Keep a mistake: "matmul: [3, 128] with [64, 10]: the inner sizes differ". */
static gsc_node
refuse(gsc_graph *graph, const gsc_graph_node *node, const char *reason)
{
    gsc_text text = {0};
    for (size_t i = 0; i < node->num_inputs; i++) {
        gsc_text_add(&text, "%s", i > 0 ? " with " : "");
        gsc_shape_add(graph->nodes[node->inputs[i]].shape, &text);
    }
    graph->status = GSC_EARGUMENT;
    snprintf(graph->message, sizeof graph->message, "%s: %s: %s", node->op->name,
             text.data ? text.data : "", reason);
    gsc_text_free(&text);
    return GSC_NO_NODE;
}

static gsc_node
refuse_count(gsc_graph *graph, const gsc_graph_node *node)
{
    graph->status = GSC_EARGUMENT;
    snprintf(graph->message, sizeof graph->message,
             "%s: %zu inputs, expected %zu to %zu", node->op->name, node->num_inputs,
             node->op->min_inputs, node->op->max_inputs);
    return GSC_NO_NODE;
}

/* An input of another kind than the operator reads. */
static const char *
wrong_kind(const gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    for (size_t k = 0; k < node->num_inputs; k++) {
        bool is_index = inputs[k]->op->traits & GSC_INTEGERS;
        bool wants_index = node->op->indices & GSC_READS(k);
        if (is_index != wants_index)
            return is_index ? "indices, where numbers are read"
                            : "numbers, where indices are read";
        if (inputs[k]->op->traits & GSC_SCALAR)
            return "a loss or metric is a root, which nothing reads";
    }
    if ((node->op->traits & GSC_ROWWISE) && inputs[0]->shape.rank == 0)
        return "has no rows";
    return NULL;
}

/* An input of the examples' domain is asked for and is not. */
static const char *
lacks_examples(const gsc_graph *graph, const gsc_graph_node *node)
{
    if (node->domain == GSC_PARAMETERS || graph->rewriting)
        return NULL;
    for (size_t k = 0; k < node->num_inputs; k++)
        if (!gsc_node_takes(graph, node, k))
            return "what depends on the example with what does not";
    return NULL;
}

static void
copy_attributes(gsc_graph_node *node, const gsc_attribute *attributes)
{
    for (size_t i = 0;
         attributes && i < GSC_MAX_ATTRIBUTES && node->op->attributes[i].name; i++)
        node->attributes[i] = attributes[i];
}

gsc_node
gsc_graph_apply(gsc_graph *graph, const gsc_operator *op, const gsc_node *inputs,
                size_t num_inputs, const gsc_attribute *attributes)
{
    const gsc_graph_node *in[GSC_MAX_INPUTS];
    gsc_graph_node node = {.op = op, .num_inputs = num_inputs};
    if (graph->status < 0)
        return GSC_NO_NODE;
    for (size_t k = 0; k < num_inputs && k < GSC_MAX_INPUTS; k++) {
        if (inputs[k] == GSC_NO_NODE)
            return GSC_NO_NODE;
        node.inputs[k] = inputs[k];
    }
    if (num_inputs < op->min_inputs || num_inputs > op->max_inputs)
        return refuse_count(graph, &node);
    copy_attributes(&node, attributes);
    gsc_node_prepare(graph, &node);
    for (size_t k = 0; k < num_inputs; k++)
        in[k] = &graph->nodes[node.inputs[k]];
    const char *reason = wrong_kind(&node, in);
    reason = reason ? reason : op->shape(&node, in);
    reason = reason ? reason : lacks_examples(graph, &node);
    return reason ? refuse(graph, &node, reason) : gsc_graph_intern(graph, &node);
}

bool
gsc_graph_is_random(const gsc_graph *graph)
{
    for (size_t i = 0; i < graph->num_nodes; i++)
        if (graph->nodes[i].op->traits & GSC_RANDOM)
            return true;
    return false;
}

/* ---- Rules ---- */

const char *
gsc_shape_of_first(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    node->shape = inputs[0]->shape;
    return NULL;
}

/* A shape without the axes of length 1 in front. */
static gsc_shape
trimmed(gsc_shape shape)
{
    size_t ones = 0;
    while (ones < shape.rank && shape.dims[ones] == 1)
        ones++;
    gsc_shape out = {.rank = shape.rank - ones};
    memcpy(out.dims, shape.dims + ones, out.rank * sizeof *out.dims);
    return out;
}

/* Whether shape b ends shape a. */
static bool
is_suffix(gsc_shape a, gsc_shape b)
{
    return b.rank <= a.rank &&
           memcmp(&a.dims[a.rank - b.rank], b.dims, b.rank * sizeof *b.dims) == 0;
}

const char *
gsc_shape_of_pair(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    gsc_shape wide = inputs[0]->shape, narrow = inputs[1]->shape;
    bool repeats = inputs[1]->domain == GSC_PARAMETERS;
    if (!is_suffix(wide, repeats ? trimmed(narrow) : narrow) ||
        (!repeats && narrow.rank != wide.rank))
        return "neither one shape nor a repeated parameter";
    node->shape = wide;
    return NULL;
}

const char *
gsc_shape_of_pattern(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    node->shape = inputs[0]->shape;
    return node->shape.rank == 3 ? NULL : "not [heads, queries, keys]";
}

const char *
gsc_shape_of_error(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    gsc_shape a = inputs[0]->shape, b = inputs[1]->shape;
    node->shape = (gsc_shape){.rank = 0};
    return a.rank == b.rank && is_suffix(a, b) ? NULL : "not of one shape";
}

const char *
gsc_index_reason(const gsc_graph_node *index, size_t count)
{
    size_t values =
        index->op == &gsc_op_index   ? gsc_node_size(index, GSC_LEAF_NUM_VALUES)
        : index->op == &gsc_op_top_k ? gsc_node_size(index, GSC_TOP_K_VALUES)
                                     : 0;
    return values > count ? "the index has more values than there are rows" : NULL;
}

double
gsc_flops_of_first(const gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    (void)node;
    return (double)gsc_node_count(inputs[0]);
}

double
gsc_flops_of_dots(const gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    return 2 * (double)gsc_node_count(node) * (double)gsc_node_width(inputs[0]);
}

double
gsc_no_flops(const gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    (void)node;
    (void)inputs;
    return 0;
}
