/* One number for how few frequencies a matrix uses. Pure functions over x [p, d], a row
 * a residue, with the orthonormal real Fourier basis F of gsc_dft_basis: F x has rows
 * mu_k (cosine of k) and nu_k (sine of k), k = 1 … p/2. An even p has no sine of its
 * Nyquist frequency: nu = 0 there.
 *
 * All: GSC_EARGUMENT where x is empty, GSC_EMEMORY; cost an FFT a column. */
#ifndef GROKSCOPE_SPECTRUM_SUMMARY_H
#define GROKSCOPE_SPECTRUM_SUMMARY_H

#include "grokscope/matrix.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* norms[i], [p]: the norm of row i of F x, the constant first, then cosine and sine of
 * each frequency: the bars of Nanda et al. (arXiv 2301.05217). */
int gsc_spectrum_summary_norms(const gsc_matrix *x, double *norms);

/* The Gini coefficient of the p norms (the same, appendix: of W_E and W_L; see
 * gsc_stats_gini), the constant's among them, which the paper does not exclude. 1 -
 * 1/p: one component; about 0.05 for white noise of 128 columns. */
int gsc_spectrum_summary_gini(const gsc_matrix *x, double *gini);

/* The inverse participation ratio of every column,
 *
 *     ipr[j] = sum_k (|f_k| / |f|)^(2 r),  f_k = sum_n x[n, j] e^(-2 pi i k n / p)
 *
 * over k = 0 … p/2, one-sided, none counted twice (Doshi et al., arXiv 2310.13061,
 * whose program's convention this is; r = 2 there): 1 for a wave of one frequency
 * whatever its phase, 1/(p/2 + 1) for an even spectrum. 0 for a column of zeros. r > 0.
 */
int gsc_spectrum_summary_ipr(const gsc_matrix *x, double r, double *ipr);

/* Fourier frequency density and cosine-sine ratio of Furuta et al., arXiv 2402.16726,
 * h = floor(p/2):
 *
 *     FFD = 1/(2 h) sum_k ([|mu_k| / max_i |mu_i| > eta] + [|nu_k| / max_i |nu_i| >
 * eta]) FCR = 1/h sum_k min(|mu_k| / |nu_k|, |nu_k| / |mu_k|)
 *
 * FFD is low for few dominant frequencies, FCR for those that are only cosines or
 * sines; Gaussian noise has FFD 1. GSC_FFD_ETA is the paper's eta. The paper's eq. (5)
 * sums over half of the residues; ours is the transform over all of them. Where both
 * norms are 0 the ratio counts as 1 (neither is preferred), where one is, 0; where all
 * mu are 0 none is above eta. GSC_EARGUMENT where p < 2. */
#define GSC_FFD_ETA 0.5
int gsc_spectrum_summary_furuta(const gsc_matrix *x, double eta, double *ffd,
                                double *fcr);

#ifdef __cplusplus
}
#endif
#endif
