/* Decay of the weights, and the step that a normalised update makes. */
#include "train/numeric/hot.h"
#include "train/numeric/real.h"
#include "train/optim/pipeline.h"

static GSC_HOT void
decay_to_zero(real *restrict g, const real *restrict w, size_t n, real decay)
{
    for (size_t i = 0; i < n; i++)
        g[i] += decay * w[i];
}

static GSC_HOT void
decay_to_initial(real *restrict g, const real *restrict w, const real *restrict w0,
                 size_t n, real decay)
{
    for (size_t i = 0; i < n; i++)
        g[i] += decay * (w[i] - w0[i]);
}

void
TYPED(gsc_decay)(const gsc_span *span)
{
    if (span->initial)
        decay_to_initial(span->values, span->weights, span->initial, span->count,
                         (real)span->decay);
    else
        decay_to_zero(span->values, span->weights, span->count, (real)span->decay);
}

static GSC_HOT void
step_to_zero(real *restrict u, const real *restrict w, size_t n, real keep, real step)
{
    for (size_t i = 0; i < n; i++)
        u[i] = w[i] * keep - step * u[i];
}

static GSC_HOT void
step_to_initial(real *restrict u, const real *restrict w, const real *restrict w0,
                size_t n, real decay, real step)
{
    for (size_t i = 0; i < n; i++)
        u[i] = w[i] + decay * (w0[i] - w[i]) - step * u[i];
}

void
TYPED(gsc_step)(const gsc_span *span, double decay, double step)
{
    if (span->initial)
        step_to_initial(span->values, span->weights, span->initial, span->count,
                        (real)(span->rate * decay), (real)step);
    else
        step_to_zero(span->values, span->weights, span->count,
                     (real)(1 - span->rate * decay), (real)step);
}
