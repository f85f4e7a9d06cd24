/* How sharp a transition is along a run. */
#include "analyze/method/transition.h"

#include "train/numeric/stats.h"

#include <math.h>
#include <stdbool.h>

static const double begun = 0.1, done = 0.9;

/* The step between two rows at which the way is `level`. */
static double
cross(const int64_t *step, const double *share, size_t i, size_t before, double level)
{
    double a = log10((double)(step[before] > 1 ? step[before] : 1));
    double b = log10((double)(step[i] > 1 ? step[i] : 1));
    double t = (level - share[before]) / (share[i] - share[before]);
    return pow(10, a + t * (b - a));
}

/* Shares of the way from the first number to the last; rows without one are NaN. */
static bool
make_shares(const double *y, size_t n, double *share)
{
    size_t first = 0, last = n;
    while (first < n && !isfinite(y[first]))
        first++;
    while (last > first && !isfinite(y[last - 1]))
        last--;
    if (last < first + 2 || y[first] == y[last - 1])
        return false;
    double way = y[last - 1] - y[first];
    for (size_t i = 0; i < n; i++)
        share[i] = isfinite(y[i]) ? (y[i] - y[first]) / way : (double)NAN;
    return true;
}

/* The first row is 0 % of the way, the last one 100 %. */
static void
find_width(const int64_t *step, const double *share, size_t n, gsc_transition *t)
{
    size_t before = n;
    for (size_t i = 0; i < n && isnan(t->to_step); i++) {
        if (isnan(share[i]))
            continue;
        if (before < n && share[before] < begun && share[i] >= begun)
            t->from_step = cross(step, share, i, before, begun);
        if (share[i] >= done)
            t->to_step = cross(step, share, i, before, done);
        before = i;
    }
    t->width = log10(t->to_step / t->from_step);
}

static double
emergence_of(const double *y, size_t n, double *work)
{
    size_t least = n, most = n, before = n, count = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(y[i]))
            continue;
        if (before < n)
            work[count++] = (y[i] - y[before]) * (y[i] - y[before]);
        least = least == n || y[i] < y[least] ? i : least;
        most = most == n || y[i] > y[most] ? i : most;
        before = i;
    }
    double size = (y[most] - y[least]) / sqrt(gsc_stats_median(work, count));
    return most > least ? size : -size;
}

gsc_transition
gsc_transition_of(const int64_t *step, const double *y, size_t num_rows, double *work)
{
    const double none = (double)NAN;
    gsc_transition t = {none, none, none, none};
    for (size_t i = 1; i < num_rows; i++)
        if (step[i] <= step[i - 1])
            return t;
    if (!make_shares(y, num_rows, work))
        return t;
    find_width(step, work, num_rows, &t);
    t.emergence = emergence_of(y, num_rows, work);
    return t;
}
