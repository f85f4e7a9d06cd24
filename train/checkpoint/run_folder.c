/* The folder of a run: its files by name, its lock, its resume files. */
#include "grokscope/run_folder.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "train/base/file.h"
#include "train/checkpoint/checkpoint_image.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char lock_name[] = ".lock";

static int
fail_io(const char *path)
{
    return gsc_fail(GSC_EIO, "%s: %s", path, strerror(errno));
}

/* ---- Step files ---- */

static int
compare_steps(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* The next entry; NULL at the end, and where *status tells of a failure. */
static struct dirent *
next_entry(DIR *entries, const char *folder, int *status)
{
    errno = 0;
    struct dirent *entry = readdir(entries);
    if (!entry && errno != 0)
        *status = fail_io(folder);
    return entry;
}

int
gsc_run_steps(const char *folder, int64_t **out_steps, size_t *num_steps)
{
    int status = 0;
    int64_t *steps = NULL, step;
    size_t count = 0, room = 0;
    *out_steps = NULL;
    *num_steps = 0;
    DIR *entries = opendir(folder);
    if (!entries)
        return gsc_file_fail_reading(folder, errno);
    GSC_TRY(
        gsc_grow(&steps, 0, &room, sizeof *steps)); /* an empty list is a list too */
    for (struct dirent *entry; (entry = next_entry(entries, folder, &status));) {
        if (!gsc_run_is_step_file(entry->d_name, &step))
            continue;
        GSC_TRY(gsc_grow(&steps, count, &room, sizeof *steps));
        steps[count++] = step;
    }
    GSC_TRY(status);
    qsort(steps, count, sizeof *steps, compare_steps);
    *out_steps = steps;
    *num_steps = count;
    steps = NULL;
out:
    free(steps);
    closedir(entries);
    return status;
}

static bool
is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static int
last_step_path(const char *folder, char path[GSC_PATH_BYTES])
{
    int status = 0;
    int64_t *steps = NULL;
    size_t count;
    GSC_TRY(gsc_run_steps(folder, &steps, &count));
    status = count == 0 ? gsc_fail(GSC_EFORMAT, "%s: holds no checkpoint", folder)
                        : gsc_run_step_path(folder, steps[count - 1], path);
out:
    free(steps);
    return status;
}

int
gsc_run_find(const char *source, char path[GSC_PATH_BYTES])
{
    int64_t step;
    if (strlen(source) >= GSC_PATH_BYTES)
        return gsc_fail(GSC_EARGUMENT, "%.40s…: too long for a path", source);
    strcpy(path, source);
    char *at = strrchr(path, '@');
    if (is_folder(source))
        return last_step_path(source, path);
    if (!at || gsc_text_to_integer(at + 1, &step) < 0)
        return 0;
    *at = '\0';
    char folder[GSC_PATH_BYTES];
    strcpy(folder, path);
    if (is_folder(folder))
        return gsc_run_step_path(folder, step, path);
    *at = '@';
    return 0;
}

/* ---- What is ours ---- */

/* The files that tell how far a run is: without them it cannot be continued. */
static bool
tells_of_run(const char *name)
{
    return strcmp(name, "run.h5") == 0 || strcmp(name, "resume.h5") == 0 ||
           strcmp(name, "resume-previous.h5") == 0;
}

static bool
is_ours(const char *name)
{
    int64_t step;
    return tells_of_run(name) || gsc_run_is_step_file(name, &step) ||
           gsc_file_is_leftover(name);
}

static int
remove_where(const char *folder, bool (*unwanted)(const char *name))
{
    int status = 0;
    char path[GSC_PATH_BYTES];
    DIR *entries = opendir(folder);
    if (!entries)
        return fail_io(folder);
    for (struct dirent *entry; (entry = next_entry(entries, folder, &status));) {
        if (!unwanted(entry->d_name))
            continue;
        GSC_TRY(gsc_run_join(path, folder, entry->d_name));
        if (unlink(path) != 0 && errno != ENOENT) {
            status = fail_io(path);
            goto out;
        }
    }
out:
    closedir(entries);
    return status;
}

/* Make the entries of a folder safe on disk. */
static int
sync_entries(const char *folder)
{
    char inside[GSC_PATH_BYTES];
    int status = gsc_run_join(inside, folder, "");
    return status < 0 ? status : gsc_file_sync_entry(inside);
}

/* First what says that there is a run, for good: whenever this is cut short, no part of
 * the old run passes for a whole one, nor for a part of the next. */
int
gsc_run_remove(const char *folder)
{
    int status = 0;
    GSC_TRY(remove_where(folder, tells_of_run));
    GSC_TRY(sync_entries(folder));
    GSC_TRY(remove_where(folder, is_ours));
    GSC_TRY(sync_entries(folder));
out:
    return status;
}

bool
gsc_run_is_member(const char *name)
{
    return is_ours(name) || strcmp(name, lock_name) == 0;
}

/* ---- Lock ---- */

static bool
has_no_locks(int reason)
{
    return reason == ENOLCK || reason == ENOSYS || reason == EOPNOTSUPP ||
           reason == EINVAL;
}

static int
take_lock(const char *folder, int file, bool *guards)
{
    struct flock wanted = {.l_type = F_WRLCK, .l_whence = SEEK_SET}, holder = wanted;
    bool taken = fcntl(file, F_SETLK, &wanted) == 0;
    if (guards)
        *guards = taken;
    if (taken || has_no_locks(errno))
        return 0;
    if (errno != EACCES && errno != EAGAIN)
        return fail_io(folder);
    if (fcntl(file, F_GETLK, &holder) != 0 || holder.l_type == F_UNLCK)
        return gsc_fail(GSC_EBUSY, "%s: another grokscope-train holds this run",
                        folder);
    return gsc_fail(GSC_EBUSY, "%s: another grokscope-train (pid %ld) holds this run",
                    folder, (long)holder.l_pid);
}

int
gsc_run_lock(const char *folder, int *lock, bool *guards)
{
    int status = 0;
    char path[GSC_PATH_BYTES];
    *lock = -1;
    GSC_TRY(gsc_run_join(path, folder, lock_name));
    GSC_TRY(gsc_file_make_folders(folder));
    if (access(folder, W_OK | X_OK) != 0) /* the lock may be there from earlier */
        return fail_io(folder);
    int file;
    do
        file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    while (file < 0 && errno == EINTR);
    if (file < 0)
        return fail_io(path);
    status = take_lock(folder, file, guards);
    if (status == 0)
        status = remove_where(folder, gsc_file_is_leftover);
    if (status < 0)
        close(file);
    else
        *lock = file;
out:
    return status;
}

void
gsc_run_unlock(int lock)
{
    if (lock >= 0)
        close(lock);
}

bool
gsc_run_is_held(const char *folder)
{
    char path[GSC_PATH_BYTES];
    struct flock holder = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (gsc_run_join(path, folder, lock_name) < 0)
        return false;
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0)
        return false;
    bool held = fcntl(file, F_GETLK, &holder) == 0 && holder.l_type != F_UNLCK;
    close(file);
    return held;
}

int
gsc_run_check_lock(const char *folder, int lock)
{
    char path[GSC_PATH_BYTES];
    struct stat held, there;
    int status = gsc_run_join(path, folder, lock_name);
    if (status < 0)
        return status;
    if (fstat(lock, &held) != 0)
        return fail_io(path);
    bool is_there = stat(path, &there) == 0;
    if (!is_there && errno != ENOENT)
        return fail_io(path);
    if (is_there && held.st_dev == there.st_dev && held.st_ino == there.st_ino)
        return 0;
    return gsc_fail(
        GSC_EBUSY,
        "%s: was removed or replaced while this run was at it; nothing more "
        "is saved there. What it had saved before lies in the folder that "
        "is gone",
        folder);
}

/* ---- Resume files ---- */

/* Name the draft resume.h5 and what was there resume-previous.h5. Between the two
 * renames the previous file is whole under its new name. */
static int
rotate(gsc_file_draft *draft, const char *newest, const char *previous)
{
    bool kept = rename(newest, previous) == 0;
    if (!kept && errno != ENOENT)
        return fail_io(newest);
    int status = gsc_file_draft_commit(draft);
    if (status < 0 && draft->temporary && kept)
        rename(previous, newest);
    return status;
}

int
gsc_run_write_resume(const char *folder, const gsc_checkpoint *checkpoint)
{
    int status = 0;
    char newest[GSC_PATH_BYTES], previous[GSC_PATH_BYTES];
    void *image = NULL;
    size_t length;
    gsc_file_draft draft = {0};
    GSC_TRY(gsc_run_join(newest, folder, "resume.h5"));
    GSC_TRY(gsc_run_join(previous, folder, "resume-previous.h5"));
    GSC_TRY(gsc_checkpoint_image(checkpoint, newest, &image, &length));
    GSC_TRY(gsc_file_draft_init(&draft, newest, image, length));
    GSC_TRY(rotate(&draft, newest, previous));
out:
    gsc_file_draft_free(&draft);
    free(image);
    return status;
}

/* GSC_EFORMAT where the file is there and not whole. */
static int
read_where_found(const char *folder, const char *name, gsc_checkpoint *checkpoint,
                 bool *found)
{
    char path[GSC_PATH_BYTES];
    struct stat info;
    *found = false;
    int status = gsc_run_join(path, folder, name);
    if (status < 0 || (stat(path, &info) != 0 && errno == ENOENT))
        return status;
    status = gsc_checkpoint_read(checkpoint, path, GSC_READ_ALL);
    if (status < 0)
        gsc_checkpoint_free(checkpoint);
    *found = status == 0;
    return status;
}

int
gsc_run_read_resume(const char *folder, gsc_checkpoint *checkpoint, bool *found)
{
    *checkpoint = (gsc_checkpoint){0};
    int newest = read_where_found(folder, "resume.h5", checkpoint, found);
    if (*found || (newest < 0 && newest != GSC_EFORMAT))
        return newest;
    char *fault = gsc_copy_text(newest < 0 ? gsc_error_text() : "");
    if (!fault)
        return GSC_EMEMORY;
    int status = read_where_found(folder, "resume-previous.h5", checkpoint, found);
    if (status == 0 && !*found && newest < 0)
        status = gsc_fail(newest, "%s", fault);
    else if (status == GSC_EFORMAT && newest < 0)
        status = gsc_fail(newest, "%s; %s", fault, gsc_error_text());
    free(fault);
    return status;
}
