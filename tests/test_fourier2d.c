/* Spectra over pairs: FFTW twice, closed forms, Parseval, planted neurons, noise. */
#include "test.h"

#include "grokscope/dft.h"
#include "grokscope/fourier2d.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include <stdbool.h>
#include <stdlib.h>

static const double pi = 3.14159265358979323846;
static const size_t sizes[] = {1, 2, 3, 4, 7, 12, 13};
enum { NUM_SIZES = 7 };

static double *
numbers(size_t count)
{
    double *x = gsc_new(count, sizeof *x);
    assert_non_null(x);
    return x;
}

static double *
noise(size_t count, uint64_t seed)
{
    double *x = numbers(count);
    for (size_t i = 0; i < count; i++)
        x[i] = gsc_rng_normal(seed, 1, i);
    return x;
}

/* Map m of n gains amplitude * cos(2 pi (i a + j b) / p + phase). */
static void
add_wave(double *x, size_t p, size_t n, size_t m, const size_t k[2], double amplitude,
         double phase)
{
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < p; b++)
            x[(a * p + b) * n + m] +=
                amplitude *
                cos(2 * pi * (double)((k[0] * a + k[1] * b) % p) / (double)p + phase);
}

/* Rows of the real basis from a transform of columns [p, cols]. */
static void
to_basis(const double *x, size_t p, size_t cols, double *out)
{
    double *re = numbers((p / 2 + 1) * cols), *im = numbers((p / 2 + 1) * cols);
    assert_return_ok(gsc_dft_columns(x, p, cols, re, im));
    for (size_t i = 0; i < p; i++) {
        size_t k = (i + 1) / 2;
        bool sine = i > 0 && i % 2 == 0;
        double scale = sqrt((k == 0 || 2 * k == p ? 1 : 2) / (double)p);
        for (size_t j = 0; j < cols; j++)
            out[i * cols + j] = scale * (sine ? -im[k * cols + j] : re[k * cols + j]);
    }
    free(re);
    free(im);
}

static void
coefficients_are_those_of_fftw_twice(void **state)
{
    (void)state;
    for (size_t s = 0; s < NUM_SIZES; s++) {
        size_t p = sizes[s], n = 5;
        double *x = noise(p * p * n, p), *found = numbers(p * p * n);
        double *half = numbers(p * p * n), *expected = numbers(p * p * n);
        float *x32 = gsc_new(p * p * n, sizeof *x32);
        to_basis(x, p, p * n, half); /* over a, then over b */
        for (size_t i = 0; i < p; i++)
            to_basis(half + i * p * n, p, n, expected + i * p * n);
        assert_return_ok(gsc_fourier2d(x, p, n, found));
        for (size_t i = 0; i < p * p * n; i++)
            assert_close(found[i], expected[i], 1e-13);
        for (size_t i = 0; i < p * p * n; i++)
            x32[i] = (float)x[i];
        assert_return_ok(gsc_fourier2d_f32(x32, p, n, found));
        for (size_t i = 0; i < p * p * n; i++)
            assert_close(found[i], expected[i], 1e-5);
        free(x);
        free(x32);
        free(found);
        free(half);
        free(expected);
    }
}

static void
squares_sum_to_those_of_the_maps(void **state)
{
    (void)state;
    enum { P = 29, N = 4 };
    double *x = noise(P * P * N, 2), *found = numbers(P * P * N), before = 0, after = 0;
    assert_return_ok(gsc_fourier2d(x, P, N, found));
    for (size_t i = 0; i < P * P * N; i++) {
        before += x[i] * x[i];
        after += found[i] * found[i];
    }
    assert_close(after / before, 1, 1e-13);
    free(x);
    free(found);
}

/* By the definition, from all coefficients. */
static void
explain_slowly(const double *that, size_t p, size_t n, size_t m, double *fve,
               double *total)
{
    *total = 0;
    for (size_t k = 0; k <= p / 2; k++)
        fve[k] = 0;
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < p; j++) {
            double square = that[(i * p + j) * n + m] * that[(i * p + j) * n + m];
            size_t k = (i + 1) / 2, l = (j + 1) / 2;
            if (k == 0 && l == 0)
                continue;
            *total += square;
            if (k == 0 || l == 0 || k == l)
                fve[k + l - (k == l ? k : 0)] += square;
        }
    for (size_t k = 0; k <= p / 2; k++)
        fve[k] = *total > 0 ? fve[k] / *total : 0;
}

static void
variance_is_explained_as_by_all_coefficients(void **state)
{
    (void)state;
    for (size_t s = 0; s < NUM_SIZES; s++) {
        size_t p = sizes[s], n = 300; /* more than two blocks */
        double *x = noise(p * p * n, p), *that = numbers(p * p * n);
        double *fve = numbers((p / 2 + 1) * n), *total = numbers(n), expected[8], sum;
        float *x32 = gsc_new(p * p * n, sizeof *x32);
        for (size_t i = 0; i < p * p * n; i++)
            x[i] = x32[i] = (float)(x[i] + 3);
        assert_return_ok(gsc_fourier2d(x, p, n, that));
        assert_return_ok(gsc_fourier2d_fve_f32(x32, p, n, fve, NULL));
        for (int pass = 0; pass < 2; pass++) {
            for (size_t m = 0; m < n; m++) {
                explain_slowly(that, p, n, m, expected, &sum);
                for (size_t k = 0; k <= p / 2 && p > 1; k++)
                    assert_close(fve[k * n + m], expected[k], 1e-11);
                if (pass == 1)
                    assert_close(total[m], p > 1 ? sum : 0, 1e-10);
            }
            assert_return_ok(gsc_fourier2d_fve(x, p, n, fve, total));
        }
        free(x);
        free(x32);
        free(that);
        free(fve);
        free(total);
    }
}

static void
planted_neurons_show_their_frequency(void **state)
{
    (void)state;
    enum { P = 113, N = 57 };
    double *x = numbers(P * P * N), *fve = numbers((P / 2 + 1) * N), best[N];
    size_t frequency[N];
    for (size_t m = 1; m < N; m++) { /* neuron m is of frequency m, up to 56 */
        const size_t k[][2] = {{m, 0}, {0, m}, {m, m}, {m, P - m}, {3, 10}};
        for (size_t i = 0; i < 5; i++)
            add_wave(x, P, N, m, k[i], 1, (double)(i * m));
    }
    for (size_t i = 0; i < P * P * N; i++)
        x[i] += 5; /* neuron 0 is constant */
    assert_return_ok(gsc_fourier2d_fve(x, P, N, fve, NULL));
    gsc_fourier2d_peaks(fve, P, N, frequency, best);
    assert_true(frequency[0] == 0 && best[0] == 0);
    for (size_t m = 1; m < N; m++) {
        assert_int_equal(frequency[m], m);
        assert_close(best[m], 0.8, 1e-10); /* four waves of five are only of m */
    }
    free(x);
    free(fve);
}

static void
noise_has_no_frequency(void **state)
{
    (void)state;
    enum { P = 59, N = 40 };
    double *x = noise(P * P * N, 8), *fve = numbers((P / 2 + 1) * N), best[N];
    size_t frequency[N];
    assert_return_ok(gsc_fourier2d_fve(x, P, N, fve, NULL));
    gsc_fourier2d_peaks(fve, P, N, frequency, best);
    for (size_t m = 0; m < N; m++)
        assert_true(best[m] < 0.02); /* 8 coefficients of 3480 */
    free(x);
    free(fve);
}

static void
modes_lie_along_their_direction(void **state)
{
    (void)state;
    const size_t lengths[] = {13, 12};
    for (size_t s = 0; s < 2; s++) {
        size_t p = lengths[s], n = 4, k, m;
        const size_t sum[] = {3, 3}, difference[] = {3, p - 3}, nyquist[] = {6, 6};
        double *x = numbers(p * p * n), *share = numbers((p / 2 + 1) * n);
        add_wave(x, p, n, 0, sum, 2, 0.3);
        add_wave(x, p, n, 1, difference, 2, 0.3);
        add_wave(x, p, n, 2, sum, 1, 0.1);
        add_wave(x, p, n, 2, difference, 1, 1.1);
        add_wave(x, p, n, 3, nyquist, 1, 0);
        for (size_t i = 0; i < p * p * n; i++)
            x[i] += 11;
        const double expected[][3] = {{1, 0, 0.5}, {0, 1, 0.5}};
        for (int d = 0; d < 2; d++) {
            gsc_direction direction = d ? GSC_DIFFERENCE : GSC_SUM;
            assert_return_ok(gsc_fourier2d_shares(x, p, n, direction, share));
            for (k = 0; k <= p / 2; k++)
                for (m = 0; m < 3; m++)
                    assert_close(share[k * n + m], k == 3 ? expected[d][m] : 0, 1e-12);
            if (p == 12) /* cos pi (a + b) is cos pi (a - b) */
                assert_close(share[6 * n + 3], 1, 1e-12);
        }
        free(x);
        free(share);
    }
}

static void
no_maps_are_refused(void **state)
{
    (void)state;
    double x[1] = {0}, out[1];
    assert_fails(gsc_fourier2d(x, 0, 1, out), GSC_EARGUMENT,
                 "1 maps over pairs modulo 0");
    assert_fails(gsc_fourier2d_fve(x, 1, 0, out, out), GSC_EARGUMENT, "0 maps over");
    assert_fails(gsc_fourier2d_shares(x, 1, 0, GSC_SUM, out), GSC_EARGUMENT,
                 "0 maps over");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coefficients_are_those_of_fftw_twice),
        cmocka_unit_test(squares_sum_to_those_of_the_maps),
        cmocka_unit_test(variance_is_explained_as_by_all_coefficients),
        cmocka_unit_test(planted_neurons_show_their_frequency),
        cmocka_unit_test(noise_has_no_frequency),
        cmocka_unit_test(modes_lie_along_their_direction),
        cmocka_unit_test(no_maps_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
