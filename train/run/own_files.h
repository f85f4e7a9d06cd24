/* Files that a configuration names and that are gone: what the run itself holds. */
#ifndef GROKSCOPE_OWN_FILES_H
#define GROKSCOPE_OWN_FILES_H

#include "grokscope/config.h"

/* Whether an option names a file of which a run has its own copy: what counts is what
 * the file holds, and not where it lies. */
bool gsc_is_own_file(const gsc_option *key);

/* The run whose copies are asked for, and those that were written for a fork. */
typedef struct gsc_own_files {
    const char *folder; /* of the run that goes on, or that begins as a fork */
    const char *fork;   /* "DIR@STEP" that it begins with, or NULL */
    void (*say)(void *context, const char *text);
    void *context;
    bool made_folder;
    size_t num_made;
    char *made[2]; /* paths */
} gsc_own_files;

/* Where `config` names such a file that is not there, and the run can be continued,
 * write the run's copy into the folder and name that one; `say` is told. A fork takes
 * the copies of the run that it forks from, and replaces no file of its folder.
 * GSC_EIO, GSC_EFORMAT. */
int gsc_own_files_restore(gsc_own_files *self, gsc_config *config);

/* Free the names, and where a fork came to nothing remove the files. */
void gsc_own_files_close(gsc_own_files *self, bool failed);

#endif
