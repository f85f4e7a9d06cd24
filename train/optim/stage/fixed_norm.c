/* Training at a constant length of all weights together (Liu, Michaud and Tegmark,
 * "Omnigrok", arXiv 2210.01117): w |w_0| / |w| over all trained parameters, weights and
 * biases. */
#include "train/numeric/hot.h"
#include "train/numeric/real.h"
#include "train/optim/stage/stages.h"

#include <math.h>

GSC_STAGE_KERNEL(gsc_fixed_norm_apply);
GSC_STAGE_KERNEL(gsc_fixed_norm_begin);
GSC_STAGE_SUM(gsc_fixed_norm_add);

void
TYPED(gsc_fixed_norm_begin)(const gsc_span *span)
{
    *(double *)span->state[0] +=
        TYPED(gsc_dot)(span->weights, span->weights, span->count);
}

void
TYPED(gsc_fixed_norm_add)(const gsc_span *span, double *sums)
{
    sums[0] += TYPED(gsc_dot)(span->values, span->values, span->count);
}

static GSC_HOT void
scale_span(real *restrict w, size_t n, double factor)
{
    for (size_t i = 0; i < n; i++)
        w[i] = (real)(factor * (double)w[i]);
}

void
TYPED(gsc_fixed_norm_apply)(const gsc_span *span)
{
    double initial = *(const double *)span->state[0];
    if (span->sums[0] > 0)
        scale_span(span->values, span->count, sqrt(initial / span->sums[0]));
}

#if GSC_REAL == 64
const gsc_stage gsc_stage_fixed_norm = {
    .name = "fixed_norm",
    .purpose = "Scale all trained weights to the length that they began with.",
    .kind = GSC_STAGE_PROJECTION,
    .scope = GSC_SCOPE_ALL,
    .states = {{"fixed_norm_squared", GSC_STATE_SCALAR, NULL}},
    .apply = {gsc_fixed_norm_apply_f32, gsc_fixed_norm_apply_f64},
    .add = {gsc_fixed_norm_add_f32, gsc_fixed_norm_add_f64},
    .begin = {gsc_fixed_norm_begin_f32, gsc_fixed_norm_begin_f64}};
#endif
