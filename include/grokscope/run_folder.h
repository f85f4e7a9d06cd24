/* The folder of a run: step-000012000.h5 …, resume.h5, run.h5 and a lock. */
#ifndef GROKSCOPE_RUN_FOLDER_H
#define GROKSCOPE_RUN_FOLDER_H

#include "grokscope/checkpoint.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Room for a path. */
enum { GSC_PATH_BYTES = 4096 /* with its NUL */ };

/* Steps whose files lie in a folder, ascending; the caller frees *steps. None is not
 * an error, a missing folder is (GSC_EFORMAT). Files of other names are passed over. */
int gsc_run_steps(const char *folder, int64_t **steps, size_t *num_steps);

/* Whether a path ends with exactly the name of a step file, "step-000012000.h5"; then
 * its step. Other files are runs of their own. */
bool gsc_run_is_step_file(const char *path, int64_t *step);

/* "folder/name"; GSC_EARGUMENT where it does not fit. */
int gsc_run_join(char path[GSC_PATH_BYTES], const char *folder, const char *name);

/* "folder/step-000012000.h5"; the same. */
int gsc_run_step_path(const char *folder, int64_t step, char path[GSC_PATH_BYTES]);

/* The file that a word stands for: FILE itself, the last step of a FOLDER, or that step
 * of FOLDER@STEP (the file need not be there). GSC_EFORMAT for a folder without steps,
 * GSC_EARGUMENT for a word that is too long. */
int gsc_run_find(const char *source, char path[GSC_PATH_BYTES]);

/* Make the folder (and those above it) where missing and lock it against a second
 * trainer: GSC_EBUSY where one holds it, GSC_EIO where it cannot be made or written.
 * The lock is the process's (fcntl on folder/.lock, which stays): a killed one gives it
 * up, a child does not inherit it, and a second one of the same process is granted.
 * Leftovers of interrupted writes are removed once it is held. *guards, which
 * may be NULL, is false where the file system has no locks: then nothing keeps a second
 * trainer out. */
int gsc_run_lock(const char *folder, int *lock, bool *guards);

/* Give the lock up; a negative one is none. */
void gsc_run_unlock(int lock);

/* Whether another process holds the lock: it trains there now. False where there is no
 * lock, or the file system has none. */
bool gsc_run_is_held(const char *folder);

/* GSC_EBUSY unless the lock that is held is the one that lies in the folder: the folder
 * may have been removed since, and made anew by another. */
int gsc_run_check_lock(const char *folder, int lock);

/* Remove the files of our own names (step files, run.h5, resume files, the leftovers
 * of interrupted writes), nothing else: run.h5 and the resume files first and for good,
 * so that whenever this is cut short what is left cannot be continued. GSC_EIO. */
int gsc_run_remove(const char *folder);

/* Whether an entry of a run's folder is a part of the run: one of these, or its lock.
 */
bool gsc_run_is_member(const char *name);

/* Write resume.h5, replaced like every file, the former one kept as resume-previous.h5:
 * a kill at any moment leaves one of them whole. Errors of gsc_checkpoint_write. */
int gsc_run_write_resume(const char *folder, const gsc_checkpoint *checkpoint);

/* Read the newest of these that is whole; *found says whether there was any.
 * GSC_EFORMAT where there are some and none is whole. */
int gsc_run_read_resume(const char *folder, gsc_checkpoint *checkpoint, bool *found);

/* Read a checkpoint's history as it was at its step, whole: a step file has the rows
 * since the scheduled file before, resume.h5 beside it has all, and without it so have
 * the files before. A file of another name than a step's has what it has
 * (history_since). Nothing else of the checkpoint is read. GSC_EFORMAT where a file
 * that is needed is missing or damaged. */
int gsc_run_read_history(gsc_checkpoint *checkpoint, const char *path);

/* Write run.h5, a virtual dataset a tensor that stacks all step files along a first
 * axis num_checkpoints, `steps`, and the run's whole history (its tables, which may be
 * none); fill value NaN. Names and shapes are those of the
 * newest step file, the only one that is opened. Cost: 33 ms for 400 files of 14
 * tensors. */
int gsc_run_write_index(const char *folder, const gsc_table *history,
                        size_t num_tables);

#ifdef __cplusplus
}
#endif
#endif
