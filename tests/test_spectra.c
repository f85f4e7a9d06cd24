/* The measure "fourier": on Gromov's analytic network, whose neurons are pure waves; on
 * random weights; and the views of a transformer against their definitions. */
#include "analyze/network/pairs/key_rule.h"
#include "runs.h"

#include <math.h>
#include <stdio.h>

enum { CHECKPOINT, FREQUENCY, TENSOR, NEURON, PAIR };

static char analytic[32], small[32], two_halves[32];

static int
make_runs(void **state)
{
    static const char *const precise[][2] = {{"dtype", "float64"}, {NULL, NULL}};
    static const char *const tiny[][2] = {{"p", "7"},
                                          {"d_model", "16"},
                                          {"n_heads", "2"},
                                          {"d_mlp", "24"},
                                          {"attn_biases", "trained"},
                                          {"init", "pytorch"},
                                          {"steps", "20"},
                                          {"checkpoints", "linear:10"},
                                          {"dtype", "float64"},
                                          {NULL, NULL}};
    static const char *const halves[][2] = {{"p", "7"},           {"d_model", "8"},
                                            {"d_mlp", "12"},      {"steps", "0"},
                                            {"dtype", "float64"}, {NULL, NULL}};
    (void)state;
    train_run("gromov-analytic", precise, analytic);
    train_run("nanda-mainline", tiny, small);
    train_run("pizza-linear-delta", halves, two_halves);
    return 0;
}

static int
remove_runs(void **state)
{
    (void)state;
    remove_run(analytic);
    remove_run(small);
    remove_run(two_halves);
    return 0;
}

/* ---- Gromov's solution ---- */

static void
each_column_of_the_analytic_network_is_one_wave(void **state)
{
    (void)state;
    gsc_measured_runs s;
    ask_run(&gsc_measure_fourier, TENSOR, analytic, "last", true, &s);
    assert_int_equal(gsc_rows_count(&s.rows), 6);
    for (size_t row = 0; row < 6; row++) {
        assert_close(cell_of(&s, row, "ipr")->real, 1, 1e-12);
        /* white noise: |f|^2 is exponential, so 2 / (number of frequencies) */
        assert_close(cell_of(&s, row, "ipr_random")->real, 2.0 / 49, 0.004);
        assert_int_equal(cell_of(&s, row, "head")->integer, -1);
    }
    gsc_measured_runs_free(&s);
}

/* (cos x + cos y)^2 has the variance 5/4: 1 of 2 cos x cos y, half of it along a + b
 * and half along a - b, and 1/8 of each square, at twice the frequency. */
static void
a_neuron_of_the_analytic_network_has_its_frequency(void **state)
{
    (void)state;
    gsc_measured_runs s;
    ask_run(&gsc_measure_fourier, NEURON, analytic, "last", false, &s);
    assert_int_equal(gsc_rows_count(&s.rows), 500);
    for (size_t j = 0; j < 500; j++) {
        assert_int_equal(cell_of(&s, j, "frequency")->integer, 1 + j % 48);
        assert_close(cell_of(&s, j, "fve")->real, 0.8, 1e-9);
        assert_close(cell_of(&s, j, "share_sum")->real, 0.4, 1e-9);
        assert_close(cell_of(&s, j, "share_difference")->real, 0.4, 1e-9);
        assert_close(cell_of(&s, j, "deviation")->real,
                     sqrt(1.25) * pow(2.0 / 500, 2.0 / 3), 1e-9);
        assert_close(cell_of(&s, j, "ipr_in")->real, 1, 1e-12);
        assert_close(cell_of(&s, j, "ipr_in_right")->real, 1, 1e-12);
        assert_close(cell_of(&s, j, "ipr_out")->real, 1, 1e-12);
        assert_int_equal(cell_of(&s, j, "frequency_in")->integer, 1 + j % 48);
        assert_close(cell_of(&s, j, "misalignment")->real, 0, 1e-9);
    }
    gsc_measured_runs_free(&s);
}

/* Its formula writes at the sum of the two phases; 500 neurons have 48 frequencies. */
static void
the_analytic_network_is_in_phase(void **state)
{
    (void)state;
    gsc_measured_runs s;
    ask_run(&gsc_measure_fourier, CHECKPOINT, analytic, "last", true, &s);
    assert_close(cell_of(&s, 0, "phase_misalignment")->real, 0, 1e-9);
    assert_close(cell_of(&s, 0, "phase_misalignment_random")->real, 0.6366, 0.06);
    assert_close(cell_of(&s, 0, "frequency_concentration")->real,
                 (11.0 / 500 - 1.0 / 48) / (1 - 1.0 / 48), 1e-12);
    gsc_measured_runs_free(&s);
}

static void
all_frequencies_of_the_analytic_network_are_key_but_by_energy(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    char path[GSC_PATH_BYTES];
    bool key[49];
    assert_return_ok(gsc_run_step_path(analytic, 0, path));
    assert_return_ok(gsc_loaded_model_open(&loaded, path));
    static const gsc_key_rule rules[] = {GSC_KEYS_BY_NEURON, GSC_KEYS_BY_LOGIT};
    for (size_t rule = 0; rule < 2; rule++) {
        memset(key, 0, sizeof key);
        assert_return_ok(gsc_key_rule_find(rules[rule], 0.5, &loaded,
                                           GSC_RESIDUE_ORDER_PLAIN, NULL, key));
        for (size_t k = 0; k < 49; k++)
            assert_int_equal(key[k], k > 0);
    }
    assert_fails(gsc_key_rule_find(GSC_KEYS_BY_ENERGY, 0, &loaded,
                                   GSC_RESIDUE_ORDER_PLAIN, NULL, key),
                 GSC_EARGUMENT, "key frequencies of its own");
    /* Without structure there are none. */
    assert_return_ok(gsc_loaded_model_control(&loaded, GSC_CONTROL_RANDOM, path));
    for (size_t rule = 0; rule < 2; rule++) {
        assert_return_ok(gsc_key_rule_find(rules[rule], 0.5, &loaded,
                                           GSC_RESIDUE_ORDER_PLAIN, NULL, key));
        for (size_t k = 0; k < 49; k++)
            assert_false(key[k]);
    }
    gsc_loaded_model_close(&loaded);
    gsc_measured_runs s;
    ask_run(&gsc_measure_fourier, CHECKPOINT, analytic, "last", false, &s);
    assert_string_equal(cell_of(&s, 0, "key_rule")->text, "neuron");
    assert_string_equal(cell_of(&s, 0, "embedding_keys")->text,
                        cell_of(&s, 0, "neuron_logit_keys")->text);
    assert_close(cell_of(&s, 0, "embedding_share")->real, 1, 1e-12);
    gsc_measured_runs_free(&s);
    gsc_inputs inputs;
    const char *words[] = {analytic};
    void *own;
    assert_return_ok(gsc_measure_new_options(&gsc_measure_fourier, &own));
    const gsc_options set = gsc_measure_bind(&gsc_measure_fourier, own);
    assert_return_ok(gsc_options_set(&set, 1, "key_rule", "energy"));
    const gsc_measured_runs_options options = {.measure = &gsc_measure_fourier,
                                               .options = own};
    assert_return_ok(gsc_inputs_init(&inputs, words, 1, "last"));
    assert_return_ok(gsc_measured_runs_init(&s, &inputs, &options));
    gsc_inputs_free(&inputs);
    assert_string_equal(cell_of(&s, 0, "key_rule")->text, "energy");
    assert_string_equal(cell_of(&s, 0, "embedding_keys")->text, "");
    assert_close(cell_of(&s, 0, "embedding_share")->real, 0, 0);
    assert_close(cell_of(&s, 0, "neuron_logit_ipr")->real, 1, 1e-12);
    gsc_measured_runs_free(&s);
    free(own);
}

/* ---- The views of a transformer ---- */

typedef struct weights {
    gsc_loaded_model loaded;
    const double *W_E, *W_pos, *W_Q, *W_K, *W_V, *W_O, *b_Q, *b_K, *W_in;
} weights;

static const double *
named(const gsc_loaded_model *loaded, const char *name)
{
    for (size_t i = 0; i < loaded->num_tensors; i++)
        if (strcmp(loaded->tensors[i].name, name) == 0)
            return loaded->tensors[i].data;
    fail_msg("no tensor %s", name);
    return NULL;
}

static void
open_weights(weights *w)
{
    char path[GSC_PATH_BYTES];
    assert_return_ok(gsc_run_step_path(small, 20, path));
    assert_return_ok(gsc_loaded_model_open(&w->loaded, path));
    w->W_E = named(&w->loaded, "embed.W_E");
    w->W_pos = named(&w->loaded, "pos_embed.W_pos");
    w->W_Q = named(&w->loaded, "blocks.0.attn.W_Q");
    w->W_K = named(&w->loaded, "blocks.0.attn.W_K");
    w->W_V = named(&w->loaded, "blocks.0.attn.W_V");
    w->W_O = named(&w->loaded, "blocks.0.attn.W_O");
    w->b_Q = named(&w->loaded, "blocks.0.attn.b_Q");
    w->b_K = named(&w->loaded, "blocks.0.attn.b_K");
    w->W_in = named(&w->loaded, "blocks.0.mlp.W_in");
}

enum { P = 7, D = 16, H = 2, E = 8, N = 24 };

/* x W [D, E] of head h, with a bias or without. */
static void
project(const double *x, const double *W, const double *b, size_t h, double out[E])
{
    for (size_t e = 0; e < E; e++) {
        out[e] = b ? b[h * E + e] : 0;
        for (size_t d = 0; d < D; d++)
            out[e] += x[d] * W[(h * D + d) * E + e];
    }
}

static void
a_score_is_that_of_the_answers_query_with_a_token(void **state)
{
    (void)state;
    weights w;
    gsc_matrix view;
    open_weights(&w);
    assert_int_equal(gsc_loaded_model_heads(&w.loaded, GSC_VIEW_HEAD_SCORES), H);
    assert_return_ok(gsc_loaded_model_view(&w.loaded, GSC_VIEW_HEAD_SCORES,
                                           GSC_RESIDUE_ORDER_PLAIN, &view));
    assert_int_equal(view.rows, H * P);
    assert_int_equal(view.cols, 1); /* "=", token P, at position 2 */
    for (size_t h = 0; h < H; h++) {
        double x[D], q[E], k[E];
        for (size_t d = 0; d < D; d++)
            x[d] = w.W_E[P * D + d] + w.W_pos[2 * D + d];
        project(x, w.W_Q, w.b_Q, h, q);
        for (size_t t = 0; t < P; t++) {
            double score = 0;
            project(w.W_E + t * D, w.W_K, w.b_K, h, k);
            for (size_t e = 0; e < E; e++)
                score += q[e] * k[e] / sqrt(E);
            assert_close(view.data[h * P + t], score, 1e-12);
        }
    }
    gsc_matrix_free(&view);
    gsc_loaded_model_close(&w.loaded);
}

static void
neurons_read_a_token_through_each_head(void **state)
{
    (void)state;
    weights w;
    gsc_matrix view;
    open_weights(&w);
    assert_return_ok(gsc_loaded_model_view(&w.loaded, GSC_VIEW_HEAD_NEURONS,
                                           GSC_RESIDUE_ORDER_PLAIN, &view));
    assert_int_equal(view.rows, H * P);
    assert_int_equal(view.cols, N);
    for (size_t row = 0; row < H * P; row++) {
        double v[E], written[D] = {0};
        size_t h = row / P;
        project(w.W_E + row % P * D, w.W_V, NULL, h, v);
        for (size_t e = 0; e < E; e++)
            for (size_t d = 0; d < D; d++)
                written[d] += v[e] * w.W_O[(h * E + e) * D + d];
        for (size_t n = 0; n < N; n++) {
            double read = 0;
            for (size_t d = 0; d < D; d++)
                read += written[d] * w.W_in[d * N + n];
            assert_close(view.data[row * N + n], read, 1e-12);
        }
    }
    gsc_matrix_free(&view);
    gsc_loaded_model_close(&w.loaded);
}

static void
neurons_read_a_token_directly(void **state)
{
    (void)state;
    weights w;
    gsc_matrix view;
    open_weights(&w);
    assert_return_ok(gsc_loaded_model_view(&w.loaded, GSC_VIEW_NEURON_IN,
                                           GSC_RESIDUE_ORDER_PLAIN, &view));
    assert_int_equal(view.rows, P);
    for (size_t t = 0; t < P; t++)
        for (size_t n = 0; n < N; n++) {
            double read = 0;
            for (size_t d = 0; d < D; d++)
                read += w.W_E[t * D + d] * w.W_in[d * N + n];
            assert_close(view.data[t * N + n], read, 1e-12);
        }
    gsc_matrix_free(&view);
    assert_int_equal(gsc_loaded_model_heads(&w.loaded, GSC_VIEW_NEURON_IN), 1);
    assert_int_equal(gsc_loaded_model_heads(&w.loaded, GSC_VIEW_NEURON_IN_RIGHT), 0);
    assert_fails(gsc_loaded_model_view(&w.loaded, GSC_VIEW_NEURON_IN_RIGHT,
                                       GSC_RESIDUE_ORDER_PLAIN, &view),
                 GSC_EARGUMENT, "no neuron_in_right");
    gsc_loaded_model_close(&w.loaded);
}

/* Where the embeddings of a and b stand side by side, each meets half of the rows. */
static void
neurons_read_each_operand_by_its_half(void **state)
{
    (void)state;
    enum { WIDTH = 4, NEURONS = 12 };
    gsc_loaded_model loaded;
    gsc_matrix view;
    char path[GSC_PATH_BYTES];
    assert_return_ok(gsc_run_step_path(two_halves, 0, path));
    assert_return_ok(gsc_loaded_model_open(&loaded, path));
    const double *W_E = named(&loaded, "embed.W_E"), *W = named(&loaded, "linear1.W");
    for (size_t half = 0; half < 2; half++) {
        gsc_view which = half == 0 ? GSC_VIEW_NEURON_IN : GSC_VIEW_NEURON_IN_RIGHT;
        assert_return_ok(
            gsc_loaded_model_view(&loaded, which, GSC_RESIDUE_ORDER_PLAIN, &view));
        assert_int_equal(view.rows * view.cols, P * NEURONS);
        for (size_t i = 0; i < P * NEURONS; i++) {
            double read = 0;
            for (size_t d = 0; d < WIDTH; d++)
                read += W_E[i / NEURONS * WIDTH + d] *
                        W[(half * WIDTH + d) * NEURONS + i % NEURONS];
            assert_close(view.data[i], read, 1e-12);
        }
        gsc_matrix_free(&view);
    }
    gsc_loaded_model_close(&loaded);
}

/* ---- Ranks ---- */

/* At the last step the keys by energy are the first of all. */
static void
final_keys_lead_at_the_end(void **state)
{
    (void)state;
    gsc_measured_runs s;
    ask_run(&gsc_measure_fourier, TENSOR, small, "last", false, &s);
    for (size_t row = 0; row < gsc_rows_count(&s.rows); row++) {
        int64_t n = cell_of(&s, row, "num_final")->integer;
        double rank = cell_of(&s, row, "final_rank")->real;
        if (n > 0) {
            assert_close(rank, (double)(n + 1) / 2, 1e-12);
            assert_close(cell_of(&s, row, "final_rank_expected")->real, 2, 1e-12);
        } else {
            assert_true(isnan(rank));
        }
    }
    gsc_measured_runs_free(&s);
}

/* ---- Pairs of frequencies ---- */

/* (cos A + cos B)^2 has 4 / 5 of its variance in 2 cos A cos B, at (k, k), and 1 / 10
 * in each half of cos 2A + cos 2B; 500 neurons have the frequencies 1 … 48 in turn. */
static void
neurons_of_the_analytic_network_lie_on_the_diagonal(void **state)
{
    (void)state;
    gsc_measured_runs s;
    ask_run(&gsc_measure_fourier, PAIR, analytic, "last", false, &s);
    assert_int_equal(gsc_rows_count(&s.rows), 49 * 49);
    for (size_t k = 1; k < 49; k++) {
        size_t of_k = 500 / 48 + (k <= 500 % 48),
               doubled = 2 * k <= 48 ? 2 * k : 97 - 2 * k;
        double part = (double)of_k / 500;
        assert_int_equal(cell_of(&s, 50 * k, "frequency_a")->integer, k);
        assert_int_equal(cell_of(&s, 50 * k, "frequency_b")->integer, k);
        assert_close(cell_of(&s, 50 * k, "neuron_fraction")->real, part * 0.8, 1e-9);
        assert_close(cell_of(&s, 49 * doubled, "neuron_fraction")->real, part * 0.1,
                     1e-9);
        assert_close(cell_of(&s, doubled, "neuron_fraction")->real, part * 0.1, 1e-9);
    }
    gsc_measured_runs_free(&s);
}

static void
powers_of_pairs_add_up_to_the_squares(void **state)
{
    (void)state;
    gsc_measured_runs s;
    gsc_loaded_model loaded;
    gsc_pair_outputs r;
    char path[128];
    snprintf(path, sizeof path, "%s/step-000000020.h5", small);
    assert_return_ok(gsc_loaded_model_open(&loaded, path));
    assert_return_ok(gsc_pair_outputs_init(&r, &loaded, GSC_RESIDUE_ORDER_PLAIN, true));
    assert_return_ok(gsc_pair_outputs_run(&r, loaded.weights, NULL));
    ask_run(&gsc_measure_fourier, PAIR, small, "last", false, &s);
    double logits = 0, neurons = 0, found_logits = 0, found_neurons = 0, fractions = 0;
    const double *acts = r.neurons;
    for (size_t i = 0; i < 7 * 7 * 7; i++)
        logits += r.logits[i] * r.logits[i];
    for (size_t i = 0; i < 7 * 7 * r.evaluator.num_neurons; i++)
        neurons += acts[i] * acts[i];
    for (size_t i = 0; i < gsc_rows_count(&s.rows); i++) {
        found_logits += cell_of(&s, i, "logit_power")->real;
        found_neurons += cell_of(&s, i, "neuron_power")->real;
        fractions += cell_of(&s, i, "logit_fraction")->real;
    }
    assert_close(found_logits / logits, 1, 1e-12);
    assert_close(found_neurons / neurons, 1, 1e-12);
    assert_close(fractions, 1, 1e-12);
    gsc_measured_runs_free(&s);
    gsc_pair_outputs_free(&r);
    gsc_loaded_model_close(&loaded);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_column_of_the_analytic_network_is_one_wave),
        cmocka_unit_test(a_neuron_of_the_analytic_network_has_its_frequency),
        cmocka_unit_test(the_analytic_network_is_in_phase),
        cmocka_unit_test(all_frequencies_of_the_analytic_network_are_key_but_by_energy),
        cmocka_unit_test(a_score_is_that_of_the_answers_query_with_a_token),
        cmocka_unit_test(neurons_read_a_token_through_each_head),
        cmocka_unit_test(neurons_read_a_token_directly),
        cmocka_unit_test(neurons_read_each_operand_by_its_half),
        cmocka_unit_test(final_keys_lead_at_the_end),
        cmocka_unit_test(neurons_of_the_analytic_network_lie_on_the_diagonal),
        cmocka_unit_test(powers_of_pairs_add_up_to_the_squares),
    };
    return cmocka_run_group_tests_name("spectra", tests, make_runs, remove_runs);
}
