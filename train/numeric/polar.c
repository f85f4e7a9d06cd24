/* The orthogonal factor of a matrix, by LAPACK's singular value decomposition. */
#include "train/numeric/polar.h"

#include "train/base/blas.h"
#include "train/numeric/gemm.h"

#include <lapacke.h>
#include <math.h>
#include <stdbool.h>

enum { INTEGERS = 8 }; /* of dgesdd's work, for each singular value */

/* Where the parts of the room begin. */
typedef struct parts {
    size_t r;
    double *copy, *values, *left, *right, *work;
    lapack_int *integers;
} parts;

static parts
divide(size_t rows, size_t cols, double *room)
{
    parts p = {.r = rows < cols ? rows : cols};
    p.copy = room;
    p.values = p.copy + rows * cols;
    p.left = p.values + p.r;
    p.right = p.left + rows * p.r;
    p.integers = (lapack_int *)(p.right + p.r * cols);
    p.work = p.right + p.r * cols + INTEGERS * p.r;
    return p;
}

/* LAPACK stores columns, so that it sees Aᵀ = V diag(s) Uᵀ. */
static lapack_int
decompose(const parts *p, size_t rows, size_t cols, double *work, lapack_int length)
{
    lapack_int m = (lapack_int)cols, n = (lapack_int)rows;
    return LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, 'S', m, n, p->copy, m, p->values,
                               p->right, m, p->left, (lapack_int)p->r, work, length,
                               p->integers);
}

static size_t
work_length(size_t rows, size_t cols)
{
    double wanted = 0;
    parts none = {.r = rows < cols ? rows : cols};
    decompose(&none, rows, cols, &wanted, -1);
    return (size_t)wanted;
}

size_t
gsc_polar_room(size_t rows, size_t cols)
{
    size_t r = rows < cols ? rows : cols;
    return rows * cols + r + rows * r + r * cols + INTEGERS * r +
           work_length(rows, cols);
}

static void
fill(double *a, size_t n, double x)
{
    for (size_t i = 0; i < n; i++)
        a[i] = x;
}

void
gsc_polar(double *a, size_t rows, size_t cols, double epsilon, double *room)
{
    parts p = divide(rows, cols, room);
    bool finite = true;
    for (size_t i = 0; i < rows * cols; i++) {
        p.copy[i] = a[i];
        finite = finite && isfinite(a[i]);
    }
    gsc_blas_prepare();
    if (!finite ||
        decompose(&p, rows, cols, p.work, (lapack_int)work_length(rows, cols)) != 0) {
        fill(a, rows * cols, (double)NAN);
        return;
    }
    size_t rank = 0;
    double least = (double)(rows > cols ? rows : cols) * epsilon * p.values[0];
    while (rank < p.r && p.values[rank] > least)
        rank++;
    gsc_gemm_f64(false, false, rows, cols, rank, 1, p.left, p.r, p.right, cols, 0, a,
                 cols); /* A = U Vᵀ */
}
