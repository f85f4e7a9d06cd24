/* Files that a configuration names and that are gone: what the run itself holds. */
#ifndef GROKSCOPE_OWN_FILES_H
#define GROKSCOPE_OWN_FILES_H

#include "grokscope/config.h"

/* Whether an option names a file of which a run has its own copy: what counts is what
 * the file holds, and not where it lies. */
bool gsc_is_own_file(const gsc_option *key);

/* Where `config` names such a file that is not there, and the run in `folder` can be
 * continued, write the run's copy into the folder and name that one; `say` is told.
 * GSC_EIO, GSC_EFORMAT. */
int gsc_own_files_restore(gsc_config *config, const char *folder,
                          void (*say)(void *context, const char *text), void *context);

#endif
