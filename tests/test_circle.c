/* One circle left out: ideal circuits, their gradients, and controls. */
#include "test.h"

#include "grokscope/circle.h"
#include "grokscope/fourier.h"
#include "grokscope/rng.h"

#include <stdbool.h>
#include <stdlib.h>

static const double two_pi = 6.283185307179586476925;

enum { P = 29, D = 6 };

static double
wave(size_t k, size_t t, size_t p)
{
    return cos(two_pi * (double)(k * t % p) / (double)p);
}

/* ---- The embedding ---- */

/* Ellipses: k = 3 with half-axes 2 and 1, k = 5 with 1 and 1; and 4 in all. */
static gsc_matrix
two_ellipses(void)
{
    gsc_matrix x;
    assert_return_ok(gsc_matrix_init(&x, P, D));
    for (size_t n = 0; n < P; n++) {
        double *row = &x.data[n * D];
        for (size_t j = 0; j < D; j++)
            row[j] = 4;
        row[0] += 2 * wave(3, n, P);
        row[1] += sin(two_pi * (double)(3 * n) / P);
        row[1] += wave(5, n, P);
        row[4] += sin(two_pi * (double)(5 * n) / P);
    }
    return x;
}

static void
a_circle_is_removed_alone(void **state)
{
    (void)state;
    gsc_matrix x = two_ellipses(), rest;
    double before[P / 2 + 1], after[P / 2 + 1];
    assert_return_ok(gsc_circle_remove(&x, 3, &rest));
    assert_return_ok(gsc_fourier_power(&x, before));
    assert_return_ok(gsc_fourier_power(&rest, after));
    for (size_t k = 0; k <= P / 2; k++)
        assert_close(after[k], k == 3 ? 0 : before[k], 1e-10);
    gsc_matrix_free(&rest);
    assert_fails(gsc_circle_remove(&x, 15, &rest), GSC_EARGUMENT, "frequency 15");
    assert_null(rest.data);
    gsc_matrix_free(&x);
}

static void
shapes_are_those_planted(void **state)
{
    (void)state;
    gsc_matrix x = two_ellipses();
    gsc_circle_shape shape;
    assert_return_ok(gsc_circle_describe(&x, 3, &shape));
    assert_close(shape.circularity, 0.8, 1e-12);
    assert_close(shape.share, 5.0 / 7, 1e-12);
    assert_return_ok(gsc_circle_describe(&x, 5, &shape));
    assert_close(shape.circularity, 1, 1e-12);
    assert_close(shape.share, 2.0 / 7, 1e-12);
    assert_fails(gsc_circle_describe(&x, 0, &shape), GSC_EARGUMENT, "frequency 0");
    gsc_matrix_free(&x);
}

/* ---- The logits ---- */

typedef enum circuit { CLOCK, PIZZA, ACCOMPANYING } circuit;

/* Add scale times an ideal circuit that writes frequency o to logits [p p, p]. */
static void
add_circuit(double *logits, size_t p, circuit kind, size_t o, double scale)
{
    for (size_t i = 0; i < p * p * p; i++) {
        size_t a = i / p / p, b = i / p % p, c = i % p, d = (a + p - b) % p;
        double profile = kind == CLOCK   ? 1
                         : kind == PIZZA ? sqrt((1 + wave(o, d, p)) / 2)
                                         : -wave(o, d, p);
        logits[i] += scale * profile * wave(o, a + b + p - c, p);
    }
}

static double *
doubles(size_t n)
{
    double *x = calloc(n, sizeof *x);
    assert_non_null(x);
    return x;
}

/* A network of a clock of frequency 2, without and with twice the circuit besides. */
static gsc_circle_effect
measure(circuit kind, size_t k, size_t o, size_t p, double *profile)
{
    double *logits = doubles(p * p * p), *without = doubles(p * p * p);
    gsc_circle_effect effect;
    add_circuit(without, p, CLOCK, 2, 1);
    add_circuit(logits, p, CLOCK, 2, 1);
    add_circuit(logits, p, kind, o, 2);
    for (size_t i = 0; i < p * p * p; i++) /* a constant over c is none of its work */
        without[i] += 7 * sin((double)(i / p));
    assert_return_ok(gsc_circle_measure(logits, without, p, k, &effect, profile, NULL));
    free(logits);
    free(without);
    return effect;
}

static void
an_ideal_clock_has_ratio_1(void **state)
{
    (void)state;
    double profile[P];
    gsc_circle_effect effect = measure(CLOCK, 5, 5, P, profile);
    assert_true(effect.k == 5 && effect.output == 5);
    assert_close(effect.ratio, 1, 1e-12);
    assert_close(effect.output_share, 1, 1e-12);
    assert_close(effect.profile_share, 1, 1e-12);
    assert_close(effect.effect, sqrt(4.0 / 5), 1e-12);
    for (size_t d = 0; d < P; d++)
        assert_close(profile[d], 2, 1e-12);
}

static void
an_ideal_pizza_has_ratio_0(void **state)
{
    (void)state;
    double profile[P];
    gsc_circle_effect effect = measure(PIZZA, 5, 5, P, profile);
    assert_int_equal(effect.output, 5);
    assert_close(effect.ratio, sin(two_pi / 4 / P), 1e-10); /* cos of half the angle */
    assert_close(effect.profile_share, 1, 1e-12);
    for (size_t d = 0; d < P; d++)
        assert_close(profile[d], 2 * sqrt((1 + wave(5, d, P)) / 2), 1e-12);
}

static void
an_ideal_accompanying_pizza_has_ratio_minus_1(void **state)
{
    (void)state;
    gsc_circle_effect effect = measure(ACCOMPANYING, 10, 5, P, NULL);
    assert_true(effect.k == 10 && effect.output == 5);
    assert_close(effect.ratio, -cos(two_pi / 2 / P), 1e-12);
    assert_close(effect.profile_share, 1, 1e-12);
}

static void
even_and_composite_moduli_have_antipodes(void **state)
{
    (void)state;
    assert_close(measure(CLOCK, 3, 3, 12, NULL).ratio, 1, 1e-12);
    assert_close(measure(PIZZA, 5, 5, 12, NULL).ratio, 0, 1e-7);
    assert_close(measure(ACCOMPANYING, 3, 3, 12, NULL).ratio, -1, 1e-12);
    /* 3 d mod 15 is 6 or 9 at best: six distances. */
    assert_close(measure(ACCOMPANYING, 3, 3, 15, NULL).ratio, -cos(two_pi / 10), 1e-12);
}

static void
amplitudes_are_those_of_the_formula(void **state)
{
    (void)state;
    enum { N = 7 };
    double change[N * N * N], re[N * N], im[N * N];
    for (size_t i = 0; i < N * N * N; i++) {
        size_t a = i / N / N, b = i / N % N, c = i % N;
        double angle = two_pi * 2 * (double)(a + b + N - c) / N;
        change[i] = 100 + (double)a * cos(angle) - (double)b * sin(angle);
    }
    assert_return_ok(gsc_circle_amplitudes(change, N, 2, re, im));
    for (size_t i = 0; i < N * N; i++) {
        assert_close(re[i], (double)(i / N), 1e-11);
        assert_close(im[i], -(double)(i % N), 1e-11); /* sin is i */
    }
    assert_fails(gsc_circle_amplitudes(change, 0, 1, re, im), GSC_EARGUMENT,
                 "0 residues");
}

static void
what_depends_on_a_alone_has_no_profile(void **state)
{
    (void)state;
    size_t n = (size_t)P * P * P;
    double *logits = doubles(n), *zero = doubles(n);
    gsc_circle_effect effect;
    for (size_t i = 0; i < n; i++) {
        size_t a = i / P / P, b = i / P % P, c = i % P;
        logits[i] = wave(1, a, P) * wave(4, a + b + P - c, P);
    }
    assert_return_ok(gsc_circle_measure(logits, zero, P, 4, &effect, NULL, NULL));
    assert_close(effect.output_share, 1, 1e-12);
    assert_close(effect.profile_share, 0, 1e-12);
    free(logits);
    free(zero);
}

static void
noise_has_neither_output_nor_profile(void **state)
{
    (void)state;
    size_t n = (size_t)P * P * P;
    double *logits = doubles(n), *zero = doubles(n);
    gsc_circle_effect effect;
    for (size_t i = 0; i < n; i++)
        logits[i] = gsc_rng_normal(6, 1, i);
    assert_return_ok(gsc_circle_measure(logits, zero, P, 4, &effect, NULL, NULL));
    assert_close(effect.effect, 1, 1e-12);
    assert_close(effect.output_share, 1.0 / (P / 2), 0.02);
    assert_close(effect.profile_share, 1.0 / P, 0.03);
    free(logits);
    free(zero);
}

static void
nothing_done_is_no_number(void **state)
{
    (void)state;
    double *zero = doubles((size_t)P * P * P);
    gsc_circle_effect effect;
    assert_return_ok(gsc_circle_measure(zero, zero, P, 4, &effect, NULL, NULL));
    assert_true(effect.output == 0 && isnan(effect.effect) && isnan(effect.ratio));
    assert_fails(gsc_circle_measure(zero, zero, 2, 1, &effect, NULL, NULL),
                 GSC_EARGUMENT, "2 residues");
    zero[77] = INFINITY;
    assert_fails(gsc_circle_measure(zero, zero, P, 1, &effect, NULL, NULL),
                 GSC_ENUMERIC, "finite");
    free(zero);
}

/* ---- The gradients ---- */

/* Gradients of ideal circuits in the circle of k = 5 (columns 0 and 1 of a plain
 * embedding), with other numbers in all other columns. */
static void
fill_gradients(bool clock, size_t k, double *da, double *db, size_t *differences)
{
    for (size_t i = 0; i < P * P; i++) {
        size_t a = i / P, b = i % P, c = (3 * a + 7 * b) % P;
        double turn_a = two_pi * (double)(k * (P + b - c)) / P;
        double turn_b = clock ? two_pi * (double)(k * (P + a - c)) / P : turn_a;
        for (size_t j = 0; j < D; j++) {
            da[i * D + j] = gsc_rng_normal(8, 1, i * D + j);
            db[i * D + j] = gsc_rng_normal(8, 2, i * D + j);
        }
        da[i * D] = 3 * cos(turn_a);
        da[i * D + 1] = -3 * sin(turn_a);
        db[i * D] = cos(turn_b);
        db[i * D + 1] = -sin(turn_b);
        differences[i] = (a + P - b) % P;
    }
}

static gsc_matrix
one_circle(size_t k)
{
    gsc_matrix x;
    assert_return_ok(gsc_matrix_init(&x, P, D));
    for (size_t n = 0; n < P; n++) {
        x.data[n * D] = wave(k, n, P);
        x.data[n * D + 1] = sin(two_pi * (double)(k * n) / P);
        x.data[n * D + 2] = 9 * wave(1, n, P);
    }
    return x;
}

static void
gradients_of_ideal_circuits_have_pure_coefficients(void **state)
{
    (void)state;
    gsc_matrix x = one_circle(5);
    size_t differences[P * P];
    double *da = doubles(P * P * D), *db = doubles(P * P * D);
    const gsc_circle_gradients gradients = {P * P, D, da, db, differences};
    for (int clock = 0; clock < 2; clock++) {
        gsc_circle_symmetry symmetry;
        fill_gradients(clock, 5, da, db, differences);
        memset(da, 0, D * sizeof *da); /* one pair without gradient */
        assert_return_ok(gsc_circle_symmetricity(&x, 5, &gradients, &symmetry));
        assert_close(symmetry.constant, !clock, 1e-10);
        assert_close(symmetry.cosine, clock, 1e-10);
    }
    free(da);
    free(db);
    gsc_matrix_free(&x);
}

static void
gradients_that_tell_nothing_are_refused(void **state)
{
    (void)state;
    gsc_matrix x = one_circle(5);
    const double da[2 * D] = {1, 0, 0, 0, 0, 0, 1}, db[2 * D] = {0, 1, 0, 0, 0, 0, 1};
    const size_t same[] = {4, P - 4};
    gsc_circle_gradients gradients = {2, D, da, db, same};
    gsc_circle_symmetry s;
    assert_fails(gsc_circle_symmetricity(&x, 5, &gradients, &s), GSC_ENUMERIC,
                 "2 gradients in the plane, all at one distance");
    assert_fails(gsc_circle_symmetricity(&x, P, &gradients, &s), GSC_EARGUMENT,
                 "frequency 29");
    gradients.d = D - 1;
    assert_fails(gsc_circle_symmetricity(&x, 5, &gradients, &s), GSC_EARGUMENT,
                 "gradients of 5 elements by an embedding [29, 6]");
    gradients.d = D;
    gradients.n = 0;
    assert_fails(gsc_circle_symmetricity(&x, 5, &gradients, &s), GSC_ENUMERIC,
                 "0 gradients");
    gsc_matrix_free(&x);
}

/* ---- Labels ---- */

static void
labels_follow_gates_and_thresholds(void **state)
{
    (void)state;
    const gsc_circle_thresholds t = GSC_CIRCLE_THRESHOLDS;
    const struct {
        gsc_circle_effect effect;
        double constant;
        const char *label;
    } cases[] = {
        {{17, 17, 0.84, 1, 1, -0.008}, 1, "pizza"}, /* p = 59: published networks */
        {{25, 17, 0.34, 1, 1, -1.50}, 1, "accompanying"}, /* 2 17 = -25 */
        {{6, 3, 0.3, 1, 1, -1.45}, 1, "accompanying"},    /* 2 3 = 6 */
        {{13, 13, 1.14, 1, 0.55, 1.036}, 0.3, "clock"},
        {{7, 3, 0.3, 1, 1, -1.45}, 0.5, "hybrid"},
        {{6, 3, 0.3, 1, 1, -0.4}, 0.5, "hybrid"},
        {{5, 5, 0.3, 1, 1, 0.5}, 1, "hybrid"},
        {{5, 5, 0.3, 1, 1, 0.1}, 0.8, "hybrid"},
        {{5, 5, 0.3, 1, 1, 0.1}, NAN, "hybrid"},
        {{5, 5, 0.049, 1, 1, 1}, 0, "undetermined"},
        {{5, 5, 0.3, 0.49, 1, 1}, 0, "undetermined"},
        {{5, 5, 0.3, 1, 0.39, 1}, 0, "undetermined"},
        {{5, 5, 0.3, 1, 1, NAN}, 0, "undetermined"},
        {{5, 0, NAN, NAN, NAN, NAN}, 0, "undetermined"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gsc_circle_symmetry symmetry = {cases[i].constant, 0};
        assert_string_equal(gsc_circle_label_name(
                                gsc_circle_judge(&t, 59, &cases[i].effect, &symmetry)),
                            cases[i].label);
    }
}

static void
shares_are_weighted_by_effect(void **state)
{
    (void)state;
    const gsc_circle_effect effects[] = {
        {.effect = 3}, {.effect = 1}, {.effect = 4}, {.effect = NAN}};
    const gsc_circle_label labels[] = {GSC_CIRCLE_CLOCK, GSC_CIRCLE_PIZZA,
                                       GSC_CIRCLE_CLOCK, GSC_CIRCLE_UNDETERMINED};
    double share[GSC_NUM_CIRCLES];
    gsc_circle_shares(effects, labels, 4, share);
    assert_close(share[GSC_CIRCLE_CLOCK], 0.875, 0);
    assert_close(share[GSC_CIRCLE_PIZZA], 0.125, 0);
    assert_close(share[GSC_CIRCLE_UNDETERMINED], 0, 0);
    gsc_circle_shares(effects, labels, 0, share);
    assert_close(share[GSC_CIRCLE_CLOCK], 0, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_circle_is_removed_alone),
        cmocka_unit_test(shapes_are_those_planted),
        cmocka_unit_test(an_ideal_clock_has_ratio_1),
        cmocka_unit_test(an_ideal_pizza_has_ratio_0),
        cmocka_unit_test(an_ideal_accompanying_pizza_has_ratio_minus_1),
        cmocka_unit_test(even_and_composite_moduli_have_antipodes),
        cmocka_unit_test(amplitudes_are_those_of_the_formula),
        cmocka_unit_test(what_depends_on_a_alone_has_no_profile),
        cmocka_unit_test(noise_has_neither_output_nor_profile),
        cmocka_unit_test(nothing_done_is_no_number),
        cmocka_unit_test(gradients_of_ideal_circuits_have_pure_coefficients),
        cmocka_unit_test(gradients_that_tell_nothing_are_refused),
        cmocka_unit_test(labels_follow_gates_and_thresholds),
        cmocka_unit_test(shares_are_weighted_by_effect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
