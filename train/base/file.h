/* Whole files, written so that nobody ever sees half of one. */
#ifndef GROKSCOPE_FILE_H
#define GROKSCOPE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Write a file so that a reader, and a crash at any moment, sees the old one or the
 * whole new one: a temporary file beside it, fsync, rename, fsync of the folder. A
 * symbolic link is followed; a device or pipe is written directly. GSC_EIO with path
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

/* Whether a path ends so, after something else: "X.npz" with ".npz", but not ".npz".
 */
bool gsc_file_has_ending(const char *path, const char *end);

/* Make a folder, unless it is there, and make its entry safe on disk. GSC_EIO. */
int gsc_file_make_folder(const char *path);

/* Make the entries of the folder that `path` lies in safe on disk; a file system that
 * cannot do so is left to itself. GSC_EIO. */
int gsc_file_sync_entry(const char *path);

/* Whether `name` is a temporary name of ours whose writer no longer runs. */
bool gsc_file_is_leftover(const char *name);

/* What the system says of an error, with what one can do about it where that is plain:
 * a limit of the process, a full disk. Of this thread, valid until its next call. */
const char *gsc_file_reason(int error);

#ifdef __cplusplus
}
#endif
#endif
