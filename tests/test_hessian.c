/* The measures "hessian", "llc" and "commutator" on a network whose loss is quadratic:
 * f = h W, h what a frozen layer makes of x, and the loss mean |f - y|^2 / outputs.
 * With C outputs its Hessian is H = 2/C mean(h h') for each column of W. */
#include "one_run.h"

#include "analyze/network/loss/hessian.h"
#include "grokscope/rng.h"
#include "train/numeric/linalg.h"

#include <stdlib.h>

enum { D = 4, H = 3, C = 2, EXAMPLES = 12 };

static int
make_run(void **state)
{
    static const char *const changes[][2] = {
        {"d_in", "4"},           {"d_out", "2"},       {"d_hidden", "6"},
        {"hidden", "3"},         {"biases", "absent"}, {"act_fn", "identity"},
        {"freeze", "linear1.*"}, {"steps", "40"},      {"checkpoints", "linear:40"},
        {"train_samples", "12"}, {"save_on", ""},      {"test_samples", "20"},
        {"dtype", "float64"},    {NULL, NULL}};
    return make_one_run(state, "teacher-student", changes);
}

/* 2/C mean(h h') [H, H] over the training examples. */
static void
block_of(const gsc_loaded_model *loaded, gsc_matrix *block)
{
    const gsc_dataset *dataset = &loaded->checkpoint.dataset;
    const gsc_field *x = gsc_dataset_find(dataset, "x");
    const gsc_split *train = gsc_dataset_split(dataset, "train");
    const double *W = gsc_loaded_model_tensor(loaded, "linear1.W")->data;
    assert_int_equal(train->count, EXAMPLES);
    assert_return_ok(gsc_matrix_init(block, H, H));
    for (size_t e = 0; e < EXAMPLES; e++) {
        double h[H] = {0};
        for (size_t i = 0; i < D; i++)
            for (size_t k = 0; k < H; k++)
                h[k] += gsc_field_element(x, train->indices[e], i) * W[i * H + k];
        for (size_t i = 0; i < H * H; i++)
            block->data[i] += 2.0 / C * h[i / H] * h[i % H] / EXAMPLES;
    }
}

static size_t
place_of(const gsc_loaded_model *loaded)
{
    const gsc_tensor *t = gsc_loaded_model_tensor(loaded, "linear2.W");
    return (size_t)((const double *)t->data - loaded->weights);
}

static void
products_are_those_of_the_closed_form(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_hessian hessian;
    gsc_matrix block;
    open_step(&loaded, 40);
    block_of(&loaded, &block);
    assert_return_ok(gsc_hessian_open(&hessian, &loaded, NULL, 1e-2, NULL));
    double *v = calloc(loaded.num_weights, sizeof *v);
    double *out = calloc(loaded.num_weights, sizeof *out);
    size_t at = place_of(&loaded);
    for (size_t i = 0; i < H * C; i++)
        v[at + i] = gsc_rng_normal(1, 2, i);
    assert_return_ok(gsc_hessian_product(&hessian, v, out));
    for (size_t k = 0; k < H; k++)
        for (size_t o = 0; o < C; o++) {
            double expected = 0;
            for (size_t j = 0; j < H; j++)
                expected += block.data[k * H + j] * v[at + j * C + o];
            assert_close(out[at + k * C + o], expected, 1e-11);
        }
    assert_true(hessian.error < 1e-10);
    free(v);
    free(out);
    gsc_matrix_free(&block);
    gsc_hessian_close(&hessian);
    gsc_loaded_model_close(&loaded);
}

static void
the_spectrum_is_that_of_the_closed_form(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_matrix block;
    gsc_measured_runs s;
    double values[H], trace = 0;
    open_step(&loaded, 40);
    block_of(&loaded, &block);
    assert_return_ok(gsc_eigen_symmetric(&block, values, NULL));
    for (size_t i = 0; i < H; i++)
        trace += C * values[i];
    ask_run_with(&gsc_measure_hessian, 0, folder, "last", false,
                 "probes=400:difference=0.01", &s);
    assert_close(cell_of(&s, 0, "eigenvalue_1")->real, values[0], 1e-9);
    assert_close(cell_of(&s, 0, "eigenvalue_2")->real, values[1], 1e-9);
    assert_close(cell_of(&s, 0, "eigenvalue_last")->real, values[H - 1], 1e-9);
    assert_true(cell_of(&s, 0, "residual_1")->real < 1e-8);
    double error = cell_of(&s, 0, "trace_error")->real;
    assert_true(error > 0 && error < 0.1 * trace);
    assert_close(cell_of(&s, 0, "trace")->real, trace, 4 * error);
    gsc_measured_runs_free(&s);
    gsc_matrix_free(&block);
    gsc_loaded_model_close(&loaded);
}

/* Of a network of tanh H is symmetric, and a step of 1e-4, whose error is of order
 * 1e-8, tells what the default step makes of it. */
static void
products_over_the_default_step_are_symmetric(void **state)
{
    (void)state;
    static const char *const changes[][2] = {
        {"d_in", "4"},        {"d_out", "2"},         {"d_hidden", "6"},
        {"hidden", "5"},      {"act_fn", "tanh"},     {"steps", "0"},
        {"save_on", ""},      {"init_scale", "2"},    {"train_samples", "12"},
        {"dtype", "float64"}, {"test_samples", "20"}, {NULL, NULL}};
    char curved[32], path[GSC_PATH_BYTES];
    gsc_loaded_model loaded;
    gsc_hessian fine, coarse;
    train_run("teacher-student", changes, curved);
    assert_return_ok(gsc_run_step_path(curved, 0, path));
    assert_return_ok(gsc_loaded_model_open(&loaded, path));
    assert_return_ok(gsc_hessian_open(&fine, &loaded, NULL, GSC_HESSIAN_STEP, NULL));
    assert_return_ok(gsc_hessian_open(&coarse, &loaded, NULL, 1e-4, NULL));
    size_t n = loaded.num_weights;
    double *u = calloc(5 * n, sizeof *u), uHv = 0, vHu = 0, size = 0;
    double *v = u + n, *Hu = u + 2 * n, *Hv = u + 3 * n, *again = u + 4 * n;
    for (size_t i = 0; i < n; i++) {
        u[i] = fine.marks[i] * gsc_rng_normal(1, 3, i);
        v[i] = fine.marks[i] * gsc_rng_normal(1, 4, i);
    }
    assert_return_ok(gsc_hessian_product(&fine, u, Hu));
    assert_return_ok(gsc_hessian_product(&fine, v, Hv));
    assert_return_ok(gsc_hessian_product(&coarse, v, again));
    for (size_t i = 0; i < n; i++) {
        uHv += u[i] * Hv[i];
        vHu += v[i] * Hu[i];
        size = fmax(size, fabs(Hv[i]));
    }
    for (size_t i = 0; i < n; i++)
        assert_close(Hv[i], again[i], 1e-6 * size);
    assert_true(size > 1e-3 && fine.error > 0 && fine.error < 1e-6);
    assert_close(uHv, vHu, 1e-6 * fabs(uHv) + 1e-6 * size);
    free(u);
    gsc_hessian_close(&fine);
    gsc_hessian_close(&coarse);
    gsc_loaded_model_close(&loaded);
    remove_run(curved);
}

/* The Ritz values' weights are the density's, at whatever points it is told. */
static void
tables_tell_of_every_probe(void **state)
{
    (void)state;
    gsc_measured_runs s;
    double sum = 0, weight = 0;
    ask_run_with(&gsc_measure_hessian, 1, folder, "last", false,
                 "probes=2:lanczos_steps=10:probe_seed=5:difference=0.01", &s);
    assert_int_equal(gsc_rows_count(&s.rows), 2 * H);
    for (size_t i = 0; i < 2 * H; i++)
        weight += cell_of(&s, i, "weight")->real;
    assert_close(weight, 2, 1e-12);
    gsc_measured_runs_free(&s);
    ask_run_with(&gsc_measure_hessian, 2, folder, "last", false,
                 "grid=401:difference=0.01", &s);
    assert_int_equal(gsc_rows_count(&s.rows), 401);
    double apart = cell_of(&s, 1, "value")->real - cell_of(&s, 0, "value")->real;
    for (size_t i = 0; i < 401; i++)
        sum += apart * cell_of(&s, i, "density")->real;
    assert_close(sum, 1, 0.01);
    gsc_measured_runs_free(&s);
}

/* ---- Langevin dynamics ---- */

/* The loss is quadratic with H above, and the chain linear, so that
 *     E llc = sum_i n_beta h_i / (2 (n_beta h_i + gamma)) / (1 - epsilon (…) / 4)
 * beside what the gradient at the weights, which are no minimum, pulls. With gamma
 * large nothing moves far: the estimate is then close to n_beta Tr H / (2 gamma) +
 * what follows from the gradient, which a short chain of the same seed shows. */
static double
expected_llc(const double *values, double epsilon, double gamma, double n_beta)
{
    double sum = 0;
    for (size_t i = 0; i < H; i++) {
        double pull = n_beta * values[i] + gamma;
        sum += C * n_beta * values[i] / (2 * pull) / (1 - epsilon * pull / 4);
    }
    return sum;
}

/* What the gradient adds: the chain's mean lies where n_beta dL + gamma (w - w0) = 0.
 */
static double
drop_of(const gsc_loaded_model *loaded, const gsc_matrix *block, double gamma,
        double n_beta)
{
    gsc_loss_gradient loss;
    const double *g;
    double f, values[H], sum = 0;
    gsc_matrix vectors;
    size_t at = place_of(loaded);
    assert_return_ok(gsc_eigen_symmetric(block, values, &vectors));
    assert_return_ok(gsc_loss_gradient_open(&loss, loaded));
    assert_return_ok(gsc_loss_gradient_run(&loss, loaded->weights, NULL, &f, &g));
    for (size_t i = 0; i < H; i++)
        for (size_t o = 0; o < C; o++) {
            double along = 0, h = values[i];
            for (size_t k = 0; k < H; k++)
                along += vectors.data[i * H + k] * g[at + k * C + o];
            double moved = -n_beta * along / (n_beta * h + gamma);
            sum += along * moved + h * moved * moved / 2;
        }
    gsc_matrix_free(&vectors);
    gsc_loss_gradient_close(&loss);
    return n_beta * sum;
}

static void
langevin_dynamics_tell_what_a_quadratic_loss_should(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_matrix block;
    gsc_measured_runs s;
    double values[H];
    open_step(&loaded, 40);
    block_of(&loaded, &block);
    assert_return_ok(gsc_eigen_symmetric(&block, values, NULL));
    ask_run_with(&gsc_measure_llc, 0, folder, "last", false,
                 "epsilon=0.02:gamma=10:n_beta=20:draws=20000:burn_in=500:chains=2",
                 &s);
    double expected =
        expected_llc(values, 0.02, 10, 20) + drop_of(&loaded, &block, 10, 20);
    assert_close(cell_of(&s, 0, "llc")->real, expected, 0.08);
    assert_close(cell_of(&s, 0, "n_beta")->real, 20, 0);
    assert_int_equal(cell_of(&s, 0, "draws")->integer, 20000);
    assert_int_equal(cell_of(&s, 0, "chains")->integer, 2);
    gsc_measured_runs_free(&s);
    gsc_matrix_free(&block);
    gsc_loaded_model_close(&loaded);
}

static void
settings_stand_beside_the_estimate(void **state)
{
    (void)state;
    gsc_measured_runs s;
    ask_run_with(&gsc_measure_llc, 0, folder, "last", false,
                 "draws=4:burn_in=2:chains=1:batch=5:chain_seed=2", &s);
    assert_close(cell_of(&s, 0, "n_beta")->real, 12 / log(12), 1e-12);
    assert_int_equal(cell_of(&s, 0, "batch")->integer, 5);
    assert_true(isnan(cell_of(&s, 0, "spread")->real));
    gsc_measured_runs_free(&s);
    ask_run_with(&gsc_measure_llc, 1, folder, "last", false, "draws=4:chains=3", &s);
    assert_int_equal(gsc_rows_count(&s.rows), 3);
    gsc_measured_runs_free(&s);
    ask_run_with(&gsc_measure_llc, 3, folder, "last", false, "draws=4:chains=3", &s);
    assert_int_equal(gsc_rows_count(&s.rows), 12);
    gsc_measured_runs_free(&s);
}

/* From steps that are too short for the draws to move to those that diverge. */
static void
a_sweep_shows_where_chains_diverge(void **state)
{
    (void)state;
    gsc_measured_runs s;
    ask_run_with(&gsc_measure_llc, 2, folder, "last", false,
                 "draws=3000:n_beta=1000:gamma=1000:burn_in=0:sweep_from=1e-6:"
                 "sweep_to=1:sweep_points=3",
                 &s);
    assert_int_equal(gsc_rows_count(&s.rows), 3);
    assert_close(cell_of(&s, 1, "epsilon")->real, 1e-3, 1e-15);
    assert_string_not_equal(cell_of(&s, 0, "verdict")->text, "diverged");
    assert_string_equal(cell_of(&s, 2, "verdict")->text, "diverged");
    gsc_measured_runs_free(&s);
}

/* ---- The commutator ---- */

/* theta_AB - theta_BA = rate^2 (H_B g_A - H_A g_B), exactly where losses are
 * quadratic: whatever the rate, the defect is one number. */
static void
the_defect_does_not_depend_on_the_rate(void **state)
{
    (void)state;
    gsc_measured_runs slow, fast;
    ask_run_with(&gsc_measure_commutator, 0, folder, "last", false,
                 "batch=3:rate=1e-3:batch_pairs=4", &slow);
    ask_run_with(&gsc_measure_commutator, 0, folder, "last", false,
                 "batch=3:rate=0.1:batch_pairs=4", &fast);
    double defect = cell_of(&slow, 0, "defect")->real;
    assert_true(defect > 1e-3);
    assert_close(cell_of(&fast, 0, "defect")->real / defect, 1, 1e-6);
    assert_true(cell_of(&slow, 0, "least")->real <= defect &&
                defect <= cell_of(&slow, 0, "most")->real);
    assert_int_equal(cell_of(&slow, 0, "pairs")->integer, 4);
    gsc_measured_runs_free(&slow);
    gsc_measured_runs_free(&fast);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_those_of_the_closed_form),
        cmocka_unit_test(products_over_the_default_step_are_symmetric),
        cmocka_unit_test(the_spectrum_is_that_of_the_closed_form),
        cmocka_unit_test(tables_tell_of_every_probe),
        cmocka_unit_test(langevin_dynamics_tell_what_a_quadratic_loss_should),
        cmocka_unit_test(settings_stand_beside_the_estimate),
        cmocka_unit_test(a_sweep_shows_where_chains_diverge),
        cmocka_unit_test(the_defect_does_not_depend_on_the_rate),
    };
    return cmocka_run_group_tests(tests, make_run, remove_one_run);
}
