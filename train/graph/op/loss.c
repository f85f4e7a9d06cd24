/* Losses. Cross-entropy in float64, whatever the type of the graph: a float32 softmax
 * turns the small gradients after memorisation into zeros and the loss into spikes. */
#include "train/graph/op/kernels.h"
#include "train/numeric/exp.h"
#include "train/numeric/hot.h"
#include "train/numeric/real.h"

#include <math.h>
#include <string.h>

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

/* One row of outputs and its label. */
typedef struct row {
    const real *z;
    real *out;
    double *e; /* z - max z, then its exponentials */
    double
        *kept; /* the index of the first largest output; how far the label is behind */
    size_t n, label;
} row;

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

/* Row i of a tile, counted over examples and their rows. */
static row
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
static void
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

void
TYPED(gsc_cross_entropy_forward)(const gsc_call *call)
{
    size_t rows = call->n * call->node->shape.dims[0];
    for (size_t i = 0; i < rows; i++)
        lower_row(row_of(call, i));
    gsc_exp(call->scratch, call->scratch, rows * call->node->shape.dims[1]);
    add_up_rows(call, row_loss);
}

static GSC_HOT void
add_scaled(real *dz, const real *out, real weight, size_t n, bool fresh)
{
    if (fresh)
        for (size_t i = 0; i < n; i++)
            dz[i] = weight * out[i];
    else
        for (size_t i = 0; i < n; i++)
            dz[i] += weight * out[i];
}

void
TYPED(gsc_cross_entropy_backward)(const gsc_call *call)
{
    double rows = (double)call->node->shape.dims[0];
    add_scaled(call->din, call->out, (real)(call->weight / rows),
               call->n * gsc_node_count(call->node), call->fresh);
}

/* ---- Mean squared error ---- */

/* out becomes z - onehot(label); it may lie where z does. */
static double
row_squared_error(row r, size_t *correct)
{
    double sum = 0;
    real most = r.z[0];
    size_t top = 0;
    for (size_t i = 0; i < r.n; i++) {
        if (r.z[i] > most) {
            most = r.z[i];
            top = i;
        }
        r.out[i] = r.z[i] - (real)(i == r.label);
        sum += (double)r.out[i] * (double)r.out[i];
    }
    *correct += top == r.label;
    return sum / (double)r.n;
}

void
TYPED(gsc_mean_squared_error_forward)(const gsc_call *call)
{
    add_up_rows(call, row_squared_error);
}

void
TYPED(gsc_mean_squared_error_backward)(const gsc_call *call)
{
    size_t count = gsc_node_count(call->node); /* rows times outputs */
    add_scaled(call->din, call->out, (real)(2 * call->weight / (double)count),
               call->n * count, call->fresh);
}

/* ---- The label's logit ---- */

static double
row_label_logit(row r, size_t *correct)
{
    (void)correct;
    return r.z[r.label];
}

void
TYPED(gsc_label_logit_forward)(const gsc_call *call)
{
    add_up_rows(call, row_label_logit);
}

void
TYPED(gsc_label_logit_backward)(const gsc_call *call)
{
    size_t rows = call->node->shape.dims[0], n = call->node->shape.dims[1];
    real weight = (real)(call->weight / (double)rows), *dz = call->din;
    if (call->fresh)
        memset(dz, 0, call->n * rows * n * sizeof *dz);
    for (size_t i = 0; i < call->n * rows; i++)
        dz[i * n + (size_t)call->labels[i]] += weight;
}
