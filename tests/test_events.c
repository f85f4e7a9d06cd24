/* Events: the first row that reaches a threshold, and lists that are none. */
#include "grokscope/trainer.h"

#include "history_fixture.h"
#include "train/run/schedule.h"
#include "train/run/triggers.h"

#include <stdio.h>

/* Feed rows of (train accuracy, test loss) one by one; one letter for each row: "x"
 * where due.
 */
static void
due_rows(const char *text, const double (*rows)[2], size_t count, char *out)
{
    gsc_history history;
    gsc_triggers triggers, again;
    gsc_run_config config = {.log_every = 10};
    snprintf(config.save_on, sizeof config.save_on, "%s", text);
    assert_return_ok(gsc_history_init(&history, &one_output, NULL));
    assert_return_ok(gsc_triggers_init(&triggers, &config, &history));
    for (size_t i = 0; i < count; i++) {
        gsc_train_row row = {(double)(10 * i), 1, rows[i][0], rows[i][1], 0, 1};
        const double *now[] = {(const double *)&row};
        out[i] = gsc_triggers_follow(&triggers, now).save ? 'x' : '.';
        assert_return_ok(gsc_history_append(&history, now));
        /* a resumed run meets its last row again */
        assert_return_ok(gsc_triggers_init(&again, &config, &history));
        assert_return_ok(gsc_triggers_replay(&again, &history, (int64_t)row.step));
        assert_int_equal(gsc_triggers_follow(&again, now).save, out[i] == 'x');
        gsc_triggers_free(&again);
    }
    out[count] = '\0';
    gsc_triggers_free(&triggers);
    gsc_history_free(&history);
}

static void
the_first_row_past_each_threshold_is_due(void **state)
{
    (void)state;
    const double rows[][2] = {{0.1, 5},    {0.6, 4}, {0.4, 3},  {0.7, 0.5},
                              {0.99, 0.6}, {1, 0.1}, {1, 0.01}, {1, 0.001}};
    char due[9];
    due_rows("train_accuracy:1", rows, 8, due);
    assert_string_equal(due, ".....x..");
    due_rows("train_accuracy:0.5,1 test_loss:0.55,0.01", rows, 8, due);
    assert_string_equal(due, ".x.x.xx.");
    due_rows("", rows, 8, due);
    assert_string_equal(due, "........");
    due_rows("  train_accuracy:0 ", rows, 8, due);
    assert_string_equal(due, "x.......");
}

static void
what_was_not_measured_reaches_nothing(void **state)
{
    (void)state;
    const double rows[][2] = {{(double)NAN, (double)NAN}, {1, 0}};
    char due[3];
    due_rows("train_accuracy:0.5", rows, 2, due);
    assert_string_equal(due, ".x");
    due_rows("test_loss:0.5", rows, 2, due);
    assert_string_equal(due, ".x");
}

static void
lists_that_are_none_are_refused(void **state)
{
    (void)state;
    const char *const cases[][2] = {
        {"test_accuracy", "'test_accuracy' does not begin with column:threshold"},
        {"test_acuracy:1", "no column 'test_acuracy'; did you mean 'test_accuracy'?"},
        {"test_accuracy:", "'' is no threshold of test_accuracy"},
        {"test_accuracy:0.5,", "'' is no threshold of test_accuracy"},
        {"test_accuracy:high", "'high' is no threshold of test_accuracy"},
        {"test_accuracy:-1", "'-1' is no threshold of test_accuracy"},
        {"test_accuracy:nan", "'nan' is no threshold of test_accuracy"},
        {":1", "':1' does not begin with column:threshold"},
    };
    gsc_history history;
    gsc_conditions none = {.count = 0};
    assert_return_ok(gsc_history_init(&history, &one_output, NULL));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_fails(gsc_events_add(cases[i][0], &history, &none), GSC_EARGUMENT,
                     cases[i][1]);
    gsc_conditions_free(&none);
    gsc_history_free(&history);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_row_past_each_threshold_is_due),
        cmocka_unit_test(what_was_not_measured_reaches_nothing),
        cmocka_unit_test(lists_that_are_none_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
