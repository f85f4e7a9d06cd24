/* Calls of the system that fail on demand: those by which the library changes files.
 *
 * The test is linked with -Wl,--wrap=open and the like, which takes the calls of the
 * static library and of the test itself; they are counted while `watching`. */
#ifndef GSC_TEST_FAILING_CALLS_H
#define GSC_TEST_FAILING_CALLS_H

#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int __real_open(const char *path, int flags, ...);
ssize_t __real_write(int file, const void *data, size_t length);
int __real_close(int file);
int __real_rename(const char *from, const char *to);
int __real_mkdir(const char *path, mode_t mode);
int __real_unlink(const char *path);
struct dirent *__real_readdir(DIR *entries);

int __wrap_open(const char *path, int flags, ...);
ssize_t __wrap_write(int file, const void *data, size_t length);
int __wrap_close(int file);
int __wrap_fsync(int file);
int __wrap_rename(const char *from, const char *to);
int __wrap_mkdir(const char *path, mode_t mode);
int __wrap_unlink(const char *path);
struct dirent *__wrap_readdir(DIR *entries);

/* What a call is. */
enum {
    CHANGE = 1, /* of the file system; a read-only one refuses it */
    WAIT = 2,   /* a signal can interrupt it */
    DATA = 4,   /* a write */
    LIST = 8    /* reads a folder */
};

/* How calls fail. */
typedef struct fault {
    int reason;    /* errno */
    unsigned only; /* calls of these kinds; 0: all by which files are written */
    bool partly;   /* a write first takes a half */
    bool stays;    /* so do all calls after it */
} fault;

static bool watching;
static fault faulty;
static size_t failing_call, num_calls;
static char failed[32]; /* the call that failed */

static bool
call_fails(const char *name, unsigned kinds)
{
    unsigned counted = faulty.only ? faulty.only : CHANGE | WAIT;
    if (!watching || !(kinds & counted))
        return false;
    size_t number = num_calls++;
    if (number != failing_call && !(number > failing_call && faulty.stays))
        return false;
    if (number == failing_call)
        snprintf(failed, sizeof failed, "%s", name);
    errno = faulty.reason;
    return true;
}

int
__wrap_open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    unsigned mode = flags & O_CREAT ? va_arg(arguments, unsigned) : 0;
    va_end(arguments);
    bool writes = (flags & O_ACCMODE) != O_RDONLY;
    if (call_fails(writes ? "open" : "open folder", WAIT | (writes ? CHANGE : 0)))
        return -1;
    return __real_open(path, flags, mode);
}

ssize_t
__wrap_write(int file, const void *data, size_t length)
{
    static bool half_written;
    if (faulty.partly && half_written) { /* the rest of it */
        half_written = false;
        errno = faulty.reason;
        return -1;
    }
    if (!call_fails("write", CHANGE | WAIT | DATA))
        return __real_write(file, data, length);
    half_written = faulty.partly && length > 1;
    return half_written ? __real_write(file, data, length / 2) : -1;
}

/* A file is closed whatever close says. Where nothing was written, what it says is of
 * no account. */
int
__wrap_close(int file)
{
    struct stat info;
    bool holds = fstat(file, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0;
    bool fails = call_fails(holds ? "close" : "close of nothing", WAIT);
    int reason = errno, status = __real_close(file);
    errno = fails ? reason : errno;
    return fails ? -1 : status;
}

/* No test waits for the disk. */
int
__wrap_fsync(int file)
{
    (void)file;
    return call_fails("fsync", CHANGE | WAIT) ? -1 : 0;
}

int
__wrap_rename(const char *from, const char *to)
{
    return call_fails("rename", CHANGE) ? -1 : __real_rename(from, to);
}

int
__wrap_mkdir(const char *path, mode_t mode)
{
    return call_fails("mkdir", CHANGE) ? -1 : __real_mkdir(path, mode);
}

int
__wrap_unlink(const char *path)
{
    return call_fails("unlink", CHANGE) ? -1 : __real_unlink(path);
}

struct dirent *
__wrap_readdir(DIR *entries)
{
    return call_fails("readdir", LIST) ? NULL : __real_readdir(entries);
}

/* From now on until stop_failing, call `number` fails. */
static inline void
start_failing(const fault *how, size_t number)
{
    gsc_fail(0, "%s", "");
    failed[0] = '\0';
    num_calls = 0;
    failing_call = number;
    faulty = *how;
    watching = true;
}

/* Whether there was such a call. */
static inline bool
stop_failing(void)
{
    watching = false;
    return num_calls > failing_call;
}

/* Disks as they fail. Sanitizers, under which each trial takes several times as long,
 * see what they can see with the first of them. */
static const fault faults[] = {
    {.reason = ENOSPC},
    {.reason = ENOSPC, .only = DATA, .partly = true},
    {.reason = EIO, .stays = true},
};
#ifdef __SANITIZE_ADDRESS__
enum { NUM_FAULTS = 1 };
#else
enum { NUM_FAULTS = sizeof faults / sizeof *faults };
#endif

#endif
