/* What learns sparse parity: the operators that its networks need, and that each
 * network can be the product of the relevant bits. */
#include "graph_fixture.h"

#include "grokscope/facet.h"
#include "grokscope/model.h"

#include "train/model/mlp.h"
#include "train/task/parity.h"

/* ---- Operators ---- */

static gsc_node
zigzag(gsc_graph *g, gsc_node x)
{
    return gsc_graph_zigzag(g, x, 3, false);
}

static gsc_node
endless_zigzag(gsc_graph *g, gsc_node x)
{
    return gsc_graph_zigzag(g, x, 2, true);
}

static gsc_node
fourth_power(gsc_graph *g, gsc_node x)
{
    return gsc_graph_power(g, x, 4);
}

static gsc_node
sine(gsc_graph *g, gsc_node x)
{
    return gsc_graph_sine(g, x, 1.7, 0.3);
}

static void
activations_have_their_gradients(void **state)
{
    (void)state;
    gsc_node (*const activations[])(gsc_graph *, gsc_node) = {zigzag, endless_zigzag,
                                                              fourth_power, sine};
    for (size_t i = 0; i < sizeof activations / sizeof *activations; i++) {
        fixture f;
        fixture_open(&f, 20);
        gsc_node x = gsc_graph_scale(f.graph, embedded(&f, 4), 3);
        gsc_node y = activations[i](f.graph, x);
        check_gradient(&f, loss_of(&f, gsc_graph_add(f.graph, y, x)), 0);
        fixture_close(&f);
    }
}

/* Also where one factor of every row is 0, by which no quotient can be taken. */
static void
a_product_has_its_gradient_at_zeros(void **state)
{
    (void)state;
    for (int zero = 0; zero < 2; zero++) {
        fixture f;
        fixture_open(&f, 20);
        gsc_graph *g = f.graph;
        gsc_node x = embedded(&f, 4);
        gsc_initializer nothing = {GSC_INITIALIZER_CONSTANT, 0, NULL};
        gsc_node gain =
            gsc_graph_parameter(g, "gain", "", (gsc_shape){1, {1}}, nothing, true);
        gsc_node last = gsc_graph_multiply(g, gsc_graph_slice(g, x, 1, 0, 1), gain);
        if (zero)
            x = gsc_graph_concatenate(g, x, last, 1);
        x = gsc_graph_scale(g, x, 3);
        check_gradient(&f, loss_of(&f, gsc_graph_row_product(g, x)), 0);
        fixture_close(&f);
    }
}

static void
exponents_and_turns_below_1_are_refused(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 1);
    gsc_graph_power(f.graph, embedded(&f, 4), 0);
    assert_fails(gsc_graph_status(f.graph), GSC_EARGUMENT,
                 "power: [3, 4]: the exponent is below 1");
    fixture_close(&f);
    fixture_open(&f, 1);
    gsc_graph_zigzag(f.graph, embedded(&f, 4), 0, true);
    assert_fails(gsc_graph_status(f.graph), GSC_EARGUMENT,
                 "zigzag: [3, 4]: fewer than 1 turn");
    fixture_close(&f);
}

/* ---- Networks ---- */

enum { N = 6, EXAMPLES = 64 };

typedef struct made {
    gsc_dataset dataset;
    gsc_facets facets;
    gsc_model model;
    double *weights;
} made;

static void
set_all(const gsc_options *set, const char *const *settings)
{
    assert_return_ok(gsc_options_default(set, 1));
    for (size_t i = 0; settings && settings[i]; i += 2)
        assert_return_ok(gsc_options_set(set, 1, settings[i], settings[i + 1]));
}

static void
make_task(made *m, const char *const *settings)
{
    gsc_parity values;
    gsc_options set = {NULL, gsc_task_parity.options, gsc_task_parity.num_options,
                       &values};
    set_all(&set, settings);
    assert_return_ok(gsc_options_set(&set, 1, "n", "6"));
    assert_return_ok(gsc_options_set(&set, 1, "train_samples", "64"));
    assert_return_ok(gsc_options_set(&set, 1, "test_samples", "1"));
    *m = (made){.weights = NULL};
    assert_return_ok(gsc_task_parity.make(&values, &m->dataset, &m->facets));
    assert_return_ok(gsc_dataset_check(&m->dataset));
}

static int
try_network(made *m, const gsc_architecture *architecture, const char *const *settings)
{
    static union {
        double aligned;
        char bytes[8192];
    } values;
    gsc_options set = {NULL, architecture->options, architecture->num_options, &values};
    memset(&values, 0, sizeof values);
    set_all(&set, settings);
    int status = architecture->resolve(&values, &m->dataset);
    return status < 0 ? status
                      : gsc_model_init(&m->model, architecture, &values, &m->dataset,
                                       NULL, NULL);
}

static void
make_network(made *m, const gsc_architecture *architecture, const char *const *settings)
{
    assert_return_ok(try_network(m, architecture, settings));
    m->weights = gsc_new(gsc_graph_num_weights(m->model.graph), sizeof *m->weights);
    gsc_graph_init_weights(m->model.graph, 0, GSC_FLOAT64, m->weights);
}

static void
release(made *m)
{
    gsc_model_free(&m->model);
    gsc_dataset_free(&m->dataset);
    gsc_facets_free(&m->facets);
    free(m->weights);
}

static double *
parameter(made *m, const char *name)
{
    size_t count;
    const gsc_parameter *p = gsc_graph_parameters(m->model.graph, &count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(p[i].name, name) == 0)
            return m->weights + p[i].offset;
    fail_msg("no parameter %s", name);
    return NULL;
}

static const uint16_t *
relevant_bits(const made *m, size_t k)
{
    const void *relevant;
    assert_return_ok(gsc_facet_array(gsc_facets_find(&m->facets, GSC_BITS), "relevant",
                                     GSC_FACET_INDEX, (gsc_shape){1, {k}}, &relevant));
    return relevant;
}

/* The loss over the training examples, and how many are right. */
static gsc_result
run(made *m)
{
    gsc_engine *engine;
    gsc_result results[2];
    gsc_root roots[] = {{m->model.outputs[0].loss, 1}, {m->model.outputs[0].metric, 0}};
    bool same = roots[0].node == roots[1].node;
    gsc_engine_options options = {
        .type = GSC_FLOAT64, .roots = roots, .num_roots = same ? 1 : 2};
    assert_return_ok(gsc_engine_open(&engine, m->model.graph, &options));
    gsc_batch batch = {.fields = m->dataset.fields,
                       .num_fields = m->dataset.num_fields,
                       .num_examples = EXAMPLES};
    assert_return_ok(gsc_engine_run(engine, NULL, m->weights, &batch, NULL, results));
    gsc_engine_close(engine);
    return (gsc_result){results[0].mean, results[same ? 0 : 1].num_right};
}

/* With a weight of 1 at each relevant bit the neuron is their product, to the bit. */
static void
a_neuron_can_be_the_product_of_bits(void **state)
{
    (void)state;
    static const char *const act_fns[] = {"zigzag", "endless_zigzag", "polynomial",
                                          "sine"};
    static const char *const degrees[] = {"1", "2", "3", "4", "5"};
    for (size_t k = 1; k <= 5; k++)
        for (size_t i = 0; i < sizeof act_fns / sizeof *act_fns; i++) {
            made m;
            make_task(&m, (const char *[]){"k", degrees[k - 1], "loss", "mse", NULL});
            make_network(
                &m, &gsc_architecture_neuron,
                (const char *[]){"degree", degrees[k - 1], "act_fn", act_fns[i], NULL});
            double *W = parameter(&m, "linear1.W");
            memset(W, 0, N * sizeof *W);
            for (size_t j = 0; j < k; j++)
                W[relevant_bits(&m, k)[j]] = 1;
            gsc_result r = run(&m);
            assert_close(r.mean, 0, 1e-24);
            assert_int_equal(r.num_right, EXAMPLES);
            release(&m);
        }
}

static void
polynet_can_be_the_product_of_bits(void **state)
{
    (void)state;
    made m;
    make_task(&m, (const char *[]){"k", "3", NULL});
    make_network(&m, &gsc_architecture_polynet, (const char *[]){"degree", "3", NULL});
    double *W = parameter(&m, "linear1.W");
    memset(W, 0, N * 3 * sizeof *W);
    for (size_t j = 0; j < 3; j++)
        W[relevant_bits(&m, 3)[j] * 3 + j] = j == 0 ? -1 : 1;
    gsc_result wrong = run(&m);
    assert_close(wrong.mean, 2, 1e-15); /* the hinge of every example: 1 + 1 */
    assert_int_equal(wrong.num_right, 0);
    W[relevant_bits(&m, 3)[0] * 3] = 1;
    gsc_result right = run(&m);
    assert_close(right.mean, 0, 0);
    assert_int_equal(right.num_right, EXAMPLES);
    release(&m);
}

/* One hidden neuron for each value that the sum of two bits takes. */
static void
layers_with_two_labels_can_be_the_product_of_two_bits(void **state)
{
    (void)state;
    made m;
    make_task(&m, (const char *[]){"k", "2", "loss", "cross_entropy", NULL});
    make_network(&m, &gsc_architecture_mlp,
                 (const char *[]){"hidden", "1", "act_fn", "square", NULL});
    double *W = parameter(&m, "linear1.W"), *out = parameter(&m, "linear2.W");
    memset(W, 0, N * sizeof *W);
    W[relevant_bits(&m, 2)[0]] = W[relevant_bits(&m, 2)[1]] = 1; /* 4 or 0 */
    *parameter(&m, "linear1.b") = 0;
    out[0] = 0;
    out[1] = 1;
    parameter(&m, "linear2.b")[0] = 2;
    parameter(&m, "linear2.b")[1] = 0;
    gsc_result r = run(&m);
    assert_int_equal(r.num_right, EXAMPLES);
    assert_close(r.mean, log1p(exp(-2)), 1e-15);
    release(&m);
}

static void
bernoulli_weights_have_one_size(void **state)
{
    (void)state;
    made m;
    size_t plus = 0;
    make_task(&m, NULL);
    make_network(&m, &gsc_architecture_mlp,
                 (const char *[]){"init", "bernoulli", "hidden", "400", NULL});
    const double *W = parameter(&m, "linear1.W"), *out = parameter(&m, "linear2.W");
    for (size_t i = 0; i < N * 400; i++) {
        assert_close(fabs(W[i]), 1 / sqrt(N), 0);
        plus += W[i] > 0;
    }
    assert_close((double)plus / (N * 400), 0.5, 5 * 0.5 / sqrt(N * 400));
    assert_close(fabs(out[7]), 1 / sqrt(400), 0);
    assert_close(parameter(&m, "linear1.b")[3], 0, 0);
    release(&m);
}

static void
networks_of_one_output_refuse_two_labels(void **state)
{
    (void)state;
    made m;
    make_task(&m, (const char *[]){"loss", "cross_entropy", NULL});
    assert_fails(try_network(&m, &gsc_architecture_polynet, NULL), GSC_EARGUMENT,
                 "architecture: polynet has one output, but this task asks for 2; loss "
                 "hinge and mse ask for one");
    assert_fails(try_network(&m, &gsc_architecture_neuron, NULL), GSC_EARGUMENT,
                 "architecture: neuron has one output");
    gsc_dataset_free(&m.dataset);
    gsc_facets_free(&m.facets);
    make_task(&m, (const char *[]){"tokens", "yes", NULL});
    assert_fails(try_network(&m, &gsc_architecture_polynet, NULL), GSC_EARGUMENT,
                 "architecture: polynet takes numbers, which this task does not have");
    gsc_dataset_free(&m.dataset);
    gsc_facets_free(&m.facets);
}

/* ---- Bits as tokens ---- */

static void
bits_are_tokens_before_one_that_asks(void **state)
{
    (void)state;
    made numbers, tokens;
    make_task(&numbers, NULL);
    make_task(&tokens, (const char *[]){"tokens", "yes", NULL});
    const gsc_field *x = gsc_dataset_find(&numbers.dataset, "x");
    const gsc_field *t = gsc_dataset_find(&tokens.dataset, GSC_TOKENS);
    assert_int_equal(t->num_values, 3);
    assert_int_equal(tokens.dataset.targets[0].position, N);
    for (size_t e = 0; e < EXAMPLES; e++) {
        for (size_t b = 0; b < N; b++)
            assert_close(gsc_field_element(x, e, b), 2 * gsc_field_element(t, e, b) - 1,
                         0);
        assert_close(gsc_field_element(t, e, N), 2, 0);
    }
    gsc_dataset_free(&numbers.dataset);
    gsc_facets_free(&numbers.facets);
    gsc_dataset_free(&tokens.dataset);
    gsc_facets_free(&tokens.facets);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(activations_have_their_gradients),
        cmocka_unit_test(a_product_has_its_gradient_at_zeros),
        cmocka_unit_test(exponents_and_turns_below_1_are_refused),
        cmocka_unit_test(a_neuron_can_be_the_product_of_bits),
        cmocka_unit_test(polynet_can_be_the_product_of_bits),
        cmocka_unit_test(layers_with_two_labels_can_be_the_product_of_two_bits),
        cmocka_unit_test(bernoulli_weights_have_one_size),
        cmocka_unit_test(networks_of_one_output_refuse_two_labels),
        cmocka_unit_test(bits_are_tokens_before_one_that_asks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
