/* Muon (K. Jordan et al., 2024) and its exact form: the hidden matrices of a network
 * follow the orthogonalised momentum of their gradient, all else AdamW.
 *
 *     m = mu m + (1 - mu) g,   u = mu m + (1 - mu) g with nesterov, else m
 *     w = (1 - rate decay) w - rate s O(u)
 *
 * O(u) of muon is five steps of a Newton-Schulz iteration, which takes all singular
 * values of u to between about 0.68 and 1.13; that of polar takes them to 1. With
 * mu = 0, nesterov = no and scale = none polar is the egalitarian gradient descent of
 * arXiv 2510.04930, (G Gᵀ)^(-1/2) G.
 *
 * Hidden matrices are found in the graph (train/graph/build/hidden.h). The last two
 * axes of one are [in, out]; what stands before them counts matrices, so that each head
 * of attention has one of its own. */
#include "train/numeric/polar.h"
#include "train/numeric/real.h"
#include "train/optim/stage/stages.h"

#include <math.h>
#include <string.h>

GSC_STAGE_KERNEL(gsc_muon_apply);
GSC_STAGE_KERNEL(gsc_polar_apply);

typedef struct muon_config {
    double beta1, beta2, epsilon, mu;
    bool nesterov;
    int64_t scale;
} muon_config;

enum { SCALE_NONE, SCALE_JORDAN, SCALE_MOONLIGHT };

/* Of Jordan's iteration: steps, and the polynomial a x + b x^3 + c x^5. */
enum { STEPS = 5 };
static const struct {
    double a, b, c;
} quintic = {3.4445, -4.7750, 2.0315};
static const double tiny = 1e-7;

/* ---- Hidden matrices ---- */

/* Matrices of a tensor, each [rows, cols]. */
typedef struct stack {
    size_t count, rows, cols;
} stack;

static stack
stack_of(gsc_shape shape)
{
    stack s = {1, shape.dims[shape.rank - 2], shape.dims[shape.rank - 1]};
    for (size_t i = 0; i + 2 < shape.rank; i++)
        s.count *= shape.dims[i];
    return s;
}

/* Keep the momentum; x becomes what is orthogonalised. */
static void
gather(const muon_config *config, real *x, real *m, size_t n)
{
    real mu = (real)config->mu, rest = (real)(1 - config->mu);
    for (size_t i = 0; i < n; i++) {
        m[i] = mu * m[i] + rest * x[i];
        x[i] = config->nesterov ? mu * m[i] + rest * x[i] : m[i];
    }
}

/* Jordan's factor keeps the size of what a layer adds to its output; Moonlight's (Liu
 * et al., arXiv 2502.16982) has an update as large as AdamW's usual one, so that both
 * may share a rate. */
static double
factor(const muon_config *config, const stack *s)
{
    double in = (double)s->rows, out = (double)s->cols;
    if (config->scale == SCALE_JORDAN)
        return sqrt(fmax(1, out / in));
    return config->scale == SCALE_MOONLIGHT ? 0.2 * sqrt(fmax(in, out)) : 1;
}

static void
scale_to(real *out, const real *x, size_t n, double by)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (real)(by * (double)x[i]);
}

/* C = alpha op(A) op(B) + beta C, all rows of one length as they are stored. */
typedef struct factors {
    bool transpose_a, transpose_b;
    size_t m, n, k;
    const real *A, *B;
    size_t lda, ldb;
} factors;

static void
multiply(double alpha, const factors *f, double beta, real *C)
{
    TYPED(gsc_gemm)
    (f->transpose_a, f->transpose_b, f->m, f->n, f->k, (real)alpha, f->A, f->lda, f->B,
     f->ldb, (real)beta, C, f->n);
}

/* One step, y = a x + (b G + c G^2) x with the Gram matrix G = x x' of the rows, or
 * G = x' x of the columns on the other side where these are fewer. `gram` has room for
 * two such matrices. */
static void
iterate(const stack *s, const real *x, real *y, real *gram)
{
    bool wide = s->rows <= s->cols;
    size_t r = wide ? s->rows : s->cols, long_side = wide ? s->cols : s->rows;
    real *mixed = gram + r * r;
    const factors outer = {!wide, wide, r, r, long_side, x, x, s->cols, s->cols};
    multiply(1, &outer, 0, gram);
    memcpy(mixed, gram, r * r * sizeof *gram);
    const factors square = {false, false, r, r, r, gram, gram, r, r};
    multiply(quintic.c, &square, quintic.b, mixed); /* b G + c G^2 */
    memcpy(y, x, s->rows * s->cols * sizeof *y);
    const factors left = {false, false, r, s->cols, r, mixed, x, r, s->cols};
    const factors right = {false, false, s->rows, r, r, x, mixed, r, r};
    multiply(1, wide ? &left : &right, quintic.a, y);
}

/* The length is that of one matrix, in double. */
static void
newton_schulz(const stack *s, real *x, void *scratch)
{
    size_t n = s->rows * s->cols;
    real *other = scratch;
    scale_to(x, x, n, 1 / (sqrt(TYPED(gsc_dot)(x, x, n)) + tiny));
    for (int i = 0; i < STEPS; i++) {
        iterate(s, x, other, other + n);
        memcpy(x, other, n * sizeof *x);
    }
}

static void
polar(const stack *s, real *x, void *scratch)
{
    size_t n = s->rows * s->cols;
    double *matrix = scratch;
    for (size_t i = 0; i < n; i++)
        matrix[i] = (double)x[i];
    gsc_polar(matrix, s->rows, s->cols, GSC_EPSILON, matrix + n);
    for (size_t i = 0; i < n; i++)
        x[i] = (real)matrix[i];
}

static void
update_matrices(const gsc_span *span,
                void (*orthogonalise)(const stack *, real *, void *))
{
    const muon_config *config = span->config;
    stack s = stack_of(span->parameter->shape);
    size_t n = s.rows * s.cols;
    real *x = span->values;
    gather(config, x, span->state[0], span->count);
    for (size_t i = 0; i < s.count; i++, x += n) {
        orthogonalise(&s, x, span->scratch);
        scale_to(x, x, n, factor(config, &s));
    }
}

/* ---- All else ---- */

static void
update_adamw(const gsc_span *span)
{
    const muon_config *config = span->config;
    const gsc_adam_config adam = {config->beta1, config->beta2, config->epsilon};
    TYPED(gsc_adam_normalise)(span, &adam);
    scale_to(span->values, span->values, span->count,
             gsc_adam_bias(adam.beta1, span->update));
}

void
TYPED(gsc_muon_apply)(const gsc_span *span)
{
    if (span->is_hidden_matrix)
        update_matrices(span, newton_schulz);
    else
        update_adamw(span);
}

void
TYPED(gsc_polar_apply)(const gsc_span *span)
{
    if (span->is_hidden_matrix)
        update_matrices(span, polar);
    else
        update_adamw(span);
}

#if GSC_REAL == 64
static const char *const scale_names[] = {"none", "jordan", "moonlight", NULL};

static const gsc_option rows[] = {
    GSC_ROW_REAL(muon_config, beta1, "0.9", 0, 0.999999, "Decay of the mean gradient."),
    GSC_ROW_REAL(muon_config, beta2, "0.98", 0, 0.999999,
                 "Decay of the mean squared gradient."),
    GSC_ROW_REAL(muon_config, epsilon, "1e-08", 0, 1,
                 "Number added to the root of the mean squared gradient."),
    GSC_ROW_REAL(muon_config, mu, "0.95", 0, 0.999999,
                 "Decay of the mean gradient of hidden matrices."),
    GSC_ROW_BOOL(muon_config, nesterov, "yes",
                 "Orthogonalise the mean that the next update would have of the same "
                 "gradient."),
    GSC_ROW_CHOICE(muon_config, scale, "moonlight", scale_names,
                   "Size of a hidden matrix's update: jordan: root of max(1, out / in) "
                   "times; moonlight: 0.2 root of max(in, out), as large as AdamW's."),
};

/* Both Gram matrices and a copy of x, or of the tensors of one axis nothing. */
static size_t
muon_scratch(gsc_shape shape)
{
    if (shape.rank < 2)
        return 1;
    stack s = stack_of(shape);
    size_t r = s.rows < s.cols ? s.rows : s.cols;
    return s.rows * s.cols + 2 * r * r;
}

/* In double, whatever the weights are; so twice as many floats. */
static size_t
polar_scratch(gsc_shape shape)
{
    if (shape.rank < 2)
        return 1;
    stack s = stack_of(shape);
    return 2 * (s.rows * s.cols + gsc_polar_room(s.rows, s.cols));
}

#define STATES                                 \
    {                                          \
        {"moment1", GSC_STATE_WEIGHTS, NULL},  \
        {                                      \
            "moment2", GSC_STATE_WEIGHTS, NULL \
        }                                      \
    }

const gsc_stage gsc_stage_muon = {
    .name = "muon",
    .purpose = "Momentum of each hidden matrix with its singular values taken close to "
               "1; AdamW for the first and the last weights, embeddings and biases.",
    .kind = GSC_STAGE_RULE,
    .scope = GSC_SCOPE_WHOLE,
    GSC_STAGE_OPTIONS(rows, muon_config),
    .states = STATES,
    .apply = {gsc_muon_apply_f32, gsc_muon_apply_f64},
    .decoupled = true,
    .scratch = muon_scratch};

const gsc_stage gsc_stage_polar = {
    .name = "polar",
    .purpose = "Muon with singular values of exactly 1, by a decomposition.",
    .kind = GSC_STAGE_RULE,
    .scope = GSC_SCOPE_WHOLE,
    GSC_STAGE_OPTIONS(rows, muon_config),
    .states = STATES,
    .apply = {gsc_polar_apply_f32, gsc_polar_apply_f64},
    .decoupled = true,
    .scratch = polar_scratch};
#endif
