/* Which of many steps are looked at. */
#include "analyze/method/subsample_steps.h"
#include "test.h"

enum { MANY = 101 };

static int64_t steps[MANY];

static int
even_steps(void **state)
{
    (void)state;
    for (size_t i = 0; i < MANY; i++)
        steps[i] = (int64_t)(100 * i);
    return 0;
}

static void
all_fit(void **state)
{
    (void)state;
    size_t chosen[MANY];
    assert_int_equal(gsc_subsample_steps(steps, MANY, MANY, chosen), MANY);
    assert_int_equal(gsc_subsample_steps(steps, MANY, 1000, chosen), MANY);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(chosen[i], i);
    assert_int_equal(gsc_subsample_steps(steps, 0, 5, chosen), 0);
}

static void
the_ends_come_first(void **state)
{
    (void)state;
    size_t chosen[MANY];
    assert_int_equal(gsc_subsample_steps(steps, MANY, 0, chosen), 0);
    assert_int_equal(gsc_subsample_steps(steps, MANY, 1, chosen), 1);
    assert_int_equal(chosen[0], MANY - 1);
    assert_int_equal(gsc_subsample_steps(steps, MANY, 2, chosen), 2);
    assert_int_equal(chosen[0], 0);
    assert_int_equal(chosen[1], MANY - 1);
}

/* x(s) of 100 i is i/100 + log(1 + 100 i)/log(10001): .994 for i = 18, 1.010 for 19. */
static void
the_third_lies_in_the_middle(void **state)
{
    (void)state;
    size_t chosen[MANY];
    assert_int_equal(gsc_subsample_steps(steps, MANY, 3, chosen), 3);
    assert_int_equal(chosen[1], 18);
}

static void
the_beginning_is_followed_more_closely(void **state)
{
    (void)state;
    size_t chosen[MANY], early = 0;
    assert_int_equal(gsc_subsample_steps(steps, MANY, 20, chosen), 20);
    for (size_t i = 0; i < 20; i++) {
        assert_true(i == 0 || chosen[i] > chosen[i - 1]);
        early += chosen[i] <= 25; /* a quarter of the run */
        assert_true(i == 0 || chosen[i] - chosen[i - 1] <= 15);
    }
    assert_in_range(early, 7, 14); /* 5 of even steps */
}

static void
fewer_are_among_more(void **state)
{
    (void)state;
    size_t few[MANY], more[MANY];
    for (size_t most = 1; most < MANY; most++) {
        assert_int_equal(gsc_subsample_steps(steps, MANY, most, few), most);
        assert_int_equal(gsc_subsample_steps(steps, MANY, most + 1, more), most + 1);
        size_t found = 0;
        for (size_t i = 0; i <= most; i++)
            found += found < most && more[i] == few[found];
        assert_int_equal(found, most);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_fit),
        cmocka_unit_test(the_ends_come_first),
        cmocka_unit_test(the_third_lies_in_the_middle),
        cmocka_unit_test(the_beginning_is_followed_more_closely),
        cmocka_unit_test(fewer_are_among_more),
    };
    return cmocka_run_group_tests(tests, even_steps, NULL);
}
