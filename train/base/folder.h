/* Whole folders, written so that nobody ever sees half of one. */
#ifndef GROKSCOPE_FOLDER_H
#define GROKSCOPE_FOLDER_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Whether an entry of a folder is a part of the output that lies there, and goes with
 * it. All others are somebody else's and stay. */
typedef bool gsc_is_member(const char *name);

/* A folder that is being written beside the one that it replaces. */
typedef struct gsc_folder_draft {
    char *path;   /* write into this one; NULL once it is committed */
    char *target; /* its name afterwards; links resolved */
    gsc_is_member *is_member;
} gsc_folder_draft;

/* Make the draft, an empty folder, beside `path`; it need not exist, and slashes at
 * its end are of no account. What a killed writer of the same folder left is removed
 * first. GSC_EARGUMENT where `path` is a file or holds the working directory, which
 * cannot be replaced by another folder; GSC_EIO. */
int gsc_folder_draft_init(gsc_folder_draft *self, const char *path,
                          gsc_is_member *is_member);

/* Give it its name in one step (Linux' RENAME_EXCHANGE). A folder that had it before
 * loses its members; its other entries are carried over. A file system that cannot
 * exchange has the former folder moved away first: a crash in between leaves it under
 * a temporary name, from which the next writer puts it back. GSC_EIO; then the former
 * folder is as it was, unless the message says otherwise. */
int gsc_folder_draft_commit(gsc_folder_draft *self);

/* Remove the draft, its members and nothing else, where it was not committed. */
void gsc_folder_draft_free(gsc_folder_draft *self);

#ifdef __cplusplus
}
#endif
#endif
