/* Summaries of spectra: closed forms, planted waves, and noise as a control. */
#include "grokscope/fourier.h"
#include "grokscope/rng.h"

#include "analyze/method/circuit/spectrum_summary.h"
#include "test.h"

static const double pi = 3.14159265358979323846;

static gsc_matrix
zeros(size_t p, size_t d)
{
    gsc_matrix x;
    assert_return_ok(gsc_matrix_init(&x, p, d));
    return x;
}

static gsc_matrix
noise(size_t p, size_t d, uint64_t seed)
{
    gsc_matrix x = zeros(p, d);
    for (size_t i = 0; i < p * d; i++)
        x.data[i] = gsc_rng_normal(seed, 1, i);
    return x;
}

/* Column j gains amplitude * cos(2 pi k t / p + phase). */
static void
add_wave(gsc_matrix *x, size_t j, size_t k, double amplitude, double phase)
{
    for (size_t t = 0; t < x->rows; t++)
        x->data[t * x->cols + j] +=
            amplitude * cos(2 * pi * (double)(k * t) / (double)x->rows + phase);
}

static void
norms_are_the_roots_of_the_powers(void **state)
{
    (void)state;
    for (size_t p = 1; p < 20; p++) {
        gsc_matrix x = noise(p, 3, p);
        double norms[20], power[20], sum;
        assert_return_ok(gsc_spectrum_summary_norms(&x, norms));
        assert_return_ok(gsc_fourier_power(&x, power));
        for (size_t k = 0; k <= p / 2; k++) {
            sum = k ? norms[2 * k - 1] * norms[2 * k - 1] : norms[0] * norms[0];
            if (k > 0 && 2 * k < p)
                sum += norms[2 * k] * norms[2 * k];
            assert_close(sum, power[k], 1e-12);
        }
        gsc_matrix_free(&x);
    }
}

static void
one_component_has_all_of_the_gini(void **state)
{
    (void)state;
    gsc_matrix x = zeros(59, 2), control = noise(113, 128, 3);
    double gini;
    add_wave(&x, 0, 7, 2, 0);
    add_wave(&x, 1, 7, -1, 0);
    assert_return_ok(gsc_spectrum_summary_gini(&x, &gini));
    assert_close(gini, 1 - 1. / 59, 1e-12);
    assert_return_ok(gsc_spectrum_summary_gini(&control, &gini));
    assert_true(gini > 0.01 && gini < 0.06); /* sd / (sqrt pi mean) = 0.035 */
    gsc_matrix_free(&x);
    gsc_matrix_free(&control);
}

static void
a_wave_participates_alone_whatever_its_phase(void **state)
{
    (void)state;
    const size_t sizes[] = {97, 96};
    for (size_t s = 0; s < 2; s++) {
        gsc_matrix x = zeros(sizes[s], 4);
        double ipr[4];
        add_wave(&x, 0, 5, 3, 0.4);
        add_wave(&x, 1, 5, 1, 0);
        add_wave(&x, 1, 8, 1, 2);
        x.data[2 + 4 * 11] = 7; /* an impulse: every frequency alike */
        assert_return_ok(gsc_spectrum_summary_ipr(&x, 2, ipr));
        assert_close(ipr[0], 1, 1e-12);
        assert_close(ipr[1], 0.5, 1e-12);
        assert_close(ipr[2], 1 / (double)gsc_fourier_count(sizes[s]), 1e-14);
        assert_true(ipr[3] == 0);
        assert_return_ok(gsc_spectrum_summary_ipr(&x, 3, ipr));
        assert_close(ipr[1], 0.25, 1e-12);
        gsc_matrix_free(&x);
    }
}

static void
noise_is_dense_and_even(void **state)
{
    (void)state;
    gsc_matrix x = noise(97, 128, 1);
    double ffd, fcr;
    assert_return_ok(gsc_spectrum_summary_furuta(&x, GSC_FFD_ETA, &ffd, &fcr));
    assert_close(ffd, 1, 0);
    assert_close(fcr, 0.927, 0.015); /* the known value is of another draw */
    gsc_matrix_free(&x);
}

static void
planted_modes_are_few_and_their_phase_shows(void **state)
{
    (void)state;
    enum { P = 98, HALF = P / 2 };
    gsc_matrix x = zeros(P, 2), cosines = noise(P, 2, 4);
    double ffd, fcr;
    add_wave(&x, 0, 3, 1, 0); /* cosine and sine of 3 alike, of 5 three to one */
    add_wave(&x, 1, 3, 1, pi / 2);
    add_wave(&x, 0, 5, 0.75, 0);
    add_wave(&x, 1, 5, 0.25, pi / 2);
    for (size_t i = 0; i < P * 2; i++)
        cosines.data[i] *= 1e-3;
    for (size_t k = 1; k <= HALF; k++)
        add_wave(&cosines, 0, k, 1, 0);
    assert_return_ok(gsc_spectrum_summary_furuta(&x, GSC_FFD_ETA, &ffd, &fcr));
    assert_close(ffd, 3. / (2 * HALF), 1e-15); /* 0.25 is below eta */
    assert_return_ok(gsc_spectrum_summary_furuta(&cosines, GSC_FFD_ETA, &ffd, &fcr));
    assert_true(fcr < 0.01); /* Nyquist has no sine, so 0 */
    gsc_matrix_free(&x);
    gsc_matrix_free(&cosines);
}

static void
bad_arguments_are_refused(void **state)
{
    (void)state;
    gsc_matrix x = noise(1, 2, 1), empty = {0};
    double a[2], b;
    assert_fails(gsc_spectrum_summary_furuta(&x, 0.5, a, &b), GSC_EARGUMENT,
                 "1 residues, expected 2");
    assert_fails(gsc_spectrum_summary_ipr(&x, 0, a), GSC_EARGUMENT,
                 "order 0, expected above 0");
    assert_fails(gsc_spectrum_summary_norms(&empty, a), GSC_EARGUMENT,
                 "0 columns of length 0");
    gsc_matrix_free(&x);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(norms_are_the_roots_of_the_powers),
        cmocka_unit_test(one_component_has_all_of_the_gini),
        cmocka_unit_test(a_wave_participates_alone_whatever_its_phase),
        cmocka_unit_test(noise_is_dense_and_even),
        cmocka_unit_test(planted_modes_are_few_and_their_phase_shows),
        cmocka_unit_test(bad_arguments_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
