/* Names and paths of the files of a run. */
#include "grokscope/run_folder.h"

#include "grokscope/error.h"
#include "grokscope/text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEP_NAME_BYTES = 40 };

int
gsc_run_join(char path[GSC_PATH_BYTES], const char *folder, const char *name)
{
    int length = snprintf(path, GSC_PATH_BYTES, "%s/%s", folder, name);
    if (length < 0 || length >= GSC_PATH_BYTES)
        return gsc_fail(GSC_EARGUMENT, "%s/%s: a path longer than %d bytes", folder,
                        name, GSC_PATH_BYTES - 1);
    return 0;
}

static void
name_step(char name[STEP_NAME_BYTES], int64_t step)
{
    snprintf(name, STEP_NAME_BYTES, "step-%09" PRId64 ".h5", step);
}

int
gsc_run_step_path(const char *folder, int64_t step, char path[GSC_PATH_BYTES])
{
    char name[STEP_NAME_BYTES];
    if (step < 0)
        return gsc_fail(GSC_EARGUMENT, "step %" PRId64 " is negative", step);
    name_step(name, step);
    return gsc_run_join(path, folder, name);
}

bool
gsc_run_is_step_file(const char *path, int64_t *step)
{
    char again[STEP_NAME_BYTES];
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    if (strncmp(name, "step-", 5) != 0 || !isdigit((unsigned char)name[5]))
        return false;
    errno = 0;
    *step = strtoll(name + 5, NULL, 10);
    if (errno != 0)
        return false;
    name_step(again, *step);
    return strcmp(name, again) == 0;
}
