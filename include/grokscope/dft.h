/* Discrete Fourier transforms of real sequences. */
#ifndef GROKSCOPE_DFT_H
#define GROKSCOPE_DFT_H

#include "grokscope/matrix.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The transform of every column of x [n, cols]:
 *
 *     re + i im [n/2 + 1, cols],    row k = sum_t x[t] exp(-2 pi i k t / n)
 *
 * Rows n/2 + 1 … n-1 of the full transform are the conjugates of rows below n/2. Not
 * normalised: sum over all n rows of re^2 + im^2 = n sum x^2. O(n log n) a column, by
 * FFTW (Frigo and Johnson, Proc. IEEE 93, 2005) with estimated plans: measured ones
 * differ in their last bits from run to run. Thread-safe; planning takes turns.
 * GSC_EARGUMENT where n or cols is 0 or too large for FFTW, GSC_EMEMORY. */
int gsc_dft_columns(const double *x, size_t n, size_t cols, double *re, double *im);

/* The orthonormal real Fourier basis F [n, n], initialised here, freed by the caller;
 * F Fᵀ = 1. With w = 2 pi / n, its rows over t = 0 … n-1 are
 *
 *     row 0        1 / sqrt(n)
 *     row 2k - 1   sqrt(2 / n) cos(w k t)     for 0 < k < n/2
 *     row 2k       sqrt(2 / n) sin(w k t)
 *     row n - 1    (-1)^t / sqrt(n)           for even n
 *
 * the order of Nanda et al., arXiv 2301.05217 (the notebook in TransformerLens has the
 * sine first). O(n^2). GSC_EARGUMENT where n is 0, GSC_EMEMORY. */
int gsc_dft_basis(size_t n, gsc_matrix *basis);

#ifdef __cplusplus
}
#endif
#endif
