/* The options of grokscope-sweep that are its own. */
#include "analyze/sweep/sweep_options.h"

#include "analyze/rows/rows_output.h"

#include <stddef.h>

static const char *const keep_names[] = {"final", "all", NULL};
static const char *const event_names[] = {"generalized", "sustained", "memorized",
                                          NULL};

const char *const gsc_sweep_event_columns[] = {"generalized_step", "sustained_step",
                                               "memorized_step"};

static const gsc_option rows[] = {
    GSC_ROW_TEXT(gsc_sweep_options, out, "", "DIR",
                 "Folder of the sweep; runs lie in it by their names."),
    GSC_ROW_TEXT(
        gsc_sweep_options, vary, "", "NAME=VALUES",
        "Vary an option of the training: A,B,C (with ';' between values that have "
        "commas), A..B, linear:A:B:COUNT, log:A:B:COUNT, uniform:A:B, loguniform:A:B; "
        "NAME+NAME=VALUES gives several the same value. Given more than once it makes "
        "a grid."),
    GSC_ROW_INTEGER(gsc_sweep_options, draws, "0", 0, 1e6,
                    "How often uniform and loguniform values are drawn."),
    GSC_ROW_INTEGER(gsc_sweep_options, draw_seed, "0", 0, 0x1p53, "Seed of the draws."),
    GSC_ROW_INTEGER(gsc_sweep_options, jobs, "0", 0, 1024,
                    "Runs side by side; 0: one for each core."),
    GSC_ROW_INTEGER(gsc_sweep_options, threads, "1", 1, 1024,
                    "Threads of each run. Results do not depend on them."),
    GSC_ROW_CHOICE(gsc_sweep_options, keep, "final", keep_names,
                   "Checkpoints of each run: its first and last one with the whole "
                   "history, or all that the recipe saves and what it can go on from."),
    GSC_ROW_INTEGER(gsc_sweep_options, part, "0", 0, 1e6,
                    "Take only the runs of this part, counted from 0; --task N, where "
                    "N is a number, is the same."),
    GSC_ROW_INTEGER(gsc_sweep_options, parts, "1", 1, 1e6,
                    "Parts that the runs are shared out to; beside a --task that is a "
                    "number --tasks is the same."),
    GSC_ROW_TEXT(gsc_sweep_options, time_limit, "1:00:00", "TIME",
                 "Limit of each task of a cluster, as its sbatch --time has it."),
    GSC_ROW_REAL(gsc_sweep_options, accuracy, "0.99", 0, 1,
                 "Accuracy from which examples count as known, for collect, times and "
                 "predict."),
    GSC_ROW_CHOICE(gsc_sweep_options, event, "generalized", event_names,
                   "What times waits for: the columns generalized_step, sustained_step "
                   "or memorized_step of collect."),
    GSC_ROW_TEXT(
        gsc_sweep_options, by, "", "NAMES",
        "Varied options whose values make an arm, with commas. Of times all but "
        "seed and data_seed, unless they are given; predict compares runs of one "
        "arm only where they are."),
    GSC_ROW_FLAG(gsc_sweep_options, curve, 0,
                 "times prints the curve of each arm (Kaplan and Meier), one row for "
                 "each step at which runs come to the event."),
    GSC_ROW_REAL(gsc_sweep_options, effect, "2", 0, 1e6,
                 "Hazard ratio for which runs_needed tells how many runs find it."),
    GSC_ROW_TEXT(gsc_sweep_options, at, "", "STEPS",
                 "Steps that predict looks at, with commas between; 1, 2, 5, 10, …, "
                 "unless they are given."),
    GSC_ROW_FLAG(gsc_sweep_options, earliest, 0,
                 "predict prints one row for each column: the first of the steps at "
                 "which it tells more than nothing, or the last one."),
    GSC_ROW_FORMAT(gsc_sweep_options, gsc_file_format_names),
    GSC_ROW_COLUMNS(gsc_sweep_options),
    GSC_ROW_OUTPUT(gsc_sweep_options, "FILE",
                   "Write the answer to this file, not to standard output."),
    GSC_ROW_FLAG(gsc_sweep_options, force, 0, "Replace an existing output."),
};

gsc_options
gsc_sweep_options_over(gsc_sweep_options *options)
{
    return (gsc_options){"sweep", rows, sizeof rows / sizeof *rows, options};
}
