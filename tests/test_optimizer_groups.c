/* Groups of parameters, and the texts that choose stages. */
#include "optimizer_fixture.h"

#include <stdio.h>

/* embed.W_E [6, 4], blocks.0.W [4, 4], blocks.0.b [4], frozen [3], unembed.W_U [4, 6]
 */
enum { NAMES = 5 };

typedef struct layers {
    gsc_graph *graph;
    gsc_optimizer_config config;
    gsc_optimizer optimizer;
    double weights[256], gradient[256], next[256];
} layers;

static void
layers_open(layers *l)
{
    static const char *const names[NAMES] = {"embed.W_E", "blocks.0.W", "blocks.0.b",
                                             "frozen", "unembed.W_U"};
    static const gsc_shape shapes[NAMES] = {
        {2, {6, 4}}, {2, {4, 4}}, {1, {4}}, {1, {3}}, {2, {4, 6}}};
    const gsc_initializer ones = {GSC_INITIALIZER_CONSTANT, 1, NULL};
    *l = (layers){.graph = NULL};
    gsc_options keys = gsc_optimizer_options(&l->config);
    assert_return_ok(gsc_options_default(&keys, 1));
    l->config.warmup = 0;
    assert_return_ok(gsc_graph_open(&l->graph));
    for (size_t i = 0; i < NAMES; i++)
        gsc_graph_parameter(l->graph, names[i], shapes[i].rank == 2 ? "n m" : "n",
                            shapes[i], ones, i != 3);
    assert_true(gsc_graph_num_weights(l->graph) <= 256);
    gsc_graph_init_weights(l->graph, 0, GSC_FLOAT64, l->weights);
}

static void
layers_close(layers *l)
{
    gsc_optimizer_free(&l->optimizer);
    gsc_graph_close(l->graph);
}

static int
start(layers *l, const char *groups)
{
    gsc_optimizer_setup setup = {
        .graph = l->graph, .type = GSC_FLOAT64, .weights = l->weights};
    snprintf(l->config.groups, sizeof l->config.groups, "%s", groups);
    return gsc_optimizer_init(&l->optimizer, &l->config, &setup);
}

static double
first_of(const layers *l, size_t parameter)
{
    size_t count;
    return l->next[gsc_graph_parameters(l->graph, &count)[parameter].offset];
}

static void
each_group_has_its_own_rate_decay_and_rule(void **state)
{
    (void)state;
    layers l;
    layers_open(&l);
    assert_return_ok(start(&l, "embed.* unembed.*: learning_rate 0.1, weight-decay 0; "
                               "*.b: optimizer sgd, momentum 0.5, weight_decay 2; "
                               "*: weight_decay 3"));
    for (size_t i = 0; i < 256; i++)
        l.gradient[i] = 0.5;
    for (int t = 0; t < 2; t++)
        gsc_optimizer_update(&l.optimizer, NULL, t, l.weights, l.gradient, l.next);
    assert_close(first_of(&l, 0), 1 - 0.1, 1e-8);
    assert_close(first_of(&l, 1), 1 - 0.001 * 3 - 0.001, 1e-9);
    assert_close(first_of(&l, 2), 1 - 0.001 * 1.5 * (0.5 + 2), 1e-15);
    assert_close(first_of(&l, 4), 1 - 0.1, 1e-8);
    assert_true(first_of(&l, 3) == 0); /* not touched */
    layers_close(&l);
}

static void
an_optimizer_tells_of_its_groups(void **state)
{
    (void)state;
    layers l;
    gsc_text text = {0};
    layers_open(&l);
    assert_return_ok(start(&l, "*.b: optimizer sgd; *: weight_decay 3"));
    assert_return_ok(gsc_optimizer_add_groups(&l.optimizer, &text));
    assert_string_equal(text.data,
                        "sgd, learning_rate 0.001, weight_decay 1: blocks.0.b\n"
                        "adamw, learning_rate 0.001, weight_decay 3: embed.W_E "
                        "blocks.0.W unembed.W_U\n");
    gsc_text_free(&text);
    layers_close(&l);
}

static void
groups_share_the_states_of_one_name(void **state)
{
    (void)state;
    layers l;
    layers_open(&l);
    assert_return_ok(start(&l, "embed.*: optimizer adam; *.b: optimizer sgd; *:"));
    static const char *const names[] = {"moment1", "moment2", "momentum"};
    assert_int_equal(l.optimizer.num_states, 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(l.optimizer.states[i].name, names[i]);
    layers_close(&l);
}

/* ---- Resolving ---- */

static void
names_stand_for_patterns(void **state)
{
    (void)state;
    static const char expected[] =
        "embed.W_E unembed.W_U: learning_rate 0.01, weight_decay 0; "
        "blocks.0.W blocks.0.b:";
    layers l;
    layers_open(&l);
    snprintf(l.config.groups, sizeof l.config.groups, "%s",
             " *embed.* :learning-rate 0.01 weight_decay 0 ;*:;");
    for (int i = 0; i < 2; i++) { /* once more changes nothing */
        assert_return_ok(gsc_optimizer_resolve(&l.config, NULL, l.graph));
        assert_string_equal(l.config.groups, expected);
    }
    layers_close(&l);
}

static void
stages_are_written_with_all_options(void **state)
{
    (void)state;
    layers l;
    layers_open(&l);
    snprintf(l.config.filters, sizeof l.config.filters,
             " grokfast-ema  lambda 5 , clip");
    snprintf(l.config.projections, sizeof l.config.projections, "fixed_norm");
    snprintf(l.config.optimizer, sizeof l.config.optimizer, " adam ");
    for (int i = 0; i < 2; i++) {
        assert_return_ok(gsc_optimizer_resolve(&l.config, NULL, NULL));
        assert_string_equal(l.config.filters,
                            "grokfast_ema alpha 0.98 lambda 5 normalize no, clip norm "
                            "1");
        assert_string_equal(l.config.projections, "fixed_norm");
        assert_string_equal(l.config.optimizer, "adam");
        assert_string_equal(l.config.perturbations, "");
    }
    layers_close(&l);
}

static void
groups_that_do_not_fit_keep_their_patterns(void **state)
{
    (void)state;
    gsc_graph *graph;
    gsc_optimizer_config config;
    char name[GSC_NAME_BYTES];
    gsc_options keys = gsc_optimizer_options(&config);
    assert_return_ok(gsc_options_default(&keys, 1));
    assert_return_ok(gsc_graph_open(&graph));
    for (int i = 0; i < 60; i++) {
        snprintf(name, sizeof name, "blocks.%d.a_rather_long_name", i);
        gsc_graph_parameter(graph, name, "n", (gsc_shape){1, {3}},
                            (gsc_initializer){GSC_INITIALIZER_CONSTANT, 1, NULL}, true);
    }
    snprintf(config.groups, sizeof config.groups, "blocks.1*: weight_decay 0; *:");
    assert_return_ok(gsc_optimizer_resolve(&config, NULL, graph));
    assert_string_equal(config.groups, "blocks.1*: weight_decay 0; *:");
    gsc_graph_close(graph);
}

/* ---- Mistakes ---- */

static void
groups_that_are_wrong_are_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"embed.*: weight_decay 0; *.W_E: ; *:",
         "groups: embed.W_E belongs to 'embed.*' and to '*.W_E'"},
        {"*: weight_decay 0; embed.*: weight_decay 1",
         "groups: embed.W_E belongs to '*' and to 'embed.*'"},
        {"embed.*: weight_decay 0",
         "groups: none for blocks.0.W; a last '*:' takes all that is left"},
        {"embd.*: weight_decay 0; *:", "groups: no trained parameter is 'embd.*'"},
        {"frozen: weight_decay 0; *:", "groups: no trained parameter is 'frozen'"},
        {"embed.*", "groups: 'embed.*' is not of the form PATTERN …: OPTION VALUE, …"},
        {": weight_decay 0; *:", "groups: no pattern before ': weight_decay 0'"},
        {"*: weight_decay", "groups: weight_decay needs a value"},
        {"*: weight_decay -1", "groups: weight_decay: -1 is outside 0 … 1000"},
        {"*: filters clip", "groups: filters is the same for all groups"},
        {"*: optimizer adamx", "optimizer: no 'adamx'; did you mean 'adamw'?"},
        {"*: nesterov yes", "optimizer: adamw: no option 'nesterov'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        layers l;
        layers_open(&l);
        assert_int_equal(start(&l, cases[i][0]), GSC_EARGUMENT);
        assert_string_equal(gsc_error_text(), cases[i][1]);
        assert_int_equal(gsc_optimizer_resolve(&l.config, NULL, l.graph),
                         GSC_EARGUMENT);
        assert_string_equal(gsc_error_text(), cases[i][1]);
        layers_close(&l);
    }
}

static void
stages_that_are_wrong_are_refused(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"filters", "clp", "filters: no 'clp'; did you mean 'clip'?"},
        {"filters", "fixed_norm",
         "filters: no 'fixed_norm'; it is one of 'grokfast_ema', 'grokfast_ma', "
         "'orthogonal', 'subspace', 'clip', 'gradient_noise'"},
        {"filters", "clip, clip", "filters: clip is there twice"},
        {"filters", "clip,,orthogonal",
         "filters: 'clip,,orthogonal' has a comma without a name"},
        {"filters", "clip norm", "filters: clip: norm needs a value"},
        {"filters", "clip norm 0",
         "filters: clip: norm: 0 is outside 1e-12 … 1000000000000"},
        {"filters", "grokfast_ema lamda 2",
         "filters: grokfast_ema: no option 'lamda'; did you mean 'lambda'?"},
        {"optimizer", "", "optimizer: '' is not one rule"},
        {"optimizer", "adam, sgd", "optimizer: 'adam, sgd' is not one rule"},
        {"optimizer", "adam beta1 0.5",
         "optimizer: adam: beta1 is a key of its own; write beta1 = 0.5"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        layers l;
        layers_open(&l);
        gsc_options keys = gsc_optimizer_options(&l.config);
        assert_return_ok(gsc_options_set(&keys, 1, cases[i][0], cases[i][1]));
        assert_int_equal(start(&l, ""), GSC_EARGUMENT);
        assert_string_equal(gsc_error_text(), cases[i][2]);
        assert_int_equal(gsc_optimizer_resolve(&l.config, NULL, NULL), GSC_EARGUMENT);
        assert_string_equal(gsc_error_text(), cases[i][2]);
        layers_close(&l);
    }
}

static void
help_tells_of_stages_and_their_options(void **state)
{
    (void)state;
    gsc_text text = {0};
    assert_return_ok(gsc_stage_add_help(NULL, GSC_STAGE_FILTER, 100, &text));
    assert_non_null(strstr(text.data, "      grokfast_ema "));
    assert_non_null(strstr(text.data, "        lambda X "));
    assert_non_null(strstr(text.data, "        norm X "));
    assert_null(strstr(text.data, "fixed_norm"));
    gsc_text_free(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_group_has_its_own_rate_decay_and_rule),
        cmocka_unit_test(an_optimizer_tells_of_its_groups),
        cmocka_unit_test(groups_share_the_states_of_one_name),
        cmocka_unit_test(names_stand_for_patterns),
        cmocka_unit_test(stages_are_written_with_all_options),
        cmocka_unit_test(groups_that_do_not_fit_keep_their_patterns),
        cmocka_unit_test(groups_that_are_wrong_are_refused),
        cmocka_unit_test(stages_that_are_wrong_are_refused),
        cmocka_unit_test(help_tells_of_stages_and_their_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
