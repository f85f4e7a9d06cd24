/* How far a run of a sweep is. */
#include "analyze/sweep/sweep_state.h"

#include "grokscope/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const gsc_sweep_state_names[] = {"waiting", "running", "stopped",
                                             "failed",  "done",    NULL};

int
gsc_sweep_paths_init(gsc_sweep_paths *self, const char *folder, const char *id)
{
    const struct {
        char *path;
        const char *before, *after;
    } parts[] = {{self->run, "", ""},           {self->summary, "", ".json"},
                 {self->failed, "", ".failed"}, {self->lock, ".", ".lock"},
                 {self->draft, ".", ".json"},   {self->said, ".", ".stderr"}};
    if (strlen(folder) + strlen(id) + 16 > GSC_PATH_BYTES)
        return gsc_fail(GSC_EARGUMENT, "%.40s…: too long for a path", folder);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        snprintf(parts[i].path, GSC_PATH_BYTES, "%s/%s%s%s", folder, parts[i].before,
                 id, parts[i].after);
    return 0;
}

static bool
is_there(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

/* Whether another process has the lock. */
static bool
is_locked(const char *path)
{
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int file = open(path, O_RDWR | O_CLOEXEC);
    bool locked = file >= 0 && fcntl(file, F_GETLK, &all) == 0 && all.l_type != F_UNLCK;
    if (file >= 0)
        close(file);
    return locked;
}

gsc_sweep_state
gsc_sweep_state_of(const gsc_sweep_paths *paths)
{
    if (is_there(paths->summary))
        return GSC_SWEEP_DONE;
    if (is_locked(paths->lock))
        return GSC_SWEEP_RUNNING;
    if (is_there(paths->failed))
        return GSC_SWEEP_FAILED;
    return is_there(paths->run) ? GSC_SWEEP_STOPPED : GSC_SWEEP_WAITING;
}

int
gsc_sweep_claim(const gsc_sweep_paths *paths, int *lock)
{
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    *lock = open(paths->lock, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (*lock < 0)
        return gsc_fail(GSC_EIO, "%s: %s", paths->lock, strerror(errno));
    if (fcntl(*lock, F_SETLK, &all) == 0 || (errno != EACCES && errno != EAGAIN))
        return 0;
    close(*lock);
    *lock = -1;
    return 0;
}
