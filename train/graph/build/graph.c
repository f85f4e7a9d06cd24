/* Building a graph: storage, names, parameters. Operators are put into
 * it by op/operator.c. */
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"
#include "grokscope/text.h"

#include "train/graph/build/ir.h"
#include "train/graph/op/operators.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Parameters begin at whole cache lines of floats, so that vector code stays aligned.
 */
enum { ALIGNMENT = 16 };

int
gsc_graph_open(gsc_graph **graph)
{
    *graph = gsc_new(1, sizeof **graph);
    return *graph ? 0 : GSC_EMEMORY;
}

void
gsc_graph_close(gsc_graph *graph)
{
    if (!graph)
        return;
    free(graph->nodes);
    free(graph->parameters);
    free(graph->fields);
    free(graph->hooks);
    free(graph);
}

int
gsc_graph_status(const gsc_graph *graph)
{
    if (graph->status < 0)
        return gsc_fail(graph->status, "%s", graph->message);
    return 0;
}

void
gsc_graph_keep_failure(gsc_graph *graph, int code)
{
    if (graph->status == 0) {
        graph->status = code;
        snprintf(graph->message, sizeof graph->message, "%s", gsc_error_text());
    }
}

/* Attributes are compared by their bits. */
static bool
same_node(const gsc_graph_node *a, const gsc_graph_node *b)
{
    return a->op == b->op && a->num_inputs == b->num_inputs &&
           memcmp(a->inputs, b->inputs, a->num_inputs * sizeof *a->inputs) == 0 &&
           memcmp(a->attributes, b->attributes, sizeof a->attributes) == 0 &&
           gsc_shape_equal(a->shape, b->shape);
}

static bool
is_after(const gsc_graph_node *a, const gsc_graph_node *b)
{
    return a->shape.rank < b->shape.rank ||
           (a->domain == GSC_PARAMETERS && b->domain == GSC_EXAMPLES);
}

void
gsc_node_prepare(const gsc_graph *graph, gsc_graph_node *node)
{
    const gsc_graph_node *nodes = graph->nodes;
    gsc_node *in = node->inputs;
    if ((node->op->traits & GSC_COMMUTATIVE) &&
        is_after(&nodes[in[0]], &nodes[in[1]])) {
        gsc_node swap = in[0];
        in[0] = in[1];
        in[1] = swap;
    }
    for (size_t k = 0; k < node->num_inputs; k++)
        if (nodes[in[k]].domain == GSC_EXAMPLES)
            node->domain = GSC_EXAMPLES;
    if (node->op->traits & GSC_RANDOM)
        node->domain = GSC_EXAMPLES;
}

gsc_node
gsc_graph_intern(gsc_graph *graph, const gsc_graph_node *node)
{
    if (graph->status < 0)
        return GSC_NO_NODE;
    for (size_t i = 0; i < graph->num_nodes && !(node->op->traits & GSC_RANDOM); i++)
        if (same_node(&graph->nodes[i], node))
            return (gsc_node)i;
    if (gsc_grow(&graph->nodes, graph->num_nodes, &graph->room_nodes, sizeof *node) <
        0) {
        gsc_graph_keep_failure(graph, GSC_EMEMORY);
        return GSC_NO_NODE;
    }
    graph->nodes[graph->num_nodes] = *node;
    return (gsc_node)graph->num_nodes++;
}

double
gsc_node_flops(const gsc_graph *graph, const gsc_graph_node *node)
{
    gsc_inputs in = gsc_graph_inputs(graph, node);
    return node->op->flops ? node->op->flops(node, in.of)
                           : (double)gsc_node_count(node);
}

static size_t
size_by(gsc_size_rule *rule, const gsc_graph *graph, const gsc_graph_node *node)
{
    gsc_inputs in = gsc_graph_inputs(graph, node);
    return rule ? rule(node, in.of) : 0;
}

size_t
gsc_node_scratch(const gsc_graph *graph, const gsc_graph_node *node)
{
    return size_by(node->op->scratch, graph, node);
}

size_t
gsc_node_saved(const gsc_graph *graph, const gsc_graph_node *node)
{
    return size_by(node->op->saved, graph, node);
}

size_t
gsc_node_statistics(const gsc_graph *graph, const gsc_graph_node *node)
{
    return size_by(node->op->statistics, graph, node);
}

size_t
gsc_node_workspace(const gsc_graph *graph, const gsc_graph_node *node)
{
    return size_by(node->op->workspace, graph, node);
}

gsc_node
gsc_graph_parameter(gsc_graph *graph, const char *name, const char *axes,
                    gsc_shape shape, gsc_initializer initializer, bool trained)
{
    if (graph->status < 0)
        return GSC_NO_NODE;
    if (gsc_grow(&graph->parameters, graph->num_parameters, &graph->room_parameters,
                 sizeof *graph->parameters) < 0) {
        gsc_graph_keep_failure(graph, GSC_EMEMORY);
        return GSC_NO_NODE;
    }
    gsc_parameter *parameter = &graph->parameters[graph->num_parameters];
    snprintf(parameter->name, sizeof parameter->name, "%s", name);
    snprintf(parameter->axes, sizeof parameter->axes, "%s", axes);
    parameter->shape = shape;
    parameter->initializer = initializer;
    parameter->trained = trained;
    parameter->offset = graph->num_weights;
    size_t count = gsc_shape_count(shape);
    graph->num_weights += (count + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    gsc_graph_node node = {.op = &gsc_op_parameter,
                           .shape = shape,
                           .attributes = {{(int64_t)graph->num_parameters++}}};
    return gsc_graph_intern(graph, &node);
}

/* ---- Fields ---- */

static void
add_shape(gsc_text *text, gsc_shape shape, size_t num_values)
{
    gsc_shape_add(shape, text);
    if (num_values > 0)
        gsc_text_add(text, " of indices below %zu", num_values);
    else
        gsc_text_add(text, " of numbers");
}

/* One name for two things. */
static void
refuse_field(gsc_graph *graph, const gsc_field *before, gsc_shape shape,
             size_t num_values)
{
    gsc_text text = {0};
    add_shape(&text, shape, num_values);
    gsc_text_add(&text, ", but before ");
    add_shape(&text, before->shape, before->num_values);
    gsc_graph_keep_failure(graph, gsc_fail(GSC_EARGUMENT, "field '%s': %s",
                                           before->name, text.data ? text.data : ""));
    gsc_text_free(&text);
}

gsc_node
gsc_graph_leaf(gsc_graph *graph, const char *name, gsc_shape shape, size_t num_values)
{
    size_t at = 0;
    if (graph->status < 0)
        return GSC_NO_NODE;
    while (at < graph->num_fields && strcmp(graph->fields[at].name, name) != 0)
        at++;
    if (at == graph->num_fields) {
        if (gsc_grow(&graph->fields, at, &graph->room_fields, sizeof *graph->fields) <
            0) {
            gsc_graph_keep_failure(graph, GSC_EMEMORY);
            return GSC_NO_NODE;
        }
        graph->fields[at] =
            (gsc_field){.shape = shape, .num_values = num_values, .scale = 1};
        snprintf(graph->fields[at].name, GSC_NAME_BYTES, "%s", name);
        graph->num_fields++;
    }
    const gsc_field *field = &graph->fields[at];
    if (!gsc_shape_equal(field->shape, shape) || field->num_values != num_values) {
        refuse_field(graph, field, shape, num_values);
        return GSC_NO_NODE;
    }
    gsc_graph_node node = {.op = num_values > 0 ? &gsc_op_index : &gsc_op_input,
                           .domain = GSC_EXAMPLES,
                           .shape = shape};
    node.attributes[GSC_LEAF_FIELD].integer = (int64_t)at;
    node.attributes[GSC_LEAF_NUM_VALUES].integer = (int64_t)num_values;
    return gsc_graph_intern(graph, &node);
}

const gsc_field *
gsc_field_of(const gsc_graph *graph, const gsc_graph_node *leaf)
{
    bool reads = leaf->op == &gsc_op_input || leaf->op == &gsc_op_index;
    return reads ? &graph->fields[gsc_node_size(leaf, GSC_LEAF_FIELD)] : NULL;
}

/* ---- Names ---- */

void
gsc_graph_name(gsc_graph *graph, gsc_node node, const char *format, ...)
{
    if (graph->status < 0)
        return;
    if (gsc_grow(&graph->hooks, graph->num_hooks, &graph->room_hooks,
                 sizeof *graph->hooks) < 0) {
        gsc_graph_keep_failure(graph, GSC_EMEMORY);
        return;
    }
    gsc_hook *hook = &graph->hooks[graph->num_hooks++];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(hook->name, sizeof hook->name, format, arguments);
    va_end(arguments);
    hook->node = node;
}

gsc_node
gsc_graph_find(const gsc_graph *graph, const char *name)
{
    for (size_t i = 0; i < graph->num_hooks; i++)
        if (strcmp(graph->hooks[i].name, name) == 0)
            return graph->hooks[i].node;
    return GSC_NO_NODE;
}

const char *
gsc_graph_hook(const gsc_graph *graph, size_t index, gsc_node *node)
{
    if (index >= graph->num_hooks)
        return NULL;
    *node = graph->hooks[index].node;
    return graph->hooks[index].name;
}

gsc_shape
gsc_graph_shape(const gsc_graph *graph, gsc_node node)
{
    return node == GSC_NO_NODE ? (gsc_shape){.rank = 0} : graph->nodes[node].shape;
}

const gsc_parameter *
gsc_graph_parameters(const gsc_graph *graph, size_t *count)
{
    *count = graph->num_parameters;
    return graph->parameters;
}

const gsc_parameter *
gsc_graph_parameter_of(const gsc_graph *graph, gsc_node node)
{
    const gsc_graph_node *it = node == GSC_NO_NODE ? NULL : &graph->nodes[node];
    return it && gsc_is_parameter(it) ? gsc_parameter_of(graph, it) : NULL;
}

/* Whether any parameter's name is that of a pattern. */
static bool
has_match(const gsc_graph *graph, const char *pattern)
{
    for (size_t i = 0; i < graph->num_parameters; i++)
        if (gsc_text_matches(graph->parameters[i].name, pattern))
            return true;
    return false;
}

int
gsc_graph_check_patterns(const gsc_graph *graph, const char *patterns, const char *what)
{
    char pattern[1024];
    while ((patterns = gsc_text_next_pattern(patterns, pattern, sizeof pattern)))
        if (!has_match(graph, pattern))
            return gsc_fail(
                GSC_EARGUMENT, "%s: no parameter is '%s'; the first one is %s", what,
                pattern,
                graph->num_parameters > 0 ? graph->parameters[0].name : "not there");
    return 0;
}

int
gsc_graph_freeze(gsc_graph *graph, const char *patterns)
{
    int status = gsc_graph_check_patterns(graph, patterns, "freeze");
    for (size_t i = 0; status == 0 && i < graph->num_parameters; i++)
        if (gsc_text_matches(graph->parameters[i].name, patterns))
            graph->parameters[i].trained = false;
    return status;
}

size_t
gsc_graph_num_weights(const gsc_graph *graph)
{
    return graph->num_weights;
}

/* Place i of `count` that are equally far apart, of mean 0 and mean square 1. */
static double
place_on_line(size_t i, size_t count)
{
    double p = (double)count;
    return count > 1 ? ((double)i - (p - 1) / 2) / sqrt((p * p - 1) / 12) : 0;
}

/* Element `index` of a parameter as it begins. */
static double
initial_value(const gsc_parameter *parameter, size_t index, uint64_t seed,
              uint64_t stream)
{
    const gsc_initializer *initializer = &parameter->initializer;
    switch (initializer->kind) {
    case GSC_INITIALIZER_CONSTANT:
        return initializer->scale;
    case GSC_INITIALIZER_NORMAL:
        return initializer->scale * gsc_rng_normal(seed, stream, index);
    case GSC_INITIALIZER_UNIFORM:
        return initializer->scale * (2 * gsc_rng_uniform(seed, stream, index) - 1);
    case GSC_INITIALIZER_SIGN:
        return gsc_rng_bits(seed, stream, index) & 1 ? initializer->scale
                                                     : -initializer->scale;
    case GSC_INITIALIZER_LINE: {
        size_t rows = parameter->shape.dims[0];
        size_t row = index / (gsc_shape_count(parameter->shape) / rows);
        return (1 - initializer->scale) * place_on_line(row, rows) +
               initializer->scale * gsc_rng_normal(seed, stream, index);
    }
    default:
        return initializer->scale * initializer->value(parameter->shape, index, seed);
    }
}

void
gsc_graph_init_weights(const gsc_graph *graph, uint64_t seed, gsc_type type,
                       void *weights)
{
    memset(weights, 0, graph->num_weights * gsc_type_size(type));
    for (size_t i = 0; i < graph->num_parameters; i++) {
        const gsc_parameter *parameter = &graph->parameters[i];
        char stream_name[GSC_NAME_BYTES + 8];
        snprintf(stream_name, sizeof stream_name, "init:%s", parameter->name);
        uint64_t stream = gsc_rng_stream(stream_name);
        for (size_t j = 0; j < gsc_shape_count(parameter->shape); j++) {
            double value = initial_value(parameter, j, seed, stream);
            if (type == GSC_FLOAT32)
                ((float *)weights)[parameter->offset + j] = (float)value;
            else
                ((double *)weights)[parameter->offset + j] = value;
        }
    }
    gsc_graph_copy_initial(graph, type, weights);
}
