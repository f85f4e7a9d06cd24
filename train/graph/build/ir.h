/* The graph's inside: what its builders, rewrites and engine share. */
#ifndef GSC_GRAPH_IR_H
#define GSC_GRAPH_IR_H

#include "grokscope/operator.h"

/* The forms of a matrix product. */
typedef enum gsc_product {
    GSC_PRODUCT_PLAIN,
    GSC_PRODUCT_TRANSPOSED,
    GSC_PRODUCT_SPLIT_HEADS,
    GSC_PRODUCT_MERGE_HEADS,
    GSC_PRODUCT_EACH_HEAD
} gsc_product;

typedef struct gsc_hook {
    char name[GSC_NAME_BYTES];
    gsc_node node;
} gsc_hook;

struct gsc_graph {
    size_t num_nodes, room_nodes;
    gsc_graph_node *nodes; /* inputs come before what reads them */
    size_t num_parameters, room_parameters;
    gsc_parameter *parameters;
    size_t num_weights;
    size_t num_fields, room_fields;
    gsc_field *fields; /* of the leaves: name, shape and num_values */
    size_t num_hooks, room_hooks;
    gsc_hook *hooks;
    bool rewriting; /* a pass may leave a node whose inputs no longer have its domain,
                       for the next one to take apart */
    int status;
    char message[512];
};

/* The inputs of a node, of which it has at most GSC_MAX_INPUTS. */
typedef struct gsc_inputs {
    const gsc_graph_node *of[GSC_MAX_INPUTS];
} gsc_inputs;

static inline gsc_inputs
gsc_graph_inputs(const gsc_graph *graph, const gsc_graph_node *node)
{
    gsc_inputs inputs;
    for (size_t k = 0; k < node->num_inputs; k++)
        inputs.of[k] = &graph->nodes[node->inputs[k]];
    return inputs;
}

extern const gsc_operator gsc_op_parameter;

static inline bool
gsc_is_parameter(const gsc_graph_node *node)
{
    return node->op == &gsc_op_parameter;
}

/* The field that a leaf reads, or NULL where the node is no such leaf. */
const gsc_field *gsc_field_of(const gsc_graph *graph, const gsc_graph_node *leaf);

/* A leaf for a field, `num_values` 0 for numbers. */
gsc_node gsc_graph_leaf(gsc_graph *graph, const char *name, gsc_shape shape,
                        size_t num_values);

/* Keep the first mistake, whose message has been set. */
void gsc_graph_keep_failure(gsc_graph *graph, int code);

/* The parameter that a leaf is. */
static inline const gsc_parameter *
gsc_parameter_of(const gsc_graph *graph, const gsc_graph_node *leaf)
{
    return &graph->parameters[gsc_node_size(leaf, 0)];
}

/* Whether an operator on examples can take input k as it is. */
static inline bool
gsc_node_takes(const gsc_graph *graph, const gsc_graph_node *node, size_t k)
{
    return graph->nodes[node->inputs[k]].domain == GSC_EXAMPLES ||
           (node->op->shared & GSC_READS(k));
}

/* Add a node, or find its equal. */
gsc_node gsc_graph_intern(gsc_graph *graph, const gsc_graph_node *node);

/* Put the inputs of a commutative operator in order, and the node into its domain. */
void gsc_node_prepare(const gsc_graph *graph, gsc_graph_node *node);

/* Floating-point operations of one forward call an example; doubles of scratch for each
 * example, and of workspace; numbers that an example saves. */
double gsc_node_flops(const gsc_graph *graph, const gsc_graph_node *node);
size_t gsc_node_scratch(const gsc_graph *graph, const gsc_graph_node *node);
size_t gsc_node_workspace(const gsc_graph *graph, const gsc_graph_node *node);
size_t gsc_node_saved(const gsc_graph *graph, const gsc_graph_node *node);

/* Doubles that a scalar sums over a batch. */
size_t gsc_node_statistics(const gsc_graph *graph, const gsc_graph_node *node);

/* A matrix product of any form. */
gsc_node gsc_graph_product(gsc_graph *graph, gsc_product form, gsc_node x, gsc_node w);

/* ---- Operators that only rewrites make ---- */

/* out[i, :] = sum_{h, j} pattern[h, i, j] (table[t_j, h, :] + offsets[j, h, :]), t_j
 * = index[first + j]: attention's heads, mixed and merged, as rows of a table. pattern
 * [heads, queries, keys], table [num_values, heads, d], offsets [keys, heads, d] or
 * GSC_NO_NODE -> [queries, d] */
gsc_node gsc_graph_gather_mix(gsc_graph *graph, gsc_node pattern, gsc_node table,
                              gsc_node index, gsc_node offsets, size_t first);

/* out[…, :] = sum_h x[…, h, :].  x […, heads, d] -> […, d] */
gsc_node gsc_graph_sum_heads(gsc_graph *graph, gsc_node x);

/* A row that is gathered: table[index[at]]. */
typedef struct gsc_row {
    gsc_node table, index;
    size_t at;
} gsc_row;

/* out = the sum of two rows [1, …] of tables of parameters. */
gsc_node gsc_graph_gather_add(gsc_graph *graph, gsc_row a, gsc_row b);

/* out = relu(x + p), p a parameter-domain node whose shape ends x's. */
gsc_node gsc_graph_add_relu(gsc_graph *graph, gsc_node x, gsc_node p);

#endif
