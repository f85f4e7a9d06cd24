/* Decompositions of dense matrices, by LAPACK.
 *
 * LAPACK stores columns one after the other, so it sees our A as Aᵀ. Nothing is
 * transposed here: the algebra is. */
#include "train/numeric/linalg.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/base/blas.h"

#include <lapacke.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static int
check(const gsc_matrix *a, const char *what)
{
    if (a->rows == 0 || a->cols == 0 || a->rows > INT_MAX || a->cols > INT_MAX)
        return gsc_fail(GSC_EARGUMENT, "%s of a matrix [%zu, %zu]", what, a->rows,
                        a->cols);
    for (size_t i = 0; i < a->rows * a->cols; i++)
        if (!isfinite(a->data[i]))
            return gsc_fail(GSC_ENUMERIC,
                            "%s: element (%zu, %zu) is %g, not a finite number", what,
                            i / a->cols, i % a->cols, a->data[i]);
    return 0;
}

static int
outcome(lapack_int info, const char *what)
{
    if (info == LAPACK_WORK_MEMORY_ERROR || info == LAPACK_TRANSPOSE_MEMORY_ERROR)
        return gsc_fail(GSC_EMEMORY, "%s: no memory for LAPACK's work", what);
    if (info != 0)
        return gsc_fail(GSC_ENUMERIC, "%s did not converge (LAPACK's info is %d)", what,
                        (int)info);
    return 0;
}

/* Hand `from` over to the caller who asked for it. */
static void
give(gsc_matrix *from, gsc_matrix *to)
{
    *to = *from;
    *from = (gsc_matrix){0};
}

static size_t
smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

int
gsc_svd(const gsc_matrix *a, double *singular_values, gsc_matrix *u, gsc_matrix *vt)
{
    int status = 0;
    gsc_matrix work = {0}, left = {0}, right = {0};
    size_t r = smaller(a->rows, a->cols);
    bool vectors = u || vt;
    if (u)
        *u = (gsc_matrix){0};
    if (vt)
        *vt = (gsc_matrix){0};
    GSC_TRY(check(a, "singular values"));
    GSC_TRY(gsc_matrix_copy(a, &work));
    GSC_TRY(gsc_matrix_init(&left, vectors ? a->rows : 0, r));
    GSC_TRY(gsc_matrix_init(&right, vectors ? r : 0, a->cols));
    gsc_blas_prepare();
    lapack_int m = (lapack_int)a->cols, n = (lapack_int)a->rows;
    GSC_TRY(outcome(LAPACKE_dgesdd(LAPACK_COL_MAJOR, vectors ? 'S' : 'N', m, n,
                                   work.data, m, singular_values, right.data, m,
                                   left.data, (lapack_int)r), /* Aᵀ = V diag(s) Uᵀ */
                    "the singular value decomposition"));
    if (u)
        give(&left, u);
    if (vt)
        give(&right, vt);
out:
    gsc_matrix_free(&work);
    gsc_matrix_free(&left);
    gsc_matrix_free(&right);
    return status;
}

static void
swap_rows(gsc_matrix *matrix, size_t i, size_t j)
{
    for (size_t k = 0; k < matrix->cols; k++) {
        double *x = &matrix->data[i * matrix->cols + k];
        double *y = &matrix->data[j * matrix->cols + k];
        double kept = *x;
        *x = *y;
        *y = kept;
    }
}

/* LAPACK has the smallest first. */
static void
reverse_order(double *values, gsc_matrix *vectors, size_t n)
{
    for (size_t i = 0, j = n - 1; i < j; i++, j--) {
        double kept = values[i];
        values[i] = values[j];
        values[j] = kept;
        if (vectors)
            swap_rows(vectors, i, j);
    }
}

int
gsc_eigen_symmetric(const gsc_matrix *a, double *values, gsc_matrix *vectors)
{
    int status = 0;
    gsc_matrix work = {0};
    if (vectors)
        *vectors = (gsc_matrix){0};
    if (a->rows != a->cols)
        return gsc_fail(GSC_EARGUMENT, "eigenvalues of a matrix [%zu, %zu]: not square",
                        a->rows, a->cols);
    GSC_TRY(check(a, "eigenvalues"));
    GSC_TRY(gsc_matrix_copy(a, &work));
    gsc_blas_prepare();
    lapack_int n = (lapack_int)a->rows;
    GSC_TRY(outcome(LAPACKE_dsyevd(LAPACK_COL_MAJOR, vectors ? 'V' : 'N',
                                   'L', /* of Aᵀ: the upper triangle of A */
                                   n, work.data, n, values),
                    "the eigenvalue decomposition"));
    reverse_order(values, vectors ? &work : NULL, a->rows);
    if (vectors)
        give(&work, vectors);
out:
    gsc_matrix_free(&work);
    return status;
}

int
gsc_eigen_one(const gsc_matrix *a, size_t index, double *value, double *vector)
{
    int status = 0;
    gsc_matrix work = {0};
    lapack_int found, *support = NULL, n = (lapack_int)a->rows;
    double *values = NULL;
    if (a->rows != a->cols || index >= a->rows)
        return gsc_fail(GSC_EARGUMENT, "eigenvalue %zu of a matrix [%zu, %zu]", index,
                        a->rows, a->cols);
    GSC_TRY(check(a, "eigenvalues"));
    GSC_TRY(gsc_matrix_copy(a, &work));
    GSC_NEW(values, a->rows);
    GSC_NEW(support, 2 * a->rows);
    gsc_blas_prepare();
    lapack_int which = n - (lapack_int)index; /* from 1 on, the smallest first */
    GSC_TRY(
        outcome(LAPACKE_dsyevr(LAPACK_COL_MAJOR, 'V', 'I', 'L', n, work.data, n, 0, 0,
                               which, which, 0, &found, values, vector, n, support),
                "the eigenvalue decomposition"));
    *value = values[0];
out:
    free(values);
    free(support);
    gsc_matrix_free(&work);
    return status;
}

int
gsc_eigen_tridiagonal(const double *diagonal, const double *beside, size_t n,
                      double *values, gsc_matrix *vectors)
{
    int status = 0;
    gsc_matrix work = {0}, row = {1, n, values};
    double *off = NULL;
    *vectors = (gsc_matrix){0};
    if (n == 0)
        return gsc_fail(GSC_EARGUMENT, "eigenvalues of a matrix [0, 0]");
    memcpy(values, diagonal, n * sizeof *values);
    GSC_TRY(check(&row, "eigenvalues"));
    GSC_TRY(gsc_matrix_init(&work, n, n));
    GSC_NEW(off, n);
    memcpy(off, beside, (n - 1) * sizeof *off);
    gsc_blas_prepare();
    lapack_int order = (lapack_int)n;
    GSC_TRY(outcome(
        LAPACKE_dstev(LAPACK_COL_MAJOR, 'V', order, values, off, work.data, order),
        "the eigenvalue decomposition"));
    reverse_order(values, &work, n);
    give(&work, vectors);
out:
    free(off);
    gsc_matrix_free(&work);
    return status;
}

int
gsc_cholesky(gsc_matrix *a)
{
    int status = 0;
    if (a->rows != a->cols)
        return gsc_fail(GSC_EARGUMENT,
                        "Cholesky factor of a matrix [%zu, %zu]: not "
                        "square",
                        a->rows, a->cols);
    GSC_TRY(check(a, "Cholesky factor"));
    gsc_blas_prepare();
    lapack_int n = (lapack_int)a->rows;
    lapack_int info = LAPACKE_dpotrf(LAPACK_COL_MAJOR, 'L', /* of Aᵀ: A's upper one */
                                     n, a->data, n);
    if (info > 0)
        status = gsc_fail(GSC_ENUMERIC,
                          "Cholesky factor: the matrix [%zu, %zu] is not positive "
                          "definite from row %d on",
                          a->rows, a->cols, (int)info - 1);
    else
        status = outcome(info, "the Cholesky decomposition");
out:
    return status;
}

int
gsc_cholesky_solve(const gsc_matrix *factor, gsc_matrix *b)
{
    lapack_int n = (lapack_int)factor->rows;
    if (b->cols != factor->rows)
        return gsc_fail(GSC_EARGUMENT, "right-hand sides [%zu, %zu] of %zu equations",
                        b->rows, b->cols, factor->rows);
    gsc_blas_prepare();
    return outcome(LAPACKE_dpotrs(LAPACK_COL_MAJOR, 'L', n, (lapack_int)b->rows,
                                  factor->data, n, b->data, n),
                   "the solution of linear equations");
}

int
gsc_eigenvalues(const gsc_matrix *a, double *re, double *im)
{
    int status = 0;
    gsc_matrix work = {0};
    if (a->rows != a->cols)
        return gsc_fail(GSC_EARGUMENT, "eigenvalues of a matrix [%zu, %zu]: not square",
                        a->rows, a->cols);
    GSC_TRY(check(a, "eigenvalues"));
    GSC_TRY(gsc_matrix_copy(a, &work));
    gsc_blas_prepare();
    lapack_int n = (lapack_int)a->rows;
    GSC_TRY(outcome(LAPACKE_dgeev(LAPACK_COL_MAJOR, 'N', 'N', n, work.data, n, re, im,
                                  NULL, n, NULL, n), /* those of A are those of Aᵀ */
                    "the eigenvalue decomposition"));
out:
    gsc_matrix_free(&work);
    return status;
}
