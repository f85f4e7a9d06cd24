/* Where a program's answer goes: to stdout, or into a file. */
#include "analyze/rows/output.h"

#include "grokscope/error.h"

#include "train/base/file.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

int
gsc_output_check(const char *path, bool force)
{
    if (!*path)
        return 0;
    if (!force && access(path, F_OK) == 0)
        return gsc_fail(GSC_EARGUMENT, "%s: exists; --force replaces it", path);
    int status = gsc_file_remove_leftovers(path);
    return status < 0 ? status : gsc_file_check_link(path);
}

bool
gsc_output_is_member(const char *name)
{
    static const char *const names[] = {"checkpoints.tsv", "metadata.tsv",
                                        "projector_config.json",
                                        "projector_config.pbtxt"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return gsc_file_has_ending(name, ".npy") ||
           (strncmp(name, "vectors", strlen("vectors")) == 0 &&
            gsc_file_has_ending(name, ".tsv"));
}

int
gsc_output_write_text(const gsc_text *text, const char *path, bool force)
{
    const char *data = text->data ? text->data : "";
    if (*path == '\0') { /* the program checks stdout at its end */
        fwrite(data, 1, text->length, stdout);
        return 0;
    }
    int status = gsc_output_check(path, force);
    return status < 0 ? status : gsc_file_write(path, data, text->length);
}
