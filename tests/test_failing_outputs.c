/* Programs whose answers find no room: the old file stays, no other one is left, and
 * they say so. */
#include "grokscope/text.h"

#include "failing_calls.h"
#include "folder_fixture.h"
#include "programs_fixture.h"
#include "train/base/file.h"

#include <dirent.h>

static const char *const answers[] = {
    "norms run --long --threads 1 --force -o",
    "norms run --long --format json --threads 1 --force -o",
    "norms run --long --format h5 --threads 1 --force -o",
    "norms run --long --format text --threads 1 --force -o",
    "export run --force -o",
    "export run --tensor embed.W_E --force -o",
    "import run.safetensors --force -o",
    "embedding run --tensor embedding --threads 1 --force -o",
    "embedding run --tensor neurons --threads 1 --force -o",
    "embedding run --tensor embedding --threads 1 --force -o",
};
static const char *const names[] = {
    "norms.tsv", "norms.json",  "norms.h5", "norms.txt", "w.npz",
    "W_E.npy",   "imported.h5", "e.csv",    "e.h5",      "e.json"};
enum { NUM_ANSWERS = sizeof answers / sizeof *answers };

static int
make_files(void **state)
{
    if (make_folder(state) < 0 || chdir(folder) != 0)
        return -1;
    int code = call_program(train_main, "--p 5 --d-model 4 --n-heads 2 --d-mlp 6 "
                                        "--train-fraction 0.6 --steps 1 --out run");
    if (code == 0)
        code = call_program(export_main, "run -o run.safetensors");
    return code == 0 ? 0 : -1;
}

static int
remove_files(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return chdir("/") == 0 ? system(command) : -1;
}

/* A line that begins with the program's name. */
static int
call_line(const char *line)
{
    program *called = strncmp(line, "norms", 5) == 0    ? norms_main
                      : strncmp(line, "export", 6) == 0 ? export_main
                      : strncmp(line, "embed", 5) == 0  ? embedding_main
                      : strncmp(line, "info", 4) == 0   ? info_main
                                                        : import_main;
    return call_program(called, strchr(line, ' ') + 1);
}

static size_t
count_leftovers(void)
{
    size_t count = 0;
    DIR *entries = opendir(".");
    assert_non_null(entries);
    for (struct dirent *entry; (entry = readdir(entries));)
        count += strstr(entry->d_name, ".tmp") != NULL;
    closedir(entries);
    return count;
}

/* A folder that cannot be synced is the one failure after which the file is new. */
static void
check_old(const char *name, const fault *how)
{
    char *text;
    size_t length;
    assert_return_ok(gsc_text_read_file(name, 1 << 20, &text, &length));
    bool is_old = length == 3 && memcmp(text, "old", 3) == 0;
    free(text);
    if (!is_old && !strstr(said, "cannot be synced"))
        fail_msg("%s: %s: the old file is gone: '%s'", name, failed, said);
    if (!strstr(said, name) || !strstr(said, strerror(how->reason)))
        fail_msg("%s: %s: told as '%s'", name, failed, said);
    if (count_leftovers() > 0 && !how->stays)
        fail_msg("%s: %s: something is left", name, failed);
}

static size_t
fail_answer(size_t i, const fault *how)
{
    char line[256];
    size_t n = 0;
    snprintf(line, sizeof line, "%s %s", answers[i], names[i]);
    for (bool reached = true; reached; n++) {
        assert_return_ok(gsc_file_write(names[i], "old", 3));
        start_failing(how, n);
        int code = call_line(line);
        reached = stop_failing();
        if (code != 0 && !reached)
            fail_msg("%s: '%s'", line, said);
        if (code == 0 && reached && strcmp(failed, "close of nothing") != 0)
            fail_msg("%s: %s: not said", line, failed);
        if (code != 0)
            check_old(names[i], how);
        assert_true(code == 0 || code == 1);
        if (how->stays) /* it could not be removed either */
            assert_int_equal(system("rm -f .*.tmp"), 0);
    }
    return n - 1;
}

static void
a_full_disk_leaves_every_old_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM_ANSWERS; i++) {
        size_t count = 0;
        for (size_t k = 0; k < NUM_FAULTS; k++)
            count += fail_answer(i, &faults[k]);
        print_message("%s: %zu calls failed\n", names[i], count);
        assert_true(count > 3 * NUM_FAULTS);
    }
}

/* A folder of arrays, and a run, are several files: each is whole, or not there. */
static void
a_full_disk_leaves_no_torn_array(void **state)
{
    (void)state;
    size_t n = 0;
    for (bool reached = true; reached; n++) {
        start_failing(&faults[0], n);
        int code = call_program(export_main, "run --force -o arrays");
        reached = stop_failing();
        bool matters = strcmp(failed, "close of nothing") != 0;
        assert_int_equal(code, reached && matters ? 1 : 0);
        assert_int_equal(system("test -z \"$(find . -name '*.tmp')\""), 0);
    }
    assert_true(n > 20);
}

/* A folder that cannot be synced is the one failure after which the output is there,
 * unless it was still under its temporary name. */
static bool
is_there(int code)
{
    return code == 0 || (strstr(said, "cannot be synced") && !strstr(said, ".tmp/"));
}

/* A run that could not be imported whole is not there. */
static void
a_full_disk_leaves_no_half_of_a_run(void **state)
{
    static const char line[] = "zero.safetensors run.safetensors --force -o imported";
    (void)state;
    size_t n = 0;
    assert_int_equal(call_program(export_main, "run --step 0 -o zero.safetensors"), 0);
    for (bool reached = true; reached; n++) {
        start_failing(&faults[0], n);
        int code = call_program(import_main, line);
        reached = stop_failing();
        bool matters = strcmp(failed, "close of nothing") != 0;
        assert_int_equal(code, reached && matters ? 1 : 0);
        if (code == 1 && !strstr(said, "imported"))
            fail_msg("%s: '%s'", failed, said);
        if ((access("imported", F_OK) == 0) != is_there(code))
            fail_msg("%s: exit %d: '%s'", failed, code, said);
        assert_int_equal(system("rm -rf imported"), 0);
    }
    assert_true(n > 20);
}

/* Nor is a projector's folder. */
static void
a_full_disk_leaves_no_half_of_a_folder(void **state)
{
    (void)state;
    size_t n = 0;
    for (bool reached = true; reached; n++) {
        start_failing(&faults[0], n);
        int code = call_program(embedding_main,
                                "run --tensor embedding --threads 1 -o folder");
        reached = stop_failing();
        bool matters = strcmp(failed, "close of nothing") != 0;
        assert_int_equal(code, reached && matters ? 1 : 0);
        if (code == 1 && !strstr(said, "folder"))
            fail_msg("%s: '%s'", failed, said);
        if ((access("folder", F_OK) == 0) != is_there(code))
            fail_msg("%s: exit %d: '%s'", failed, code, said);
        assert_int_equal(count_leftovers(), 0);
        assert_int_equal(system("rm -rf folder"), 0);
    }
    assert_true(n > 20);
}

static void
a_full_standard_output_is_told(void **state)
{
    (void)state;
    static const char *const lines[] = {"norms run --threads 1",
                                        "norms run --long --threads 1", "norms --help",
                                        "export --help"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        sink = "/dev/full";
        int code = call_line(lines[i]);
        sink = "/dev/null";
        assert_int_equal(code, 1);
        if (!strstr(said, "standard output: No space left on device"))
            fail_msg("%s: '%s'", lines[i], said);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk_leaves_every_old_file),
        cmocka_unit_test(a_full_disk_leaves_no_torn_array),
        cmocka_unit_test(a_full_disk_leaves_no_half_of_a_run),
        cmocka_unit_test(a_full_disk_leaves_no_half_of_a_folder),
        cmocka_unit_test(a_full_standard_output_is_told),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
