/* The exponential against expl, over its whole range, and tanh against tanhl. */
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

/* ---- The hyperbolic tangent ---- */

static double
tanh_of(double x)
{
    double y;
    gsc_tanh_f64(&x, &y, 1);
    return y;
}

static double
tanh_error(double x)
{
    int exponent;
    double y = tanh_of(x);
    frexp(y, &exponent);
    return (double)fabsl((tanhl((long double)x) - (long double)y) *
                         ldexpl(1, DBL_MANT_DIG - exponent));
}

/* Sizes from 1e-8 to 100, evenly in the logarithm, of both signs. */
static void
tanh_stays_near_tanhl(void **state)
{
    (void)state;
    double largest = 0;
    for (size_t i = 0; i < COUNT; i++) {
        double x = pow(10, 10 * gsc_rng_uniform(seed, 7, i) - 8);
        largest = fmax(largest, tanh_error(i % 2 ? x : -x));
    }
    printf("largest error of tanh: %.3f ulp\n", largest);
    assert_true(largest < 3);
}

static void
tanh_of_special_values(void **state)
{
    (void)state;
    assert_true(tanh_of(0) == 0 && !signbit(tanh_of(0)) && signbit(tanh_of(-0.)));
    assert_true(tanh_of(INFINITY) == 1 && tanh_of(-INFINITY) == -1);
    assert_true(tanh_of(DBL_MAX) == 1 && tanh_of(-19.99) == tanh(-19.99));
    assert_true(tanh_of(DBL_MIN) == DBL_MIN);
    assert_true(isnan(tanh_of(NAN)));
}

static void
tanh_of_floats_is_that_of_doubles_rounded(void **state)
{
    (void)state;
    float x[67], y[67];
    for (size_t i = 0; i < 67; i++)
        x[i] = (float)(3 * gsc_rng_normal(seed, 8, i));
    gsc_tanh_f32(x, y, 67);
    for (size_t i = 0; i < 67; i++)
        assert_true(y[i] == (float)tanh_of((double)x[i]));
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
        cmocka_unit_test(tanh_stays_near_tanhl),
        cmocka_unit_test(tanh_of_special_values),
        cmocka_unit_test(tanh_of_floats_is_that_of_doubles_rounded),
    };
    printf("seed %llu\n", (unsigned long long)seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
