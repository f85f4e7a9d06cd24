/* Whole files, written so that nobody ever sees half of one. */
#include "train/base/file.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MOST_BASE_BYTES = 200, /* of the name kept in the temporary one: 255 in all */
    MOST_DRAFTS = 1000     /* temporary names tried: threads, hosts, leftovers */
};

/* A temporary name is .<name>.gsc-<process>-<number>.tmp */
static const char mark[] = ".gsc-";
static const char ending[] = ".tmp";

const char *
gsc_file_reason(int error)
{
    static _Thread_local char text[160];
    struct rlimit limit;
    const char *help = error == ENOSPC   ? "; make room on the disk, or write elsewhere"
                       : error == EDQUOT ? "; remove files of yours, or write elsewhere"
                       : error == EMFILE ? "; the limit is that of ulimit -n"
                                         : "";
    if (error == EFBIG && getrlimit(RLIMIT_FSIZE, &limit) == 0 &&
        limit.rlim_cur != RLIM_INFINITY)
        snprintf(text, sizeof text, "%s: the limit of a file (ulimit -f) is %llu bytes",
                 strerror(error), (unsigned long long)limit.rlim_cur);
    else
        snprintf(text, sizeof text, "%s%s", strerror(error), help);
    return text;
}

static int
fail_io(const char *path)
{
    return gsc_fail(errno == ENOMEM ? GSC_EMEMORY : GSC_EIO, "%s: %s", path,
                    gsc_file_reason(errno));
}

int
gsc_file_fail_reading(const char *path, int error)
{
    static const int of_path[] = {ENOENT, ENOTDIR, EACCES,       EPERM,
                                  EISDIR, ELOOP,   ENAMETOOLONG, ENXIO};
    int code = error == ENOMEM ? GSC_EMEMORY : GSC_EIO;
    for (size_t i = 0; i < sizeof of_path / sizeof *of_path; i++)
        if (of_path[i] == error)
            code = GSC_EFORMAT;
    return gsc_fail(code, "%s: %s", path, gsc_file_reason(error));
}

/* A signal that comes in between is no fault of the file. */
static int
open_file(const char *path, int flags)
{
    int file;
    do
        file = open(path, flags | O_CLOEXEC, 0666);
    while (file < 0 && errno == EINTR);
    return file;
}

static bool
sync_file(int file)
{
    int status;
    do
        status = fsync(file);
    while (status != 0 && errno == EINTR);
    return status == 0;
}

/* Write all of it and close; errno tells the reason of a failure. */
static bool
write_all(int file, const char *data, size_t length, bool sync)
{
    bool done = true;
    while (done && length > 0) {
        ssize_t written = write(file, data, length);
        if (written > 0) {
            data += written;
            length -= (size_t)written;
        } else if (written == 0) { /* of a file that takes nothing, without a reason */
            errno = EIO;
            done = false;
        } else {
            done = errno == EINTR;
        }
    }
    done = done && (!sync || sync_file(file));
    int reason = errno;
    /* Interrupted, it is closed all the same. */
    if (close(file) != 0 && errno != EINTR && done)
        return false;
    errno = reason;
    return done;
}

/* The length of the folder's part of a path, its slash included. */
static size_t
folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

int
gsc_file_temporary_name(const char *target, int number, gsc_text *name)
{
    size_t folder = folder_length(target);
    return gsc_text_add(name, "%.*s.%.*s%s%ld-%d%s", (int)folder, target,
                        MOST_BASE_BYTES, target + folder, mark, (long)getpid(), number,
                        ending);
}

static int
open_temporary(const char *target, char **temporary)
{
    for (int number = 0; number < MOST_DRAFTS; number++) {
        gsc_text name = {0};
        if (gsc_file_temporary_name(target, number, &name) < 0) {
            gsc_text_free(&name);
            return GSC_EMEMORY;
        }
        int file = open_file(name.data, O_WRONLY | O_CREAT | O_EXCL), reason = errno;
        if (file >= 0) {
            *temporary = name.data;
            return file;
        }
        gsc_text_free(&name);
        errno = reason;
        if (reason != EEXIST)
            break;
    }
    return fail_io(target);
}

/* A folder that can be written but not listed cannot be opened, and some file systems
 * do not sync folders: the file itself is whole all the same. */
static bool
has_no_sync(int reason)
{
    return reason == EACCES || reason == EPERM || reason == EINVAL || reason == ENOTSUP;
}

int
gsc_file_sync_entry(const char *path)
{
    int status = 0;
    char folder[4096] = ".";
    size_t length = folder_length(path);
    if (length >= sizeof folder)
        return gsc_fail(GSC_EIO, "%.40s…: too long for a path", path);
    if (length > 0)
        snprintf(folder, sizeof folder, "%.*s", (int)length, path);
    int file = open_file(folder, O_RDONLY | O_DIRECTORY);
    if ((file < 0 || !sync_file(file)) && !has_no_sync(errno))
        status = gsc_fail(GSC_EIO, "%s: is whole, but its folder cannot be synced: %s",
                          path, strerror(errno));
    if (file >= 0)
        close(file);
    return status;
}

int
gsc_file_check_link(const char *path)
{
    struct stat info;
    char to[4096];
    if (lstat(path, &info) != 0 || !S_ISLNK(info.st_mode) || stat(path, &info) == 0 ||
        errno != ENOENT)
        return 0;
    ssize_t length = readlink(path, to, sizeof to);
    return gsc_fail(GSC_EARGUMENT,
                    "%s: is a link to %.*s, which is not there; remove the link, or "
                    "make what it names",
                    path, length > 0 ? (int)length : 0, to);
}

int
gsc_file_draft_init(gsc_file_draft *draft, const char *path, const void *data,
                    size_t length)
{
    struct stat info;
    *draft = (gsc_file_draft){0};
    bool exists = stat(path, &info) == 0;
    if (exists && S_ISDIR(info.st_mode)) {
        errno = EISDIR; /* now, not after the work, when the rename would say it */
        return fail_io(path);
    }
    if (!exists && gsc_file_check_link(path) < 0)
        return GSC_EARGUMENT;
    char *real = realpath(path, NULL); /* a link stays, what it names is replaced */
    if (!real && errno != ENOENT)
        return fail_io(path);
    draft->target = gsc_copy_text(real ? real : path);
    free(real);
    if (!draft->target)
        return GSC_EMEMORY;
    int file = open_temporary(draft->target, &draft->temporary);
    if (file < 0) {
        gsc_file_draft_free(draft);
        return file;
    }
    if (exists)
        fchmod(file, info.st_mode & 07777); /* some file systems have no modes */
    if (!write_all(file, data, length, true)) {
        int status = fail_io(path);
        gsc_file_draft_free(draft);
        return status;
    }
    return 0;
}

int
gsc_file_draft_commit(gsc_file_draft *draft)
{
    if (rename(draft->temporary, draft->target) != 0)
        return fail_io(draft->target);
    free(draft->temporary);
    draft->temporary = NULL;
    return gsc_file_sync_entry(draft->target);
}

void
gsc_file_draft_free(gsc_file_draft *draft)
{
    if (draft->temporary)
        unlink(draft->temporary);
    free(draft->temporary);
    free(draft->target);
    *draft = (gsc_file_draft){0};
}

static int
write_directly(const char *path, const void *data, size_t length)
{
    int file = open_file(path, O_WRONLY);
    return file >= 0 && write_all(file, data, length, false) ? 0 : fail_io(path);
}

int
gsc_file_write(const char *path, const void *data, size_t length)
{
    struct stat info;
    gsc_file_draft draft;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode))
        return write_directly(path, data, length);
    int status = gsc_file_draft_init(&draft, path, data, length);
    if (status == 0)
        status = gsc_file_draft_commit(&draft);
    gsc_file_draft_free(&draft);
    return status;
}

bool
gsc_file_has_ending(const char *path, const char *end)
{
    return *path && gsc_text_ends_with(path + 1, end);
}

int
gsc_file_make_folder(const char *path)
{
    struct stat info;
    if (mkdir(path, 0777) == 0)
        return gsc_file_sync_entry(path);
    int reason = errno;
    if (stat(path, &info) == 0) { /* mkdir's reason need not be EEXIST: "/" */
        if (S_ISDIR(info.st_mode))
            return 0;
        reason = ENOTDIR;
    }
    errno = reason;
    return fail_io(path);
}

int
gsc_file_make_folders(const char *path)
{
    int status = 0;
    gsc_text parts = {0};
    GSC_TRY(gsc_text_add(&parts, "%s/", path)); /* a slash after every part */
    for (char *slash = strchr(parts.data + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        GSC_TRY(gsc_file_make_folder(parts.data));
        *slash = '/';
    }
out:
    gsc_text_free(&parts);
    return status;
}

/* ---- What a killed writer leaves ---- */

/* Where the mark begins in a temporary name of ours, and whose it is; NULL in others.
 */
static const char *
find_mark(const char *name, long *process)
{
    const char *found = NULL;
    for (const char *next = name; (next = strstr(next, mark)); next++)
        found = next; /* the last one: the file's own name may hold the mark */
    if (name[0] != '.' || !found || found == name)
        return NULL;
    char *end;
    const char *digits = found + strlen(mark);
    *process = strtol(digits, &end, 10);
    if (!isdigit((unsigned char)*digits) || *end != '-')
        return NULL;
    digits = end + 1;
    strtol(digits, &end, 10);
    return isdigit((unsigned char)*digits) && strcmp(end, ending) == 0 ? found : NULL;
}

bool
gsc_file_is_leftover(const char *name)
{
    long process;
    /* Our own number on it was given to an earlier process before us. */
    return find_mark(name, &process) &&
           (process == getpid() || (kill((pid_t)process, 0) != 0 && errno == ESRCH));
}

/* Whether a temporary name was made for this one. */
static bool
is_of(const char *temporary, const char *name)
{
    long process;
    const char *found = find_mark(temporary, &process);
    size_t length = strnlen(name, MOST_BASE_BYTES);
    return found && (size_t)(found - temporary) == length + 1 &&
           memcmp(temporary + 1, name, length) == 0;
}

int
gsc_file_each_leftover(const char *path, gsc_leftover *each, void *context)
{
    int status = 0;
    size_t length = folder_length(path);
    DIR *entries = NULL;
    gsc_text folder = {0}, found = {0};
    GSC_TRY(gsc_text_add(&folder, "%.*s", (int)length, length > 0 ? path : ""));
    entries = opendir(length > 0 ? folder.data : ".");
    if (!entries && errno == ENOMEM)
        GSC_TRY(fail_io(path));
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        if (!is_of(entry->d_name, path + length) ||
            !gsc_file_is_leftover(entry->d_name))
            continue;
        found.length = 0;
        GSC_TRY(gsc_text_add(&found, "%.*s%s", (int)length, path, entry->d_name));
        each(found.data, context);
    }
out:
    if (entries)
        closedir(entries);
    gsc_text_free(&folder);
    gsc_text_free(&found);
    return status;
}

static void
remove_leftover(const char *path, void *context)
{
    (void)context;
    unlink(path);
}

int
gsc_file_remove_leftovers(const char *path)
{
    return gsc_file_each_leftover(path, remove_leftover, NULL);
}
