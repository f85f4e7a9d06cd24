/* Whole folders, written so that nobody ever sees half of one. */
#define _GNU_SOURCE /* renameat2 */
#include "train/base/folder.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "train/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_DRAFTS = 1000 }; /* temporary names tried */

static int
fail_io(const char *path)
{
    return gsc_fail(GSC_EIO, "%s: %s", path, strerror(errno));
}

/* ---- What a former folder holds ---- */

static bool
is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Remove one entry, or carry it over where it is somebody else's. It is safe in its new
 * folder before the old one goes. */
static int
clear_entry(const char *from, const char *to, const char *name, bool is_member)
{
    int status = 0;
    struct stat info;
    gsc_text old = {0}, new = {0};
    GSC_TRY(gsc_text_add(&old, "%s/%s", from, name));
    GSC_TRY(gsc_text_add(&new, "%s/%s", to, name));
    if (is_member) {
        if (unlink(old.data) != 0 && errno != ENOENT)
            status = fail_io(old.data);
    } else if (lstat(new.data, &info) != 0) {
        status = rename(old.data, new.data) != 0 ? fail_io(old.data)
                                                 : gsc_file_sync_entry(new.data);
    }
out:
    gsc_text_free(&old);
    gsc_text_free(&new);
    return status;
}

/* Remove a former folder, or what is left of one; what is somebody else's goes to the
 * folder `to` and stays where it is if that has an entry of this name. */
static int
clear(const char *from, const char *to, gsc_is_member *is_member)
{
    int status = 0;
    DIR *entries = opendir(from);
    if (!entries)
        return errno == ENOENT ? 0 : fail_io(from);
    for (struct dirent *entry; status == 0 && (entry = readdir(entries));)
        if (!is_dots(entry->d_name))
            status = clear_entry(from, to, entry->d_name,
                                 is_member(entry->d_name) ||
                                     gsc_file_is_leftover(entry->d_name));
    closedir(entries);
    if (status == 0 && rmdir(from) != 0 && errno != ENOENT)
        status = fail_io(from);
    return status;
}

/* Where a former folder lies while its name is given to the new one. */
static int
name_former(const char *target, gsc_text *name)
{
    const char *slash = strrchr(target, '/');
    size_t folder = slash ? (size_t)(slash - target) + 1 : 0;
    return gsc_text_add(name, "%.*s.%s.gsc-former", (int)folder, target,
                        target + folder);
}

static void
clear_leftover(const char *path, void *context)
{
    const gsc_folder_draft *self = context;
    clear(path, self->target, self->is_member);
}

/* What killed writers of the same folder left. */
static int
recover(gsc_folder_draft *self)
{
    int status = 0;
    struct stat info;
    gsc_text former = {0};
    GSC_TRY(name_former(self->target, &former));
    if (lstat(self->target, &info) == 0)
        GSC_TRY(clear(former.data, self->target, self->is_member));
    else if (rename(former.data, self->target) != 0 && errno != ENOENT)
        GSC_TRY(fail_io(former.data));
    GSC_TRY(gsc_file_each_leftover(self->target, clear_leftover, self));
out:
    gsc_text_free(&former);
    return status;
}

/* ---- The draft ---- */

/* The path without links and without slashes at its end. */
static int
resolve(const char *path, char **target)
{
    char *real = realpath(path, NULL);
    if (!real && errno != ENOENT)
        return fail_io(path);
    *target = gsc_copy_text(real ? real : path);
    free(real);
    if (!*target)
        return GSC_EMEMORY;
    for (size_t n = strlen(*target); n > 1 && (*target)[n - 1] == '/'; n--)
        (*target)[n - 1] = '\0';
    return 0;
}

static int
check_target(const char *target, const char *path)
{
    struct stat info;
    size_t length = strlen(target);
    if (lstat(target, &info) != 0)
        return 0;
    if (S_ISLNK(info.st_mode)) /* resolved where it leads somewhere */
        return gsc_file_check_link(target);
    if (!S_ISDIR(info.st_mode))
        return gsc_fail(GSC_EARGUMENT, "%s: a file; expected the name of a folder",
                        path);
    char *here = realpath(".", NULL);
    if (!here && errno == ENOMEM)
        return gsc_fail(GSC_EMEMORY, "out of memory");
    bool inside = here && strncmp(here, target, length) == 0 &&
                  (here[length] == '/' || here[length] == '\0' || length == 1);
    free(here);
    return inside ? gsc_fail(GSC_EARGUMENT,
                             "%s: the working directory lies in this folder, which "
                             "is to be replaced by a new one; go elsewhere (cd ..)",
                             path)
                  : 0;
}

static int
make_draft(gsc_folder_draft *self)
{
    gsc_text name = {0};
    for (int number = 0; number < MOST_DRAFTS; number++) {
        name.length = 0;
        int status = gsc_file_temporary_name(self->target, number, &name);
        if (status == 0 && mkdir(name.data, 0777) == 0) {
            self->path = name.data;
            return 0;
        }
        if (status < 0 || errno != EEXIST) {
            status = status < 0 ? status : fail_io(self->target);
            gsc_text_free(&name);
            return status;
        }
    }
    gsc_text_free(&name);
    return fail_io(self->target);
}

int
gsc_folder_draft_init(gsc_folder_draft *self, const char *path,
                      gsc_is_member *is_member)
{
    int status = 0;
    *self = (gsc_folder_draft){.is_member = is_member};
    GSC_TRY(resolve(path, &self->target));
    GSC_TRY(check_target(self->target, path));
    GSC_TRY(recover(self));
    GSC_TRY(make_draft(self));
out:
    if (status < 0)
        gsc_folder_draft_free(self);
    return status;
}

/* ---- Its name ---- */

/* Whether the two names have been exchanged; errno tells why not. */
static bool
exchange(const char *a, const char *b)
{
#ifdef RENAME_EXCHANGE
    return renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) == 0;
#else
    (void)a, (void)b;
    errno = ENOSYS;
    return false;
#endif
}

static bool
cannot_exchange(int reason)
{
    return reason == EINVAL || reason == ENOSYS || reason == ENOTSUP;
}

/* Without an exchange: the former away, the new one in. */
static int
move_away(const gsc_folder_draft *self)
{
    int status = 0;
    gsc_text former = {0};
    GSC_TRY(name_former(self->target, &former));
    if (rename(self->target, former.data) != 0) {
        status = fail_io(self->target);
    } else if (rename(self->path, self->target) != 0) {
        status = fail_io(self->target);
        rename(former.data, self->target);
    } else {
        status = clear(former.data, self->target, self->is_member);
    }
out:
    gsc_text_free(&former);
    return status;
}

static int
replace(const gsc_folder_draft *self, const struct stat *former)
{
    chmod(self->path, former->st_mode & 07777); /* some file systems have no modes */
    if (exchange(self->path, self->target)) {
        int status = gsc_file_sync_entry(self->target);
        return status < 0 ? status : clear(self->path, self->target, self->is_member);
    }
    return cannot_exchange(errno) ? move_away(self) : fail_io(self->target);
}

int
gsc_folder_draft_commit(gsc_folder_draft *self)
{
    int status = 0;
    struct stat former;
    if (stat(self->target, &former) == 0) {
        GSC_TRY(replace(self, &former));
    } else if (rename(self->path, self->target) != 0) {
        status = fail_io(self->target);
        goto out;
    }
    free(self->path);
    self->path = NULL;
    GSC_TRY(gsc_file_sync_entry(self->target));
out:
    return status;
}

void
gsc_folder_draft_free(gsc_folder_draft *self)
{
    char *fault = self->path ? gsc_copy_text(gsc_error_text()) : NULL;
    if (self->path)
        clear(self->path, self->target, self->is_member);
    if (fault)
        gsc_fail(0, "%s", fault);
    free(fault);
    free(self->path);
    free(self->target);
    *self = (gsc_folder_draft){.path = NULL};
}
