/* The measure "sharpness", and the gradient of the loss that it follows. */
#include "one_run.h"

#include "analyze/network/loss/loss_gradient.h"

#include <math.h>
#include <stdlib.h>

static int
make_run(void **state)
{
    static const char *const changes[][2] = {
        {"p", "5"},     {"d_model", "8"}, {"n_heads", "2"},
        {"d_mlp", "8"}, {"steps", "40"},  {"checkpoints", "linear:40"},
        {NULL, NULL}};
    return make_one_run(state, "demo", changes);
}

static void
open_last(gsc_loaded_model *loaded, gsc_loss_gradient *loss)
{
    char path[GSC_PATH_BYTES];
    assert_return_ok(gsc_run_step_path(folder, 40, path));
    assert_return_ok(gsc_loaded_model_open(loaded, path));
    assert_return_ok(gsc_loss_gradient_open(loss, loaded));
}

static void
the_gradient_is_that_of_finite_differences(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_loss_gradient loss;
    double f, up, down;
    const double *gradient;
    open_last(&loaded, &loss);
    double *kept = calloc(loaded.num_weights, sizeof *kept);
    assert_return_ok(gsc_loss_gradient_run(&loss, loaded.weights, NULL, &f, &gradient));
    memcpy(kept, gradient, loaded.num_weights * sizeof *kept);
    for (size_t i = 0; i < loaded.num_weights; i += 37) {
        double w = loaded.weights[i], h = 1e-5;
        loaded.weights[i] = w + h;
        assert_return_ok(
            gsc_loss_gradient_run(&loss, loaded.weights, NULL, &up, &gradient));
        loaded.weights[i] = w - h;
        assert_return_ok(
            gsc_loss_gradient_run(&loss, loaded.weights, NULL, &down, &gradient));
        loaded.weights[i] = w;
        assert_close((up - down) / (2 * h), kept[i], 1e-7);
    }
    free(kept);
    gsc_loss_gradient_close(&loss);
    gsc_loaded_model_close(&loaded);
}

static double
ask(const char *options, const char *column)
{
    gsc_measured_runs s;
    ask_run_with(&gsc_measure_sharpness, 0, folder, "last", false, options, &s);
    double value = cell_of(&s, 0, column)->real;
    gsc_measured_runs_free(&s);
    return value;
}

/* In a box that is small enough the loss is linear, and largest in the corner that the
 * gradient points to: sum epsilon (|w| + 1) |g|. */
static void
a_small_box_shows_the_gradient(void **state)
{
    (void)state;
    static const char options[] = "subspace_dim=0:epsilon=1e-7";
    gsc_loaded_model loaded;
    gsc_loss_gradient loss;
    double f, rise = 0;
    const double *gradient;
    open_last(&loaded, &loss);
    assert_return_ok(gsc_loss_gradient_run(&loss, loaded.weights, NULL, &f, &gradient));
    for (size_t i = 0; i < loaded.num_weights; i++)
        rise += 1e-7 * (fabs(loaded.weights[i]) + 1) * fabs(gradient[i]);
    assert_close(ask(options, "loss"), f, 1e-14);
    assert_close((ask(options, "largest_loss") - f) / rise, 1, 1e-4);
    assert_close(ask(options, "sharpness") / (100 * rise / (1 + f)), 1, 1e-4);
    gsc_loss_gradient_close(&loss);
    gsc_loaded_model_close(&loaded);
}

/* A subspace is a part of all directions, another seed another part. */
static void
a_subspace_is_less_sharp_than_the_whole(void **state)
{
    (void)state;
    double in_few = ask("subspace_dim=10", "sharpness");
    double in_others = ask("subspace_dim=10:subspace_seed=1", "sharpness");
    assert_true(in_few > 0 && in_others > 0);
    assert_true(in_few > in_others || in_few < in_others);
    assert_true(in_few < ask("subspace_dim=0", "sharpness"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gradient_is_that_of_finite_differences),
        cmocka_unit_test(a_small_box_shows_the_gradient),
        cmocka_unit_test(a_subspace_is_less_sharp_than_the_whole),
    };
    return cmocka_run_group_tests(tests, make_run, remove_one_run);
}
