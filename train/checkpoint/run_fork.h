/* What a fork takes from the folder of another run: a state, and the step files. */
#ifndef GSC_CHECKPOINT_RUN_FORK_H
#define GSC_CHECKPOINT_RUN_FORK_H

#include "grokscope/run_folder.h"

/* The folder and the step of "DIR@STEP"; of "DIR" alone the step is -1. GSC_EFORMAT
 * where there is no such folder. */
int gsc_run_split_source(const char *source, char folder[GSC_PATH_BYTES],
                         int64_t *step);

/* Read all of the file that has the optimizer's state of "DIR@STEP", with the whole
 * history up to it: resume.h5, the one before it, or the step's own file; of "DIR" the
 * newest resume file. GSC_EARGUMENT where no file has it. */
int gsc_run_read_state(const char *source, gsc_checkpoint *checkpoint,
                       char folder[GSC_PATH_BYTES]);

/* Give a folder the step files of another before the step `end`: as hard links, which
 * is safe because files are replaced and never changed, or where there can be none as
 * copies. GSC_EIO, GSC_EFORMAT. */
int gsc_run_adopt_steps(const char *folder, const char *from, int64_t end);

#endif
