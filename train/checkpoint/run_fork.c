/* What a fork takes from the folder of another run: a state, and the step files. */
#include "train/checkpoint/run_fork.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "train/base/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const resume_names[] = {"resume.h5", "resume-previous.h5"};
enum { NUM_RESUMES = 2 };

static bool
is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

int
gsc_run_split_source(const char *source, char folder[GSC_PATH_BYTES], int64_t *step)
{
    *step = -1;
    if (strlen(source) >= GSC_PATH_BYTES)
        return gsc_fail(GSC_EARGUMENT, "fork: %.40s…: too long for a path", source);
    strcpy(folder, source);
    if (is_folder(folder))
        return 0;
    char *at = strrchr(folder, '@');
    if (at && gsc_text_to_integer(at + 1, step) == 0 && *step >= 0) {
        *at = '\0';
        if (is_folder(folder))
            return 0;
    }
    return gsc_fail(GSC_EFORMAT,
                    "fork: '%s' is neither the folder of a run nor DIR@STEP, one of "
                    "its steps",
                    source);
}

/* ---- A state ---- */

static int
read_resume(const char *folder, const char *name, unsigned parts, gsc_checkpoint *c,
            bool *found)
{
    char path[GSC_PATH_BYTES];
    int length = snprintf(path, sizeof path, "%s/%s", folder, name);
    *found = false;
    if (length >= (int)sizeof path || access(path, F_OK) != 0)
        return 0;
    int status = gsc_checkpoint_read(c, path, parts);
    *found = status == 0;
    return status == GSC_EFORMAT ? 0 : status; /* the other one may be whole */
}

/* The step's own file, whose history is completed. */
static int
read_step(const char *folder, int64_t step, gsc_checkpoint *c, bool *found)
{
    int status = 0;
    char path[GSC_PATH_BYTES];
    gsc_checkpoint whole = {.num_tables = 0};
    *found = false;
    GSC_TRY(gsc_run_step_path(folder, step, path));
    if (access(path, F_OK) != 0)
        return 0;
    GSC_TRY(gsc_checkpoint_read(c, path, GSC_READ_ALL));
    if (c->num_state == 0)
        goto out;
    GSC_TRY(gsc_run_read_history(&whole, path));
    gsc_table *rows = c->history;
    size_t num_tables = c->num_tables;
    c->history = whole.history;
    c->num_tables = whole.num_tables;
    whole.history = rows;
    whole.num_tables = num_tables;
    *found = true;
out:
    gsc_checkpoint_free(&whole);
    return status;
}

/* Which steps the resume files are at, and what else can be done. */
static int
fail_without_state(const char *source, const char *folder)
{
    int status = 0;
    gsc_text there = {0};
    for (size_t i = 0; i < NUM_RESUMES; i++) {
        bool found;
        gsc_checkpoint c = {.step = 0};
        status = read_resume(folder, resume_names[i], 0, &c, &found);
        if (status == 0 && found)
            status = gsc_text_add(&there, "%s%s %s step %lld", i > 0 ? ", " : "",
                                  resume_names[i], i > 0 ? "of" : "has that of",
                                  (long long)c.step);
        gsc_checkpoint_free(&c);
        GSC_TRY(status);
    }
    status = gsc_fail(GSC_EARGUMENT,
                      "%s: no file has the optimizer's state of it (%s); "
                      "--init-from %s begins with the weights alone; a run that is "
                      "trained with --save-state SCHEDULE keeps states in step files",
                      source, there.length > 0 ? there.data : "there is no resume.h5",
                      source);
out:
    gsc_text_free(&there);
    return status;
}

int
gsc_run_read_state(const char *source, gsc_checkpoint *checkpoint,
                   char folder[GSC_PATH_BYTES])
{
    int status = 0;
    int64_t step;
    bool found = false;
    GSC_TRY(gsc_run_split_source(source, folder, &step));
    for (size_t i = 0; i < NUM_RESUMES; i++) {
        GSC_TRY(read_resume(folder, resume_names[i], GSC_READ_ALL, checkpoint, &found));
        if (found && (step < 0 || checkpoint->step == step))
            goto out;
        gsc_checkpoint_free(checkpoint);
    }
    if (step >= 0)
        GSC_TRY(read_step(folder, step, checkpoint, &found));
    if (step < 0 || !found)
        status = fail_without_state(source, folder);
out:
    if (status < 0)
        gsc_checkpoint_free(checkpoint);
    return status;
}

/* ---- Step files ---- */

static int
adopt(const char *from, const char *to)
{
    int status = 0;
    char *bytes = NULL;
    size_t length;
    if (linkat(AT_FDCWD, from, AT_FDCWD, to, AT_SYMLINK_FOLLOW) == 0)
        return 0;
    GSC_TRY(gsc_text_read_file(from, SIZE_MAX, &bytes, &length));
    GSC_TRY(gsc_file_write(to, bytes, length));
out:
    free(bytes);
    return status;
}

int
gsc_run_adopt_steps(const char *folder, const char *from, int64_t end)
{
    int status = 0;
    int64_t *steps = NULL;
    size_t count;
    char theirs[GSC_PATH_BYTES], own[GSC_PATH_BYTES];
    GSC_TRY(gsc_run_steps(from, &steps, &count));
    for (size_t i = 0; i < count && steps[i] < end; i++) {
        GSC_TRY(gsc_run_step_path(from, steps[i], theirs));
        GSC_TRY(gsc_run_step_path(folder, steps[i], own));
        GSC_TRY(adopt(theirs, own));
    }
    if (count > 0 && steps[0] < end)
        GSC_TRY(gsc_file_sync_entry(own));
out:
    free(steps);
    return status;
}
