/* Spectra over pairs of residues modulo p: of neurons and logits.
 *
 * A table x [p p, n] holds n maps (neurons, outputs) as columns; row a p + b is the
 * pair (a, b). F is the orthonormal real Fourier basis of gsc_dft_basis; frequencies
 * are 0 … p/2, count = p/2 + 1 of them; w_k = 2 pi k / p. An even p has a Nyquist
 * frequency p/2 with only a cosine. After Nanda et al., arXiv 2301.05217, section 4.
 *
 * Every function takes floats too; all arithmetic is in doubles. GSC_EARGUMENT where
 * p or n is 0, GSC_EMEMORY. Thread-safe, on one thread. */
#ifndef GROKSCOPE_FOURIER2D_H
#define GROKSCOPE_FOURIER2D_H

#include "grokscope/pairs.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The coefficients of every map,
 *
 *     coefficients[i p + j, m] = sum_{a, b} F[i, a] F[j, b] x[a p + b, m]
 *
 * [p p, n]; the sum of their squares is that of the map's (Parseval). x is not
 * `coefficients`. Products with half of F: cosines meet the even part of a map, sines
 * its odd part. 2 p^3 n flops. */
int gsc_fourier2d(const double *x, size_t p, size_t n, double *coefficients);
int gsc_fourier2d_f32(const float *x, size_t p, size_t n, double *coefficients);

/* How much of each map is of one frequency: with rows K = {0, those of k} of F,
 *
 *     fve[k, m] = sum_{i, j in K, not i = j = 0} That[i, j]^2 / total[m],
 *     total[m] = sum_{(i, j) != (0, 0)} That[i, j]^2 = sum (x - mean x)^2
 *
 * with That the coefficients of map m: the fraction of variance explained by only k,
 * eight coefficients of the centred map (three for Nyquist). fve [count, n], fve[0] is
 * 0; all 0 where a map is constant. The sum over k falls short of 1 by the mixed
 * coefficients, i of one frequency and j of another. total [n] may be NULL.
 * The coefficients are not all computed: p^3 n flops and one pass over x. */
int gsc_fourier2d_fve(const double *x, size_t p, size_t n, double *fve, double *total);
int gsc_fourier2d_fve_f32(const float *x, size_t p, size_t n, double *fve,
                          double *total);

/* Each map's frequency, argmax_k fve[k, m] over all k = 1 … p/2 (the first of equals),
 * and its fve. (The authors' program stops at p/2 - 1 and misses 56 of 113; their
 * notebook does not.) frequency [n] is 0 for a constant map; best [n] may be NULL. */
void gsc_fourier2d_peaks(const double *fve, size_t p, size_t n, size_t *frequency,
                         double *best);

/* The share of each map's variance on the directions cos(w_k s) and sin(w_k s) with s =
 * a + b or a - b:
 *
 *     share[k, m] = ((u_c . x)^2 + (u_s . x)^2) / total[m]
 *
 * with the unit vectors of pairs.h. share [count, n], share[0] is 0; all 0 for a
 * constant map. Two passes over x. */
int gsc_fourier2d_shares(const double *x, size_t p, size_t n, gsc_direction direction,
                         double *share);
int gsc_fourier2d_shares_f32(const float *x, size_t p, size_t n,
                             gsc_direction direction, double *share);

#ifdef __cplusplus
}
#endif
#endif
