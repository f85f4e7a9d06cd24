/* Grokfast with the mean of the last gradients (Lee et al., arXiv 2405.20233):
 *
 *     g + lambda (g_t + g_(t-1) + … + g_(t-window+1)) / window
 *
 * Until `window` gradients are there nothing is added, or, without warm-up, lambda
 * times the mean of those that are. H(w) = lambda sin(w window / 2) / (window sin(w /
 * 2)) e^(-iw (window - 1) / 2).
 *
 * Gradients lie in a ring. Their sum loses the oldest and gains the newest, which
 * leaves a rounding error; a second sum, of the gradients since the ring's beginning,
 * takes its place each time the ring is full, so that no error outlives one round. */
#include "train/numeric/hot.h"
#include "train/numeric/real.h"
#include "train/optim/stage/stages.h"

GSC_STAGE_KERNEL(gsc_grokfast_ma_apply);

typedef struct ma_config {
    int64_t window;
    double lambda;
    bool warmup, normalize;
} ma_config;

static GSC_HOT void
filter_span(real *restrict g, real *restrict oldest, double *restrict sum,
            double *restrict fresh, size_t n, double factor, double scale)
{
    for (size_t i = 0; i < n; i++) {
        sum[i] += (double)g[i] - (double)oldest[i];
        fresh[i] += (double)g[i];
        oldest[i] = g[i];
        g[i] = (real)(scale * ((double)g[i] + factor * sum[i]));
    }
}

static GSC_HOT void
begin_round(double *restrict sum, double *restrict fresh, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        sum[i] = fresh[i];
        fresh[i] = 0;
    }
}

void
TYPED(gsc_grokfast_ma_apply)(const gsc_span *span)
{
    const ma_config *config = span->config;
    int64_t place = span->update % config->window, there = span->update + 1;
    real *ring = span->state[0];
    if (place == 0 && span->update > 0)
        begin_round(span->state[1], span->state[2], span->count);
    double divisor = (double)(there < config->window ? there : config->window);
    double lambda = config->warmup && there < config->window ? 0 : config->lambda;
    filter_span(span->values, ring + (size_t)place * span->num_weights, span->state[1],
                span->state[2], span->count, lambda / divisor,
                config->normalize ? 1 / (1 + lambda) : 1);
}

#if GSC_REAL == 64
static const gsc_option rows[] = {
    GSC_ROW_INTEGER(ma_config, window, "100", 1, 100000,
                    "Number of gradients in the mean; each of them is kept and takes "
                    "the memory of the weights."),
    GSC_ROW_REAL(ma_config, lambda, "5", 0, 1e6, "Weight of the mean."),
    GSC_ROW_BOOL(ma_config, warmup, "yes", "Add nothing until the window is full."),
    GSC_ROW_BOOL(ma_config, normalize, "no",
                 "Divide by 1 + lambda wherever the mean is added."),
};

static size_t
window_of(const void *config)
{
    return (size_t)((const ma_config *)config)->window;
}

static double
slow_gain(const void *values)
{
    const ma_config *config = values;
    return config->normalize ? 1 : 1 + config->lambda;
}

const gsc_stage gsc_stage_grokfast_ma = {
    .name = "grokfast_ma",
    .purpose = "Add lambda times the mean of the last gradients.",
    .kind = GSC_STAGE_FILTER,
    GSC_STAGE_OPTIONS(rows, ma_config),
    .slow_gain = slow_gain,
    .states = {{"grokfast_ma", GSC_STATE_WEIGHTS, window_of},
               {"grokfast_ma_sum", GSC_STATE_DOUBLES, NULL},
               {"grokfast_ma_fresh", GSC_STATE_DOUBLES, NULL}},
    .apply = {gsc_grokfast_ma_apply_f32, gsc_grokfast_ma_apply_f64}};
#endif
