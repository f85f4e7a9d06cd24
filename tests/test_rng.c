/* Philox against its published vectors; uniforms, normals and shuffles as they should
 * be distributed. Seeds are fixed, so the bounds below hold or fail for good. */
#include "grokscope/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { COUNT = 1000000 };
static const uint64_t seed = 20230112;

/* The low half of philox4x32-10 in Random123's kat_vectors:
 *   counter 0, key 0:                 6627e8d5 e169c58d bc57ac4c 9b00dbd8
 *   all bits set:                     408f276d 41c83b0e a20bc7c6 6d5451fd
 *   counter 243f6a88 85a308d3 13198a2e 03707344, key a4093822 299f31d0:
 *                                     d16cfe09 94fdcceb 5001e420 24126ea1 */
static void
bits_are_the_published_vectors(void **state)
{
    (void)state;
    assert_true(gsc_rng_bits(0, 0, 0) == 0xe169c58d6627e8d5u);
    assert_true(gsc_rng_bits(UINT64_MAX, UINT64_MAX, UINT64_MAX) ==
                0x41c83b0e408f276du);
    assert_true(gsc_rng_bits(0x299f31d0a4093822u, 0x0370734413198a2eu,
                             0x85a308d3243f6a88u) == 0x94fdccebd16cfe09u);
}

/* FNV-1a's published hashes of "", "a" and "foobar". */
static void
stream_names_hash_as_published(void **state)
{
    (void)state;
    assert_true(gsc_rng_stream("") == 0xcbf29ce484222325u);
    assert_true(gsc_rng_stream("a") == 0xaf63dc4c8601ec8cu);
    assert_true(gsc_rng_stream("foobar") == 0x85944171f73967e8u);
    uint64_t of_step = gsc_rng_substream(gsc_rng_stream("noise:"), 0x6867666564636261u);
    assert_true(of_step == gsc_rng_stream("noise:abcdefgh"));
}

static void
the_same_triple_gives_the_same_value(void **state)
{
    (void)state;
    for (uint64_t i = 100; i-- > 0;) {
        assert_true(gsc_rng_bits(seed, 3, i) == gsc_rng_bits(seed, 3, i));
        assert_true(gsc_rng_normal(seed, 3, i) == gsc_rng_normal(seed, 3, i));
    }
}

static void
seeds_streams_and_counters_all_matter(void **state)
{
    (void)state;
    uint64_t split = gsc_rng_stream("split"), init = gsc_rng_stream("init");
    assert_true(gsc_rng_bits(seed, split, 0) != gsc_rng_bits(seed, init, 0));
    assert_true(gsc_rng_bits(seed, split, 0) != gsc_rng_bits(seed + 1, split, 0));
    assert_true(gsc_rng_bits(seed, split, 0) != gsc_rng_bits(seed, split, 1));
    double product = 0;
    for (uint64_t i = 0; i < COUNT; i++)
        product += gsc_rng_normal(seed, split, i) * gsc_rng_normal(seed, init, i);
    assert_true(fabs(product / COUNT) < 5e-3); /* five standard errors */
}

static void
uniforms_lie_in_the_half_open_unit_interval(void **state)
{
    (void)state;
    double sum = 0, squares = 0;
    for (uint64_t i = 0; i < COUNT; i++) {
        double u = gsc_rng_uniform(seed, 7, i);
        assert_true(u >= 0 && u < 1);
        sum += u;
        squares += u * u;
    }
    assert_true(fabs(sum / COUNT - 0.5) < 5 * sqrt(1. / 12 / COUNT));
    assert_true(fabs(squares / COUNT - 1. / 3) < 5 * sqrt(4. / 45 / COUNT));
}

/* E x, x^2, x^3, x^4 are 0, 1, 0, 3; the variances of these powers 1, 2, 15, 96. */
static void
normals_have_the_moments_of_the_normal(void **state)
{
    (void)state;
    double moments[4] = {0};
    for (uint64_t i = 0; i < COUNT; i++) {
        double x = gsc_rng_normal(seed, 11, i);
        assert_true(isfinite(x));
        moments[0] += x / COUNT;
        moments[1] += x * x / COUNT;
        moments[2] += x * x * x / COUNT;
        moments[3] += x * x * x * x / COUNT;
    }
    assert_true(fabs(moments[0]) < 5 * sqrt(1. / COUNT));
    assert_true(fabs(moments[1] - 1) < 5 * sqrt(2. / COUNT));
    assert_true(fabs(moments[2]) < 5 * sqrt(15. / COUNT));
    assert_true(fabs(moments[3] - 3) < 5 * sqrt(96. / COUNT));
}

/* The two of a pair: u = exp(-(x^2 + y^2) / 2) is the uniform they were made of. */
static void
a_pair_of_normals_shares_its_radius(void **state)
{
    (void)state;
    for (uint64_t pair = 0; pair < 100; pair++) {
        double x = gsc_rng_normal(seed, 2, 2 * pair);
        double y = gsc_rng_normal(seed, 2, 2 * pair + 1);
        double u = gsc_rng_uniform(seed, 2, pair) + 0x1p-53;
        assert_true(fabs(exp(-(x * x + y * y) / 2) - u) < 1e-14);
    }
}

static void
below_n_is_reached_evenly(void **state)
{
    (void)state;
    enum { N = 10 };
    size_t counts[N] = {0};
    for (uint64_t i = 0; i < COUNT; i++) {
        uint64_t value = gsc_rng_below(seed, 5, i, N);
        assert_true(value < N);
        counts[value]++;
    }
    double chi_squared = 0;
    for (size_t i = 0; i < N; i++)
        chi_squared += pow((double)counts[i] - COUNT / N, 2) / (COUNT / N);
    assert_true(chi_squared < 33.7); /* 9 degrees of freedom: p = 1e-4 */
    assert_true(gsc_rng_below(seed, 5, 0, 1) == 0);
    assert_true(gsc_rng_below(0, 0, 0, UINT64_MAX) == 0xe169c58d6627e8d4u);
    assert_true(gsc_rng_below(0, 0, 0, (uint64_t)1 << 32) == 0xe169c58du);
}

static void
a_shuffle_is_a_permutation(void **state)
{
    (void)state;
    enum { N = 12769 };
    static uint32_t items[N], other[N];
    static bool seen[N];
    size_t num_fixed = 0, num_equal = 0;
    for (uint32_t i = 0; i < N; i++)
        items[i] = other[i] = i;
    gsc_rng_shuffle(items, N, seed, 1);
    gsc_rng_shuffle(other, N, seed, 2);
    for (uint32_t i = 0; i < N; i++) {
        assert_true(items[i] < N && !seen[items[i]]);
        seen[items[i]] = true;
        num_fixed += items[i] == i;
        num_equal += items[i] == other[i];
    }
    assert_true(num_fixed < 10 && num_equal < 10); /* Poisson, mean 1 */
}

/* All 6 orders of 3 items, 60,000 times. */
static void
every_order_is_as_likely(void **state)
{
    (void)state;
    enum { TIMES = 60000 };
    double counts[27] = {0}, chi_squared = 0;
    for (uint64_t stream = 0; stream < TIMES; stream++) {
        uint32_t items[3] = {0, 1, 2};
        gsc_rng_shuffle(items, 3, seed, stream);
        counts[9 * items[0] + 3 * items[1] + items[2]]++;
    }
    for (size_t i = 0; i < 27; i++)
        if (counts[i] > 0)
            chi_squared += pow(counts[i] - TIMES / 6., 2) / (TIMES / 6.);
    assert_true(chi_squared < 25.7); /* 5 degrees of freedom: p = 1e-4 */
}

static void
shuffling_nothing_is_fine(void **state)
{
    (void)state;
    uint32_t one = 9;
    gsc_rng_shuffle(NULL, 0, seed, 0);
    gsc_rng_shuffle(&one, 1, seed, 0);
    assert_int_equal(one, 9);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_are_the_published_vectors),
        cmocka_unit_test(stream_names_hash_as_published),
        cmocka_unit_test(the_same_triple_gives_the_same_value),
        cmocka_unit_test(seeds_streams_and_counters_all_matter),
        cmocka_unit_test(uniforms_lie_in_the_half_open_unit_interval),
        cmocka_unit_test(normals_have_the_moments_of_the_normal),
        cmocka_unit_test(a_pair_of_normals_shares_its_radius),
        cmocka_unit_test(below_n_is_reached_evenly),
        cmocka_unit_test(a_shuffle_is_a_permutation),
        cmocka_unit_test(every_order_is_as_likely),
        cmocka_unit_test(shuffling_nothing_is_fine),
    };
    printf("seed %llu\n", (unsigned long long)seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
