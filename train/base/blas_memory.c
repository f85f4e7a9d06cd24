/* The memory that OpenBLAS works in, under a limit of memory. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "train/base/blas_memory.h"

#include "grokscope/error.h"
#include "grokscope/threads.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* Of a buffer in OpenBLAS 0.3 for x86-64 and ARM64 (common_x86_64.h: 32 << 22), and
 * something for what is taken beside it. */
enum { BUFFER_BYTES = 136 << 20 };

/* For the work itself, each thread of it: without this much a process that has nothing
 * left was seen to end by a signal, in a library, and not with a message. */
enum { WORK_BYTES = 32 << 20 };

/* OpenBLAS has them in its table of symbols, but in no header. Another BLAS has none,
 * and is left to itself. */
void *blas_memory_alloc(int number) __attribute__((weak));
void blas_memory_free(void *buffer) __attribute__((weak));

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
