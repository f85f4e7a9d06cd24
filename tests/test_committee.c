/* The committee of polynomial neurons: its outputs, kernel and loss against what its
 * weights say. */
#include "one_run.h"

#include "analyze/network/loss/jacobian.h"
#include "grokscope/rng.h"

#include <stdlib.h>

enum { D = 6, N = 8, DRAWS = 400000 };
static const double epsilon = 0.4, alpha = 1.5;

static int
make_run(void **state)
{
    static const char *const changes[][2] = {{"d_in", "6"},
                                             {"d_mlp", "8"},
                                             {"curvature", "0.4"},
                                             {"train_samples", "30"},
                                             {"test_samples", "20"},
                                             {"output_scale", "1.5"},
                                             {"learning_rate", "2"},
                                             {"steps", "400"},
                                             {"checkpoints", "linear:400"},
                                             {"dtype", "float64"},
                                             {NULL, NULL}};
    return make_one_run(state, "kumar-polynomial", changes);
}

/* alpha mean phi(w_i . x), of a tensor [D, N]. */
static double
answer(const gsc_loaded_model *loaded, const char *name, const double x[D])
{
    const double *W = gsc_loaded_model_tensor(loaded, name)->data;
    double sum = 0;
    for (size_t k = 0; k < N; k++) {
        double h = 0;
        for (size_t i = 0; i < D; i++)
            h += x[i] * W[i * N + k];
        sum += h + epsilon * h * h / 2;
    }
    return alpha * sum / N;
}

static double
centred_answer(const gsc_loaded_model *loaded, const double x[D])
{
    return answer(loaded, "linear1.W", x) - answer(loaded, "initial.linear1.W", x);
}

static const double *
beta_of(const gsc_loaded_model *loaded)
{
    const void *beta;
    assert_return_ok(
        gsc_facet_array(gsc_facets_find(&loaded->checkpoint.facets, "single_index"),
                        "beta", GSC_FACET_REAL, (gsc_shape){1, {D}}, &beta));
    return beta;
}

static void
the_network_is_the_mean_of_its_neurons(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_jacobian j;
    double x[D];
    open_step(&loaded, 400);
    assert_return_ok(gsc_jacobian_open(&j, &loaded, GSC_EXAMPLES_TEST, 5, 0));
    assert_return_ok(gsc_jacobian_go_to(&j, loaded.weights, NULL));
    const gsc_field *field = gsc_dataset_find(&loaded.checkpoint.dataset, "x");
    const gsc_field *y = gsc_dataset_find(&loaded.checkpoint.dataset, "y");
    for (size_t e = 0; e < 5; e++) {
        double along = 0;
        for (size_t i = 0; i < D; i++) {
            x[i] = gsc_field_element(field, j.examples[e], i);
            along += beta_of(&loaded)[i] * x[i];
        }
        assert_close(j.outputs[e], centred_answer(&loaded, x), 1e-12);
        assert_close(gsc_field_element(y, j.examples[e], 0), along * along / 2, 1e-13);
    }
    gsc_jacobian_close(&j);
    gsc_loaded_model_close(&loaded);
}

/* N / alpha^2 K(x, x') = x.x' (1 + epsilon w.(x + x') + epsilon^2 x' M x'), equation 5
 * of the paper, which divides the learning rate instead. */
static double
kernel_of(const gsc_loaded_model *loaded, const double *x, const double *z)
{
    const double *W = gsc_loaded_model_tensor(loaded, "linear1.W")->data;
    double dot = 0, mean = 0, squares = 0;
    for (size_t i = 0; i < D; i++)
        dot += x[i] * z[i];
    for (size_t k = 0; k < N; k++) {
        double h = 0, g = 0;
        for (size_t i = 0; i < D; i++) {
            h += x[i] * W[i * N + k];
            g += z[i] * W[i * N + k];
        }
        mean += (h + g) / N;
        squares += h * g / N;
    }
    return dot * (1 + epsilon * mean + epsilon * epsilon * squares);
}

static void
the_kernel_is_that_of_the_paper(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_jacobian j;
    gsc_matrix kernel;
    double x[7][D];
    open_step(&loaded, 400);
    assert_return_ok(gsc_jacobian_open(&j, &loaded, GSC_EXAMPLES_TEST, 7, 0));
    assert_return_ok(gsc_jacobian_go_to(&j, loaded.weights, NULL));
    assert_return_ok(gsc_tangent_kernel(&j, false, &kernel));
    const gsc_field *field = gsc_dataset_find(&loaded.checkpoint.dataset, "x");
    for (size_t e = 0; e < 7; e++)
        for (size_t i = 0; i < D; i++)
            x[e][i] = gsc_field_element(field, j.examples[e], i);
    for (size_t a = 0; a < 7; a++)
        for (size_t b = 0; b < 7; b++)
            assert_close(kernel.data[a * 7 + b] * N / (alpha * alpha),
                         kernel_of(&loaded, x[a], x[b]), 1e-12);
    gsc_matrix_free(&kernel);
    gsc_jacobian_close(&j);
    gsc_loaded_model_close(&loaded);
}

/* The formula's loss against that over many inputs of the task's distribution. */
static void
check_loss(int64_t step)
{
    gsc_loaded_model loaded;
    gsc_measured_runs s;
    double loss = 0, x[D];
    char which[32];
    snprintf(which, sizeof which, "%d", (int)step);
    open_step(&loaded, step);
    const double *beta = beta_of(&loaded);
    for (size_t e = 0; e < DRAWS; e++) {
        double along = 0;
        for (size_t i = 0; i < D; i++) {
            x[i] = gsc_rng_normal(11, 12, e * D + i) / sqrt(D);
            along += beta[i] * x[i];
        }
        loss += pow(centred_answer(&loaded, x) - along * along / 2, 2) / DRAWS;
    }
    ask_run(&gsc_measure_committee, 0, folder, which, false, &s);
    assert_close(cell_of(&s, 0, "loss")->real / loss, 1, 0.03);
    assert_close(cell_of(&s, 0, "loss_of_trace")->real +
                     cell_of(&s, 0, "loss_of_features")->real +
                     cell_of(&s, 0, "loss_of_mean")->real,
                 cell_of(&s, 0, "loss")->real, 1e-14);
    gsc_measured_runs_free(&s);
    gsc_loaded_model_close(&loaded);
}

/* At step 0 nothing is predicted: E y^2 = 3/4, of which 1/4 is of the trace. */
static void
the_formula_is_the_loss_over_all_inputs(void **state)
{
    (void)state;
    gsc_measured_runs s;
    check_loss(0);
    check_loss(400);
    ask_run(&gsc_measure_committee, 0, folder, "all", false, &s);
    assert_close(cell_of(&s, 0, "loss")->real, 0.75, 1e-12);
    assert_close(cell_of(&s, 0, "loss_of_trace")->real, 0.25, 1e-12);
    assert_true(cell_of(&s, 1, "loss")->real < 0.5);
    assert_true(cell_of(&s, 1, "feature_alignment")->real > 0.5);
    gsc_measured_runs_free(&s);
}

/* ---- Mistakes ---- */

static void
what_is_no_committee_is_refused(void **state)
{
    (void)state;
    gsc_config config;
    gsc_network network;
    assert_return_ok(gsc_config_default(&config));
    assert_return_ok(gsc_config_set(&config, "architecture", "committee"));
    assert_fails(gsc_network_init(&network, &config), GSC_EARGUMENT,
                 "committee takes numbers");
    assert_return_ok(gsc_config_set(&config, "task", "teacher_student"));
    assert_fails(gsc_network_init(&network, &config), GSC_EARGUMENT,
                 "committee has one output, but this task asks for 5");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_network_is_the_mean_of_its_neurons),
        cmocka_unit_test(the_kernel_is_that_of_the_paper),
        cmocka_unit_test(the_formula_is_the_loss_over_all_inputs),
        cmocka_unit_test(what_is_no_committee_is_refused),
    };
    return cmocka_run_group_tests(tests, make_run, remove_one_run);
}
