/* How files of other programs become checkpoints: one, or a run of them. */
#include "analyze/import/import_program.h"

#include "grokscope/error.h"
#include "grokscope/run_folder.h"

#include "analyze/tool/program.h"
#include "train/base/folder.h"

#include <string.h>
#include <sys/stat.h>

static int
import_one(const gsc_import_program *self, gsc_import_run *all, size_t i,
           const char *path)
{
    return self->sets ? gsc_import_output_set(all, &self->sets->items[i], path)
                      : gsc_import_state_dict(all, &self->dicts->items[i], path);
}

static int
import_all(const gsc_import_program *self, gsc_import_run *all, const char *folder)
{
    int status = 0;
    char path[GSC_PATH_BYTES];
    for (size_t i = 0; i < gsc_import_program_count(self); i++) {
        int64_t step =
            self->sets ? self->sets->items[i].step : self->dicts->items[i].step;
        GSC_TRY(gsc_run_step_path(folder, step, path));
        GSC_TRY(import_one(self, all, i, path));
    }
out:
    return status;
}

/* A run appears once all of its states are written; until then the former one stays. */
static int
import_run(const gsc_import_program *self, gsc_import_run *all)
{
    int status = 0, lock = -1;
    struct stat info;
    gsc_folder_draft draft = {.path = NULL};
    if (stat(self->path, &info) == 0) /* no trainer may be at the former one */
        GSC_TRY(gsc_run_lock(self->path, &lock, NULL));
    GSC_TRY(gsc_folder_draft_init(&draft, self->path, gsc_run_is_member));
    GSC_TRY(import_all(self, all, draft.path));
    GSC_TRY(gsc_run_write_index(draft.path, NULL, 0));
    GSC_TRY(gsc_folder_draft_commit(&draft));
out:
    gsc_folder_draft_free(&draft);
    gsc_run_unlock(lock);
    return status;
}

size_t
gsc_import_program_count(const gsc_import_program *self)
{
    return self->sets ? self->sets->count : self->dicts->count;
}

bool
gsc_import_program_is_run(const gsc_import_program *self)
{
    return self->sets ? self->sets->count > 1 : self->dicts->is_list;
}

/* What was found, and what not, of names and steps. */
static void
say_found(const gsc_state_dicts *dicts)
{
    if (gsc_program_is_quiet())
        return;
    if (dicts->prefix.length > 0)
        gsc_program_say("left off the names of tensors: %s", dicts->prefix.data);
    if (dicts->left_out.length > 0)
        gsc_program_say("left out, no weights: %s", dicts->left_out.data);
    if (dicts->ignored && dicts->ignored->num_tensors > 0)
        gsc_program_say("left out, as --ignore asks: %zu tensors: %s",
                        dicts->ignored->num_tensors, dicts->ignored->tensors.data);
    if (dicts->told && strcmp(dicts->told, "--checkpoints") != 0)
        gsc_program_say("%s: by %s", dicts->count > 1 ? "steps" : "step", dicts->told);
    else if (!dicts->told && dicts->count > 1)
        gsc_program_say(
            "warning: nothing tells the steps; 0 to %zu are the order of %s; "
            "--checkpoints gives them",
            dicts->count - 1, dicts->num_files > 1 ? "the arguments" : "the list");
}

int
gsc_import_program_run(const gsc_import_program *self)
{
    int status = 0;
    bool skipped = false;
    gsc_import_run all = {.dicts = self->dicts,
                          .configs = self->configs,
                          .known = *self->known,
                          .naming = self->naming,
                          .map = self->map};
    if (self->configs->names.length > 0 && !gsc_program_is_quiet())
        gsc_program_say("configuration: %s of %s", self->configs->names.data,
                        self->dicts->paths[0]);
    if (!self->sets) {
        say_found(self->dicts);
        GSC_TRY(gsc_state_dicts_history(self->dicts, &all.history, &skipped));
        GSC_TRY(gsc_import_program_decide(self, &all.known));
    }
    if (skipped && !gsc_program_is_quiet())
        gsc_program_say("left out: losses, whose number does not tell their steps");
    gsc_rows_init(&all.rows, gsc_import_columns, GSC_IMPORT_COLUMNS);
    GSC_TRY(gsc_answer_check_columns(&self->answer, gsc_import_columns,
                                     GSC_IMPORT_COLUMNS));
    GSC_TRY(gsc_import_program_is_run(self) ? import_run(self, &all)
                                            : import_one(self, &all, 0, self->path));
    GSC_TRY(gsc_rows_answer(&all.rows, &self->answer));
out:
    gsc_rows_free(&all.rows);
    gsc_table_free(&all.history);
    return status;
}
