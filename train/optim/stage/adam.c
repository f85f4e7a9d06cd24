/* AdamW and Adam: decay of the weights beside the gradient, or as a part of it. */
#include "train/numeric/hot.h"
#include "train/numeric/real.h"
#include "train/optim/stage/stages.h"

#include <math.h>

GSC_STAGE_KERNEL(gsc_adamw_fused);
GSC_STAGE_KERNEL(gsc_adam_fused);
GSC_STAGE_KERNEL(gsc_adam_apply);

/* The constants of one update, in the type of the weights as PyTorch rounds them. */
typedef struct constants {
    real keep, decay, beta1, rest1, beta2, rest2, step, root2, epsilon;
} constants;

static inline real
square_root(real x)
{
#if GSC_REAL == 32
    return sqrtf(x);
#else
    return sqrt(x);
#endif
}

static GSC_HOT void
update_span(real *restrict next, const real *restrict w, const real *restrict g,
            real *restrict m, real *restrict v, size_t n, constants c)
{
    for (size_t i = 0; i < n; i++) {
        real slope = g[i] + c.decay * w[i];
        m[i] = c.beta1 * m[i] + c.rest1 * slope;
        v[i] = c.beta2 * v[i] + c.rest2 * slope * slope;
        real root = square_root(v[i]);
        next[i] = w[i] * c.keep - c.step * (m[i] / (root / c.root2 + c.epsilon));
    }
}

static GSC_HOT void
normalise_span(real *restrict u, real *restrict m, real *restrict v, size_t n,
               constants c)
{
    for (size_t i = 0; i < n; i++) {
        m[i] = c.beta1 * m[i] + c.rest1 * u[i];
        v[i] = c.beta2 * v[i] + c.rest2 * u[i] * u[i];
        u[i] = m[i] / (square_root(v[i]) / c.root2 + c.epsilon);
    }
}

static constants
find_constants(const gsc_span *span, const gsc_adam_config *config)
{
    double t = (double)span->update + 1;
    return (constants){.keep = 1,
                       .beta1 = (real)config->beta1,
                       .rest1 = (real)(1 - config->beta1),
                       .beta2 = (real)config->beta2,
                       .rest2 = (real)(1 - config->beta2),
                       .step = (real)(span->rate / (1 - pow(config->beta1, t))),
                       .root2 = (real)sqrt(1 - pow(config->beta2, t)),
                       .epsilon = (real)config->epsilon};
}

void
TYPED(gsc_adamw_fused)(const gsc_span *span)
{
    constants c = find_constants(span, span->config);
    c.keep = (real)(1 - span->rate * span->decay);
    update_span(span->values, span->weights, span->gradient, span->state[0],
                span->state[1], span->count, c);
}

void
TYPED(gsc_adam_fused)(const gsc_span *span)
{
    constants c = find_constants(span, span->config);
    c.decay = (real)span->decay;
    update_span(span->values, span->weights, span->gradient, span->state[0],
                span->state[1], span->count, c);
}

void
TYPED(gsc_adam_normalise)(const gsc_span *span, const gsc_adam_config *config)
{
    normalise_span(span->values, span->state[0], span->state[1], span->count,
                   find_constants(span, config));
}

void
TYPED(gsc_adam_apply)(const gsc_span *span)
{
    TYPED(gsc_adam_normalise)(span, span->config);
}

#if GSC_REAL == 64
static const gsc_option rows[] = {
    GSC_ROW_REAL(gsc_adam_config, beta1, "0.9", 0, 0.999999,
                 "Decay of the mean gradient."),
    GSC_ROW_REAL(gsc_adam_config, beta2, "0.98", 0, 0.999999,
                 "Decay of the mean squared gradient."),
    GSC_ROW_REAL(gsc_adam_config, epsilon, "1e-08", 0, 1,
                 "Number added to the root of the mean squared gradient."),
};

double
gsc_adam_bias(double beta1, int64_t update)
{
    return 1 / (1 - pow(beta1, (double)update + 1));
}

/* The mean's bias is taken out after the quotient, as in PyTorch. */
static double
scale(const void *config, int64_t update)
{
    return gsc_adam_bias(((const gsc_adam_config *)config)->beta1, update);
}

const gsc_stage gsc_stage_adamw = {
    .name = "adamw",
    .purpose = "Adam with decay of the weights beside the gradient.",
    .kind = GSC_STAGE_RULE,
    GSC_STAGE_OPTIONS(rows, gsc_adam_config),
    .states = {{"moment1", GSC_STATE_WEIGHTS, NULL},
               {"moment2", GSC_STATE_WEIGHTS, NULL}},
    .apply = {gsc_adam_apply_f32, gsc_adam_apply_f64},
    .decoupled = true,
    .scale = scale,
    .fused = {gsc_adamw_fused_f32, gsc_adamw_fused_f64}};

const gsc_stage gsc_stage_adam = {
    .name = "adam",
    .purpose = "The gradient's mean over the root of its mean square; decay is a part "
               "of the gradient.",
    .kind = GSC_STAGE_RULE,
    GSC_STAGE_OPTIONS(rows, gsc_adam_config),
    .states = {{"moment1", GSC_STATE_WEIGHTS, NULL},
               {"moment2", GSC_STATE_WEIGHTS, NULL}},
    .apply = {gsc_adam_apply_f32, gsc_adam_apply_f64},
    .scale = scale,
    .fused = {gsc_adam_fused_f32, gsc_adam_fused_f64}};
#endif
