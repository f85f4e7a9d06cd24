/* Where the phases of a run begin and end. */
#include "analyze/method/phases.h"

#include <math.h>

gsc_phase_rule
gsc_phases_default_rule(void)
{
    return (gsc_phase_rule){.memorised = 0.1, .half = 0.5, .clean = 0.001};
}

/* The first row in [begin, end) with a value of at most `limit`; end if there is none.
 */
static size_t
first_at_most(const double *x, size_t begin, size_t end, double limit)
{
    size_t i = begin;
    while (i < end && !(x[i] <= limit))
        i++;
    return i;
}

/* The first row in [begin, end) with the least, or the largest, value times `sign`; end
 * where there is none. */
static size_t
most_extreme(const double *x, size_t begin, size_t end, double sign)
{
    size_t best = end;
    for (size_t i = begin; i < end; i++)
        if (!isnan(x[i]) && (best == end || sign * x[i] > sign * x[best]))
            best = i;
    return best;
}

void
gsc_phases_of_run(const gsc_run_series *series, const gsc_phase_rule *rule,
                  gsc_phases *phases)
{
    size_t n = series->num_rows;
    const double *test = series->test_loss;
    *phases = (gsc_phases){-1, -1, -1};
    size_t memorised = first_at_most(series->train_loss, 0, n, rule->memorised);
    if (memorised == n)
        return;
    size_t top = most_extreme(test, 0, n, 1), fallen = n;
    if (top < n)
        fallen = first_at_most(test, top + 1, n, rule->half * test[top]);
    size_t clean = first_at_most(test, fallen, n, rule->clean);
    size_t end = fallen < n ? fallen + 1 : n, turn = end;
    if (series->excluded)
        turn = most_extreme(series->excluded, memorised, end, -1);
    phases->memorisation = series->step[turn < end ? turn : memorised];
    if (fallen < n)
        phases->circuit_formation = series->step[fallen];
    if (clean < n)
        phases->cleanup = series->step[clean];
}

void
gsc_phases_of_norm(const int64_t *step, const double *norm, size_t num_rows,
                   double band, gsc_norm_phases *phases)
{
    size_t first = 0, last = num_rows;
    *phases = (gsc_norm_phases){-1, -1, (double)NAN, (double)NAN, (double)NAN};
    size_t peak = most_extreme(norm, 0, num_rows, 1), settled = peak;
    if (peak == num_rows)
        return;
    while (isnan(norm[first]))
        first++;
    do
        last--;
    while (isnan(norm[last]));
    double limit = norm[last] + band * (norm[peak] - norm[last]);
    for (size_t i = peak; i < last; i++)
        if (norm[i] > limit)
            settled = i + 1;
    while (isnan(norm[settled]))
        settled++;
    *phases = (gsc_norm_phases){step[peak], step[settled], norm[first], norm[peak],
                                norm[last]};
}
