/* A pool of threads: workers spin briefly for the next job (a training step hands out
 * several a millisecond), then sleep. */
#include "grokscope/threads.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/base/blas.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SPINS = 4000 }; /* about 100 µs of pauses before a worker sleeps */

struct gsc_threads {
    size_t count;
    pthread_t *handles; /* count - 1 of them */
    size_t num_started;
    pthread_mutex_t mutex; /* guards sleeping on job_number */
    pthread_cond_t wake;
    atomic_uint job_number; /* a new number is a new job */
    atomic_bool closing;
    gsc_work *work;
    void *context;
    size_t num_items;
    atomic_size_t next_item;
    atomic_size_t num_working; /* workers that have not finished this job */
};

typedef struct worker {
    gsc_threads *pool;
    size_t number;
} worker;

static void
pause_briefly(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

/* Numbers below the normal range count as 0 while work runs, and the caller has its own
 * setting back afterwards. Gradients of memorised examples and decayed weights are such
 * numbers; while nanda-mainline grokked, steps took up to 2.5 times as long with them,
 * for the same digits of every loss. Other processors than x86 keep them. */
static unsigned
flush_tiny(void)
{
#if defined(__SSE2__)
    unsigned kept = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(kept | 0x8040); /* flush results, take operands as 0 */
    return kept;
#else
    return 0;
#endif
}

static void
restore_tiny(unsigned kept)
{
#if defined(__SSE2__)
    __builtin_ia32_ldmxcsr(kept);
#else
    (void)kept;
#endif
}

static void
take_items(gsc_threads *pool, size_t worker_number)
{
    unsigned kept = flush_tiny();
    for (;;) {
        size_t item = atomic_fetch_add(&pool->next_item, 1);
        if (item >= pool->num_items)
            break;
        pool->work(pool->context, item, worker_number);
    }
    restore_tiny(kept);
}

/* Wait until the job number differs from `seen`; return the new one. */
static unsigned
await_job(gsc_threads *pool, unsigned seen)
{
    for (int i = 0; i < SPINS; i++) {
        unsigned number = atomic_load_explicit(&pool->job_number, memory_order_acquire);
        if (number != seen)
            return number;
        pause_briefly();
    }
    pthread_mutex_lock(&pool->mutex);
    while (atomic_load(&pool->job_number) == seen)
        pthread_cond_wait(&pool->wake, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
    return atomic_load(&pool->job_number);
}

static void *
work_until_closed(void *argument)
{
    worker self = *(worker *)argument;
    free(argument);
    gsc_threads *pool = self.pool;
    for (unsigned seen = 0;;) {
        seen = await_job(pool, seen);
        if (atomic_load(&pool->closing))
            return NULL;
        take_items(pool, self.number);
        atomic_fetch_sub(&pool->num_working, 1);
    }
}

static void
announce_job(gsc_threads *pool)
{
    pthread_mutex_lock(&pool->mutex);
    atomic_fetch_add(&pool->job_number, 1);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->mutex);
}

/* Signals are left to the threads of whoever opens the pool: handlers cannot run in the
 * middle of a matrix product (gemm.h). */
static int
create_deaf(pthread_t *handle, worker *start)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(handle, NULL, work_until_closed, start);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

static int
start_worker(gsc_threads *pool, size_t number)
{
    worker *start = gsc_new(1, sizeof *start);
    if (!start)
        return GSC_EMEMORY;
    start->pool = pool;
    start->number = number;
    int error = create_deaf(&pool->handles[number - 1], start);
    if (error != 0) {
        free(start);
        return gsc_fail(GSC_EMEMORY, "thread %zu of %zu: %s", number + 1, pool->count,
                        strerror(error));
    }
    pool->num_started++;
    return 0;
}

int
gsc_threads_open(gsc_threads **out_pool, size_t num_threads)
{
    int status = 0;
    gsc_threads *pool = NULL;
    *out_pool = NULL;
    if (num_threads == 0) {
        long cores = sysconf(_SC_NPROCESSORS_ONLN);
        num_threads = cores > 0 ? (size_t)cores : 1;
    }
    if (num_threads > GSC_MAX_THREADS)
        return gsc_fail(GSC_EARGUMENT, "%zu threads asked for; at most %d", num_threads,
                        GSC_MAX_THREADS);
    GSC_TRY(gsc_blas_memory_take(num_threads));
    GSC_NEW(pool, 1);
    pool->count = num_threads;
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->wake, NULL);
    GSC_NEW(pool->handles, num_threads);
    for (size_t number = 1; number < num_threads; number++)
        GSC_TRY(start_worker(pool, number));
    *out_pool = pool;
    pool = NULL;
out:
    gsc_threads_close(pool);
    return status;
}

void
gsc_threads_close(gsc_threads *pool)
{
    if (!pool)
        return;
    atomic_store(&pool->closing, true);
    announce_job(pool);
    for (size_t i = 0; i < pool->num_started; i++)
        pthread_join(pool->handles[i], NULL);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->mutex);
    free(pool->handles);
    free(pool);
}

size_t
gsc_threads_count(const gsc_threads *pool)
{
    return pool ? pool->count : 1;
}

void
gsc_threads_run(gsc_threads *pool, gsc_work *work, void *context, size_t num_items)
{
    if (!pool || pool->count == 1 || num_items <= 1) {
        unsigned kept = flush_tiny();
        for (size_t item = 0; item < num_items; item++)
            work(context, item, 0);
        restore_tiny(kept);
        return;
    }
    pool->work = work;
    pool->context = context;
    pool->num_items = num_items;
    atomic_store(&pool->next_item, 0);
    atomic_store(&pool->num_working, pool->num_started);
    announce_job(pool);
    take_items(pool, 0);
    while (atomic_load_explicit(&pool->num_working, memory_order_acquire) > 0)
        pause_briefly();
}
