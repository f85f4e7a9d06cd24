/* Events: the first row that reaches a threshold, and lists that are none. */
#include "test.h"

#include "grokscope/schedule.h"
#include "grokscope/trainer.h"

static gsc_table history;

/* Feed rows of (train accuracy, test loss) one by one; a letter a row: "x" where due.
 */
static void
due_rows(const char *text, const double (*rows)[2], size_t count, char *out)
{
    assert_return_ok(gsc_events_check(text));
    assert_return_ok(
        gsc_table_init(&history, "loss", gsc_train_columns, GSC_TRAIN_COLUMNS));
    for (size_t i = 0; i < count; i++) {
        gsc_train_row row = {(double)(10 * i), 1, rows[i][0], rows[i][1], 0, 1};
        out[i] = gsc_events_due(text, &history, (const double *)&row) ? 'x' : '.';
        assert_return_ok(gsc_table_append(&history, (const double *)&row));
        /* a resumed run meets its last row again */
        char again = gsc_events_due(text, &history, (const double *)&row) ? 'x' : '.';
        assert_int_equal(again, out[i]);
    }
    out[count] = '\0';
    gsc_table_free(&history);
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
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_fails(gsc_events_check(cases[i][0]), GSC_EARGUMENT, cases[i][1]);
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
