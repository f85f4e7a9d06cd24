/* Spectra over the residues modulo p. Pure functions: arrays in, arrays out. */
#ifndef GROKSCOPE_FOURIER_H
#define GROKSCOPE_FOURIER_H

#include "grokscope/matrix.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Frequencies 0 … p/2 of p residues. */
static inline size_t
gsc_fourier_count(size_t p)
{
    return p / 2 + 1;
}

/* Power of every frequency, summed over the columns of x [p, d] (one row for each
 * residue):
 *
 *   power[k] = sum_j |sum_n x[n, j] e^(-2 pi i k n / p)|^2 * c_k / p,
 *   c_k = 2, and 1 for k = 0 and for the Nyquist frequency k = p/2 of an even p.
 *
 * This is the squared norm of the components cos and sin of k in the orthonormal real
 * Fourier basis, so that sum_k power[k] = |x|^2 (Parseval). Nanda et al. (arXiv
 * 2301.05217, section 4.1) draw its root, the norm of each component. power has
 * gsc_fourier_count(p) elements. Cost: one FFT a column. Errors: GSC_EMEMORY. */
int gsc_fourier_power(const gsc_matrix *x, double *power);

/* fraction[k] = power[k] / sum_{k > 0} power[k]; fraction[0] is 0. All 0 where there is
 * no power. */
void gsc_fourier_fractions(const double *power, size_t count, double *fraction);

/* The rule by which a frequency is key: its fraction is at least GSC_KEY_MULTIPLE times
 * 1/(count - 1), what each would have of an even spectrum. (Ours. White noise of d
 * columns stays within 1 +- 3 sqrt(1/d) of the even share, 1.3 for d = 128.) */
#define GSC_KEY_MULTIPLE 2

/* key[k]: whether frequency k is key by that rule; key[0] is false. fraction as from
 * gsc_fourier_fractions; both [count]. */
void gsc_fourier_keys(const double *fraction, size_t count, bool *key);

#ifdef __cplusplus
}
#endif
#endif
