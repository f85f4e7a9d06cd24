/* A sweep as an array of jobs of Slurm. */
#ifndef GSC_SWEEP_SLURM_H
#define GSC_SWEEP_SLURM_H

#include "grokscope/text.h"

#include <stddef.h>

/* An array has at most this index unless a cluster's MaxArraySize says otherwise, whose
 * default is 1001. */
enum { GSC_SLURM_MOST_TASKS = 1000 };

typedef struct gsc_slurm {
    const char *program; /* grokscope-sweep, as the nodes find it */
    const char *folder;  /* of the sweep, on a file system that all nodes share */
    size_t num_runs;
    size_t num_tasks;  /* 0: one a run, up to GSC_SLURM_MOST_TASKS */
    size_t num_jobs;   /* runs of a task side by side, each on a core */
    const char *limit; /* of time, of each task, as sbatch --time has it */
} gsc_slurm;

/* Add a script for sbatch: each task of the array takes every num_tasks-th run, is
 * warned two minutes before its limit, has its runs save what they are, and is queued
 * again. */
int gsc_slurm_add_script(const gsc_slurm *self, gsc_text *script);

#endif
