/* The direction of Adam, for rules that take it for some of their numbers. */
#include "train/numeric/real.h"
#include "train/optim/stage/stages.h"

#include <math.h>

void
TYPED(gsc_adam_direction)(const gsc_adam_constants *c, size_t n, real *u, real *m,
                          real *v)
{
    double t = (double)c->update + 1;
    real beta1 = (real)c->beta1, rest1 = (real)(1 - c->beta1);
    real beta2 = (real)c->beta2, rest2 = (real)(1 - c->beta2);
    double bias1 = 1 - pow(c->beta1, t), bias2 = 1 - pow(c->beta2, t);
    for (size_t i = 0; i < n; i++) {
        m[i] = beta1 * m[i] + rest1 * u[i];
        v[i] = beta2 * v[i] + rest2 * u[i] * u[i];
        u[i] = (real)((double)m[i] / bias1 / (sqrt((double)v[i] / bias2) + c->epsilon));
    }
}
