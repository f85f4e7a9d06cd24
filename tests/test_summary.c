/* What the losses of a run tell: slingshots, and what early stopping would have cost.
 */
#include "test.h"

#include "train/run/summary.h"

#include <math.h>

/* A history of one row a step: train loss and accuracy, test loss and accuracy. */
static gsc_train_result
of(const double (*rows)[4], size_t count, int64_t patience)
{
    static const char *const columns[] = {"step", "train_loss", "train_accuracy",
                                          "test_loss", "test_accuracy"};
    gsc_table table;
    gsc_train_result result;
    assert_return_ok(gsc_table_init(&table, "loss", columns, 5));
    for (size_t i = 0; i < count; i++) {
        const double row[] = {10 * (double)i, rows[i][0], rows[i][1], rows[i][2],
                              rows[i][3]};
        assert_return_ok(gsc_table_append(&table, row));
    }
    gsc_summary_of_losses(&table, patience, &result);
    gsc_table_free(&table);
    return result;
}

static double
slingshots_of(const double *losses, size_t count, size_t memorised)
{
    double rows[64][4] = {{0}};
    for (size_t i = 0; i < count; i++) {
        rows[i][0] = losses[i];
        rows[i][1] = i >= memorised;
    }
    return of((const double(*)[4])rows, count, 1).slingshots;
}

static void
spikes_after_memorisation_are_counted(void **state)
{
    (void)state;
    const double two[] = {4, .5, 9, .1, .02, .001, .02, .05, .004, 1e-4, 1e-3, 9e-5};
    assert_true(slingshots_of(two, 12, 3) == 2);
    assert_true(slingshots_of(two, 12, 1) == 3); /* 9 after .5 as well */
    assert_true(slingshots_of(two, 8, 3) == 0);  /* which has not come down again */
    assert_true(isnan(slingshots_of(two, 12, 12)));
}

static void
small_waves_and_slow_changes_are_none(void **state)
{
    (void)state;
    const double waves[] = {.1, .01, .09, .01, .05, .009, .08, .02};
    const double rising[] = {.1, .01, .02, .04, .08, .16, .32};
    assert_true(slingshots_of(waves, 8, 0) == 0);
    assert_true(slingshots_of(rising, 7, 0) == 0);
    const double none[] = {1e-12, 0, 1e-16, 3e-15, 0, 2e-14, 0}; /* as good as 0 */
    assert_true(slingshots_of(none, 5, 0) == 0);
    assert_true(slingshots_of(none, 7, 0) == 1);
}

static void
early_stopping_waits_for_a_lower_loss(void **state)
{
    (void)state;
    const double none = (double)NAN;
    const double rows[][4] = {{1, 0, 5, .1},  {1, 0, 4, .2},     {1, 0, none, none},
                              {1, 0, 6, .2},  {1, 1, 4, .3},     {1, 1, 7, .3},
                              {1, 1, .1, .9}, {1, 1, none, none}};
    gsc_train_result r = of(rows, 8, 3); /* 6, 4 and 7 are not below 4 */
    assert_true(r.early_stop_step == 50);
    assert_close(r.early_stop_lost, .9 - .2, 1e-15);
    assert_true(of(rows, 8, 1).early_stop_step == 30);
    assert_true(r.memorized_step == 40 && isnan(r.generalized_step));
}

/* Rows of 40 steps: of the five that have to keep it, each is 120 after the last. */
static void
a_crossing_that_is_kept_is_sustained(void **state)
{
    (void)state;
    double rows[64][4] = {{0}};
    for (int i = 0; i < 64; i++)
        rows[i][3] = i == 3 || i >= 10 ? .97 : .9;
    gsc_table table;
    static const char *const columns[] = {"step", "test_accuracy"};
    assert_return_ok(gsc_table_init(&table, "loss", columns, 2));
    for (int i = 0; i < 64; i++)
        assert_return_ok(gsc_table_append(
            &table, (const double[]){40. * i, i == 17 ? (double)NAN : rows[i][3]}));
    gsc_train_result r;
    gsc_summary_of_losses(&table, 1, &r);
    assert_true(r.sustained_step == 400);
    assert_int_equal(gsc_table_sustains(&table, 1, .95, 5, 0), 10);
    assert_int_equal(gsc_table_sustains(&table, 1, .95, 0, 0), 3);
    table.num_rows = 26; /* 400, 520, …, 1000 */
    gsc_summary_of_losses(&table, 1, &r);
    assert_true(r.sustained_step == 400);
    table.num_rows = 25;
    gsc_summary_of_losses(&table, 1, &r);
    assert_true(isnan(r.sustained_step));
    table.num_rows = 64;
    table.values[2 * 24 + 1] = .94; /* a collapse */
    gsc_summary_of_losses(&table, 1, &r);
    assert_true(r.sustained_step == 1000);
    gsc_table_free(&table);
    assert_true(isnan(of((const double(*)[4])rows, 4, 1).sustained_step));
}

static void
a_run_that_gets_ever_better_is_not_stopped(void **state)
{
    (void)state;
    double rows[30][4] = {{0}};
    for (int i = 0; i < 30; i++) {
        rows[i][2] = 30 - i;
        rows[i][3] = i / 29.0;
    }
    gsc_train_result r = of((const double(*)[4])rows, 30, 1);
    assert_true(isnan(r.early_stop_step) && isnan(r.early_stop_lost));
    for (int i = 12; i < 30; i++)
        rows[i][2] = 50;
    r = of((const double(*)[4])rows, 30, 0); /* ten, where nothing is said */
    assert_true(r.early_stop_step == 210);
    assert_close(r.early_stop_lost, 18 / 29.0, 1e-12);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spikes_after_memorisation_are_counted),
        cmocka_unit_test(small_waves_and_slow_changes_are_none),
        cmocka_unit_test(early_stopping_waits_for_a_lower_loss),
        cmocka_unit_test(a_crossing_that_is_kept_is_sustained),
        cmocka_unit_test(a_run_that_gets_ever_better_is_not_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
