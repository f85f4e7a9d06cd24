/* The normal distribution against libm's, in long double. */
#include "grokscope/rng.h"

#include "test.h"
#include "train/numeric/normal.h"

#include <math.h>

enum { COUNT = 100000 };

static double x[COUNT], density[COUNT], cumulative[COUNT];

static long double
phi(long double at)
{
    return erfcl(-at / sqrtl(2)) / 2;
}

static void
values_agree_with_libm(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++)
        x[i] = 18 * gsc_rng_uniform(1, 1, i) - 9;
    gsc_normal(x, density, cumulative, COUNT);
    long double worst = 0, worst_density = 0;
    for (size_t i = 0; i < COUNT; i++) {
        long double at = (long double)x[i];
        long double exact = expl(-at * at / 2) / sqrtl(2 * acosl(-1));
        long double error = fabsl((long double)density[i] / exact - 1);
        worst_density = error > worst_density ? error : worst_density;
        error = fabsl((long double)cumulative[i] / phi(at) - 1);
        worst = error > worst ? error : worst;
    }
    print_message("largest relative errors: cumulative %.2Lg, density %.2Lg\n", worst,
                  worst_density);
    /* e^(-x^2/2) has the rounding of x^2/2, up to 40, in its exponent. */
    assert_true(worst < 1e-14L);
    assert_true(worst_density < 1e-14L);
}

static void
it_is_symmetric_and_ends_at_0_and_1(void **state)
{
    (void)state;
    const double at[] = {0, 1.5, -1.5, 40, -40, INFINITY, -INFINITY, NAN};
    gsc_normal(at, density, cumulative, sizeof at / sizeof *at);
    assert_close(cumulative[0], 0.5, 1e-15);
    assert_close(cumulative[1] + cumulative[2], 1, 1e-15);
    assert_true(density[1] == density[2]);
    assert_true(cumulative[3] == 1 && cumulative[5] == 1);
    assert_true(cumulative[4] < 1e-300 && cumulative[6] == 0);
    assert_true(isnan(cumulative[7]) && isnan(density[7]));
}

static void
short_arrays_give_the_same_bits(void **state)
{
    (void)state;
    for (size_t i = 0; i < 64; i++)
        x[i] = 6 * gsc_rng_uniform(2, 2, i) - 3;
    gsc_normal(x, density, cumulative, 64);
    for (size_t i = 0; i < 64; i++) {
        double one, other;
        gsc_normal(x + i, &one, &other, 1);
        assert_close(one, density[i], 1e-16);
        assert_close(other, cumulative[i], 1e-15);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_agree_with_libm),
        cmocka_unit_test(it_is_symmetric_and_ends_at_0_and_1),
        cmocka_unit_test(short_arrays_give_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
