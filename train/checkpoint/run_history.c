/* The whole history up to a checkpoint, whose own file has the last rows only. */
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/run_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Add the rows of `from` up to `step` in front of those of `into`, table by table. */
static int
put_before(gsc_checkpoint *into, const gsc_checkpoint *from, double step)
{
    int status = 0;
    for (size_t i = 0; i < into->num_tables; i++) {
        gsc_table *own = &into->history[i], whole;
        const gsc_table *before = NULL;
        for (size_t k = 0; k < from->num_tables; k++)
            if (strcmp(from->history[k].name, own->name) == 0 &&
                gsc_table_has_same_columns(&from->history[k], own))
                before = &from->history[k];
        gsc_table_init_like(&whole, own);
        for (size_t r = 0; before && r < before->num_rows; r++)
            if (before->values[r * before->num_values] <= step)
                GSC_TRY(
                    gsc_table_append(&whole, before->values + r * before->num_values));
        for (size_t r = 0; r < own->num_rows; r++)
            GSC_TRY(gsc_table_append(&whole, own->values + r * own->num_values));
        gsc_table_free(own);
        *own = whole;
    }
out:
    return status;
}

/* The folder of a path, "." where it names none. */
static void
folder_of(const char *path, char folder[GSC_PATH_BYTES])
{
    const char *slash = strrchr(path, '/');
    snprintf(folder, GSC_PATH_BYTES, "%.*s", slash ? (int)(slash - path) : 1,
             slash ? path : ".");
    if (slash == path)
        snprintf(folder, GSC_PATH_BYTES, "/");
}

/* Whether resume.h5 of the folder has all rows since `checkpoint` began anew. One that
 * is missing or cannot be read has not; only a lack of memory is an error. */
static int
read_resume(gsc_checkpoint *other, const gsc_checkpoint *checkpoint, const char *folder,
            bool *found)
{
    char path[GSC_PATH_BYTES];
    int length = snprintf(path, sizeof path, "%s/resume.h5", folder);
    *found = false;
    if (length >= (int)sizeof path || access(path, R_OK) != 0)
        return 0;
    int status = gsc_checkpoint_read(other, path, GSC_READ_HISTORY);
    *found = status == 0 && other->step >= checkpoint->history_since &&
             other->history_since < 0;
    return status == GSC_EMEMORY ? status : 0;
}

/* The newest resume file has all rows; without it the files before have theirs. */
static int
complete(gsc_checkpoint *checkpoint, const char *path)
{
    int status = 0;
    char folder[GSC_PATH_BYTES], before[GSC_PATH_BYTES];
    bool found = false;
    gsc_checkpoint other = {.history_since = -1};
    double since = (double)checkpoint->history_since;
    if (checkpoint->history_since >= checkpoint->step)
        return gsc_fail(GSC_EFORMAT,
                        "%s: its history goes on after step %lld, expected a step "
                        "before its own, %lld",
                        path, (long long)checkpoint->history_since,
                        (long long)checkpoint->step);
    folder_of(path, folder);
    GSC_TRY(read_resume(&other, checkpoint, folder, &found));
    if (!found) {
        gsc_checkpoint_free(&other);
        GSC_TRY(gsc_run_step_path(folder, checkpoint->history_since, before));
        GSC_TRY(gsc_run_read_history(&other, before));
    }
    GSC_TRY(put_before(checkpoint, &other, since));
    checkpoint->history_since = -1;
out:
    gsc_checkpoint_free(&other);
    return status;
}

int
gsc_run_read_history(gsc_checkpoint *checkpoint, const char *path)
{
    int64_t step;
    int status = gsc_checkpoint_read(checkpoint, path, GSC_READ_HISTORY);
    if (status < 0 || checkpoint->history_since < 0 ||
        !gsc_run_is_step_file(path, &step))
        return status;
    return complete(checkpoint, path);
}
