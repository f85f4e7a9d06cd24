/* The largest of some numbers. */
#ifndef GSC_NUMERIC_TOP_H
#define GSC_NUMERIC_TOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many of n a share is: the n - floor((1 - share) n) of programs that take the
 * smallest away, ceil(share n), where a product that is whole but for rounding is
 * whole. */
size_t gsc_top_count(double share, size_t n);

/* mask [n] = whether a number is among the `keep` largest; of equal ones those are that
 * come first. What is no number is larger, or with a sign smaller, than all. Cost: a
 * pass for each byte of the type. */
void gsc_top_mask_f32(const float *x, size_t n, size_t keep, bool *mask);
void gsc_top_mask_f64(const double *x, size_t n, size_t keep, bool *mask);

/* places [k] = those of the k <= n largest numbers, the largest first, of equal ones
 * the first. O(n k), for few of them. */
void gsc_top_places_f32(const float *x, size_t n, size_t k, int32_t *places);
void gsc_top_places_f64(const double *x, size_t n, size_t k, int32_t *places);

#endif
