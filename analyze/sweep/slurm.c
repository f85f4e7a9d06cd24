/* A sweep as an array of jobs of Slurm. */
#include "analyze/sweep/slurm.h"

#include "grokscope/error.h"

#include "analyze/tool/command.h"

static size_t
count_tasks(const gsc_slurm *self)
{
    size_t most = self->num_tasks > 0 ? self->num_tasks : GSC_SLURM_MOST_TASKS;
    size_t useful = (self->num_runs + self->num_jobs - 1) / self->num_jobs;
    return useful < most ? useful : most;
}

static int
add_directives(const gsc_slurm *self, size_t tasks, gsc_text *script)
{
    return gsc_text_add(script,
                        "#!/bin/sh\n"
                        "# Submit with: sbatch THIS-FILE\n"
                        "#SBATCH --job-name=grokscope-sweep\n"
                        "#SBATCH --array=0-%zu\n"
                        "#SBATCH --ntasks=1\n"
                        "#SBATCH --cpus-per-task=%zu\n"
                        "#SBATCH --time=%s\n"
                        "#SBATCH --requeue\n"
                        "#SBATCH --signal=B:USR1@120\n"
                        "#SBATCH --open-mode=append\n"
                        "#SBATCH --output=grokscope-sweep-%%A_%%a.log\n",
                        tasks - 1, self->num_jobs, self->limit);
}

/* A signal ends the shell's wait, and not the program: it waits again. */
static int
add_commands(const gsc_slurm *self, size_t tasks, gsc_text *script)
{
    int status = 0;
    GSC_TRY(gsc_text_add(script, "limit=\n"));
    GSC_TRY(gsc_command_add_word(self->program, script));
    GSC_TRY(gsc_text_add(script, " run --out"));
    GSC_TRY(gsc_command_add_word(self->folder, script));
    GSC_TRY(gsc_text_add(script,
                         " \\\n"
                         "    --task \"$SLURM_ARRAY_TASK_ID\" --tasks %zu --jobs %zu "
                         "--quiet &\n"
                         "runs=$!\n"
                         "trap 'limit=yes; kill -USR1 $runs' USR1\n"
                         "trap 'kill -TERM $runs' TERM\n"
                         "while wait $runs; code=$?; kill -0 $runs 2>/dev/null; do :; "
                         "done\n"
                         "if [ \"$limit\" ]; then\n"
                         "    scontrol requeue "
                         "\"${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID\"\n"
                         "fi\n"
                         "exit $code\n",
                         tasks, self->num_jobs));
out:
    return status;
}

int
gsc_slurm_add_script(const gsc_slurm *self, gsc_text *script)
{
    int status = 0;
    size_t tasks = count_tasks(self);
    if (tasks == 0)
        return gsc_fail(GSC_EARGUMENT, "%s: its plan has no runs", self->folder);
    GSC_TRY(add_directives(self, tasks, script));
    GSC_TRY(add_commands(self, tasks, script));
out:
    return status;
}
