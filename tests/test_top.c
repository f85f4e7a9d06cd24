/* The largest of some numbers, beside a sort of them. */
#include "test.h"

#include "train/numeric/top.h"

#include "grokscope/rng.h"

#include <math.h>
#include <stdlib.h>

enum { N = 500 };

/* Whether fewer than `keep` come before number i: larger ones, and equal ones of a
 * smaller index. */
static bool
is_among(const double *x, size_t keep, size_t i)
{
    size_t before = 0;
    for (size_t k = 0; k < N; k++)
        before += x[k] > x[i] || (x[k] == x[i] && k < i);
    return before < keep;
}

static void
the_mask_is_that_of_a_stable_sort(void **state)
{
    (void)state;
    double x[N];
    float narrow[N];
    bool mask[N], mask_narrow[N];
    static const size_t keeps[] = {0, 1, 2, 77, 250, 499, 500};
    for (uint64_t kind = 0; kind < 3; kind++) {
        for (size_t i = 0; i < N; i++) {
            narrow[i] = (float)gsc_rng_normal(1, kind, i);
            if (kind == 1) /* ties, both zeros among them */
                narrow[i] = (float)round((double)narrow[i] * 2) * (i % 2 ? 1.f : -1.f);
            if (kind == 2) /* of any size */
                narrow[i] = ldexpf(narrow[i], (int)(i % 200) - 100);
            x[i] = (double)narrow[i];
        }
        for (size_t k = 0; k < sizeof keeps / sizeof *keeps; k++) {
            gsc_top_mask_f64(x, N, keeps[k], mask);
            gsc_top_mask_f32(narrow, N, keeps[k], mask_narrow);
            for (size_t i = 0; i < N; i++) {
                assert_int_equal(mask[i], is_among(x, keeps[k], i));
                assert_int_equal(mask_narrow[i], mask[i]);
            }
        }
    }
}

static void
infinite_numbers_have_their_places_and_nan_is_above(void **state)
{
    (void)state;
    const double x[] = {1, (double)INFINITY, -(double)INFINITY, fabs((double)NAN), 2};
    static const size_t order[] = {3, 1, 4, 0, 2};
    bool mask[5];
    for (size_t keep = 0; keep <= 5; keep++) {
        gsc_top_mask_f64(x, 5, keep, mask);
        for (size_t k = 0; k < 5; k++)
            assert_int_equal(mask[order[k]], k < keep);
    }
}

static void
a_share_counts_as_published_code_does(void **state)
{
    (void)state;
    assert_int_equal(gsc_top_count(0.4, 10), 4);
    assert_int_equal(gsc_top_count(0.41, 10), 5);
    assert_int_equal(gsc_top_count(0.9, 10), 9);
    assert_int_equal(gsc_top_count(1, 7), 7);
    assert_int_equal(gsc_top_count(0, 7), 0);
    /* 67 x 500, 500 x 48, 48 x 500 and 500 x 67 weights, 60 % of them pruned */
    assert_int_equal(gsc_top_count(0.4, 115000), 46000);
    for (int n = 1; n <= 200; n++)
        for (int k = 0; k <= n; k++)
            assert_int_equal(gsc_top_count((double)k / n, (size_t)n), k);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mask_is_that_of_a_stable_sort),
        cmocka_unit_test(infinite_numbers_have_their_places_and_nan_is_above),
        cmocka_unit_test(a_share_counts_as_published_code_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
