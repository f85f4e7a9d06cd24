/* How alike two sets of points are, whatever their axes.
 *
 * Row i of one set and row i of the other are of the same thing (a token, a neuron's
 * activations at one example); columns need not correspond, nor be equally many. */
#ifndef GROKSCOPE_REPRESENTATION_H
#define GROKSCOPE_REPRESENTATION_H

#include "grokscope/matrix.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Points prepared once, to be compared with many others. */
typedef struct gsc_representation {
    gsc_matrix x; /* [n, d], the mean of each column 0, |x|_F = 1; zeros if size = 0 */
    double size;  /* |X - 1 meanᵀ|_F of the points that were given */
    double gram;  /* |xᵀ x|_F = |x xᵀ|_F */
} gsc_representation;

/* Take the column means from a copy of x [n, d] and divide it by its Frobenius norm.
 * O(n d min(n, d)). GSC_EARGUMENT for an empty matrix, GSC_ENUMERIC for an element that
 * is not finite, GSC_EMEMORY; `representation` is empty then. Released with
 * gsc_representation_free. */
int gsc_representation_init(gsc_representation *representation, const gsc_matrix *x);

/* The same of a matrix that is handed over: its memory is the representation's,
 * whatever is returned, and `x` is left empty. Nothing but d (or n) squared numbers is
 * allocated.
 */
int gsc_representation_take(gsc_representation *representation, gsc_matrix *x);

/* Release; accepts zeroed and already freed ones. */
void gsc_representation_free(gsc_representation *representation);

/* Linear centred kernel alignment (Kornblith et al., arXiv 1905.00414, section 3),
 *
 *     CKA = |Xᵀ Y|_F^2 / (|Xᵀ X|_F |Yᵀ Y|_F) = <X Xᵀ, Y Yᵀ> / (|X Xᵀ|_F |Y Yᵀ|_F)
 *
 * of centred X [n, d] and Y [n, e]: 1 where one is the other, rotated, moved and
 * scaled; 0 where no column of one goes with any of the other; nan where all points of
 * one are the same. Of the two forms the cheaper is taken: 2 n d e flops or
 * n^2 (d + e). GSC_EARGUMENT where they are not equally many points, GSC_EMEMORY. */
int gsc_representation_cka(const gsc_representation *a, const gsc_representation *b,
                           double *cka);

/* The orthogonal Procrustes distance of centred X [n, d], Y [n, e] of unit norm,
 *
 *     min_R |X R - Y|_F^2 = |X|_F^2 + |Y|_F^2 - 2 |Xᵀ Y|_* = 2 - 2 |Xᵀ Y|_*
 *
 * |.|_* the sum of singular values: the squared norm, from 0 (one is the other,
 * rotated, moved and scaled) to 2, as in Ding et al. (arXiv 2108.01661), who centre and
 * divide by the Frobenius norm too. The narrower has as many columns of zeros added as
 * it lacks. nan where all points of one are the same. O(n d e + d e min(d, e)). Errors
 * as gsc_representation_cka, GSC_ENUMERIC as gsc_svd. */
int gsc_representation_procrustes(const gsc_representation *a,
                                  const gsc_representation *b, double *distance);

/* Both of those from the product Xᵀ Y [d, e] of two representations' x (where many are
 * compared it may come from one large product, or from one in single precision), gram_a
 * and gram_b as in gsc_representation. */
double gsc_representation_cka_of(const gsc_matrix *cross, double gram_a, double gram_b);
int gsc_representation_procrustes_of(const gsc_matrix *cross, double *distance);

#ifdef __cplusplus
}
#endif
#endif
