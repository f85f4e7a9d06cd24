/* Which frequencies a network uses, by the published rules, and where they came from.
 */
#include "grokscope/key_frequency.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void
gsc_key_frequency_by_neuron(const size_t *frequency, const double *fve, size_t n,
                            double least, size_t count, bool *key, size_t *num_neurons)
{
    for (size_t k = 0; k < count; k++) {
        key[k] = false;
        if (num_neurons)
            num_neurons[k] = 0;
    }
    for (size_t m = 0; m < n; m++) {
        size_t k = frequency[m];
        if (k == 0 || k >= count || (fve && !(fve[m] >= least)))
            continue;
        key[k] = true;
        if (num_neurons)
            num_neurons[k]++;
    }
}

void
gsc_key_frequency_by_logit(const double *similarity, size_t count, double least,
                           bool *key)
{
    for (size_t k = 0; k < count; k++)
        key[k] = k > 0 && similarity[k] > least;
}

size_t
gsc_key_frequency_list(const bool *key, size_t count, size_t *list)
{
    size_t found = 0;
    for (size_t k = 0; k < count; k++)
        if (key[k])
            list[found++] = k;
    return found;
}

/* ---- Ranks ---- */

/* Most cells of the table that counts draws; 32 MB. */
static const size_t most_cells = (size_t)1 << 22;

/* Twice the rank of each of x [n], 1 the largest: whole numbers, equal ones sharing. */
static void
rank_doubled(const double *x, size_t n, size_t *rank)
{
    for (size_t i = 0; i < n; i++) {
        size_t above = 0, equal = 0;
        for (size_t j = 0; j < n; j++) {
            above += x[j] > x[i];
            equal += x[j] == x[i];
        }
        rank[i] = 2 * above + equal + 1;
    }
}

/* The probability that m of n ranks, drawn at random, add up to `sum` at most. chance
 * [m + 1, sum + 1] begins as zeros; chance[j, t] becomes the number of sets of j ranks
 * that add up to t, over the number of all sets of j: no count overflows. */
static double
count_draws(const size_t *rank, size_t n, size_t m, size_t sum, double *chance)
{
    size_t width = sum + 1;
    double below = 0;
    chance[0] = 1;
    for (size_t i = 0; i < n; i++)
        for (size_t j = (i + 1 < m ? i + 1 : m); j-- > 0;) {
            double share = (double)(j + 1) / (double)(n - j); /* of both numbers */
            for (size_t t = rank[i]; t <= sum; t++)
                chance[(j + 1) * width + t] += share * chance[j * width + t - rank[i]];
        }
    for (size_t t = 0; t <= sum; t++)
        below += chance[m * width + t];
    return below;
}

/* The standard deviation of the sum of m of the ranks, drawn at random. */
static double
deviation_of_sum(const size_t *rank, size_t n, size_t m)
{
    double middle = (double)n + 1, squares = 0; /* doubled */
    for (size_t i = 0; i < n; i++)
        squares += ((double)rank[i] - middle) * ((double)rank[i] - middle);
    if (n < 2 || m == n)
        return 0;
    return sqrt(squares / (double)n * (double)m * (double)(n - m) / (double)(n - 1)) /
           2;
}

static int
compare(const size_t *rank, const bool *key, gsc_key_ranks *out)
{
    int status = 0;
    double *chance = NULL;
    size_t n = out->n, m = out->num_keys, sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += key[i] ? rank[i] : 0;
    double deviation = deviation_of_sum(rank, n, m);
    double above = (double)sum / 2 - (double)m * out->expected;
    out->mean = (double)sum / 2 / (double)m;
    out->z = deviation > 0 ? above / deviation : 0;
    out->exact = (sum + 1) <= most_cells / (m + 1);
    if (out->exact) {
        GSC_NEW(chance, (m + 1) * (sum + 1));
        out->p_value = count_draws(rank, n, m, sum, chance);
    } else {
        out->p_value =
            deviation > 0 ? erfc(-(above + 0.5) / deviation / sqrt(2)) / 2 : 1;
    }
out:
    free(chance);
    return status;
}

int
gsc_key_frequency_ranks(const double *power, const bool *key, size_t count,
                        gsc_key_ranks *ranks)
{
    int status = 0;
    size_t *rank = NULL;
    *ranks = (gsc_key_ranks){.n = count ? count - 1 : 0};
    for (size_t k = 1; k < count; k++) {
        if (isnan(power[k]))
            return gsc_fail(GSC_ENUMERIC, "power of frequency %zu is not a number", k);
        ranks->num_keys += key[k];
    }
    if (ranks->num_keys == 0)
        return gsc_fail(GSC_EARGUMENT,
                        "ranks of key frequencies, and none of %zu is key", ranks->n);
    ranks->expected = ((double)ranks->n + 1) / 2;
    GSC_NEW(rank, ranks->n);
    rank_doubled(power + 1, ranks->n, rank);
    GSC_TRY(compare(rank, key + 1, ranks));
out:
    free(rank);
    return status;
}
