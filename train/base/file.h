/* Whole files, written so that nobody ever sees half of one. */
#ifndef GROKSCOPE_FILE_H
#define GROKSCOPE_FILE_H

#include "grokscope/text.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Write a file so that a reader, and a crash at any moment, sees the old one or the
 * whole new one: a temporary file beside it, fsync, rename, fsync of the folder. A
 * symbolic link is followed, and must lead somewhere (GSC_EARGUMENT); a device or pipe
 * is written directly; the mode of a file that is replaced stays. GSC_EIO with path
 * and reason; then the old file is as it was and nothing is left over, but where
 * only the fsync of the folder failed: the message says so, and the new file is there.
 * Calls that a signal interrupts are made again. A program that may meet a file size
 * limit (ulimit -f) ignores SIGXFSZ, or is killed by it. */
int gsc_file_write(const char *path, const void *data, size_t length);

/* The same in two halves, for a writer that moves other files in between. */
typedef struct gsc_file_draft {
    char *temporary; /* NULL once it is committed */
    char *target;
} gsc_file_draft;

/* Write the data, safely on disk, under a temporary name beside `path`. */
int gsc_file_draft_init(gsc_file_draft *draft, const char *path, const void *data,
                        size_t length);

/* Give it its name and make the folder's entries safe on disk. */
int gsc_file_draft_commit(gsc_file_draft *draft);

/* Remove the temporary file where it was not committed. */
void gsc_file_draft_free(gsc_file_draft *draft);

/* Fail with "path: what the errno `error` says", of a file or folder that cannot be
 * read: GSC_EFORMAT where the path stands for nothing readable, so that another path is
 * the remedy (ENOENT, EACCES, EISDIR, ELOOP, ENAMETOOLONG, …); GSC_EMEMORY; else
 * GSC_EIO, where the system refuses at this moment (EIO, EMFILE, ENFILE, …). */
int gsc_file_fail_reading(const char *path, int error);

/* Whether a path ends so, after something else: "X.npz" with ".npz", but not ".npz".
 */
bool gsc_file_has_ending(const char *path, const char *end);

/* Make a folder, unless it is there, and make its entry safe on disk. GSC_EIO. */
int gsc_file_make_folder(const char *path);

/* The same for it and for all folders above it. */
int gsc_file_make_folders(const char *path);

/* Make the entries of the folder that `path` lies in safe on disk; a file system that
 * cannot do so is left to itself. GSC_EIO. */
int gsc_file_sync_entry(const char *path);

/* GSC_EARGUMENT where `path` is a symbolic link that leads nowhere. */
int gsc_file_check_link(const char *path);

/* Add the `number`-th temporary name of this process for `target`, which lies in the
 * same folder. */
int gsc_file_temporary_name(const char *target, int number, gsc_text *name);

/* Whether `name` is a temporary name of ours whose writer no longer runs. */
bool gsc_file_is_leftover(const char *name);

/* Call `each` with the path of each leftover of a writer of `path`; a folder that
 * cannot be listed has none. GSC_EMEMORY. */
typedef void gsc_leftover(const char *path, void *context);
int gsc_file_each_leftover(const char *path, gsc_leftover *each, void *context);

/* Remove the files that killed writers of `path` left beside it, where that is
 * possible. GSC_EMEMORY. */
int gsc_file_remove_leftovers(const char *path);

/* What the system says of an error, with what one can do about it where that is plain:
 * a limit of the process, a full disk. Of this thread, valid until its next call. */
const char *gsc_file_reason(int error);

#ifdef __cplusplus
}
#endif
#endif
