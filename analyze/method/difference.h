/* How far two arrays of numbers are from each other. */
#ifndef GROKSCOPE_DIFFERENCE_H
#define GROKSCOPE_DIFFERENCE_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* x and y are the same within
 *
 *     |x - y| <= absolute + relative |y|
 *
 * (numpy's rule), where they are equal, and where both are NaN. 0 and 0 ask for equal
 * values. */
typedef struct gsc_tolerance {
    double relative, absolute;
} gsc_tolerance;

bool gsc_difference_within(gsc_tolerance tolerance, double x, double y);

/* Sums over pairs of elements. Begin with {0} and add arrays. */
typedef struct gsc_difference {
    size_t count, num_different; /* elements; those out of the tolerance */
    double max;                  /* |x - y| */
    double max_relative;   /* |x - y| / max(|x|, |y|), 0 where both are 0: 0 … 2 */
    double xx, yy, xy, dd; /* sums of products, d = y - x */
} gsc_difference;

/* Add x and y [n]. What is NaN on both sides counts as equal to each other, what is on
 * one makes the numbers NaN. Never fails. */
void gsc_difference_add(gsc_difference *sums, const double *x, const double *y,
                        size_t n, gsc_tolerance tolerance);

/* |y - x|, and the cosine of x and y: NaN where one is 0. */
double gsc_difference_distance(const gsc_difference *sums);
double gsc_difference_cosine(const gsc_difference *sums);

#ifdef __cplusplus
}
#endif
#endif
