/* Configurations: round trips, and what others read in them. */
#include "config_fixture.h"

#include <jansson.h>

/* ---- Round trips ---- */

static void
check_recipe_round_trip(const gsc_config *config)
{
    gsc_text recipe = {0};
    gsc_config over_defaults = defaults(), over_others = unusual();
    assert_return_ok(gsc_config_to_recipe(config, &recipe));
    assert_return_ok(read_lines(&over_defaults, recipe.data));
    assert_return_ok(read_lines(&over_others, recipe.data));
    assert_same(config, &over_defaults);
    assert_same(config, &over_others);
    gsc_text_free(&recipe);
}

static void
check_json_round_trip(const gsc_config *config)
{
    gsc_text json = {0};
    gsc_config again = unusual();
    assert_return_ok(gsc_config_to_json(config, &json));
    assert_return_ok(gsc_config_from_json(&again, json.data));
    assert_same(config, &again);
    gsc_text_free(&json);
}

static void
configurations_survive_recipes_and_json(void **state)
{
    (void)state;
    gsc_config usual = defaults(), other = unusual();
    check_recipe_round_trip(&usual);
    check_recipe_round_trip(&other);
    check_json_round_trip(&usual);
    check_json_round_trip(&other);
    assert_true(other.optimizer.weight_decay == 1e-320);
    assert_string_equal(binary_of(&other)->split_file, "splits/a = b, ü#1.txt");
}

static void
shipped_recipes_survive_recipes_and_json(void **state)
{
    (void)state;
    char **names;
    assert_return_ok(gsc_config_recipes(&names));
    for (size_t i = 0; names[i]; i++) {
        gsc_config config = defaults();
        assert_return_ok(gsc_config_read_recipe(&config, names[i]));
        check_recipe_round_trip(&config);
        check_json_round_trip(&config);
    }
    free_names(names);
}

/* What a recipe cannot hold may be refused, but not be written as something else. */
static void
a_recipe_does_not_change_a_path(void **state)
{
    (void)state;
    const char *const files[] = {"order #2.txt", "#2", " a", "a ", "a\nb"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        gsc_text recipe = {0};
        gsc_config config = defaults(), again = defaults();
        assert_return_ok(set(&config, "split_file", files[i]));
        if (gsc_config_to_recipe(&config, &recipe) == 0) {
            assert_return_ok(read_lines(&again, recipe.data));
            assert_string_equal(binary_of(&again)->split_file, files[i]);
        }
        gsc_text_free(&recipe);
    }
}

/* What JSON cannot hold may be refused, but not be written so that nobody reads it. */
static void
json_that_is_written_can_be_read(void **state)
{
    (void)state;
    gsc_text json = {0};
    gsc_config config = defaults();
    if (set(&config, "split_file", "caf\xe9.txt") == 0 &&
        gsc_config_to_json(&config, &json) == 0)
        assert_return_ok(gsc_config_from_json(&config, json.data));
    gsc_text_free(&json);
}

static void
json_without_a_key_gives_it_its_default(void **state)
{
    (void)state;
    gsc_config config = unusual(), expected = defaults();
    assert_return_ok(gsc_config_from_json(
        &config, "{\"task\": {\"p\": 31, \"later\": [1]}, \"later\": {}}"));
    binary_of(&expected)->p = 31;
    assert_same(&config, &expected);
}

static void
json_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    gsc_config config = defaults();
    assert_fails(gsc_config_from_json(&config, "{\"task\": {\"p\": 1}}"), GSC_EFORMAT,
                 "configuration: p: 1 is outside 2 … 4096");
    assert_fails(gsc_config_from_json(&config, "{\"model\": {\"act_fn\": \"rel\"}}"),
                 GSC_EFORMAT, "configuration: act_fn: no 'rel'; did you mean 'relu'?");
    assert_fails(gsc_config_from_json(&config, "{\"task\": {\"task\": \"party\"}}"),
                 GSC_EFORMAT,
                 "configuration: task: no 'party'; did you mean 'parity'?");
    assert_fails(gsc_config_from_json(&config, "{\"task\": "), GSC_EFORMAT,
                 "configuration: line 1: ");
}

/* ---- What others read in the JSON ---- */

static json_t *
parsed(const gsc_config *config)
{
    gsc_text text = {0};
    assert_return_ok(gsc_config_to_json(config, &text));
    json_t *root = json_loads(text.data, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    gsc_text_free(&text);
    return root;
}

/* Fields of its HookedTransformerConfig that make the network's shape. */
static const char *const lens_fields[] = {"n_layers",
                                          "d_model",
                                          "n_ctx",
                                          "d_head",
                                          "n_heads",
                                          "d_mlp",
                                          "act_fn",
                                          "d_vocab",
                                          "d_vocab_out",
                                          "eps",
                                          "use_attn_scale",
                                          "attn_scale",
                                          "attn_only",
                                          "attention_dir",
                                          "normalization_type",
                                          "final_rms",
                                          "parallel_attn_mlp",
                                          "positional_embedding_type",
                                          "rotary_dim",
                                          "rotary_base",
                                          "rotary_adjacent_pairs",
                                          "gated_mlp",
                                          "num_experts",
                                          "experts_per_token",
                                          "n_key_value_heads",
                                          "use_local_attn",
                                          "window_size",
                                          "attn_types"};
static const char *const own_fields[] = {"architecture",   "norm_position",
                                         "attention_rate", "dropout",
                                         "biases",         "attn_biases",
                                         "unembed_bias",   "init",
                                         "final_norm",     "tied",
                                         "readout",        "own_embeddings",
                                         "embed_rank",     "normalise_gates",
                                         "load_balance"};

static bool
is_among(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}
#define AMONG(name, names) is_among(name, names, sizeof(names) / sizeof *(names))

static void
the_model_has_names_of_transformer_lens_and_few_others(void **state)
{
    (void)state;
    gsc_config config = defaults();
    json_t *root = parsed(&config);
    json_t *model = json_object_get(root, "model");
    assert_true(json_object_size(model) >= 15);
    const char *name;
    json_t *value;
    json_object_foreach(model, name, value)
    {
        if (!AMONG(name, lens_fields) && !AMONG(name, own_fields))
            fail_msg("TransformerLens knows no '%s'", name);
    }
    assert_true(json_is_null(json_object_get(model, "normalization_type")));
    assert_string_equal(json_string_value(json_object_get(model, "act_fn")), "relu");
    assert_string_equal(json_string_value(json_object_get(model, "attention_dir")),
                        "causal");
    json_decref(root);
}

static void
json_has_every_option_in_its_section(void **state)
{
    (void)state;
    const char *const titles[] = {"task", "model", "init", "optimizer", "run"};
    size_t read = 0;
    gsc_config config = unusual();
    gsc_options sets[GSC_CONFIG_SETS];
    gsc_config_options(&config, sets);
    json_t *root = parsed(&config);
    assert_int_equal(json_object_size(root), 5);
    for (size_t t = 0; t < 5; t++) {
        size_t num_options = 0;
        for (; read < GSC_CONFIG_SETS && strcmp(sets[read].title, titles[t]) == 0;
             read++)
            num_options += sets[read].num_rows;
        assert_int_equal(json_object_size(json_object_get(root, titles[t])),
                         num_options);
    }
    assert_int_equal(read, GSC_CONFIG_SETS);
    json_decref(root);
}

static void
no_two_keys_have_one_name(void **state)
{
    (void)state;
    gsc_config config = defaults();
    gsc_options sets[GSC_CONFIG_SETS];
    gsc_config_options(&config, sets);
    for (size_t s = 0; s < GSC_CONFIG_SETS; s++)
        for (size_t i = 0; i < sets[s].num_rows; i++)
            assert_ptr_equal(
                gsc_options_find(sets, GSC_CONFIG_SETS, sets[s].rows[i].name, NULL),
                &sets[s].rows[i]);
}

/* Lines and columns become single spaces. */
static void
unwrap(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++)
        if (!strchr(" \n", *from) || (to > text && to[-1] != ' '))
            *to++ = *from == '\n' ? ' ' : *from;
    *to = '\0';
}

static void
help_holds_every_key_and_its_default(void **state)
{
    (void)state;
    gsc_config config = defaults();
    gsc_options sets[GSC_CONFIG_SETS];
    gsc_config_options(&config, sets);
    for (size_t s = 0; s < GSC_CONFIG_SETS; s++)
        for (size_t i = 0; i < sets[s].num_rows; i++) {
            gsc_options one = {sets[s].title, &sets[s].rows[i], 1, sets[s].values};
            char option[64] = "      --", fallback[64], words[1024];
            const gsc_option *key = one.rows;
            for (size_t c = 0; c <= strlen(key->name); c++)
                option[8 + c] = key->name[c] == '_' ? '-' : key->name[c];
            snprintf(fallback, sizeof fallback, "default %s] ", key->fallback);
            gsc_text help = {0};
            assert_return_ok(gsc_options_add_help(&one, 80, &help));
            assert_memory_equal(help.data, option, strlen(option));
            unwrap(help.data);
            snprintf(words, sizeof words, "%s", key->help);
            unwrap(words);
            assert_non_null(strstr(help.data, words));
            if (*key->fallback && !strstr(help.data, fallback))
                fail_msg("%s has no%s", help.data, fallback);
            gsc_text_free(&help);
        }
}

/* ---- What follows from the task ---- */

static int
resolve(gsc_config *config)
{
    gsc_dataset dataset = {0};
    gsc_facets facets = {0};
    const gsc_task *task = gsc_config_task(config);
    assert_return_ok(task->make(config->task.room.values, &dataset, &facets));
    int status = gsc_config_resolve(config, &dataset);
    gsc_dataset_free(&dataset);
    gsc_facets_free(&facets);
    return status;
}

static void
sizes_follow_from_the_task(void **state)
{
    (void)state;
    gsc_config config = defaults();
    assert_return_ok(read_lines(&config, "p = 11\nd_model = 24\nn_heads = 3\n"));
    assert_return_ok(resolve(&config));
    assert_int_equal(tokens_of(&config)->d_vocab, 12);
    assert_int_equal(tokens_of(&config)->d_vocab_out, 11);
    assert_int_equal(tokens_of(&config)->n_ctx, 3);
    assert_int_equal(tokens_of(&config)->d_head, 8);
    gsc_config again = config;
    assert_return_ok(resolve(&again));
    assert_same(&config, &again);
}

static void
sizes_that_are_given_stay(void **state)
{
    (void)state;
    gsc_config config = defaults();
    assert_return_ok(read_lines(&config,
                                "p = 11\nlayout = a b\nd_head = 5\n"
                                "d_vocab = 20\nd_vocab_out = 12\nn_ctx = 2\n"));
    assert_return_ok(resolve(&config));
    assert_int_equal(tokens_of(&config)->d_vocab, 20);
    assert_int_equal(tokens_of(&config)->d_vocab_out, 12);
    assert_int_equal(tokens_of(&config)->n_ctx, 2);
    assert_int_equal(tokens_of(&config)->d_head, 5);
}

static void
what_no_single_key_shows_is_refused(void **state)
{
    (void)state;
    const struct {
        const char *lines, *message;
    } cases[] = {
        {"d_vocab = 11", "d_vocab: 11, but the task has 12 tokens"},
        {"d_vocab_out = 10", "d_vocab_out: 10, but the task has 11 outputs"},
        {"n_ctx = 2", "n_ctx: 2, but the task has 3 positions"},
        {"n_ctx = 4", "n_ctx: 4, but an example has 3 tokens"},
        {"d_model = 3", "d_head: d_model 3 is less than n_heads 4"},
        {"architecture = gromov_mlp", "architecture: gromov_mlp takes 2 tokens, but an "
                                      "example has 3; layout 'a b' has "
                                      "two"},
        {"init = analytic",
         "init: transformer has no 'analytic'; its default is 'nanda'"},
        {"loss_positions = all\nd_vocab_out = 11",
         "d_vocab_out: 11, but the task has 12 outputs"},
        {"architecture = zhong_beta\nlayout = a b\nloss_positions = all",
         "loss_positions: 2 outputs are asked for, but zhong_beta has one, the answer"},
        {"task = parity\narchitecture = transformer",
         "architecture: transformer takes tokens, which this task does not have; mlp "
         "takes numbers"},
        {"save_on = test_accuracy",
         "save_on: 'test_accuracy': 'test_accuracy' does not begin with "
         "column:threshold"},
        {"checkpoints = every:5",
         "checkpoints: 'every:5' is none of linear:N, log:N, list:N,N,…, nor several "
         "of them with commas between"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gsc_config config = defaults();
        assert_return_ok(read_lines(&config, cases[i].lines));
        if (gsc_config_task(&config) == &gsc_task_binary_operation)
            binary_of(&config)->p = 11;
        assert_int_equal(resolve(&config), GSC_EARGUMENT);
        assert_string_equal(gsc_error_text(), cases[i].message);
    }
}

/* ---- What only other tasks and architectures have ---- */

static void
options_of_another_choice_are_refused(void **state)
{
    (void)state;
    gsc_config config = defaults();
    assert_return_ok(set(&config, "architecture", "gromov_mlp"));
    assert_fails(set(&config, "normalization_type", "LN"), GSC_EARGUMENT,
                 "normalization_type is an option of architecture transformer; the "
                 "architecture is gromov_mlp");
    assert_return_ok(set(&config, "task", "parity"));
    assert_fails(set(&config, "operation", "add"), GSC_EARGUMENT,
                 "operation is an option of task binary_operation, lists; the task is "
                 "parity");
    assert_fails(set(&config, "operatoin", "add"), GSC_EARGUMENT,
                 "no option 'operatoin'");
}

static void
a_choice_begins_with_its_own_defaults(void **state)
{
    (void)state;
    gsc_config config = defaults(), expected = defaults();
    assert_return_ok(set(&config, "p", "7"));
    assert_return_ok(set(&config, "task", "binary_operation")); /* chosen already */
    assert_int_equal(binary_of(&config)->p, 7);
    assert_return_ok(set(&config, "task", "parity"));
    assert_return_ok(set(&config, "task", "binary_operation"));
    assert_same(&config, &expected);
}

static void
every_task_and_architecture_survives_json(void **state)
{
    (void)state;
    for (size_t t = 0; gsc_builtin_tasks[t]; t++)
        for (size_t a = 0; gsc_builtin_architectures[a]; a++) {
            gsc_config config = defaults();
            assert_return_ok(set(&config, "task", gsc_builtin_tasks[t]->name));
            assert_return_ok(
                set(&config, "architecture", gsc_builtin_architectures[a]->name));
            check_json_round_trip(&config);
            check_recipe_round_trip(&config);
        }
}

/* ---- What is not known ---- */

/* A list that was cut off would say of the rest that it is known. */
static void
names_that_are_not_known_are_all_kept_or_refused(void **state)
{
    (void)state;
    gsc_config config = defaults(), again = defaults();
    char name[32];
    size_t count = 0;
    gsc_text json = {0};
    int status;
    do {
        snprintf(name, sizeof name, "option_%03zu", count);
        status = gsc_config_forget(&config, name);
        count += status == 0;
    } while (status == 0 && count < GSC_NOT_KNOWN_BYTES);
    assert_int_equal(count, (GSC_NOT_KNOWN_BYTES - 2) / strlen("option_000 "));
    assert_fails(gsc_config_forget(&config, name), GSC_EARGUMENT,
                 "options that nobody told take more than 1023 bytes with 'option_");
    assert_true(gsc_config_is_known(&config, name));
    assert_return_ok(gsc_config_forget(&config, "option_000")); /* is there already */
    assert_return_ok(gsc_config_to_json(&config, &json));
    assert_return_ok(gsc_config_from_json(&again, json.data));
    for (size_t i = 0; i < count; i++) {
        snprintf(name, sizeof name, "option_%03zu", i);
        assert_false(gsc_config_is_known(&again, name));
    }
    gsc_text_free(&json);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(configurations_survive_recipes_and_json),
        cmocka_unit_test(shipped_recipes_survive_recipes_and_json),
        cmocka_unit_test(a_recipe_does_not_change_a_path),
        cmocka_unit_test(json_that_is_written_can_be_read),
        cmocka_unit_test(json_without_a_key_gives_it_its_default),
        cmocka_unit_test(json_that_does_not_fit_is_refused),
        cmocka_unit_test(the_model_has_names_of_transformer_lens_and_few_others),
        cmocka_unit_test(json_has_every_option_in_its_section),
        cmocka_unit_test(no_two_keys_have_one_name),
        cmocka_unit_test(help_holds_every_key_and_its_default),
        cmocka_unit_test(sizes_follow_from_the_task),
        cmocka_unit_test(sizes_that_are_given_stay),
        cmocka_unit_test(what_no_single_key_shows_is_refused),
        cmocka_unit_test(options_of_another_choice_are_refused),
        cmocka_unit_test(a_choice_begins_with_its_own_defaults),
        cmocka_unit_test(every_task_and_architecture_survives_json),
        cmocka_unit_test(names_that_are_not_known_are_all_kept_or_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
