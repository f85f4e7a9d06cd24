/* The measure "parity": on a run of a moment, and on networks whose coefficients are
 * known. */
#include "one_run.h"

#include "grokscope/memory.h"

#include "analyze/network/signs.h"

#include <math.h>

enum { CHECKPOINT, BIT };

static int
make_run(void **state)
{
    static const char *const changes[][2] = {
        {"n", "7"},      {"k", "3"},      {"act_fn", "square"},
        {"hidden", "4"}, {"steps", "20"}, {"checkpoints", "linear:10"},
        {NULL, NULL}};
    return make_one_run(state, "parity-online", changes);
}

static const double *
layer(const gsc_loaded_model *loaded)
{
    return gsc_signs_layer(loaded, 7)->data;
}

static void
weights_and_movements_are_those_of_each_bit(void **state)
{
    (void)state;
    gsc_loaded_model first, last;
    gsc_measured_runs s, bits;
    gsc_signs signs;
    open_step(&first, 0);
    open_step(&last, 20);
    assert_return_ok(gsc_signs_init(&signs, &last, 7));
    ask_run(&gsc_measure_parity, CHECKPOINT, folder, "all", false, &s);
    ask_run(&gsc_measure_parity, BIT, folder, "20", false, &bits);
    assert_int_equal(gsc_rows_count(&bits.rows), 7);
    double mean = 0, max = 0, move = 0, least = INFINITY, rho = 0;
    for (size_t i = 0; i < 7; i++) {
        double of_bit = 0;
        for (size_t j = 0; j < 4; j++) {
            double w = layer(&last)[i * 4 + j];
            of_bit = fmax(of_bit, fabs(w - layer(&first)[i * 4 + j]));
            mean += signs.in_set[i] ? fabs(w) / 12 : 0;
            max = fmax(max, signs.in_set[i] ? fabs(w) : 0);
        }
        assert_close(cell_of(&bits, i, "move")->real, of_bit, 1e-15);
        assert_int_equal(cell_of(&bits, i, "relevant")->truth, signs.in_set[i]);
        move = fmax(move, signs.in_set[i] ? of_bit : 0);
        least = fmin(least, signs.in_set[i] ? of_bit : INFINITY);
        rho = fmax(rho, of_bit);
    }
    assert_true(rho > 0);
    assert_close(cell_of(&s, 2, "relevant_mean")->real, mean, 1e-15);
    assert_close(cell_of(&s, 2, "relevant_max")->real, max, 1e-15);
    assert_close(cell_of(&s, 2, "relevant_move")->real, move, 1e-15);
    assert_close(cell_of(&s, 2, "least_move")->real, least, 1e-15);
    assert_close(cell_of(&s, 2, "rho_inf")->real, rho, 1e-15);
    assert_close(cell_of(&s, 0, "rho_inf")->real, 0, 0);
    gsc_signs_free(&signs);
    gsc_measured_runs_free(&s);
    gsc_measured_runs_free(&bits);
    gsc_loaded_model_close(&first);
    gsc_loaded_model_close(&last);
}

/* Squares have coefficients of one or two bits: 2 w_i of the slope at {i}, and those of
 * the output nowhere at three bits. */
static void
squares_have_the_coefficients_of_their_expansion(void **state)
{
    (void)state;
    gsc_measured_runs s, bits;
    ask_run(&gsc_measure_parity, CHECKPOINT, folder, "20", false, &s);
    ask_run(&gsc_measure_parity, BIT, folder, "20", false, &bits);
    assert_int_equal(cell_of(&s, 0, "fourier_inputs")->integer, 128);
    assert_close(cell_of(&s, 0, "relevant_coefficient")->real, 0, 1e-15);
    assert_close(cell_of(&s, 0, "fourier_gap")->real, 0, 1e-15);
    gsc_loaded_model last;
    open_step(&last, 20);
    const double *out = gsc_loaded_model_tensor(&last, "linear2.W")->data;
    const double *b = gsc_loaded_model_tensor(&last, "linear1.b")->data;
    const double *c = gsc_loaded_model_tensor(&last, "linear2.b")->data;
    double largest = 0, constant = c[0];
    for (size_t p = 0; p < 7; p++) {
        double one = 0;
        for (size_t j = 0; j < 4; j++)
            one += 2 * out[j] * b[j] * layer(&last)[p * 4 + j];
        largest = fmax(largest, fabs(one));
        for (size_t q = 0; q < p; q++) {
            double two = 0;
            for (size_t j = 0; j < 4; j++)
                two += 2 * out[j] * layer(&last)[p * 4 + j] * layer(&last)[q * 4 + j];
            largest = fmax(largest, fabs(two));
        }
    }
    for (size_t j = 0; j < 4; j++) {
        constant += out[j] * b[j] * b[j];
        for (size_t p = 0; p < 7; p++)
            constant += out[j] * layer(&last)[p * 4 + j] * layer(&last)[p * 4 + j];
    }
    assert_close(cell_of(&s, 0, "other_coefficient")->real,
                 fmax(largest, fabs(constant)), 1e-12);
    gsc_loaded_model_close(&last);
    gsc_measured_runs_free(&s);
    gsc_measured_runs_free(&bits);
}

/* A neuron with equal weights fires by majority: 1/2 + Maj/2. Maj of 7 signs has
 * coefficients 5/16, -1/16, 1/16 at 1, 3 and 5 of them. */
static void
the_gap_of_a_majority_is_in_closed_form(void **state)
{
    static const char *const changes[][2] = {{"n", "7"},      {"k", "2"},
                                             {"hidden", "3"}, {"biases", "absent"},
                                             {"steps", "0"},  {"checkpoints", "list:0"},
                                             {NULL, NULL}};
    (void)state;
    char own[32], path[GSC_PATH_BYTES];
    gsc_loaded_model loaded;
    gsc_rows rows;
    void *options;
    train_run("parity-online", changes, own);
    assert_return_ok(gsc_run_step_path(own, 0, path));
    assert_return_ok(gsc_loaded_model_open(&loaded, path));
    double *W = gsc_loaded_model_tensor(&loaded, "linear1.W")->data;
    for (size_t i = 0; i < 21; i++)
        W[i] = 0.25;
    assert_return_ok(gsc_measure_new_options(&gsc_measure_parity, &options));
    gsc_run_context context = {.first = {.name = path}, .last = {.name = path}};
    gsc_measure_request request = {
        .loaded = &loaded, .name = path, .run_context = &context, .options = options};
    assert_return_ok(gsc_lazy_checkpoint_open(&context.first));
    const gsc_measure_table *table = &gsc_measure_parity.tables[CHECKPOINT];
    gsc_rows_init(&rows, table->columns, table->num_columns);
    assert_return_ok(gsc_measure_fill(&gsc_measure_parity, 0, &request, &rows));
    size_t gap = gsc_rows_column(&rows, "fourier_gap");
    assert_close(gsc_rows_cell(&rows, 0, gap)->real, (5.0 / 16 - 1.0 / 16) / 2, 1e-15);
    gsc_rows_free(&rows);
    free(options);
    gsc_lazy_checkpoint_close(&context.first);
    gsc_loaded_model_close(&loaded);
    remove_run(own);
}

/* Of more bits than `exact_bits` a sample answers: the coefficient of the answer is
 * near the exact one, and what a sample cannot tell is not told. */
static void
more_bits_are_sampled(void **state)
{
    (void)state;
    void *options;
    gsc_measured_runs exact, sampled;
    assert_return_ok(gsc_measure_new_options(&gsc_measure_parity, &options));
    assert_return_ok(
        gsc_measure_read_options(&gsc_measure_parity, "exact_bits=6", options));
    ask_run(&gsc_measure_parity, CHECKPOINT, folder, "20", false, &exact);
    const char *words[] = {folder};
    gsc_inputs inputs;
    gsc_measured_runs_options o = {.measure = &gsc_measure_parity, .options = options};
    assert_return_ok(gsc_inputs_init(&inputs, words, 1, "20"));
    assert_return_ok(gsc_measured_runs_init(&sampled, &inputs, &o));
    gsc_inputs_free(&inputs);
    assert_int_equal(cell_of(&sampled, 0, "fourier_inputs")->integer, GSC_SIGN_SAMPLE);
    assert_true(isnan(cell_of(&sampled, 0, "other_coefficient")->real));
    assert_true(isnan(cell_of(&sampled, 0, "fourier_gap")->real));
    assert_close(cell_of(&sampled, 0, "relevant_coefficient")->real,
                 cell_of(&exact, 0, "relevant_coefficient")->real, 0.02);
    gsc_measured_runs_free(&exact);
    gsc_measured_runs_free(&sampled);
    free(options);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_and_movements_are_those_of_each_bit),
        cmocka_unit_test(squares_have_the_coefficients_of_their_expansion),
        cmocka_unit_test(the_gap_of_a_majority_is_in_closed_form),
        cmocka_unit_test(more_bits_are_sampled),
    };
    return cmocka_run_group_tests(tests, make_run, remove_one_run);
}
