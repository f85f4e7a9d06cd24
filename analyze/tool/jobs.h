/* Numbered pieces of work that may fail, side by side on threads. */
#ifndef GSC_TOOL_JOBS_H
#define GSC_TOOL_JOBS_H

#include "grokscope/threads.h"

#include <stdbool.h>

/* One of them: 0, or a failure with its message. threads: to be used within, or NULL.
 */
typedef int gsc_job(void *context, size_t item, gsc_threads *threads);

typedef struct gsc_jobs {
    size_t count;
    gsc_job *work;
    void *context;
    gsc_threads *threads; /* may be NULL */
    bool divides; /* where there are fewer items than threads, an item uses all of them
                   */
    bool large;   /* and always: what an item needs of memory is had once */
    const char *what; /* is being done, for show */
    /* Called now and then by the calling thread; may be NULL. */
    void (*show)(void *context, const char *what, size_t done, size_t total);
    void *show_context;
} gsc_jobs;

/* Do them all, or up to a failure: those after a failed one are not begun, and those
 * before it are done, so that the first in their order is what fails, whatever the
 * number of threads. Its code and message; GSC_EMEMORY. */
int gsc_jobs_run(const gsc_jobs *jobs);

#endif
