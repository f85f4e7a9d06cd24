/* Tables: rows at training steps. */
#include "grokscope/error.h"
#include "grokscope/table.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char *const columns[] = {"step", "train_loss", "test_loss"};

static gsc_table
new_table(void)
{
    gsc_table table;
    assert_int_equal(gsc_table_init(&table, "loss", columns, 3), 0);
    return table;
}

static void
append(gsc_table *table, double step, double train, double test)
{
    const double row[] = {step, train, test};
    assert_int_equal(gsc_table_append(table, row), 0);
}

static void
a_new_table_is_empty_and_knows_its_columns(void **state)
{
    (void)state;
    gsc_table table = new_table();
    assert_string_equal(table.name, "loss");
    assert_int_equal(table.num_rows, 0);
    assert_int_equal(gsc_table_column(&table, "step"), 0);
    assert_int_equal(gsc_table_column(&table, "test_loss"), 2);
    assert_true(gsc_table_column(&table, "tset_loss") == SIZE_MAX);
    gsc_table_free(&table);
    gsc_table_free(&table); /* freed and zeroed ones are fine */
}

static void
rows_are_kept_as_the_table_grows(void **state)
{
    (void)state;
    gsc_table table = new_table();
    for (int i = 0; i < 1000; i++)
        append(&table, i, i + 0.5, i == 7 ? (double)NAN : -i);
    assert_int_equal(table.num_rows, 1000);
    for (int i = 0; i < 1000; i++) {
        assert_true(table.values[3 * i] == i);
        assert_true(table.values[3 * i + 1] == i + 0.5);
    }
    assert_true(isnan(table.values[3 * 7 + 2]));
    gsc_table_free(&table);
}

static void
a_repeated_row_replaces_it_and_what_follows(void **state)
{
    (void)state;
    gsc_table table = new_table();
    for (int i = 0; i < 10; i++)
        append(&table, 10 * i, 1, 1);
    append(&table, 50, 2, 2);
    assert_int_equal(table.num_rows, 6);
    assert_true(table.values[3 * 5] == 50 && table.values[3 * 5 + 1] == 2);
    append(&table, 45, 3, 3); /* between two rows: the later one goes */
    assert_int_equal(table.num_rows, 6);
    assert_true(table.values[3 * 5] == 45 && table.values[3 * 4] == 40);
    append(&table, 0, 4, 4);
    assert_int_equal(table.num_rows, 1);
    gsc_table_free(&table);
}

static void
a_step_that_is_no_whole_number_is_refused(void **state)
{
    (void)state;
    gsc_table table = new_table();
    const double steps[] = {0.5, -1, (double)NAN, (double)INFINITY, 1e17};
    append(&table, 3, 1, 1);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        const double row[] = {steps[i], 0, 0};
        assert_int_equal(gsc_table_append(&table, row), GSC_EARGUMENT);
    }
    const double row[] = {0.5, 0, 0};
    gsc_table_append(&table, row);
    assert_string_equal(gsc_error_text(),
                        "table loss: step 0.5 is no whole number of 0 … 2^53");
    assert_int_equal(table.num_rows, 1);
    gsc_table_free(&table);
}

static void
the_first_row_past_a_value_is_found(void **state)
{
    (void)state;
    gsc_table table = new_table();
    append(&table, 0, 5, (double)NAN);
    append(&table, 1, 1, 0.25);
    append(&table, 2, 0.5, 0.5);
    assert_int_equal(gsc_table_first(&table, 1, -1, 1), 1);
    assert_int_equal(gsc_table_first(&table, 1, -1, 0.9), 2);
    assert_true(gsc_table_first(&table, 1, -1, 0.1) == SIZE_MAX);
    assert_int_equal(gsc_table_first(&table, 2, 1, 0.5), 2);
    assert_int_equal(gsc_table_first(&table, 2, 1, 0), 1); /* NaN is never past it */
    gsc_table_free(&table);
}

static void
names_that_are_none_are_refused(void **state)
{
    (void)state;
    gsc_table table;
    char name[GSC_COLUMN_BYTES + 1] = {0};
    memset(name, 'x', GSC_COLUMN_BYTES);
    const char *no_step[] = {"loss"}, *twice[] = {"step", "a", "a"};
    const char *slash[] = {"step", "a/b"}, *space[] = {"step", "a b"};
    const char *empty[] = {"step", ""}, *dot[] = {"step", "."},
               *lengthy[] = {"step", name};
    assert_int_equal(gsc_table_init(&table, "t", no_step, 1), GSC_EARGUMENT);
    assert_string_equal(gsc_error_text(),
                        "table t: column 0 is 'loss', expected 'step'");
    assert_int_equal(gsc_table_init(&table, "t", twice, 3), GSC_EARGUMENT);
    assert_string_equal(gsc_error_text(), "table t: two columns 'a'");
    assert_int_equal(gsc_table_init(&table, "t", slash, 2), GSC_EARGUMENT);
    assert_string_equal(gsc_error_text(), "t: column 'a/b' is no name");
    assert_int_equal(gsc_table_init(&table, "t", space, 2), GSC_EARGUMENT);
    assert_int_equal(gsc_table_init(&table, "t", empty, 2), GSC_EARGUMENT);
    assert_int_equal(gsc_table_init(&table, "t", dot, 2), GSC_EARGUMENT);
    assert_int_equal(gsc_table_init(&table, "t", lengthy, 2), GSC_EARGUMENT);
    assert_int_equal(gsc_table_init(&table, "", columns, 3), GSC_EARGUMENT);
    assert_int_equal(gsc_table_init(&table, "t", columns, 0), GSC_EARGUMENT);
    assert_int_equal(gsc_table_init(&table, "t", columns, GSC_MAX_COLUMNS + 1),
                     GSC_EARGUMENT);
    gsc_table_free(&table);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_table_is_empty_and_knows_its_columns),
        cmocka_unit_test(rows_are_kept_as_the_table_grows),
        cmocka_unit_test(a_repeated_row_replaces_it_and_what_follows),
        cmocka_unit_test(a_step_that_is_no_whole_number_is_refused),
        cmocka_unit_test(the_first_row_past_a_value_is_found),
        cmocka_unit_test(names_that_are_none_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
