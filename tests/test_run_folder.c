/* Folders of runs: names, lock, resume files, the index over all steps. */
#include "grokscope/error.h"
#include "grokscope/file.h"
#include "grokscope/run_folder.h"

#include <hdf5.h>

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];

static const char *
in_folder(const char *name)
{
    static char path[4][256]; /* several in one call */
    static unsigned next;
    char *made = path[next++ % 4];
    snprintf(made, sizeof path[0], "%s/%s", folder, name);
    return made;
}

static bool
exists(const char *name)
{
    struct stat info;
    return lstat(in_folder(name), &info) == 0;
}

static void
touch(const char *name)
{
    assert_int_equal(gsc_file_write(in_folder(name), "x", 1), 0);
}

/* A checkpoint whose only tensor holds `value` six times, or five times. */
static gsc_checkpoint
checkpoint_of(int64_t step, float value, size_t columns)
{
    static float data[6];
    static gsc_tensor param;
    for (size_t i = 0; i < 6; i++)
        data[i] = value;
    param = (gsc_tensor){.name = "embed.W_E", .axes = "a b", .trained = true};
    param.shape = (gsc_shape){2, {2, columns}};
    param.data = data;
    return (gsc_checkpoint){
        .step = step, .config = "{}", .num_params = 1, .params = &param};
}

static void
write_step(int64_t step, float value, size_t columns)
{
    char path[GSC_PATH_BYTES];
    gsc_checkpoint made = checkpoint_of(step, value, columns);
    assert_int_equal(gsc_run_step_path(folder, step, path), 0);
    if (gsc_checkpoint_write(&made, path) < 0)
        fail_msg("%s", gsc_error_text());
}

/* ---- Step files ---- */

static void
step_paths_have_nine_digits_or_more(void **state)
{
    (void)state;
    char path[GSC_PATH_BYTES];
    assert_int_equal(gsc_run_step_path("runs/a", 12000, path), 0);
    assert_string_equal(path, "runs/a/step-000012000.h5");
    assert_int_equal(gsc_run_step_path("a", 12345678901, path), 0);
    assert_string_equal(path, "a/step-12345678901.h5");
    assert_int_equal(gsc_run_step_path("a", -1, path), GSC_EARGUMENT);
    assert_string_equal(gsc_error_text(), "step -1 is negative");
    char *lengthy = calloc(GSC_PATH_BYTES + 1, 1);
    assert_non_null(lengthy);
    memset(lengthy, 'x', GSC_PATH_BYTES - 10);
    assert_int_equal(gsc_run_step_path(lengthy, 0, path), GSC_EARGUMENT);
    free(lengthy);
}

static void
steps_are_listed_ascending_and_other_names_passed_over(void **state)
{
    (void)state;
    int64_t *steps;
    size_t count;
    const char *names[] = {"step-000000500.h5",  "step-000000000.h5",
                           "step-1234567890.h5", "step-12.h5",
                           "step-0000000500.h5", "step-000000100.h5x",
                           "step-00000010a.h5",  "notes.txt",
                           "step--00000001.h5",  "step-99999999999999999999.h5"};
    assert_int_equal(gsc_run_steps(folder, &steps, &count), 0);
    assert_int_equal(count, 0);
    assert_non_null(steps);
    free(steps);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        touch(names[i]);
    assert_int_equal(gsc_run_steps(folder, &steps, &count), 0);
    assert_int_equal(count, 3);
    assert_true(steps[0] == 0 && steps[1] == 500 && steps[2] == 1234567890);
    free(steps);
    assert_int_equal(gsc_run_steps("/nowhere", &steps, &count), GSC_EFORMAT);
    assert_string_equal(gsc_error_text(), "/nowhere: No such file or directory");
}

static void
only_files_of_our_own_names_are_removed(void **state)
{
    (void)state;
    const char *ours[] = {"step-000000000.h5",
                          "step-000000100.h5",
                          "run.h5",
                          "resume.h5",
                          "resume-previous.h5",
                          ".step-000000200.h5.gsc-999999999-0.tmp"};
    const char *others[] = {".lock",
                            "step-12.h5",
                            "summary.json",
                            "step-000000000.h5.bak",
                            ".summary.gsc-1-0.tmp",
                            ".mine.tmp"};
    for (size_t i = 0; i < 6; i++) {
        touch(ours[i]);
        touch(others[i]);
    }
    assert_int_equal(gsc_run_remove(folder), 0);
    for (size_t i = 0; i < 6; i++) {
        assert_false(exists(ours[i]));
        assert_true(exists(others[i]));
    }
    assert_int_equal(gsc_run_remove("/nowhere"), GSC_EIO);
}

/* ---- Lock ---- */

static void
the_folder_and_those_above_are_made(void **state)
{
    (void)state;
    int lock;
    struct stat info;
    assert_int_equal(gsc_run_lock(in_folder("a/b//c/"), &lock), 0);
    assert_int_equal(stat(in_folder("a/b/c/.lock"), &info), 0);
    gsc_run_unlock(lock);
    assert_int_equal(stat(in_folder("a/b/c/.lock"), &info), 0); /* it stays */
    touch("file");
    assert_int_equal(gsc_run_lock(in_folder("file/x"), &lock), GSC_EIO);
    assert_non_null(strstr(gsc_error_text(), "/file: Not a directory"));
    assert_int_equal(lock, -1);
    gsc_run_unlock(lock);
}

/* Lock in a child process: its status, and its message against the expected one. */
static int
lock_in_child(const char *message)
{
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int lock, status = gsc_run_lock(folder, &lock);
        bool same = !message || strcmp(gsc_error_text(), message) == 0;
        _exit(same ? -status : 100);
    }
    int result;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    return -WEXITSTATUS(result);
}

static void
a_second_trainer_is_kept_out_until_the_first_ends(void **state)
{
    (void)state;
    int lock;
    char message[256];
    snprintf(message, sizeof message,
             "%s: another grokscope-train (pid %ld) holds this run", folder,
             (long)getpid());
    assert_int_equal(gsc_run_lock(folder, &lock), 0);
    assert_int_equal(lock_in_child(message), GSC_EBUSY);
    gsc_run_unlock(lock);
    assert_int_equal(lock_in_child(NULL), 0); /* and it ends without unlocking */
    assert_int_equal(gsc_run_lock(folder, &lock), 0);
    gsc_run_unlock(lock);
}

static void
locking_clears_leftovers_of_interrupted_writes(void **state)
{
    (void)state;
    int lock;
    touch(".resume.h5.gsc-999999999-0.tmp");
    touch("resume.h5");
    assert_int_equal(gsc_run_lock(folder, &lock), 0);
    assert_false(exists(".resume.h5.gsc-999999999-0.tmp"));
    assert_true(exists("resume.h5"));
    gsc_run_unlock(lock);
}

static void
a_folder_that_cannot_be_written_is_refused(void **state)
{
    (void)state;
    int lock;
    if (geteuid() == 0)
        skip(); /* root may write anywhere */
    assert_int_equal(chmod(folder, 0500), 0);
    int status = gsc_run_lock(folder, &lock);
    assert_int_equal(chmod(folder, 0700), 0);
    assert_int_equal(status, GSC_EIO);
    assert_non_null(strstr(gsc_error_text(), ": Permission denied"));
}

/* ---- Resume files ---- */

static void
write_resume(int64_t step)
{
    gsc_checkpoint made = checkpoint_of(step, 1, 3);
    if (gsc_run_write_resume(folder, &made) < 0)
        fail_msg("%s", gsc_error_text());
}

static int64_t
resumed_step(void)
{
    gsc_checkpoint got;
    bool found;
    if (gsc_run_read_resume(folder, &got, &found) < 0)
        fail_msg("%s", gsc_error_text());
    int64_t step = found ? got.step : -1;
    gsc_checkpoint_free(&got);
    return step;
}

static void
the_newest_whole_resume_file_is_read(void **state)
{
    (void)state;
    assert_true(resumed_step() == -1);
    write_resume(100);
    assert_false(exists("resume-previous.h5"));
    assert_true(resumed_step() == 100);
    write_resume(200);
    assert_true(exists("resume-previous.h5"));
    assert_true(resumed_step() == 200);
    assert_int_equal(truncate(in_folder("resume.h5"), 1000), 0);
    assert_true(resumed_step() == 100);
    assert_int_equal(unlink(in_folder("resume.h5")),
                     0); /* killed between two renames */
    assert_true(resumed_step() == 100);
    write_resume(300);
    assert_true(resumed_step() == 300);
}

static void
damage_to_all_resume_files_is_an_error(void **state)
{
    (void)state;
    gsc_checkpoint got;
    bool found;
    char message[512];
    touch("resume.h5");
    assert_int_equal(gsc_run_read_resume(folder, &got, &found), GSC_EFORMAT);
    snprintf(message, sizeof message, "%s/resume.h5: not an HDF5 file", folder);
    assert_string_equal(gsc_error_text(), message);
    touch("resume-previous.h5");
    assert_int_equal(gsc_run_read_resume(folder, &got, &found), GSC_EFORMAT);
    snprintf(message, sizeof message,
             "%s/resume.h5: not an HDF5 file; %s/resume-previous.h5: not an HDF5 file",
             folder, folder);
    assert_string_equal(gsc_error_text(), message);
    assert_false(found);
    gsc_checkpoint_free(&got);
}

static void
a_full_disk_keeps_both_resume_files(void **state)
{
    (void)state;
    write_resume(100);
    write_resume(200);
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    struct rlimit small = {1000, limit.rlim_max};
    void (*former)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    gsc_checkpoint made = checkpoint_of(300, 1, 3);
    int status = gsc_run_write_resume(folder, &made);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    signal(SIGXFSZ, former);
    assert_int_equal(status, GSC_EIO);
    assert_non_null(strstr(gsc_error_text(), "/resume.h5: File too large"));
    assert_true(resumed_step() == 200);
    assert_int_equal(unlink(in_folder("resume.h5")), 0);
    assert_true(resumed_step() == 100);
    assert_int_equal(unlink(in_folder("resume-previous.h5")), 0);
    assert_int_equal(rmdir(folder), 0); /* nothing else was in it */
}

static void
a_kill_at_any_moment_leaves_a_whole_resume_file(void **state)
{
    (void)state;
    write_resume(0);
    for (int i = 0; i < 40; i++) {
        fflush(NULL);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            for (int64_t step = resumed_step() + 1;; step++)
                write_resume(step);
        }
        struct timespec moment = {0, 1000000 + 700000 * i};
        nanosleep(&moment, NULL);
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, NULL, 0), child);
        assert_true(resumed_step() >= 0);
    }
    int lock;
    assert_int_equal(gsc_run_lock(folder, &lock), 0);
    gsc_run_unlock(lock);
    assert_int_equal(gsc_run_remove(folder), 0);
    assert_int_equal(unlink(in_folder(".lock")), 0);
    assert_int_equal(rmdir(folder), 0); /* no leftover stays */
}

/* ---- run.h5 ---- */

/* Read /params/embed.W_E of run.h5: num_steps times six values. */
static void
read_stack(size_t num_steps, float *values)
{
    hsize_t dims[3];
    hid_t file = H5Fopen(in_folder("run.h5"), H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(file >= 0);
    hid_t stack = H5Dopen2(file, "/params/embed.W_E", H5P_DEFAULT);
    assert_true(stack >= 0);
    hid_t space = H5Dget_space(stack);
    assert_int_equal(H5Sget_simple_extent_dims(space, dims, NULL), 3);
    assert_true(dims[0] == num_steps && dims[1] == 2 && dims[2] == 3);
    assert_true(
        H5Dread(stack, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Sclose(space);
    H5Dclose(stack);
    H5Fclose(file);
}

static void
the_index_stacks_all_steps(void **state)
{
    (void)state;
    float values[3][6];
    write_step(0, 1.5f, 3);
    write_step(100, 2.5f, 3);
    write_step(1000, 3.5f, 3);
    assert_int_equal(gsc_run_write_index(folder), 0);
    read_stack(3, values[0]);
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 6; j++)
            assert_true(values[i][j] == 1.5f + (float)i);
}

static void
the_index_moves_with_its_folder(void **state)
{
    (void)state;
    float values[6];
    char moved[sizeof folder];
    write_step(0, 1.5f, 3);
    assert_int_equal(gsc_run_write_index(folder), 0);
    memcpy(moved, folder, sizeof moved);
    moved[strlen(moved) - 1] = '-';
    assert_int_equal(rename(folder, moved), 0);
    memcpy(folder, moved, sizeof moved);
    read_stack(1, values);
    assert_true(values[5] == 1.5f);
}

static void
a_missing_step_file_reads_as_nan(void **state)
{
    (void)state;
    float values[3][6];
    write_step(0, 1, 3);
    write_step(1, 2, 3);
    write_step(2, 3, 3);
    assert_int_equal(gsc_run_write_index(folder), 0);
    assert_int_equal(unlink(in_folder("step-000000001.h5")), 0);
    read_stack(3, values[0]);
    for (size_t j = 0; j < 6; j++)
        assert_true(values[0][j] == 1 && isnan(values[1][j]) && values[2][j] == 3);
}

static void
a_step_file_without_the_tensor_reads_as_nan(void **state)
{
    (void)state;
    float values[2][6];
    gsc_checkpoint bare = {.config = "{}"};
    assert_int_equal(gsc_checkpoint_write(&bare, in_folder("step-000000000.h5")), 0);
    write_step(1, 2, 3);
    assert_int_equal(gsc_run_write_index(folder), 0);
    read_stack(2, values[0]);
    for (size_t j = 0; j < 6; j++)
        assert_true(isnan(values[0][j]) && values[1][j] == 2);
}

static void
an_index_without_steps_is_empty(void **state)
{
    (void)state;
    assert_int_equal(gsc_run_write_index(folder), 0);
    hid_t file = H5Fopen(in_folder("run.h5"), H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(file >= 0);
    assert_true(H5Lexists(file, "/steps", H5P_DEFAULT) > 0);
    H5Fclose(file);
}

static void
a_damaged_newest_step_is_named(void **state)
{
    (void)state;
    char message[256];
    write_step(0, 1, 3);
    touch("step-000000001.h5");
    assert_int_equal(gsc_run_write_index(folder), GSC_EFORMAT);
    snprintf(message, sizeof message, "%s/step-000000001.h5: not an HDF5 file", folder);
    assert_string_equal(gsc_error_text(), message);
    assert_false(exists("run.h5"));
}

static void
an_index_is_no_checkpoint(void **state)
{
    (void)state;
    gsc_checkpoint got;
    write_step(0, 1, 3);
    assert_int_equal(gsc_run_write_index(folder), 0);
    assert_int_equal(gsc_checkpoint_read(&got, in_folder("run.h5"), 0), GSC_EFORMAT);
    assert_non_null(
        strstr(gsc_error_text(), "format is 'grokscope-run', expected 'grokscope'"));
    gsc_checkpoint_free(&got);
}

/* ---- The folder of each test ---- */

static int
make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/gsc-run-folder-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int
remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

#define IN_FOLDER(claim) \
    cmocka_unit_test_setup_teardown(claim, make_folder, remove_folder)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(step_paths_have_nine_digits_or_more),
        IN_FOLDER(steps_are_listed_ascending_and_other_names_passed_over),
        IN_FOLDER(only_files_of_our_own_names_are_removed),
        IN_FOLDER(the_folder_and_those_above_are_made),
        IN_FOLDER(a_second_trainer_is_kept_out_until_the_first_ends),
        IN_FOLDER(locking_clears_leftovers_of_interrupted_writes),
        IN_FOLDER(a_folder_that_cannot_be_written_is_refused),
        IN_FOLDER(the_newest_whole_resume_file_is_read),
        IN_FOLDER(damage_to_all_resume_files_is_an_error),
        IN_FOLDER(a_full_disk_keeps_both_resume_files),
        IN_FOLDER(a_kill_at_any_moment_leaves_a_whole_resume_file),
        IN_FOLDER(the_index_stacks_all_steps),
        IN_FOLDER(the_index_moves_with_its_folder),
        IN_FOLDER(a_missing_step_file_reads_as_nan),
        IN_FOLDER(a_step_file_without_the_tensor_reads_as_nan),
        IN_FOLDER(an_index_without_steps_is_empty),
        IN_FOLDER(a_damaged_newest_step_is_named),
        IN_FOLDER(an_index_is_no_checkpoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
