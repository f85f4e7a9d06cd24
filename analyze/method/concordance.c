/* Whether a number tells which of two runs comes first. */
#include "analyze/method/concordance.h"

#include <math.h>

/* Whether a is known to come before b. */
static bool
comes_first(const gsc_ranked_run *a, const gsc_ranked_run *b)
{
    return a->reached && (a->time < b->time || (a->time == b->time && !b->reached));
}

typedef struct pairs {
    double concordant, comparable;
} pairs;

/* The pairs that a run is in. */
static pairs
pairs_of(const gsc_ranked_run *runs, size_t num_runs, size_t i)
{
    pairs p = {0, 0};
    const gsc_ranked_run *a = &runs[i];
    for (size_t k = 0; k < num_runs; k++) {
        const gsc_ranked_run *b = &runs[k];
        if (k == i || a->fold != b->fold || isnan(b->value))
            continue;
        bool first = comes_first(a, b), second = comes_first(b, a);
        if (!first && !second)
            continue;
        double d = first ? a->value - b->value : b->value - a->value;
        p.comparable++;
        p.concordant += d > 0 ? 1 : d == 0 ? 0.5 : 0;
    }
    return p;
}

static bool
counts(const gsc_ranked_run *run, size_t first, size_t stride)
{
    return !isnan(run->value) && run->fold % stride == first;
}

gsc_concordance
gsc_concordance_of(const gsc_ranked_run *runs, size_t num_runs, size_t first,
                   size_t stride)
{
    const double none = (double)NAN;
    pairs all = {0, 0};
    double squares = 0;
    for (size_t i = 0; i < num_runs; i++)
        if (counts(&runs[i], first, stride)) {
            pairs p = pairs_of(runs, num_runs, i);
            all.concordant += p.concordant;
            all.comparable += p.comparable;
        }
    if (all.comparable == 0)
        return (gsc_concordance){none, none, none, 0};
    double index = all.concordant / all.comparable;
    for (size_t i = 0; i < num_runs; i++)
        if (counts(&runs[i], first, stride)) {
            pairs p = pairs_of(runs, num_runs, i);
            double d = p.concordant - index * p.comparable;
            squares += d * d;
        }
    double half = 1.959964 * 2 * sqrt(squares) / all.comparable;
    return (gsc_concordance){index, fmax(index - half, 0), fmin(index + half, 1),
                             (size_t)(all.comparable / 2)};
}
