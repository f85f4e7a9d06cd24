/* The gradient without its part along the weights (Prieto et al., arXiv 2501.04697):
 *
 *     g' = g - (w . g) / (w . w + 1e-30) w,   then g' |g| / |g'|
 *
 * of each tensor by itself. Where g' is at most 1e-6 |g|, all of it is rounding (a
 * tensor of one element, a gradient along the weights or of 0), and it becomes 0; the
 * released code scales that up. */
#include "train/numeric/hot.h"
#include "train/numeric/real.h"
#include "train/optim/stage/stages.h"

#include <math.h>

GSC_STAGE_KERNEL(gsc_orthogonal_apply);
GSC_STAGE_SUM(gsc_orthogonal_add);

enum { WEIGHTS_GRADIENT, WEIGHTS_WEIGHTS, GRADIENT_GRADIENT, REST_REST };

static const double tiny = 1e-30, rounding = 1e-6;

void
TYPED(gsc_orthogonal_add)(const gsc_span *span, double *sums)
{
    const real *w = span->weights, *g = span->values;
    if (span->phase == 1) {
        sums[REST_REST] += TYPED(gsc_dot)(g, g, span->count);
        return;
    }
    sums[WEIGHTS_GRADIENT] += TYPED(gsc_dot)(w, g, span->count);
    sums[WEIGHTS_WEIGHTS] += TYPED(gsc_dot)(w, w, span->count);
    sums[GRADIENT_GRADIENT] += TYPED(gsc_dot)(g, g, span->count);
}

static GSC_HOT void
take_out(real *restrict g, const real *restrict w, size_t n, double share)
{
    for (size_t i = 0; i < n; i++)
        g[i] = (real)((double)g[i] - share * (double)w[i]);
}

static GSC_HOT void
scale_span(real *restrict g, size_t n, double factor)
{
    for (size_t i = 0; i < n; i++)
        g[i] = (real)(factor * (double)g[i]);
}

void
TYPED(gsc_orthogonal_apply)(const gsc_span *span)
{
    const double *sums = span->sums;
    if (span->phase == 0) {
        take_out(span->values, span->weights, span->count,
                 sums[WEIGHTS_GRADIENT] / (sums[WEIGHTS_WEIGHTS] + tiny));
        return;
    }
    double before = sqrt(sums[GRADIENT_GRADIENT]), rest = sqrt(sums[REST_REST]);
    scale_span(span->values, span->count,
               rest <= rounding * before ? 0 : before / rest);
}

#if GSC_REAL == 64
const gsc_stage gsc_stage_orthogonal = {
    .name = "orthogonal",
    .purpose = "Take out of each tensor's gradient its part along the weights, and "
               "scale what is left to the length it had.",
    .kind = GSC_STAGE_FILTER,
    .scope = GSC_SCOPE_TENSOR,
    .num_phases = 2,
    .apply = {gsc_orthogonal_apply_f32, gsc_orthogonal_apply_f64},
    .add = {gsc_orthogonal_add_f32, gsc_orthogonal_add_f64}};
#endif
