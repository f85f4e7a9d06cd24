/* What a sweep varies: the values of its axes, and the points of their grid. */
#include "analyze/sweep/design.h"
#include "analyze/tool/loss_history.h"

#include "grokscope/error.h"
#include "grokscope/rng.h"

#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

static bool
is_whole(const char *name)
{
    return strcmp(name, "seed") == 0;
}

static double
number(const gsc_design *design, size_t point, size_t axis)
{
    gsc_text text = {0};
    double value;
    assert_int_equal(gsc_design_value(design, point, axis, &text), 0);
    assert_int_equal(gsc_text_to_real(text.data, &value), 0);
    gsc_text_free(&text);
    return value;
}

static void
the_last_axis_moves_first(void **state)
{
    gsc_design d;
    (void)state;
    assert_int_equal(gsc_design_init(&d, "seed=3..5\ndropout=0,0.5", 0, 0, is_whole),
                     0);
    assert_int_equal(d.num_points, 6);
    for (size_t p = 0; p < 6; p++) {
        assert_true(number(&d, p, 0) == (double)(3 + p / 2));
        assert_true(number(&d, p, 1) == (p % 2 ? 0.5 : 0));
    }
    gsc_design_free(&d);
}

static void
spaced_values_have_both_ends_to_the_bit(void **state)
{
    gsc_design d;
    (void)state;
    assert_int_equal(gsc_design_init(&d,
                                     "weight_decay=log:0.1:0.7:4\n"
                                     "dropout=linear:0.1:0.7:3\nseed=log:1:1000:4",
                                     0, 0, is_whole),
                     0);
    assert_int_equal(d.num_points, 48);
    assert_true(number(&d, 0, 0) == 0.1 && number(&d, 47, 0) == 0.7);
    assert_true(fabs(number(&d, 12, 0) - 0.1 * pow(7, 1. / 3)) < 1e-15);
    assert_true(fabs(number(&d, 4, 1) - 0.4) < 1e-15);
    for (size_t p = 0; p < 4; p++)
        assert_true(number(&d, p, 2) == pow(10, (double)p));
    gsc_design_free(&d);
}

static void
draws_are_of_option_and_number_alone(void **state)
{
    gsc_design d, other;
    (void)state;
    assert_int_equal(
        gsc_design_init(&d, "dropout=uniform:2:4\nseed=0,1", 3, 9, is_whole), 0);
    assert_int_equal(gsc_design_init(&other,
                                     "seed=loguniform:1:1e6\ndropout=uniform:2:4", 3, 9,
                                     is_whole),
                     0);
    assert_int_equal(d.num_points, 6);
    assert_int_equal(other.num_points, 3);
    uint64_t stream = gsc_rng_stream("dropout");
    for (size_t p = 0; p < 6; p++)
        assert_true(number(&d, p, 0) == 2 + 2 * gsc_rng_uniform(9, stream, p / 2));
    for (size_t p = 0; p < 3; p++) {
        double seed = number(&other, p, 0);
        assert_true(number(&other, p, 1) == number(&d, 2 * p, 0));
        assert_true(seed == floor(seed) && seed >= 1 && seed <= 1e6);
    }
    gsc_design_free(&d);
    gsc_design_free(&other);
}

static void
a_grid_too_large_is_refused(void **state)
{
    gsc_design d;
    (void)state;
    assert_int_equal(
        gsc_design_init(&d, "seed=0..9999\ndata_seed=0..9999", 0, 0, is_whole),
        GSC_EARGUMENT);
    assert_non_null(strstr(gsc_error_text(), "a grid of more than 1000000 runs"));
    assert_int_equal(gsc_design_init(&d, "seed=0..99999999", 0, 0, is_whole),
                     GSC_EARGUMENT);
}

/* ---- When a network has generalised ---- */

static gsc_table
table_of(const double *accuracies, size_t count)
{
    gsc_table table;
    const char *const names[] = {"step", "test_accuracy"};
    assert_int_equal(gsc_table_init(&table, "loss", names, 2), 0);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(
            gsc_table_append(&table, (const double[]){10. * (double)i, accuracies[i]}),
            0);
    return table;
}

static void
a_crossing_that_falls_back_is_not_sustained(void **state)
{
    const double falls[] = {0, 1, 1, 1, 1, 1, 0.2, NAN, 1, NAN, 1, 1, 1, 1, 1};
    gsc_table t = table_of(falls, sizeof falls / sizeof *falls);
    (void)state;
    assert_true(gsc_loss_history_reaches(&t, "test_accuracy", 0.99) == 10);
    assert_true(gsc_loss_history_sustains(&t, "test_accuracy", 0.99) == 80);
    t.num_rows--; /* five rows after it are not yet six in all */
    assert_true(isnan(gsc_loss_history_sustains(&t, "test_accuracy", 0.99)));
    assert_true(isnan(gsc_loss_history_reaches(&t, "test_accuracy", 1.5)));
    gsc_table_free(&t);
}

static void
a_network_that_never_generalises_is_infinitely_late(void **state)
{
    (void)state;
    assert_true(gsc_loss_history_delay(10, 200) == 20);
    assert_true(isinf(gsc_loss_history_delay(10, NAN)));
    assert_true(isnan(gsc_loss_history_delay(NAN, NAN)));
    assert_true(isnan(gsc_loss_history_delay(0, 5)));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_axis_moves_first),
        cmocka_unit_test(spaced_values_have_both_ends_to_the_bit),
        cmocka_unit_test(draws_are_of_option_and_number_alone),
        cmocka_unit_test(a_grid_too_large_is_refused),
        cmocka_unit_test(a_crossing_that_falls_back_is_not_sustained),
        cmocka_unit_test(a_network_that_never_generalises_is_infinitely_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
