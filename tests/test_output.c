/* The table that a program answers: TSV, JSON, and the file that must not be lost. */
#include "analyze/rows/output.h"
#include "folder_fixture.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const columns[] = {"run", "step", "loss", "is_key"};

static gsc_output
begin(gsc_format format)
{
    gsc_output output;
    assert_return_ok(gsc_output_init(&output, format, "grokscope-test", columns, 4));
    return output;
}

static void
add_row(gsc_output *output, const char *run, int64_t step, double loss, bool is_key)
{
    assert_return_ok(gsc_output_text(output, run));
    assert_return_ok(gsc_output_integer(output, step));
    assert_return_ok(gsc_output_real(output, loss));
    assert_return_ok(gsc_output_bool(output, is_key));
}

static void
write_file(const char *text)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static void
assert_file_holds(const char *text)
{
    char *data;
    size_t length;
    assert_return_ok(gsc_text_read_file(path, 1 << 20, &data, &length));
    assert_string_equal(data, text);
    free(data);
}

/* Nothing but `path`, or nothing at all, lies in the folder. */
static void
assert_nothing_else_there(void)
{
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    for (struct dirent *entry; (entry = readdir(entries));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            assert_string_equal(entry->d_name, "file");
    closedir(entries);
}

/* ---- TSV ---- */

static void
a_table_has_its_header_and_a_line_a_row(void **state)
{
    (void)state;
    gsc_output output = begin(GSC_FORMAT_TSV);
    assert_string_equal(output.text.data, "run\tstep\tloss\tis_key\n");
    add_row(&output, "a", 0, 0.5, true);
    add_row(&output, "", -7, 1e-8, false);
    add_row(&output, "ü \"c\"", INT64_MAX, 0.1 + 0.2, true);
    assert_int_equal(output.num_rows, 3);
    assert_int_equal(output.next, 0);
    assert_string_equal(output.text.data,
                        "run\tstep\tloss\tis_key\n"
                        "a\t0\t0.5\t1\n"
                        "\t-7\t1e-08\t0\n"
                        "ü \"c\"\t9223372036854775807\t0.30000000000000004\t1\n");
    gsc_output_free(&output);
    gsc_output_free(&output); /* freed ones are fine */
}

static void
what_is_no_number_is_a_word_in_a_table(void **state)
{
    (void)state;
    gsc_output output = begin(GSC_FORMAT_TSV);
    assert_return_ok(gsc_output_real(&output, (double)NAN));
    assert_return_ok(gsc_output_real(&output, -(double)NAN));
    assert_return_ok(gsc_output_real(&output, INFINITY));
    assert_return_ok(gsc_output_real(&output, -INFINITY));
    assert_string_equal(output.text.data,
                        "run\tstep\tloss\tis_key\nnan\tnan\tinf\t-inf\n");
    gsc_output_free(&output);
}

static void
text_cannot_break_a_line_of_a_table(void **state)
{
    (void)state;
    const char *column = "run";
    gsc_output output;
    assert_return_ok(gsc_output_init(&output, GSC_FORMAT_TSV, "p", &column, 1));
    assert_return_ok(gsc_output_text(&output, "\ta\tb\nc\n"));
    assert_string_equal(output.text.data, "run\n a b c \n");
    gsc_output_free(&output);
}

static void
a_carriage_return_is_a_line_end_too(void **state)
{
    (void)state;
    const char *column = "run";
    gsc_output output;
    assert_return_ok(gsc_output_init(&output, GSC_FORMAT_TSV, "p", &column, 1));
    assert_return_ok(gsc_output_text(&output, "a\rb"));
    assert_string_equal(output.text.data, "run\na b\n");
    gsc_output_free(&output);
}

/* ---- JSON ---- */

/* Finish, write, and read the file back with another's parser. */
static json_t *
write_and_parse(gsc_output *output)
{
    json_error_t error;
    assert_return_ok(gsc_output_write(output, path, true));
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        fail_msg("line %d: %s", error.line, error.text);
    return root;
}

static void
json_names_its_program_and_schema(void **state)
{
    (void)state;
    gsc_output output = begin(GSC_FORMAT_JSON);
    json_t *root = write_and_parse(&output);
    assert_string_equal(json_string_value(json_object_get(root, "schema")),
                        "grokscope-test");
    assert_int_equal(json_integer_value(json_object_get(root, "schema_version")), 1);
    assert_true(json_string_length(json_object_get(root, "version")) > 0);
    const json_t *results = json_object_get(root, "results");
    assert_true(json_is_array(results));
    assert_int_equal(json_array_size(results), 0);
    json_decref(root);
    gsc_output_free(&output);
}

static void
json_holds_every_cell_under_its_column(void **state)
{
    (void)state;
    gsc_output output = begin(GSC_FORMAT_JSON);
    add_row(&output, "tab\t, line\n, \"quote\" \\ ü", INT64_MIN, 0.1 + 0.2, true);
    add_row(&output, "", 12, -5e-324, false);
    json_t *root = write_and_parse(&output);
    const json_t *results = json_object_get(root, "results");
    assert_int_equal(json_array_size(results), 2);
    const json_t *row = json_array_get(results, 0);
    assert_int_equal(json_object_size(row), 4);
    assert_string_equal(json_string_value(json_object_get(row, "run")),
                        "tab\t, line\n, \"quote\" \\ ü");
    assert_true(json_integer_value(json_object_get(row, "step")) == INT64_MIN);
    assert_true(json_real_value(json_object_get(row, "loss")) == 0.1 + 0.2);
    assert_true(json_is_true(json_object_get(row, "is_key")));
    row = json_array_get(results, 1);
    assert_string_equal(json_string_value(json_object_get(row, "run")), "");
    assert_int_equal(json_integer_value(json_object_get(row, "step")), 12);
    assert_true(json_real_value(json_object_get(row, "loss")) == -5e-324);
    assert_true(json_is_false(json_object_get(row, "is_key")));
    json_decref(root);
    gsc_output_free(&output);
}

static void
what_is_no_number_is_null_in_json(void **state)
{
    (void)state;
    const double values[] = {(double)NAN, INFINITY, -INFINITY};
    gsc_output output = begin(GSC_FORMAT_JSON);
    for (size_t i = 0; i < 3; i++)
        add_row(&output, "r", 0, values[i], true);
    add_row(&output, "r", 0, 1.5, true);
    json_t *root = write_and_parse(&output);
    const json_t *results = json_object_get(root, "results");
    assert_int_equal(json_array_size(results), 4);
    for (size_t i = 0; i < 4; i++) {
        const json_t *loss = json_object_get(json_array_get(results, i), "loss");
        assert_int_equal(json_typeof(loss), i < 3 ? JSON_NULL : JSON_REAL);
    }
    json_decref(root);
    gsc_output_free(&output);
}

static void
formats_are_named_in_order(void **state)
{
    (void)state;
    assert_string_equal(gsc_format_names[GSC_FORMAT_TSV], "tsv");
    assert_string_equal(gsc_format_names[GSC_FORMAT_JSON], "json");
    assert_null(gsc_format_names[GSC_FORMAT_JSON + 1]);
}

/* ---- The file ---- */

static void
a_new_file_holds_the_table(void **state)
{
    (void)state;
    unlink(path);
    gsc_output output = begin(GSC_FORMAT_TSV);
    add_row(&output, "a", 1, 2.5, false);
    assert_return_ok(gsc_output_write(&output, path, false));
    assert_file_holds("run\tstep\tloss\tis_key\na\t1\t2.5\t0\n");
    assert_nothing_else_there();
    gsc_output_free(&output);
}

static void
an_existing_file_is_refused_and_kept(void **state)
{
    (void)state;
    char message[128];
    write_file("a week's work\n");
    for (int format = GSC_FORMAT_TSV; format <= GSC_FORMAT_JSON; format++) {
        gsc_output output = begin((gsc_format)format);
        add_row(&output, "a", 1, 2, false);
        snprintf(message, sizeof message, "%s: exists; --force replaces it", path);
        assert_int_equal(gsc_output_write(&output, path, false), GSC_EARGUMENT);
        assert_string_equal(gsc_error_text(), message);
        assert_file_holds("a week's work\n");
        gsc_output_free(&output);
    }
    assert_nothing_else_there();
}

static void
force_replaces_all_of_a_file(void **state)
{
    (void)state;
    write_file("something far longer than the few bytes that are to come\n");
    gsc_text text = {0};
    assert_return_ok(gsc_text_add(&text, "new\n"));
    assert_return_ok(gsc_output_write_text(&text, path, true));
    assert_file_holds("new\n");
    assert_nothing_else_there();
    gsc_text_free(&text);
}

static void
force_needs_no_file_to_replace(void **state)
{
    (void)state;
    unlink(path);
    gsc_text text = {0};
    assert_return_ok(gsc_output_write_text(&text, path, true));
    assert_file_holds("");
    assert_nothing_else_there();
}

static void
a_folder_is_no_file_even_by_force(void **state)
{
    (void)state;
    char message[128];
    gsc_output output = begin(GSC_FORMAT_TSV);
    snprintf(message, sizeof message, "%s: exists; --force replaces it", folder);
    assert_int_equal(gsc_output_write(&output, folder, false), GSC_EARGUMENT);
    assert_string_equal(gsc_error_text(), message);
    snprintf(message, sizeof message, "%s: Is a directory", folder);
    assert_int_equal(gsc_output_write(&output, folder, true), GSC_EIO);
    assert_string_equal(gsc_error_text(), message);
    gsc_output_free(&output);
}

static void
a_file_in_no_folder_is_refused_by_name(void **state)
{
    (void)state;
    char missing[sizeof path + 16], message[128];
    gsc_output output = begin(GSC_FORMAT_TSV);
    snprintf(missing, sizeof missing, "%s/none/answer", folder);
    snprintf(message, sizeof message, "%s: No such file or directory", missing);
    assert_int_equal(gsc_output_write(&output, missing, false), GSC_EIO);
    assert_string_equal(gsc_error_text(), message);
    gsc_output_free(&output);
}

static void
no_path_means_stdout(void **state)
{
    (void)state;
    gsc_output output = begin(GSC_FORMAT_TSV);
    add_row(&output, "a", 1, 2.5, false);
    fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    FILE *file = fopen(path, "wb");
    assert_true(kept >= 0 && file);
    dup2(fileno(file), STDOUT_FILENO);
    int status = gsc_output_write(&output, "", false);
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    fclose(file);
    assert_return_ok(status);
    assert_file_holds("run\tstep\tloss\tis_key\na\t1\t2.5\t0\n");
    gsc_output_free(&output);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_has_its_header_and_a_line_a_row),
        cmocka_unit_test(what_is_no_number_is_a_word_in_a_table),
        cmocka_unit_test(text_cannot_break_a_line_of_a_table),
        cmocka_unit_test(a_carriage_return_is_a_line_end_too),
        cmocka_unit_test(json_names_its_program_and_schema),
        cmocka_unit_test(json_holds_every_cell_under_its_column),
        cmocka_unit_test(what_is_no_number_is_null_in_json),
        cmocka_unit_test(formats_are_named_in_order),
        cmocka_unit_test(a_new_file_holds_the_table),
        cmocka_unit_test(an_existing_file_is_refused_and_kept),
        cmocka_unit_test(force_replaces_all_of_a_file),
        cmocka_unit_test(force_needs_no_file_to_replace),
        cmocka_unit_test(a_folder_is_no_file_even_by_force),
        cmocka_unit_test(a_file_in_no_folder_is_refused_by_name),
        cmocka_unit_test(no_path_means_stdout),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
