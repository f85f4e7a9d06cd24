/* Models: their parameters, how these begin, and the network that Gromov wrote down. */
#include "test.h"

#include "grokscope/engine.h"
#include "grokscope/memory.h"
#include "grokscope/model.h"

#include "train/model/mlp.h"
#include "train/model/token_model.h"

#include <stdio.h>
#include <stdlib.h>

enum { EXAMPLE = 2 }; /* tokens */

/* Pairs of p numbers and their answers: only shapes and ranges, as a file may give. */
static gsc_dataset
pairs_of(size_t p)
{
    return (gsc_dataset){
        .num_fields = 2,
        .fields = {{.name = GSC_TOKENS, .shape = {1, {EXAMPLE}}, .num_values = p},
                   {.name = "label", .shape = {1, {1}}, .num_values = p}},
        .num_targets = 1,
        .targets = {{.name = "answer",
                     .field = "label",
                     .loss = "cross_entropy",
                     .position = EXAMPLE - 1,
                     .num_positions = 1,
                     .weight = 1}}};
}

/* Its defaults, then "name value" pairs up to NULL, on pairs of p numbers. */
static gsc_model
make_on(const gsc_architecture *architecture, size_t p, const char *const *settings)
{
    gsc_model model;
    gsc_token_model values;
    gsc_dataset dataset = pairs_of(p);
    gsc_options set = {NULL, architecture->options, architecture->num_options, &values};
    memset(&values, 0, sizeof values);
    assert_true(gsc_is_token_model(architecture));
    assert_return_ok(gsc_options_default(&set, 1));
    for (size_t i = 0; settings && settings[i]; i += 2)
        assert_return_ok(gsc_options_set(&set, 1, settings[i], settings[i + 1]));
    assert_return_ok(architecture->resolve(&values, &dataset));
    assert_return_ok(
        gsc_model_init(&model, architecture, &values, &dataset, NULL, NULL));
    return model;
}

static gsc_model
make(const gsc_architecture *architecture, const char *const *settings)
{
    return make_on(architecture, 11, settings);
}

static const gsc_architecture *const transformer = &gsc_architecture_transformer;

static const gsc_parameter *
find(const gsc_model *model, const char *name)
{
    size_t count;
    const gsc_parameter *p = gsc_graph_parameters(model->graph, &count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(p[i].name, name) == 0)
            return &p[i];
    return NULL;
}

static double *
starting_weights(const gsc_model *model, uint64_t seed)
{
    double *weights = gsc_new(gsc_graph_num_weights(model->graph), sizeof *weights);
    assert_non_null(weights);
    gsc_graph_init_weights(model->graph, seed, GSC_FLOAT64, weights);
    return weights;
}

/* ---- How weights begin ---- */

typedef struct spread {
    const char *name;
    double deviation;
    bool even; /* within sqrt(3) deviations, as an even distribution is */
} spread;

static void
check_spread(const gsc_model *model, const double *weights, const spread *expected)
{
    const gsc_parameter *p = find(model, expected->name);
    if (!p)
        fail_msg("no parameter %s", expected->name);
    double squares = 0, most = 0;
    size_t n = gsc_shape_count(p->shape);
    for (size_t i = 0; i < n; i++) {
        squares += weights[p->offset + i] * weights[p->offset + i];
        most = fmax(most, fabs(weights[p->offset + i]));
    }
    double deviation = sqrt(squares / (double)n);
    if (fabs(deviation - expected->deviation) >
        4 * expected->deviation / sqrt(2.0 * (double)n))
        fail_msg("%s: deviation %g, expected %g", p->name, deviation,
                 expected->deviation);
    if (expected->even)
        assert_true(most <= sqrt(3) * expected->deviation * (1 + 1e-12));
}

static void
check_spreads(const gsc_architecture *architecture, const char *const *settings,
              const spread *expected, size_t count)
{
    gsc_model model = make(architecture, settings);
    double *weights = starting_weights(&model, 1);
    for (size_t i = 0; i < count; i++)
        check_spread(&model, weights, &expected[i]);
    free(weights);
    gsc_model_free(&model);
}

#define CHECK_SPREADS(architecture, settings, expected) \
    check_spreads(architecture, settings, expected, sizeof expected / sizeof *expected)

static void
nanda_and_zhong_differ_in_w_in(void **state)
{
    (void)state;
    const double d = 1 / sqrt(128), m = 1 / sqrt(512), v = 1 / sqrt(11);
    const spread nanda[] = {
        {"embed.W_E", d, false},          {"pos_embed.W_pos", d, false},
        {"blocks.0.attn.W_Q", d, false},  {"blocks.0.attn.W_O", d, false},
        {"blocks.0.mlp.W_in", d, false},  {"blocks.0.mlp.b_in", 0, false},
        {"blocks.0.mlp.W_out", d, false}, {"unembed.W_U", v, false},
    };
    const spread zhong[] = {
        {"embed.W_E", d, false},         {"blocks.0.attn.W_V", d, false},
        {"blocks.0.mlp.W_in", m, false}, {"blocks.0.mlp.W_out", d, false},
        {"unembed.W_U", v, false},
    };
    CHECK_SPREADS(transformer, NULL, nanda);
    CHECK_SPREADS(transformer, ((const char *const[]){"init", "zhong", NULL}), zhong);
}

static void
pytorchs_layers_are_even(void **state)
{
    (void)state;
    const double d = 1 / sqrt(3 * 128), m = 1 / sqrt(3 * 512);
    const spread expected[] = {
        {"embed.W_E", 1, false},         {"pos_embed.W_pos", 1, false},
        {"blocks.0.attn.W_K", d, true},  {"blocks.0.attn.W_O", d, true},
        {"blocks.0.mlp.W_in", d, true},  {"blocks.0.mlp.b_in", d, true},
        {"blocks.0.mlp.W_out", m, true}, {"blocks.0.mlp.b_out", m, true},
        {"blocks.0.attn.b_Q", d, true},  {"unembed.W_U", d, true},
        {"unembed.b_U", d, true},
    };
    CHECK_SPREADS(transformer,
                  ((const char *const[]){"init", "pytorch", "attn_biases", "trained",
                                         "unembed_bias", "trained", NULL}),
                  expected);
}

static void
networks_of_zhong_begin_as_in_the_paper(void **state)
{
    (void)state;
    const double e = 1 / sqrt(128), u = 1 / sqrt(256), l = 1 / sqrt(3 * 256);
    const spread expected[] = {{"embed.W_E", e, false},
                               {"linear1.W", l, true},
                               {"linear1.b", l, true},
                               {"unembed.W_U", u, false}};
    const gsc_architecture *const networks[] = {
        &gsc_architecture_zhong_alpha, &gsc_architecture_zhong_beta,
        &gsc_architecture_zhong_gamma, &gsc_architecture_zhong_delta};
    for (size_t i = 0; i < 4; i++)
        CHECK_SPREADS(networks[i],
                      ((const char *const[]){"d_model", "256", "d_mlp", "256", NULL}),
                      expected);
}

static void
gromovs_network_begins_as_doshis(void **state)
{
    (void)state;
    const double s = 0.5 / cbrt(1000);
    const spread expected[] = {{"embed.W_left", s, false},
                               {"embed.W_right", s, false},
                               {"unembed.W_U", s, false}};
    CHECK_SPREADS(&gsc_architecture_gromov_mlp,
                  ((const char *const[]){"d_mlp", "500", NULL}), expected);
}

static void
group_networks_begin_as_in_their_paper(void **state)
{
    (void)state;
    const double e = 1 / sqrt(256), l = 1 / sqrt(512), u = 1 / sqrt(128);
    const spread expected[] = {{"embed.W_x", e, false},
                               {"embed.W_y", e, false},
                               {"linear1.W", l, false},
                               {"unembed.W_U", u, false}};
    CHECK_SPREADS(&gsc_architecture_chughtai_mlp,
                  ((const char *const[]){"d_model", "512", "d_mlp", "128", NULL}),
                  expected);
    const double s = 0.8 / sqrt(128);
    const spread lens[] = {
        {"embed.W_E", s, false},          {"pos_embed.W_pos", s, false},
        {"blocks.0.attn.W_Q", s, false},  {"blocks.0.mlp.W_in", s, false},
        {"blocks.0.mlp.W_out", s, false}, {"unembed.W_U", s, false}};
    CHECK_SPREADS(transformer, ((const char *const[]){"init", "transformerlens", NULL}),
                  lens);
}

static void
fixed_positions_are_sines_and_cosines(void **state)
{
    (void)state;
    gsc_model model =
        make(transformer, (const char *const[]){"positional_embedding_type",
                                                "sinusoidal", "d_model", "8", NULL});
    double *weights = starting_weights(&model, 0);
    const gsc_parameter *p = find(&model, "pos_embed.W_pos");
    assert_false(p->trained);
    const double *row = weights + p->offset + 8; /* position 1 */
    for (size_t i = 0; i < 8; i += 2) {
        assert_close(row[i], sin(pow(10000, -(double)i / 8)), 1e-15);
        assert_close(row[i + 1], cos(pow(10000, -(double)i / 8)), 1e-15);
    }
    free(weights);
    gsc_model_free(&model);
}

/* ---- Parameters that are there or not ---- */

static void
norms_and_biases_are_there_when_asked_for(void **state)
{
    (void)state;
    gsc_model model =
        make(transformer, (const char *const[]){"normalization_type", "LN", "n_layers",
                                                "2", "biases", "frozen", NULL});
    assert_non_null(find(&model, "ln_final.w"));
    assert_non_null(find(&model, "blocks.1.ln2.b"));
    assert_false(find(&model, "blocks.1.mlp.b_in")->trained);
    assert_null(find(&model, "blocks.0.attn.b_Q"));
    gsc_model_free(&model);
    model = make(transformer,
                 (const char *const[]){"normalization_type", "LN", "norm_position",
                                       "post", "biases", "absent", NULL});
    assert_null(find(&model, "ln_final.w"));
    assert_null(find(&model, "blocks.0.mlp.b_out"));
    gsc_model_free(&model);
    model = make(transformer,
                 (const char *const[]){"normalization_type", "LNPre",
                                       "positional_embedding_type", "none", NULL});
    assert_null(find(&model, "blocks.0.ln1.w"));
    assert_null(find(&model, "pos_embed.W_pos"));
    assert_true(gsc_graph_find(model.graph, "ln_final.hook_normalized") != GSC_NO_NODE);
    gsc_model_free(&model);
}

/* Gains, gates and unembeddings are there or not, and no bias comes with an RMS. */
static void
blocks_have_the_parts_that_are_asked_for(void **state)
{
    (void)state;
    gsc_model model =
        make(transformer,
             (const char *const[]){"normalization_type", "RMS", "final_norm", "no",
                                   "gated_mlp", "yes", "tied", "yes", NULL});
    assert_non_null(find(&model, "blocks.0.ln1.w"));
    assert_null(find(&model, "blocks.0.ln1.b"));
    assert_null(find(&model, "ln_final.w"));
    assert_non_null(find(&model, "blocks.0.mlp.b_gate"));
    assert_null(find(&model, "unembed.W_U"));
    assert_true(model.views[GSC_VIEW_UNEMBEDDING] == model.views[GSC_VIEW_EMBEDDING]);
    gsc_model_free(&model);
    model = make(transformer,
                 (const char *const[]){"attn_only", "yes", "readout", "mean", NULL});
    assert_null(find(&model, "blocks.0.mlp.W_in"));
    assert_true(model.views[GSC_VIEW_NEURON_IN] == GSC_NO_NODE);
    assert_int_equal(gsc_graph_shape(model.graph, model.predictions).dims[0], 1);
    gsc_model_free(&model);
}

static void
layers_on_tokens_are_as_wide_as_what_enters(void **state)
{
    static const struct {
        const char *operands;
        size_t in;
    } kinds[] = {
        {"concatenated", 20}, {"summed", 10}, {"one_hot", 22}, {"summed_one_hot", 11}};
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        gsc_model model =
            make(&gsc_architecture_token_mlp,
                 (const char *const[]){"operands", kinds[i].operands, "d_model", "10",
                                       "hidden", "6", "unembed_bias", "absent", NULL});
        assert_int_equal(find(&model, "linear1.W")->shape.dims[0], kinds[i].in);
        assert_int_equal(find(&model, "linear2.W")->shape.dims[1], 11);
        assert_non_null(find(&model, "linear1.b"));
        assert_null(find(&model, "linear2.b"));
        assert_true(model.views[GSC_VIEW_NEURON_IN] != GSC_NO_NODE);
        gsc_model_free(&model);
    }
}

static void
networks_of_zhong_have_biases_when_asked_for(void **state)
{
    (void)state;
    gsc_model model = make(&gsc_architecture_zhong_gamma, NULL);
    assert_non_null(find(&model, "linear2.W"));
    assert_int_equal(find(&model, "linear1.b")->shape.dims[0], 512);
    assert_true(model.views[GSC_VIEW_EMBEDDING_RIGHT] == GSC_NO_NODE);
    gsc_model_free(&model);
    model = make(&gsc_architecture_zhong_beta,
                 (const char *const[]){"biases", "absent", NULL});
    assert_null(find(&model, "linear2.b"));
    gsc_model_free(&model);
    model = make(&gsc_architecture_zhong_beta,
                 (const char *const[]){"biases", "frozen", NULL});
    assert_false(find(&model, "linear2.b")->trained);
    gsc_model_free(&model);
}

/* ---- Outputs ---- */

/* The answer's, wherever it stands in the example. */
static void
a_network_of_the_whole_example_has_one_row(void **state)
{
    (void)state;
    gsc_model model = make(&gsc_architecture_gromov_mlp, NULL);
    assert_int_equal(gsc_graph_shape(model.graph, model.predictions).dims[0], 1);
    assert_int_equal(gsc_model_answer_position(&model), 0);
    gsc_model_free(&model);
    model = make(transformer, NULL);
    assert_int_equal(gsc_graph_shape(model.graph, model.predictions).dims[0], EXAMPLE);
    assert_int_equal(gsc_model_answer_position(&model), EXAMPLE - 1);
    gsc_model_free(&model);
}

static void
outputs_of_unlike_widths_are_refused(void **state)
{
    (void)state;
    gsc_dataset dataset = pairs_of(11);
    size_t width;
    dataset.fields[dataset.num_fields++] =
        (gsc_field){.name = "other", .shape = {1, {1}}, .num_values = 12};
    dataset.targets[dataset.num_targets++] = (gsc_target){
        .name = "second", .field = "other", .num_positions = 1, .weight = 1};
    assert_fails(gsc_model_width(&dataset, &width), GSC_EARGUMENT,
                 "output second asks for 12 numbers at a position, answer for 11");
}

/* A failed model's error, of pairs whose target has another loss or field. */
static void
assert_refused(const char *loss, const char *field, const char *reason)
{
    gsc_model model;
    gsc_dataset dataset = pairs_of(11);
    gsc_mlp_options options;
    const gsc_architecture *mlp = &gsc_architecture_mlp;
    gsc_options set = {NULL, mlp->options, mlp->num_options, &options};
    dataset.fields[0] =
        (gsc_field){.name = "x", .type = GSC_FIELD_FLOAT64, .shape = {1, {1}}};
    dataset.fields[dataset.num_fields++] =
        (gsc_field){.name = "y", .type = GSC_FIELD_FLOAT64, .shape = {1, {1}}};
    dataset.targets[0].position = 0;
    snprintf(dataset.targets[0].loss, GSC_NAME_BYTES, "%s", loss);
    snprintf(dataset.targets[0].field, GSC_NAME_BYTES, "%s", field);
    assert_return_ok(gsc_options_default(&set, 1));
    assert_return_ok(mlp->resolve(&options, &dataset));
    assert_fails(gsc_model_init(&model, mlp, &options, &dataset, NULL, NULL),
                 GSC_EFORMAT, reason);
}

static void
losses_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    assert_refused("log_cosh", "label", "output answer: loss 'log_cosh' is not known");
    assert_refused(
        "hinge", "label",
        "output answer: field 'label' has labels, but the loss hinge asks for "
        "numbers");
    assert_refused(
        "cross_entropy", "y",
        "output answer: field 'y' has numbers, but the loss cross_entropy asks "
        "for labels");
}

static void
tensors_are_no_network(void **state)
{
    (void)state;
    gsc_model model;
    gsc_dataset dataset = pairs_of(11);
    assert_fails(
        gsc_model_init(&model, &gsc_architecture_tensors, NULL, &dataset, NULL, NULL),
        GSC_EARGUMENT, "architecture: 'tensors' is no network");
    gsc_model_free(&model);
}

/* ---- Gromov's solution ---- */

/* Every pair's outputs, in double. */
static double *
all_outputs(const gsc_model *model, const double *weights, size_t p)
{
    gsc_engine *engine;
    gsc_engine_options options = {.type = GSC_FLOAT64,
                                  .taps = &model->logits,
                                  .num_taps = 1,
                                  .rewrites = GSC_REWRITE_ALL};
    double *outputs = gsc_new(p * p * p, sizeof *outputs);
    uint16_t *inputs = gsc_new(2 * p * p, sizeof *inputs);
    assert_true(outputs && inputs);
    for (size_t i = 0; i < p * p; i++) {
        inputs[2 * i] = (uint16_t)(i / p);
        inputs[2 * i + 1] = (uint16_t)(i % p);
    }
    gsc_field tokens = gsc_field_of_indices(GSC_TOKENS, inputs, EXAMPLE, p);
    gsc_batch batch = {.fields = &tokens, .num_fields = 1, .num_examples = p * p};
    void *taps[] = {outputs};
    assert_return_ok(gsc_engine_open(&engine, model->graph, &options));
    assert_return_ok(gsc_engine_run(engine, NULL, weights, &batch, taps, NULL));
    gsc_engine_close(engine);
    free(inputs);
    return outputs;
}

static void
check_analytic(size_t p, const char *width, uint64_t seed)
{
    gsc_model model = make_on(&gsc_architecture_gromov_mlp, p,
                              (const char *const[]){"init", "analytic", "act_fn",
                                                    "square", "d_mlp", width, NULL});
    size_t right = 0;
    double *weights = starting_weights(&model, seed), mean = 0;
    double *outputs = all_outputs(&model, weights, p);
    for (size_t i = 0; i < p * p; i++) {
        const double *row = outputs + i * p;
        size_t top = 0;
        for (size_t q = 1; q < p; q++)
            top = row[q] > row[top] ? q : top;
        right += top == (i / p + i % p) % p;
        mean += row[(i / p + i % p) % p] / (double)(p * p);
    }
    if (right != p * p)
        fail_msg("p = %zu, seed %d: %zu of %zu right", p, (int)seed, right, p * p);
    assert_close(mean, 1, 0.02); /* the right output */
    free(outputs);
    free(weights);
    gsc_model_free(&model);
}

/* Published: accuracy 1 for these sizes, whatever the phases. */
static void
the_analytic_network_is_always_right(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 3; seed++)
        check_analytic(97, "500", seed);
    check_analytic(113, "512", 0);
    check_analytic(59, "500", 0);
    check_analytic(23, "500", 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nanda_and_zhong_differ_in_w_in),
        cmocka_unit_test(pytorchs_layers_are_even),
        cmocka_unit_test(networks_of_zhong_begin_as_in_the_paper),
        cmocka_unit_test(gromovs_network_begins_as_doshis),
        cmocka_unit_test(group_networks_begin_as_in_their_paper),
        cmocka_unit_test(fixed_positions_are_sines_and_cosines),
        cmocka_unit_test(norms_and_biases_are_there_when_asked_for),
        cmocka_unit_test(blocks_have_the_parts_that_are_asked_for),
        cmocka_unit_test(layers_on_tokens_are_as_wide_as_what_enters),
        cmocka_unit_test(networks_of_zhong_have_biases_when_asked_for),
        cmocka_unit_test(a_network_of_the_whole_example_has_one_row),
        cmocka_unit_test(outputs_of_unlike_widths_are_refused),
        cmocka_unit_test(losses_that_do_not_fit_are_refused),
        cmocka_unit_test(tensors_are_no_network),
        cmocka_unit_test(the_analytic_network_is_always_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
