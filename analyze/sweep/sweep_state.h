/* How far a run of a sweep is. Everything of the run ID lies in the sweep's folder:
 *
 *     ID/         the run, as grokscope-train makes it
 *     ID.json     its summary; it appears when the run is done
 *     ID.failed   what the trainer said last, where it failed
 *     .ID.lock    held by the process that runs it
 */
#ifndef GSC_SWEEP_STATE_H
#define GSC_SWEEP_STATE_H

#include "grokscope/run_folder.h"

typedef enum gsc_sweep_state {
    GSC_SWEEP_WAITING,
    GSC_SWEEP_RUNNING, /* by some process of this machine or, where the file system
                        tells of locks, of another */
    GSC_SWEEP_STOPPED, /* it can be resumed */
    GSC_SWEEP_FAILED,
    GSC_SWEEP_DONE,
    GSC_NUM_SWEEP_STATES
} gsc_sweep_state;

/* "waiting", "running", …, NULL after the last. */
extern const char *const gsc_sweep_state_names[];

typedef struct gsc_sweep_paths {
    char run[GSC_PATH_BYTES], summary[GSC_PATH_BYTES], failed[GSC_PATH_BYTES];
    char lock[GSC_PATH_BYTES];
    char draft[GSC_PATH_BYTES], said[GSC_PATH_BYTES]; /* of the two files, on the way */
} gsc_sweep_paths;

/* GSC_EARGUMENT where they are too long. */
int gsc_sweep_paths_init(gsc_sweep_paths *self, const char *folder, const char *id);

gsc_sweep_state gsc_sweep_state_of(const gsc_sweep_paths *paths);

/* Take the run's lock: *lock is a descriptor to be closed, or -1 where another process
 * has it. A killed process gives it up. Where a file system has no locks nothing keeps
 * a second one out but the trainer's own lock. GSC_EIO. */
int gsc_sweep_claim(const gsc_sweep_paths *paths, int *lock);

#endif
