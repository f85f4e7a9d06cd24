/* Measures asked of weights in training say what their programs say of the files. */
#include "runs.h"

#include <string.h>

static const char measures[] = "clockpizza,fourier,norms,progress,rqi";

/* Row by row and bit by bit, the run's history against a measure over runs of all its
 * files. */
static void
assert_same_as_measured_runs(const char *folder, const gsc_measure *measure)
{
    gsc_measured_runs s;
    gsc_checkpoint c;
    gsc_inputs inputs;
    const char *words[] = {folder};
    gsc_measured_runs_options options = {.measure = measure};
    void *asked;
    assert_return_ok(gsc_measure_new_options(measure, &asked));
    options.options = asked;
    if (strcmp(measure->name, "progress") == 0) /* a run in training has no last keys */
        assert_return_ok(gsc_measure_read_options(measure, "keys_from=each", asked));
    assert_return_ok(gsc_inputs_init(&inputs, words, 1, "all"));
    assert_return_ok(gsc_measured_runs_init(&s, &inputs, &options));
    assert_return_ok(gsc_run_read_history(&c, inputs.items[inputs.count - 1].path));
    const gsc_table *table = c.history;
    while (strcmp(table->name, measure->name) != 0)
        table++;
    assert_int_equal(table->num_rows, inputs.count);
    size_t compared = 0;
    for (size_t i = 0; i < table->num_rows; i++) {
        const double *row = table->values + i * table->num_values;
        assert_true(row[0] == (double)cell_of(&s, i, "step")->integer);
        for (size_t k = 1; k < table->num_columns; k++, compared++) {
            size_t column = gsc_rows_column(&s.rows, table->columns[k]);
            const gsc_cell *cell = gsc_rows_cell(&s.rows, i, column);
            gsc_cell_kind kind = s.rows.columns[column].kind;
            double value = kind == GSC_CELL_INTEGER ? (double)cell->integer
                           : kind == GSC_CELL_BOOL  ? (double)cell->truth
                                                    : cell->real;
            if (row[k] != value && !(isnan(row[k]) && isnan(value)))
                fail_msg("%s.%s, row %zu: %.17g in training, %.17g of the file",
                         measure->name, table->columns[k], i, row[k], value);
        }
    }
    assert_true(compared > 0);
    gsc_checkpoint_free(&c);
    gsc_measured_runs_free(&s);
    gsc_inputs_free(&inputs);
    free(asked);
}

/* The last step is off the schedule: its rows are only in its own file. */
static void
assert_live_is_offline(const char *dtype, const char *operation)
{
    const char *const changes[][2] = {
        {"p", "11"},           {"d_model", "16"}, {"n_heads", "2"},
        {"d_mlp", "24"},       {"steps", "35"},   {"checkpoints", "linear:10"},
        {"measure", measures}, {"dtype", dtype},  {"operation", operation},
        {NULL, NULL}};
    char folder[32];
    train_run("demo", changes, folder);
    for (const gsc_measure *const *m = gsc_builtin_measures; *m; m++)
        if (strstr(measures, (*m)->name))
            assert_same_as_measured_runs(folder, *m);
    remove_run(folder);
}

static void
live_equals_offline_to_the_bit(void **state)
{
    (void)state;
    assert_live_is_offline("float32", "add");
    assert_live_is_offline("float64", "multiply");
}

static void
rows_come_as_often_as_asked(void **state)
{
    (void)state;
    const char *const changes[][2] = {
        {"p", "7"},           {"d_model", "8"},       {"n_heads", "2"},
        {"d_mlp", "8"},       {"steps", "33"},        {"checkpoints", "list:0,20"},
        {"measure", "norms"}, {"measure_every", "8"}, {"log_every", "15"},
        {NULL, NULL}};
    static const double expected[] = {0, 8, 16, 20, 24, 32, 33};
    static const double of_losses[] = {0, 8, 15, 16, 20, 24, 30, 32, 33};
    char folder[32], path[GSC_PATH_BYTES];
    gsc_checkpoint c;
    train_run("demo", changes, folder);
    assert_return_ok(gsc_run_step_path(folder, 33, path));
    assert_return_ok(gsc_run_read_history(&c, path));
    assert_int_equal(c.num_tables, 2);
    assert_string_equal(c.history[1].name, "norms");
    assert_int_equal(c.history[1].num_rows, 7);
    for (size_t i = 0; i < 7; i++)
        assert_true(c.history[1].values[i * c.history[1].num_values] == expected[i]);
    assert_int_equal(c.history[0].num_rows, 9);
    for (size_t i = 0; i < 9; i++)
        assert_true(c.history[0].values[i * c.history[0].num_values] == of_losses[i]);
    gsc_checkpoint_free(&c);
    remove_run(folder);
}

/* A measure of weights that are not there is refused before a folder is made. */
static void
a_measure_that_cannot_be_asked_leaves_no_run(void **state)
{
    (void)state;
    gsc_config config;
    gsc_train_result result;
    char folder[] = "/tmp/grokscope-refused-run";
    const gsc_online_measures online = gsc_measures_online(gsc_builtin_measures);
    gsc_train_options options = {
        .folder = folder, .num_threads = 1, .measures = &online};
    assert_return_ok(gsc_config_default(&config));
    assert_return_ok(gsc_config_read_recipe(&config, "demo"));
    assert_return_ok(gsc_config_set(&config, "p", "7"));
    /* a^2 + b is no sum */
    assert_return_ok(gsc_config_set(&config, "operation", "square_plus"));
    strcpy(config.run.measure, "norms,clockpizza");
    assert_fails(gsc_train(&config, &options, &result), GSC_EARGUMENT,
                 "measure: clockpizza: step 0: the operation is");
    assert_int_not_equal(access(folder, F_OK), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(live_equals_offline_to_the_bit),
        cmocka_unit_test(rows_come_as_often_as_asked),
        cmocka_unit_test(a_measure_that_cannot_be_asked_leaves_no_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
