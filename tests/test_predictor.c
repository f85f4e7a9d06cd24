/* Outputs that are scaled, and those that the first weights gave taken from them. */
#include "one_run.h"

#include <stdlib.h>

enum { EXAMPLES = 40, OUTPUTS = 5 };

static int
make_run(void **state)
{
    static const char *const changes[][2] = {
        {"hidden", "8,8"},         {"steps", "30"},      {"checkpoints", "linear:10"},
        {"train_samples", "20"},   {"save_on", ""},      {"test_samples", "20"},
        {"output_scale", "3"},     {"dtype", "float64"}, {"center_output", "yes"},
        {"save_state", "list:20"}, {NULL, NULL}};
    return make_one_run(state, "teacher-student", changes);
}

/* f [EXAMPLES, OUTPUTS]: what a model says of all examples. */
static void
ask(const gsc_model *model, const gsc_dataset *dataset, const double *weights,
    double *f)
{
    gsc_engine *engine;
    const gsc_engine_options options = {
        .type = GSC_FLOAT64, .taps = &model->logits, .num_taps = 1};
    const gsc_batch batch = {.fields = dataset->fields,
                             .num_fields = dataset->num_fields,
                             .num_examples = EXAMPLES};
    void *taps[] = {f};
    assert_return_ok(gsc_engine_open(&engine, model->graph, &options));
    assert_return_ok(gsc_engine_run(engine, NULL, weights, &batch, taps, NULL));
    gsc_engine_close(engine);
}

/* The same of the network without scale and centre, its weights those of tensors
 * "<prefix>…". */
static void
ask_plain(const gsc_loaded_model *loaded, const char *prefix, double *f)
{
    gsc_config config = loaded->config;
    gsc_model model;
    size_t count;
    char name[2 * GSC_NAME_BYTES];
    config.init.center_output = false;
    config.init.output_scale = 1;
    assert_return_ok(gsc_config_model(&config, &loaded->checkpoint.dataset, &model));
    double *weights = calloc(gsc_graph_num_weights(model.graph), sizeof *weights);
    const gsc_parameter *p = gsc_graph_parameters(model.graph, &count);
    for (size_t i = 0; i < count; i++) {
        snprintf(name, sizeof name, "%s%s", prefix, p[i].name);
        const gsc_tensor *t = gsc_loaded_model_tensor(loaded, name);
        assert_non_null(t);
        memcpy(weights + p[i].offset, t->data,
               gsc_shape_count(t->shape) * sizeof *weights);
    }
    ask(&model, &loaded->checkpoint.dataset, weights, f);
    gsc_model_free(&model);
    free(weights);
}

static void
nothing_is_predicted_at_first(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    double f[EXAMPLES * OUTPUTS];
    open_step(&loaded, 0);
    ask(&loaded.model, &loaded.checkpoint.dataset, loaded.weights, f);
    for (size_t i = 0; i < EXAMPLES * OUTPUTS; i++)
        assert_close(f[i], 0, 1e-13);
    gsc_loaded_model_close(&loaded);
}

static void
outputs_are_what_has_changed_times_the_scale(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    double f[EXAMPLES * OUTPUTS], now[EXAMPLES * OUTPUTS], before[EXAMPLES * OUTPUTS];
    double most = 0;
    open_step(&loaded, 30);
    ask(&loaded.model, &loaded.checkpoint.dataset, loaded.weights, f);
    ask_plain(&loaded, "", now);
    ask_plain(&loaded, GSC_INITIAL, before);
    for (size_t i = 0; i < EXAMPLES * OUTPUTS; i++) {
        assert_close(f[i], 3 * (now[i] - before[i]), 1e-12);
        most = fmax(most, fabs(f[i]));
    }
    assert_true(most > 1e-3);
    gsc_loaded_model_close(&loaded);
}

/* The recipe's init_scale of 2 is in both. */
static void
the_copies_stay_what_step_0_had(void **state)
{
    (void)state;
    gsc_loaded_model first, last;
    char name[2 * GSC_NAME_BYTES];
    size_t compared = 0;
    open_step(&first, 0);
    open_step(&last, 30);
    for (size_t i = 0; i < first.num_tensors; i++) {
        const gsc_tensor *t = &first.tensors[i];
        size_t bytes = gsc_shape_count(t->shape) * sizeof(double);
        snprintf(name, sizeof name, "%s%s", GSC_INITIAL, t->name);
        const gsc_tensor *copy = gsc_loaded_model_tensor(&last, name);
        if (!t->trained)
            continue;
        assert_true(copy && !copy->trained);
        assert_memory_equal(copy->data, t->data, bytes);
        assert_memory_not_equal(gsc_loaded_model_tensor(&last, t->name)->data, t->data,
                                bytes);
        compared++;
    }
    assert_int_equal(compared, 6);
    gsc_loaded_model_close(&first);
    gsc_loaded_model_close(&last);
}

/* Every measure that differentiates sees the scaled outputs: f and so its kernel. */
static void
kernels_grow_with_the_square_of_the_scale(void **state)
{
    (void)state;
    static const char *const changes[][2] = {
        {"hidden", "8,8"},       {"steps", "0"},  {"checkpoints", "linear:10"},
        {"train_samples", "20"}, {"save_on", ""}, {"test_samples", "20"},
        {"dtype", "float64"},    {NULL, NULL}};
    gsc_measured_runs scaled, plain;
    char other[32];
    train_run("teacher-student", changes, other);
    ask_run(&gsc_measure_ntk, 0, folder, "first", false, &scaled);
    ask_run(&gsc_measure_ntk, 0, other, "first", false, &plain);
    assert_close(cell_of(&scaled, 0, "trace")->real / cell_of(&plain, 0, "trace")->real,
                 9, 1e-9);
    gsc_measured_runs_free(&scaled);
    gsc_measured_runs_free(&plain);
    remove_run(other);
}

static void
names_that_leave_no_room_are_refused(void **state)
{
    (void)state;
    gsc_graph *g;
    char name[GSC_NAME_BYTES - 2] = "";
    memset(name, 'x', sizeof name - 1);
    assert_return_ok(gsc_graph_open(&g));
    gsc_node W =
        gsc_graph_parameter(g, name, "a", (gsc_shape){1, {3}},
                            (gsc_initializer){GSC_INITIALIZER_CONSTANT, 1, NULL}, true);
    assert_int_equal(gsc_graph_at_initial(g, gsc_graph_scale(g, W, 2)), GSC_NO_NODE);
    assert_fails(gsc_graph_status(g), GSC_EARGUMENT, "a name too long to be copied");
    gsc_graph_close(g);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_predicted_at_first),
        cmocka_unit_test(outputs_are_what_has_changed_times_the_scale),
        cmocka_unit_test(the_copies_stay_what_step_0_had),
        cmocka_unit_test(kernels_grow_with_the_square_of_the_scale),
        cmocka_unit_test(names_that_leave_no_room_are_refused),
    };
    return cmocka_run_group_tests(tests, make_run, remove_one_run);
}
