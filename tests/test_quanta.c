/* The measure "quanta": transitions and their slope of rows by hand, and what a network
 * says of each task against what it says of all at once. */
#include "loaded_model_fixture.h"

#include "grokscope/engine.h"
#include "grokscope/measure.h"

#include "analyze/network/task_examples.h"

#include <math.h>
#include <stdlib.h>

enum { CHECKPOINT, TASK, CLUSTER, EACH = 6 };

static const char lines[] = "task = multitask_parity\narchitecture = mlp\ntasks = 4\n"
                            "n = 5\nk = 2\nhidden = 7\n";

/* ---- Transitions ---- */

/* Four tasks at the steps 0, 10, 20, 40: learned from 10, 20, 40 on, and never. */
static void
transitions_are_the_first_rows_that_are_learned(void **state)
{
    (void)state;
    static const int64_t at[] = {0, 10, 20, 40};
    static const double frequency[] = {0.4, 0.2, 0.1, 0.05};
    const gsc_measure_table *table = &gsc_measure_quanta.tables[TASK];
    gsc_rows rows;
    int64_t steps[16];
    gsc_rows_init(&rows, table->columns, table->num_columns);
    for (size_t s = 0; s < 4; s++)
        for (size_t t = 0; t < 4; t++) {
            steps[4 * s + t] = at[s];
            assert_return_ok(gsc_rows_integer(&rows, (int64_t)t));
            assert_return_ok(GSC_ROWS_REALS(&rows, frequency[t], 0.1, 1));
            assert_return_ok(gsc_rows_bool(&rows, t < 3 && s > t));
            assert_return_ok(GSC_ROWS_REALS(&rows, NAN, NAN));
        }
    assert_return_ok(table->conclude(&rows, steps));
    size_t transition = gsc_rows_column(&rows, "transition");
    size_t slope = gsc_rows_column(&rows, "slope");
    for (size_t row = 0; row < 16; row++) {
        double found = gsc_rows_cell(&rows, row, transition)->real;
        assert_close(gsc_rows_cell(&rows, row, slope)->real, -1, 1e-12);
        if (row % 4 < 3)
            assert_close(found, (double)at[1 + row % 4], 0);
        else
            assert_true(isnan(found));
    }
    gsc_rows_free(&rows);
}

/* ---- Examples ---- */

static void
a_tasks_examples_ask_it(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_task_examples e;
    open_small(&loaded, lines);
    assert_return_ok(gsc_task_examples_init(&e, &loaded, EACH));
    size_t ones = 0;
    for (size_t i = 0; i < 4 * EACH; i++) {
        const uint8_t *x = e.x + i * 9;
        unsigned parity = 0;
        assert_int_equal(e.task[i], i / EACH);
        for (size_t t = 0; t < 4; t++)
            assert_int_equal(x[t], t == i / EACH);
        for (size_t j = 0; j < 2; j++)
            parity ^= x[4 + e.bits[i / EACH * 2 + j]];
        assert_int_equal(e.y[i], parity);
        ones += parity;
    }
    assert_true(ones > 0 && ones < 4 * EACH);
    gsc_task_examples_free(&e);
    gsc_loaded_model_close(&loaded);
}

/* Loss and gradient of all examples at once, of the same fields. */
static void
run_all(const gsc_task_examples *e, const gsc_loaded_model *loaded, double *loss,
        double *gradient)
{
    gsc_engine *engine;
    gsc_result result;
    gsc_root root = {loaded->model.outputs[0].loss, 1};
    gsc_engine_options options = {
        .type = GSC_FLOAT64, .roots = &root, .num_roots = 1, .gradients = true};
    gsc_field fields[] = {{.name = "x",
                           .type = GSC_FIELD_UINT8,
                           .shape = {1, {9}},
                           .scale = 1,
                           .data = e->x},
                          {.name = "y",
                           .type = GSC_FIELD_UINT8,
                           .shape = {1, {1}},
                           .num_values = 2,
                           .data = e->y}};
    gsc_batch batch = {.fields = fields, .num_fields = 2, .num_examples = 4 * EACH};
    assert_return_ok(gsc_engine_open(&engine, loaded->model.graph, &options));
    assert_return_ok(
        gsc_engine_run(engine, NULL, loaded->weights, &batch, NULL, &result));
    *loss = result.mean;
    memcpy(gradient, gsc_engine_gradient(engine),
           loaded->num_weights * sizeof *gradient);
    gsc_engine_close(engine);
}

static void
scores_and_gradients_are_parts_of_the_mean(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_task_examples e;
    gsc_matrix gradients;
    uint32_t chosen[4 * EACH];
    double loss[4], accuracy[4], mean, all, *gradient;
    open_small(&loaded, lines);
    assert_return_ok(gsc_task_examples_init(&e, &loaded, EACH));
    assert_return_ok(gsc_task_examples_score(&e, &loaded, NULL, loss, accuracy));
    gradient = gsc_new(loaded.num_weights, sizeof *gradient);
    run_all(&e, &loaded, &all, gradient);
    mean = (loss[0] + loss[1] + loss[2] + loss[3]) / 4;
    assert_close(mean, all, 1e-14);
    for (size_t t = 0; t < 4; t++)
        assert_true(accuracy[t] >= 0 && accuracy[t] <= 1 && loss[t] > 0.1);
    for (size_t i = 0; i < 4 * EACH; i++)
        chosen[i] = (uint32_t)i;
    assert_return_ok(
        gsc_task_examples_gradients(&e, &loaded, chosen, 4 * EACH, &gradients));
    for (size_t w = 0; w < loaded.num_weights; w++) {
        double sum = 0;
        for (size_t i = 0; i < 4 * EACH; i++)
            sum += gradients.data[i * loaded.num_weights + w];
        assert_close(sum / (4 * EACH), gradient[w], 1e-14);
    }
    gsc_matrix_free(&gradients);
    gsc_task_examples_free(&e);
    gsc_loaded_model_close(&loaded);
    free(gradient);
}

/* With all output weights 0 and a bias that says 0 where half of the labels are 1, the
 * loss is ln 2, no task is learned and there is nothing to be told apart. */
static void
an_ignorant_network_has_learned_no_task(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_rows rows;
    void *options;
    open_small(&loaded, lines);
    gsc_tensor *W = gsc_loaded_model_tensor(&loaded, "linear2.W");
    memset(W->data, 0, gsc_shape_count(W->shape) * sizeof(double));
    memset(gsc_loaded_model_tensor(&loaded, "linear2.b")->data, 0, 2 * sizeof(double));
    assert_return_ok(gsc_measure_new_options(&gsc_measure_quanta, &options));
    gsc_measure_request request = {.loaded = &loaded, .name = "x", .options = options};
    for (size_t k = CHECKPOINT; k <= CLUSTER; k++) {
        const gsc_measure_table *table = &gsc_measure_quanta.tables[k];
        gsc_rows_init(&rows, table->columns, table->num_columns);
        assert_return_ok(gsc_measure_fill(&gsc_measure_quanta, k, &request, &rows));
        static const size_t counts[] = {1, 4, 0};
        assert_int_equal(gsc_rows_count(&rows), counts[k]);
        if (k == CHECKPOINT) {
            assert_close(gsc_rows_cell(&rows, 0, 0)->real, log(2), 1e-14);
            assert_close(gsc_rows_cell(&rows, 0, 2)->real, 1, 1e-14);
            assert_int_equal(gsc_rows_cell(&rows, 0, 3)->integer, 0);
            assert_close(gsc_rows_cell(&rows, 0, 4)->real, 1, 1e-14);
        }
        gsc_rows_free(&rows);
    }
    free(options);
    gsc_loaded_model_close(&loaded);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transitions_are_the_first_rows_that_are_learned),
        IN_FOLDER(a_tasks_examples_ask_it),
        IN_FOLDER(scores_and_gradients_are_parts_of_the_mean),
        IN_FOLDER(an_ignorant_network_has_learned_no_task),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
