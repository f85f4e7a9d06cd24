/* Random features have their peak where there are as many as examples, and patterns the
 * accuracies that can be written down. */
#include "analyze/method/task/pattern_model.h"
#include "analyze/method/task/random_features.h"
#include "test.h"

#include <stdlib.h>

enum { DRAWS = 24 };

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Medians over draws of the test error, the train error or the norm. */
static gsc_feature_fit
medians(const gsc_random_features *setting, size_t features, double ridge)
{
    double test[DRAWS], train[DRAWS], norm[DRAWS];
    for (size_t i = 0; i < DRAWS; i++) {
        gsc_feature_fit fit;
        assert_return_ok(
            gsc_random_features_fit(setting, features, i, &ridge, 1, &fit));
        test[i] = fit.test_error;
        train[i] = fit.train_error;
        norm[i] = fit.norm;
    }
    qsort(test, DRAWS, sizeof *test, compare);
    qsort(train, DRAWS, sizeof *train, compare);
    qsort(norm, DRAWS, sizeof *norm, compare);
    return (gsc_feature_fit){train[DRAWS / 2], test[DRAWS / 2], norm[DRAWS / 2]};
}

static const gsc_random_features setting = {100, 20, 500, 0.5, 3};

static void
the_error_has_its_peak_at_as_many_features_as_examples(void **state)
{
    (void)state;
    gsc_feature_fit few = medians(&setting, 50, 0), peak = medians(&setting, 100, 0);
    gsc_feature_fit more = medians(&setting, 130, 0), many = medians(&setting, 1500, 0);
    assert_true(few.test_error > 0.4 && few.test_error < 0.8);
    assert_true(more.test_error > 0.9 && more.test_error < 1.8);
    assert_true(many.test_error > 0.15 && many.test_error < 0.35);
    assert_true(peak.test_error > 100 * many.test_error);
    assert_true(few.train_error > 0.1);
    assert_true(peak.train_error < 1e-20 && many.train_error < 1e-20);
    assert_true(peak.norm > 5 * few.norm && few.norm > many.norm);
}

static void
a_ridge_takes_the_peak_away(void **state)
{
    (void)state;
    gsc_feature_fit none = medians(&setting, 100, 0), some = medians(&setting, 100, 1);
    gsc_feature_fit all = medians(&setting, 100, 1e12);
    assert_true(some.test_error < 1 && none.test_error > 20);
    assert_true(some.norm < none.norm && all.norm < 1e-9);
    assert_true(some.train_error > none.train_error);
    assert_close(all.test_error, 1, 0.45); /* the variance of the targets */
}

/* Without noise and with as many linear features as inputs the fit would be exact; of
 * ReLU features it is with many. */
static void
without_noise_many_features_learn_it(void **state)
{
    (void)state;
    const gsc_random_features clean = {400, 3, 300, 0, 1};
    assert_true(medians(&clean, 300, 1e-9).test_error < 1e-3);
}

static void
patterns_are_right_as_written(void **state)
{
    (void)state;
    /* At t = b each is known half of the time: of two, test is a quarter for each set.
     */
    const gsc_pattern two[] = {{1, 1, 5, 0.8, false}, {1, 2, 5, 0.2, false}};
    gsc_pattern_accuracy a = gsc_pattern_accuracy_at(two, 2, 5);
    assert_close(a.train, 0.75, 1e-15);
    assert_close(a.test, 0.25 * 0.8 + 0.25 * 0.2 + 0.25 * 0.5, 1e-15);
    const gsc_pattern preferred[] = {{1, 1, 5, 0.8, false}, {0.5, 2, 5, 1, true}};
    a = gsc_pattern_accuracy_at(preferred, 2, 5); /* known with 1/2 and 1/4 */
    assert_close(a.train, 1 - 0.5 * 0.75, 1e-15);
    assert_close(a.test, 0.5 * 0.75 * 0.8 + 0.25, 1e-15);
    a = gsc_pattern_accuracy_at(preferred, 2, -1e3);
    assert_true(a.train == 0 && a.test == 0);
    a = gsc_pattern_accuracy_at(preferred, 0, 5);
    assert_true(a.train == 0 && a.test == 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_error_has_its_peak_at_as_many_features_as_examples),
        cmocka_unit_test(a_ridge_takes_the_peak_away),
        cmocka_unit_test(without_noise_many_features_learn_it),
        cmocka_unit_test(patterns_are_right_as_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
