/* The rotation that brings one set of points onto another: Procrustes' problem. */
#ifndef GROKSCOPE_PROCRUSTES_H
#define GROKSCOPE_PROCRUSTES_H

#include "grokscope/matrix.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* For X [n, d] and Y [n, e], both less the means of their columns,
 *
 *     R = U Vᵀ,   scale = |Xᵀ Y|_* / |X|_F^2 or 1,   Xᵀ Y = U diag(s) Vᵀ
 *
 * (Schönemann, Psychometrika 31, 1966) minimise |scale X R - Y|_F. R may reflect. */
typedef struct gsc_procrustes {
    gsc_matrix rotation; /* R [d, e]; where d = e, R Rᵀ = Rᵀ R = 1 */
    double scale;        /* 1 unless asked for; 1 where all points of X are the same */
    double residual;     /* |scale X R - Y|_F, in the units of Y */
} gsc_procrustes;

/* Find them; `scaled` frees the scale. Where d < e only R Rᵀ = 1, where d > e only Rᵀ R
 * = 1; what is minimised then is that of the narrower with columns of zeros added, of
 * whose rotation R is the part that meets none of these, and so the residual, for d >
 * e, counts what X keeps outside the e columns. Of directions in which Xᵀ Y is 0, R is
 * LAPACK's choice. The distance of two shapes, without units, is
 * gsc_representation_procrustes. O(n d e + d e min(d, e)). GSC_EARGUMENT for an empty
 * matrix or other numbers of rows, GSC_ENUMERIC for an element that is not finite,
 * GSC_EMEMORY; `result` is empty then. Released with gsc_procrustes_free. */
int gsc_procrustes_init(gsc_procrustes *result, const gsc_matrix *x,
                        const gsc_matrix *y, bool scaled);

/* Release; accepts zeroed and already freed ones. */
void gsc_procrustes_free(gsc_procrustes *result);

#ifdef __cplusplus
}
#endif
#endif
