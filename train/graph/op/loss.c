/* Losses. Cross-entropy in float64, whatever the type of the graph: a float32 softmax
 * turns the small gradients after memorisation into zeros and the loss into spikes. */
#include "../../numeric/hot.h"
#include "../../numeric/real.h"
#include "kernels.h"

#include "grokscope/exp.h"

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

/* One example; out becomes softmax(z) - onehot(label), the gradient for weight 1.
 *
 * With m the first largest logit, S = sum_{c != m} e^(z_c - z_m):
 *   loss = (z_m - z_label) + log1p(S),
 * exact to the last digit even where the loss is far under the float64 epsilon. */
static double
row_loss(const real *z, real *out, double *e, size_t n, size_t label, size_t *correct)
{
    double most = largest(z, n);
    if (!isfinite(most)) {
        divide_into(out, e, NAN, n);
        return NAN;
    }
    subtract(e, z, most, n);
    double behind = -e[label];
    size_t m = (size_t)first_zero(e, (int)n);
    gsc_exp(e, e, n);
    e[m] = 0;
    double others = sum_of(e, n), sum = 1 + others;
    e[m] = 1;
    double without_label = m == label ? others : sum - e[label];
    *correct += m == label;
    divide_into(out, e, sum, n);
    out[label] = (real)(-without_label / sum);
    return behind + log1p(others);
}

/* The rows of every example, each with its label. An example is right when all its rows
 * are. */
typedef double row_function(const real *z, real *out, double *scratch, size_t n,
                            size_t label, size_t *correct);

static void
add_up_rows(const gsc_call *call, row_function *loss_of)
{
    size_t rows = call->node->shape.dims[0], width = call->node->shape.dims[1];
    const real *z = call->in[0];
    real *out = call->out;
    const int32_t *label = call->labels;
    for (size_t e = 0; e < call->n; e++) {
        size_t right = 0;
        double sum = 0;
        for (size_t r = 0; r < rows; r++, z += width, out += width)
            sum += loss_of(z, out, call->scratch, width, (size_t)*label++, &right);
        *call->loss += sum / (double)rows;
        *call->correct += right == rows;
    }
}

void
TYPED(gsc_cross_entropy_forward)(const gsc_call *call)
{
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
row_squared_error(const real *z, real *out, double *scratch, size_t n, size_t label,
                  size_t *correct)
{
    double sum = 0;
    real most = z[0];
    size_t top = 0;
    (void)scratch;
    for (size_t i = 0; i < n; i++) {
        if (z[i] > most) {
            most = z[i];
            top = i;
        }
        out[i] = z[i] - (real)(i == label);
        sum += (double)out[i] * (double)out[i];
    }
    *correct += top == label;
    return sum / (double)n;
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
