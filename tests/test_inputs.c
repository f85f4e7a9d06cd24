/* What an analysis is given: step files found in folders, files as they are. */
#include "analyze/tool/inputs.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- A run of seven steps, one of two, and one of none ---- */

static const int64_t long_steps[] = {0, 100, 200, 300, 400, 1050, 1234567890};
static const int64_t short_steps[] = {50, 250};

/* Names that are nearly those of step files. */
static const char *const others[] = {"run.h5",
                                     "resume.h5",
                                     ".lock",
                                     "step-700.h5",
                                     "step-000000700.h5.tmp",
                                     "step-00000070x.h5",
                                     "step--00000007.h5",
                                     "step-000000700.H5",
                                     "Step-000000700.h5",
                                     "step-0000000700.h5",
                                     "notes"};

enum {
    NUM_LONG = sizeof long_steps / sizeof *long_steps,
    NUM_SHORT = sizeof short_steps / sizeof *short_steps,
    NUM_OTHERS = sizeof others / sizeof *others
};

static char top[] = "/tmp/grokscope-inputs-XXXXXX";
static char long_run[64], short_run[64], empty_run[64];

static void
step_path(char text[128], const char *run, int64_t step)
{
    snprintf(text, 128, "%s/step-%09lld.h5", run, (long long)step);
}

static int
for_each_file(int (*act)(const char *path))
{
    char path[128];
    int status = 0;
    for (size_t i = 0; i < NUM_LONG; i++) {
        step_path(path, long_run, long_steps[NUM_LONG - 1 - i]);
        status |= act(path);
    }
    for (size_t i = 0; i < NUM_SHORT; i++) {
        step_path(path, short_run, short_steps[i]);
        status |= act(path);
    }
    for (size_t i = 0; i < NUM_OTHERS; i++) {
        snprintf(path, sizeof path, "%s/%s", long_run, others[i]);
        status |= act(path);
        snprintf(path, sizeof path, "%s/%s", empty_run, others[i]);
        status |= act(path);
    }
    return status;
}

static int
touch(const char *path)
{
    FILE *file = fopen(path, "wb");
    return file ? fclose(file) : -1;
}

static int
make_folders(void **state)
{
    (void)state;
    if (!mkdtemp(top))
        return -1;
    snprintf(long_run, sizeof long_run, "%s/long", top);
    snprintf(short_run, sizeof short_run, "%s/short", top);
    snprintf(empty_run, sizeof empty_run, "%s/empty", top);
    int status =
        mkdir(long_run, 0777) | mkdir(short_run, 0777) | mkdir(empty_run, 0777);
    return status | for_each_file(touch);
}

static int
remove_folders(void **state)
{
    (void)state;
    int status = for_each_file(unlink);
    return status | rmdir(long_run) | rmdir(short_run) | rmdir(empty_run) | rmdir(top);
}

/* The folder's chosen files are those of `steps`, in this order. */
static void
assert_chosen(const char *run, const char *step, const int64_t *steps, size_t count)
{
    gsc_inputs inputs;
    assert_return_ok(gsc_inputs_init(&inputs, &run, 1, step));
    assert_int_equal(inputs.count, count);
    for (size_t i = 0; i < count; i++) {
        char path[128];
        step_path(path, run, steps[i]);
        assert_string_equal(inputs.items[i].path, path);
        assert_string_equal(inputs.items[i].run, run);
    }
    gsc_inputs_free(&inputs);
    gsc_inputs_free(&inputs); /* freed ones are fine */
}

#define assert_steps(step, ...)                                   \
    assert_chosen(long_run, step, (const int64_t[]){__VA_ARGS__}, \
                  sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

/* ---- Selections ---- */

static void
all_are_taken_in_ascending_order(void **state)
{
    (void)state;
    assert_chosen(long_run, "all", long_steps, NUM_LONG);
    assert_chosen(short_run, "all", short_steps, NUM_SHORT);
}

static void
the_first_and_the_last_are_found(void **state)
{
    (void)state;
    assert_steps("first", 0);
    assert_steps("last", 1234567890);
    assert_chosen(short_run, "first", &short_steps[0], 1);
    assert_chosen(short_run, "last", &short_steps[1], 1);
}

static void
one_step_is_found_by_its_number(void **state)
{
    (void)state;
    assert_steps("0", 0);
    assert_steps("300", 300);
    assert_steps("000300", 300);
    assert_steps("1234567890", 1234567890);
}

static void
a_range_holds_both_its_ends(void **state)
{
    (void)state;
    assert_steps("100:300", 100, 200, 300);
    assert_steps("100:299", 100, 200);
    assert_steps("101:300", 200, 300);
    assert_steps("300:300", 300);
}

static void
a_stride_counts_from_the_first(void **state)
{
    (void)state;
    assert_steps("0:400:200", 0, 200, 400);
    assert_steps("100:400:200", 100, 300);
    assert_steps("50:2000:1000", 1050);
    assert_steps("100:300:1", 100, 200, 300);
}

static void
each_part_of_a_range_may_be_left_out(void **state)
{
    (void)state;
    assert_steps("300:", 300, 400, 1050, 1234567890);
    assert_steps(":200", 0, 100, 200);
    assert_steps(":400:200", 0, 200, 400);
    assert_steps("100::300", 100, 400);
    assert_steps("::200", 0, 200, 400);
    assert_chosen(long_run, ":", long_steps, NUM_LONG);
    assert_chosen(long_run, "::", long_steps, NUM_LONG);
    assert_steps("100:200:", 100, 200);
}

static void
a_step_is_found_behind_its_folder(void **state)
{
    (void)state;
    char word[80], path[128], missing[80];
    const char *words[] = {word, short_run};
    gsc_inputs inputs;
    snprintf(word, sizeof word, "%s@300", long_run);
    step_path(path, long_run, 300);
    assert_return_ok(gsc_inputs_init(&inputs, words, 2, "first"));
    assert_int_equal(inputs.count, 2);
    assert_string_equal(inputs.items[0].path, path);
    assert_string_equal(inputs.items[0].run, long_run);
    gsc_inputs_free(&inputs);
    snprintf(word, sizeof word, "%s@301", long_run);
    assert_fails(gsc_inputs_init(&inputs, words, 1, "last"), GSC_EFORMAT,
                 "long: no step '301'; there are 7, from 0 to 1234567890");
    snprintf(missing, sizeof missing, "%s@x", long_run);
    words[0] = missing;
    assert_fails(gsc_inputs_init(&inputs, words, 1, "last"), GSC_EFORMAT,
                 "long@x: No such file");
}

static void
other_forms_are_refused(void **state)
{
    (void)state;
    const char *const bad[] = {"",        "latest",
                               "LAST",    "-1",
                               "1.5",     "100x",
                               "x:5",     "1:x",
                               "1:2:x",   "1:2:0",
                               "::0",     "1:2:-1",
                               "1:2:3:4", "1:2:3:",
                               ":::",     "1:-2",
                               "1-2",     "1,2",
                               "all:",    "first:last",
                               "100 ",    "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char message[128];
        const char *run = long_run;
        gsc_inputs inputs;
        snprintf(message, sizeof message,
                 "step: '%s' is none of first, last, all, N, A:B:K", bad[i]);
        if (gsc_inputs_init(&inputs, &run, 1, bad[i]) != GSC_EARGUMENT)
            fail_msg("'%s' is not refused as it should be", bad[i]);
        assert_string_equal(gsc_error_text(), message);
        assert_null(inputs.items);
        assert_int_equal(inputs.count, 0);
    }
}

static void
other_forms_are_refused_beside_a_file_too(void **state)
{
    (void)state;
    char path[128];
    step_path(path, long_run, 100);
    const char *word = path;
    gsc_inputs inputs;
    int status = gsc_inputs_init(&inputs, &word, 1, "latest");
    gsc_inputs_free(&inputs);
    assert_fails(status, GSC_EARGUMENT,
                 "step: 'latest' is none of first, last, all, N, A:B:K");
}

static void
a_step_that_is_not_there_is_refused_with_those_that_are(void **state)
{
    (void)state;
    const char *const none[] = {"150", "700", "401:1049", "300:100", "50:1000:1000"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        char message[256];
        const char *run = long_run;
        gsc_inputs inputs;
        snprintf(message, sizeof message,
                 "%s: no step '%s'; there are 7, from 0 to 1234567890", long_run,
                 none[i]);
        assert_int_equal(gsc_inputs_init(&inputs, &run, 1, none[i]), GSC_EFORMAT);
        assert_string_equal(gsc_error_text(), message);
        assert_null(inputs.items);
    }
}

static void
a_folder_without_step_files_is_refused(void **state)
{
    (void)state;
    const char *const steps[] = {"first", "last", "all", "100", "::"};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        char message[128];
        const char *run = empty_run;
        gsc_inputs inputs;
        snprintf(message, sizeof message, "%s: no step files in this folder", run);
        assert_int_equal(gsc_inputs_init(&inputs, &run, 1, steps[i]), GSC_EFORMAT);
        assert_string_equal(gsc_error_text(), message);
    }
}

/* ---- Words ---- */

/* A step file's run is its folder, another file is a run of its own. */
static void
a_file_is_taken_as_it_is(void **state)
{
    (void)state;
    char step[128], notes[128];
    step_path(step, long_run, 300);
    snprintf(notes, sizeof notes, "%s/notes", long_run);
    const char *const words[] = {step, notes};
    gsc_inputs inputs;
    assert_return_ok(gsc_inputs_init(&inputs, words, 2, "100"));
    assert_int_equal(inputs.count, 2);
    for (size_t i = 0; i < 2; i++)
        assert_string_equal(inputs.items[i].path, words[i]);
    assert_string_equal(inputs.items[0].run, long_run);
    assert_string_equal(inputs.items[1].run, notes);
    gsc_inputs_free(&inputs);
}

static void
a_file_without_folder_lies_in_this_one(void **state)
{
    (void)state;
    char *here = realpath(".", NULL);
    assert_non_null(here);
    assert_int_equal(chdir(long_run), 0);
    const char *word = "step-000000300.h5";
    gsc_inputs inputs;
    int status = gsc_inputs_init(&inputs, &word, 1, "last");
    assert_int_equal(chdir(here), 0);
    free(here);
    assert_return_ok(status);
    assert_int_equal(inputs.count, 1);
    assert_string_equal(inputs.items[0].path, word);
    assert_string_equal(inputs.items[0].run, ".");
    gsc_inputs_free(&inputs);
}

static void
words_keep_their_order_and_may_repeat(void **state)
{
    (void)state;
    char file[128], path[128];
    step_path(file, long_run, 200);
    const char *const words[] = {short_run, file, long_run, short_run, short_run};
    gsc_inputs inputs;
    assert_return_ok(gsc_inputs_init(&inputs, words, 5, "all"));
    const struct {
        const char *run;
        size_t first, count;
    } parts[] = {
        {short_run, 0, 2}, {long_run, 3, 7}, {short_run, 10, 2}, {short_run, 12, 2}};
    assert_int_equal(inputs.count, 14);
    assert_string_equal(inputs.items[2].path, file);
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < parts[i].count; j++) {
            const gsc_input *item = &inputs.items[parts[i].first + j];
            step_path(path, parts[i].run, i == 1 ? long_steps[j] : short_steps[j]);
            assert_string_equal(item->run, parts[i].run);
            assert_string_equal(item->path, path);
        }
    gsc_inputs_free(&inputs);
}

static void
a_slash_behind_a_folder_changes_nothing(void **state)
{
    (void)state;
    char word[80], expected[128];
    snprintf(word, sizeof word, "%s///", long_run);
    step_path(expected, long_run, 400);
    const char *run = word;
    gsc_inputs inputs;
    assert_return_ok(gsc_inputs_init(&inputs, &run, 1, "400"));
    assert_int_equal(inputs.count, 1);
    assert_string_equal(inputs.items[0].run, long_run);
    struct stat found, wanted;
    assert_int_equal(stat(inputs.items[0].path, &found), 0);
    assert_int_equal(stat(expected, &wanted), 0);
    assert_true(found.st_ino == wanted.st_ino);
    gsc_inputs_free(&inputs);
}

static void
one_bad_word_refuses_them_all(void **state)
{
    (void)state;
    char missing[128], message[160];
    snprintf(missing, sizeof missing, "%s/none", top);
    const char *const words[] = {long_run, missing, short_run};
    gsc_inputs inputs;
    snprintf(message, sizeof message, "%s: No such file or directory", missing);
    assert_int_equal(gsc_inputs_init(&inputs, words, 3, "all"), GSC_EFORMAT);
    assert_string_equal(gsc_error_text(), message);
    assert_null(inputs.items);
    assert_int_equal(inputs.count, 0);
}

static void
a_pipe_and_no_words_at_all_are_refused(void **state)
{
    (void)state;
    const char *word = "-";
    gsc_inputs inputs;
    assert_int_equal(gsc_inputs_init(&inputs, &word, 1, "last"), GSC_EARGUMENT);
    assert_string_equal(gsc_error_text(),
                        "HDF5 cannot be read from a pipe: give a file's path");
    assert_int_equal(gsc_inputs_init(&inputs, NULL, 0, "last"), GSC_EARGUMENT);
    assert_string_equal(gsc_error_text(), "no checkpoint file or run folder given");
    assert_null(inputs.items);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_are_taken_in_ascending_order),
        cmocka_unit_test(the_first_and_the_last_are_found),
        cmocka_unit_test(one_step_is_found_by_its_number),
        cmocka_unit_test(a_range_holds_both_its_ends),
        cmocka_unit_test(a_stride_counts_from_the_first),
        cmocka_unit_test(each_part_of_a_range_may_be_left_out),
        cmocka_unit_test(a_step_is_found_behind_its_folder),
        cmocka_unit_test(other_forms_are_refused),
        cmocka_unit_test(other_forms_are_refused_beside_a_file_too),
        cmocka_unit_test(a_step_that_is_not_there_is_refused_with_those_that_are),
        cmocka_unit_test(a_folder_without_step_files_is_refused),
        cmocka_unit_test(a_file_is_taken_as_it_is),
        cmocka_unit_test(a_file_without_folder_lies_in_this_one),
        cmocka_unit_test(words_keep_their_order_and_may_repeat),
        cmocka_unit_test(a_slash_behind_a_folder_changes_nothing),
        cmocka_unit_test(one_bad_word_refuses_them_all),
        cmocka_unit_test(a_pipe_and_no_words_at_all_are_refused),
    };
    return cmocka_run_group_tests(tests, make_folders, remove_folders);
}
