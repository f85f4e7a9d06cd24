/* Folders that appear whole or not at all. */
#include "train/base/folder.h"

#include "grokscope/error.h"

#include "folder_fixture.h"
#include "train/base/file.h"

#include <string.h>
#include <sys/stat.h>

static bool
is_member(const char *name)
{
    return gsc_text_ends_with(name, ".part");
}

static char place[64]; /* of the folder that is written */

static int
make_place(void **state)
{
    int status = make_folder(state);
    snprintf(place, sizeof place, "%s/place", folder);
    return status;
}

static void
put(const char *where, const char *name, const char *text)
{
    char file[256];
    snprintf(file, sizeof file, "%s/%s", where, name);
    assert_return_ok(gsc_file_write(file, text, strlen(text)));
}

/* That the folder holds this file; removes it. */
static void
take(const char *name, const char *text)
{
    char file[256], *found;
    size_t length;
    snprintf(file, sizeof file, "%s/%s", place, name);
    assert_return_ok(gsc_text_read_file(file, 100, &found, &length));
    assert_string_equal(found, text);
    free(found);
    assert_int_equal(unlink(file), 0);
}

static void
write_one(const char *where, const char *name)
{
    gsc_folder_draft draft;
    assert_return_ok(gsc_folder_draft_init(&draft, where, is_member));
    put(draft.path, name, "new");
    assert_return_ok(gsc_folder_draft_commit(&draft));
    gsc_folder_draft_free(&draft);
}

static void
members_are_replaced_and_others_stay(void **state)
{
    (void)state;
    struct stat info;
    assert_int_equal(mkdir(place, 0777), 0);
    put(place, "a.part", "old");
    put(place, "b.part", "old");
    put(place, "mine", "kept");
    assert_int_equal(chmod(place, 0750), 0);
    write_one(place, "a.part");
    assert_int_equal(stat(place, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0750);
    take("a.part", "new");
    take("mine", "kept");
    assert_int_equal(rmdir(place), 0); /* so b.part is gone */
}

static void
a_draft_that_is_not_committed_leaves_nothing(void **state)
{
    (void)state;
    gsc_folder_draft draft;
    assert_return_ok(gsc_folder_draft_init(&draft, place, is_member));
    put(draft.path, "a.part", "new");
    gsc_fail(GSC_EIO, "a reason");
    gsc_folder_draft_free(&draft);
    assert_string_equal(gsc_error_text(), "a reason");
    assert_int_equal(access(place, F_OK), -1);
}

static void
what_killed_writers_left_is_cleared(void **state)
{
    (void)state;
    char left[128];
    snprintf(left, sizeof left, "%s/.place.gsc-999999999-0.tmp", folder);
    assert_int_equal(mkdir(left, 0777), 0);
    put(left, "b.part", "half");
    put(left, "mine", "kept");
    assert_int_equal(mkdir(place, 0777), 0);
    write_one(place, "a.part");
    take("a.part", "new");
    take("mine", "kept");
    assert_int_equal(rmdir(place), 0);
    assert_int_equal(access(left, F_OK), -1);
}

static void
a_folder_that_was_moved_away_comes_back(void **state)
{
    (void)state;
    char former[128];
    gsc_folder_draft draft;
    snprintf(former, sizeof former, "%s/.place.gsc-former", folder);
    assert_int_equal(mkdir(former, 0777), 0);
    put(former, "a.part", "old");
    assert_return_ok(gsc_folder_draft_init(&draft, place, is_member));
    gsc_folder_draft_free(&draft);
    take("a.part", "old");
    assert_int_equal(rmdir(place), 0);
}

static void
a_link_to_a_folder_stays(void **state)
{
    (void)state;
    char link[128], slashed[132];
    struct stat info;
    assert_int_equal(mkdir(place, 0777), 0);
    snprintf(link, sizeof link, "%s/link", folder);
    snprintf(slashed, sizeof slashed, "%s//", link);
    assert_int_equal(symlink("place", link), 0);
    write_one(slashed, "a.part");
    take("a.part", "new");
    assert_int_equal(lstat(link, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(unlink(link), 0);
    assert_int_equal(rmdir(place), 0);
}

static void
files_and_the_working_directory_are_refused(void **state)
{
    (void)state;
    gsc_folder_draft draft;
    put(folder, "place", "a file");
    assert_fails(gsc_folder_draft_init(&draft, place, is_member), GSC_EARGUMENT,
                 "place: a file; expected the name of a folder");
    assert_int_equal(unlink(place), 0);
    assert_int_equal(chdir(folder), 0);
    assert_fails(gsc_folder_draft_init(&draft, ".", is_member), GSC_EARGUMENT,
                 ".: the working directory lies in this folder, which is to be "
                 "replaced by a new one; go elsewhere (cd ..)");
    assert_int_equal(chdir("/"), 0);
}

#define IN_PLACE(claim) \
    cmocka_unit_test_setup_teardown(claim, make_place, remove_folder)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(members_are_replaced_and_others_stay),
        IN_PLACE(a_draft_that_is_not_committed_leaves_nothing),
        IN_PLACE(what_killed_writers_left_is_cleared),
        IN_PLACE(a_folder_that_was_moved_away_comes_back),
        IN_PLACE(a_link_to_a_folder_stays),
        IN_PLACE(files_and_the_working_directory_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
