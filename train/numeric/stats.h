/* Numbers that sum up many numbers. */
#ifndef GROKSCOPE_STATS_H
#define GROKSCOPE_STATS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The mean and the standard deviation sqrt(sum (x - mean)^2 / n) (of n, not n - 1) of n
 * numbers; NaN where n = 0. Either result may be NULL. Two passes. */
void gsc_stats_mean(const double *x, size_t n, double *mean, double *deviation);

/* The median of n numbers, none of them NaN, which are reordered; NaN where n = 0. O(n)
 * on average. */
double gsc_stats_median(double *x, size_t n);

/* Sort n numbers in place, none of them negative (-0 included) or NaN, smallest first.
 * Radix sort: O(n) time, 64-bit patterns of such numbers being in their order. `work`
 * has room for n. Never fails. */
void gsc_stats_sort(double *x, size_t n, double *work);

/* The Gini coefficient of n numbers >= 0 in ascending order,
 *
 *     G = sum_i (2 i - n - 1) x_(i) / (n sum x) = sum_ij |x_i - x_j| / (2 n sum x)
 *
 * (Nanda et al., arXiv 2301.05217, appendix), i = 1 … n: 0 where all are equal, 1 - 1/n
 * where one has everything. 0 where the sum is 0. O(n). */
double gsc_stats_gini_sorted(const double *x, size_t n);

/* The same of |x_i| in any order. GSC_EMEMORY; GSC_ENUMERIC where one is not finite. */
int gsc_stats_gini(const double *x, size_t n, double *gini);

/* Shannon's entropy -sum q_i ln q_i, in nats, of q = x / sum x with x_i >= 0; 0 ln 0 is
 * 0, as is the entropy where the sum is 0. O(n). */
double gsc_stats_entropy(const double *x, size_t n);

#ifdef __cplusplus
}
#endif
#endif
