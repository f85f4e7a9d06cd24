/* Operators: what the engine knows of each, and the call it makes.
 *
 * A new operator is a kind in ir.h, its shape in shapes.c, a file of kernels in op/
 * (one forward, and one backward an input or one for all) and a row in ops.c. */
#ifndef GSC_GRAPH_OP_H
#define GSC_GRAPH_OP_H

#include "train/graph/build/ir.h"

/* One call of a kernel, over n examples (1 in the parameter domain). Values and
 * gradients of `in`, `out` lie example after example, in the shapes of the nodes; an
 * input from the parameter domain is there once. */
typedef struct gsc_call {
    const gsc_ir_node *node;
    const gsc_ir_node *input[GSC_MAX_INPUTS];
    size_t n;
    const void *in[GSC_MAX_INPUTS];
    const void *in1_transposed; /* product: the matrix again, transposed, or NULL */
    void *out;
    const void *dout; /* backward: gradient of out */
    void *din;        /* backward: gradient of the input asked for … */
    bool fresh;       /* … to be overwritten, or added to */
    void
        *din_of[GSC_MAX_INPUTS]; /* backward of all inputs at once: as din and fresh; */
    bool fresh_of[GSC_MAX_INPUTS]; /* NULL where no gradient is wanted */
    const int32_t *tokens;         /* [n, n_ctx] */
    size_t n_ctx;
    const int32_t *labels; /* [n, rows of logits] */
    double weight;         /* of one example in the loss */
    double *loss;          /* of a loss: sum over the n examples */
    size_t *correct;       /* … and the number with the labels on top */
    double *scratch;       /* gsc_op_scratch times n numbers */
    double *workspace;     /* gsc_op_workspace numbers */
} gsc_call;

typedef void gsc_kernel(const gsc_call *call);

typedef struct gsc_op {
    const char *name;
    gsc_kernel *forward[2]; /* by gsc_type */
    gsc_kernel *backward[GSC_MAX_INPUTS][2];
    gsc_kernel *backward_all[2]; /* instead, where one pass serves all inputs */
    /* What the backward kernel of input s reads: bit i value of input i, bit 3 value
     * of the output. */
    unsigned backward_reads[GSC_MAX_INPUTS];
    bool out_over_in;   /* out may lie where input 0 does */
    bool din_over_dout; /* the gradient of input 0 may lie where that of out does */
} gsc_op;

enum { GSC_READS_IN0 = 1, GSC_READS_IN1 = 2, GSC_READS_IN2 = 4, GSC_READS_OUT = 8 };

extern const gsc_op gsc_ops[GSC_NUM_OPS];

/* Floating-point operations of one forward call an example; the backward kernel of
 * each input costs as much. */
double gsc_op_flops(const gsc_graph *graph, const gsc_ir_node *node);

/* Doubles of scratch that a call needs for each example. */
size_t gsc_op_scratch(const gsc_ir_node *node);

/* Doubles behind the rows of a mix: a vector register, which is read beyond the last
 * row and meets zeros. */
enum { GSC_ROW_PADDING = 8 };

/* Doubles of scratch that a call needs whatever the number of examples. */
size_t gsc_op_workspace(const gsc_graph *graph, const gsc_ir_node *node);

/* Number of elements an example. */
static inline size_t
gsc_node_count(const gsc_ir_node *node)
{
    return gsc_shape_count(node->shape);
}

#endif
