/* Sparse training: weights of matrices that begin as 0 stay 0, as those of a pruned
 * network that `init_from` names do. Vectors (biases usually begin as 0) are free. */
#include "train/numeric/hot.h"
#include "train/numeric/real.h"
#include "train/optim/stage/stages.h"

GSC_STAGE_KERNEL(gsc_mask_apply);
GSC_STAGE_KERNEL(gsc_mask_begin);

void
TYPED(gsc_mask_begin)(const gsc_span *span)
{
    const real *w = span->weights;
    real *mask = span->state[0];
    for (size_t i = 0; i < span->count; i++)
        mask[i] = w[i] != 0 || span->parameter->shape.rank < 2;
}

static GSC_HOT void
keep_span(real *restrict w, const real *restrict mask, size_t n)
{
    for (size_t i = 0; i < n; i++)
        w[i] *= mask[i];
}

void
TYPED(gsc_mask_apply)(const gsc_span *span)
{
    keep_span(span->values, span->state[0], span->count);
}

#if GSC_REAL == 64
const gsc_stage gsc_stage_mask = {
    .name = "mask",
    .purpose = "Keep those weights of matrices at 0 that began there.",
    .kind = GSC_STAGE_PROJECTION,
    .states = {{"mask", GSC_STATE_WEIGHTS, NULL}},
    .apply = {gsc_mask_apply_f32, gsc_mask_apply_f64},
    .begin = {gsc_mask_begin_f32, gsc_mask_begin_f64}};
#endif
