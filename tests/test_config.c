/* Configurations: recipes line by line, the shipped ones, round trips, what a run that
 * goes on may change. */
#include "test.h"

#include "grokscope/config.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/grokscope-config-XXXXXX";
static char path[sizeof folder + 16];

static void
write_bytes(const char *data, size_t length)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static gsc_config
defaults(void)
{
    gsc_config config;
    memset(&config, 0, sizeof config);
    assert_return_ok(gsc_config_default(&config));
    return config;
}

/* Read these lines over the values in `config`. */
static int
read_lines(gsc_config *config, const char *lines)
{
    write_bytes(lines, strlen(lines));
    return gsc_config_read_recipe(config, path);
}

static int
set(gsc_config *config, const char *name, const char *text)
{
    gsc_keys sets[GSC_CONFIG_SETS];
    gsc_config_keys(config, sets);
    return gsc_keys_set(sets, GSC_CONFIG_SETS, name, text);
}

static void
assert_same(const gsc_config *a, const gsc_config *b)
{
    gsc_text texts[2] = {{0}, {0}};
    assert_return_ok(gsc_config_to_json(a, &texts[0]));
    assert_return_ok(gsc_config_to_json(b, &texts[1]));
    assert_string_equal(texts[0].data, texts[1].data);
    gsc_text_free(&texts[0]);
    gsc_text_free(&texts[1]);
}

/* Every key at another value than its default, where it has another. */
static gsc_config
unusual(void)
{
    gsc_config config = defaults();
    assert_return_ok(
        read_lines(&config, "operation = cube2\np = 97\nlayout = a b\n"
                            "train_fraction = 0.1\ndata_seed = 9007199254740991\n"
                            "split_file = splits/a = b, ü#1.txt\n"
                            "n_layers = 3\nd_model = 48\nn_heads = 6\nd_head = 7\n"
                            "d_mlp = 11\nd_vocab = 98\nd_vocab_out = 99\nn_ctx = 2\n"
                            "train_biases = no\nseed = 8999999999999999\n"
                            "learning_rate = 0.30000000000000004\n"
                            "weight_decay = 1e-320\nbeta1 = 0\nbeta2 = 0.999999\n"
                            "epsilon = 1\nwarmup = 0\nfirst_rate_zero = yes\n"
                            "steps = 123456789012\ncheckpoints = list:0,50,400\n"
                            "log_every = 7\nstop_test_loss = 0.01\n"
                            "stop_test_accuracy = 0.99\nstop_patience = 300\n"
                            "dtype = float64\n"));
    return config;
}

/* ---- Recipes line by line ---- */

static void
a_recipe_sets_what_it_names_and_nothing_else(void **state)
{
    (void)state;
    gsc_config config = defaults(), expected = defaults();
    assert_return_ok(read_lines(&config, "p = 59\nlearning_rate=1e-2\n"
                                         "  weight-decay =\t0.5  \nlayout = a b =\n"
                                         "operation = square_plus"));
    expected.task.p = 59;
    expected.optimizer.learning_rate = 0.01;
    expected.optimizer.weight_decay = 0.5;
    expected.task.layout = GSC_LAYOUT_A_B_EQUALS;
    assert_return_ok(set(&expected, "operation", "square_plus"));
    assert_same(&config, &expected);
    assert_return_ok(read_lines(&config, "layout = a b\n"));
    expected.task.layout = GSC_LAYOUT_A_B;
    assert_same(&config, &expected);
}

static void
the_first_equals_sign_ends_the_key(void **state)
{
    (void)state;
    gsc_config config = defaults();
    config.task.layout = GSC_LAYOUT_A_B;
    assert_return_ok(read_lines(&config, "layout = a b =\nsplit_file==a=b=\n"));
    assert_int_equal(config.task.layout, GSC_LAYOUT_A_B_EQUALS);
    assert_string_equal(config.task.split_file, "=a=b=");
}

static void
comments_and_blank_lines_are_passed_over(void **state)
{
    (void)state;
    gsc_config config = defaults();
    assert_return_ok(read_lines(&config, "# p = 5\n\n   \t\n#\n   # n_ctx = 3\n"
                                         "p = 7 # not 11\nd_mlp = 64\t# wide\n"
                                         "split_file = a#b # c # d\n"));
    assert_int_equal(config.task.p, 7);
    assert_int_equal(config.model.d_mlp, 64);
    assert_int_equal(config.model.n_ctx, 0);
    assert_string_equal(config.task.split_file, "a#b");
}

static void
a_number_sign_without_a_blank_begins_no_comment(void **state)
{
    (void)state;
    gsc_config config = defaults();
    assert_return_ok(read_lines(&config, "split_file =#1.txt\n"));
    assert_string_equal(config.task.split_file, "#1.txt");
}

static void
lines_of_another_system_are_read(void **state)
{
    (void)state;
    gsc_config config = defaults();
    assert_return_ok(read_lines(&config, "p = 7\r\n\r\nlayout = a b\r\n"));
    assert_int_equal(config.task.p, 7);
    assert_int_equal(config.task.layout, GSC_LAYOUT_A_B);
}

static void
an_empty_recipe_sets_nothing(void **state)
{
    (void)state;
    gsc_config config = unusual(), expected = config;
    assert_return_ok(read_lines(&config, ""));
    assert_same(&config, &expected);
}

static void
text_may_be_set_to_nothing(void **state)
{
    (void)state;
    gsc_config config = unusual();
    assert_return_ok(read_lines(&config, "split_file =\n"));
    assert_string_equal(config.task.split_file, "");
}

/* ---- Mistakes, with file and line ---- */

static void
assert_line_refused(const char *lines, int line, const char *message)
{
    char expected[512];
    gsc_config config = defaults();
    snprintf(expected, sizeof expected, "%s:%d: %s", path, line, message);
    assert_int_equal(read_lines(&config, lines), GSC_EARGUMENT);
    assert_string_equal(gsc_error_text(), expected);
}

static void
a_line_without_equals_sign_is_refused(void **state)
{
    (void)state;
    assert_line_refused("p = 7\n\n  p 7 # seven\n", 3,
                        "'p 7' is not of the form key = value");
    assert_line_refused("operation # = add\n", 1,
                        "'operation' is not of the form key = value");
}

static void
an_unknown_key_is_refused_with_the_nearest(void **state)
{
    (void)state;
    assert_line_refused("# one\n# two\nwieght_decay = 1\n", 3,
                        "no key 'wieght_decay'; did you mean 'weight_decay'?");
    assert_line_refused("n-layer = 1", 1, "no key 'n-layer'; did you mean 'n_layers'?");
    assert_line_refused("tokenizer_name = 1", 1, "no key 'tokenizer_name'");
}

static void
a_key_given_twice_is_refused(void **state)
{
    (void)state;
    assert_line_refused("p = 7\nseed = 1\np = 7\n", 3, "p is given twice");
    assert_line_refused("log_every = 7\nlog-every = 8\n", 2,
                        "log_every is given twice");
}

static void
a_value_out_of_range_is_refused(void **state)
{
    (void)state;
    assert_line_refused("p = 1\n", 1, "p: 1 is outside 2 … 4096");
    assert_line_refused("\np = 4097\n", 2, "p: 4097 is outside 2 … 4096");
    assert_line_refused("train_fraction = 1.5", 1,
                        "train_fraction: 1.5 is outside 0 … 1");
    assert_line_refused("train_fraction = nan", 1,
                        "train_fraction: nan is outside 0 … 1");
    assert_line_refused("beta1 = 1", 1, "beta1: 1 is outside 0 … 0.999999");
}

static void
a_value_of_another_type_is_refused(void **state)
{
    (void)state;
    assert_line_refused("p = seven", 1, "p: 'seven' is not a whole number");
    assert_line_refused("p =", 1, "p: '' is not a whole number");
    assert_line_refused("weight_decay = 1 0", 1, "weight_decay: '1 0' is not a number");
    assert_line_refused("train_biases = perhaps", 1,
                        "train_biases: 'perhaps' is neither yes nor no");
    assert_line_refused("operation = multipy", 1,
                        "operation: no 'multipy'; did you mean 'multiply'?");
    assert_line_refused("dtype = float23", 1,
                        "dtype: no 'float23'; did you mean 'float32'?");
    assert_line_refused("layout = b a = ?", 1,
                        "layout: no 'b a = ?'; it is one of 'a b =', 'a b'");
}

static void
a_seed_beyond_its_range_is_refused(void **state)
{
    (void)state;
    gsc_config config = defaults();
    assert_return_ok(set(&config, "data_seed", "9007199254740992"));
    assert_fails(set(&config, "data_seed", "9007199254740993"), GSC_EARGUMENT,
                 "data_seed: ");
    assert_fails(set(&config, "data_seed", "-1"), GSC_EARGUMENT, "data_seed: -1 is ");
}

static void
a_file_that_is_no_text_is_refused(void **state)
{
    (void)state;
    gsc_config config = defaults();
    char message[128];
    write_bytes("p = 7\n\0p = 9\n", 14);
    snprintf(message, sizeof message, "%s: not a text file", path);
    assert_int_equal(gsc_config_read_recipe(&config, path), GSC_EARGUMENT);
    assert_string_equal(gsc_error_text(), message);
    snprintf(message, sizeof message, "%s: Is a directory", folder);
    assert_int_equal(gsc_config_read_recipe(&config, folder), GSC_EFORMAT);
    assert_string_equal(gsc_error_text(), message);
}

static void
a_file_far_too_long_is_refused(void **state)
{
    (void)state;
    enum { LENGTH = (1 << 20) + 1 };
    gsc_config config = defaults();
    char *lines = malloc(LENGTH);
    assert_non_null(lines);
    memset(lines, '\n', LENGTH);
    write_bytes(lines, LENGTH);
    free(lines);
    assert_fails(gsc_config_read_recipe(&config, path), GSC_EFORMAT,
                 ": longer than 1048576 bytes");
}

static void
an_unknown_recipe_is_refused_with_the_nearest(void **state)
{
    (void)state;
    gsc_config config = defaults();
    assert_int_equal(gsc_config_read_recipe(&config, "nanda_mainlin"), GSC_EARGUMENT);
    assert_string_equal(
        gsc_error_text(),
        "no file and no recipe 'nanda_mainlin'; did you mean 'nanda-mainline'?");
    assert_fails(gsc_config_read_recipe(&config, "zebra"), GSC_EARGUMENT,
                 "no file and no recipe 'zebra'; there are: ");
    assert_non_null(strstr(gsc_error_text(), "nanda-mainline"));
}

static void
a_missing_file_is_not_taken_for_a_recipe(void **state)
{
    (void)state;
    gsc_config config = defaults();
    char name[256] = "/none/"; /* a long path is near to no recipe's name */
    memset(name + 6, 'x', 200);
    assert_fails(gsc_config_read_recipe(&config, "/none/of/these/there"), GSC_EARGUMENT,
                 "no file and no recipe '/none/of/these/there'; there are: ");
    assert_fails(gsc_config_read_recipe(&config, name), GSC_EARGUMENT, "; there are: ");
}

/* ---- The shipped recipes ---- */

static void
free_names(char **names)
{
    for (size_t i = 0; names[i]; i++)
        free(names[i]);
    free(names);
}

static void
the_list_is_that_of_the_folder(void **state)
{
    (void)state;
    char **names;
    size_t count = 0, files = 0;
    assert_return_ok(gsc_config_recipes(&names));
    for (; names[count]; count++) {
        char file[1024];
        snprintf(file, sizeof file, "%s/train/recipes/%s.recipe", GSC_SOURCE_FOLDER,
                 names[count]);
        assert_int_equal(access(file, R_OK), 0);
        assert_true(count == 0 || strcmp(names[count - 1], names[count]) < 0);
    }
    DIR *entries = opendir(GSC_SOURCE_FOLDER "/train/recipes");
    assert_non_null(entries);
    for (struct dirent *entry; (entry = readdir(entries));)
        files += strstr(entry->d_name, ".recipe") != NULL;
    closedir(entries);
    assert_int_equal(count, files);
    assert_true(count > 0);
    free_names(names);
}

static void
every_shipped_recipe_makes_a_run(void **state)
{
    (void)state;
    char **names;
    assert_return_ok(gsc_config_recipes(&names));
    for (size_t i = 0; names[i]; i++) {
        gsc_config config = defaults();
        gsc_task task;
        gsc_model model;
        assert_return_ok(gsc_config_read_recipe(&config, names[i]));
        assert_return_ok(gsc_task_init(&task, &config.task));
        assert_return_ok(gsc_config_resolve(&config, &task));
        assert_true(config.model.d_vocab >= (int64_t)task.d_vocab);
        assert_true(config.model.d_vocab_out >= (int64_t)task.num_answers);
        assert_int_equal(config.model.n_ctx, task.n_ctx);
        assert_true(config.model.d_head > 0);
        assert_return_ok(gsc_model_init(&model, &config.model, &config.init));
        gsc_model_free(&model);
        gsc_task_free(&task);
    }
    free_names(names);
}

static void
a_shipped_recipe_is_its_file(void **state)
{
    (void)state;
    gsc_config by_name = defaults(), by_file = defaults();
    assert_return_ok(gsc_config_read_recipe(&by_name, "nanda-mainline"));
    assert_return_ok(gsc_config_read_recipe(&by_file, GSC_SOURCE_FOLDER
                                            "/train/recipes/nanda-mainline.recipe"));
    assert_same(&by_name, &by_file);
    assert_int_equal(by_name.task.p, 113); /* arXiv 2301.05217, section 3 */
    assert_int_equal(by_name.model.d_model, 128);
    assert_int_equal(by_name.model.d_mlp, 512);
    assert_true(by_name.optimizer.weight_decay == 1);
    assert_int_equal(by_name.run.steps, 40000);
}

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
    assert_string_equal(other.task.split_file, "splits/a = b, ü#1.txt");
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
            assert_string_equal(again.task.split_file, files[i]);
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
    expected.task.p = 31;
    assert_same(&config, &expected);
}

static void
json_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    gsc_config config;
    assert_fails(gsc_config_from_json(&config, "{\"task\": {\"p\": 1}}"), GSC_EFORMAT,
                 "configuration: p: 1 is outside 2 … 4096");
    assert_fails(gsc_config_from_json(&config, "{\"model\": {\"act_fn\": \"rel\"}}"),
                 GSC_EFORMAT, "configuration: act_fn: no 'rel'; did you mean 'relu'?");
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

static void
the_model_has_only_names_of_transformer_lens(void **state)
{
    (void)state;
    /* Fields of its HookedTransformerConfig that make the network's shape. */
    const char *const fields[] = {"n_layers",
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
                                  "gated_mlp",
                                  "n_key_value_heads",
                                  "use_local_attn",
                                  "window_size",
                                  "attn_types"};
    gsc_config config = defaults();
    json_t *root = parsed(&config);
    json_t *model = json_object_get(root, "model");
    assert_true(json_object_size(model) >= 8);
    const char *name;
    json_t *value;
    json_object_foreach(model, name, value)
    {
        bool known = false;
        for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
            known = known || strcmp(name, fields[i]) == 0;
        if (!known)
            fail_msg("TransformerLens knows no '%s'", name);
    }
    assert_true(json_is_null(json_object_get(model, "normalization_type")));
    assert_string_equal(json_string_value(json_object_get(model, "act_fn")), "relu");
    assert_string_equal(json_string_value(json_object_get(model, "attention_dir")),
                        "causal");
    json_decref(root);
}

static void
json_has_a_section_for_each_set_of_keys(void **state)
{
    (void)state;
    const char *const titles[] = {"task", "model", "init", "optimizer", "run"};
    gsc_config config = unusual();
    gsc_keys sets[GSC_CONFIG_SETS];
    gsc_config_keys(&config, sets);
    json_t *root = parsed(&config);
    assert_int_equal(json_object_size(root), GSC_CONFIG_SETS);
    for (size_t i = 0; i < GSC_CONFIG_SETS; i++) {
        assert_string_equal(sets[i].title, titles[i]);
        assert_int_equal(json_object_size(json_object_get(root, titles[i])),
                         sets[i].num_rows);
    }
    json_decref(root);
}

static void
no_two_keys_have_one_name(void **state)
{
    (void)state;
    gsc_config config = defaults();
    gsc_keys sets[GSC_CONFIG_SETS];
    gsc_config_keys(&config, sets);
    for (size_t s = 0; s < GSC_CONFIG_SETS; s++)
        for (size_t i = 0; i < sets[s].num_rows; i++)
            assert_ptr_equal(
                gsc_keys_find(sets, GSC_CONFIG_SETS, sets[s].rows[i].name, NULL),
                &sets[s].rows[i]);
}

static void
help_holds_every_key_and_its_default(void **state)
{
    (void)state;
    gsc_config config = defaults();
    gsc_keys sets[GSC_CONFIG_SETS];
    gsc_config_keys(&config, sets);
    for (size_t s = 0; s < GSC_CONFIG_SETS; s++)
        for (size_t i = 0; i < sets[s].num_rows; i++) {
            gsc_keys one = {sets[s].title, &sets[s].rows[i], 1, sets[s].values};
            char option[64] = "      --", fallback[64];
            const gsc_key *key = one.rows;
            for (size_t c = 0; c <= strlen(key->name); c++)
                option[8 + c] = key->name[c] == '_' ? '-' : key->name[c];
            snprintf(fallback, sizeof fallback, " [%s]\n", key->fallback);
            gsc_text help = {0};
            assert_return_ok(gsc_keys_add_help(&one, &help));
            assert_memory_equal(help.data, option, strlen(option));
            assert_non_null(strstr(help.data, key->help));
            if (*key->fallback && !strstr(help.data, fallback))
                fail_msg("%s has no%s", help.data, fallback);
            gsc_text_free(&help);
        }
}

/* ---- What follows from the task ---- */

static int
resolve(gsc_config *config)
{
    gsc_task task;
    assert_return_ok(gsc_task_init(&task, &config->task));
    int status = gsc_config_resolve(config, &task);
    gsc_task_free(&task);
    return status;
}

static void
sizes_follow_from_the_task(void **state)
{
    (void)state;
    gsc_config config = defaults();
    assert_return_ok(read_lines(&config, "p = 11\nd_model = 24\nn_heads = 3\n"));
    assert_return_ok(resolve(&config));
    assert_int_equal(config.model.d_vocab, 12);
    assert_int_equal(config.model.d_vocab_out, 11);
    assert_int_equal(config.model.n_ctx, 3);
    assert_int_equal(config.model.d_head, 8);
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
    assert_int_equal(config.model.d_vocab, 20);
    assert_int_equal(config.model.d_vocab_out, 12);
    assert_int_equal(config.model.n_ctx, 2);
    assert_int_equal(config.model.d_head, 5);
}

static void
what_no_single_key_shows_is_refused(void **state)
{
    (void)state;
    const struct {
        const char *lines, *message;
    } cases[] = {
        {"d_vocab = 11", "d_vocab: 11, but the task has 12 tokens"},
        {"d_vocab_out = 10", "d_vocab_out: 10, but the task has 11 answers"},
        {"n_ctx = 2", "n_ctx: 2, but the task has 3 positions"},
        {"n_ctx = 4", "n_ctx: 4, but an example has 3 tokens"},
        {"n_heads = 3", "d_head: d_model 128 is no multiple of n_heads 3"},
        {"checkpoints = every:5",
         "checkpoints: 'every:5' is none of linear:N, log:N, list:N,N,…"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gsc_config config = defaults();
        assert_return_ok(read_lines(&config, cases[i].lines));
        config.task.p = 11;
        assert_int_equal(resolve(&config), GSC_EARGUMENT);
        assert_string_equal(gsc_error_text(), cases[i].message);
    }
}

/* ---- Going on with a run ---- */

static void
steps_and_checkpoints_may_change(void **state)
{
    (void)state;
    gsc_config before = unusual(), now = before;
    assert_return_ok(gsc_config_continues(&now, &before));
    now.run.steps = 5;
    assert_return_ok(set(&now, "checkpoints", "log:20"));
    assert_return_ok(gsc_config_continues(&now, &before));
}

/* Give a key another value; false where it has only one. */
static bool
change(const gsc_key *key, void *value)
{
    switch (key->type) {
    case GSC_KEY_TEXT:
        strcat(value, "x");
        return true;
    case GSC_KEY_CHOICE:
        *(int64_t *)value = *(int64_t *)value == 0;
        return key->choices[1] != NULL;
    case GSC_KEY_INTEGER:
        ++*(int64_t *)value;
        return true;
    case GSC_KEY_REAL:
        *(double *)value = nextafter(*(double *)value, 1e9);
        return true;
    default:
        *(bool *)value = !*(bool *)value;
        return true;
    }
}

static void
every_other_key_is_refused_by_name(void **state)
{
    (void)state;
    const gsc_config starts[] = {defaults(), unusual()};
    size_t refused = 0;
    for (size_t start = 0; start < 2; start++) {
        const gsc_config before = starts[start];
        gsc_config now = before;
        gsc_keys sets[GSC_CONFIG_SETS];
        gsc_config_keys(&now, sets);
        for (size_t s = 0; s < GSC_CONFIG_SETS; s++)
            for (size_t i = 0; i < sets[s].num_rows; i++) {
                const gsc_key *key = &sets[s].rows[i];
                gsc_text message = {0};
                now = before;
                void *value = (char *)sets[s].values + key->offset;
                if (strcmp(key->name, "steps") == 0 ||
                    strcmp(key->name, "checkpoints") == 0 || !change(key, value))
                    continue;
                gsc_text_add(&message, "%s: '", key->name);
                gsc_keys_add_value(key, value, &message);
                gsc_text_add(&message, "', but the run began with '");
                now = before;
                gsc_keys_add_value(key, value, &message);
                gsc_text_add(&message, "'");
                change(key, value);
                assert_int_equal(gsc_config_continues(&now, &before), GSC_EARGUMENT);
                assert_string_equal(gsc_error_text(), message.data);
                gsc_text_free(&message);
                refused++;
            }
    }
    assert_true(refused >= 2 * 25);
}

static void
the_first_difference_is_named(void **state)
{
    (void)state;
    gsc_config before = defaults(), now = before;
    now.optimizer.weight_decay = 0.5;
    now.init.seed = 3;
    assert_int_equal(gsc_config_continues(&now, &before), GSC_EARGUMENT);
    assert_string_equal(gsc_error_text(), "seed: '3', but the run began with '0'");
}

static int
make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/recipe", folder);
    return 0;
}

static int
remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recipe_sets_what_it_names_and_nothing_else),
        cmocka_unit_test(the_first_equals_sign_ends_the_key),
        cmocka_unit_test(comments_and_blank_lines_are_passed_over),
        cmocka_unit_test(a_number_sign_without_a_blank_begins_no_comment),
        cmocka_unit_test(lines_of_another_system_are_read),
        cmocka_unit_test(an_empty_recipe_sets_nothing),
        cmocka_unit_test(text_may_be_set_to_nothing),
        cmocka_unit_test(a_line_without_equals_sign_is_refused),
        cmocka_unit_test(an_unknown_key_is_refused_with_the_nearest),
        cmocka_unit_test(a_key_given_twice_is_refused),
        cmocka_unit_test(a_value_out_of_range_is_refused),
        cmocka_unit_test(a_value_of_another_type_is_refused),
        cmocka_unit_test(a_seed_beyond_its_range_is_refused),
        cmocka_unit_test(a_file_that_is_no_text_is_refused),
        cmocka_unit_test(a_file_far_too_long_is_refused),
        cmocka_unit_test(an_unknown_recipe_is_refused_with_the_nearest),
        cmocka_unit_test(a_missing_file_is_not_taken_for_a_recipe),
        cmocka_unit_test(the_list_is_that_of_the_folder),
        cmocka_unit_test(every_shipped_recipe_makes_a_run),
        cmocka_unit_test(a_shipped_recipe_is_its_file),
        cmocka_unit_test(configurations_survive_recipes_and_json),
        cmocka_unit_test(shipped_recipes_survive_recipes_and_json),
        cmocka_unit_test(a_recipe_does_not_change_a_path),
        cmocka_unit_test(json_that_is_written_can_be_read),
        cmocka_unit_test(json_without_a_key_gives_it_its_default),
        cmocka_unit_test(json_that_does_not_fit_is_refused),
        cmocka_unit_test(the_model_has_only_names_of_transformer_lens),
        cmocka_unit_test(json_has_a_section_for_each_set_of_keys),
        cmocka_unit_test(no_two_keys_have_one_name),
        cmocka_unit_test(help_holds_every_key_and_its_default),
        cmocka_unit_test(sizes_follow_from_the_task),
        cmocka_unit_test(sizes_that_are_given_stay),
        cmocka_unit_test(what_no_single_key_shows_is_refused),
        cmocka_unit_test(steps_and_checkpoints_may_change),
        cmocka_unit_test(every_other_key_is_refused_by_name),
        cmocka_unit_test(the_first_difference_is_named),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
