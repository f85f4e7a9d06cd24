/* Clipping by the norm of the whole gradient (Pascanu et al., arXiv 1211.5063), as
 * PyTorch's clip_grad_norm_ has it: g min(1, norm / (|g| + 1e-6)). */
#include "train/numeric/hot.h"
#include "train/numeric/real.h"
#include "train/optim/stage/stages.h"

#include <math.h>

GSC_STAGE_KERNEL(gsc_clip_apply);
GSC_STAGE_SUM(gsc_clip_add);

typedef struct clip_config {
    double norm;
} clip_config;

void
TYPED(gsc_clip_add)(const gsc_span *span, double *sums)
{
    sums[0] += TYPED(gsc_dot)(span->values, span->values, span->count);
}

static GSC_HOT void
scale_span(real *restrict g, size_t n, real factor)
{
    for (size_t i = 0; i < n; i++)
        g[i] *= factor;
}

void
TYPED(gsc_clip_apply)(const gsc_span *span)
{
    const clip_config *config = span->config;
    double factor = config->norm / (sqrt(span->sums[0]) + 1e-6);
    if (factor < 1)
        scale_span(span->values, span->count, (real)factor);
}

#if GSC_REAL == 64
static const gsc_option rows[] = {
    GSC_ROW_REAL(clip_config, norm, "1", 1e-12, 1e12,
                 "Largest length of the gradient of all trained parameters."),
};

const gsc_stage gsc_stage_clip = {
    .name = "clip",
    .purpose = "Shorten the gradient where it is longer than norm.",
    .kind = GSC_STAGE_FILTER,
    .scope = GSC_SCOPE_ALL,
    GSC_STAGE_OPTIONS(rows, clip_config),
    .apply = {gsc_clip_apply_f32, gsc_clip_apply_f64},
    .add = {gsc_clip_add_f32, gsc_clip_add_f64}};
#endif
