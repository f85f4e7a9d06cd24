/* Fourier transforms against their definition, each other and planted frequencies. */
#include "grokscope/dft.h"
#include "grokscope/error.h"
#include "grokscope/rng.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_N = 128, COLS = 5 };
static const uint64_t seed = 42;
static const double two_pi = 6.283185307179586476925;
static const size_t lengths[] = {1, 2, 3, 4, 5, 16, 97, 113, 120};
enum { NUM_LENGTHS = sizeof lengths / sizeof *lengths };

static void
assert_near(double x, double y, double tolerance)
{
    if (!(fabs(x - y) <= tolerance))
        fail_msg("%.17g is not %.17g", x, y);
}

static void
fill_randomly(double *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        x[i] = gsc_rng_normal(seed, count, i);
}

static void
transforms_follow_the_definition(void **state)
{
    (void)state;
    double x[MOST_N * COLS], re[MOST_N * COLS], im[MOST_N * COLS];
    for (size_t l = 0; l < NUM_LENGTHS; l++) {
        size_t n = lengths[l];
        fill_randomly(x, n * COLS);
        assert_int_equal(gsc_dft_columns(x, n, COLS, re, im), 0);
        for (size_t k = 0; k <= n / 2; k++)
            for (size_t c = 0; c < COLS; c++) {
                double sum_re = 0, sum_im = 0;
                for (size_t t = 0; t < n; t++) {
                    double angle = -two_pi * (double)(k * t % n) / (double)n;
                    sum_re += x[t * COLS + c] * cos(angle);
                    sum_im += x[t * COLS + c] * sin(angle);
                }
                assert_near(re[k * COLS + c], sum_re, 1e-12);
                assert_near(im[k * COLS + c], sum_im, 1e-12);
            }
    }
}

/* sum |X|^2 over all n rows = n sum x^2; rows but the first and Nyquist's count twice.
 */
static void
parseval_holds(void **state)
{
    (void)state;
    double x[MOST_N], re[MOST_N], im[MOST_N];
    for (size_t l = 0; l < NUM_LENGTHS; l++) {
        size_t n = lengths[l];
        double in_time = 0, in_frequency = 0;
        fill_randomly(x, n);
        assert_int_equal(gsc_dft_columns(x, n, 1, re, im), 0);
        for (size_t t = 0; t < n; t++)
            in_time += x[t] * x[t];
        for (size_t k = 0; k <= n / 2; k++)
            in_frequency +=
                (k == 0 || 2 * k == n ? 1 : 2) * (re[k] * re[k] + im[k] * im[k]);
        assert_near(in_frequency / (double)n, in_time, 1e-12 * (double)n);
    }
}

static void
the_basis_is_orthonormal(void **state)
{
    (void)state;
    for (size_t l = 0; l < NUM_LENGTHS; l++) {
        size_t n = lengths[l];
        gsc_matrix f;
        assert_int_equal(gsc_dft_basis(n, &f), 0);
        assert_true(f.rows == n && f.cols == n);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) {
                double dot = 0;
                for (size_t t = 0; t < n; t++)
                    dot += f.data[i * n + t] * f.data[j * n + t];
                assert_near(dot, i == j, 1e-14);
            }
        gsc_matrix_free(&f);
    }
}

static double
coefficient(const gsc_matrix *basis, size_t row, const double *x)
{
    double sum = 0;
    for (size_t t = 0; t < basis->cols; t++)
        sum += basis->data[row * basis->cols + t] * x[t];
    return sum;
}

/* F x is the transform, scaled: cosine rows its real, sine rows minus its imaginary
 * part. */
static void
basis_and_transform_agree(void **state)
{
    (void)state;
    double x[MOST_N], re[MOST_N], im[MOST_N];
    for (size_t l = 0; l < NUM_LENGTHS; l++) {
        size_t n = lengths[l];
        double pair = sqrt(2 / (double)n), single = sqrt(1 / (double)n);
        gsc_matrix f;
        fill_randomly(x, n);
        assert_int_equal(gsc_dft_basis(n, &f), 0);
        assert_int_equal(gsc_dft_columns(x, n, 1, re, im), 0);
        assert_near(coefficient(&f, 0, x), single * re[0], 1e-13);
        for (size_t k = 1; 2 * k < n; k++) {
            assert_near(coefficient(&f, 2 * k - 1, x), pair * re[k], 1e-13);
            assert_near(coefficient(&f, 2 * k, x), -pair * im[k], 1e-13);
        }
        if (n % 2 == 0)
            assert_near(coefficient(&f, n - 1, x), single * re[n / 2], 1e-13);
        gsc_matrix_free(&f);
    }
}

/* Column c holds 3 cos(w (k_c t)) + 4 sin(w (k_c t)): n (3 - 4 i) / 2
 * only in that row. */
static void
a_planted_frequency_is_found_in_its_column(void **state)
{
    (void)state;
    enum { N = 113 };
    static const size_t planted[COLS] = {14, 35, 41, 42, 52};
    double x[N * COLS], re[N * COLS], im[N * COLS];
    for (size_t t = 0; t < N; t++)
        for (size_t c = 0; c < COLS; c++) {
            double angle = two_pi * (double)(planted[c] * t % N) / N;
            x[t * COLS + c] = 3 * cos(angle) + 4 * sin(angle);
        }
    assert_int_equal(gsc_dft_columns(x, N, COLS, re, im), 0);
    for (size_t k = 0; k <= N / 2; k++)
        for (size_t c = 0; c < COLS; c++) {
            assert_near(re[k * COLS + c], k == planted[c] ? 1.5 * N : 0, 1e-11);
            assert_near(im[k * COLS + c], k == planted[c] ? -2. * N : 0, 1e-11);
        }
}

enum { NUM_THREADS = 4, TIMES = 200 };
static double shared_x[113 * COLS], shared_re[57 * COLS], shared_im[57 * COLS];

static void *
transform_often(void *num_wrong)
{
    double re[57 * COLS], im[57 * COLS];
    for (int i = 0; i < TIMES; i++) {
        bool good = gsc_dft_columns(shared_x, 113, COLS, re, im) == 0 &&
                    memcmp(re, shared_re, sizeof re) == 0 &&
                    memcmp(im, shared_im, sizeof im) == 0;
        *(int *)num_wrong += !good;
    }
    return NULL;
}

static void
all_threads_get_the_same_bits(void **state)
{
    (void)state;
    pthread_t threads[NUM_THREADS];
    int num_wrong[NUM_THREADS] = {0};
    fill_randomly(shared_x, 113 * COLS);
    assert_int_equal(gsc_dft_columns(shared_x, 113, COLS, shared_re, shared_im), 0);
    for (size_t i = 0; i < NUM_THREADS; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, transform_often, &num_wrong[i]), 0);
    for (size_t i = 0; i < NUM_THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(num_wrong[i], 0);
    }
}

static void
an_empty_transform_is_refused(void **state)
{
    (void)state;
    double x = 0;
    gsc_matrix f;
    assert_int_equal(gsc_dft_columns(&x, 0, 3, &x, &x), GSC_EARGUMENT);
    assert_string_equal(gsc_error_text(), "Fourier transform of 3 columns of length 0");
    assert_int_equal(gsc_dft_columns(&x, 3, 0, &x, &x), GSC_EARGUMENT);
    assert_int_equal(gsc_dft_basis(0, &f), GSC_EARGUMENT);
    assert_string_equal(gsc_error_text(), "Fourier basis of length 0");
    assert_null(f.data);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transforms_follow_the_definition),
        cmocka_unit_test(parseval_holds),
        cmocka_unit_test(the_basis_is_orthonormal),
        cmocka_unit_test(basis_and_transform_agree),
        cmocka_unit_test(a_planted_frequency_is_found_in_its_column),
        cmocka_unit_test(all_threads_get_the_same_bits),
        cmocka_unit_test(an_empty_transform_is_refused),
    };
    printf("seed %llu\n", (unsigned long long)seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
