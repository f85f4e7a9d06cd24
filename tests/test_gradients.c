/* The measure "gradients": against differences of losses and Fourier sums. */
#include "one_run.h"

#include "analyze/network/loss/loss_gradient.h"
#include "analyze/network/pairs/key_rule.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int
make_run(void **state)
{
    static const char *const changes[][2] = {{"p", "11"},
                                             {"d_model", "16"},
                                             {"n_heads", "2"},
                                             {"d_mlp", "32"},
                                             {"train_fraction", "0.7"},
                                             {"steps", "200"},
                                             {"save_on", ""},
                                             {"checkpoints", "linear:100"},
                                             {"dtype", "float64"},
                                             {NULL, NULL}};
    return make_one_run(state, "demo", changes);
}

/* (L(w + h u) - L(w - h u)) / 2h along the weights of a tensor that u marks. */
static double
slope(gsc_loss_gradient *loss, const gsc_split *split, const double *u)
{
    const double h = 1e-5;
    const gsc_loaded_model *loaded = loss->loaded;
    double f[2], *at = calloc(loaded->num_weights, sizeof *at);
    const double *ignored;
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < loaded->num_weights; i++)
            at[i] = loaded->weights[i] + (side ? h : -h) * u[i];
        assert_return_ok(gsc_loss_gradient_run_on(loss, at, NULL, split->indices,
                                                  split->count, &f[side], &ignored));
    }
    free(at);
    return (f[1] - f[0]) / (2 * h);
}

/* Norms by differences of losses, weight by weight. */
static void
norms_of_a_tensor_are_those_of_finite_differences(void **state)
{
    (void)state;
    gsc_measured_runs s;
    gsc_loaded_model loaded;
    gsc_loss_gradient loss;
    ask_run(&gsc_measure_gradients, 1, folder, "100", false, &s);
    open_step(&loaded, 100);
    assert_return_ok(gsc_loss_gradient_open(&loss, &loaded));
    const gsc_dataset *dataset = &loaded.checkpoint.dataset;
    const gsc_split *train = gsc_dataset_split(dataset, "train");
    const gsc_split *test = gsc_dataset_split(dataset, "test");
    size_t row = 0;
    while (strcmp(cell_of(&s, row, "tensor")->text, "blocks.0.attn.W_O") != 0)
        row++;
    const gsc_tensor *t = gsc_loaded_model_tensor(&loaded, "blocks.0.attn.W_O");
    size_t first = (size_t)((const double *)t->data - loaded.weights);
    double *u = calloc(loaded.num_weights, sizeof *u);
    double norm = 0, of_test = 0, both = 0, weights = 0, along = 0;
    for (size_t i = 0; i < gsc_shape_count(t->shape); i++) {
        u[first + i] = 1;
        double a = slope(&loss, train, u), b = slope(&loss, test, u);
        u[first + i] = 0;
        norm += a * a;
        of_test += b * b;
        both += a * b;
        weights += pow(loaded.weights[first + i], 2);
        along -= a * loaded.weights[first + i];
    }
    norm = sqrt(norm);
    of_test = sqrt(of_test);
    weights = sqrt(weights);
    assert_close(cell_of(&s, row, "gradient_norm")->real / norm, 1, 1e-5);
    assert_close(cell_of(&s, row, "test_gradient_norm")->real / of_test, 1, 1e-5);
    assert_close(cell_of(&s, row, "weight_norm")->real, weights, 1e-9);
    assert_close(cell_of(&s, row, "ratio")->real, norm / weights, 1e-5);
    assert_close(cell_of(&s, row, "cos_gradient_weights")->real,
                 along / (norm * weights), 1e-5);
    assert_close(cell_of(&s, row, "cos_train_test")->real, both / (norm * of_test),
                 1e-5);
    assert_close(cell_of(&s, row, "gradient_rms")->real,
                 norm / sqrt((double)gsc_shape_count(t->shape)), 1e-5);
    assert_true(isnan(cell_of(&s, row, "key_share")->real)); /* it has no residues */
    free(u);
    gsc_loss_gradient_close(&loss);
    gsc_loaded_model_close(&loaded);
    gsc_measured_runs_free(&s);
}

static void
tensors_add_up_to_the_checkpoint(void **state)
{
    (void)state;
    gsc_measured_runs s, all;
    double train = 0, test = 0, weights = 0;
    ask_run(&gsc_measure_gradients, 1, folder, "100", false, &s);
    ask_run(&gsc_measure_gradients, 0, folder, "100", false, &all);
    for (size_t i = 0; i < gsc_rows_count(&s.rows); i++) {
        train += pow(cell_of(&s, i, "gradient_norm")->real, 2);
        test += pow(cell_of(&s, i, "test_gradient_norm")->real, 2);
        weights += pow(cell_of(&s, i, "weight_norm")->real, 2);
    }
    assert_close(cell_of(&all, 0, "gradient_norm")->real, sqrt(train), 1e-9);
    assert_close(cell_of(&all, 0, "test_gradient_norm")->real, sqrt(test), 1e-9);
    assert_close(cell_of(&all, 0, "weight_norm")->real, sqrt(weights), 1e-9);
    gsc_measured_runs_free(&s);
    gsc_measured_runs_free(&all);
}

/* The power of the gradient of W_E at the last checkpoint's keys, by sums of cosines
 * and sines. */
static void
the_share_of_the_keys_is_that_of_fourier_sums(void **state)
{
    (void)state;
    enum { P = 11, D = 16 };
    gsc_measured_runs s;
    gsc_loaded_model loaded, last;
    gsc_loss_gradient loss;
    const double *g;
    double value, power[P / 2 + 1] = {0}, keys = 0, every = 0;
    bool key[P / 2 + 1];
    size_t num_keys = 0;
    ask_run_with(&gsc_measure_gradients, 1, folder, "100", false, "key_fve=0.3", &s);
    open_step(&loaded, 100);
    open_step(&last, 200);
    assert_return_ok(gsc_key_rule_find(GSC_KEYS_BY_NEURON, 0.3, &last,
                                       GSC_RESIDUE_ORDER_PLAIN, NULL, key));
    assert_return_ok(gsc_loss_gradient_open(&loss, &loaded));
    assert_return_ok(gsc_loss_gradient_run(&loss, loaded.weights, NULL, &value, &g));
    for (size_t k = 1; k <= P / 2; k++) {
        for (size_t j = 0; j < D; j++) {
            double re = 0, im = 0;
            for (size_t r = 0; r < P; r++) { /* W_E stands first, a row a token */
                double angle = 2 * acos(-1) * (double)(k * r) / P;
                re += cos(angle) * g[r * D + j];
                im += sin(angle) * g[r * D + j];
            }
            power[k] += re * re + im * im;
        }
        every += power[k];
        keys += key[k] ? power[k] : 0;
        num_keys += key[k];
    }
    assert_true(num_keys > 0 && num_keys < P / 2);
    assert_string_equal(cell_of(&s, 0, "tensor")->text, "embed.W_E");
    assert_close(cell_of(&s, 0, "key_share")->real, keys / every, 1e-9);
    assert_close(cell_of(&s, 0, "key_ratio")->real,
                 keys / every * (P / 2) / (double)num_keys, 1e-9);
    gsc_loss_gradient_close(&loss);
    gsc_loaded_model_close(&loaded);
    gsc_loaded_model_close(&last);
    gsc_measured_runs_free(&s);
}

static void
without_keys_nothing_is_said_of_them(void **state)
{
    (void)state;
    gsc_measured_runs s;
    ask_run_with(&gsc_measure_gradients, 0, folder, "0", false, "key_fve=1", &s);
    assert_true(isnan(cell_of(&s, 0, "key_share")->real));
    assert_true(cell_of(&s, 0, "gradient_norm")->real > 0);
    gsc_measured_runs_free(&s);
    ask_run_with(&gsc_measure_gradients, 0, folder, "0", false, "key_rule=logit", &s);
    double share = cell_of(&s, 0, "key_share")->real;
    assert_true(isnan(share) || (share >= 0 && share <= 1));
    gsc_measured_runs_free(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(norms_of_a_tensor_are_those_of_finite_differences),
        cmocka_unit_test(tensors_add_up_to_the_checkpoint),
        cmocka_unit_test(the_share_of_the_keys_is_that_of_fourier_sums),
        cmocka_unit_test(without_keys_nothing_is_said_of_them),
    };
    return cmocka_run_group_tests(tests, make_run, remove_one_run);
}
