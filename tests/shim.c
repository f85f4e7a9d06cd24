/* A library to be loaded before all others (LD_PRELOAD): system calls that fail, or end
 * the process, at a chosen moment.
 *
 *   SHIM_FOLDER  only calls about what lies below this folder count
 *   SHIM_CALLS   names with commas between: open, create, write, fsync, rename,
 *                exchange, unlink, mkdir, rmdir, fcntl (locks); or all; and read, which
 *                all leaves out
 *   SHIM_AT      the number of the call, from 1; 0: none
 *   SHIM_DO      an errno by its name (EIO, ENOSPC, …), which the call then fails with,
 *                from that call on with SHIM_FROM set; kill: the process dies before it
 *   SHIM_COUNT   a file, to which the number of calls is written at the end
 *   SHIM_LOG     a file, to which each call is added as a line: its name and path(s);
 * and what a file holds is copied beside it when it is synced, as <log>.<number>
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_FILES = 1024 };

static char folder[PATH_MAX];
static const char *calls, *log_path;
static long at, number, copies;
static int reason; /* 0: kill */
static bool from, ready;
static char *path_of[MOST_FILES]; /* of an open file, absolute */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static const struct {
    const char *name;
    int value;
} reasons[] = {{"EIO", EIO},       {"ENOSPC", ENOSPC}, {"ENOLCK", ENOLCK},
               {"EACCES", EACCES}, {"EMFILE", EMFILE}, {"EOPNOTSUPP", EOPNOTSUPP},
               {"EDQUOT", EDQUOT}, {"EROFS", EROFS},   {"EINVAL", EINVAL},
               {"ENFILE", ENFILE}};

/* Put the library's own function into a pointer to one. */
static void
find(const char *name, void *function)
{
    void *found = dlsym(RTLD_NEXT, name);
    memcpy(function, &found, sizeof found);
}

static void
prepare(void)
{
    const char *what = getenv("SHIM_DO"), *where = getenv("SHIM_FOLDER");
    ready = true;
    if (!where || !realpath(where, folder))
        folder[0] = '\0';
    calls = getenv("SHIM_CALLS");
    log_path = getenv("SHIM_LOG");
    at = getenv("SHIM_AT") ? atol(getenv("SHIM_AT")) : 0;
    from = getenv("SHIM_FROM") != NULL;
    for (size_t i = 0; what && i < sizeof reasons / sizeof *reasons; i++)
        if (strcmp(reasons[i].name, what) == 0)
            reason = reasons[i].value;
}

/* The absolute path of one whose folder is there, or "". */
static void
resolve(const char *path, char out[PATH_MAX])
{
    char copy[PATH_MAX], parent[PATH_MAX];
    snprintf(copy, sizeof copy, "%s", path);
    size_t length = strlen(copy);
    while (length > 1 && copy[length - 1] == '/')
        copy[--length] = '\0';
    char *slash = strrchr(copy, '/');
    const char *name = slash ? slash + 1 : copy;
    if (slash && slash != copy)
        *slash = '\0';
    out[0] = '\0';
    if (realpath(slash ? (slash == copy ? "/" : copy) : ".", parent))
        if (snprintf(out, PATH_MAX, "%s/%s", parent, name) >= PATH_MAX)
            out[0] = '\0';
}

static bool
is_below(const char *path)
{
    size_t length = strlen(folder);
    return length > 0 && strncmp(path, folder, length) == 0 &&
           (path[length] == '/' || path[length] == '\0');
}

static bool
is_named(const char *name)
{
    size_t length = strlen(name);
    for (const char *c = calls; c && *c; c += strcspn(c, ","), c += *c == ',')
        if ((strncmp(c, "all", 3) == 0 && strcmp(name, "read") != 0) ||
            (strncmp(c, name, length) == 0 && (c[length] == ',' || !c[length])))
            return true;
    return false;
}

static void
add_to_log(const char *name, const char *path, const char *other)
{
    char line[3 * PATH_MAX];
    int (*open_)(const char *, int, ...);
    find("open", &open_);
    ssize_t (*write_)(int, const void *, size_t);
    find("write", &write_);
    int file = open_(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    int length = snprintf(line, sizeof line, "%s\t%s\t%s\n", name, path, other);
    if (file >= 0 && length > 0 && write_(file, line, (size_t)length) < 0)
        abort();
    close(file);
}

/* Count the call; whether it is to fail, errno being set. */
static bool
meet(const char *name, const char *path, const char *other)
{
    bool fails = false;
    if (!ready)
        prepare();
    if (!is_below(path) || !is_named(name))
        return false;
    pthread_mutex_lock(&lock);
    number++;
    fails = at > 0 && (number == at || (from && number > at));
    if (fails && reason == 0)
        kill(getpid(), SIGKILL);
    if (!fails && log_path)
        add_to_log(name, path, other);
    pthread_mutex_unlock(&lock);
    if (fails)
        errno = reason;
    return fails;
}

static void __attribute__((destructor)) finish(void)
{
    const char *count = getenv("SHIM_COUNT");
    FILE *file = count ? fopen(count, "w") : NULL;
    if (file) {
        fprintf(file, "%ld\n", number);
        fclose(file);
    }
}

/* ---- The calls ---- */

static int
open_any(const char *name, const char *path, int flags, mode_t mode)
{
    char whole[PATH_MAX];
    int (*open_)(const char *, int, ...);
    find(name, &open_);
    resolve(path, whole);
    bool makes = (flags & O_CREAT) && access(path, F_OK) != 0;
    if (meet(makes ? "create" : "open", whole, ""))
        return -1;
    int file = open_(path, flags, mode);
    if (file >= 0 && file < MOST_FILES) {
        free(path_of[file]);
        path_of[file] = strdup(whole);
    }
    return file;
}

/* Each call that takes an offset has a second name, for 64 bits. */
#define OPEN(name)                                                                   \
    int name(const char *path, int flags, ...)                                       \
    {                                                                                \
        va_list arguments;                                                           \
        va_start(arguments, flags);                                                  \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0; \
        va_end(arguments);                                                           \
        return open_any(#name, path, flags, mode);                                   \
    }

OPEN(open)
OPEN(open64)

/* A stream for ourselves, which counts for nothing. */
static FILE *
open_stream(const char *name, const char *path, const char *mode)
{
    FILE *(*fopen_)(const char *, const char *);
    find(name, &fopen_);
    return fopen_(path, mode);
}

/* Streams to read; those to write are of no program's checkpoints. */
#define FOPEN(name)                                                               \
    FILE *name(const char *path, const char *mode)                                \
    {                                                                             \
        char whole[PATH_MAX];                                                     \
        resolve(path, whole);                                                     \
        bool reads = mode[0] == 'r' && !strchr(mode, '+');                        \
        return reads && meet("open", whole, "") ? NULL                            \
                                                : open_stream(#name, path, mode); \
    }

FOPEN(fopen)
FOPEN(fopen64)

static const char *
path_of_file(int file)
{
    return file >= 0 && file < MOST_FILES && path_of[file] ? path_of[file] : "";
}

ssize_t
write(int file, const void *data, size_t length)
{
    ssize_t (*write_)(int, const void *, size_t);
    find("write", &write_);
    return meet("write", path_of_file(file), "") ? -1 : write_(file, data, length);
}

ssize_t
read(int file, void *data, size_t length)
{
    ssize_t (*read_)(int, void *, size_t);
    find("read", &read_);
    return meet("read", path_of_file(file), "") ? -1 : read_(file, data, length);
}

#define PREAD(name, offset_type)                                          \
    ssize_t name(int file, void *data, size_t length, offset_type offset) \
    {                                                                     \
        ssize_t (*pread_)(int, void *, size_t, offset_type);              \
        find(#name, &pread_);                                             \
        return meet("read", path_of_file(file), "")                       \
                   ? -1                                                   \
                   : pread_(file, data, length, offset);                  \
    }

PREAD(pread, off_t)
PREAD(pread64, off64_t)

/* What a file holds, for whoever replays the log. */
static void
copy_file(const char *path, char name[PATH_MAX])
{
    char block[1 << 16];
    size_t length;
    snprintf(name, PATH_MAX, "%s.%ld", log_path, ++copies);
    FILE *in = open_stream("fopen", path, "rb"),
         *out = open_stream("fopen", name, "wb");
    while (in && out && (length = fread(block, 1, sizeof block, in)) > 0)
        if (fwrite(block, 1, length, out) != length)
            abort();
    if (in)
        fclose(in);
    if (out)
        fclose(out);
}

/* No test waits for the disk. */
int
fsync(int file)
{
    const char *path = path_of_file(file);
    struct stat info;
    char copy[PATH_MAX] = "";
    if (!ready)
        prepare();
    if (log_path && is_below(path) && stat(path, &info) == 0 && S_ISREG(info.st_mode))
        copy_file(path, copy);
    return meet("fsync", path, copy) ? -1 : 0;
}

int
rename(const char *old, const char *new)
{
    char a[PATH_MAX], b[PATH_MAX];
    int (*rename_)(const char *, const char *);
    find("rename", &rename_);
    resolve(old, a);
    resolve(new, b);
    return meet("rename", a, b) ? -1 : rename_(old, new);
}

int
renameat2(int at_old, const char *old, int at_new, const char *new, unsigned flags)
{
    char a[PATH_MAX], b[PATH_MAX];
    int (*renameat2_)(int, const char *, int, const char *, unsigned);
    find("renameat2", &renameat2_);
    resolve(old, a);
    resolve(new, b);
    return meet("exchange", a, b) ? -1 : renameat2_(at_old, old, at_new, new, flags);
}

int
rmdir(const char *path)
{
    char whole[PATH_MAX];
    int (*rmdir_)(const char *);
    find("rmdir", &rmdir_);
    resolve(path, whole);
    return meet("rmdir", whole, "") ? -1 : rmdir_(path);
}

int
unlink(const char *path)
{
    char whole[PATH_MAX];
    int (*unlink_)(const char *);
    find("unlink", &unlink_);
    resolve(path, whole);
    return meet("unlink", whole, "") ? -1 : unlink_(path);
}

int
mkdir(const char *path, mode_t mode)
{
    char whole[PATH_MAX];
    int (*mkdir_)(const char *, mode_t);
    find("mkdir", &mkdir_);
    resolve(path, whole);
    if (access(path, F_OK) == 0)
        return mkdir_(path, mode);
    return meet("mkdir", whole, "") ? -1 : mkdir_(path, mode);
}

static int
lock_any(const char *name, int file, int command, void *argument)
{
    int (*fcntl_)(int, int, ...);
    find(name, &fcntl_);
    if (command == F_SETLK && meet("fcntl", path_of_file(file), ""))
        return -1;
    return fcntl_(file, command, argument);
}

#define FCNTL(name)                                      \
    int name(int file, int command, ...)                 \
    {                                                    \
        va_list arguments;                               \
        va_start(arguments, command);                    \
        void *argument = va_arg(arguments, void *);      \
        va_end(arguments);                               \
        return lock_any(#name, file, command, argument); \
    }

FCNTL(fcntl)
FCNTL(fcntl64)
