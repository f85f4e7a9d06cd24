/* Models: their parameters, how these begin, and the network that Gromov wrote down. */
#include "test.h"

#include "grokscope/engine.h"
#include "grokscope/memory.h"
#include "grokscope/model.h"

#include <stdio.h>
#include <stdlib.h>

/* Defaults for p = 11, then "key value" pairs up to NULL. */
static gsc_model_config
configure(const char *const *settings)
{
    gsc_model_config config;
    gsc_options sets[GSC_MODEL_SETS];
    gsc_model_options(&config, sets);
    assert_return_ok(gsc_options_default(sets, GSC_MODEL_SETS));
    config.n_ctx = 2;
    config.d_vocab = config.d_vocab_out = 11;
    for (size_t i = 0; settings && settings[i]; i += 2)
        assert_return_ok(
            gsc_options_set(sets, GSC_MODEL_SETS, settings[i], settings[i + 1]));
    gsc_model_needs needs = {.d_vocab = 11,
                             .num_answers = 11,
                             .n_ctx = (size_t)config.n_ctx,
                             .answer_position = (size_t)config.n_ctx - 1};
    assert_return_ok(gsc_model_resolve(&config, &needs));
    return config;
}

static gsc_model
make(const char *const *settings)
{
    gsc_model model;
    gsc_model_config config = configure(settings);
    assert_return_ok(gsc_model_init(&model, &config));
    return model;
}

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
check_spreads(const char *const *settings, const spread *expected, size_t count)
{
    gsc_model model = make(settings);
    double *weights = starting_weights(&model, 1);
    for (size_t i = 0; i < count; i++)
        check_spread(&model, weights, &expected[i]);
    free(weights);
    gsc_model_free(&model);
}

#define CHECK_SPREADS(settings, expected) \
    check_spreads(settings, expected, sizeof expected / sizeof *expected)

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
    CHECK_SPREADS(NULL, nanda);
    CHECK_SPREADS(((const char *const[]){"init", "zhong", NULL}), zhong);
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
    CHECK_SPREADS(((const char *const[]){"init", "pytorch", "attn_biases", "trained",
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
    const char *const names[] = {"zhong_alpha", "zhong_beta", "zhong_gamma",
                                 "zhong_delta"};
    for (size_t i = 0; i < 4; i++)
        CHECK_SPREADS(((const char *const[]){"architecture", names[i], "d_model", "256",
                                             "d_mlp", "256", NULL}),
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
    CHECK_SPREADS(
        ((const char *const[]){"architecture", "gromov_mlp", "d_mlp", "500", NULL}),
        expected);
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
    CHECK_SPREADS(((const char *const[]){"architecture", "chughtai_mlp", "d_model",
                                         "512", "d_mlp", "128", NULL}),
                  expected);
    const double s = 0.8 / sqrt(128);
    const spread lens[] = {
        {"embed.W_E", s, false},          {"pos_embed.W_pos", s, false},
        {"blocks.0.attn.W_Q", s, false},  {"blocks.0.mlp.W_in", s, false},
        {"blocks.0.mlp.W_out", s, false}, {"unembed.W_U", s, false}};
    CHECK_SPREADS(((const char *const[]){"init", "transformerlens", NULL}), lens);
}

static void
fixed_positions_are_sines_and_cosines(void **state)
{
    (void)state;
    gsc_model model = make((const char *const[]){"positional_embedding_type",
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
    gsc_model model = make((const char *const[]){"normalization_type", "LN", "n_layers",
                                                 "2", "biases", "frozen", NULL});
    assert_non_null(find(&model, "ln_final.w"));
    assert_non_null(find(&model, "blocks.1.ln2.b"));
    assert_false(find(&model, "blocks.1.mlp.b_in")->trained);
    assert_null(find(&model, "blocks.0.attn.b_Q"));
    gsc_model_free(&model);
    model = make((const char *const[]){"normalization_type", "LN", "norm_position",
                                       "post", "biases", "absent", NULL});
    assert_null(find(&model, "ln_final.w"));
    assert_null(find(&model, "blocks.0.mlp.b_out"));
    gsc_model_free(&model);
    model = make((const char *const[]){"normalization_type", "LNPre",
                                       "positional_embedding_type", "none", NULL});
    assert_null(find(&model, "blocks.0.ln1.w"));
    assert_null(find(&model, "pos_embed.W_pos"));
    assert_true(gsc_graph_find(model.graph, "ln_final.hook_normalized") != GSC_NO_NODE);
    gsc_model_free(&model);
}

static void
networks_of_zhong_have_biases_when_asked_for(void **state)
{
    (void)state;
    gsc_model model = make((const char *const[]){"architecture", "zhong_gamma", NULL});
    assert_non_null(find(&model, "linear2.W"));
    assert_int_equal(find(&model, "linear1.b")->shape.dims[0], 512);
    assert_true(model.views[GSC_VIEW_EMBEDDING_RIGHT] == GSC_NO_NODE);
    gsc_model_free(&model);
    model = make(
        (const char *const[]){"architecture", "zhong_beta", "biases", "absent", NULL});
    assert_null(find(&model, "linear2.b"));
    gsc_model_free(&model);
    model = make(
        (const char *const[]){"architecture", "zhong_beta", "biases", "frozen", NULL});
    assert_false(find(&model, "linear2.b")->trained);
    gsc_model_free(&model);
}

/* ---- Gromov's solution ---- */

/* Every pair's outputs, in double. */
static double *
all_outputs(const gsc_model *model, const double *weights, size_t p)
{
    gsc_engine *engine;
    gsc_engine_options options = {.type = GSC_FLOAT64,
                                  .loss = GSC_NO_NODE,
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
    gsc_batch batch = {inputs, 2, NULL, NULL, p * p};
    void *taps[] = {outputs};
    assert_return_ok(gsc_engine_open(&engine, model->graph, &options));
    assert_return_ok(gsc_engine_run(engine, NULL, weights, &batch, taps, NULL));
    gsc_engine_close(engine);
    free(inputs);
    return outputs;
}

static void
check_analytic(const char *p_text, const char *width, uint64_t seed)
{
    gsc_model model = make((const char *const[]){
        "architecture", "gromov_mlp", "init", "analytic", "act_fn", "square", "d_mlp",
        width, "d_vocab", p_text, "d_vocab_out", p_text, NULL});
    size_t p = (size_t)atoi(p_text), right = 0;
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
        check_analytic("97", "500", seed);
    check_analytic("113", "512", 0);
    check_analytic("59", "500", 0);
    check_analytic("23", "500", 0);
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
        cmocka_unit_test(networks_of_zhong_have_biases_when_asked_for),
        cmocka_unit_test(the_analytic_network_is_always_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
