/* Mean, order, Gini coefficient, entropy. */
#include "grokscope/rng.h"

#include "test.h"
#include "train/numeric/stats.h"

#include <stdlib.h>

static double
gini_of(const double *x, size_t n)
{
    double gini;
    assert_return_ok(gsc_stats_gini(x, n, &gini));
    return gini;
}

static void
mean_and_deviation_have_their_closed_form(void **state)
{
    (void)state;
    const double x[] = {1e8 + 1, 1e8 + 2, 1e8 + 3, 1e8 + 6};
    double mean, deviation;
    gsc_stats_mean(x, 4, &mean, &deviation);
    assert_close(mean, 1e8 + 3, 0);
    assert_close(deviation, sqrt(14. / 4), 1e-15);
    gsc_stats_mean(x, 0, &mean, NULL);
    assert_true(isnan(mean));
}

static void
gini_has_its_known_values(void **state)
{
    (void)state;
    const double mixed[] = {4, 1, -3, 2}, one[] = {0, 0, 7, 0, 0}, even[] = {2, 2, 2};
    const double none[] = {0, 0};
    assert_close(gini_of(mixed, 4), 0.25, 1e-16);
    assert_close(gini_of(one, 5), 1 - 1. / 5, 1e-16);
    assert_true(gini_of(even, 3) == 0 && gini_of(none, 2) == 0);
}

static void
gini_is_the_mean_difference(void **state)
{
    (void)state;
    enum { N = 60 };
    double x[N], differences = 0, sum = 0;
    for (size_t i = 0; i < N; i++)
        sum += x[i] = fabs(gsc_rng_normal(5, 1, i));
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            differences += fabs(x[i] - x[j]);
    assert_close(gini_of(x, N), differences / (2 * N * sum), 1e-14);
}

static void
what_is_not_finite_has_no_gini(void **state)
{
    (void)state;
    const double x[] = {1, (double)INFINITY};
    double gini;
    assert_fails(gsc_stats_gini(x, 2, &gini), GSC_ENUMERIC, "number 1 is inf");
}

static int
ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void
numbers_are_sorted_as_by_comparison(void **state)
{
    (void)state;
    enum { N = 3000 };
    static double x[N], y[N], work[N];
    for (size_t n = 0; n <= N; n += 250)
        for (int floats = 0; floats < 2; floats++) {
            for (size_t i = 0; i < n; i++) {
                x[i] = fabs(exp(9 * gsc_rng_normal(n, 1, i)) - 1);
                if (floats)
                    x[i] = (double)(float)x[i];
                y[i] = x[i];
            }
            gsc_stats_sort(x, n, work);
            qsort(y, n, sizeof *y, ascending);
            assert_memory_equal(x, y, n * sizeof *x);
        }
}

static void
entropy_counts_what_is_there(void **state)
{
    (void)state;
    const double even[] = {3, 0, 3, 3, 3}, one[] = {0, 5}, none[] = {0, 0};
    assert_close(gsc_stats_entropy(even, 5), log(4), 1e-15);
    assert_true(gsc_stats_entropy(one, 2) == 0 && gsc_stats_entropy(none, 2) == 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mean_and_deviation_have_their_closed_form),
        cmocka_unit_test(gini_has_its_known_values),
        cmocka_unit_test(gini_is_the_mean_difference),
        cmocka_unit_test(what_is_not_finite_has_no_gini),
        cmocka_unit_test(numbers_are_sorted_as_by_comparison),
        cmocka_unit_test(entropy_counts_what_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
