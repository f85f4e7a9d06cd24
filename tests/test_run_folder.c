/* Folders of runs: names, lock, resume files. */
#include "run_folder_fixture.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

/* ---- Step files ---- */

static void
step_paths_have_nine_digits_or_more(void **state)
{
    (void)state;
    char place[GSC_PATH_BYTES];
    assert_int_equal(gsc_run_step_path("runs/a", 12000, place), 0);
    assert_string_equal(place, "runs/a/step-000012000.h5");
    assert_int_equal(gsc_run_step_path("a", 12345678901, place), 0);
    assert_string_equal(place, "a/step-12345678901.h5");
    assert_int_equal(gsc_run_step_path("a", -1, place), GSC_EARGUMENT);
    assert_string_equal(gsc_error_text(), "step -1 is negative");
    char *lengthy = calloc(GSC_PATH_BYTES + 1, 1);
    assert_non_null(lengthy);
    memset(lengthy, 'x', GSC_PATH_BYTES - 10);
    assert_int_equal(gsc_run_step_path(lengthy, 0, place), GSC_EARGUMENT);
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
    assert_int_equal(gsc_run_lock(in_folder("a/b//c/"), &lock, NULL), 0);
    assert_int_equal(stat(in_folder("a/b/c/.lock"), &info), 0);
    gsc_run_unlock(lock);
    assert_int_equal(stat(in_folder("a/b/c/.lock"), &info), 0); /* it stays */
    touch("file");
    assert_int_equal(gsc_run_lock(in_folder("file/x"), &lock, NULL), GSC_EIO);
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
        int lock, status = gsc_run_lock(folder, &lock, NULL);
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
    assert_int_equal(gsc_run_lock(folder, &lock, NULL), 0);
    assert_int_equal(lock_in_child(message), GSC_EBUSY);
    gsc_run_unlock(lock);
    assert_int_equal(lock_in_child(NULL), 0); /* and it ends without unlocking */
    assert_int_equal(gsc_run_lock(folder, &lock, NULL), 0);
    gsc_run_unlock(lock);
}

static void
locking_clears_leftovers_of_interrupted_writes(void **state)
{
    (void)state;
    int lock;
    touch(".resume.h5.gsc-999999999-0.tmp");
    touch("resume.h5");
    assert_int_equal(gsc_run_lock(folder, &lock, NULL), 0);
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
    int status = gsc_run_lock(folder, &lock, NULL);
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
    assert_int_equal(gsc_run_lock(folder, &lock, NULL), 0);
    gsc_run_unlock(lock);
    assert_int_equal(gsc_run_remove(folder), 0);
    assert_int_equal(unlink(in_folder(".lock")), 0);
    assert_int_equal(rmdir(folder), 0); /* no leftover stays */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_RUN(step_paths_have_nine_digits_or_more),
        IN_RUN(steps_are_listed_ascending_and_other_names_passed_over),
        IN_RUN(only_files_of_our_own_names_are_removed),
        IN_RUN(the_folder_and_those_above_are_made),
        IN_RUN(a_second_trainer_is_kept_out_until_the_first_ends),
        IN_RUN(locking_clears_leftovers_of_interrupted_writes),
        IN_RUN(a_folder_that_cannot_be_written_is_refused),
        IN_RUN(the_newest_whole_resume_file_is_read),
        IN_RUN(damage_to_all_resume_files_is_an_error),
        IN_RUN(a_full_disk_keeps_both_resume_files),
        IN_RUN(a_kill_at_any_moment_leaves_a_whole_resume_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
