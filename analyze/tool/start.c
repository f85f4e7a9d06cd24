/* What a program does before its libraries begin. OpenBLAS starts a thread for each
 * core as it is loaded, and such a thread that finds no memory tries again for ever.
 * None of them is ever used (train/base/blas.h), so under a limit of memory the
 * program starts itself anew without them. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const char name[] = "OPENBLAS_NUM_THREADS=";
enum { NAME_LENGTH = sizeof name - 1 };

static bool
is_limited(int resource)
{
    struct rlimit limit;
    return getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

/* The library's own environment is not there yet: it is an argument. */
static void
start_anew(int argc, char **argv, char **environment)
{
    static char one[] = "OPENBLAS_NUM_THREADS=1";
    size_t count = 0, kept = 0;
    (void)argc;
    if (!is_limited(RLIMIT_AS) && !is_limited(RLIMIT_DATA))
        return;
    while (environment[count])
        if (strcmp(environment[count++], one) == 0)
            return;
    char **changed = malloc((count + 2) * sizeof *changed);
    if (!changed)
        return;
    for (size_t i = 0; i < count; i++)
        if (strncmp(environment[i], name, NAME_LENGTH) != 0)
            changed[kept++] = environment[i];
    changed[kept++] = one;
    changed[kept] = NULL;
    execve("/proc/self/exe", argv, changed);
    free(changed); /* as well as it can, then */
}

/* The one list of functions that runs before those of the libraries; only a program
 * may have it, and a library may not. */
__attribute__((section(".preinit_array"), used)) static void (*const before_libraries)(
    int argc, char **argv, char **environment) = start_anew;
