/* Times until something is reached, of runs some of which never get there: they are
 * censored at their last step, not dropped and not late by some number.
 *
 * The curve is Kaplan and Meier's (1958): over the times t_j at which d_j of the n_j
 * runs that are still under way reach it,
 *
 *     S(t) = prod_{t_j <= t} (1 - d_j / n_j)
 *
 * with the interval of 95 % that Greenwood's variance gives ln(-ln S), so that it stays
 * between 0 and 1. The median is the first time with S <= 1/2; its interval ends where
 * the interval of S does the same (Brookmeyer and Crowley 1982). */
#ifndef GROKSCOPE_SURVIVAL_H
#define GROKSCOPE_SURVIVAL_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One run: when it was reached, or up to when it was not. */
typedef struct gsc_survival_run {
    double time;
    bool reached;
    bool second; /* of two arms */
} gsc_survival_run;

typedef struct gsc_survival_point {
    double time;
    size_t at_risk, reached; /* n_j and d_j */
    double share, low, high; /* S, that have not reached it by then, and its interval */
} gsc_survival_point;

/* The curve of all `count` runs: one point for each time at which it is reached,
 * ascending. The caller frees the points. Sorts the runs by time. n log n. GSC_EMEMORY.
 */
int gsc_survival_curve(gsc_survival_run *runs, size_t count,
                       gsc_survival_point **points, size_t *num_points);

/* Infinite where half the runs have not reached it. */
typedef struct gsc_survival_median {
    double median, low, high;
} gsc_survival_median;

gsc_survival_median gsc_survival_median_of(const gsc_survival_point *points,
                                           size_t num_points);

/* How the second arm differs from the first.
 *   ratio    of the hazards, by Cox's partial likelihood with Efron's ties: above 1
 *            the second arm is sooner. 0 or infinite where one arm is ahead throughout
 *   low, high  Wald's interval of 95 %; NaN where the ratio is 0, infinite or NaN
 *   p_value  of the log-rank test
 * All NaN where nothing is reached, or an arm has no runs. */
typedef struct gsc_survival_ratio {
    double ratio, low, high, p_value;
} gsc_survival_ratio;

/* Sorts the runs by time. n log n. */
gsc_survival_ratio gsc_survival_compare(gsc_survival_run *runs, size_t count);

/* Runs of each arm with which a ratio of hazards would be found at the level .05 (two
 * sides) in four of five experiments, where a share of the runs reaches it:
 *     2 (1.960 + .842)^2 / (share ln(ratio)^2)                 (Schoenfeld 1981)
 * Infinite for a ratio of 1. */
double gsc_survival_runs_needed(double ratio, double share);

#ifdef __cplusplus
}
#endif
#endif
