/* The spectrum of a symmetric matrix that is known only by its products with vectors.
 */
#ifndef GROKSCOPE_LANCZOS_H
#define GROKSCOPE_LANCZOS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* out = A v, both [n]. */
typedef int gsc_symmetric_product(void *context, const double *v, double *out);

/* What Lanczos's iteration made of A and a first vector. */
typedef struct gsc_ritz {
    size_t count;      /* steps that were made */
    double *values;    /* [count] Ritz values, largest first */
    double *weights;   /* [count] squared first components: they add up to 1 */
    double *residuals; /* [count] |A v - value v|: an eigenvalue is so near, or nearer
                        */
} gsc_ritz;

/* At most `steps` steps from `start` [n], which is not 0, with full
 * reorthogonalisation, done twice (Golub and Van Loan, Matrix Computations, section
 * 10.3). Fewer where the space that A makes of `start` is exhausted. A product a step,
 * O(n steps^2), steps vectors of memory. Errors: the product's, GSC_EMEMORY,
 * GSC_EARGUMENT for a start of 0, GSC_ENUMERIC. Released by gsc_ritz_free. */
int gsc_ritz_init(gsc_ritz *ritz, size_t n, const double *start, size_t steps,
                  gsc_symmetric_product *product, void *context);
void gsc_ritz_free(gsc_ritz *ritz);

/* The spectral density at x, which each of `count` ritz tells of one random first
 * vector: the mean of sum_i weight_i N(x; value_i, width^2) (stochastic Lanczos
 * quadrature: Ubaru, Chen and Saad, SIAM J. Matrix Anal. Appl. 38, 2017). */
double gsc_spectral_density(const gsc_ritz *ritz, size_t count, double x, double width);

#ifdef __cplusplus
}
#endif
#endif
