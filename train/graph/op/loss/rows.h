/* Losses of rows of logits [rows, outputs], each with a label of its own. */
#ifndef GSC_OP_LOSS_ROWS_H
#define GSC_OP_LOSS_ROWS_H

#include "grokscope/operator.h"

#include "train/numeric/real.h"

/* One row of outputs and its label. */
typedef struct row {
    const real *z;
    real *out;
    double *e; /* z - max z, then its exponentials */
    double
        *kept; /* the index of the first largest output; how far the label is behind */
    size_t n, label;
} row;

/* Row i of a tile, counted over examples and their rows. */
static inline row
row_of(const gsc_call *call, size_t i)
{
    size_t rows = call->n * call->node->shape.dims[0], n = call->node->shape.dims[1];
    return (row){.z = (const real *)call->in[0] + i * n,
                 .out = (real *)call->out + i * n,
                 .e = call->scratch ? call->scratch + i * n : NULL,
                 .kept = call->scratch ? call->scratch + rows * n + 2 * i : NULL,
                 .n = n,
                 .label = (size_t)call->labels[i]};
}

/* An example is right when all its rows are; its loss is their mean. */
static inline void
add_up_rows(const gsc_call *call, double (*loss_of)(row, size_t *))
{
    size_t rows = call->node->shape.dims[0];
    for (size_t e = 0; e < call->n; e++) {
        size_t right = 0;
        double sum = 0;
        for (size_t r = 0; r < rows; r++)
            sum += loss_of(row_of(call, e * rows + r), &right);
        *call->loss += sum / (double)rows;
        *call->correct += right == rows;
    }
}

static inline const char *
shape_of_loss(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    if (inputs[0]->shape.rank != 2 || inputs[0]->domain != GSC_EXAMPLES)
        return "not rows of logits an example";
    node->shape = inputs[0]->shape;
    return NULL;
}

#endif
