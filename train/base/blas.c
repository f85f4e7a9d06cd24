/* OpenBLAS made ready: its threads, its kernels, the memory that it works in. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, setenv */
#include "train/base/blas.h"

#include "grokscope/error.h"
#include "grokscope/threads.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* Functions of OpenBLAS, the last four in no header; another BLAS has none of them, and
 * one that is built for a single kind of processor not all. */
void openblas_set_num_threads(int count) __attribute__((weak));
char *openblas_get_corename(void) __attribute__((weak));
void gotoblas_dynamic_init(void) __attribute__((weak));
void gotoblas_dynamic_quit(void) __attribute__((weak));
void *blas_memory_alloc(int number) __attribute__((weak));
void blas_memory_free(void *buffer) __attribute__((weak));

/* ---- Threads and kernels ---- */

/* What the processor and the system have the registers for; NULL where OpenBLAS chooses
 * well. */
static const char *
widest_kernels(void)
{
#ifdef __x86_64__
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return "SKYLAKEX";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return "HASWELL";
#endif
    return NULL;
}

/* OpenBLAS knows processors by the numbers of their models, and takes one that is newer
 * than it is for a Prescott of 2004: dgemm of 0.3.21 then runs at 14 GFLOP/s on a core
 * of Emerald Rapids in place of 69. Whoever sets OPENBLAS_CORETYPE has chosen. */
static void
choose_kernels(void)
{
    static const char variable[] = "OPENBLAS_CORETYPE";
    const char *kernels = widest_kernels();
    if (!kernels || getenv(variable) || !gotoblas_dynamic_init ||
        !gotoblas_dynamic_quit || strcmp(openblas_get_corename(), "Prescott") != 0)
        return;
    setenv(variable, kernels, 1); /* for the programs that this one starts too */
    gotoblas_dynamic_quit();
    gotoblas_dynamic_init();
}

static void
prepare(void)
{
    if (!openblas_set_num_threads || !openblas_get_corename)
        return;
    openblas_set_num_threads(1);
    choose_kernels();
}

void
gsc_blas_prepare(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, prepare);
}

/* ---- Memory ---- */

/* Of a buffer in OpenBLAS 0.3 for x86-64 and ARM64 (common_x86_64.h: 32 << 22), and
 * something for what is taken beside it. */
enum { BUFFER_BYTES = 136 << 20 };

/* For the work itself, each thread of it: without this much a process that has nothing
 * left was seen to end by a signal, in a library, and not with a message. */
enum { WORK_BYTES = 32 << 20 };

static rlim_t
memory_limit(void)
{
    struct rlimit space, data;
    if (getrlimit(RLIMIT_AS, &space) != 0 || getrlimit(RLIMIT_DATA, &data) != 0)
        return RLIM_INFINITY;
    return space.rlim_cur < data.rlim_cur ? space.rlim_cur : data.rlim_cur;
}

static bool
has_room(size_t bytes)
{
    void *room =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        return false;
    munmap(room, bytes);
    return true;
}

int
gsc_blas_memory_take(size_t num_threads)
{
    static size_t num_taken;
    void *buffers[GSC_MAX_THREADS];
    size_t held = 0;
    int status = 0;
    rlim_t limit = memory_limit();
    gsc_blas_prepare();
    if (limit == RLIM_INFINITY || !blas_memory_alloc || !blas_memory_free ||
        num_threads <= num_taken)
        return 0;
    /* Those it has are given out first, so that all are held before any is new. */
    for (; held < num_taken; held++)
        buffers[held] = blas_memory_alloc(0);
    for (; status == 0 && held < num_threads; held++) {
        size_t work = num_threads > 1 ? num_threads * WORK_BYTES : 0;
        if (!has_room(BUFFER_BYTES + work)) {
            status =
                gsc_fail(GSC_EMEMORY,
                         "no memory to work in: OpenBLAS takes 128 MiB for each "
                         "of %zu threads, under a limit of %llu MiB (ulimit -v, -d); "
                         "raise it, or use fewer --threads",
                         num_threads, (unsigned long long)(limit >> 20));
            break;
        }
        buffers[held] = blas_memory_alloc(0);
    }
    num_taken = held > num_taken ? held : num_taken;
    while (held-- > 0)
        blas_memory_free(buffers[held]);
    return status;
}
