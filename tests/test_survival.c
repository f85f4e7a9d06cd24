/* Times with censoring against published values: 42 children with leukaemia, weeks of
 * remission under 6-MP and under a placebo (Freireich et al. 1963, Blood 21; the data
 * of Gehan 1965, in which a + marks children who were still in remission). */
#include "analyze/method/survival.h"
#include "grokscope/rng.h"
#include "test.h"

#include <stdlib.h>

enum { EACH = 21 };

static const double treated[EACH] = {6,  6,  6,  6,  7,  9,  10, 10, 11, 13, 16,
                                     17, 19, 20, 22, 23, 25, 32, 32, 34, 35};
static const bool relapsed[EACH] = {true,  true,  true,  false, true,  false, true,
                                    false, false, true,  true,  false, false, false,
                                    true,  true,  false, false, false, false, false};
static const double untreated[EACH] = {1, 1, 2,  2,  3,  4,  4,  5,  5,  8, 8,
                                       8, 8, 11, 11, 12, 12, 15, 17, 22, 23};

static void
fill_runs(gsc_survival_run runs[2 * EACH])
{
    for (size_t i = 0; i < EACH; i++) {
        runs[i] = (gsc_survival_run){treated[i], relapsed[i], false};
        runs[EACH + i] = (gsc_survival_run){untreated[i], true, true};
    }
}

static void
the_curve_is_kaplans_and_meiers(void **state)
{
    (void)state;
    static const double times[] = {6, 7, 10, 13, 16, 22, 23};
    static const double shares[] = {.857, .807, .753, .690, .627, .538, .448};
    static const double lows[] = {.620, .563, .503, .432, .368, .268, .188};
    static const double highs[] = {.952, .923, .889, .849, .805, .747, .680};
    static const size_t at_risk[] = {21, 17, 15, 12, 11, 7, 6};
    gsc_survival_run runs[2 * EACH];
    gsc_survival_point *points;
    size_t count;
    fill_runs(runs);
    assert_return_ok(gsc_survival_curve(runs, EACH, &points, &count));
    assert_int_equal(count, 7);
    for (size_t i = 0; i < count; i++) {
        assert_true(points[i].time == times[i]);
        assert_int_equal(points[i].at_risk, at_risk[i]);
        assert_close(points[i].share, shares[i], 5e-4);
        assert_close(points[i].low, lows[i], 1e-3);
        assert_close(points[i].high, highs[i], 1e-3);
    }
    gsc_survival_median m = gsc_survival_median_of(points, count);
    assert_true(m.median == 23 && m.low == 13 && m.high == INFINITY);
    free(points);
}

static void
the_arms_differ_as_published(void **state)
{
    (void)state;
    gsc_survival_run runs[2 * EACH];
    fill_runs(runs);
    gsc_survival_ratio r = gsc_survival_compare(runs, 2 * EACH);
    assert_close(log(r.ratio), 1.572, 1e-3); /* Cox, Efron's ties */
    assert_close((log(r.high) - log(r.low)) / (2 * 1.959964), .412, 1e-3);
    double z = 4.0974; /* the root of a chi-square of 16.79 */
    assert_close(r.p_value / erfc(z / sqrt(2)), 1, 0.01);
}

/* Which arm is called the second turns the ratio round, and nothing else. */
static void
arms_may_be_exchanged(void **state)
{
    (void)state;
    gsc_survival_run runs[2 * EACH];
    fill_runs(runs);
    gsc_survival_ratio one = gsc_survival_compare(runs, 2 * EACH);
    for (size_t i = 0; i < 2 * EACH; i++)
        runs[i].second = !runs[i].second;
    gsc_survival_ratio other = gsc_survival_compare(runs, 2 * EACH);
    assert_close(one.ratio * other.ratio, 1, 1e-9);
    assert_close(one.low * other.high, 1, 1e-9);
    assert_close(one.p_value, other.p_value, 1e-12);
}

static void
one_that_is_ahead_throughout_has_no_finite_ratio(void **state)
{
    (void)state;
    gsc_survival_run runs[] = {{100, true, false},  {200, true, false},
                               {300, false, false}, {1, true, true},
                               {2, true, true},     {3, true, true}};
    gsc_survival_ratio r = gsc_survival_compare(runs, 6);
    assert_true(r.ratio == INFINITY && isnan(r.low) && r.p_value < 0.05);
    for (size_t i = 0; i < 6; i++)
        runs[i].second = !runs[i].second;
    assert_true(gsc_survival_compare(runs, 6).ratio == 0);
}

static void
nothing_reached_says_nothing(void **state)
{
    (void)state;
    gsc_survival_run runs[] = {{5, false, false}, {7, false, true}};
    gsc_survival_point *points;
    size_t count;
    assert_true(isnan(gsc_survival_compare(runs, 2).ratio));
    assert_return_ok(gsc_survival_curve(runs, 2, &points, &count));
    assert_int_equal(count, 0);
    assert_true(gsc_survival_median_of(points, count).median == INFINITY);
    free(points);
    assert_true(isnan(gsc_survival_compare(runs, 1).p_value));
}

/* Without censoring the curve is the share of runs that are later. */
static void
without_censoring_it_is_the_empirical_one(void **state)
{
    (void)state;
    enum { COUNT = 101 };
    gsc_survival_run runs[COUNT];
    gsc_survival_point *points;
    size_t count;
    for (size_t i = 0; i < COUNT; i++)
        runs[i] = (gsc_survival_run){(double)((i * 37) % COUNT) + 1, true, false};
    assert_return_ok(gsc_survival_curve(runs, COUNT, &points, &count));
    assert_int_equal(count, COUNT);
    for (size_t i = 0; i < COUNT; i++)
        assert_close(points[i].share, 1 - (double)(i + 1) / COUNT, 1e-12);
    assert_true(gsc_survival_median_of(points, count).median == 51);
    free(points);
}

/* Exponential times whose hazards differ by a known factor, half of them censored. */
static void
a_known_ratio_is_found(void **state)
{
    (void)state;
    enum { COUNT = 4000 };
    gsc_survival_run *runs = calloc(COUNT, sizeof *runs);
    assert_non_null(runs);
    for (size_t i = 0; i < COUNT; i++) {
        bool second = i % 2 == 1;
        double u = (double)(gsc_rng_bits(3, 1, i) >> 11) * 0x1p-53;
        double end = 2 * (double)(gsc_rng_bits(3, 2, i) >> 11) * 0x1p-53;
        double time = -log(1 - u) / (second ? 2.5 : 1);
        runs[i] = (gsc_survival_run){time < end ? time : end, time < end, second};
    }
    gsc_survival_ratio r = gsc_survival_compare(runs, COUNT);
    assert_true(r.low < 2.5 && r.high > 2.5);
    assert_close(r.ratio, 2.5, 0.2);
    free(runs);
}

static void
few_runs_find_large_ratios(void **state)
{
    (void)state;
    /* 4 (1.960 + .842)^2 / ln(2)^2 = 65 events in all */
    assert_close(2 * gsc_survival_runs_needed(2, 1), 65.3, 0.1);
    assert_close(gsc_survival_runs_needed(.5, .5), 2 * gsc_survival_runs_needed(2, 1),
                 1e-9);
    assert_true(gsc_survival_runs_needed(1, 1) == INFINITY);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_curve_is_kaplans_and_meiers),
        cmocka_unit_test(the_arms_differ_as_published),
        cmocka_unit_test(arms_may_be_exchanged),
        cmocka_unit_test(one_that_is_ahead_throughout_has_no_finite_ratio),
        cmocka_unit_test(nothing_reached_says_nothing),
        cmocka_unit_test(without_censoring_it_is_the_empirical_one),
        cmocka_unit_test(a_known_ratio_is_found),
        cmocka_unit_test(few_runs_find_large_ratios),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
