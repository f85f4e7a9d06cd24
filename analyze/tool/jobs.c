/* Numbered pieces of work that may fail, side by side on threads. */
#include "analyze/tool/jobs.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

typedef struct running {
    const gsc_jobs *jobs;
    atomic_size_t num_done, first_failed; /* item, or SIZE_MAX */
    int *status;                          /* [count] */
    char **message;                       /* [count] of the threads that failed */
} running;

static void
note_failure(running *r, size_t item)
{
    size_t first = atomic_load(&r->first_failed);
    r->message[item] = gsc_copy_text(gsc_error_text());
    while (item < first &&
           !atomic_compare_exchange_weak(&r->first_failed, &first, item))
        ;
}

static void
do_item(running *r, size_t item, size_t worker, gsc_threads *threads)
{
    const gsc_jobs *jobs = r->jobs;
    if (item > atomic_load(&r->first_failed))
        return;
    r->status[item] = jobs->work(jobs->context, item, threads);
    if (r->status[item] < 0)
        note_failure(r, item);
    size_t done = atomic_fetch_add(&r->num_done, 1) + 1;
    if (jobs->show && worker == 0)
        jobs->show(jobs->show_context, jobs->what, done, jobs->count);
}

static void
do_alone(void *context, size_t item, size_t worker)
{
    do_item(context, item, worker, NULL);
}

static void
do_with_all_threads(void *context, size_t item, size_t worker)
{
    running *r = context;
    do_item(r, item, worker, r->jobs->threads);
}

int
gsc_jobs_run(const gsc_jobs *jobs)
{
    int status = 0;
    running r = {.jobs = jobs};
    atomic_store(&r.num_done, 0);
    atomic_store(&r.first_failed, SIZE_MAX);
    GSC_NEW(r.status, jobs->count);
    GSC_NEW(r.message, jobs->count);
    /* Both ways run as a pool's work, under the same rules for tiny numbers. */
    if (jobs->large ||
        (jobs->divides && jobs->count < gsc_threads_count(jobs->threads)))
        gsc_threads_run(NULL, do_with_all_threads, &r, jobs->count);
    else
        gsc_threads_run(jobs->threads, do_alone, &r, jobs->count);
    size_t first = atomic_load(&r.first_failed);
    if (first != SIZE_MAX)
        status = gsc_fail(r.status[first], "%s",
                          r.message[first] ? r.message[first]
                                           : "no memory for the message of a failure");
out:
    for (size_t i = 0; r.message && i < jobs->count; i++)
        free(r.message[i]);
    free(r.message);
    free(r.status);
    return status;
}
