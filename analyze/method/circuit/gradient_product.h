/* The average gradient outer product of a network over pairs, and whether the block
 * between both operands is circulant, as Mallinar, Beaglehole, Zhu, Radhakrishnan,
 * Pandit and Belkin ask it (arXiv 2407.20199; program: rfm-grokking). Pure functions.
 */
#ifndef GROKSCOPE_GRADIENT_PRODUCT_H
#define GROKSCOPE_GRADIENT_PRODUCT_H

#include "grokscope/matrix.h"
#include "grokscope/pairs.h"

#ifdef __cplusplus
extern "C" {
#endif

/* M [2 p, 2 p], initialised here: with x the one-hot vectors of a and of b, one after
 * the other, and f_c the logit of c,
 *
 *     M = mean over triples (a, b, c) of g gᵀ,    g = df_c/dx = (E da, E db)
 *
 * from S [2 d, 2 d] = the mean of (da, db) (da, db)ᵀ, the gradients by the rows of the
 * embedding E [p, d] that the pair takes. O(p d^2 + p^2 d). GSC_EMEMORY. */
int gsc_gradient_product(const gsc_matrix *embedding, const gsc_matrix *moments,
                         gsc_matrix *product);

/* Its root, symmetric and positive: root root = M. O(p^3). Errors are those of
 * gsc_eigen_symmetric. */
int gsc_gradient_product_root(const gsc_matrix *product, gsc_matrix *root);

/* The share of the squares of a matrix [2p, 2p] that stand in the two blocks of rows of
 * one operand and columns of the other; NaN where it is 0. */
double gsc_gradient_product_block_share(const gsc_matrix *product);

/* How far the block A [p, p] in rows 0 … p-1 and columns p … 2p-1 of a matrix [2p, 2p]
 * is from a circulant one, whose elements depend only on s = i - j, or i + j, mod p:
 *
 *     deviation = sum_s sum_{(i, j) of s} (A_ij - mean_s)^2 / |A|_F^2
 *
 * 0: circulant; 1 - 1/p: what independent elements of one distribution about 0 have.
 * (We read the paper's definition in a summary, which says "variances"; with sums of
 * squares in their place independent elements have 1 - 1/p, as it says they do.) NaN
 * for a block of zeros. Never fails. O(p^2). */
double gsc_circulant_deviation(const gsc_matrix *matrix, gsc_direction direction);

#ifdef __cplusplus
}
#endif
#endif
