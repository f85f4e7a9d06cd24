/* What a network that composes the elements of a group has of its representations.
 * Pure functions: arrays in, arrays out.
 *
 * Chughtai, Chan and Nanda, "A toy model of universality" (arXiv 2302.03025), section 5
 * and their program (rep_theory/utils/metrics.py). A matrix has one row for each
 * element; rho is an irreducible representation with character chi and orthonormal
 * basis B [order, rank] of its matrix elements (irreps.h); pair x order + y is (x, y),
 * whose answer is x y. */
#ifndef GROKSCOPE_GROUP_METRICS_H
#define GROKSCOPE_GROUP_METRICS_H

#include "grokscope/irreps.h"
#include "grokscope/matrix.h"
#include "grokscope/scores.h"
#include "grokscope/tensor.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Weights ---- */

/* The share of W [order, m] on each irrep, fve [irreps->count]:
 *
 *     fve = |Bᵀ W|^2 / |W|^2          ("fraction of variance explained"; not centred)
 *
 * They add up to 1, the mean row's being the trivial one's. By chance rank / order. NaN
 * for a W of zeros. 2 order^2 m flops. GSC_EARGUMENT for another number of rows,
 * GSC_EMEMORY. */
int gsc_group_metrics_fve(const gsc_irreps *irreps, const gsc_matrix *w, double *fve);

/* ---- Sums over all pairs ----
 * All that the measures below ask of logits [order^2, order] and activations [order^2,
 * m], which are met in blocks and not kept: of S_6 the former are 3 GB. */

/* Pairs first … first + count - 1. */
typedef struct gsc_group_block {
    size_t first, count;  /* of the pairs, in the order of x order + y */
    const double *logits; /* [count, order], output z is element z; or NULL */
    const void *hidden;   /* [count, m] of `type`, or NULL */
    gsc_type type;        /* of hidden */
} gsc_group_block;

/* Sums over the pairs that were added; transparent, and to be read by the functions
 * below. */
typedef struct gsc_group_sums {
    const gsc_group *group; /* whose pairs they are; the caller's */
    size_t width;           /* m; 0 without activations */
    size_t count;           /* pairs that were added */
    double *work;           /* room for one row of activations or logits */
    /* Of logits less their mean over z, L: */
    double *logits;       /* [order, order] at (g, z): the sum of L over x y = g */
    double logit_squares; /* |L|^2 over all pairs */
    /* Of activations h: */
    double *x, *y, *xy;    /* [order, m]: sums of h over all pairs of an x, of a y, of a
                              product x y */
    double *mean;          /* [m] over the pairs so far */
    double hidden_squares; /* sum |h - mean|^2 */
} gsc_group_sums;

/* Begin sums over the pairs of a group that outlives them: of logits where asked for,
 * of activations of a width m > 0. order^2 and 3 order m doubles. GSC_EMEMORY. */
int gsc_group_sums_init(gsc_group_sums *sums, const gsc_group *group, bool logits,
                        size_t width);

/* Release them; takes what is zeroed or freed. */
void gsc_group_sums_free(gsc_group_sums *sums);

/* Add a block, whose pairs are added once in all; it has what the sums are of. One pass
 * over it: all of S_6 take .6 s with 128 units. Never fails. */
void gsc_group_sums_add(gsc_group_sums *sums, const gsc_group_block *block);

/* Add all that `more` has, of the same group and width. Threads that take fixed shares
 * of the pairs, merged in a fixed order, give the same bits however many they are.
 * Squares around a mean merge as of Chan, Golub and LeVeque (Am. Stat. 37, 1983). Never
 * fails. */
void gsc_group_sums_merge(gsc_group_sums *sums, const gsc_group_sums *more);

/* ---- What they say, once all pairs are in ----
 * GSC_EARGUMENT where pairs are missing, or what is asked for was not summed, or the
 * irreps are of another order; GSC_EMEMORY. */

/* The logits' cosine with each representation's own, similarity [irreps->count]:
 *
 *     cos(L, T),   T(x, y, z) = tr rho(x y z^-1)      (T is not centred)
 *          = sum_{g, z} logits[g, z] chi(g z^-1) / (|L| sqrt(order^3 type))
 *
 * *explained: the sum of squares without the trivial one's ("percent_logits_explained",
 * logit FVE). The T of different irreps are orthogonal, of whatever type, so it is the
 * share of |L|^2 in their span. NaN where logits do not differ. order^2 and order count
 * operations. */
int gsc_group_metrics_similarity(const gsc_group_sums *sums, const gsc_irreps *irreps,
                                 double *similarity, double *explained);

/* The shares that gsc_group_metrics_hidden finds. */
typedef struct gsc_hidden_fve {
    double x;  /* of functions of the left factor */
    double y;  /* of the right one */
    double xy; /* of the product */
} gsc_hidden_fve;

/* The shares of the activations' variance that are functions of x, of y, of x y in the
 * span of rho's matrix elements, with c the activations less their mean:
 *
 *     |Q_xᵀ c|^2 / |c|^2,   Q_x [order^2, rank] = B[x] / sqrt(order); Q_y, Q_xy alike
 *
 * Their sum is the paper's MLP FVE, xy its rho(ab) FVE. All three, of all irreps but
 * the trivial, are orthogonal to each other: they add up to 1 at most. By chance rank /
 * order^2 each. NaN where activations do not differ. 6 order^2 m flops. */
int gsc_group_metrics_hidden(const gsc_group_sums *sums, const gsc_irreps *irreps,
                             gsc_hidden_fve *fve);

/* ---- Ablation ---- */

/* What activations keep where only rho(x y) of some irreps is left, which is a function
 * only of g = x y, times what each unit writes to the logits, U [m, order]: a table of
 * logits [order, order], row g,
 *
 *     (sum_keys Q_xy Q_xyᵀ h) U,       of which row g is (sum_keys B Bᵀ xy / order) U
 *
 * with h not centred. keys [num_keys] are indices of irreps, each once. The caller
 * frees the table, which is empty on failure. 4 order^2 m flops. */
int gsc_group_metrics_keep(const gsc_group_sums *sums, const gsc_irreps *irreps,
                           const size_t *keys, size_t num_keys, const gsc_matrix *map,
                           gsc_matrix *kept);

/* Restricted loss: the means over all pairs of scores of the kept table, in which every
 * answer is met order times. Errors of gsc_scores_of. */
int gsc_group_metrics_restricted(const gsc_matrix *kept, gsc_scores *means);

/* Excluded loss: add the scores of logits that lose the kept table,
 *
 *     logits(x, y) - kept[x y]
 *
 * for the pairs of a block that are in `train` [order^2]; NULL: for all. The block's
 * logits are only h U: Chughtai et al. drop the residual path. Begin with scores of
 * {0}, merge those of threads by gsc_scores_merge, end with gsc_scores_finish. About 3
 * ns a logit that is scored. GSC_EARGUMENT for a kept table of another shape,
 * GSC_EMEMORY. */
int gsc_group_metrics_exclude(const gsc_group *group, const gsc_matrix *kept,
                              const gsc_group_block *block, const bool *train,
                              gsc_scores *sums);

#ifdef __cplusplus
}
#endif
#endif
