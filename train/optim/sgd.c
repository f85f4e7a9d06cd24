/* Gradient descent with momentum. */
#include "train/numeric/hot.h"
#include "train/numeric/real.h"
#include "train/optim/rules.h"

static GSC_HOT void
update_span(real *restrict next, const real *restrict w, const real *restrict g,
            real *restrict m, size_t n, real momentum, real decay, real rate)
{
    for (size_t i = 0; i < n; i++) {
        m[i] = momentum * m[i] + (g[i] + decay * w[i]);
        next[i] = w[i] - rate * m[i];
    }
}

void
TYPED(gsc_sgd_update)(const gsc_optimizer_config *config, double rate, int64_t update,
                      size_t count, const void *weights, const void *gradient,
                      void *const *moments, void *next)
{
    (void)update;
    update_span(next, weights, gradient, moments[0], count, (real)config->momentum,
                (real)config->weight_decay, (real)rate);
}
