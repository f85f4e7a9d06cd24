/* How sharp a transition is: widths and emergence scores of known curves. */
#include "test.h"

#include "analyze/method/transition.h"

#include <math.h>

enum { ROWS = 41 };

/* Rows a tenth of a decade apart, from 10 to 100000. */
static void
steps_of(int64_t step[ROWS])
{
    for (int i = 0; i < ROWS; i++)
        step[i] = (int64_t)llround(pow(10, 1 + 0.1 * i));
}

static gsc_transition
of(const int64_t *step, const double *y, size_t n)
{
    double work[ROWS];
    return gsc_transition_of(step, y, n, work);
}

static void
a_ramp_in_log_steps_is_eight_tenths_of_its_width(void **state)
{
    (void)state;
    int64_t step[ROWS];
    double up[ROWS], down[ROWS];
    steps_of(step);
    for (int i = 0; i < ROWS; i++) { /* from 10^2 to 10^4 */
        up[i] = fmin(1, fmax(0, (0.1 * i - 1) / 2));
        down[i] = 7 - 3 * up[i];
    }
    for (int turned = 0; turned < 2; turned++) {
        gsc_transition t = of(step, turned ? down : up, ROWS);
        assert_close(t.width, 1.6, 2e-3); /* steps are whole numbers */
        assert_close(log10(t.from_step), 2.2, 2e-3);
        assert_close(log10(t.to_step), 3.8, 2e-3);
    }
}

static void
a_jump_is_as_wide_as_the_rows_show(void **state)
{
    (void)state;
    const int64_t step[] = {0, 10, 100, 1000};
    const double y[] = {0, 0, 1, 1};
    gsc_transition t = of(step, y, 4);
    assert_close(t.width, 0.8, 1e-12); /* of the decade between two rows */
    assert_close(t.from_step, pow(10, 1.1), 1e-9);
}

/* What was there before it fell back, and rows without a number, do not count. */
static void
the_last_rise_counts(void **state)
{
    (void)state;
    const int64_t step[] = {1, 10, 100, 1000, 10000, 100000};
    const double y[] = {0, 0.5, 0, (double)NAN, 1, 1};
    gsc_transition t = of(step, y, 6);
    assert_close(log10(t.from_step), 2 + 0.2, 1e-12);
    assert_close(log10(t.to_step), 2 + 1.8, 1e-12);
}

static void
the_emergence_score_is_range_over_median_change(void **state)
{
    (void)state;
    const int64_t step[] = {1, 2, 3, 4, 5};
    const double jump[] = {0, 0.01, 0.02, 0.9, 1}, fall[] = {4, 3, 2, 1, 0};
    const double still[] = {0, 0, 0, 0, 1};
    /* squared changes .0001, .0001, .7744, .01: the median is .00505 */
    assert_close(of(step, jump, 5).emergence, 1 / sqrt(0.00505), 1e-9);
    assert_close(of(step, fall, 5).emergence, -4, 1e-12);
    assert_true(isinf(of(step, still, 5).emergence));
}

static void
without_a_way_there_is_no_width(void **state)
{
    (void)state;
    const int64_t step[] = {1, 2, 3};
    const double same[] = {2, 5, 2}, one[] = {(double)NAN, 3, (double)NAN};
    assert_true(isnan(of(step, same, 3).width) && isnan(of(step, same, 3).emergence));
    assert_true(isnan(of(step, one, 3).width) && isnan(of(step, one, 0).to_step));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ramp_in_log_steps_is_eight_tenths_of_its_width),
        cmocka_unit_test(a_jump_is_as_wide_as_the_rows_show),
        cmocka_unit_test(the_last_rise_counts),
        cmocka_unit_test(the_emergence_score_is_range_over_median_change),
        cmocka_unit_test(without_a_way_there_is_no_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
