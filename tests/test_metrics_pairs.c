/* The pairs of the measure "metrics": from which step on each stays right, and that
 * they add up to the accuracies of training. */
#include "analyze/measure/metrics_pairs.h"
#include "runs.h"

#include <stdio.h>

enum { CHECKPOINT, METRIC, PAIR };

static char run[32];

static int
make_run(void **state)
{
    static const char *const small[][2] = {{"p", "7"},
                                           {"d_model", "16"},
                                           {"n_heads", "2"},
                                           {"d_mlp", "24"},
                                           {"train_fraction", "0.6"},
                                           {"steps", "200"},
                                           {"learning_rate", "0.01"},
                                           {"checkpoints", "linear:20"},
                                           {NULL, NULL}};
    (void)state;
    train_run("demo", small, run);
    return 0;
}

static int
drop_run(void **state)
{
    (void)state;
    remove_run(run);
    return 0;
}

/* Three pairs at four steps: one falls back and comes again, one never comes, one ends
 * wrong. */
static void
the_last_time_it_becomes_right_counts(void **state)
{
    (void)state;
    static const bool right[4][3] = {{1, 0, 1}, {0, 0, 1}, {1, 0, 1}, {1, 0, 0}};
    int64_t steps[12];
    gsc_rows rows;
    gsc_rows_init(&rows, gsc_metrics_pair_columns, GSC_METRICS_PAIR_COLUMNS);
    for (int64_t i = 0; i < 12; i++) {
        steps[i] = i / 3 * 10;
        assert_return_ok(gsc_rows_integer(&rows, 0));
        assert_return_ok(gsc_rows_integer(&rows, i % 3));
        assert_return_ok(gsc_rows_integer(&rows, i % 3));
        assert_return_ok(gsc_rows_text(&rows, "test"));
        assert_return_ok(gsc_rows_bool(&rows, false));
        assert_return_ok(gsc_rows_bool(&rows, right[i / 3][i % 3]));
        assert_return_ok(gsc_rows_real(&rows, 0));
        assert_return_ok(gsc_rows_real(&rows, (double)NAN));
    }
    assert_return_ok(gsc_metrics_conclude_pairs(&rows, steps));
    for (size_t row = 0; row < 12; row++) {
        double step = gsc_rows_cell(&rows, row, 7)->real;
        assert_true(row % 3 == 0 ? step == 20 : isnan(step));
    }
    gsc_rows_free(&rows);
    gsc_rows_init(&rows, gsc_metrics_pair_columns, GSC_METRICS_PAIR_COLUMNS);
    assert_return_ok(gsc_metrics_conclude_pairs(&rows, NULL));
    gsc_rows_free(&rows);
}

static void
right_pairs_add_up_to_the_accuracies(void **state)
{
    (void)state;
    gsc_measured_runs pairs, metrics;
    ask_run(&gsc_measure_metrics, PAIR, run, "all", false, &pairs);
    ask_run(&gsc_measure_metrics, CHECKPOINT, run, "all", false, &metrics);
    size_t steps = gsc_rows_count(&metrics.rows), stable = 0;
    assert_int_equal(gsc_rows_count(&pairs.rows), 49 * steps);
    for (size_t step = 0; step < steps; step++) {
        double right[2] = {0}, count[2] = {0};
        for (size_t row = 49 * step; row < 49 * (step + 1); row++) {
            bool trained = strcmp(cell_of(&pairs, row, "split")->text, "train") == 0;
            bool is_right = cell_of(&pairs, row, "right")->truth;
            int64_t a = cell_of(&pairs, row, "a")->integer;
            int64_t b = cell_of(&pairs, row, "b")->integer;
            size_t mirror = 49 * step + (size_t)(7 * b + a);
            count[trained]++;
            right[trained] += is_right;
            assert_int_equal(cell_of(&pairs, row, "answer")->integer, (a + b) % 7);
            assert_true(is_right == (cell_of(&pairs, row, "margin")->real > 0));
            assert_true(cell_of(&pairs, row, "mirror_trained")->truth ==
                        (strcmp(cell_of(&pairs, mirror, "split")->text, "train") == 0));
            stable += step == steps - 1 && is_right &&
                      !isnan(cell_of(&pairs, row, "stable_step")->real);
        }
        assert_close(right[1] / count[1],
                     cell_of(&metrics, step, "train_accuracy")->real, 1e-12);
        assert_close(right[0] / count[0],
                     cell_of(&metrics, step, "test_accuracy")->real, 1e-12);
    }
    assert_true(stable >= 29); /* the training pairs at the end */
    gsc_measured_runs_free(&pairs);
    gsc_measured_runs_free(&metrics);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_time_it_becomes_right_counts),
        cmocka_unit_test(right_pairs_add_up_to_the_accuracies),
    };
    return cmocka_run_group_tests(tests, make_run, drop_run);
}
