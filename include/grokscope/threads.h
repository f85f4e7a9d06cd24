/* A pool of threads that share out numbered work. */
#ifndef GROKSCOPE_THREADS_H
#define GROKSCOPE_THREADS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A pool of threads. */
typedef struct gsc_threads gsc_threads;

/* One piece of work: `item` in [0, num_items), `worker` in [0, count of threads):
 * no two pieces run at once with the same worker number. */
typedef void gsc_work(void *context, size_t item, size_t worker);

/* Start a pool of `num_threads` (0: one a core), the calling thread being one of
 * them. At most GSC_MAX_THREADS. */
int gsc_threads_open(gsc_threads **pool, size_t num_threads);

/* End the threads and release the pool; NULL is allowed. */
void gsc_threads_close(gsc_threads *pool);

/* How many threads work, the calling one among them; 1 for NULL. */
size_t gsc_threads_count(const gsc_threads *pool);

/* Run items 0 … num_items-1, each once, in any order on any thread, and return when
 * all are done. While work runs, numbers below the normal range count as 0 (on x86).
 * Results must not depend on which thread ran what. `pool` NULL: this
 * thread runs all of them in order. Not reentrant: one caller a pool. */
void gsc_threads_run(gsc_threads *pool, gsc_work *work, void *context,
                     size_t num_items);

/* The largest pool. */
enum { GSC_MAX_THREADS = 1024 /* of a pool */ };

#ifdef __cplusplus
}
#endif
#endif
