/* Spectra over residues: closed forms, Parseval, and key frequencies on planted
 * structure and on a control without any. */
#include "test.h"

#include "grokscope/fourier.h"
#include "grokscope/rng.h"

#include <stdlib.h>

enum { MOST_COUNT = 128 };

static const double pi = 3.14159265358979323846;

static gsc_matrix
zeros(size_t p, size_t d)
{
    gsc_matrix x;
    assert_return_ok(gsc_matrix_init(&x, p, d));
    return x;
}

/* Standard normal noise times `scale`. */
static void
add_noise(gsc_matrix *x, double scale, uint64_t seed)
{
    uint64_t stream = gsc_rng_stream("noise");
    for (size_t i = 0; i < x->rows * x->cols; i++)
        x->data[i] += scale * gsc_rng_normal(seed, stream, i);
}

/* Column j: amplitude * cos(2 pi k n / p + phase). */
static void
add_wave(gsc_matrix *x, size_t j, size_t k, double amplitude, double phase)
{
    for (size_t n = 0; n < x->rows; n++)
        x->data[n * x->cols + j] +=
            amplitude *
            cos(2 * pi * (double)(k * n % x->rows) / (double)x->rows + phase);
}

static double
norm_squared(const gsc_matrix *x)
{
    double sum = 0;
    for (size_t i = 0; i < x->rows * x->cols; i++)
        sum += x->data[i] * x->data[i];
    return sum;
}

/* ---- Power ---- */

static void
a_wave_has_power_at_its_frequency_alone(void **state)
{
    (void)state;
    const size_t sizes[] = {2, 3, 7, 8, 59, 112, 113};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        size_t p = sizes[s], count = gsc_fourier_count(p);
        for (size_t k = 1; 2 * k < p; k++) {
            gsc_matrix x = zeros(p, 3);
            double power[MOST_COUNT];
            add_wave(&x, 0, k, 1.5, 0.7);
            add_wave(&x, 2, k, -2, 2.1);
            assert_return_ok(gsc_fourier_power(&x, power));
            for (size_t i = 0; i < count; i++) /* |cos|^2 over a period: p / 2 */
                assert_close(power[i], i == k ? (1.5 * 1.5 + 2 * 2) * (double)p / 2 : 0,
                             1e-10);
            gsc_matrix_free(&x);
        }
    }
}

static void
a_constant_has_power_at_0_alone(void **state)
{
    (void)state;
    for (size_t p = 1; p <= 12; p++) {
        gsc_matrix x = zeros(p, 2);
        double power[MOST_COUNT];
        add_wave(&x, 0, 0, 3, 0);
        add_wave(&x, 1, 0, -1, 0);
        assert_return_ok(gsc_fourier_power(&x, power));
        for (size_t k = 0; k < gsc_fourier_count(p); k++)
            assert_close(power[k], k == 0 ? 10 * (double)p : 0, 1e-12);
        gsc_matrix_free(&x);
    }
}

static void
an_alternating_column_has_power_at_nyquist_alone(void **state)
{
    (void)state;
    for (size_t p = 2; p <= 112; p += 10) {
        gsc_matrix x = zeros(p, 1);
        double power[MOST_COUNT];
        for (size_t n = 0; n < p; n++)
            x.data[n] = n % 2 == 0 ? 0.5 : -0.5;
        assert_return_ok(gsc_fourier_power(&x, power));
        for (size_t k = 0; k <= p / 2; k++)
            assert_close(power[k], k == p / 2 ? 0.25 * (double)p : 0, 1e-12);
        gsc_matrix_free(&x);
    }
}

static void
an_impulse_has_power_everywhere(void **state)
{
    (void)state;
    const size_t sizes[] = {9, 10};
    for (size_t s = 0; s < 2; s++) {
        size_t p = sizes[s];
        gsc_matrix x = zeros(p, 2);
        double power[MOST_COUNT];
        x.data[2 * 4 + 1] = 3; /* row 4 */
        assert_return_ok(gsc_fourier_power(&x, power));
        for (size_t k = 0; k < gsc_fourier_count(p); k++)
            assert_close(power[k], (k == 0 || 2 * k == p ? 9 : 18) / (double)p, 1e-13);
        gsc_matrix_free(&x);
    }
}

static void
powers_sum_to_the_squared_norm(void **state)
{
    (void)state;
    for (size_t p = 1; p <= 120; p++) {
        gsc_matrix x = zeros(p, 5);
        double power[MOST_COUNT], sum = 0;
        add_noise(&x, 2, p);
        assert_return_ok(gsc_fourier_power(&x, power));
        for (size_t k = 0; k < gsc_fourier_count(p); k++)
            sum += power[k];
        assert_close(sum / norm_squared(&x), 1, 1e-13);
        gsc_matrix_free(&x);
    }
}

static void
power_is_that_of_the_sum_in_its_formula(void **state)
{
    (void)state;
    const size_t sizes[] = {13, 14};
    for (size_t s = 0; s < 2; s++) {
        size_t p = sizes[s], d = 3;
        gsc_matrix x = zeros(p, d);
        double power[MOST_COUNT];
        add_noise(&x, 1, 5);
        assert_return_ok(gsc_fourier_power(&x, power));
        for (size_t k = 0; k < gsc_fourier_count(p); k++) {
            double expected = 0;
            for (size_t j = 0; j < d; j++) {
                double re = 0, im = 0;
                for (size_t n = 0; n < p; n++) {
                    double angle = 2 * pi * (double)(k * n % p) / (double)p;
                    re += x.data[n * d + j] * cos(angle);
                    im -= x.data[n * d + j] * sin(angle);
                }
                expected +=
                    (re * re + im * im) * (k == 0 || 2 * k == p ? 1 : 2) / (double)p;
            }
            assert_close(power[k], expected, 1e-12);
        }
        gsc_matrix_free(&x);
    }
}

static void
a_shift_of_the_residues_leaves_the_power(void **state)
{
    (void)state;
    enum { P = 113, D = 4 };
    gsc_matrix x = zeros(P, D), shifted = zeros(P, D);
    double power[2][MOST_COUNT];
    add_noise(&x, 1, 3);
    for (size_t i = 0; i < P * D; i++)
        shifted.data[(i + 17 * D) % (P * D)] = x.data[i];
    assert_return_ok(gsc_fourier_power(&x, power[0]));
    assert_return_ok(gsc_fourier_power(&shifted, power[1]));
    for (size_t k = 0; k < gsc_fourier_count(P); k++)
        assert_close(power[0][k], power[1][k], 1e-11);
    gsc_matrix_free(&x);
    gsc_matrix_free(&shifted);
}

/* ---- Fractions ---- */

static void
fractions_leave_out_the_mean_and_sum_to_1(void **state)
{
    (void)state;
    const double power[] = {100, 1, 0, 3, 4};
    double fraction[5];
    gsc_fourier_fractions(power, 5, fraction);
    const double expected[] = {0, 0.125, 0, 0.375, 0.5};
    for (size_t k = 0; k < 5; k++)
        assert_true(fraction[k] == expected[k]);
    for (size_t p = 2; p <= 120; p++) {
        gsc_matrix x = zeros(p, 3);
        double powers[MOST_COUNT], fractions[MOST_COUNT], sum = 0;
        size_t count = gsc_fourier_count(p);
        add_noise(&x, 1, p);
        assert_return_ok(gsc_fourier_power(&x, powers));
        gsc_fourier_fractions(powers, count, fractions);
        for (size_t k = 0; k < count; k++)
            sum += fractions[k];
        assert_close(sum, 1, 1e-14);
        assert_true(fractions[0] == 0);
        gsc_matrix_free(&x);
    }
}

static void
no_power_has_no_fractions(void **state)
{
    (void)state;
    const double power[] = {7, 0, 0, 0};
    double fraction[] = {9, 9, 9, 9};
    gsc_fourier_fractions(power, 4, fraction);
    for (size_t k = 0; k < 4; k++)
        assert_true(fraction[k] == 0);
    gsc_fourier_fractions(power, 1, fraction); /* one residue: only the mean */
    assert_true(fraction[0] == 0);
}

/* ---- Key frequencies ---- */

/* How many frequencies of x are key; which ones. */
static size_t
find_keys(const gsc_matrix *x, bool key[MOST_COUNT], double fraction[MOST_COUNT])
{
    size_t count = gsc_fourier_count(x->rows), found = 0;
    double power[MOST_COUNT];
    memset(key, 1, MOST_COUNT * sizeof *key);
    assert_return_ok(gsc_fourier_power(x, power));
    gsc_fourier_fractions(power, count, fraction);
    gsc_fourier_keys(fraction, count, key);
    for (size_t k = 0; k < count; k++)
        found += key[k];
    return found;
}

static void
the_threshold_itself_is_key(void **state)
{
    (void)state;
    /* Of four frequencies above 0, each would have a quarter: key from 0.5 on. */
    const double fractions[][5] = {{0, 0.5, 0.3, 0.2, 0},
                                   {0, 0.4999999, 0.4999999, 2e-7, 0},
                                   {0.9, 0.05, 0.05, 0, 0}};
    for (size_t i = 0; i < 3; i++) {
        bool key[5] = {true, false, true, true, true};
        gsc_fourier_keys(fractions[i], 5, key);
        for (size_t k = 0; k < 5; k++)
            assert_int_equal(key[k], i == 0 && k == 1);
    }
}

static void
planted_frequencies_are_found_in_noise(void **state)
{
    (void)state;
    const size_t planted[] = {4, 14, 35, 41, 56};
    enum { P = 113, D = 128, SEEDS = 5 };
    print_message("seeds 0 to %d\n", SEEDS - 1);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        gsc_matrix x = zeros(P, D);
        bool key[MOST_COUNT];
        double fraction[MOST_COUNT];
        add_noise(&x, 1, seed);
        for (size_t j = 0; j < D; j++)
            for (size_t i = 0; i < 5; i++)
                add_wave(&x, j, planted[i], 0.5, (double)(j * (i + 1)));
        assert_int_equal(find_keys(&x, key, fraction), 5);
        for (size_t i = 0; i < 5; i++)
            assert_true(key[planted[i]]);
        gsc_matrix_free(&x);
    }
}

static void
a_large_mean_hides_no_key(void **state)
{
    (void)state;
    gsc_matrix x = zeros(112, 4);
    bool key[MOST_COUNT];
    double fraction[MOST_COUNT];
    add_wave(&x, 0, 56, 1, 0); /* Nyquist */
    add_wave(&x, 1, 9, 1, 0.3);
    add_wave(&x, 2, 0, 1000, 0);
    assert_int_equal(find_keys(&x, key, fraction), 2);
    assert_true(key[9] && key[56]);
    gsc_matrix_free(&x);
}

static void
white_noise_has_no_key(void **state)
{
    (void)state;
    enum { P = 113, D = 128, SEEDS = 20 };
    print_message("seeds 0 to %d\n", SEEDS - 1);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        gsc_matrix x = zeros(P, D);
        bool key[MOST_COUNT];
        double fraction[MOST_COUNT];
        add_noise(&x, 0.1, seed);
        assert_int_equal(find_keys(&x, key, fraction), 0);
        /* The even share, within 5 of its standard deviations sqrt(1 / d). */
        for (size_t k = 1; k < gsc_fourier_count(P); k++)
            assert_close(fraction[k] * (P / 2), 1, 5 * sqrt(1.0 / D));
        gsc_matrix_free(&x);
    }
}

static void
a_zero_matrix_has_no_key(void **state)
{
    (void)state;
    gsc_matrix x = zeros(113, 8);
    bool key[MOST_COUNT];
    double fraction[MOST_COUNT];
    assert_int_equal(find_keys(&x, key, fraction), 0);
    gsc_matrix_free(&x);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wave_has_power_at_its_frequency_alone),
        cmocka_unit_test(a_constant_has_power_at_0_alone),
        cmocka_unit_test(an_alternating_column_has_power_at_nyquist_alone),
        cmocka_unit_test(an_impulse_has_power_everywhere),
        cmocka_unit_test(powers_sum_to_the_squared_norm),
        cmocka_unit_test(power_is_that_of_the_sum_in_its_formula),
        cmocka_unit_test(a_shift_of_the_residues_leaves_the_power),
        cmocka_unit_test(fractions_leave_out_the_mean_and_sum_to_1),
        cmocka_unit_test(no_power_has_no_fractions),
        cmocka_unit_test(the_threshold_itself_is_key),
        cmocka_unit_test(planted_frequencies_are_found_in_noise),
        cmocka_unit_test(a_large_mean_hides_no_key),
        cmocka_unit_test(white_noise_has_no_key),
        cmocka_unit_test(a_zero_matrix_has_no_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
