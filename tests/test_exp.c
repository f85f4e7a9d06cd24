/* The exponential against expl, over its whole range; tanh and the logistic function
 * against those of long double. */
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

/* ---- The hyperbolic tangent and the logistic function ---- */

static double
tanh_of(double x)
{
    double y;
    gsc_tanh_f64(&x, &y, 1);
    return y;
}

static double
sigmoid_of(double x)
{
    double y;
    gsc_sigmoid_f64(&x, &y, 1);
    return y;
}

static float
tanh_of_float(float x)
{
    float y;
    gsc_tanh_f32(&x, &y, 1);
    return y;
}

static float
sigmoid_of_float(float x)
{
    float y;
    gsc_sigmoid_f32(&x, &y, 1);
    return y;
}

static long double
true_sigmoid(long double x)
{
    return 1 / (1 + expl(-x));
}

static double
ulps_between(long double truth, double y, int digits)
{
    int exponent;
    frexp(y, &exponent);
    return (double)fabsl((truth - (long double)y) * ldexpl(1, digits - exponent));
}

/* Number i of sizes from 1e-8 to `most`, evenly in the logarithm, of both signs. */
static double
any_size(size_t i, double most)
{
    double x = 1e-8 * pow(most / 1e-8, gsc_rng_uniform(seed, 7, i));
    return i % 2 ? x : -x;
}

static double
largest_ulps(double (*f)(double), long double (*truth)(long double), double most)
{
    double largest = 0;
    for (size_t i = 0; i < COUNT; i++) {
        double x = any_size(i, most);
        largest = fmax(largest, ulps_between(truth((long double)x), f(x), 53));
    }
    printf("largest error in double up to %g: %.3f ulp\n", most, largest);
    return largest;
}

static double
largest_ulps_of_float(float (*f)(float), long double (*truth)(long double), double most)
{
    double largest = 0;
    for (size_t i = 0; i < COUNT; i++) {
        float x = (float)any_size(i, most);
        largest = fmax(largest, ulps_between(truth((long double)x), (double)f(x), 24));
    }
    printf("largest error in float up to %g: %.3f ulp\n", most, largest);
    return largest;
}

static void
errors_stay_at_a_few_ulp(void **state)
{
    (void)state;
    assert_true(largest_ulps(tanh_of, tanhl, 100) < 3);
    assert_true(largest_ulps(sigmoid_of, true_sigmoid, 700) < 4);
    assert_true(largest_ulps_of_float(tanh_of_float, tanhl, 100) < 3);
    assert_true(largest_ulps_of_float(sigmoid_of_float, true_sigmoid, 86) < 4);
}

static void
tanh_of_special_values(void **state)
{
    (void)state;
    assert_true(tanh_of(0) == 0 && !signbit(tanh_of(0)) && signbit(tanh_of(-0.)));
    assert_true(tanh_of(INFINITY) == 1 && tanh_of(-INFINITY) == -1);
    assert_true(tanh_of(DBL_MAX) == 1 && tanh_of(-19.99) == tanh(-19.99));
    assert_true(tanh_of(DBL_MIN) == DBL_MIN);
    assert_true(isnan(tanh_of(NAN)) && isnan(tanh_of_float(NAN)));
    assert_true(tanh_of_float(INFINITY) == 1 && tanh_of_float(-FLT_MAX) == -1);
    assert_true(tanh_of_float(0) == 0 && signbit(tanh_of_float(-0.F)));
}

static void
sigmoid_of_special_values(void **state)
{
    (void)state;
    assert_true(sigmoid_of(0) == 0.5 && sigmoid_of_float(0) == 0.5F);
    assert_true(sigmoid_of(INFINITY) == 1 && sigmoid_of_float(FLT_MAX) == 1);
    assert_true(sigmoid_of(-INFINITY) < 1e-300 && sigmoid_of(-DBL_MAX) >= 0);
    assert_true(sigmoid_of_float(-INFINITY) < 1e-37F);
    assert_true(isnan(sigmoid_of(NAN)) && isnan(sigmoid_of_float(NAN)));
}

static void
floats_of_every_length_agree(void **state)
{
    (void)state;
    float x[70], y[70], z[70];
    for (size_t n = 0; n < 69; n++) {
        for (size_t i = 0; i < 70; i++)
            x[i] = y[i] = z[i] = (float)(9 * gsc_rng_normal(seed, n, i));
        gsc_tanh_f32(y, y, n);
        gsc_sigmoid_f32(z, z, n);
        for (size_t i = 0; i < 70; i++) {
            assert_true(y[i] == (i < n ? tanh_of_float(x[i]) : x[i]));
            assert_true(z[i] == (i < n ? sigmoid_of_float(x[i]) : x[i]));
        }
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
        cmocka_unit_test(errors_stay_at_a_few_ulp),
        cmocka_unit_test(tanh_of_special_values),
        cmocka_unit_test(sigmoid_of_special_values),
        cmocka_unit_test(floats_of_every_length_agree),
    };
    printf("seed %llu\n", (unsigned long long)seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
