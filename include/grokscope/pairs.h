/* Tables over all pairs (a, b) of residues modulo p, and their modes along a + b or
 * a - b. Row a p + b of a table is the pair (a, b).
 *
 * The unit vectors of R^(p^2) along the direction s = a + b (or a - b), w_k = 2 pi k/p,
 *
 *     u_c(a, b) = sqrt(2)/p cos(w_k s),    u_s(a, b) = sqrt(2)/p sin(w_k s)
 *
 * (for a + b: (C_k x C_k - S_k x S_k) / sqrt 2 and (S_k x C_k + C_k x S_k) / sqrt 2 of
 * Nanda et al., arXiv 2301.05217) depend only on s. So the projection of a column x of
 * a table on both is the Fourier component k of its means over the pairs of equal s,
 *
 *     u_c (u_c . x) + u_s (u_s . x)  at (a, b)  =  (F_kᵀ F_k M)[s],
 *     M[s] = 1/p sum_{a, b of s} x(a, b),    (u_c . x)^2 = p (F_k M)^2
 *
 * with F of gsc_dft_basis. One pass over the table serves all frequencies. */
#ifndef GROKSCOPE_PAIRS_H
#define GROKSCOPE_PAIRS_H

#include "grokscope/matrix.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The direction of modes. */
typedef enum gsc_direction {
    GSC_SUM,       /* s = a + b */
    GSC_DIFFERENCE /* s = a - b */
} gsc_direction;

/* s of a pair: (a + b) mod p or (a - b) mod p, a and b below p. */
static inline size_t
gsc_pairs_along(gsc_direction direction, size_t p, size_t a, size_t b)
{
    size_t s = a + (direction == GSC_SUM ? b : p - b);
    return s < p ? s : s - p;
}

/* mean[s, j], [p, n]: the mean of column j of x [p p, n] over the p pairs of each s.
 * One pass over x; never fails. */
void gsc_pairs_mean(const double *x, size_t p, size_t n, gsc_direction direction,
                    double *mean);
void gsc_pairs_mean_f32(const float *x, size_t p, size_t n, gsc_direction direction,
                        double *mean);

/* The frequencies `keys` of a table of means: part [p, n] = sum_k F_kᵀ modes_k, where
 * modes [p, n] = F M and basis is F of p. O(num_keys p n); frequencies are in
 * 1 … p/2, each once. Never fails. */
void gsc_pairs_keep(const gsc_matrix *basis, const double *modes, size_t n,
                    const size_t *keys, size_t num_keys, double *part);

/* The rows of F that are frequency k of p: *first and how many, 1 for k = 0 and for the
 * Nyquist frequency of an even p, else 2. */
static inline size_t
gsc_pairs_rows(size_t p, size_t k, size_t *first)
{
    *first = k == 0 ? 0 : 2 * k - 1;
    return k == 0 || 2 * k == p ? 1 : 2;
}

#ifdef __cplusplus
}
#endif
#endif
