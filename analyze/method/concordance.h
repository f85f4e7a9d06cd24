/* Whether a number tells which of two runs comes first.
 *
 * Two runs can be compared where one is known to reach it before the other: it reaches
 * it at a time before the other does, or before the other is censored (two that reach
 * it at one time cannot). Harrell's concordance index (1982) is the share of such pairs
 * in which the run with the larger number comes first, where equal numbers count one
 * half: 1 where the numbers order all pairs, 1/2 where they tell nothing, 0 where they
 * order all the other way round.
 *
 * Pairs share runs, so that their number is no measure of certainty. With c_i and n_i
 * the concordant and comparable pairs that run i is in, and C = sum c_i / sum n_i,
 *
 *     Var C = 4 sum_i (c_i - C n_i)^2 / (sum_i n_i)^2
 *
 * is the infinitesimal jackknife, of which the interval of 95 % is made. */
#ifndef GROKSCOPE_CONCORDANCE_H
#define GROKSCOPE_CONCORDANCE_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_ranked_run {
    double time; /* when it was reached, or up to when it was not */
    bool reached;
    double value; /* NaN: the run is in no pair */
    size_t fold;  /* runs are compared with those of their own fold only */
} gsc_ranked_run;

typedef struct gsc_concordance {
    double index, low, high; /* NaN where there is no pair */
    size_t pairs;
} gsc_concordance;

/* Of the folds number `first`, first + stride, …: 0 and 1 are all. O(runs^2). */
gsc_concordance gsc_concordance_of(const gsc_ranked_run *runs, size_t num_runs,
                                   size_t first, size_t stride);

#ifdef __cplusplus
}
#endif
#endif
