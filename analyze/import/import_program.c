/* How files of other programs become checkpoints: one, or a run of them. */
#include "analyze/import/import_program.h"

#include "grokscope/error.h"
#include "grokscope/run_folder.h"

#include "analyze/import/import_state_dict.h"
#include "analyze/tool/program.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
import_all(gsc_import_run *all, const char *folder)
{
    int status = 0;
    char path[GSC_PATH_BYTES];
    for (size_t i = 0; i < all->dicts->count; i++) {
        const gsc_state_dict *state = &all->dicts->items[i];
        GSC_TRY(gsc_run_step_path(folder, state->step, path));
        GSC_TRY(gsc_import_state_dict(all, state, path));
    }
out:
    return status;
}

/* A run appears once all of its states are written; until then the former one stays. */
static int
import_run(gsc_import_run *all, const char *folder)
{
    int status = 0, lock = -1;
    char staging[GSC_PATH_BYTES + 8], path[GSC_PATH_BYTES + 8];
    struct stat info;
    bool existed = stat(folder, &info) == 0;
    snprintf(staging, sizeof staging, "%s/.import", folder);
    GSC_TRY(gsc_run_lock(folder, &lock, NULL));
    gsc_run_discard(staging); /* of one that was killed */
    if (mkdir(staging, 0777) != 0) {
        status = gsc_fail(GSC_EIO, "%s: %s", staging, strerror(errno));
        goto out;
    }
    GSC_TRY(import_all(all, staging));
    GSC_TRY(gsc_run_replace(folder, staging));
    GSC_TRY(gsc_run_write_index(folder, NULL, 0));
out:
    if (lock >= 0)
        gsc_run_discard(staging);
    if (status < 0 && !existed) {
        snprintf(path, sizeof path, "%s/.lock", folder);
        unlink(path);
        gsc_run_discard(folder);
    }
    gsc_run_unlock(lock);
    return status;
}

int
gsc_import_program_run(const gsc_import_program *self)
{
    int status = 0;
    bool skipped;
    gsc_import_run all = {
        .dicts = self->dicts, .known = *self->known, .naming = self->naming};
    GSC_TRY(gsc_state_dicts_history(self->dicts, &all.history, &skipped));
    if (skipped && !gsc_program_is_quiet())
        gsc_program_say("left out: losses, whose number does not tell their steps");
    gsc_rows_init(&all.rows, gsc_import_columns, GSC_IMPORT_COLUMNS);
    GSC_TRY(gsc_answer_check_columns(&self->answer, gsc_import_columns,
                                     GSC_IMPORT_COLUMNS));
    GSC_TRY(self->dicts->is_list
                ? import_run(&all, self->path)
                : gsc_import_state_dict(&all, self->dicts->items, self->path));
    GSC_TRY(gsc_rows_answer(&all.rows, &self->answer));
out:
    gsc_rows_free(&all.rows);
    gsc_table_free(&all.history);
    return status;
}
