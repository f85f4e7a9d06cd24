/* Principal components of the rows of a matrix. */
#ifndef GROKSCOPE_PCA_H
#define GROKSCOPE_PCA_H

#include "grokscope/matrix.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The decomposition of the centred rows of X [n, d], r = min(n, d):
 *
 *     X - 1 meanᵀ = U diag(s) Vᵀ,    share[u] = s_u^2 / sum s^2
 *
 * Component u has the unit scores U[:, u], the axis V[:, u] and the share share[u] of
 * the variance. */
typedef struct gsc_pca {
    size_t count;            /* r */
    size_t rank;             /* singular values above max(n, d) epsilon s_0 */
    double *mean;            /* [d] */
    double *singular_values; /* [r], largest first */
    double *share;           /* [r]; all 0 where nothing varies */
    gsc_matrix scores;       /* U [n, r] */
    gsc_matrix axes;         /* Vᵀ [r, d] */
} gsc_pca;

/* The components of x [n, d]. Those from `rank` on are LAPACK's choice and mean
 * nothing; so do signs, and bases within equal singular values. O(n d r). GSC_EARGUMENT
 * for an empty matrix, GSC_ENUMERIC for an element that is not finite, GSC_EMEMORY. On
 * failure `pca` is empty. Released with gsc_pca_free. */
int gsc_pca_init(gsc_pca *pca, const gsc_matrix *x);

/* Release; accepts zeroed and already freed ones. */
void gsc_pca_free(gsc_pca *pca);

/* X with only the components u of kept[u] = true, about its mean:
 *
 *     x = 1 meanᵀ + sum_{kept u} s_u U[:, u] V[:, u]ᵀ
 *
 * kept [count]; x [n, d] is initialised here and freed by the caller. GSC_EMEMORY. */
int gsc_pca_restore(const gsc_pca *pca, const bool *kept, gsc_matrix *x);

/* The entropy of the shares, S = -sum_u share[u] ln share[u], in nats: 0 for one
 * component, ln r for r even ones. 0 where nothing varies. */
double gsc_pca_entropy(const gsc_pca *pca);

#ifdef __cplusplus
}
#endif
#endif
