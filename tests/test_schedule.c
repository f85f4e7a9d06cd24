/* Schedules: due steps against lists made another way, and every bad form. */
#include "grokscope/text.h"

#include "test.h"
#include "train/run/schedule.h"

#include <stdlib.h>

enum { LAST = 120000 };

static void
step_0_is_always_due(void **state)
{
    (void)state;
    const char *const texts[] = {"linear:7", "log:1", "list:5", "list:0"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_return_ok(gsc_schedule_check("checkpoints", texts[i]));
        assert_true(gsc_schedule_due(texts[i], 0));
    }
}

static void
a_linear_schedule_is_due_at_multiples(void **state)
{
    (void)state;
    assert_return_ok(gsc_schedule_check("checkpoints", "linear:100"));
    for (int64_t step = 0; step < 1000; step++)
        assert_int_equal(gsc_schedule_due("linear:100", step),
                         step == 100 * (step / 100));
    assert_true(gsc_schedule_due("linear:1", 17));
    assert_true(gsc_schedule_due("linear:1000000000000", 3000000000000));
    assert_false(gsc_schedule_due("linear:1000000000000", 3000000000001));
}

static void
a_list_is_due_at_what_it_lists(void **state)
{
    (void)state;
    const char *text = "list:50,0,400,3000000000000";
    assert_return_ok(gsc_schedule_check("checkpoints", text));
    for (int64_t step = 0; step < 1000; step++)
        assert_int_equal(gsc_schedule_due(text, step),
                         step == 0 || step == 50 || step == 400);
    assert_true(gsc_schedule_due(text, 3000000000000));
    assert_return_ok(gsc_schedule_check("checkpoints", "list:8"));
    assert_true(gsc_schedule_due("list:8", 8));
    assert_false(gsc_schedule_due("list:8", 80));
    assert_false(gsc_schedule_due("list:80", 8));
}

/* ---- Steps a decade ---- */

static void
log_steps_are_the_rounded_powers(void **state)
{
    (void)state;
    const struct {
        const char *text;
        int per_decade;
    } cases[] = {{"log:1", 1}, {"log:3", 3}, {"log:20", 20}, {"log:1000", 1000}};
    static bool expected[LAST + 1];
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        memset(expected, 0, sizeof expected);
        expected[0] = true;
        for (int i = 0;; i++) {
            long long step = llround(pow(10, (double)i / cases[c].per_decade));
            if (step > LAST)
                break;
            expected[step] = true;
        }
        assert_return_ok(gsc_schedule_check("checkpoints", cases[c].text));
        for (int64_t step = 0; step <= LAST; step++)
            if (gsc_schedule_due(cases[c].text, step) != expected[step])
                fail_msg("%s at step %lld", cases[c].text, (long long)step);
    }
}

static void
known_log_steps_are_due(void **state)
{
    (void)state;
    /* 10^(i/3) = 1, 2.15, 4.64, 10, 21.5, 46.4, 100 */
    const int64_t due[] = {0, 1, 2, 5, 10, 22, 46, 100};
    size_t next = 0;
    for (int64_t step = 0; step <= 100; step++)
        if (gsc_schedule_due("log:3", step))
            assert_int_equal(step, due[next++]);
    assert_int_equal(next, 8);
}

static void
powers_of_ten_are_due_however_large(void **state)
{
    (void)state;
    for (int64_t step = 1; step <= 1000000000000; step *= 10) {
        assert_true(gsc_schedule_due("log:1", step));
        assert_true(gsc_schedule_due("log:20", step));
        if (step > 10)
            assert_false(gsc_schedule_due("log:1", step - 1));
        assert_false(gsc_schedule_due("log:1", step + 1));
    }
}

/* ---- Several ---- */

static void
several_schedules_are_due_at_what_any_of_them_names(void **state)
{
    (void)state;
    const char *const texts[][4] = {
        {"log:5,linear:20", "log:5", "linear:20", NULL},
        {"linear:7,linear:11", "linear:7", "linear:11", NULL},
        {"list:3,50,log:2", "list:3,50", "log:2", NULL},
        {"log:3,list:5,8,13,linear:100", "log:3", "list:5,8,13", "linear:100"}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_return_ok(gsc_schedule_check("checkpoints", texts[i][0]));
        for (int64_t step = 0; step <= 5000; step++) {
            bool expected = false;
            for (size_t k = 1; k < 4 && texts[i][k]; k++)
                expected = expected || gsc_schedule_due(texts[i][k], step);
            if (gsc_schedule_due(texts[i][0], step) != expected)
                fail_msg("%s at step %lld", texts[i][0], (long long)step);
        }
    }
}

static void
a_mistake_in_one_of_several_is_refused(void **state)
{
    (void)state;
    assert_fails(gsc_schedule_check("checkpoints", "log:5,linear:0"), GSC_EARGUMENT,
                 "checkpoints: 'log:5,linear:0': '0' is no number above 0");
    assert_fails(gsc_schedule_check("checkpoints", "log:5,every:3"), GSC_EARGUMENT,
                 "'5,every:3' is no number above 0");
    assert_fails(gsc_schedule_check("checkpoints", "list:1,,log:5"), GSC_EARGUMENT,
                 "'' does not begin with a step");
    assert_fails(gsc_schedule_check("checkpoints", "linear:5,"), GSC_EARGUMENT,
                 "'5,' is no number above 0");
    assert_fails(gsc_schedule_check("checkpoints", "linear:5,log:10001"), GSC_EARGUMENT,
                 "'linear:5,log:10001': more than 10000");
}

/* ---- Mistakes ---- */

static void
other_forms_are_refused(void **state)
{
    (void)state;
    const char *const bad[] = {"",     "100",         "linear", "Linear:5", "linear:",
                               "log:", "loglinear:5", " log:5", "lin:5",    "logs:5"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_fails(gsc_schedule_check("checkpoints", bad[i]), GSC_EARGUMENT, bad[i]);
    assert_int_equal(gsc_schedule_check("checkpoints", "every:5"), GSC_EARGUMENT);
    assert_string_equal(
        gsc_error_text(),
        "checkpoints: 'every:5' is none of linear:N, log:N, list:N,N,…, nor several of "
        "them with commas between");
}

static void
a_number_below_1_is_refused(void **state)
{
    (void)state;
    const char *const bad[] = {
        "", "0", "-5", "5.5", "5,6", "x", "5 ", "1e3", "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        for (int log = 0; log < 2; log++) {
            gsc_text text = {0}, message = {0};
            gsc_text_add(&text, "%s:%s", log ? "log" : "linear", bad[i]);
            gsc_text_add(&message, "checkpoints: '%s': '%s' is no number above 0",
                         text.data, bad[i]);
            assert_int_equal(gsc_schedule_check("checkpoints", text.data),
                             GSC_EARGUMENT);
            assert_string_equal(gsc_error_text(), message.data);
            gsc_text_free(&text);
            gsc_text_free(&message);
        }
}

static void
a_list_with_a_gap_is_refused(void **state)
{
    (void)state;
    const struct {
        const char *text, *rest;
    } cases[] = {
        {"list:", "''"},       {"list:1,", "''"},     {"list:,1", "',1'"},
        {"list:1,,2", "',2'"}, {"list:1,x", "'x'"},   {"list:1;2", "'1;2'"},
        {"list:0,-5", "'-5'"}, {"list:1.5", "'1.5'"}, {"list:1, ", "' '"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gsc_text message = {0};
        gsc_text_add(&message, "checkpoints: '%s': %s does not begin with a step",
                     cases[i].text, cases[i].rest);
        assert_int_equal(gsc_schedule_check("checkpoints", cases[i].text),
                         GSC_EARGUMENT);
        assert_string_equal(gsc_error_text(), message.data);
        gsc_text_free(&message);
    }
}

static void
a_listed_step_that_no_integer_holds_is_refused(void **state)
{
    (void)state;
    assert_fails(gsc_schedule_check("checkpoints", "list:5,99999999999999999999"),
                 GSC_EARGUMENT, "99999999999999999999");
}

static void
a_density_is_refused_or_kept(void **state)
{
    (void)state;
    const char *const texts[] = {"log:1000000", "log:1000000000000000000",
                                 "log:9223372036854775807"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (gsc_schedule_check("checkpoints", texts[i]) == 0)
            assert_true(gsc_schedule_due(texts[i], 1000000000000));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(step_0_is_always_due),
        cmocka_unit_test(a_linear_schedule_is_due_at_multiples),
        cmocka_unit_test(a_list_is_due_at_what_it_lists),
        cmocka_unit_test(log_steps_are_the_rounded_powers),
        cmocka_unit_test(known_log_steps_are_due),
        cmocka_unit_test(powers_of_ten_are_due_however_large),
        cmocka_unit_test(several_schedules_are_due_at_what_any_of_them_names),
        cmocka_unit_test(a_mistake_in_one_of_several_is_refused),
        cmocka_unit_test(other_forms_are_refused),
        cmocka_unit_test(a_number_below_1_is_refused),
        cmocka_unit_test(a_list_with_a_gap_is_refused),
        cmocka_unit_test(a_listed_step_that_no_integer_holds_is_refused),
        cmocka_unit_test(a_density_is_refused_or_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
