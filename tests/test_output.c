/* An answer in rows as TSV and JSON, its columns as they are asked for, and the file
 * that must not be lost. */
#include "analyze/rows/output.h"
#include "analyze/rows/rows_output.h"
#include "folder_fixture.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const gsc_column columns[] = {{"run", GSC_CELL_TEXT, true, "", false},
                                     {"step", GSC_CELL_INTEGER, true, "", false},
                                     {"loss", GSC_CELL_REAL, false, "", false},
                                     {"is_key", GSC_CELL_BOOL, false, "", false}};
enum { NUM_COLUMNS = sizeof columns / sizeof *columns };

static gsc_rows
begin(void)
{
    gsc_rows rows;
    gsc_rows_init(&rows, columns, NUM_COLUMNS);
    return rows;
}

static void
add_row(gsc_rows *rows, const char *run, int64_t step, double loss, bool is_key)
{
    assert_return_ok(gsc_rows_text(rows, run));
    assert_return_ok(gsc_rows_integer(rows, step));
    assert_return_ok(gsc_rows_real(rows, loss));
    assert_return_ok(gsc_rows_bool(rows, is_key));
}

/* Into the file of the tests. */
static gsc_answer
as(gsc_format format)
{
    return (gsc_answer){
        .program = "grokscope-test", .format = format, .path = path, .force = true};
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

static void
assert_file_ends_with(const char *text)
{
    char *data;
    size_t length;
    assert_return_ok(gsc_text_read_file(path, 1 << 20, &data, &length));
    assert_true(gsc_text_ends_with(data, text));
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
assert_written(gsc_rows *rows, const char *columns_asked, const char *expected)
{
    gsc_answer how = as(GSC_FORMAT_TSV);
    how.columns = columns_asked;
    assert_return_ok(gsc_rows_answer(rows, &how));
    assert_file_holds(expected);
}

static void
a_table_has_its_header_and_a_line_a_row(void **state)
{
    (void)state;
    gsc_rows rows = begin();
    assert_written(&rows, "", "run\tstep\tloss\tis_key\n");
    add_row(&rows, "a", 0, 0.5, true);
    add_row(&rows, "", -7, 1e-8, false);
    add_row(&rows, "ü \"c\"", INT64_MAX, 0.1 + 0.2, true);
    assert_written(&rows, NULL,
                   "run\tstep\tloss\tis_key\n"
                   "a\t0\t0.5\t1\n"
                   "\t-7\t1e-08\t0\n"
                   "ü \\x22c\\x22\t9223372036854775807\t0.30000000000000004\t1\n");
    gsc_rows_free(&rows);
}

static void
what_is_no_number_is_a_word_in_a_table(void **state)
{
    (void)state;
    gsc_rows rows = begin();
    const double values[] = {(double)NAN, -(double)NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < 4; i++)
        add_row(&rows, "r", 0, values[i], false);
    assert_written(&rows, "loss", "loss\nnan\nnan\ninf\n-inf\n");
    gsc_rows_free(&rows);
}

static void
text_cannot_break_a_line_of_a_table(void **state)
{
    (void)state;
    gsc_rows rows = begin();
    add_row(&rows, "\ta\tb\nc\r", 0, 0, false);
    assert_written(&rows, "run", "run\n\\ta\\tb\\nc\\r\n");
    gsc_rows_free(&rows);
}

/* ---- Columns ---- */

static void
columns_are_chosen_and_ordered_in_every_format(void **state)
{
    (void)state;
    gsc_rows rows = begin();
    gsc_answer how = as(GSC_FORMAT_JSON);
    add_row(&rows, "a", 3, 0.5, true);
    add_row(&rows, "b", 4, 0.25, false);
    assert_written(&rows, "loss,run", "loss\trun\n0.5\ta\n0.25\tb\n");
    assert_written(&rows, " step , is_key ", "step\tis_key\n3\t1\n4\t0\n");
    how.columns = "loss,run";
    assert_return_ok(gsc_rows_answer(&rows, &how));
    assert_file_ends_with("[\n{\"loss\": 0.5, \"run\": \"a\"},\n"
                          "{\"loss\": 0.25, \"run\": \"b\"}\n]}\n");
    how.format = GSC_FORMAT_TEXT;
    assert_return_ok(gsc_rows_answer(&rows, &how));
    assert_file_holds("loss  run\n 0.5  a\n0.25  b\n");
    gsc_rows_free(&rows);
}

static void
a_column_that_is_none_is_refused_with_the_nearest_and_the_list(void **state)
{
    (void)state;
    static const struct {
        const char *columns, *message;
    } cases[] = {
        {"run,los", "columns: no 'los'; did you mean 'loss'? there are: run, step, "
                    "loss, is_key"},
        {"accuracy", "columns: no 'accuracy'; there are: run, step, loss, is_key"},
        {"run,,loss", "columns: no ''; there are"},
        {"run,", "columns: no ''; there are"},
        {"run,loss,run", "columns: 'run' stands twice"}};
    gsc_rows rows = begin();
    write_file("a week's work\n");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gsc_answer how = as(GSC_FORMAT_TSV);
        how.columns = cases[i].columns;
        assert_fails(gsc_answer_check_columns(&how, columns, NUM_COLUMNS),
                     GSC_EARGUMENT, cases[i].message);
        assert_fails(gsc_rows_answer(&rows, &how), GSC_EARGUMENT, cases[i].message);
    }
    assert_file_holds("a week's work\n");
    gsc_rows_free(&rows);
}

/* ---- For people ---- */

static void
assert_drawn(const gsc_rows *rows, const char *screen, const char *expected)
{
    const gsc_answer how = as(GSC_FORMAT_TEXT);
    assert_int_equal(setenv("COLUMNS", screen, 1), 0);
    assert_return_ok(gsc_rows_answer(rows, &how));
    assert_file_holds(expected);
}

static void
a_table_that_is_too_wide_is_broken_behind_what_names_its_rows(void **state)
{
    (void)state;
    gsc_rows rows = begin();
    add_row(&rows, "a", 3, 0.5, true);
    add_row(&rows, "bcd", 40000, 1.0 / 3, false);
    assert_drawn(&rows, "80",
                 "run   step     loss  is_key\n"
                 "a        3      0.5     yes\n"
                 "bcd  40000  0.33333      no\n");
    assert_drawn(&rows, "21",
                 "run   step     loss\n"
                 "a        3      0.5\n"
                 "bcd  40000  0.33333\n"
                 "\n"
                 "run   step  is_key\n"
                 "a        3     yes\n"
                 "bcd  40000      no\n");
    gsc_rows_free(&rows);
}

static void
a_long_text_is_broken_within_its_column(void **state)
{
    (void)state;
    gsc_rows rows = begin();
    add_row(&rows, "words that do not fit in the line of a screen", 3, 0.5, true);
    add_row(&rows, "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", 4, 0.25,
            false);
    assert_drawn(&rows, "46",
                 "run                         step  loss  is_key\n"
                 "words that do not fit in       3   0.5     yes\n"
                 "the line of a screen\n"
                 "abcdefghijklmnopqrstuvwxyz     4  0.25      no\n"
                 "abcdefghijklmnopqrstuvwxyz\n");
    gsc_rows_free(&rows);
}

static void
one_row_is_a_list(void **state)
{
    (void)state;
    gsc_rows rows = begin();
    add_row(&rows, "words that do not fit in the line of a screen", 3, NAN, true);
    assert_drawn(&rows, "40",
                 "run     words that do not fit in the\n"
                 "        line of a screen\n"
                 "step    3\n"
                 "loss    -\n"
                 "is_key  yes\n");
    gsc_rows_free(&rows);
}

/* ---- JSON ---- */

/* Write and read the file back with another's parser. */
static json_t *
write_and_parse(gsc_rows *rows)
{
    json_error_t error;
    const gsc_answer how = as(GSC_FORMAT_JSON);
    assert_return_ok(gsc_rows_answer(rows, &how));
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        fail_msg("line %d: %s", error.line, error.text);
    return root;
}

static void
json_names_its_program_and_schema(void **state)
{
    (void)state;
    gsc_rows output = begin();
    json_t *root = write_and_parse(&output);
    assert_string_equal(json_string_value(json_object_get(root, "schema")),
                        "grokscope-test");
    assert_int_equal(json_integer_value(json_object_get(root, "schema_version")), 1);
    assert_true(json_string_length(json_object_get(root, "version")) > 0);
    const json_t *results = json_object_get(root, "results");
    assert_true(json_is_array(results));
    assert_int_equal(json_array_size(results), 0);
    json_decref(root);
    gsc_rows_free(&output);
}

static void
json_holds_every_cell_under_its_column(void **state)
{
    (void)state;
    gsc_rows output = begin();
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
    gsc_rows_free(&output);
}

static void
what_is_no_number_is_null_in_json(void **state)
{
    (void)state;
    const double values[] = {(double)NAN, INFINITY, -INFINITY};
    gsc_rows output = begin();
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
    gsc_rows_free(&output);
}

static void
formats_are_named_in_order(void **state)
{
    (void)state;
    for (int i = 0; i < GSC_FORMAT_H5; i++)
        assert_string_equal(gsc_format_names[i], gsc_file_format_names[i]);
    assert_string_equal(gsc_format_names[GSC_FORMAT_TSV], "tsv");
    assert_string_equal(gsc_format_names[GSC_FORMAT_JSON], "json");
    assert_string_equal(gsc_format_names[GSC_FORMAT_TEXT], "text");
    assert_null(gsc_format_names[GSC_FORMAT_TEXT + 1]);
    assert_string_equal(gsc_file_format_names[GSC_FORMAT_H5], "h5");
    assert_null(gsc_file_format_names[GSC_FORMAT_H5 + 1]);
}

/* ---- The file ---- */

static int
write_to(const gsc_rows *rows, gsc_answer *how, const char *to, bool force)
{
    how->path = to;
    how->force = force;
    return gsc_rows_answer(rows, how);
}

static void
a_new_file_holds_the_table(void **state)
{
    (void)state;
    unlink(path);
    gsc_rows output = begin();
    gsc_answer how = as(GSC_FORMAT_TSV);
    add_row(&output, "a", 1, 2.5, false);
    assert_return_ok(write_to(&output, &how, path, false));
    assert_file_holds("run\tstep\tloss\tis_key\na\t1\t2.5\t0\n");
    assert_nothing_else_there();
    gsc_rows_free(&output);
}

static void
an_existing_file_is_refused_and_kept(void **state)
{
    (void)state;
    char message[128];
    write_file("a week's work\n");
    for (int format = GSC_FORMAT_TSV; format <= GSC_FORMAT_H5; format++) {
        gsc_rows output = begin();
        gsc_answer how = as((gsc_format)format);
        add_row(&output, "a", 1, 2, false);
        snprintf(message, sizeof message, "%s: exists; --force replaces it", path);
        assert_int_equal(write_to(&output, &how, path, false), GSC_EARGUMENT);
        assert_string_equal(gsc_error_text(), message);
        assert_file_holds("a week's work\n");
        gsc_rows_free(&output);
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
    gsc_rows output = begin();
    gsc_answer how = as(GSC_FORMAT_TSV);
    snprintf(message, sizeof message, "%s: exists; --force replaces it", folder);
    assert_int_equal(write_to(&output, &how, folder, false), GSC_EARGUMENT);
    assert_string_equal(gsc_error_text(), message);
    snprintf(message, sizeof message, "%s: Is a directory", folder);
    assert_int_equal(write_to(&output, &how, folder, true), GSC_EIO);
    assert_string_equal(gsc_error_text(), message);
    gsc_rows_free(&output);
}

static void
a_file_in_no_folder_is_refused_by_name(void **state)
{
    (void)state;
    char missing[sizeof path + 16], message[128];
    gsc_rows output = begin();
    gsc_answer how = as(GSC_FORMAT_TSV);
    snprintf(missing, sizeof missing, "%s/none/answer", folder);
    snprintf(message, sizeof message, "%s: No such file or directory", missing);
    assert_int_equal(write_to(&output, &how, missing, false), GSC_EIO);
    assert_string_equal(gsc_error_text(), message);
    gsc_rows_free(&output);
}

static void
no_path_means_stdout(void **state)
{
    (void)state;
    gsc_rows output = begin();
    gsc_answer how = as(GSC_FORMAT_TSV);
    add_row(&output, "a", 1, 2.5, false);
    fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    FILE *file = fopen(path, "wb");
    assert_true(kept >= 0 && file);
    dup2(fileno(file), STDOUT_FILENO);
    int status = write_to(&output, &how, "", false);
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    fclose(file);
    assert_return_ok(status);
    assert_file_holds("run\tstep\tloss\tis_key\na\t1\t2.5\t0\n");
    gsc_rows_free(&output);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_has_its_header_and_a_line_a_row),
        cmocka_unit_test(what_is_no_number_is_a_word_in_a_table),
        cmocka_unit_test(text_cannot_break_a_line_of_a_table),
        cmocka_unit_test(columns_are_chosen_and_ordered_in_every_format),
        cmocka_unit_test(
            a_column_that_is_none_is_refused_with_the_nearest_and_the_list),
        cmocka_unit_test(a_table_that_is_too_wide_is_broken_behind_what_names_its_rows),
        cmocka_unit_test(a_long_text_is_broken_within_its_column),
        cmocka_unit_test(one_row_is_a_list),
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
