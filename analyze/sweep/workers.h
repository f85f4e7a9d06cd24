/* Runs of a sweep, side by side, each a process of its own: a child of this program
 * that becomes the trainer. It begins with the libraries loaded and their kernels made,
 * which takes longer than the training of a small network. */
#ifndef GSC_SWEEP_WORKERS_H
#define GSC_SWEEP_WORKERS_H

#include "analyze/sweep/sweep_plan.h"

#include <signal.h>

typedef struct gsc_workers_progress {
    size_t total;        /* runs that are asked for */
    size_t found_done;   /* of them, before */
    size_t done, failed; /* by this process */
    size_t stopped;      /* to be resumed */
    size_t elsewhere;    /* another process is at them */
    size_t found_failed; /* that failed before and are not tried again */
} gsc_workers_progress;

typedef struct gsc_workers {
    const char *folder;                  /* of the sweep */
    int (*train)(int argc, char **argv); /* the trainer's main function */
    size_t num_workers;
    size_t num_threads; /* of each run */
    bool keep_all;      /* else of a run that is done its first and last checkpoint */
    size_t part, parts; /* only runs number part, part + parts, … */
    const volatile sig_atomic_t
        *stop; /* no more runs, and those under way are stopped */
    /* Called a few times a second. */
    void (*show)(void *context, const gsc_workers_progress *progress);
    /* A run failed: the last line of what was said. */
    void (*tell)(void *context, const char *id, const char *said);
    void *context;
} gsc_workers;

/* Run what is not done: a failed run never ends the others, a stopped one goes on where
 * it was. GSC_EIO where a process cannot be started or a file not be made;
 * GSC_EARGUMENT.
 */
int gsc_workers_run(const gsc_workers *self, const gsc_sweep_plan *plan,
                    gsc_workers_progress *progress);

#endif
