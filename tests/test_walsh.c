/* Fourier coefficients of functions of signs: majority in closed form, Parseval, and
 * the gap of definition 1 of Barak et al. */
#include "test.h"

#include "grokscope/rng.h"

#include "analyze/method/task/walsh.h"

#include <math.h>
#include <stdlib.h>

enum { N = 15, INPUTS = 1 << N };

static double values[INPUTS], kept[INPUTS];

static size_t
count_bits(size_t x)
{
    size_t count = 0;
    for (; x; x &= x - 1)
        count++;
    return count;
}

static double
choose(size_t n, size_t k)
{
    double product = 1;
    for (size_t i = 0; i < k; i++)
        product *= (double)(n - i) / (double)(i + 1);
    return product;
}

/* The coefficient of the majority of n signs, n odd, at a set of j:
 *
 *     (-1)^((j-1)/2) C((n-1)/2, (j-1)/2) / C(n-1, j-1) 2^-(n-1) C(n-1, (n-1)/2)
 *
 * for odd j, else 0 (O'Donnell, Analysis of Boolean Functions, theorem 5.19, with the
 * majority of +1 and -1). */
static double
majority_coefficient(size_t n, size_t j)
{
    size_t half = (n - 1) / 2, m = (j - 1) / 2;
    if (j % 2 == 0)
        return 0;
    return (m % 2 == 0 ? 1 : -1) * choose(half, m) / choose(n - 1, j - 1) *
           ldexp(choose(n - 1, half), -(int)(n - 1));
}

static void
majority_has_its_closed_form(void **state)
{
    (void)state;
    for (size_t x = 0; x < INPUTS; x++)
        values[x] = 2 * count_bits(x) < N ? 1 : -1;
    gsc_walsh_transform(values, N);
    for (size_t S = 0; S < INPUTS; S++)
        assert_close(values[S], majority_coefficient(N, count_bits(S)), 1e-15);
}

static void
a_parity_has_one_coefficient(void **state)
{
    (void)state;
    for (size_t x = 0; x < 32; x++)
        values[x] = count_bits(x & 0x16) % 2 == 0 ? 1 : -1;
    gsc_walsh_transform(values, 5);
    for (size_t S = 0; S < 32; S++)
        assert_close(values[S], S == 0x16, 0);
}

static void
squares_sum_to_the_mean_square_and_two_transforms_give_it_back(void **state)
{
    (void)state;
    double before = 0, after = 0;
    for (size_t x = 0; x < INPUTS; x++) {
        kept[x] = values[x] = gsc_rng_normal(1, 2, x);
        before += values[x] * values[x] / INPUTS;
    }
    gsc_walsh_transform(values, N);
    for (size_t S = 0; S < INPUTS; S++)
        after += values[S] * values[S];
    assert_close(after, before, 1e-12);
    gsc_walsh_transform(values, N);
    for (size_t x = 0; x < INPUTS; x++)
        assert_close(values[x] * INPUTS, kept[x], 1e-12);
}

/* The least of the relevant bits, less the most of the others. */
static void
the_gap_is_between_relevant_and_other_bits(void **state)
{
    (void)state;
    const uint8_t in_set[] = {1, 0, 1, 0, 0}, all[] = {1, 1, 1};
    const double toggled[] = {-0.5, 0.1, 0.4, -0.3, 0.2};
    assert_close(gsc_walsh_fourier_gap(toggled, 5, in_set), 0.4 - 0.3, 1e-16);
    assert_close(gsc_walsh_fourier_gap(toggled, 3, all), 0.1, 0);
    assert_true(isnan(gsc_walsh_fourier_gap((const double[]){1, NAN, 2}, 3, all)));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(majority_has_its_closed_form),
        cmocka_unit_test(a_parity_has_one_coefficient),
        cmocka_unit_test(
            squares_sum_to_the_mean_square_and_two_transforms_give_it_back),
        cmocka_unit_test(the_gap_is_between_relevant_and_other_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
