/* The exponential against expl, over its whole range. */
#include "grokscope/rng.h"

#include "train/numeric/exp.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { COUNT = 1000000 };
static const uint64_t seed = 1;

/* The distance from the true value in units of the last place of y. */
static double
error_in_ulp(double x, double y)
{
    int exponent;
    frexp(y, &exponent);
    return (double)fabsl((expl((long double)x) - (long double)y) *
                         ldexpl(1, DBL_MANT_DIG - exponent));
}

static double
largest_error(double least, double most, uint64_t stream)
{
    double *x = malloc(COUNT * sizeof *x), *y = malloc(COUNT * sizeof *y), largest = 0;
    assert_non_null(x);
    assert_non_null(y);
    for (size_t i = 0; i < COUNT; i++)
        x[i] = least + (most - least) * gsc_rng_uniform(seed, stream, i);
    gsc_exp(x, y, COUNT);
    for (size_t i = 0; i < COUNT; i++)
        largest = fmax(largest, error_in_ulp(x[i], y[i]));
    printf("largest error on [%g, %g]: %.3f ulp\n", least, most, largest);
    free(x);
    free(y);
    return largest;
}

static void
errors_stay_near_one_ulp(void **state)
{
    (void)state;
    assert_true(largest_error(-708.39, 709.78, 1) < 1.1);
    assert_true(largest_error(-1, 1, 2) < 1.1);
    assert_true(largest_error(-30, 0, 3) < 1.1);
    assert_true(largest_error(-1e-3, 1e-3, 4) < 1.1);
    assert_true(largest_error(709, 709.782712893383, 5) < 1.1);
    assert_true(largest_error(-708.396418532264, -708, 6) < 1.1);
}

static double
exp_of(double x)
{
    double y;
    gsc_exp(&x, &y, 1);
    return y;
}

static void
special_values_are_right(void **state)
{
    (void)state;
    assert_true(exp_of(0) == 1);
    assert_true(exp_of(-0.) == 1);
    assert_true(exp_of(DBL_MIN) == 1);
    assert_true(exp_of(INFINITY) == INFINITY);
    assert_true(exp_of(-INFINITY) == 0 && !signbit(exp_of(-INFINITY)));
    assert_true(isnan(exp_of(NAN)));
    assert_true(isnan(exp_of(-NAN)));
    assert_true(exp_of(DBL_MAX) == INFINITY);
    assert_true(exp_of(-DBL_MAX) == 0);
}

static void
the_ends_of_the_range_are_sharp(void **state)
{
    (void)state;
    double largest = log(DBL_MAX), smallest = log(DBL_MIN);
    assert_true(isfinite(exp_of(largest)) == isfinite(exp(largest)));
    assert_true(isfinite(exp_of(nextafter(largest, 0))));
    assert_true(exp_of(nextafter(largest, INFINITY)) == INFINITY);
    assert_true(exp_of(nextafter(smallest, 0)) >= DBL_MIN);
    assert_true(exp_of(nextafter(smallest, -INFINITY)) == 0);
}

/* Reduction switches from k to k + 1 at the halves: no step may show there. */
static void
errors_stay_small_where_the_reduction_switches(void **state)
{
    (void)state;
    for (int k = -1021; k < 1023; k++) {
        double x = (k + 0.5) * log(2);
        for (int step = 0; step < 2; step++, x = nextafter(x, INFINITY))
            assert_true(error_in_ulp(x, exp_of(x)) < 1.1);
    }
}

/* Remainder loops of any width give what the vector part gives; nothing past n. */
static void
every_length_and_in_place_agree(void **state)
{
    (void)state;
    double x[70], y[70];
    for (size_t n = 0; n < 69; n++) {
        for (size_t i = 0; i < 70; i++)
            x[i] = y[i] = 20 * gsc_rng_normal(seed, n, i);
        gsc_exp(y, y, n);
        for (size_t i = 0; i < n; i++)
            assert_true(y[i] == exp_of(x[i]));
        for (size_t i = n; i < 70; i++)
            assert_true(y[i] == x[i]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_stay_near_one_ulp),
        cmocka_unit_test(special_values_are_right),
        cmocka_unit_test(the_ends_of_the_range_are_sharp),
        cmocka_unit_test(errors_stay_small_where_the_reduction_switches),
        cmocka_unit_test(every_length_and_in_place_agree),
    };
    printf("seed %llu\n", (unsigned long long)seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
