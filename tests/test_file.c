/* Files that appear whole or not at all. */
#include "checkpoint_fixture.h"

#include <signal.h>
#include <sys/resource.h>

static void
a_full_disk_leaves_the_old_file_and_nothing_else(void **state)
{
    (void)state;
    char before[GSC_DIGEST_BYTES], after[GSC_DIGEST_BYTES];
    gsc_checkpoint made = small_checkpoint();
    digest_of(&made, before);
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    struct rlimit small = {1000, limit.rlim_max};
    void (*former)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    made.step++;
    int status = gsc_checkpoint_write(&made, path);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    signal(SIGXFSZ, former);
    expect_error(status, GSC_EIO,
                 "%s: %s: the limit of a file (ulimit -f) is %llu bytes", path,
                 strerror(EFBIG), (unsigned long long)small.rlim_cur);
    assert_int_equal(count_files(), 1);
    assert_int_equal(gsc_checkpoint_digest(path, after), 0);
    assert_string_equal(before, after);
}

static void
a_folder_is_no_target(void **state)
{
    (void)state;
    gsc_checkpoint made = small_checkpoint();
    expect_error(gsc_checkpoint_write(&made, folder), GSC_EIO, "%s: Is a directory",
                 folder);
    expect_error(gsc_checkpoint_write(&made, "/nowhere/at/all.h5"), GSC_EIO,
                 "/nowhere/at/all.h5: No such file or directory");
    assert_int_equal(count_files(), 0);
}

static void
a_folder_without_permission_is_no_place(void **state)
{
    (void)state;
    if (geteuid() == 0)
        skip(); /* root may write anywhere */
    gsc_checkpoint made = small_checkpoint();
    assert_int_equal(chmod(folder, 0500), 0);
    int status = gsc_checkpoint_write(&made, path);
    assert_int_equal(chmod(folder, 0700), 0);
    expect_error(status, GSC_EIO, "%s: Permission denied", path);
}

static void
links_are_followed_and_devices_written_directly(void **state)
{
    (void)state;
    struct stat info;
    assert_int_equal(gsc_file_write(path, "old", 3), 0);
    assert_int_equal(symlink(path, other), 0);
    assert_int_equal(gsc_file_write(other, "new text", 8), 0);
    assert_int_equal(lstat(other, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_size, 8);
    assert_int_equal(gsc_file_write("/dev/null", "x", 1), 0);
    assert_int_equal(stat("/dev/null", &info), 0);
    assert_true(S_ISCHR(info.st_mode));
}

static void
an_ending_alone_is_no_name(void **state)
{
    (void)state;
    assert_true(gsc_file_has_ending("w.npz", ".npz"));
    assert_false(gsc_file_has_ending(".npz", ".npz"));
    assert_false(gsc_file_has_ending("", ".npz"));
    assert_false(gsc_file_has_ending("w.npz.h5", ".npz"));
}

static void
a_folder_is_made_once(void **state)
{
    (void)state;
    char made[sizeof folder + 8], below[sizeof folder + 16];
    snprintf(made, sizeof made, "%s/made", folder);
    snprintf(below, sizeof below, "%s/no/below", folder);
    assert_return_ok(gsc_file_make_folder(made));
    assert_return_ok(gsc_file_make_folder(made));
    assert_int_equal(rmdir(made), 0);
    expect_error(gsc_file_make_folder(below), GSC_EIO, "%s: %s", below,
                 strerror(ENOENT));
}

static void
only_temporary_names_of_ended_writers_are_leftovers(void **state)
{
    (void)state;
    char name[64];
    assert_true(gsc_file_is_leftover(".run.h5.gsc-999999999-0.tmp"));
    assert_false(gsc_file_is_leftover(".run.h5.gsc-1-0.tmp")); /* init always runs */
    assert_false(gsc_file_is_leftover("run.h5.gsc-999999999-0.tmp"));
    assert_false(gsc_file_is_leftover(".run.h5.gsc-999999999.tmp"));
    assert_false(gsc_file_is_leftover(".run.h5.gsc--1-0.tmp"));
    assert_false(gsc_file_is_leftover(".run.h5.gsc-999999999-0.tmp2"));
    assert_false(gsc_file_is_leftover(".gsc-999999999-0.tmp"));
    assert_false(gsc_file_is_leftover(".lock"));
    snprintf(name, sizeof name, ".a.gsc-%ld-3.tmp", (long)getpid());
    assert_true(gsc_file_is_leftover(name));
}

static void
the_mode_of_a_replaced_file_stays(void **state)
{
    (void)state;
    struct stat info;
    assert_return_ok(gsc_file_write(path, "old", 3));
    assert_int_equal(chmod(path, 0640), 0);
    assert_return_ok(gsc_file_write(path, "new", 3));
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0640);
}

static void
a_link_that_leads_nowhere_is_told(void **state)
{
    (void)state;
    struct stat info;
    assert_int_equal(symlink("gone", path), 0);
    expect_error(gsc_file_write(path, "new", 3), GSC_EARGUMENT,
                 "%s: is a link to gone, which is not there; remove the link, or make "
                 "what it names",
                 path);
    assert_int_equal(lstat(path, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
}

static void
leftovers_of_one_file_are_removed(void **state)
{
    (void)state;
    char own[128], others[128];
    snprintf(own, sizeof own, "%s/.file.gsc-999999999-0.tmp", folder);
    snprintf(others, sizeof others, "%s/.file2.gsc-999999999-0.tmp", folder);
    snprintf(path, sizeof path, "%s/file", folder);
    assert_return_ok(gsc_file_write(own, "", 0));
    assert_return_ok(gsc_file_write(others, "", 0));
    gsc_file_remove_leftovers(path);
    assert_int_equal(access(own, F_OK), -1);
    assert_int_equal(unlink(others), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_TWO(a_full_disk_leaves_the_old_file_and_nothing_else),
        IN_TWO(a_folder_is_no_target),
        IN_TWO(a_folder_without_permission_is_no_place),
        IN_TWO(links_are_followed_and_devices_written_directly),
        IN_TWO(an_ending_alone_is_no_name),
        IN_TWO(the_mode_of_a_replaced_file_stays),
        IN_TWO(a_link_that_leads_nowhere_is_told),
        IN_TWO(leftovers_of_one_file_are_removed),
        IN_TWO(a_folder_is_made_once),
        IN_TWO(only_temporary_names_of_ended_writers_are_leftovers),
    };
    return cmocka_run_group_tests(tests, make_history, free_history);
}
