/* AdamW and Adam: decay of the weights beside the gradient, or as a part of it. */
#include "train/numeric/hot.h"
#include "train/numeric/real.h"
#include "train/optim/rules.h"

#include <math.h>

/* The constants of one update, in the type of the weights as PyTorch rounds them. */
typedef struct constants {
    real keep, decay, beta1, rest1, beta2, rest2, step, root2, epsilon;
} constants;

static inline real
square_root(real x)
{
#if GSC_REAL == 32
    return sqrtf(x);
#else
    return sqrt(x);
#endif
}

static GSC_HOT void
update_span(real *restrict next, const real *restrict w, const real *restrict g,
            real *restrict m, real *restrict v, size_t n, constants c)
{
    for (size_t i = 0; i < n; i++) {
        real slope = g[i] + c.decay * w[i];
        m[i] = c.beta1 * m[i] + c.rest1 * slope;
        v[i] = c.beta2 * v[i] + c.rest2 * slope * slope;
        real root = square_root(v[i]);
        next[i] = w[i] * c.keep - c.step * (m[i] / (root / c.root2 + c.epsilon));
    }
}

static constants
find_constants(const gsc_optimizer_config *config, double rate, int64_t update)
{
    double t = (double)update + 1;
    return (constants){.keep = 1,
                       .beta1 = (real)config->beta1,
                       .rest1 = (real)(1 - config->beta1),
                       .beta2 = (real)config->beta2,
                       .rest2 = (real)(1 - config->beta2),
                       .step = (real)(rate / (1 - pow(config->beta1, t))),
                       .root2 = (real)sqrt(1 - pow(config->beta2, t)),
                       .epsilon = (real)config->epsilon};
}

void
TYPED(gsc_adamw_update)(const gsc_optimizer_config *config, double rate, int64_t update,
                        size_t count, const void *weights, const void *gradient,
                        void *const *moments, void *next)
{
    constants c = find_constants(config, rate, update);
    c.keep = (real)(1 - rate * config->weight_decay);
    update_span(next, weights, gradient, moments[0], moments[1], count, c);
}

void
TYPED(gsc_adam_update)(const gsc_optimizer_config *config, double rate, int64_t update,
                       size_t count, const void *weights, const void *gradient,
                       void *const *moments, void *next)
{
    constants c = find_constants(config, rate, update);
    c.decay = (real)config->weight_decay;
    update_span(next, weights, gradient, moments[0], moments[1], count, c);
}
