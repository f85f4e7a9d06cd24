/* The measure "efficiency", against sums written out over all pairs and answers. */
#include "grokscope/measure.h"

#include "analyze/network/pairs/pair_outputs.h"
#include "loaded_model_fixture.h"

#include <stdlib.h>

#define ANALYTIC                                                         \
    "operation = add\np = 11\nlayout = a b\narchitecture = gromov_mlp\n" \
    "act_fn = square\nloss = mse\ninit = analytic\nd_mlp = 400\n"
#define PLAIN "operation = add\np = 11\nlayout = a b\narchitecture = chughtai_mlp\n"

enum { P = 11 };

static void
ask(const gsc_loaded_model *loaded, gsc_rows *rows)
{
    const gsc_measure *m = &gsc_measure_efficiency;
    gsc_measure_request request = {.loaded = loaded, .name = "x"};
    gsc_rows_init(rows, m->tables[0].columns, m->tables[0].num_columns);
    assert_return_ok(gsc_measure_fill(m, 0, &request, rows));
}

static const gsc_cell *
cell_of(const gsc_rows *rows, const char *name)
{
    return gsc_rows_cell(rows, 0, gsc_rows_column(rows, name));
}

/* The logits of all pairs, each pair's mean taken away. */
static double *
centred_logits(const gsc_loaded_model *loaded)
{
    gsc_pair_outputs outputs;
    double *x = gsc_new(P * P * P, sizeof *x);
    assert_non_null(x);
    assert_return_ok(
        gsc_pair_outputs_init(&outputs, loaded, GSC_RESIDUE_ORDER_PLAIN, false));
    assert_return_ok(gsc_pair_outputs_run(&outputs, loaded->weights, NULL));
    for (size_t i = 0; i < P * P; i++) {
        double mean = 0;
        for (size_t c = 0; c < P; c++)
            mean += outputs.logits[i * P + c] / P;
        for (size_t c = 0; c < P; c++)
            x[i * P + c] = outputs.logits[i * P + c] - mean;
    }
    gsc_pair_outputs_free(&outputs);
    return x;
}

/* sum_k <x, cos(w_k (a + b - c))>^2 / |cos|^2 |x|^2, where |cos|^2 = p^3 / 2. */
static double
share_on_cosines(const double *x)
{
    double share = 0, squares = 0;
    for (size_t i = 0; i < P * P * P; i++)
        squares += x[i] * x[i];
    for (size_t k = 1; k <= P / 2; k++) {
        double sum = 0;
        for (size_t a = 0; a < P; a++)
            for (size_t b = 0; b < P; b++)
                for (size_t c = 0; c < P; c++)
                    sum += x[(a * P + b) * P + c] *
                           cos(2 * 3.14159265358979323846 * (double)k *
                               ((double)a + (double)b - (double)c) / P);
        share += sum * sum / (P * P * P / 2.0) / squares;
    }
    return share;
}

static void
the_columns_are_the_sums_that_define_them(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_rows rows;
    double sums[2] = {0}, counts[2] = {0};
    bool train[P * P] = {false};
    open_small(&loaded, PLAIN "random_labels = yes\n");
    double *x = centred_logits(&loaded);
    ask(&loaded, &rows);
    const gsc_dataset *data = &loaded.checkpoint.dataset;
    const gsc_split *split = gsc_dataset_split(data, "train");
    for (size_t i = 0; i < split->count; i++) { /* example a p + b is the pair (a, b) */
        size_t pair = split->indices[i];
        train[pair] = true;
        sums[0] += x[pair * P + (size_t)gsc_loaded_model_label(&loaded, pair)];
        counts[0]++;
    }
    for (size_t pair = 0; pair < P * P; pair++)
        if (!train[pair]) {
            sums[1] += x[pair * P + (pair / P + pair % P) % P];
            counts[1]++;
        }
    double squares = 0;
    for (size_t i = 0; i < loaded.num_tensors; i++)
        for (size_t k = 0; k < gsc_shape_count(loaded.tensors[i].shape); k++)
            squares += pow(((double *)loaded.tensors[i].data)[k], 2);
    double test_logit = sums[1] / counts[1], train_logit = sums[0] / counts[0];
    assert_close(cell_of(&rows, "sum_of_squares")->real, squares, 1e-9);
    assert_close(cell_of(&rows, "train_logit")->real, train_logit, 1e-12);
    assert_close(cell_of(&rows, "test_logit")->real, test_logit, 1e-12);
    assert_close(cell_of(&rows, "train_efficiency")->real, train_logit / sqrt(squares),
                 1e-12);
    assert_close(cell_of(&rows, "test_efficiency")->real, test_logit / sqrt(squares),
                 1e-12);
    assert_close(cell_of(&rows, "trig_share")->real, share_on_cosines(x), 1e-12);
    free(x);
    gsc_rows_free(&rows);
    gsc_loaded_model_close(&loaded);
}

static void
the_written_solution_is_trigonometric_and_chance_is_not(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_rows rows;
    open_small(&loaded, ANALYTIC);
    ask(&loaded, &rows);
    assert_true(cell_of(&rows, "trig_share")->real > 0.9);
    assert_string_equal(cell_of(&rows, "key_frequencies")->text, "1,2,3,4,5");
    assert_close(cell_of(&rows, "trig_share_keys")->real,
                 cell_of(&rows, "trig_share")->real, 1e-12);
    gsc_rows_free(&rows);
    assert_return_ok(gsc_loaded_model_control(&loaded, GSC_CONTROL_RANDOM, NULL));
    ask(&loaded, &rows);
    assert_true(cell_of(&rows, "trig_share")->real < 0.1);
    gsc_rows_free(&rows);
    gsc_loaded_model_close(&loaded);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_RUN(the_columns_are_the_sums_that_define_them),
        IN_RUN(the_written_solution_is_trigonometric_and_chance_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
