/* Decompositions of dense matrices, by LAPACK, on one thread.
 *
 * Each returns GSC_EARGUMENT for an empty matrix (and where said below), GSC_ENUMERIC
 * for a matrix with an element that is not finite and for an iteration that did not
 * converge, GSC_EMEMORY. Thread-safe. Signs of singular vectors and eigenvectors are
 * LAPACK's choice and carry no meaning; so do bases within a repeated value. */
#ifndef GROKSCOPE_LINALG_H
#define GROKSCOPE_LINALG_H

#include "grokscope/matrix.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The thin singular value decomposition of A [m, n], with r = min(m, n):
 *
 *     A = U diag(s) Vᵀ,    U [m, r], Vᵀ [r, n], Uᵀ U = Vᵀ V = 1, s_0 >= s_1 >= … >= 0
 *
 * singular_values has room for r. `u` and `vt`, each unless NULL, are initialised here
 * and freed by the caller; on failure they are empty. O(m n r). LAPACK's dgesdd
 * (divide and conquer: Gu and Eisenstat, SIAM J. Matrix Anal. Appl. 16, 1995). */
int gsc_svd(const gsc_matrix *a, double *singular_values, gsc_matrix *u,
            gsc_matrix *vt);

/* The eigenvalues of a symmetric A [n, n], largest first, and its eigenvectors:
 *
 *     A v_i = values[i] v_i,    row i of `vectors` is v_i, rows orthonormal
 *
 * Only the upper triangle of A is read. `values` has room for n. `vectors`, unless
 * NULL, is initialised here and freed by the caller; on failure it is empty. O(n^3).
 * GSC_EARGUMENT for a matrix that is not square. LAPACK's dsyevd. */
int gsc_eigen_symmetric(const gsc_matrix *a, double *values, gsc_matrix *vectors);

/* One of them: number `index` (0 the largest) in *value, and its eigenvector [n] of
 * length 1. O(n^3), in a third of the time. GSC_EARGUMENT for a matrix that is not
 * square and for an index that is not below n. LAPACK's dsyevr. */
int gsc_eigen_one(const gsc_matrix *a, size_t index, double *value, double *vector);

/* The same of the symmetric tridiagonal matrix of `diagonal` [n] and `beside` [n - 1],
 * its neighbours. O(n^3). LAPACK's dstev. */
int gsc_eigen_tridiagonal(const double *diagonal, const double *beside, size_t n,
                          double *values, gsc_matrix *vectors);

/* Replace a symmetric positive definite A [n, n], of which only the upper triangle is
 * read, by what gsc_cholesky_solve takes: the triangle U of A = Uᵀ U. O(n^3 / 3).
 * GSC_ENUMERIC where A is not positive definite to rounding, GSC_EARGUMENT where it is
 * not square. LAPACK's dpotrf. */
int gsc_cholesky(gsc_matrix *a);

/* Replace each row b of B [k, n] by the solution x of A x = b. O(k n^2). LAPACK's
 * dpotrs. */
int gsc_cholesky_solve(const gsc_matrix *factor, gsc_matrix *b);

/* The eigenvalues re[i] + im[i] sqrt(-1) of any A [n, n], in LAPACK's order; each has
 * room for n. O(n^3). GSC_EARGUMENT for a matrix that is not square. LAPACK's dgeev. */
int gsc_eigenvalues(const gsc_matrix *a, double *re, double *im);

#ifdef __cplusplus
}
#endif
#endif
