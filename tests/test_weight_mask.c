/* Masks: which weights they keep, and how far two are from each other. */
#include "analyze/method/weights/weight_mask.h"

#include "grokscope/rng.h"
#include "test.h"

#include <stdbool.h>

enum { N = 1000 };

static size_t
count(const bool *mask, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        kept += mask[i];
    return kept;
}

static void
exactly_so_many_are_kept_and_none_is_less_than_another(void **state)
{
    (void)state;
    double scores[N];
    bool mask[N];
    for (size_t i = 0; i < N; i++)
        scores[i] = (double)gsc_rng_below(1, 2, i, 50); /* many ties */
    for (size_t keep = 0; keep <= N; keep += 37) {
        double least = INFINITY, most = -INFINITY;
        assert_return_ok(gsc_weight_mask_keep(scores, N, keep, mask));
        assert_int_equal(count(mask, N), keep);
        for (size_t i = 0; i < N; i++) {
            least = mask[i] ? fmin(least, scores[i]) : least;
            most = mask[i] ? most : fmax(most, scores[i]);
        }
        assert_true(keep == 0 || least >= most);
    }
}

static void
of_equal_scores_the_first_are_kept(void **state)
{
    (void)state;
    const double scores[] = {1, 2, 1, 2, 1, -INFINITY};
    const bool expected[] = {true, true, false, true, false, false};
    bool mask[6];
    assert_return_ok(gsc_weight_mask_keep(scores, 6, 3, mask));
    assert_memory_equal(mask, expected, sizeof mask);
}

static void
a_score_that_is_no_number_is_refused(void **state)
{
    (void)state;
    const double scores[] = {1, NAN};
    bool mask[2];
    assert_fails(gsc_weight_mask_keep(scores, 2, 1, mask), GSC_EFORMAT,
                 "the score of weight 1 is no number");
}

static void
the_distance_is_jaccards(void **state)
{
    (void)state;
    const bool a[] = {true, true, false, false}, b[] = {false, true, true, false};
    const bool c[] = {false, false, true, true}, none[4] = {false};
    assert_close(gsc_weight_mask_distance(a, b, 4), 2.0 / 3, 1e-15);
    assert_true(gsc_weight_mask_distance(a, a, 4) == 0);
    assert_true(gsc_weight_mask_distance(a, c, 4) == 1);
    assert_true(gsc_weight_mask_distance(a, none, 4) == 1);
    assert_true(gsc_weight_mask_distance(none, none, 4) == 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exactly_so_many_are_kept_and_none_is_less_than_another),
        cmocka_unit_test(of_equal_scores_the_first_are_kept),
        cmocka_unit_test(a_score_that_is_no_number_is_refused),
        cmocka_unit_test(the_distance_is_jaccards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
