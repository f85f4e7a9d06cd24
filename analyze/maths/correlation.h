/* Correlation of two series, and what a trend alone would give. */
#ifndef GROKSCOPE_CORRELATION_H
#define GROKSCOPE_CORRELATION_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* x . y / (|x| |y|); NaN where one of them is 0. O(n). */
double gsc_cosine(const double *x, const double *y, size_t n);

/* Pearson's correlation sum (x - mx)(y - my) / sqrt(sum (x - mx)^2 sum (y - my)^2); NaN
 * where one of them is constant, or of fewer than two numbers. O(n). */
double gsc_pearson(const double *x, const double *y, size_t n);

/* Spearman's: Pearson's of the ranks, equal numbers having the mean of theirs.
 * GSC_EMEMORY. O(n^2). */
int gsc_spearman(const double *x, const double *y, size_t n, double *correlation);

/* The share of the n - 1 circular shifts of y against x whose Pearson correlation is as
 * large, in absolute value, as that of the series as they are. Two series that only
 * have a trend correlate; a shift keeps all of y but where it stands. NaN as above.
 * O(n^2). */
int gsc_correlation_shifts(const double *x, const double *y, size_t n, double *share);

#ifdef __cplusplus
}
#endif
#endif
