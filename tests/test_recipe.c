/* Recipes: line by line, their mistakes, the shipped ones. */
#include "config_fixture.h"

#include "grokscope/network.h"

#include "train/task/layout.h"

#include <dirent.h>
#include <sys/stat.h>

/* ---- Recipes line by line ---- */

static void
a_recipe_sets_what_it_names_and_nothing_else(void **state)
{
    (void)state;
    gsc_config config = defaults(), expected = defaults();
    assert_return_ok(read_lines(&config, "p = 59\nlearning_rate=1e-2\n"
                                         "  weight-decay =\t0.5  \nlayout = a b =\n"
                                         "operation = square_plus"));
    binary_of(&expected)->p = 59;
    expected.optimizer.learning_rate = 0.01;
    expected.optimizer.weight_decay = 0.5;
    strcpy(binary_of(&expected)->layout, "a b =");
    assert_return_ok(set(&expected, "operation", "square_plus"));
    assert_same(&config, &expected);
    assert_return_ok(read_lines(&config, "layout = a b\n"));
    strcpy(binary_of(&expected)->layout, "a b");
    assert_same(&config, &expected);
}

static void
the_first_equals_sign_ends_the_key(void **state)
{
    (void)state;
    gsc_config config = defaults();
    strcpy(binary_of(&config)->layout, "a b");
    assert_return_ok(read_lines(&config, "layout = a b =\nsplit_file==a=b=\n"));
    assert_string_equal(binary_of(&config)->layout, "a b =");
    assert_string_equal(binary_of(&config)->split_file, "=a=b=");
}

static void
comments_and_blank_lines_are_passed_over(void **state)
{
    (void)state;
    gsc_config config = defaults();
    assert_return_ok(read_lines(&config, "# p = 5\n\n   \t\n#\n   # n_ctx = 3\n"
                                         "p = 7 # not 11\nd_mlp = 64\t# wide\n"
                                         "split_file = a#b # c # d\n"));
    assert_int_equal(binary_of(&config)->p, 7);
    assert_int_equal(tokens_of(&config)->d_mlp, 64);
    assert_int_equal(tokens_of(&config)->n_ctx, 0);
    assert_string_equal(binary_of(&config)->split_file, "a#b");
}

static void
a_number_sign_without_a_blank_begins_no_comment(void **state)
{
    (void)state;
    gsc_config config = defaults();
    assert_return_ok(read_lines(&config, "split_file =#1.txt\n"));
    assert_string_equal(binary_of(&config)->split_file, "#1.txt");
}

static void
lines_of_another_system_are_read(void **state)
{
    (void)state;
    gsc_config config = defaults();
    assert_return_ok(read_lines(&config, "p = 7\r\n\r\nlayout = a b\r\n"));
    assert_int_equal(binary_of(&config)->p, 7);
    assert_string_equal(binary_of(&config)->layout, "a b");
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
    assert_string_equal(binary_of(&config)->split_file, "");
}

/* ---- Mistakes, with file and line ---- */

static void
assert_line_refused(const char *lines, int line, const char *message)
{
    char expected[512];
    gsc_config config = defaults();
    snprintf(expected, sizeof expected, "%s:%d: %s", path, line, message);
    assert_int_equal(read_lines(&config, lines), GSC_EFORMAT);
    assert_string_equal(gsc_error_text(), expected);
}

static void
a_line_without_equals_sign_is_refused(void **state)
{
    (void)state;
    assert_line_refused("p = 7\n\n  p 7 # seven\n", 3,
                        "'p 7' is not of the form option = value");
    assert_line_refused("operation # = add\n", 1,
                        "'operation' is not of the form option = value");
}

static void
an_unknown_key_is_refused_with_the_nearest(void **state)
{
    (void)state;
    assert_line_refused("# one\n# two\nwieght_decay = 1\n", 3,
                        "no option 'wieght_decay'; did you mean 'weight_decay'?");
    assert_line_refused("n-layer = 1", 1,
                        "no option 'n-layer'; did you mean 'n_layers'?");
    assert_line_refused("tokenizer_name = 1", 1, "no option 'tokenizer_name'");
}

static void
names_of_version_0_1_are_refused_with_the_present_ones(void **state)
{
    (void)state;
    assert_line_refused("decay = matrices", 1,
                        "no option 'decay'; did you mean 'decay_parameters'?");
    assert_line_refused("init = own", 1, "init: no 'own'; did you mean 'default'?");
    assert_line_refused("architecture = gromov", 1,
                        "architecture: no 'gromov'; did you mean 'gromov_mlp'?");
    assert_line_refused("architecture = linear_delta", 1,
                        "architecture: no 'linear_delta'; did you mean 'zhong_delta'?");
    assert_line_refused("architecture = mlp\nd_mlp = 64", 2,
                        "d_mlp is an option of architecture transformer, zhong_alpha, "
                        "zhong_beta, zhong_gamma, zhong_delta, gromov_mlp, "
                        "chughtai_mlp, committee; the architecture is mlp");
}

static void
a_key_given_twice_is_refused(void **state)
{
    (void)state;
    assert_line_refused("p = 7\nseed = 1\np = 7\n", 3, "p is given twice");
    assert_line_refused("log_every = 7\nlog-every = 8\n", 2,
                        "log-every is given twice");
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
    assert_line_refused("random_labels = perhaps", 1,
                        "random_labels: 'perhaps' is neither yes nor no");
    assert_line_refused("operation = multipy", 1,
                        "operation: no 'multipy'; did you mean 'multiply'?");
    assert_line_refused("dtype = float23", 1,
                        "dtype: no 'float23'; did you mean 'float32'?");
    assert_line_refused("loss = square", 1,
                        "loss: no 'square'; it is one of 'cross_entropy', 'mse', "
                        "'stablemax'");
}

static void
a_seed_beyond_its_range_is_refused(void **state)
{
    (void)state;
    gsc_config config = defaults();
    assert_return_ok(set(&config, "data_seed", "9007199254740992"));
    assert_fails(set(&config, "data_seed", "9007199254740993"), GSC_EARGUMENT,
                 "data_seed: ");
    assert_fails(set(&config, "data_seed", "-2"), GSC_EARGUMENT, "data_seed: -2 is ");
}

static void
a_file_that_is_no_text_is_refused(void **state)
{
    (void)state;
    gsc_config config = defaults();
    char message[128];
    write_bytes("p = 7\n\0p = 9\n", 14);
    snprintf(message, sizeof message, "%s: not a text file", path);
    assert_int_equal(gsc_config_read_recipe(&config, path), GSC_EFORMAT);
    assert_string_equal(gsc_error_text(), message);
    snprintf(message, sizeof message, "%s: is a folder, expected a file", folder);
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
                 ": has 1048577 bytes, expected at most 1048576");
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
        gsc_network network;
        assert_return_ok(gsc_config_read_recipe(&config, names[i]));
        if (gsc_network_init(&network, &config) < 0) {
            /* pictures that are not on every machine, and all that lies in the folder
             * of data where there is none */
            if (!strstr(gsc_error_text(), "data: no images of ") &&
                (getenv("GROKSCOPE_DATA") ||
                 !strstr(gsc_error_text(), "GROKSCOPE_DATA")))
                fail_msg("%s: %s", names[i], gsc_error_text());
            continue;
        }
        size_t width;
        assert_return_ok(gsc_model_width(&network.dataset, &width));
        assert_true(network.model.num_outputs >= 1);
        assert_true(gsc_graph_num_weights(network.model.graph) > 0);
        if (gsc_is_token_model(gsc_config_architecture(&config))) {
            const gsc_token_model *model = tokens_of(&network.config);
            const gsc_field *read = gsc_dataset_find(&network.dataset, GSC_TOKENS);
            assert_true(model->d_vocab >= (int64_t)read->num_values);
            assert_true(model->d_vocab_out >= (int64_t)width);
            assert_int_equal(model->n_ctx, gsc_shape_count(read->shape));
        }
        gsc_network_free(&network);
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
    assert_int_equal(binary_of(&by_name)->p, 113); /* arXiv 2301.05217, section 3 */
    assert_int_equal(tokens_of(&by_name)->d_model, 128);
    assert_int_equal(tokens_of(&by_name)->d_mlp, 512);
    assert_true(by_name.optimizer.weight_decay == 1);
    assert_int_equal(by_name.run.steps, 40000);
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
        cmocka_unit_test(names_of_version_0_1_are_refused_with_the_present_ones),
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
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
