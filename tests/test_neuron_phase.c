/* Phases of neurons: planted waves, noise as a control, and edges. */
#include "test.h"

#include "analyze/method/circuit/neuron_phase.h"
#include "grokscope/rng.h"

static const double two_pi = 6.283185307179586476925;

static gsc_matrix
zeros(size_t p, size_t m)
{
    gsc_matrix x;
    assert_return_ok(gsc_matrix_init(&x, p, m));
    return x;
}

static void
add_wave(gsc_matrix *x, size_t j, size_t k, double amplitude, double phi)
{
    for (size_t t = 0; t < x->rows; t++)
        x->data[t * x->cols + j] +=
            amplitude * cos(two_pi * (double)(k * t % x->rows) / (double)x->rows + phi);
}

static void
planted_phases_are_found(void **state)
{
    (void)state;
    enum { P = 23, M = 4 };
    gsc_matrix read = zeros(P, M), right = zeros(P, M), written = zeros(P, M);
    gsc_neuron_phase phases[M];
    for (size_t j = 0; j < M; j++) {
        add_wave(&read, j, j + 2, 1, 0.3);
        add_wave(&read, j, 9, 0.5, 1);
        add_wave(&right, j, j + 2, 1, -0.8);
        add_wave(&written, j, j + 2, 0.1, -0.5 + 0.2 * (double)j);
        add_wave(&written, j, 9, 7, 2);
    }
    assert_return_ok(gsc_neuron_phase_find(&read, &right, &written, GSC_SUM, phases));
    for (size_t j = 0; j < M; j++) {
        assert_int_equal(phases[j].frequency, j + 2);
        assert_close(phases[j].in, 0.3, 1e-12);
        assert_close(phases[j].in_right, -0.8, 1e-12);
        assert_close(phases[j].write, -0.5 + 0.2 * (double)j, 1e-12);
        assert_close(phases[j].misalignment, sin(0.2 * (double)j), 1e-12);
    }
    assert_return_ok(
        gsc_neuron_phase_find(&read, &right, &written, GSC_DIFFERENCE, phases));
    assert_close(phases[0].misalignment, fabs(sin(-0.5 - 1.1)), 1e-12);
    assert_return_ok(gsc_neuron_phase_find(&read, NULL, &written, GSC_SUM, phases));
    assert_close(phases[1].misalignment, fabs(sin(-0.3 - 0.6)), 1e-12);
    assert_close(gsc_neuron_phase_mean(phases, 2),
                 (fabs(sin(-0.5 - 0.6)) + fabs(sin(-0.3 - 0.6))) / 2, 1e-12);
    /* b alone tells a from b in a difference. */
    assert_return_ok(
        gsc_neuron_phase_find(&read, NULL, &written, GSC_DIFFERENCE, phases));
    assert_true(isnan(phases[0].misalignment));
    gsc_matrix_free(&read);
    gsc_matrix_free(&right);
    gsc_matrix_free(&written);
}

/* The mean of |sin| over even phases is 2/pi, its deviation .308; frequencies are even.
 */
static void
noise_has_chance_values(void **state)
{
    (void)state;
    enum { P = 59, M = 4000 };
    static gsc_neuron_phase phases[M];
    gsc_matrix read = zeros(P, M), written = zeros(P, M);
    for (size_t i = 0; i < (size_t)P * M; i++) {
        read.data[i] = gsc_rng_normal(5, 1, i);
        written.data[i] = gsc_rng_normal(5, 2, i);
    }
    assert_return_ok(gsc_neuron_phase_find(&read, NULL, &written, GSC_SUM, phases));
    assert_close(gsc_neuron_phase_mean(phases, M), 4 / two_pi, 4 * 0.308 / sqrt(M));
    assert_close(gsc_neuron_phase_concentration(phases, M, P), 0, 0.015);
    gsc_matrix_free(&read);
    gsc_matrix_free(&written);
}

static void
concentration_is_between_even_and_one(void **state)
{
    (void)state;
    gsc_neuron_phase phases[12] = {{0}};
    for (size_t j = 0; j < 12; j++)
        phases[j].frequency = 1 + j % 3; /* of p = 7: 1, 2, 3 */
    assert_close(gsc_neuron_phase_concentration(phases, 12, 7), 0, 1e-15);
    for (size_t j = 0; j < 12; j++)
        phases[j].frequency = j < 8 ? 2 : 3;
    assert_close(gsc_neuron_phase_concentration(phases, 12, 7), 0.5, 1e-15);
    for (size_t j = 0; j < 12; j++)
        phases[j].frequency = 2;
    assert_close(gsc_neuron_phase_concentration(phases, 12, 7), 1, 1e-15);
    assert_true(isnan(gsc_neuron_phase_concentration(phases, 12, 3)));
    assert_true(isnan(gsc_neuron_phase_concentration(phases, 0, 7)));
}

/* A constant neuron reads no wave; (-1)^t has none with a phase; silence says nothing.
 */
static void
what_has_no_phase_is_nan(void **state)
{
    (void)state;
    gsc_matrix read = zeros(8, 3), written = zeros(8, 3);
    gsc_neuron_phase phases[3];
    add_wave(&read, 1, 4, 1, 0);
    add_wave(&read, 2, 3, 1, 0);
    add_wave(&written, 1, 4, 1, 0);
    assert_return_ok(gsc_neuron_phase_find(&read, NULL, &written, GSC_SUM, phases));
    assert_int_equal(phases[0].frequency, 0);
    assert_int_equal(phases[1].frequency, 4);
    assert_int_equal(phases[2].frequency, 3);
    for (size_t j = 0; j < 3; j++)
        assert_true(isnan(phases[j].misalignment));
    assert_true(isnan(gsc_neuron_phase_mean(phases, 3)));
    gsc_matrix_free(&read);
    gsc_matrix_free(&written);
    read = written = (gsc_matrix){0};
    assert_int_equal(gsc_neuron_phase_find(&read, NULL, &written, GSC_SUM, phases),
                     GSC_EARGUMENT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planted_phases_are_found),
        cmocka_unit_test(noise_has_chance_values),
        cmocka_unit_test(concentration_is_between_even_and_one),
        cmocka_unit_test(what_has_no_phase_is_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
