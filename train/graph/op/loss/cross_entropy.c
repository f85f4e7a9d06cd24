/* Cross-entropy in float64, whatever the type of the graph: a float32 softmax turns the
 * small gradients after memorisation into zeros and the loss into spikes. */
#include "train/graph/op/elementwise/scale_into.h"
#include "train/graph/op/loss/rows.h"
#include "train/graph/op/operators.h"
#include "train/numeric/exp.h"
#include "train/numeric/hot.h"
#include "train/numeric/real.h"

#include <math.h>

static GSC_HOT double
largest(const real *x, size_t n)
{
    real most = x[0];
#pragma omp simd reduction(max : most)
    for (size_t i = 0; i < n; i++)
        most = x[i] > most ? x[i] : most;
    return (double)most;
}

static GSC_HOT void
subtract(double *out, const real *x, double most, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (double)x[i] - most;
}

static GSC_HOT double
sum_of(const double *x, size_t n)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum;
}

static GSC_HOT void
divide_into(real *out, const double *e, double sum, size_t n)
{
    double scale = 1 / sum;
    for (size_t i = 0; i < n; i++)
        out[i] = (real)(e[i] * scale);
}

/* The first index where x is 0, its largest value. */
static GSC_HOT int
first_zero(const double *x, int n)
{
    int first = n;
#pragma omp simd reduction(min : first)
    for (int i = 0; i < n; i++) {
        int here = x[i] < 0 ? n : i;
        first = here < first ? here : first;
    }
    return first;
}

/* Before the exponentials of all rows are taken together. */
static void
lower_row(row r)
{
    double most = largest(r.z, r.n);
    subtract(r.e, r.z, most, r.n); /* all NaN where the largest is not finite */
    r.kept[0] = isfinite(most) ? (double)first_zero(r.e, (int)r.n) : (double)NAN;
    r.kept[1] = -r.e[r.label];
}

/* out becomes softmax(z) - onehot(label), the gradient for weight 1.
 *
 * With m the first largest logit, S = sum_{c != m} e^(z_c - z_m):
 *   loss = (z_m - z_label) + log1p(S),
 * exact to the last digit even where the loss is far under the float64 epsilon. */
static double
row_loss(row r, size_t *correct)
{
    if (isnan(r.kept[0])) {
        divide_into(r.out, r.e, NAN, r.n);
        return NAN;
    }
    size_t m = (size_t)r.kept[0];
    r.e[m] = 0;
    double others = sum_of(r.e, r.n), sum = 1 + others;
    r.e[m] = 1;
    double without_label = m == r.label ? others : sum - r.e[r.label];
    *correct += m == r.label;
    divide_into(r.out, r.e, sum, r.n);
    r.out[r.label] = (real)(-without_label / sum);
    return r.kept[1] + log1p(others);
}

static void
forward(const gsc_call *call)
{
    size_t rows = call->n * call->node->shape.dims[0];
    for (size_t i = 0; i < rows; i++)
        lower_row(row_of(call, i));
    gsc_exp(call->scratch, call->scratch, rows * call->node->shape.dims[1]);
    add_up_rows(call, row_loss);
}

static void
backward(const gsc_call *call)
{
    double rows = (double)call->node->shape.dims[0];
    scale_into(call->din, call->out, (real)(call->weight / rows),
               call->n * gsc_node_count(call->node), call->fresh);
}

GSC_KERNELS(cross_entropy) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

/* Two numbers more for each row. */
static size_t
scratch(const gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    (void)inputs;
    return gsc_node_count(node) + 2 * node->shape.dims[0];
}

const gsc_operator gsc_op_cross_entropy = {.name = "cross_entropy",
                                           .min_inputs = 1,
                                           .max_inputs = 1,
                                           .shape = shape_of_loss,
                                           .kernels = GSC_BOTH(cross_entropy),
                                           .backward_reads = {GSC_READS_OUT},
                                           .out_over_in = true,
                                           .scratch = scratch};

gsc_node
gsc_graph_cross_entropy(gsc_graph *graph, gsc_node logits)
{
    return gsc_graph_apply(graph, &gsc_op_cross_entropy, &logits, 1, NULL);
}

#endif
