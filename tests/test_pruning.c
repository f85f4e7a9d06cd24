/* Pruning by IPR: planted neurons that generalise and that memorise, labels that are
 * wrong, and accuracies counted one by one. */
#include "grokscope/measure.h"
#include "grokscope/rng.h"

#include "loaded_model_fixture.h"

#include <stdlib.h>

/* 11 residues are few enough for 60 cosines to be exact. */
#define NETWORK                                                          \
    "operation = add\np = 11\nlayout = a b\narchitecture = gromov_mlp\n" \
    "act_fn = square\nloss = mse\ninit = analytic\nd_mlp = 400\n"

static double
cell_of(const gsc_rows *rows, size_t row, const char *name)
{
    return gsc_rows_cell(rows, row, gsc_rows_column(rows, name))->real;
}

static void
ask(const gsc_loaded_model *loaded, size_t table, const char *text, gsc_rows *rows)
{
    const gsc_measure *m = &gsc_measure_pruning;
    void *options;
    assert_return_ok(gsc_measure_new_options(m, &options));
    assert_return_ok(gsc_measure_read_options(m, text, options));
    gsc_measure_request request = {.loaded = loaded, .name = "x", .options = options};
    gsc_rows_init(rows, m->tables[table].columns, m->tables[table].num_columns);
    assert_return_ok(gsc_measure_fill(m, table, &request, rows));
    free(options);
}

/* Make the first `count` neurons read noise and write nearly nothing. */
static void
spoil(gsc_loaded_model *loaded, size_t count, double scale)
{
    const char *const names[] = {"embed.W_left", "embed.W_right"};
    for (size_t t = 0; t < 2; t++) {
        const gsc_tensor *x = gsc_loaded_model_tensor(loaded, names[t]);
        double *data = x->data;
        for (size_t i = 0; i < x->shape.dims[0]; i++)
            for (size_t j = 0; j < count; j++)
                data[i * x->shape.dims[1] + j] =
                    gsc_rng_normal(5 + t, 1, i * count + j) * 0.1;
    }
    const gsc_tensor *w = gsc_loaded_model_tensor(loaded, "unembed.W_U");
    double *data = w->data;
    for (size_t i = 0; i < count * w->shape.dims[1]; i++)
        data[i] = gsc_rng_normal(9, 1, i) * scale;
}

static void
the_written_solution_generalises_and_corrects(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_rows rows;
    open_small(&loaded, NETWORK "label_noise = 0.3\ntrain_fraction = 0.5\n");
    ask(&loaded, 0, "", &rows);
    double wrong = cell_of(&rows, 0, "mislabelled");
    assert_int_equal(gsc_rows_cell(&rows, 0, 0)->integer, 400);
    assert_close(cell_of(&rows, 0, "mean_ipr"), 1, 1e-9);
    assert_true(cell_of(&rows, 0, "generalising") == 1);
    assert_true(wrong > 0.15 && wrong <= 0.3);
    assert_true(cell_of(&rows, 0, "test_accuracy") == 1);
    assert_true(cell_of(&rows, 0, "clean_accuracy") == 1);
    assert_true(cell_of(&rows, 0, "mislabelled_accuracy") == 0);
    assert_true(cell_of(&rows, 0, "corrected_accuracy") == 1);
    assert_close(cell_of(&rows, 0, "train_accuracy"), 1 - wrong, 1e-12);
    assert_true(cell_of(&rows, 0, "test_accuracy_high") == 1);
    assert_true(cell_of(&rows, 0, "test_accuracy_low") < 0.5);
    gsc_rows_free(&rows);
    gsc_loaded_model_close(&loaded);
}

/* What is mislabelled, from the examples themselves. */
static void
labels_that_are_no_sums_are_counted(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_rows rows;
    open_small(&loaded, NETWORK "label_noise = 0.4\ntrain_fraction = 0.5\n");
    const gsc_dataset *data = &loaded.checkpoint.dataset;
    const gsc_split *train = gsc_dataset_split(data, "train");
    size_t wrong = 0;
    for (size_t k = 0; k < train->count; k++) {
        size_t e = train->indices[k]; /* the pair (e / p, e % p) */
        wrong += (size_t)gsc_loaded_model_label(&loaded, e) != (e / 11 + e % 11) % 11;
    }
    assert_true(wrong > 0);
    ask(&loaded, 0, "", &rows);
    assert_close(cell_of(&rows, 0, "mislabelled"), (double)wrong / (double)train->count,
                 1e-15);
    gsc_rows_free(&rows);
    gsc_loaded_model_close(&loaded);
}

static void
without_noise_nothing_is_mislabelled(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_rows rows;
    open_small(&loaded, NETWORK);
    ask(&loaded, 0, "", &rows);
    assert_true(cell_of(&rows, 0, "mislabelled") == 0);
    assert_true(isnan(cell_of(&rows, 0, "mislabelled_accuracy")));
    assert_true(cell_of(&rows, 0, "train_accuracy") == 1);
    gsc_rows_free(&rows);
    gsc_loaded_model_close(&loaded);
}

/* 100 of 400 neurons are noise so loud that nothing is right; low IPR finds them. */
static void
noise_goes_first_and_leaves_the_solution(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_rows rows;
    open_small(&loaded, NETWORK);
    spoil(&loaded, 100, 30);
    ask(&loaded, 0, "threshold=0.9", &rows);
    assert_close(cell_of(&rows, 0, "generalising"), 0.75, 1e-15);
    assert_true(cell_of(&rows, 0, "test_accuracy") < 0.5);
    assert_true(cell_of(&rows, 0, "test_accuracy_high") == 1);
    assert_true(cell_of(&rows, 0, "test_accuracy_low") < 0.5);
    gsc_rows_free(&rows);
    ask(&loaded, 1, "shares=4", &rows);
    assert_int_equal(gsc_rows_count(&rows), 2 * 5);
    assert_string_equal(gsc_rows_cell(&rows, 1, 0)->text, "low");
    assert_true(gsc_rows_cell(&rows, 1, 1)->integer == 100);
    assert_close(cell_of(&rows, 1, "share"), 0.25, 1e-15);
    assert_true(cell_of(&rows, 1, "ipr") < 0.9);
    assert_true(cell_of(&rows, 0, "test_accuracy") < 0.5);
    assert_true(cell_of(&rows, 1, "test_accuracy") == 1);
    assert_string_equal(gsc_rows_cell(&rows, 6, 0)->text, "high");
    assert_close(cell_of(&rows, 6, "ipr"), 1, 1e-9);
    assert_true(cell_of(&rows, 6, "test_accuracy") < 0.5);
    gsc_rows_free(&rows);
    gsc_loaded_model_close(&loaded);
}

/* Without any neuron this network answers 0 to all. */
static void
nothing_is_left_of_all(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_rows rows;
    open_small(&loaded, NETWORK "train_fraction = 0.5\n");
    ask(&loaded, 1, "shares=2", &rows);
    const gsc_dataset *data = &loaded.checkpoint.dataset;
    const gsc_split *train = gsc_dataset_split(data, "train");
    size_t zeros = 0;
    for (size_t k = 0; k < train->count; k++)
        zeros += (train->indices[k] / 11 + train->indices[k] % 11) % 11 == 0;
    for (size_t row = 2; row < 6; row += 3)
        assert_close(cell_of(&rows, row, "train_accuracy"),
                     (double)zeros / (double)train->count, 1e-15);
    gsc_rows_free(&rows);
    gsc_loaded_model_close(&loaded);
}

static void
transformers_are_pruned_at_their_last_layer(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_rows rows;
    open_small(&loaded, "label_noise = 0.5\n");
    ask(&loaded, 1, "shares=12", &rows);
    assert_int_equal(gsc_rows_count(&rows), 2 * 13);
    for (size_t k = 1; k < 13; k++) /* in order */
        assert_true(cell_of(&rows, k, "ipr") >=
                    (k > 1 ? cell_of(&rows, k - 1, "ipr") : 0));
    gsc_rows_free(&rows);
    gsc_loaded_model_close(&loaded);
}

static void
networks_without_neurons_are_refused(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_rows rows;
    void *options;
    open_small(&loaded, "");
    loaded.model.neurons = GSC_NO_NODE;
    assert_return_ok(gsc_measure_new_options(&gsc_measure_pruning, &options));
    gsc_measure_request request = {.loaded = &loaded, .name = "x", .options = options};
    gsc_rows_init(&rows, gsc_measure_pruning.tables[0].columns,
                  gsc_measure_pruning.tables[0].num_columns);
    assert_fails(gsc_measure_fill(&gsc_measure_pruning, 0, &request, &rows),
                 GSC_EARGUMENT, "this model has no neurons");
    gsc_rows_free(&rows);
    free(options);
    gsc_loaded_model_close(&loaded);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_written_solution_generalises_and_corrects),
        cmocka_unit_test(labels_that_are_no_sums_are_counted),
        cmocka_unit_test(without_noise_nothing_is_mislabelled),
        cmocka_unit_test(noise_goes_first_and_leaves_the_solution),
        cmocka_unit_test(nothing_is_left_of_all),
        cmocka_unit_test(transformers_are_pruned_at_their_last_layer),
        cmocka_unit_test(networks_without_neurons_are_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_run);
}
