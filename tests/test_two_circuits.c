/* Two circuits in the style of Varma et al.: the examples, and what their strengths do
 * against a computation by hand and against what the equations say. */
#include "one_run.h"

#include "train/data/circuit_fields.h"

enum { ANSWERS = 10, STEPS = 16000 };
static const double rate = 0.1, decay = 0.01, efficiency[2] = {2, 1};

static int
make_run(void **state)
{
    static const char *const changes[][2] = {
        {"steps", "16000"},     {"checkpoints", "linear:1000"}, {"train_samples", "3"},
        {"test_samples", "40"}, {"generalising_init", "1e-6"},  {NULL, NULL}};
    return make_one_run(state, "varma-ingredients", changes);
}

/* The weight of a circuit, of which both are alike. */
static double
weight_of(const gsc_loaded_model *loaded, const char *circuit)
{
    char name[GSC_NAME_BYTES];
    double w[2];
    for (int i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "%s.w_%d", circuit, i + 1);
        w[i] = *(const double *)gsc_loaded_model_tensor(loaded, name)->data;
    }
    assert_close(w[0], w[1], 1e-12 * w[1]);
    return w[0];
}

/* 1 - p of the right answer where its logit is z and the others' are 0. */
static double
missing(double z)
{
    return (ANSWERS - 1) / (exp(z) + ANSWERS - 1);
}

/* A cell of the history's last row. */
static double
last(const char *name)
{
    gsc_checkpoint c = {.step = 0};
    char path[GSC_PATH_BYTES];
    assert_return_ok(gsc_run_step_path(folder, STEPS, path));
    assert_return_ok(gsc_run_read_history(&c, path));
    const gsc_table *t = &c.history[0];
    size_t at = gsc_table_column(t, name);
    assert_true(at != SIZE_MAX);
    double value = t->values[(t->num_rows - 1) * t->num_values + at];
    gsc_checkpoint_free(&c);
    return value;
}

/* How much the logarithm of a circuit's logit grows between two steps. */
static double
growth(const char *circuit, int64_t from, int64_t to)
{
    gsc_loaded_model a, b;
    open_step(&a, from);
    open_step(&b, to);
    double grown = 2 * log(weight_of(&b, circuit) / weight_of(&a, circuit));
    gsc_loaded_model_close(&a);
    gsc_loaded_model_close(&b);
    return grown;
}

static void
the_memorising_circuit_is_right_only_where_it_trains(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    open_step(&loaded, 0);
    const gsc_dataset *d = &loaded.checkpoint.dataset;
    const gsc_field *label = gsc_dataset_find(d, "label");
    const gsc_field *tables[] = {gsc_dataset_find(d, GSC_GENERALISING),
                                 gsc_dataset_find(d, GSC_MEMORISING)};
    size_t labels[ANSWERS] = {0};
    for (size_t e = 0; e < 43; e++) {
        size_t right = (size_t)gsc_field_element(label, e, 0);
        labels[right]++;
        for (size_t c = 0; c < 2; c++) {
            double sum = 0;
            for (size_t a = 0; a < ANSWERS; a++)
                sum += gsc_field_element(tables[c], e, a);
            assert_close(sum, 1, 0);
            assert_close(gsc_field_element(tables[c], e, right), c == 0 || e < 3, 0);
        }
    }
    for (size_t a = 0; a < ANSWERS; a++)
        assert_in_range(labels[a], 1, 20);
    gsc_loaded_model_close(&loaded);
}

/* Every step by hand: w is multiplied by 1 + rate (efficiency (1 - p) - decay). */
static void
strengths_follow_the_gradient(void **state)
{
    (void)state;
    double w[2] = {1e-6, 0.3};
    gsc_loaded_model loaded;
    for (int64_t step = 0; step <= STEPS; step++) {
        double z = efficiency[0] * w[0] * w[0] + efficiency[1] * w[1] * w[1];
        if (step % 1000 == 0) {
            open_step(&loaded, step);
            assert_close(weight_of(&loaded, GSC_GENERALISING), w[0], 1e-9 * w[0]);
            assert_close(weight_of(&loaded, GSC_MEMORISING), w[1], 1e-9 * w[1]);
            gsc_loaded_model_close(&loaded);
        }
        for (int i = 0; i < 2; i++)
            w[i] *= 1 + rate * (efficiency[i] * missing(z) - decay);
    }
}

/* 1 - p = decay / efficiency of the circuit that rules, and the logit of the other one
 * grows or falls as e^(2 efficiency (1 - p - decay / efficiency) t). */
static void
circuits_grow_and_fall_at_the_rates_of_their_efficiencies(void **state)
{
    (void)state;
    const double time = 2000 * rate;
    gsc_loaded_model loaded;
    open_step(&loaded, 4000);
    assert_close(missing(pow(weight_of(&loaded, GSC_MEMORISING), 2)), decay, 1e-5);
    gsc_loaded_model_close(&loaded);
    assert_close(growth(GSC_GENERALISING, 3000, 5000), 2 * decay * time, 0.01);
    assert_close(growth(GSC_MEMORISING, 14000, STEPS), -decay * time, 0.01);
    assert_close(last("train_loss"), -log(1 - decay / 2), 1e-5);
}

/* Both circuits alone are reported: the loss of one whose logit is z. */
static void
the_history_has_the_loss_of_each_circuit(void **state)
{
    (void)state;
    static const char *const names[] = {GSC_GENERALISING, GSC_MEMORISING};
    gsc_loaded_model loaded;
    open_step(&loaded, STEPS);
    for (size_t c = 0; c < 2; c++) {
        char name[64];
        double w = weight_of(&loaded, names[c]), z = efficiency[c] * w * w;
        snprintf(name, sizeof name, "train_%s_loss", names[c]);
        assert_close(last(name), -log(1 - missing(z)), 1e-12);
        snprintf(name, sizeof name, "test_%s_loss", names[c]);
        assert_close(last(name),
                     c == 0 ? -log(1 - missing(z)) : log(exp(z) + ANSWERS - 1), 1e-12);
    }
    assert_close(last("test_memorising_accuracy"), 0, 0);
    assert_close(last("test_accuracy"), 1, 0);
    gsc_loaded_model_close(&loaded);
}

static void
other_tasks_are_refused(void **state)
{
    (void)state;
    gsc_config config;
    gsc_network network;
    assert_return_ok(gsc_config_default(&config));
    assert_return_ok(gsc_config_set(&config, "architecture", "two_circuits"));
    assert_fails(gsc_network_init(&network, &config), GSC_EARGUMENT,
                 "architecture: two_circuits takes the logits of two circuits, which "
                 "this task does not have; three_ingredients has them");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_memorising_circuit_is_right_only_where_it_trains),
        cmocka_unit_test(strengths_follow_the_gradient),
        cmocka_unit_test(circuits_grow_and_fall_at_the_rates_of_their_efficiencies),
        cmocka_unit_test(the_history_has_the_loss_of_each_circuit),
        cmocka_unit_test(other_tasks_are_refused),
    };
    return cmocka_run_group_tests(tests, make_run, remove_one_run);
}
