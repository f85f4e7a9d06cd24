/* Gaussian noise on weights, gradient or update.
 *
 * The number for a weight depends only on the seed, the stage, the update and the
 * weight, so that threads and resumed runs draw the same ones. */
#include "train/numeric/real.h"
#include "train/optim/stage/stages.h"

GSC_STAGE_KERNEL(gsc_noise_apply);

typedef struct noise_config {
    double deviation;
} noise_config;

enum { BLOCK = 512 };

void
TYPED(gsc_noise_apply)(const gsc_span *span)
{
    const noise_config *config = span->config;
    real *values = span->values;
    double normal[BLOCK];
    for (size_t first = 0; first < span->count; first += BLOCK) {
        size_t n = span->count - first < BLOCK ? span->count - first : BLOCK;
        gsc_stage_normal(span, normal, first, n);
        for (size_t i = 0; i < n; i++)
            values[first + i] += (real)(config->deviation * normal[i]);
    }
}

#if GSC_REAL == 64
static const gsc_option rows[] = {
    GSC_ROW_REAL(noise_config, deviation, "0.01", 0, 1e6,
                 "Standard deviation of the noise."),
};

/* Power et al., arXiv 2201.02177: `weight_noise` of grok/transformer.py. */
const gsc_stage gsc_stage_weight_noise = {
    .name = "weight_noise",
    .purpose = "Gaussian noise on every trained weight, new for each step; rows of the "
               "history are of the weights without it.",
    .kind = GSC_STAGE_PERTURBATION,
    GSC_STAGE_OPTIONS(rows, noise_config),
    .apply = {gsc_noise_apply_f32, gsc_noise_apply_f64}};

const gsc_stage gsc_stage_gradient_noise = {
    .name = "gradient_noise",
    .purpose = "Gaussian noise on every element of the gradient.",
    .kind = GSC_STAGE_FILTER,
    GSC_STAGE_OPTIONS(rows, noise_config),
    .apply = {gsc_noise_apply_f32, gsc_noise_apply_f64}};

/* Power et al.: `noise_factor` of CustomAdamW in grok/training.py, where the noise is
 * added before the bias of the mean gradient is taken out, as here. */
const gsc_stage gsc_stage_update_noise = {
    .name = "update_noise",
    .purpose = "Gaussian noise on the normalised update.",
    .kind = GSC_STAGE_UPDATE_FILTER,
    GSC_STAGE_OPTIONS(rows, noise_config),
    .apply = {gsc_noise_apply_f32, gsc_noise_apply_f64}};
#endif
