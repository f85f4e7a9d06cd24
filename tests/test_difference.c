/* Differences: the sums written out, tolerances at their edge, and what is no number.
 */
#include "analyze/method/difference.h"
#include "test.h"

static const gsc_tolerance exact = {0, 0};

static void
sums_are_those_of_the_elements(void **state)
{
    (void)state;
    const double x[] = {1, -2, 0, 4}, y[] = {1, -1, 0, 2};
    gsc_difference d = {0};
    gsc_difference_add(&d, x, y, 2, exact);
    gsc_difference_add(&d, x + 2, y + 2, 2, exact);
    assert_int_equal(d.count, 4);
    assert_int_equal(d.num_different, 2);
    assert_true(d.max == 2 && d.max_relative == 0.5);
    assert_close(gsc_difference_distance(&d), sqrt(5), 1e-15);
    assert_close(gsc_difference_cosine(&d), 11 / sqrt(21.0 * 6), 1e-15);
}

static void
a_tolerance_holds_up_to_its_edge(void **state)
{
    (void)state;
    assert_true(gsc_difference_within((gsc_tolerance){0, 0.5}, 1.5, 1));
    assert_false(gsc_difference_within((gsc_tolerance){0, 0.5}, 1.75, 1));
    assert_true(gsc_difference_within((gsc_tolerance){0.5, 0}, 3, 2)); /* of y */
    assert_false(gsc_difference_within((gsc_tolerance){0.25, 0}, 3, 2));
    assert_true(gsc_difference_within((gsc_tolerance){0.25, 0.5}, 3, 2));
    assert_true(gsc_difference_within(exact, 0, -0.0));
    assert_false(gsc_difference_within(exact, 1, nextafter(1, 2)));
}

static void
what_is_no_number_equals_itself_alone(void **state)
{
    (void)state;
    const gsc_tolerance wide = {1e300, 1e300};
    assert_true(gsc_difference_within(exact, NAN, NAN));
    assert_true(gsc_difference_within(exact, INFINITY, INFINITY));
    assert_false(gsc_difference_within(wide, INFINITY, 1));
    assert_false(gsc_difference_within(wide, INFINITY, -INFINITY));
    assert_false(gsc_difference_within(wide, 1, NAN));
    const double x[] = {NAN, 3}, y[] = {NAN, 4}, z[] = {1, 4};
    gsc_difference both = {0}, one = {0};
    gsc_difference_add(&both, x, y, 2, exact);
    assert_true(both.num_different == 1 && both.max == 1);
    gsc_difference_add(&one, x, z, 2, wide);
    assert_int_equal(one.num_different, 1);
    assert_true(isnan(one.max) && isnan(gsc_difference_distance(&one)));
}

static void
nothing_has_no_direction(void **state)
{
    (void)state;
    const double x[] = {0, 0}, y[] = {1, 2};
    gsc_difference d = {0};
    assert_true(isnan(gsc_difference_cosine(&d)));
    gsc_difference_add(&d, x, y, 2, exact);
    assert_true(isnan(gsc_difference_cosine(&d)));
    assert_close(gsc_difference_distance(&d), sqrt(5), 1e-15);
    assert_true(d.max_relative == 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_those_of_the_elements),
        cmocka_unit_test(a_tolerance_holds_up_to_its_edge),
        cmocka_unit_test(what_is_no_number_equals_itself_alone),
        cmocka_unit_test(nothing_has_no_direction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
