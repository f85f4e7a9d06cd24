/* How many facts of several hops there are. */
#include "analyze/method/task/multihop.h"

#include <math.h>

/* log(V (V-1) … (V-n)), the number of paths of n + 1 different vertices. */
static double
log_paths(const gsc_hop_sizes *s)
{
    double sum = 0;
    for (double i = 0; i <= s->hops; i++)
        sum += log(s->vertices - i);
    return s->vertices > s->hops ? sum : (double)NAN;
}

double
gsc_multihop_facts(const gsc_hop_sizes *sizes)
{
    double edge = log(sizes->branching) - log(sizes->vertices - 1);
    return exp(log_paths(sizes) + sizes->hops * edge);
}

double
gsc_multihop_ratio(const gsc_hop_sizes *sizes)
{
    return gsc_multihop_facts(sizes) / (sizes->vertices * sizes->branching);
}

double
gsc_multihop_branching(const gsc_hop_sizes *sizes, double phi)
{
    double v = sizes->vertices, n = sizes->hops;
    if (n < 2)
        return (double)NAN;
    return exp((log(phi) + log(v) + n * log(v - 1) - log_paths(sizes)) / (n - 1));
}
