/* Fields of other programs' configurations, as our options. */
#include "test.h"
#include "train/exchange/external.h"
#include "train/exchange/external_config.h"
#include "train/exchange/external_fields.h"

#include <stdio.h>

/* Read a configuration in JSON. */
static int
read_json(const char *json, gsc_config *config)
{
    gsc_external *file;
    assert_return_ok(gsc_config_unset(config));
    assert_return_ok(gsc_external_open_json(&file, json, "test.json"));
    int status = gsc_config_read_external(config, gsc_external_root(file));
    gsc_external_close(file);
    return status;
}

static void
check(const char *json, const char *name, const char *expected)
{
    gsc_config config;
    gsc_options sets[GSC_CONFIG_SETS];
    gsc_text text = {0};
    void *value;
    assert_return_ok(read_json(json, &config));
    gsc_config_options(&config, sets);
    const gsc_option *option = gsc_options_find(sets, GSC_CONFIG_SETS, name, &value);
    assert_non_null(option);
    bool is_unset = option->type == GSC_OPTION_CHOICE && *(int64_t *)value < 0;
    assert_return_ok(!gsc_config_is_known(&config, name) || is_unset
                         ? gsc_text_add(&text, "not known")
                         : gsc_options_add_value(option, value, &text));
    if (strcmp(text.data, expected) != 0)
        fail_msg("%s: %s is %s, not %s", json, name, text.data, expected);
    gsc_text_free(&text);
}

static void
operations_have_many_names(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        {"add", "add"},           {"+", "add"},
        {"x+y", "add"},           {"(a + b) % p", "add"},
        {"mod_add", "add"},       {"Modular Addition", "add"},
        {"x + y (mod p)", "add"}, {"modular_subtraction", "subtract"},
        {"a-b", "subtract"},      {"x*y", "multiply"},
        {"mul", "multiply"},      {"x/y", "divide"},
        {"division", "divide"},   {"cube_plus", "cube_plus"},
        {"copy", "not known"},    {"", "not known"}};
    static const char *const fields[] = {"operation", "op", "task", "task_name"};
    char json[128];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(json, sizeof json, "{\"%s\": \"%s\"}", fields[i % 4], names[i][0]);
        check(json, "operation", names[i][1]);
    }
}

static void
activations_are_words_or_classes(void **state)
{
    (void)state;
    check("{\"activation\": \"ReLU\"}", "act_fn", "relu");
    check("{\"act\": \"torch.nn.GELU()\"}", "act_fn", "gelu");
    check("{\"hidden_act\": \"gelu_new\"}", "act_fn", "gelu_new");
    check("{\"nonlinearity\": \"swish\"}", "act_fn", "silu");
    check("{\"activation\": \"mish\"}", "act_fn", "not known");
}

static void
numbers_may_be_shares_or_percents(void **state)
{
    (void)state;
    check("{\"train_frac\": 0.3}", "train_fraction", "0.3");
    check("{\"train_pct\": 30}", "train_fraction", "0.3");
    check("{\"train_pct\": 300}", "train_fraction", "not known");
    check("{\"train_split\": \"even\"}", "train_fraction", "not known");
    check("{\"prime\": 97}", "p", "97");
    check("{\"mod\": -3}", "p", "not known");
    check("{\"wd\": 0.5, \"betas\": [0.9, 0.98]}", "weight_decay", "0.5");
    check("{\"wd\": 0.5, \"betas\": [0.9, 0.98]}", "beta2", "0.98");
}

static void
truths_stand_for_choices(void **state)
{
    (void)state;
    check("{\"norm_first\": true}", "norm_position", "pre");
    check("{\"norm_first\": false}", "norm_position", "post");
    check("{\"causal\": true}", "attention_dir", "causal");
    check("{\"is_causal\": false}", "attention_dir", "bidirectional");
}

static void
an_epoch_is_a_step_where_there_are_no_batches(void **state)
{
    (void)state;
    check("{\"epochs\": 500}", "steps", "500");
    check("{\"epochs\": 500, \"batch_size\": -1}", "steps", "500");
    check("{\"epochs\": 500, \"batch_size\": 32}", "steps", "not known");
}

static void
what_lies_beside_sections_counts_more(void **state)
{
    (void)state;
    check("{\"model\": {\"nhead\": 2}, \"data\": {\"p\": 7}}", "n_heads", "2");
    check("{\"model\": {\"nhead\": 2}, \"data\": {\"p\": 7}}", "p", "7");
    check("{\"args\": {\"model\": {\"nhead\": 2}}, \"nhead\": 3}", "n_heads", "3");
    check("{\"other\": {\"nhead\": 2}}", "n_heads", "0");
}

static void
published_code_is_taken_at_its_word(void **state)
{
    (void)state;
    gsc_config config;
    check("{\"fn_name\": \"subtract\", \"p\": 7}", "layout", "a b =");
    check("{\"fn_name\": \"x2xyy2\", \"p\": 7}", "operation", "quad2");
    check("{\"use_attn_scale\": false}", "attn_scale", "1");
    check("{\"C\": 59, \"model_type\": \"D\"}", "architecture", "zhong_delta");
    assert_fails(read_json("{\"act_fn\": \"mish\"}", &config), GSC_EFORMAT,
                 "act_fn: no 'mish'");
    assert_fails(read_json("{\"C\": 59, \"model_type\": \"E\"}", &config), GSC_EFORMAT,
                 "model_type is 'E', expected A to D");
    assert_fails(read_json("{\"use_local_attn\": true}", &config), GSC_EFORMAT,
                 "local attention");
    assert_fails(read_json("[1]", &config), GSC_EFORMAT, "no names and values");
}

static void
sizes_are_compared_with_the_network(void **state)
{
    (void)state;
    static const char json[] =
        "{\"n_embd\": 64, \"depth\": 1, \"hidden_dim\": 12, \"dim_feedforward\": 9, "
        "\"vocab_size\": 8, \"model\": {\"nhead\": 7}}";
    gsc_config config;
    gsc_external *file;
    gsc_text text = {0};
    assert_return_ok(gsc_config_unset(&config));
    gsc_import_choose(&config, &gsc_architecture_transformer);
    gsc_token_model *m = gsc_import_model(&config);
    m->n_layers = 1, m->n_heads = 2, m->d_model = 8, m->d_mlp = 12, m->d_vocab = 8;
    assert_return_ok(gsc_external_open_json(&file, json, "test.json"));
    assert_return_ok(
        gsc_external_fields_differ(gsc_external_root(file), &config, &text));
    assert_string_equal(text.data,
                        "nhead 7 (n_heads 2), n_embd 64 (d_model 8), dim_feedforward 9 "
                        "(d_mlp 12)");
    gsc_text_free(&text);
    gsc_external_close(file);
}

static bool
may_be(const char *json)
{
    gsc_external *file;
    assert_return_ok(gsc_external_open_json(&file, json, "test.json"));
    bool may = gsc_external_fields_are_there(gsc_external_root(file));
    gsc_external_close(file);
    return may;
}

static void
a_configuration_has_plain_values(void **state)
{
    (void)state;
    assert_true(may_be("{\"lr\": 0.1}"));
    assert_true(may_be("{\"model\": {\"nhead\": 2}}"));
    assert_true(may_be("{\"lr\": 0.1, \"seed\": null, \"layers\": [1, 2]}"));
    assert_false(may_be("{}"));
    assert_false(may_be("{\"other\": {\"nhead\": 2}}"));
    assert_false(may_be("[1, 2]"));
    assert_false(gsc_external_fields_are_there(NULL));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations_have_many_names),
        cmocka_unit_test(activations_are_words_or_classes),
        cmocka_unit_test(numbers_may_be_shares_or_percents),
        cmocka_unit_test(truths_stand_for_choices),
        cmocka_unit_test(an_epoch_is_a_step_where_there_are_no_batches),
        cmocka_unit_test(what_lies_beside_sections_counts_more),
        cmocka_unit_test(published_code_is_taken_at_its_word),
        cmocka_unit_test(sizes_are_compared_with_the_network),
        cmocka_unit_test(a_configuration_has_plain_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
