/* Stochastic gradient Langevin dynamics around a point. */
#include "analyze/method/weights/sgld.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void
move(const gsc_sgld *s, uint64_t stream, uint64_t step, const double *gradient,
     double *w)
{
    double noise = sqrt(s->epsilon);
    for (size_t i = 0; i < s->n; i++) {
        if (s->marks && s->marks[i] == 0)
            continue;
        double pull = s->n_beta * gradient[i] + s->gamma * (w[i] - s->origin[i]);
        w[i] += noise * gsc_rng_normal(s->seed, stream, step * s->n + i) -
                s->epsilon / 2 * pull;
    }
}

int
gsc_sgld_run(const gsc_sgld *s, uint64_t chain, double *losses)
{
    int status = 0;
    double *w = NULL, *gradient = NULL, loss = 0;
    uint64_t stream = gsc_rng_substream(gsc_rng_stream("sgld"), chain);
    size_t steps = s->burn_in + s->draws, step = 0;
    GSC_NEW(w, s->n);
    GSC_NEW(gradient, s->n);
    memcpy(w, s->origin, s->n * sizeof *w);
    for (; step < steps; step++) {
        GSC_TRY(s->loss(s->context, w, chain * steps + step, &loss, gradient));
        if (!isfinite(loss))
            break;
        if (step >= s->burn_in)
            losses[step - s->burn_in] = loss;
        move(s, stream, step, gradient, w);
    }
    for (step = step > s->burn_in ? step : s->burn_in; step < steps; step++)
        losses[step - s->burn_in] = NAN;
out:
    free(w);
    free(gradient);
    return status;
}

static double
mean(const double *x, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += x[i];
    return sum / (double)count;
}

gsc_llc
gsc_llc_of(const double *losses, size_t chains, size_t draws, double n_beta,
           double at_origin)
{
    gsc_llc made = {0};
    double squares = 0;
    size_t half = draws / 2;
    for (size_t c = 0; c < chains; c++) {
        const double *x = losses + c * draws;
        made.llc += n_beta * (mean(x, draws) - at_origin) / (double)chains;
        made.drift +=
            n_beta * (mean(x + half, draws - half) - mean(x, half)) / (double)chains;
    }
    for (size_t c = 0; c < chains; c++) {
        double off = n_beta * (mean(losses + c * draws, draws) - at_origin) - made.llc;
        squares += off * off;
    }
    made.spread = chains > 1 ? sqrt(squares / (double)(chains - 1)) : (double)NAN;
    return made;
}
