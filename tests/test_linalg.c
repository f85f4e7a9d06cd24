/* Decompositions against closed forms, then against what defines them. */
#include "grokscope/error.h"
#include "grokscope/rng.h"

#include "train/numeric/linalg.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint64_t seed = 7;

static gsc_matrix
random_matrix(size_t rows, size_t cols)
{
    gsc_matrix a;
    assert_int_equal(gsc_matrix_init(&a, rows, cols), 0);
    for (size_t i = 0; i < rows * cols; i++)
        a.data[i] = gsc_rng_normal(seed, rows * 1000 + cols, i);
    return a;
}

static void
assert_near(double x, double y, double tolerance)
{
    if (!(fabs(x - y) <= tolerance))
        fail_msg("%.17g is not %.17g", x, y);
}

/* Row i of x times row j of y. */
static double
dot_rows(const gsc_matrix *x, size_t i, const gsc_matrix *y, size_t j)
{
    double sum = 0;
    for (size_t k = 0; k < x->cols; k++)
        sum += x->data[i * x->cols + k] * y->data[j * y->cols + k];
    return sum;
}

static void
assert_orthonormal_rows(const gsc_matrix *x)
{
    for (size_t i = 0; i < x->rows; i++)
        for (size_t j = 0; j < x->rows; j++)
            assert_near(dot_rows(x, i, x, j), i == j, 1e-12);
}

static void
check_svd(size_t rows, size_t cols)
{
    gsc_matrix a = random_matrix(rows, cols), u, vt, ut;
    double s[64], values_only[64];
    size_t r = rows < cols ? rows : cols;
    assert_int_equal(gsc_svd(&a, s, &u, &vt), 0);
    assert_int_equal(gsc_svd(&a, values_only, NULL, NULL), 0);
    assert_true(u.rows == rows && u.cols == r && vt.rows == r && vt.cols == cols);
    for (size_t i = 0; i < r; i++) {
        assert_true(s[i] >= 0 && (i == 0 || s[i] <= s[i - 1]));
        assert_near(values_only[i], s[i], 1e-12);
    }
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++) {
            double sum = 0; /* A = U diag(s) Vᵀ */
            for (size_t k = 0; k < r; k++)
                sum += u.data[i * r + k] * s[k] * vt.data[k * cols + j];
            assert_near(sum, a.data[i * cols + j], 1e-12);
        }
    assert_orthonormal_rows(&vt);
    assert_int_equal(gsc_matrix_transpose(&u, &ut), 0);
    assert_orthonormal_rows(&ut);
    gsc_matrix_free(&a);
    gsc_matrix_free(&u);
    gsc_matrix_free(&vt);
    gsc_matrix_free(&ut);
}

static void
svd_reconstructs_tall_wide_and_square(void **state)
{
    (void)state;
    check_svd(7, 7);
    check_svd(40, 9);
    check_svd(9, 40);
    check_svd(1, 5);
    check_svd(5, 1);
    check_svd(1, 1);
}

/* Only one factor may be asked for. */
static void
one_factor_alone_is_the_same(void **state)
{
    (void)state;
    gsc_matrix a = random_matrix(6, 4), u, vt, u_alone, vt_alone;
    double s[4];
    assert_int_equal(gsc_svd(&a, s, &u, &vt), 0);
    assert_int_equal(gsc_svd(&a, s, &u_alone, NULL), 0);
    assert_int_equal(gsc_svd(&a, s, NULL, &vt_alone), 0);
    assert_memory_equal(u.data, u_alone.data, 24 * sizeof(double));
    assert_memory_equal(vt.data, vt_alone.data, 16 * sizeof(double));
    gsc_matrix_free(&a);
    gsc_matrix_free(&u);
    gsc_matrix_free(&vt);
    gsc_matrix_free(&u_alone);
    gsc_matrix_free(&vt_alone);
}

/* [[3, 0], [4, 5]] has singular values 3 sqrt 5 and sqrt 5. */
static void
singular_values_have_their_closed_form(void **state)
{
    (void)state;
    double data[] = {3, 0, 4, 5}, s[2];
    gsc_matrix a = {2, 2, data};
    assert_int_equal(gsc_svd(&a, s, NULL, NULL), 0);
    assert_near(s[0], 3 * sqrt(5), 1e-14);
    assert_near(s[1], sqrt(5), 1e-14);
    assert_true(data[0] == 3 && data[1] == 0 && data[2] == 4 && data[3] == 5);
}

/* The Hilbert matrix [[1, 1/2], [1/2, 1/3]]: (4 ± sqrt 13) / 6. */
static void
hilbert_eigenvalues_have_their_closed_form(void **state)
{
    (void)state;
    double data[] = {1, 0.5, 0.5, 1. / 3}, values[2];
    gsc_matrix a = {2, 2, data};
    assert_int_equal(gsc_eigen_symmetric(&a, values, NULL), 0);
    assert_near(values[0], (4 + sqrt(13)) / 6, 1e-15);
    assert_near(values[1], (4 - sqrt(13)) / 6, 1e-15);
}

/* 2 on the diagonal of a ring of n, -1 beside it: 2 - 2 cos(2 pi k / n). */
static void
circulant_eigenvalues_are_the_transform_of_a_row(void **state)
{
    (void)state;
    enum { N = 12 };
    gsc_matrix a, vectors;
    double values[N];
    assert_int_equal(gsc_matrix_init(&a, N, N), 0);
    for (size_t i = 0; i < N; i++) {
        a.data[i * N + i] = 2;
        a.data[i * N + (i + 1) % N] = -1;
        a.data[i * N + (i + N - 1) % N] = -1;
    }
    assert_int_equal(gsc_eigen_symmetric(&a, values, &vectors), 0);
    for (size_t i = 0; i < N; i++) { /* frequencies N/2, then pairs going down */
        double k = N / 2 - (double)((i + 1) / 2);
        assert_near(values[i], 2 - 2 * cos(2 * acos(-1) * k / N), 1e-13);
    }
    assert_orthonormal_rows(&vectors);
    gsc_matrix_free(&a);
    gsc_matrix_free(&vectors);
}

/* [[0, -2], [2, 0]] has 2i and -2i, a triangle its diagonal. */
static void
eigenvalues_of_any_matrix_may_be_complex(void **state)
{
    (void)state;
    double turn[] = {0, -2, 2, 0}, triangle[] = {1, 5, 9, 0, -2, 7, 0, 0, 3};
    gsc_matrix a = {2, 2, turn}, b = {3, 3, triangle}, c = {1, 2, turn};
    double re[3], im[3], sum = 0, product = 1;
    assert_int_equal(gsc_eigenvalues(&a, re, im), 0);
    assert_near(re[0], 0, 1e-15);
    assert_near(fabs(im[0]), 2, 1e-15);
    assert_near(im[0] + im[1], 0, 1e-15);
    assert_int_equal(gsc_eigenvalues(&b, re, im), 0);
    for (size_t i = 0; i < 3; i++) {
        sum += re[i];
        product *= re[i];
        assert_near(im[i], 0, 0);
    }
    assert_near(sum, 2, 1e-14);
    assert_near(product, -6, 1e-13);
    assert_int_equal(gsc_eigenvalues(&c, re, im), GSC_EARGUMENT);
    assert_string_equal(gsc_error_text(), "eigenvalues of a matrix [1, 2]: not square");
}

static void
eigenvectors_satisfy_their_equation(void **state)
{
    (void)state;
    enum { N = 31 };
    gsc_matrix a = random_matrix(N, N), vectors;
    double values[N];
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < i; j++)
            a.data[i * N + j] = a.data[j * N + i];
    assert_int_equal(gsc_eigen_symmetric(&a, values, &vectors), 0);
    for (size_t i = 0; i < N; i++) {
        assert_true(i == 0 || values[i] <= values[i - 1]);
        for (size_t j = 0; j < N; j++) /* (A v)_j = values v_j */
            assert_near(dot_rows(&a, j, &vectors, i),
                        values[i] * vectors.data[i * N + j], 1e-12);
    }
    assert_orthonormal_rows(&vectors);
    gsc_matrix_free(&a);
    gsc_matrix_free(&vectors);
}

static void
only_the_upper_triangle_is_read(void **state)
{
    (void)state;
    double data[] = {1, 2, 99, 1}, values[2];
    gsc_matrix a = {2, 2, data};
    assert_int_equal(gsc_eigen_symmetric(&a, values, NULL), 0);
    assert_near(values[0], 3, 1e-14);
    assert_near(values[1], -1, 1e-14);
}

static void
a_matrix_that_is_not_finite_is_refused(void **state)
{
    (void)state;
    double data[] = {1, 2, 3, NAN}, values[2];
    gsc_matrix a = {2, 2, data}, vectors = {9, 9, NULL}, u = {9, 9, NULL};
    assert_int_equal(gsc_svd(&a, values, &u, NULL), GSC_ENUMERIC);
    assert_string_equal(gsc_error_text(), "singular values: element (1, 1) is nan, not "
                                          "a finite number");
    assert_true(!u.data && u.rows == 0);
    data[3] = 1;
    data[1] = INFINITY;
    assert_int_equal(gsc_eigen_symmetric(&a, values, &vectors), GSC_ENUMERIC);
    assert_string_equal(gsc_error_text(),
                        "eigenvalues: element (0, 1) is inf, not a finite number");
    assert_true(!vectors.data && vectors.rows == 0);
}

static void
an_empty_or_oblong_matrix_is_refused(void **state)
{
    (void)state;
    double data[6] = {0}, values[3];
    gsc_matrix empty = {0, 3, data}, oblong = {2, 3, data}, none = {0};
    assert_int_equal(gsc_svd(&empty, values, NULL, NULL), GSC_EARGUMENT);
    assert_string_equal(gsc_error_text(), "singular values of a matrix [0, 3]");
    assert_int_equal(gsc_eigen_symmetric(&none, values, NULL), GSC_EARGUMENT);
    assert_int_equal(gsc_eigen_symmetric(&oblong, values, NULL), GSC_EARGUMENT);
    assert_string_equal(gsc_error_text(), "eigenvalues of a matrix [2, 3]: not square");
}

/* 2 on the diagonal and -1 beside it: 2 - 2 cos(k pi / (n + 1)). */
static void
a_tridiagonal_matrix_has_known_eigenvalues(void **state)
{
    (void)state;
    enum { SIZE = 9 };
    double diagonal[SIZE], beside[SIZE], values[SIZE];
    gsc_matrix vectors;
    for (size_t i = 0; i < SIZE; i++) {
        diagonal[i] = 2;
        beside[i] = -1;
    }
    assert_int_equal(gsc_eigen_tridiagonal(diagonal, beside, SIZE, values, &vectors),
                     0);
    assert_orthonormal_rows(&vectors);
    for (size_t k = 0; k < SIZE; k++) {
        double angle = (double)(SIZE - k) * acos(-1) / (SIZE + 1);
        const double *v = vectors.data + k * SIZE;
        assert_near(values[k], 2 - 2 * cos(angle), 1e-13);
        for (size_t i = 0; i < SIZE; i++)
            assert_near(2 * v[i] - (i > 0 ? v[i - 1] : 0) -
                            (i + 1 < SIZE ? v[i + 1] : 0),
                        values[k] * v[i], 1e-13);
    }
    gsc_matrix_free(&vectors);
    diagonal[3] = NAN;
    assert_int_equal(gsc_eigen_tridiagonal(diagonal, beside, SIZE, values, &vectors),
                     GSC_ENUMERIC);
    assert_int_equal(gsc_eigen_tridiagonal(diagonal, beside, 0, values, &vectors),
                     GSC_EARGUMENT);
}

/* A = B Bᵀ + 1; rows of X chosen, their A x solved for. */
static void
cholesky_solves_positive_definite_systems(void **state)
{
    (void)state;
    enum { N = 12, K = 5 };
    gsc_matrix b = random_matrix(N, N), x = random_matrix(K, N), a, sides;
    assert_int_equal(gsc_matrix_init(&a, N, N), 0);
    assert_int_equal(gsc_matrix_init(&sides, K, N), 0);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            a.data[i * N + j] = dot_rows(&b, i, &b, j) + (i == j);
    for (size_t k = 0; k < K; k++)
        for (size_t i = 0; i < N; i++)
            sides.data[k * N + i] = dot_rows(&x, k, &a, i);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < i; j++)
            a.data[i * N + j] = 1e9; /* the lower triangle is not read */
    assert_int_equal(gsc_cholesky(&a), 0);
    assert_int_equal(gsc_cholesky_solve(&a, &sides), 0);
    for (size_t i = 0; i < K * N; i++)
        assert_near(sides.data[i], x.data[i], 1e-10);
    gsc_matrix_free(&a);
    gsc_matrix_free(&b);
    gsc_matrix_free(&x);
    gsc_matrix_free(&sides);
}

static void
what_is_not_positive_definite_has_no_cholesky_factor(void **state)
{
    (void)state;
    double indefinite[] = {1, 2, 2, 1}, row[] = {1, 2, 3};
    gsc_matrix a = {2, 2, indefinite}, oblong = {1, 3, row};
    assert_int_equal(gsc_cholesky(&a), GSC_ENUMERIC);
    assert_non_null(strstr(gsc_error_text(), "not positive definite from row 1 on"));
    assert_int_equal(gsc_cholesky(&oblong), GSC_EARGUMENT);
    assert_non_null(strstr(gsc_error_text(), "[1, 3]: not square"));
    assert_int_equal(gsc_cholesky_solve(&a, &oblong), GSC_EARGUMENT);
    assert_non_null(strstr(gsc_error_text(), "[1, 3] of 2 equations"));
}

/* Each of the whole decomposition's, but for a sign. */
static void
one_eigenvector_is_that_of_all(void **state)
{
    (void)state;
    enum { N = 9 };
    gsc_matrix a = random_matrix(N, N), vectors;
    double values[N], value, vector[N];
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < i; j++)
            a.data[i * N + j] = a.data[j * N + i];
    assert_int_equal(gsc_eigen_symmetric(&a, values, &vectors), 0);
    for (size_t index = 0; index < N; index++) {
        double along = 0;
        assert_int_equal(gsc_eigen_one(&a, index, &value, vector), 0);
        assert_near(value, values[index], 1e-13);
        for (size_t i = 0; i < N; i++)
            along += vector[i] * vectors.data[index * N + i];
        assert_near(fabs(along), 1, 1e-13);
    }
    assert_int_equal(gsc_eigen_one(&a, N, &value, vector), GSC_EARGUMENT);
    assert_non_null(strstr(gsc_error_text(), "eigenvalue 9 of a matrix [9, 9]"));
    a.data[3] = (double)NAN;
    assert_int_equal(gsc_eigen_one(&a, 0, &value, vector), GSC_ENUMERIC);
    gsc_matrix_free(&a);
    gsc_matrix_free(&vectors);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(svd_reconstructs_tall_wide_and_square),
        cmocka_unit_test(one_factor_alone_is_the_same),
        cmocka_unit_test(singular_values_have_their_closed_form),
        cmocka_unit_test(hilbert_eigenvalues_have_their_closed_form),
        cmocka_unit_test(circulant_eigenvalues_are_the_transform_of_a_row),
        cmocka_unit_test(eigenvalues_of_any_matrix_may_be_complex),
        cmocka_unit_test(eigenvectors_satisfy_their_equation),
        cmocka_unit_test(one_eigenvector_is_that_of_all),
        cmocka_unit_test(only_the_upper_triangle_is_read),
        cmocka_unit_test(a_matrix_that_is_not_finite_is_refused),
        cmocka_unit_test(an_empty_or_oblong_matrix_is_refused),
        cmocka_unit_test(a_tridiagonal_matrix_has_known_eigenvalues),
        cmocka_unit_test(cholesky_solves_positive_definite_systems),
        cmocka_unit_test(what_is_not_positive_definite_has_no_cholesky_factor),
    };
    printf("seed %llu\n", (unsigned long long)seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
