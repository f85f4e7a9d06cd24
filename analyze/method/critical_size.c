/* Where accuracy over the logarithm of a size is half way up. */
#include "analyze/method/critical_size.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include "train/numeric/stats.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum { PLACES = 200, SHARPNESSES = 40, HALVINGS = 24 };
static const double least_sharpness = 0.5, sharpness_growth = 1.15;

/* Runs, each as often as it was drawn. */
typedef struct sample {
    const gsc_sized_run *runs;
    size_t num_runs;
    const size_t *times; /* [seeds] */
    double least, most;  /* ln of the sizes */
} sample;

/* ln of both parameters. */
typedef struct sigmoid {
    double place, sharpness;
} sigmoid;

static double
squared_error(const sample *s, sigmoid f)
{
    double sum = 0;
    for (size_t i = 0; i < s->num_runs; i++) {
        const gsc_sized_run *r = &s->runs[i];
        double above = exp(f.sharpness) * (f.place - log(r->size));
        double d = r->accuracy - 1 / (1 + exp(fmin(above, 700)));
        sum += (double)s->times[r->seed] * d * d;
    }
    return sum;
}

static sigmoid
search_grid(const sample *s)
{
    sigmoid best = {s->least, log(least_sharpness)};
    double lowest = INFINITY;
    for (int i = 0; i <= PLACES; i++)
        for (int k = 0; k < SHARPNESSES; k++) {
            sigmoid f = {s->least + (s->most - s->least) * i / PLACES,
                         log(least_sharpness) + k * log(sharpness_growth)};
            double error = squared_error(s, f);
            if (error < lowest) {
                lowest = error;
                best = f;
            }
        }
    return best;
}

/* One step along either parameter, where it lowers the error. Sharper than the grid's
 * sharpest changes nothing that sizes could tell. */
static bool
improve(const sample *s, sigmoid *best, double *lowest, double step)
{
    const double sharpest = log(least_sharpness) + SHARPNESSES * log(sharpness_growth);
    bool improved = false;
    for (int way = 0; way < 4; way++) {
        sigmoid f = *best;
        *(way < 2 ? &f.place : &f.sharpness) += way % 2 ? step : -step;
        f.place = fmin(fmax(f.place, s->least), s->most);
        f.sharpness = fmin(f.sharpness, sharpest);
        double error = squared_error(s, f);
        if (error < *lowest) {
            *lowest = error;
            *best = f;
            improved = true;
        }
    }
    return improved;
}

static sigmoid
refine(const sample *s, sigmoid best, double step)
{
    double lowest = squared_error(s, best);
    for (int halving = 0; halving < HALVINGS; halving++, step /= 2)
        for (int i = 0; i < 8 && improve(s, &best, &lowest, step); i++)
            ;
    return best;
}

/* +1 where all drawn accuracies are one half or more, -1 where all are below, 0 where
 * there are both, 2 where nothing was drawn. */
static int
side_of(const sample *s)
{
    bool above = false, below = false;
    for (size_t i = 0; i < s->num_runs; i++)
        if (s->times[s->runs[i].seed] > 0)
            *(s->runs[i].accuracy >= 0.5 ? &above : &below) = true;
    return above && below ? 0 : above ? 1 : below ? -1 : 2;
}

static void
find_ends(sample *s)
{
    s->least = INFINITY;
    s->most = -INFINITY;
    for (size_t i = 0; i < s->num_runs; i++) {
        s->least = fmin(s->least, log(s->runs[i].size));
        s->most = fmax(s->most, log(s->runs[i].size));
    }
}

/* ---- Bootstrap ---- */

static int
find_interval(sample *s, sigmoid best, size_t num_seeds, size_t *times,
              gsc_critical_size *critical)
{
    int status = 0;
    double *places = NULL;
    const uint64_t stream = gsc_rng_stream("critical size");
    uint64_t counter = 0;
    GSC_NEW(places, 2 * GSC_CRITICAL_DRAWS); /* half of it to sort in */
    for (size_t draw = 0; draw < GSC_CRITICAL_DRAWS; draw++) {
        for (size_t k = 0; k < num_seeds; k++)
            times[k] = 0;
        for (size_t k = 0; k < num_seeds; k++)
            times[gsc_rng_below(0, stream, counter++, num_seeds)]++;
        int side = side_of(s);
        places[draw] =
            exp(side > 0   ? s->least
                : side < 0 ? s->most
                           : refine(s, best, (s->most - s->least) / 4).place);
    }
    gsc_stats_sort(places, GSC_CRITICAL_DRAWS, places + GSC_CRITICAL_DRAWS);
    critical->low = places[GSC_CRITICAL_DRAWS / 40];
    critical->high = places[GSC_CRITICAL_DRAWS - 1 - GSC_CRITICAL_DRAWS / 40];
out:
    free(places);
    return status;
}

int
gsc_critical_size_of(const gsc_sized_run *runs, size_t num_runs,
                     gsc_critical_size *critical)
{
    int status = 0;
    size_t num_seeds = 0, *times = NULL;
    const double none = (double)NAN;
    *critical = (gsc_critical_size){none, none, none, none, none};
    for (size_t i = 0; i < num_runs; i++)
        num_seeds = runs[i].seed >= num_seeds ? runs[i].seed + 1 : num_seeds;
    GSC_NEW(times, num_seeds);
    for (size_t k = 0; k < num_seeds; k++)
        times[k] = 1;
    sample s = {.runs = runs, .num_runs = num_runs, .times = times};
    find_ends(&s);
    if (!(s.most > s.least) || side_of(&s) != 0)
        goto out;
    sigmoid best = refine(&s, search_grid(&s), (s.most - s.least) / PLACES);
    critical->size = exp(best.place);
    critical->sharpness = exp(best.sharpness);
    critical->error = sqrt(squared_error(&s, best) / (double)num_runs);
    if (num_seeds > 1)
        GSC_TRY(find_interval(&s, best, num_seeds, times, critical));
out:
    free(times);
    return status;
}
