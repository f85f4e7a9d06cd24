/* Correlations of two series, and of shifted ones. */
#include "test.h"

#include "analyze/maths/correlation.h"

#include <math.h>

static void
cosines_by_hand(void **state)
{
    (void)state;
    const double x[] = {3, 0, 4}, y[] = {0, 2, 2}, none[] = {0, 0, 0};
    assert_close(gsc_cosine(x, y, 3), 8 / (5 * sqrt(8)), 1e-15);
    assert_close(gsc_cosine(x, x, 3), 1, 1e-15);
    assert_true(isnan(gsc_cosine(x, none, 3)));
}

static void
pearson_by_hand(void **state)
{
    (void)state;
    const double x[] = {1, 2, 3, 4}, y[] = {1, 3, 2, 5}, flat[] = {2, 2, 2, 2};
    assert_close(gsc_pearson(x, y, 4), 5.5 / sqrt(5 * 8.75), 1e-15);
    assert_close(gsc_pearson(x, x, 4), 1, 1e-15);
    assert_true(isnan(gsc_pearson(x, flat, 4)));
    assert_true(isnan(gsc_pearson(x, y, 1)));
}

/* Of ranks 1, 2.5, 2.5, 4 and 4, 1.5, 3, 1.5. */
static void
ranks_are_shared_by_equals(void **state)
{
    (void)state;
    const double x[] = {-1, 7, 7, 100}, y[] = {9, 2, 3, 2};
    double found;
    assert_return_ok(gsc_spearman(x, y, 4, &found));
    assert_close(found, -3.75 / sqrt(4.5 * 4.5), 1e-14);
    const double rising[] = {1, 10, 100, 1000};
    const double also[] = {1, 2, 3, 4};
    assert_return_ok(gsc_spearman(rising, also, 4, &found));
    assert_close(found, 1, 1e-15);
}

/* A single peak correlates where it stands and nowhere else; a trend that is shifted
 * keeps some of it. */
static void
shifts_tell_peaks_from_trends(void **state)
{
    (void)state;
    enum { COUNT = 20 };
    double peak[COUNT] = {0}, line[COUNT], share;
    peak[7] = 1;
    for (size_t i = 0; i < COUNT; i++)
        line[i] = (double)i;
    assert_return_ok(gsc_correlation_shifts(peak, peak, COUNT, &share));
    assert_close(share, 0, 0);
    const double wave[] = {0, 1, 0, 1, 0, 1};
    assert_return_ok(gsc_correlation_shifts(wave, wave, 6, &share));
    assert_close(share, 1, 1e-15); /* and the other shifts are its opposite */
    assert_return_ok(gsc_correlation_shifts(line, line, COUNT, &share));
    assert_close(share, 0, 0);
    const double flat[COUNT] = {0};
    assert_return_ok(gsc_correlation_shifts(line, flat, COUNT, &share));
    assert_true(isnan(share));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(cosines_by_hand),
                                       cmocka_unit_test(pearson_by_hand),
                                       cmocka_unit_test(ranks_are_shared_by_equals),
                                       cmocka_unit_test(shifts_tell_peaks_from_trends)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
