/* Grokfast with an exponential moving average (Lee et al., arXiv 2405.20233):
 *
 *     mu_0 = g_0,   mu_t = alpha mu_(t-1) + (1 - alpha) g_t,   g + lambda mu
 *
 * as in the released code; the paper's algorithm 2 begins mu otherwise. It passes slow
 * gradients with gain 1 + lambda: H(w) = lambda (1 - alpha) / (1 - alpha e^(-iw)). */
#include "train/numeric/hot.h"
#include "train/numeric/real.h"
#include "train/optim/stage/stages.h"

GSC_STAGE_KERNEL(gsc_grokfast_ema_apply);

typedef struct ema_config {
    double alpha, lambda;
    bool normalize;
} ema_config;

static GSC_HOT void
filter_span(real *restrict g, real *restrict mean, size_t n, real alpha, real rest,
            real lambda, real scale)
{
    for (size_t i = 0; i < n; i++) {
        mean[i] = alpha * mean[i] + rest * g[i];
        g[i] = scale * (g[i] + lambda * mean[i]);
    }
}

void
TYPED(gsc_grokfast_ema_apply)(const gsc_span *span)
{
    const ema_config *config = span->config;
    double scale = config->normalize ? 1 / (1 + config->lambda) : 1;
    double alpha = span->update > 0 ? config->alpha : 0;
    filter_span(span->values, span->state[0], span->count, (real)alpha,
                (real)(1 - alpha), (real)config->lambda, (real)scale);
}

#if GSC_REAL == 64
static const gsc_option rows[] = {
    GSC_ROW_REAL(ema_config, alpha, "0.98", 0, 1,
                 "Share of the average that is kept in each step."),
    GSC_ROW_REAL(ema_config, lambda, "2", 0, 1e6, "Weight of the average."),
    GSC_ROW_BOOL(ema_config, normalize, "no",
                 "Divide by 1 + lambda, which leaves the effective learning rate as it "
                 "is for slow gradients."),
};

static double
slow_gain(const void *values)
{
    const ema_config *config = values;
    return config->normalize ? 1 : 1 + config->lambda;
}

const gsc_stage gsc_stage_grokfast_ema = {
    .name = "grokfast_ema",
    .purpose = "Add lambda times the moving average of the gradient.",
    .kind = GSC_STAGE_FILTER,
    GSC_STAGE_OPTIONS(rows, ema_config),
    .slow_gain = slow_gain,
    .states = {{"grokfast_ema", GSC_STATE_WEIGHTS, NULL}},
    .apply = {gsc_grokfast_ema_apply_f32, gsc_grokfast_ema_apply_f64}};
#endif
