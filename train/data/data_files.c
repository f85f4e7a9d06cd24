/* Where data files lie, and which there are. */
#include "train/data/data_files.h"

#include "grokscope/error.h"

#include "train/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int
gsc_find_data(const char *asked, const char *name, const char *fetch,
              char folder[GSC_DATA_PATH_BYTES])
{
    const char *root = getenv("GROKSCOPE_DATA");
    int length =
        *asked ? snprintf(folder, GSC_DATA_PATH_BYTES, "%s", asked)
               : snprintf(folder, GSC_DATA_PATH_BYTES, "%s/%s", root ? root : "", name);
    if (length >= GSC_DATA_PATH_BYTES)
        return gsc_fail(GSC_EARGUMENT, "data: the path is too long");
    if (*asked || (root && *root && access(folder, R_OK) == 0))
        return 0;
    return gsc_fail(GSC_EARGUMENT,
                    "data: none is there: %s, or set GROKSCOPE_DATA to the folder that "
                    "holds it as %s/; the recipe fashion-mnist runs on Debian's "
                    "dataset-fashion-mnist",
                    fetch, name);
}

int
gsc_each_file(const char *folder, const char *ending,
              int (*read)(void *context, const char *path), void *context)
{
    int status = 0;
    char path[GSC_DATA_PATH_BYTES];
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, NULL, alphasort);
    if (count < 0)
        return errno == ENOENT || errno == ENOTDIR
                   ? 0
                   : gsc_file_fail_reading(folder, errno);
    for (int i = 0; i < count && status == 0; i++) {
        if (!gsc_file_has_ending(entries[i]->d_name, ending))
            continue;
        int length = snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        status = length >= (int)sizeof path
                     ? gsc_fail(GSC_EARGUMENT, "%s: the path is too long", folder)
                     : read(context, path);
    }
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    return status;
}
