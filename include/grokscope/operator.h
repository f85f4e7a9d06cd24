/* An operator of the graph: its shape rule, its kernels and what rewrites may know of
 * it. The library's own operators are such descriptors, and a client's are too:
 *
 *     static const gsc_operator softplus = {.name = "softplus", …};
 *     gsc_node y = gsc_graph_apply(graph, &softplus, &x, 1, NULL);
 *
 * A graph keeps the descriptor's address, so it must outlive graph and engine.
 *
 * Random operators (dropout) draw numbers that follow from (seed, stream, step,
 * example, element): the stream is an attribute, all else is in the call. The backward
 * call draws them again, and they are the same for any number of threads and after a
 * resumed run.
 *
 * A loss may be a function of sums over the whole batch (how evenly a router's experts
 * are loaded): see `statistics`.
 *
 * Kept open for what is not built yet. Tangents (Hessian-vector products): one more
 * kernel, forward and backward, whose absence is refused by name. Sums over the batch
 * that are read by other operators than a loss (batch norm): a third domain between the
 * two. */
#ifndef GROKSCOPE_OPERATOR_H
#define GROKSCOPE_OPERATOR_H

#include "grokscope/field.h"
#include "grokscope/graph.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Limits of a node. */
enum {
    GSC_MAX_INPUTS = 8,    /* inputs that it has at most */
    GSC_MAX_ATTRIBUTES = 4 /* numbers that it is given at most */
};

/* A node has one value in all, or one an example. */
typedef enum gsc_domain {
    GSC_PARAMETERS, /* one value: it depends on no example */
    GSC_EXAMPLES    /* one for each example */
} gsc_domain;

/* An operator: what struct gsc_operator below tells. */
typedef struct gsc_operator gsc_operator;

/* A number that an operator is given when a node is made: an axis, a factor. Which of
 * the two it is says the operator. */
typedef union gsc_attribute {
    int64_t integer; /* the value of a GSC_ATTRIBUTE_INTEGER */
    double real;     /* the value of a GSC_ATTRIBUTE_REAL */
} gsc_attribute;

/* Which of the two an attribute is. */
typedef enum gsc_attribute_type {
    GSC_ATTRIBUTE_INTEGER, /* a whole number: an axis, a size */
    GSC_ATTRIBUTE_REAL     /* a factor */
} gsc_attribute_type;

/* What an attribute is, by an operator's table. */
typedef struct gsc_attribute_row {
    const char *name;        /* what it is called: "axis"; NULL behind the last */
    gsc_attribute_type type; /* whole or real */
} gsc_attribute_row;

/* A node of a graph. Nodes with equal operator, inputs, shape and attributes are one.
 */
typedef struct gsc_graph_node {
    const gsc_operator *op; /* what computes it */
    size_t num_inputs;
    gsc_node inputs[GSC_MAX_INPUTS];              /* other nodes, each made before it */
    gsc_domain domain;                            /* one value, or one an example */
    gsc_shape shape;                              /* of one example */
    gsc_attribute attributes[GSC_MAX_ATTRIBUTES]; /* as the operator has them */
} gsc_graph_node;

/* One call of a kernel, over n examples (1 in the parameter domain). Values and
 * gradients lie example after example, in the shapes of the nodes; an input from the
 * parameter domain is there once. */
typedef struct gsc_call {
    const gsc_graph_node *node;                  /* the node that is computed */
    const gsc_graph_node *input[GSC_MAX_INPUTS]; /* its inputs, for their shapes */
    size_t n;                                    /* how many examples */
    const void *in[GSC_MAX_INPUTS];              /* values of the inputs */
    const void *in1_transposed; /* input 1 again, transposed, or NULL */
    void *out;                  /* forward: where the values go; backward: the values */
    const void *dout;           /* backward: gradient of out */
    size_t wanted;              /* backward: the input whose gradient is asked for */
    void *din;                  /* backward: where that gradient goes */
    bool fresh;                 /* backward: it is overwritten there, not added to */
    /* backward_all: the same of every input; NULL where no gradient is wanted */
    void *din_of[GSC_MAX_INPUTS];
    bool fresh_of[GSC_MAX_INPUTS];
    void *saved; /* from forward to backward: the operator's saved times n numbers; NULL
                    in a forward call that no backward call follows */

    /* Scalars (losses, metrics), zeroed before a forward call: each example's loss, and
     * whether it is right. Backward: the weight of an example's loss in what is
     * differentiated. */
    double *loss;
    uint8_t *right;
    double weight;
    /* Of a scalar with statistics: forward calls add an example's part to them, where
     * they are those of a tile; finish and backward calls find the whole batch's. */
    double *statistics;

    /* Leaves: where the field's numbers are. The example that stands at place i of the
     * call is gsc_call_example(call, i). */
    const gsc_field *field;
    const uint32_t *examples; /* [n], or NULL: from `first` on */
    size_t first;             /* example of place 0, where `examples` is NULL */

    uint64_t seed;         /* of the batch, for what is random */
    int64_t step;          /* of the training, for the same */
    bool training;         /* a step of training, not an evaluation */
    struct gsc_bf16 *bf16; /* a product whose factors are rounded: with what; or NULL */
    double *scratch;       /* the operator's scratch times n numbers */
    double *workspace;     /* the operator's workspace numbers */
} gsc_call;

/* What computes one call; it reads and writes only what the call names. */
typedef void gsc_kernel(const gsc_call *call);

/* The example at place i of a call. */
static inline size_t
gsc_call_example(const gsc_call *call, size_t i)
{
    return call->examples ? call->examples[i] : call->first + i;
}

/* The kernels of one type of number. The gradient of each input is a kernel of its own,
 * or backward_all serves all inputs in one pass; NULL where there is no gradient. */
typedef struct gsc_kernels {
    gsc_kernel *forward;                  /* values, and losses of scalars */
    gsc_kernel *backward[GSC_MAX_INPUTS]; /* of each input its gradient */
    gsc_kernel *backward_all;             /* of all inputs at once, in place of these */
    gsc_kernel *finish; /* of a scalar with statistics: loss[0] from the batch's */
} gsc_kernels;

/* Indices first … first + count - 1 along an axis. */
typedef struct gsc_range {
    size_t axis;         /* of the node's shape */
    size_t first, count; /* indices */
} gsc_range;

/* An input that is needed whole. */
#define GSC_WHOLE SIZE_MAX

/* What holds of an operator, so that equations of the graph may use it. */
enum {
    /* out[i] = f(in0[i], in1[i], …); an input with fewer axes, or of length 1, repeats.
     */
    GSC_ELEMENTWISE = 1,
    /* f of each row along the last axis of input 0, whose shape out has. */
    GSC_ROWWISE = 2,
    /* f(a, b) = f(b, a): the graph puts the wider input first, and one of the examples
     * before a parameter. */
    GSC_COMMUTATIVE = 4,
    /* A loss or a metric: one number for each example, and whether the example is
     * right, both double whatever the graph's type. Of only parameters: one number. */
    GSC_SCALAR = 8,
    /* The values are int32: indices, which have no gradient. */
    GSC_INTEGERS = 16,
    /* Equal nodes have different values, one an example: never made one, moved or
     * computed ahead. In an evaluation nothing is random. */
    GSC_RANDOM = 32,
    /* Each example is worth many products of its own: a tile of few examples will do.
     */
    GSC_BLOCKS = 64,
};

/* What the backward kernel of an input reads: values of inputs, and of the output. */
#define GSC_READS(input) (1u << (input))
#define GSC_READS_OUT (1u << GSC_MAX_INPUTS)

/* A number that follows from a node and its inputs. */
typedef size_t gsc_size_rule(const gsc_graph_node *node,
                             const gsc_graph_node *const *inputs);

/* The descriptor of an operator. Traits and rules that are left out only keep rewrites
 * from using it; what backward kernels read has to be told, or it may be overwritten.
 */
struct gsc_operator {
    const char *name;                                 /* what it is called: "matmul" */
    size_t min_inputs, max_inputs;                    /* how many inputs it takes */
    gsc_attribute_row attributes[GSC_MAX_ATTRIBUTES]; /* those in use come first */

    /* Fill node->shape from inputs and attributes; where they do not fit, say why (the
     * graph puts name and shapes in front). The domain is that of the examples where
     * any input's is. Of a scalar the shape has rank 0. */
    const char *(*shape)(gsc_graph_node *node, const gsc_graph_node *const *inputs);

    /* ---- What rewrites may use ---- */
    unsigned traits; /* bits GSC_ELEMENTWISE and the like */
    /* Bits of inputs whose rows the output's rows are sums of, with weights that depend
     * on the other inputs only: a linear map of the output's rows is the operator of
     * their mapped rows. */
    unsigned rows;
    /* Whether a range of the output is the operator of ranges of its inputs; then
     * axes[k] is the axis of input k from which the same range is taken, or GSC_WHOLE,
     * and attributes are changed as needed. NULL: by the traits, or it is not. */
    bool (*slice)(const gsc_graph_node *node, const gsc_graph_node *const *inputs,
                  gsc_range range, size_t *axes, gsc_attribute *attributes);

    /* ---- Running ---- */
    const gsc_kernels *kernels[2]; /* for float and double, by gsc_type */
    unsigned indices; /* bits of inputs that are of integers; no other one is */
    /* Bits of inputs that may lie in the parameter domain where the output has a value
     * an example; the kernels then find them once. */
    unsigned shared;
    /* Bits GSC_READS of what the backward kernel of each input reads. */
    unsigned backward_reads[GSC_MAX_INPUTS];
    bool out_over_in;   /* out may lie where input 0 does */
    bool din_over_dout; /* the gradient of input 0 may lie where that of out does */
    bool saved_over_in; /* what is saved may lie where input 0 does */
    /* Whether the gradient of input 0 is made with the matrix of input 1 transposed,
     * which backward calls then find as in1_transposed; NULL: it is not. */
    bool (*transposes)(const gsc_graph_node *node);
    /* Numbers of the graph's type that an example saves from forward to backward; NULL:
     * none. (Not doubles, so that a loss can keep its gradient in its logits' place.)
     */
    gsc_size_rule *saved;
    /* Floating-point operations of one forward call an example (the gradient of each
     * input costs as much); NULL: one an element of the output. */
    double (*flops)(const gsc_graph_node *node, const gsc_graph_node *const *inputs);
    gsc_size_rule *scratch;   /* doubles that a call needs for each example, or NULL */
    gsc_size_rule *workspace; /* doubles for a call, however many examples, or NULL */
    /* Doubles that a scalar sums over the examples of a batch, tile by tile in order;
     * its loss is a function of them (kernel finish) and no example's. Where it has a
     * gradient, what leads to it runs forward twice. NULL: none. */
    gsc_size_rule *statistics;
};

/* Put a node into the graph, or find its equal. attributes: as many as the operator has
 * (NULL where it has none). A mistake is kept (gsc_graph_status): "name: [3, 4] with
 * [5, 6]: reason". */
gsc_node gsc_graph_apply(gsc_graph *graph, const gsc_operator *op,
                         const gsc_node *inputs, size_t num_inputs,
                         const gsc_attribute *attributes);

/* Whether an operator of the graph is random: then a step's losses are not those of its
 * weights alone. */
bool gsc_graph_is_random(const gsc_graph *graph);

/* The library's own operators, `*count` of them. */
const gsc_operator *const *gsc_operators(size_t *count);

/* A shape rule: the shape of input 0. */
const char *gsc_shape_of_first(gsc_graph_node *node,
                               const gsc_graph_node *const *inputs);

/* Number of elements an example. */
static inline size_t
gsc_node_count(const gsc_graph_node *node)
{
    return gsc_shape_count(node->shape);
}

/* The length of the last axis. */
static inline size_t
gsc_node_width(const gsc_graph_node *node)
{
    return node->shape.dims[node->shape.rank - 1];
}

/* Rows along the last axis, of one example. */
static inline size_t
gsc_node_rows(const gsc_graph_node *node)
{
    return gsc_node_count(node) / gsc_node_width(node);
}

/* An attribute that is a size. */
static inline size_t
gsc_node_size(const gsc_graph_node *node, size_t attribute)
{
    return (size_t)node->attributes[attribute].integer;
}

#ifdef __cplusplus
}
#endif
#endif
