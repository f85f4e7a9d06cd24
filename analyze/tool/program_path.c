/* Where the programs lie. */
#include "analyze/tool/program_path.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool
gsc_program_folder(char folder[GSC_PATH_BYTES])
{
    ssize_t length = readlink("/proc/self/exe", folder, GSC_PATH_BYTES - 1);
    folder[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = '\0';
    return slash != NULL;
}

void
gsc_program_find(const char *name, char path[GSC_PATH_BYTES])
{
    char folder[GSC_PATH_BYTES];
    if (!gsc_program_folder(folder) || gsc_run_join(path, folder, name) < 0 ||
        access(path, X_OK) != 0)
        snprintf(path, GSC_PATH_BYTES, "%s", name);
}
