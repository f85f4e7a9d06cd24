/* The graph's inside: what its builders, rewrites and engine share. */
#ifndef GSC_GRAPH_IR_H
#define GSC_GRAPH_IR_H

#include "grokscope/graph.h"

typedef enum gsc_domain { GSC_PARAMETERS, GSC_EXAMPLES } gsc_domain;

typedef enum gsc_kind {
    GSC_OP_PARAMETER,
    GSC_OP_GATHER,
    GSC_OP_MATMUL,
    GSC_OP_ADD,
    GSC_OP_MULTIPLY,
    GSC_OP_SCALE,
    GSC_OP_RELU,
    GSC_OP_GELU,
    GSC_OP_SQUARE,
    GSC_OP_TANH,
    GSC_OP_LAYER_NORM,
    GSC_OP_CONCATENATE,
    GSC_OP_SLICE,
    GSC_OP_TRANSPOSE,
    GSC_OP_ATTENTION_SCORES,
    GSC_OP_ATTENTION_SOFTMAX,
    GSC_OP_ATTENTION_RATE,
    GSC_OP_ATTENTION_MIX,
    GSC_OP_MIX_ROWS,
    GSC_OP_ROTATE,
    GSC_OP_SUM_HEADS,
    GSC_OP_SUM_ROWS,
    GSC_OP_ADD_RELU,
    GSC_OP_CROSS_ENTROPY,
    GSC_OP_MEAN_SQUARED_ERROR,
    GSC_OP_LABEL_LOGIT,
    GSC_NUM_OPS
} gsc_kind;

/* The forms of a matrix product. */
typedef enum gsc_product {
    GSC_PRODUCT_PLAIN,
    GSC_PRODUCT_TRANSPOSED,
    GSC_PRODUCT_SPLIT_HEADS,
    GSC_PRODUCT_MERGE_HEADS,
    GSC_PRODUCT_EACH_HEAD
} gsc_product;

enum { GSC_MAX_INPUTS = 3 };

typedef struct gsc_ir_node {
    gsc_kind kind;
    size_t num_inputs;
    gsc_node inputs[GSC_MAX_INPUTS];
    gsc_domain domain;
    gsc_shape shape; /* of one example */
    int64_t form;    /* product: gsc_product; parameter: its index; softmax, rate:
                        causal */
    size_t axis;     /* slice, concatenate; sum of rows: the second's position */
    size_t first;    /* slice, gather: first index; softmax, rate: query 0's position */
    double factor;   /* scale; rate; layer norm: epsilon */
} gsc_ir_node;

typedef struct gsc_hook {
    char name[GSC_NAME_BYTES];
    gsc_node node;
} gsc_hook;

struct gsc_graph {
    size_t num_nodes, room_nodes;
    gsc_ir_node *nodes; /* inputs come before what reads them */
    size_t num_parameters, room_parameters;
    gsc_parameter *parameters;
    size_t num_weights;
    size_t num_hooks, room_hooks;
    gsc_hook *hooks;
    int status;
    char message[512];
};

/* Rows that a product with the node's last axis has, for one example. */
static inline size_t
gsc_node_rows(const gsc_ir_node *node)
{
    return gsc_shape_count(node->shape) / node->shape.dims[node->shape.rank - 1];
}

/* Add a node, or find its equal. */
gsc_node gsc_graph_intern(gsc_graph *graph, const gsc_ir_node *node);

/* The operator of one input `node`, with the same attributes, on x. */
gsc_node gsc_graph_same_unary(gsc_graph *graph, const gsc_ir_node *node, gsc_node x);

/* A matrix product of any form. */
gsc_node gsc_graph_product(gsc_graph *graph, gsc_product form, gsc_node x, gsc_node w);

/* ---- Operators that only rewrites make ---- */

/* Keys that rows are mixed of at most; attention over more stays as it is. */
enum { GSC_MOST_MIXED = 64 };

/* out[i, :] = sum_{h, j} pattern[h, i, j] (table[t_j, h, :] + offsets[j, h, :]), t_j
 * the token at position first + j: attention's heads, mixed and merged, as rows of a
 * table. pattern [heads, queries, keys], table [d_vocab, heads, d], offsets [keys,
 * heads, d] or GSC_NO_NODE -> [queries, d] */
gsc_node gsc_graph_mix_rows(gsc_graph *graph, gsc_node pattern, gsc_node table,
                            gsc_node offsets, size_t first);

/* out[…, :] = sum_h x[…, h, :].  x […, heads, d] -> […, d] */
gsc_node gsc_graph_sum_heads(gsc_graph *graph, gsc_node x);

/* out = a[token at position i] + b[token at position j].
 * a, b [d_vocab, …] -> [1, …] */
gsc_node gsc_graph_sum_rows(gsc_graph *graph, gsc_node a, gsc_node b, size_t i,
                            size_t j);

/* out = relu(x + p), p a parameter-domain node whose shape ends x's. */
gsc_node gsc_graph_add_relu(gsc_graph *graph, gsc_node x, gsc_node p);

#endif
