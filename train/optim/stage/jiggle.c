/* Power et al.'s "jiggle", arXiv 2201.02177 (weight_decay_kind of CustomAdamW in
 * grok/training.py): each tensor is multiplied by exp(strength rate z), z one normal
 * number for the tensor and the update. Theirs stands before the update, ours after it,
 * so that the gradient is of the weights as they then are. */
#include "train/numeric/real.h"
#include "train/optim/stage/stages.h"

#include <math.h>

GSC_STAGE_KERNEL(gsc_jiggle_apply);

typedef struct jiggle_config {
    double strength;
} jiggle_config;

/* The same for all parts of a tensor: the number of its first weight. */
static double
factor(const gsc_span *span)
{
    const jiggle_config *config = span->config;
    gsc_span first = *span;
    double normal;
    first.first = span->parameter->offset;
    gsc_stage_normal(&first, &normal, 0, 1);
    return exp(config->strength * span->rate * normal);
}

void
TYPED(gsc_jiggle_apply)(const gsc_span *span)
{
    real *values = span->values;
    double scale = factor(span);
    for (size_t i = 0; i < span->count; i++)
        values[i] = (real)(scale * (double)values[i]);
}

#if GSC_REAL == 64
static const gsc_option rows[] = {
    GSC_ROW_REAL(jiggle_config, strength, "1", 0, 1e6,
                 "Deviation of a factor's logarithm, over the learning rate."),
};

const gsc_stage gsc_stage_jiggle = {
    .name = "jiggle",
    .purpose = "Multiply each tensor by a random factor near 1, new for each step.",
    .kind = GSC_STAGE_PROJECTION,
    GSC_STAGE_OPTIONS(rows, jiggle_config),
    .apply = {gsc_jiggle_apply_f32, gsc_jiggle_apply_f64}};
#endif
