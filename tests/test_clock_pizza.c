/* Clock or pizza: closed forms, planted circles, and controls without structure. */
#include "test.h"

#include "grokscope/clock_pizza.h"
#include "grokscope/rng.h"

#include <stdbool.h>
#include <stdlib.h>

static const double two_pi = 6.283185307179586476925;

enum { P = 59 };

static double *
doubles(size_t n)
{
    double *x = calloc(n, sizeof *x);
    assert_non_null(x);
    return x;
}

/* ---- Distance irrelevance ---- */

static void
a_table_of_the_distance_is_relevant(void **state)
{
    (void)state;
    double table[P * P];
    for (size_t p = 8; p <= P; p += 51) {
        for (size_t i = 0; i < p * p; i++)
            table[i] = cos((double)((i / p + p - i % p) % p));
        assert_close(gsc_clock_pizza_irrelevance(table, p), 0, 1e-14);
    }
}

static void
a_table_of_the_sum_is_irrelevant(void **state)
{
    (void)state;
    double table[P * P];
    for (size_t i = 0; i < P * P; i++)
        table[i] = cos((double)((i / P + i % P) % P));
    assert_close(gsc_clock_pizza_irrelevance(table, P), 1, 1e-13);
}

static void
noise_is_irrelevant(void **state)
{
    (void)state;
    double table[P * P];
    for (size_t i = 0; i < P * P; i++)
        table[i] = gsc_rng_normal(1, 1, i);
    assert_close(gsc_clock_pizza_irrelevance(table, P), 1, 0.03);
}

/* mean_j std_i L[i, j] / std L of L[a + b, a - b]. */
static void
irrelevance_is_that_of_the_papers_matrix(void **state)
{
    (void)state;
    enum { N = 11 };
    double table[N * N], L[N][N], mean = 0, var = 0, within = 0;
    for (size_t a = 0; a < N; a++)
        for (size_t b = 0; b < N; b++) {
            double x = gsc_rng_normal(2, 1, a * N + b) + 2 * cos((double)(a + N - b));
            table[a * N + b] = L[(a + b) % N][(a + N - b) % N] = x;
            mean += x / (N * N);
        }
    for (size_t j = 0; j < N; j++) {
        double column = 0, squares = 0;
        for (size_t i = 0; i < N; i++) {
            column += L[i][j] / N;
            squares += L[i][j] * L[i][j] / N;
            var += (L[i][j] - mean) * (L[i][j] - mean) / (N * N);
        }
        within += sqrt(squares - column * column) / N;
    }
    assert_close(gsc_clock_pizza_irrelevance(table, N), within / sqrt(var), 1e-13);
}

static void
a_constant_table_has_no_irrelevance(void **state)
{
    (void)state;
    double table[49];
    for (size_t i = 0; i < 49; i++)
        table[i] = 0.1;
    assert_true(isnan(gsc_clock_pizza_irrelevance(table, 7)));
}

static void
right_and_wrong_logits_are_told_apart(void **state)
{
    (void)state;
    /* p = 3: row (a, b) holds 10 times its number, +3 at a + b, +1 at a + b + 1. */
    double logits[27], table[9];
    for (size_t i = 0; i < 9; i++)
        for (size_t c = 0; c < 3; c++) {
            size_t ahead = (c + 6 - i / 3 - i % 3) % 3;
            logits[i * 3 + c] = 10 * (double)i + (ahead == 0 ? 3 : ahead == 1 ? 1 : 0);
        }
    gsc_clock_pizza_correct_logit(logits, 3, table);
    for (size_t i = 0; i < 9; i++)
        assert_true(table[i] == 10 * (double)i + 3);
    gsc_clock_pizza_incorrect_logit(logits, 3, table);
    for (size_t i = 0; i < 9; i++)
        assert_true(table[i] == 10 * (double)i + 1);
}

/* ---- Gradient symmetricity ---- */

static void
symmetricity_is_the_mean_cosine(void **state)
{
    (void)state;
    const double da[] = {1, 2, 1, 0, 3, 4, 0, 0}, db[] = {2, 4, 0, 5, -6, -8, 1, 1};
    assert_close(gsc_clock_pizza_symmetricity(da, db, 1, 2), 1, 1e-15);
    assert_close(gsc_clock_pizza_symmetricity(da + 2, db + 2, 1, 2), 0, 0);
    assert_close(gsc_clock_pizza_symmetricity(da + 4, db + 4, 1, 2), -1, 1e-15);
    assert_close(gsc_clock_pizza_symmetricity(da + 6, db + 6, 1, 2), 0, 0);
    assert_close(gsc_clock_pizza_symmetricity(da, db, 2, 2), 0.5, 1e-15);
    assert_close(gsc_clock_pizza_symmetricity(da, db, 4, 2), 0, 1e-15);
    assert_true(isnan(gsc_clock_pizza_symmetricity(da, db, 0, 2)));
}

/* ---- Circularity ---- */

/* Circles of frequencies k[i] and radii 3 - i / 2 in columns 2i, 2i + 1, around 1. */
static gsc_matrix
circles(const size_t *k, size_t count, size_t d)
{
    gsc_matrix x;
    assert_return_ok(gsc_matrix_init(&x, P, d));
    for (size_t n = 0; n < P; n++) {
        for (size_t j = 0; j < d; j++)
            x.data[n * d + j] = 1;
        for (size_t i = 0; i < count; i++) {
            double angle = two_pi * (double)(k[i] * n % P) / P;
            x.data[n * d + 2 * i] += (3 - (double)i / 2) * cos(angle);
            x.data[n * d + 2 * i + 1] += (3 - (double)i / 2) * sin(angle);
        }
    }
    return x;
}

static void
circles_are_circular_and_know_their_frequencies(void **state)
{
    (void)state;
    const size_t k[] = {17, 3};
    gsc_matrix x = circles(k, 2, 7);
    gsc_principal_frequency principal[6];
    double circularity;
    assert_return_ok(gsc_clock_pizza_circularity(&x, 6, principal, &circularity));
    assert_close(circularity, 1, 1e-12);
    for (size_t u = 0; u < 6; u++) {
        assert_int_equal(principal[u].frequency, u < 4 ? k[u / 2] : 0);
        assert_close(principal[u].circularity, u < 4, 1e-12);
        double share = u < 2 ? 9 : u < 4 ? 6.25 : 0;
        assert_close(principal[u].share, share / 30.5, 1e-12);
    }
    gsc_matrix_free(&x);
}

static void
one_circle_alone_is_half_of_the_four(void **state)
{
    (void)state;
    const size_t k[] = {5};
    gsc_matrix x = circles(k, 1, 4);
    gsc_principal_frequency principal[4];
    double circularity;
    assert_return_ok(gsc_clock_pizza_circularity(&x, 4, principal, &circularity));
    assert_close(circularity, 0.5, 1e-12);
    gsc_matrix_free(&x);
}

static void
noise_is_not_circular(void **state)
{
    (void)state;
    gsc_matrix x;
    gsc_principal_frequency principal[4];
    double circularity;
    assert_return_ok(gsc_matrix_init(&x, P, 128));
    for (size_t i = 0; i < x.rows * x.cols; i++)
        x.data[i] = gsc_rng_normal(4, 1, i);
    assert_return_ok(gsc_clock_pizza_circularity(&x, 4, principal, &circularity));
    assert_true(circularity < 0.35);
    gsc_matrix_free(&x);
}

static void
too_few_components_are_refused(void **state)
{
    (void)state;
    const size_t k[] = {5};
    gsc_matrix x = circles(k, 1, 4);
    gsc_principal_frequency principal[5];
    double c;
    assert_fails(gsc_clock_pizza_circularity(&x, 3, principal, &c), GSC_EARGUMENT,
                 "4 to 4");
    assert_fails(gsc_clock_pizza_circularity(&x, 5, principal, &c), GSC_EARGUMENT,
                 "by 5");
    x.data[9] = NAN;
    assert_fails(gsc_clock_pizza_circularity(&x, 4, principal, &c), GSC_ENUMERIC,
                 "finite");
    gsc_matrix_free(&x);
}

static void
an_isolated_circle_is_the_planted_one(void **state)
{
    (void)state;
    const size_t k[] = {17, 3}, second[] = {2, 3}, beyond[] = {7};
    gsc_matrix x = circles(k, 2, 7), kept, rest;
    assert_return_ok(gsc_clock_pizza_isolate(&x, second, 2, &kept, &rest));
    for (size_t i = 0; i < P * 7; i++) {
        bool own = i % 7 == 2 || i % 7 == 3;
        assert_close(kept.data[i], own ? x.data[i] : 1, 1e-12);
        assert_close(rest.data[i], own ? 1 : x.data[i], 1e-12);
    }
    gsc_matrix_free(&kept);
    gsc_matrix_free(&rest);
    assert_return_ok(gsc_clock_pizza_isolate(&x, second, 2, NULL, NULL));
    assert_fails(gsc_clock_pizza_isolate(&x, beyond, 1, &kept, &rest), GSC_EARGUMENT,
                 "component 7: expected one below 7");
    assert_null(kept.data);
    gsc_matrix_free(&x);
}

/* ---- Logits in closed form ---- */

/* The forms in the angles of sum and difference. */
static double
simplified(gsc_logit_form form, double half_distance, double half_rest)
{
    double clock = cos(2 * half_rest);
    switch (form) {
    case GSC_FORM_ABS_CLOCK:
        return fabs(cos(half_distance)) * clock;
    case GSC_FORM_PIZZA:
        return 2 * fabs(cos(half_distance)) *
               (fabs(cos(half_rest)) - fabs(sin(half_rest)));
    case GSC_FORM_ACCOMPANYING:
        return -2 * cos(2 * half_distance) * clock;
    default:
        return clock;
    }
}

static void
forms_are_functions_of_sum_and_distance(void **state)
{
    (void)state;
    const gsc_logit_form forms[] = {GSC_FORM_CLOCK, GSC_FORM_ABS_CLOCK, GSC_FORM_PIZZA,
                                    GSC_FORM_ACCOMPANYING};
    for (size_t p = 12; p <= 13; p++)
        for (size_t f = 0; f < 4; f++) {
            double *logits = doubles(p * p * p), half = two_pi / 2 * 5 / (double)p;
            assert_return_ok(gsc_clock_pizza_logits(forms[f], p, 5, logits));
            for (size_t i = 0; i < p * p * p; i++) {
                double a = (double)(i / p / p), b = (double)(i / p % p);
                double rest = half * (a + b - (double)(i % p));
                assert_close(logits[i], simplified(forms[f], half * (a - b), rest),
                             1e-13);
            }
            free(logits);
        }
}

static void
a_pizza_of_absolute_values_is_its_formula(void **state)
{
    (void)state;
    double *logits = doubles(7 * 7 * 7), w = two_pi * 2 / 7;
    assert_return_ok(gsc_clock_pizza_logits(GSC_FORM_PIZZA_2, 7, 2, logits));
    for (size_t i = 0; i < 7 * 7 * 7; i++) {
        double a = w * (double)(i / 49), b = w * (double)(i / 7 % 7);
        double c = w * (double)(i % 7), s0 = cos(a) + cos(b), s1 = sin(a) + sin(b);
        double expected = (fabs(s0) - fabs(s1)) * cos(c) -
                          (fabs(s0 - s1) - fabs(s0 + s1)) * sin(c) / sqrt(2);
        assert_close(logits[i], expected, 1e-13);
    }
    free(logits);
}

/* Over the circle, E|cos|/sqrt(E cos^2) = sqrt(8)/pi is the correlation of clock and
 * abs_clock; a pizza is closer to the latter. */
static void
fits_of_the_forms_to_each_other(void **state)
{
    (void)state;
    size_t n = (size_t)P * P * P;
    double *form[GSC_NUM_FORMS], rho = sqrt(8) * 2 / two_pi;
    for (int f = 0; f < GSC_NUM_FORMS; f++) {
        form[f] = doubles(n);
        assert_return_ok(gsc_clock_pizza_logits((gsc_logit_form)f, P, 11, form[f]));
        assert_true(strlen(gsc_clock_pizza_form_name((gsc_logit_form)f)) > 0);
    }
    const double *clock = form[GSC_FORM_CLOCK], *squeezed = form[GSC_FORM_ABS_CLOCK];
    gsc_logit_fit fit = gsc_clock_pizza_fit(clock, squeezed, n);
    assert_close(fit.explained, 2 * rho - 1, 1e-3);
    assert_close(fit.rho_squared, rho * rho, 1e-3);
    assert_true(gsc_clock_pizza_fit(squeezed, form[GSC_FORM_PIZZA], n).explained >
                0.97);
    assert_true(gsc_clock_pizza_fit(squeezed, form[GSC_FORM_PIZZA_2], n).explained >
                0.97);
    assert_close(gsc_clock_pizza_fit(clock, form[GSC_FORM_ACCOMPANYING], n).rho_squared,
                 0, 1e-6);
    for (int f = 0; f < GSC_NUM_FORMS; f++)
        free(form[f]);
}

static void
a_fit_forgets_scale_and_mean_but_not_sign(void **state)
{
    (void)state;
    const double x[] = {1, 2, 4, 8}, y[] = {5, 7, 11, 19}, z[] = {-1, -2, -4, -8};
    const double constant[] = {0.1, 0.1, 0.1, 0.1};
    assert_close(gsc_clock_pizza_fit(x, y, 4).explained, 1, 1e-15);
    assert_close(gsc_clock_pizza_fit(x, z, 4).explained, -3, 1e-15);
    assert_close(gsc_clock_pizza_fit(x, z, 4).rho_squared, 1, 1e-15);
    assert_true(isnan(gsc_clock_pizza_fit(x, constant, 4).explained));
    assert_true(isnan(gsc_clock_pizza_fit(constant, x, 4).rho_squared));
    assert_fails(gsc_clock_pizza_logits(GSC_FORM_CLOCK, 0, 1, NULL), GSC_EARGUMENT,
                 "0 residues");
}

/* ---- Verdict ---- */

static void
verdicts_are_the_papers_rule(void **state)
{
    (void)state;
    gsc_clock_pizza_thresholds t = GSC_CLOCK_PIZZA_THRESHOLDS;
    const struct {
        double circularity, symmetricity, irrelevance;
        const char *verdict;
    } cases[] = {
        {0.997818, 0.993665, 0.171736, "pizza"},
        {0.998907, 0.333638, 0.848260, "clock"},
        {0.995, 0.9801, 0.5999, "pizza"},
        {0.995, 0.98, 0.6, "clock"},
        {0.995, 0.9801, 0.6, "undecided"},
        {0.995, 0.98, 0.5999, "undecided"},
        {0.9949, 0.99, 0.1, "not circular"},
        {NAN, 0.99, 0.1, "not circular"},
        {1, NAN, 0.1, "undecided"},
        {1, 0.99, NAN, "undecided"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(
            gsc_clock_pizza_verdict_name(gsc_clock_pizza_judge(
                &t, cases[i].circularity, cases[i].symmetricity, cases[i].irrelevance)),
            cases[i].verdict);
    t.circularity = 0.9;
    assert_int_equal(gsc_clock_pizza_judge(&t, 0.92, 0.99, 0.1), GSC_VERDICT_PIZZA);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_of_the_distance_is_relevant),
        cmocka_unit_test(a_table_of_the_sum_is_irrelevant),
        cmocka_unit_test(noise_is_irrelevant),
        cmocka_unit_test(irrelevance_is_that_of_the_papers_matrix),
        cmocka_unit_test(a_constant_table_has_no_irrelevance),
        cmocka_unit_test(right_and_wrong_logits_are_told_apart),
        cmocka_unit_test(symmetricity_is_the_mean_cosine),
        cmocka_unit_test(circles_are_circular_and_know_their_frequencies),
        cmocka_unit_test(one_circle_alone_is_half_of_the_four),
        cmocka_unit_test(noise_is_not_circular),
        cmocka_unit_test(too_few_components_are_refused),
        cmocka_unit_test(an_isolated_circle_is_the_planted_one),
        cmocka_unit_test(forms_are_functions_of_sum_and_distance),
        cmocka_unit_test(a_pizza_of_absolute_values_is_its_formula),
        cmocka_unit_test(fits_of_the_forms_to_each_other),
        cmocka_unit_test(a_fit_forgets_scale_and_mean_but_not_sign),
        cmocka_unit_test(verdicts_are_the_papers_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
