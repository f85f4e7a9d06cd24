/* Gradient descent with momentum. */
#include "train/numeric/hot.h"
#include "train/numeric/real.h"
#include "train/optim/stage/stages.h"

GSC_STAGE_KERNEL(gsc_sgd_fused);
GSC_STAGE_KERNEL(gsc_sgd_apply);

typedef struct sgd_config {
    double momentum;
} sgd_config;

static GSC_HOT void
update_span(real *restrict next, const real *restrict w, const real *restrict g,
            real *restrict m, size_t n, real momentum, real decay, real rate)
{
    for (size_t i = 0; i < n; i++) {
        m[i] = momentum * m[i] + (g[i] + decay * w[i]);
        next[i] = w[i] - rate * m[i];
    }
}

static GSC_HOT void
gather_speed(real *restrict u, real *restrict m, size_t n, real momentum)
{
    for (size_t i = 0; i < n; i++) {
        m[i] = momentum * m[i] + u[i];
        u[i] = m[i];
    }
}

void
TYPED(gsc_sgd_fused)(const gsc_span *span)
{
    const sgd_config *config = span->config;
    update_span(span->values, span->weights, span->gradient, span->state[0],
                span->count, (real)config->momentum, (real)span->decay,
                (real)span->rate);
}

void
TYPED(gsc_sgd_apply)(const gsc_span *span)
{
    const sgd_config *config = span->config;
    gather_speed(span->values, span->state[0], span->count, (real)config->momentum);
}

#if GSC_REAL == 64
static const gsc_option rows[] = {
    GSC_ROW_REAL(sgd_config, momentum, "0", 0, 0.999999,
                 "What it keeps of the last step."),
};

const gsc_stage gsc_stage_sgd = {
    .name = "sgd",
    .purpose = "Gradient descent with momentum; decay is a part of the gradient.",
    .kind = GSC_STAGE_RULE,
    GSC_STAGE_OPTIONS(rows, sgd_config),
    .states = {{"momentum", GSC_STATE_WEIGHTS, NULL}},
    .apply = {gsc_sgd_apply_f32, gsc_sgd_apply_f64},
    .fused = {gsc_sgd_fused_f32, gsc_sgd_fused_f64}};
#endif
