/* Measures as those who ask them take them: options an asker, needs by name, measures
 * of a client's own. */
#include "grokscope/measure.h"
#include "grokscope/trainer.h"
#include "measured_runs_fixture.h"

#include <stdlib.h>

/* ---- Options ---- */

/* What the measure "progress" says of the last step of run a with some options. */
static double
restricted_loss(const void *options)
{
    const char *const words[] = {place(run_a, "step-000000050.h5")};
    gsc_measured_runs measured;
    gsc_measured_runs_options o = {.measure = &gsc_measure_progress,
                                   .options = options};
    assert_return_ok(measured_runs_of(&measured, words, 1, &o));
    double loss = cell(&measured, 0, "restricted_loss")->real;
    gsc_measured_runs_free(&measured);
    return loss;
}

static void
one_measure_is_asked_twice_with_other_options(void **state)
{
    (void)state;
    void *one, *other;
    assert_return_ok(gsc_measure_new_options(&gsc_measure_progress, &one));
    assert_return_ok(gsc_measure_new_options(&gsc_measure_progress, &other));
    assert_return_ok(gsc_measure_read_options(&gsc_measure_progress, "keys=3", one));
    assert_return_ok(
        gsc_measure_read_options(&gsc_measure_progress, "keys=1,2,5", other));
    double of_one = restricted_loss(one), of_other = restricted_loss(other);
    assert_true(of_one != of_other);
    assert_true(restricted_loss(one) == of_one);
    assert_true(restricted_loss(other) == of_other);
    free(one);
    free(other);
}

static void
options_are_read_from_one_text(void **state)
{
    (void)state;
    const gsc_measure *m = &gsc_measure_ablate;
    void *options;
    assert_return_ok(gsc_measure_new_options(m, &options));
    assert_return_ok(gsc_measure_read_options(m, "", options));
    assert_return_ok(
        gsc_measure_read_options(m, "drop=circle=2,3:from=a:b/c.h5:mean=yes", options));
    const gsc_options set = gsc_measure_bind(m, options);
    void *value;
    assert_non_null(gsc_options_find(&set, 1, "drop", &value));
    assert_string_equal(value, "circle=2,3");
    assert_non_null(gsc_options_find(&set, 1, "from", &value));
    assert_string_equal(value, "a:b/c.h5");
    assert_non_null(gsc_options_find(&set, 1, "mean", &value));
    assert_true(*(bool *)value);
    assert_fails(gsc_measure_read_options(m, "drop", options), GSC_EARGUMENT,
                 "ablate: 'drop' is no option=value");
    free(options);
    assert_return_ok(gsc_measure_new_options(&gsc_measure_norms, &options));
    assert_null(options);
}

/* ---- Needs and registries ---- */

static const gsc_column own_columns[] = {
    {"largest", GSC_CELL_REAL, false, "of all weights", false},
    {"sign", GSC_CELL_TEXT, false, "of it", false},
};

struct own_options {
    double times;
};
static const gsc_option own_rows[] = {
    GSC_ROW_REAL(struct own_options, times, "1", 0, 10, "as often as it is counted"),
};
static const gsc_measure_options own_options = {"largest", own_rows, 1,
                                                sizeof(struct own_options)};

static int
fill_largest(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    const gsc_loaded_model *m = request->loaded;
    const struct own_options *o = request->options;
    double largest = -INFINITY;
    for (size_t i = 0; i < m->num_weights; i++)
        largest = fmax(largest, m->weights[i]);
    GSC_TRY(gsc_rows_real(rows, o->times * largest));
    GSC_TRY(gsc_rows_text(rows, largest > 0 ? "+" : "-"));
out:
    return status;
}

static const gsc_measure largest = {
    .name = "largest",
    .purpose = "the largest weight",
    .needs = GSC_NEEDS_WEIGHTS,
    .options = &own_options,
    .num_tables = 1,
    .tables = {GSC_TABLE("checkpoint", own_columns, fill_largest, NULL)},
};

/* The same, which asks for more than there is. */
static const gsc_measure of_bits = {
    .name = "parity",
    .needs = "bits",
    .num_tables = 1,
    .tables = {GSC_TABLE("checkpoint", own_columns, fill_largest, NULL)},
};

static void
what_a_measure_needs_is_told_by_its_name(void **state)
{
    (void)state;
    const char *last = place(run_a, "step-000000050.h5"), *const words[] = {last};
    char expected[256];
    gsc_measured_runs measured;
    gsc_measured_runs_options options = {.measure = &of_bits};
    snprintf(expected, sizeof expected,
             "parity asks for the facet bits (strings of bits); %s has binary_table",
             last);
    assert_fails(measured_runs_of(&measured, words, 1, &options), GSC_EARGUMENT,
                 expected);
}

static void
a_network_with_a_task_has_a_table_of_pairs(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    assert_return_ok(gsc_loaded_model_open(&loaded, place(run_a, "x.h5")));
    assert_true(gsc_loaded_model_has(&loaded, GSC_NEEDS_BINARY_TABLE));
    assert_false(gsc_loaded_model_has(&loaded, "bits"));
    for (const gsc_measure *const *m = gsc_builtin_measures; *m; m++)
        assert_int_equal(gsc_measure_admits(*m, &loaded),
                         *m != &gsc_measure_effective_theory &&
                             strcmp((*m)->needs, GSC_NEEDS_BITS) != 0 &&
                             strcmp((*m)->needs, GSC_NEEDS_SINGLE_INDEX) != 0 &&
                             strcmp((*m)->needs, GSC_NEEDS_TWO_HOP) != 0 &&
                             strcmp((*m)->needs, GSC_NEEDS_QUANTA) != 0);
    assert_false(gsc_measure_admits(&of_bits, &loaded));
    gsc_loaded_model_close(&loaded);
}

static void
a_registry_has_built_in_measures_and_a_clients(void **state)
{
    (void)state;
    const gsc_measure *const all[] = {GSC_BUILTIN_MEASURES, &largest, NULL};
    assert_ptr_equal(gsc_measure_find(all, "norms"), &gsc_measure_norms);
    assert_ptr_equal(gsc_measure_find(all, "largest"), &largest);
    assert_null(gsc_measure_find(gsc_builtin_measures, "largest"));
    for (size_t i = 1; gsc_builtin_measures[i]; i++)
        assert_true(strcmp(gsc_builtin_measures[i - 1]->name,
                           gsc_builtin_measures[i]->name) < 0);
}

/* Twice, with different options, beside a built-in one; and a run stops by it. */
static void
a_clients_measure_is_asked_in_training(void **state)
{
    (void)state;
    const gsc_measure *const all[] = {GSC_BUILTIN_MEASURES, &largest, NULL};
    const gsc_online_measures measures = gsc_measures_online(all);
    gsc_train_result result;
    gsc_checkpoint c;
    char out[128], last[GSC_PATH_BYTES];
    snprintf(out, sizeof out, "%s/trained", folder);
    gsc_train_options options = {
        .folder = out, .num_threads = 1, .measures = &measures};
    const gsc_config config =
        small_config("steps = 20\ncheckpoints = list:0,20\nmeasure_every = 5\n"
                     "log_every = 5\nmeasure = norms, largest:times=2,largest\n"
                     "stop_when = largest_2.largest > 0 and step > 9\n");
    assert_return_ok(gsc_train(&config, &options, &result));
    assert_int_equal(result.end, GSC_END_WHEN);
    assert_int_equal(result.step, 10);
    assert_return_ok(gsc_run_step_path(out, 10, last));
    assert_return_ok(gsc_checkpoint_read(&c, last, GSC_READ_HISTORY));
    assert_int_equal(c.num_tables, 4);
    const gsc_table *twice = NULL, *once = NULL;
    for (size_t i = 0; i < c.num_tables; i++)
        if (strcmp(c.history[i].name, "largest") == 0)
            twice = &c.history[i];
        else if (strcmp(c.history[i].name, "largest_2") == 0)
            once = &c.history[i];
    assert_int_equal(twice->num_columns, 2); /* step, largest: a text is no number */
    assert_int_equal(twice->num_rows, 2);    /* 5 and 10: step 0 has its own */
    for (size_t i = 0; i < 2; i++)
        assert_true(twice->values[2 * i + 1] == 2 * once->values[2 * i + 1]);
    gsc_checkpoint_free(&c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_RUNS(one_measure_is_asked_twice_with_other_options),
        cmocka_unit_test(options_are_read_from_one_text),
        IN_RUNS(what_a_measure_needs_is_told_by_its_name),
        IN_RUNS(a_network_with_a_task_has_a_table_of_pairs),
        cmocka_unit_test(a_registry_has_built_in_measures_and_a_clients),
        IN_RUNS(a_clients_measure_is_asked_in_training),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
