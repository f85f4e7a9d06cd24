/* The sweep of a folder: a new one, or that which is there. */
#ifndef GSC_SWEEP_BEGIN_H
#define GSC_SWEEP_BEGIN_H

#include "analyze/sweep/sweep_plan.h"

typedef struct gsc_sweep_request {
    const char *folder;
    const gsc_config *config; /* that all runs share; NULL: go on with what is there */
    const char *vary;         /* gsc_design_init's axes */
    size_t num_draws;
    uint64_t draw_seed;
    bool keep_all; /* checkpoints as the configuration saves them; else two of a run */
} gsc_sweep_request;

/* The plan of a folder; a new one has all runs of one that is there, and is written.
 * One of its runs is made as far as training would, so that what no run can be is told
 * before the first one. GSC_EARGUMENT where there is no sweep to go on with, or another
 * one. */
int gsc_sweep_begin(gsc_sweep_plan *plan, const gsc_sweep_request *request);

/* That of a folder. GSC_EFORMAT where there is none. */
int gsc_sweep_find(gsc_sweep_plan *plan, const char *folder);

#endif
