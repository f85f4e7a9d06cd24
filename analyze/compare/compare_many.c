/* Many checkpoints seen at once, as a program's answer. */
#include "analyze/compare/compare_many.h"

#include "grokscope/error.h"

#include "analyze/compare/comparison_output.h"
#include "analyze/compare/run_paths.h"
#include "analyze/rows/output.h"
#include "analyze/tool/program.h"
#include "analyze/tool/progress_line.h"

#include <stdio.h>

/* ---- How far it has come ---- */

typedef struct showing {
    gsc_progress_line line;
    const char *what;
} showing;

static void
show(void *context, const char *what, size_t done, size_t total)
{
    showing *s = context;
    char text[64];
    if (s->what != what) {
        if (s->what)
            gsc_progress_line_end(&s->line);
        gsc_progress_line_begin(&s->line);
        s->what = what;
    }
    if (!gsc_progress_line_is_due(&s->line))
        return;
    snprintf(text, sizeof text, "%s: %zu %%", what, 100 * done / total);
    gsc_progress_line_show(&s->line, (int64_t)done, (int64_t)total,
                           (const char *const[]){text, NULL});
}

static void
end_showing(showing *s)
{
    if (s->what)
        gsc_progress_line_end(&s->line);
}

/* ---- Options ---- */

enum { NO_PAIRS, QUICK_PAIRS, FULL_PAIRS };
static const char *const extents[] = {"no", "quick", "full", NULL};

static struct options {
    int64_t all_pairs, components, max_pairs;
    char matrix[GSC_OPTION_TEXT_BYTES];
    bool trajectory;
} options;

static const gsc_option option_rows[] = {
    {"all_pairs", GSC_OPTION_CHOICE, offsetof(struct options, all_pairs), "no", 0, 0,
     extents,
     "Compare every checkpoint with every other; full: with neurons, their matching "
     "and barriers, which takes minutes.",
     "EXTENT", 0, "quick", NULL},
    GSC_ROW_TEXT(struct options, matrix, "", "NAME",
                 "With --all-pairs: only one of its columns, as a square."),
    GSC_ROW_INTEGER(struct options, max_pairs, "1000000", 1, 1000000000,
                    "With --all-pairs: most pairs that are begun with; more of them "
                    "take minutes and gigabytes."),
    GSC_ROW_FLAG(struct options, trajectory, 0,
                 "Print the path of the weights on its principal components, beside "
                 "that of a random walk with steps of the same lengths."),
    GSC_ROW_INTEGER(struct options, components, "3", 0, 100000,
                    "With --trajectory: number of components; 0: all."),
};
const gsc_options gsc_compare_many_options = {"many checkpoints", option_rows,
                                              sizeof option_rows / sizeof *option_rows,
                                              &options};

bool
gsc_compare_many_is_wanted(void)
{
    return options.all_pairs != NO_PAIRS || options.trajectory;
}

int
gsc_compare_many_refuse(bool npy, bool by_component)
{
    if (npy)
        return gsc_fail(GSC_EARGUMENT, "format npy asks for --all-pairs");
    if (by_component)
        return gsc_fail(GSC_EARGUMENT, "--long=component asks for --trajectory");
    if (*options.matrix)
        return gsc_fail(GSC_EARGUMENT, "--matrix asks for --all-pairs");
    return 0;
}

static int
check_matrix(const gsc_compare_many *how)
{
    int status = 0;
    gsc_comparison_value value;
    if (*options.matrix == '\0')
        return 0;
    GSC_TRY(gsc_comparison_find_value(options.matrix, &value));
    if ((size_t)value >= GSC_NUM_QUICK_COMPARISON_VALUES &&
        options.all_pairs != FULL_PAIRS)
        return gsc_fail(GSC_EARGUMENT, "matrix: %s asks for --all-pairs=full",
                        options.matrix);
    if (how->npy)
        return gsc_fail(GSC_EARGUMENT,
                        "--matrix is a table; format npy has all matrices as files");
out:
    return status;
}

static int
check(const gsc_compare_many *how)
{
    int status = 0;
    if (options.trajectory && options.all_pairs != NO_PAIRS)
        return gsc_fail(GSC_EARGUMENT, "--all-pairs or --trajectory, not both");
    if (options.trajectory && (how->npy || *options.matrix))
        return gsc_fail(GSC_EARGUMENT, "--trajectory is a table and has no matrices");
    if (how->by_component && !options.trajectory)
        return gsc_fail(GSC_EARGUMENT, "--long=component asks for --trajectory");
    GSC_TRY(check_matrix(how));
    bool files = options.all_pairs != NO_PAIRS && *options.matrix == '\0' &&
                 (how->npy || how->answer.format == GSC_FORMAT_H5);
    if (files && *how->answer.columns)
        return gsc_fail(GSC_EARGUMENT, "--columns is of tables, not of files of "
                                       "matrices");
    if (how->npy && *how->answer.path == '\0')
        return gsc_fail(GSC_EARGUMENT,
                        "format npy is a folder: name one with --output");
    GSC_TRY(how->npy ? gsc_output_check(how->answer.path, how->answer.force)
                     : gsc_answer_check_path(&how->answer));
out:
    return status;
}

/* ---- All pairs ---- */

static int
write_pairs(const gsc_compare_many *how, const gsc_inputs *inputs,
            const gsc_comparison_matrices *pairs)
{
    int status = 0;
    gsc_comparison_table table = {.columns = NULL};
    gsc_comparison_value value;
    if (how->npy)
        return gsc_comparison_write_npy(inputs, pairs, how->answer.program,
                                        how->answer.path, how->answer.force);
    if (*options.matrix) {
        GSC_TRY(gsc_comparison_find_value(options.matrix, &value));
        GSC_TRY(gsc_comparison_table_of_matrix(&table, inputs, pairs, value));
    } else if (how->answer.format == GSC_FORMAT_H5) {
        return gsc_comparison_write_h5(inputs, pairs, how->answer.program,
                                       how->answer.path, how->answer.force);
    } else {
        GSC_TRY(gsc_comparison_table_of(&table, inputs, pairs));
    }
    GSC_TRY(gsc_rows_answer(&table.rows, &how->answer));
out:
    gsc_comparison_table_free(&table);
    return status;
}

/* Of a small network: 336 s and 4.9 GB for 3001 checkpoints on two cores. The demo's
 * takes ten times as long a pair (100 checkpoints 7 s, 200 21 s) and 2 MB a checkpoint,
 * and with neurons, matching and barriers .3 s a pair. */
static const double seconds_a_pair[] = {[QUICK_PAIRS] = 75e-6, [FULL_PAIRS] = 0.3};
static const double megabytes_a_pair = 1.1e-3, many_seconds = 0.8;

/* Before the work, what it costs. */
static int
judge_cost(size_t count)
{
    size_t pairs = count % 2 == 0 ? count / 2 * (count - 1) : (count - 1) / 2 * count;
    double seconds = (double)pairs * seconds_a_pair[options.all_pairs];
    char cost[160];
    snprintf(
        cost, sizeof cost,
        "%zu pairs of %zu checkpoints: %.0f MB and %.0f s for a small network, ten "
        "times that for a large one",
        pairs, count, (double)pairs * megabytes_a_pair, seconds);
    if (pairs > (size_t)options.max_pairs)
        return gsc_fail(GSC_EARGUMENT,
                        "%s; --max-pairs %zu begins with them, --step A:B:K takes "
                        "fewer",
                        cost, pairs);
    if (seconds >= many_seconds && !gsc_program_is_quiet())
        gsc_program_say("%s", cost);
    return 0;
}

static int
answer_pairs(const gsc_compare_many *how, const gsc_inputs *inputs,
             gsc_threads *threads)
{
    int status = 0;
    gsc_feature_set set = {.count = 0};
    gsc_comparison_matrices pairs = {.count = 0};
    showing s = {.what = NULL};
    const gsc_feature_set_options o = {
        .kept = {.key_rule = how->key_rule, .key_fve = how->key_fve},
        .threads = threads,
        .show = show,
        .context = &s};
    if (inputs->count < 2)
        return gsc_fail(GSC_EARGUMENT,
                        "%s: one checkpoint is no pair; --step all takes all of a run",
                        inputs->items[0].path);
    GSC_TRY(judge_cost(inputs->count));
    GSC_TRY(gsc_feature_set_init(&set, inputs, &o));
    GSC_TRY(gsc_comparison_matrices_init(&pairs, &set, &o));
    if (options.all_pairs == FULL_PAIRS)
        GSC_TRY(gsc_comparison_matrices_complete(&pairs, inputs, &set, &o,
                                                 how->barrier_points));
    end_showing(&s);
    s.what = NULL;
    GSC_TRY(write_pairs(how, inputs, &pairs));
out:
    end_showing(&s);
    gsc_comparison_matrices_free(&pairs);
    gsc_feature_set_free(&set);
    return status;
}

/* ---- Paths ---- */

static int
answer_paths(const gsc_compare_many *how, const gsc_inputs *inputs,
             gsc_threads *threads)
{
    int status = 0;
    gsc_feature_set set = {.count = 0};
    gsc_run_paths run_paths = {.columns = NULL};
    showing s = {.what = NULL};
    const gsc_feature_set_options o = {
        .kept = {.of_weights = true}, .threads = threads, .show = show, .context = &s};
    GSC_TRY(gsc_feature_set_init(&set, inputs, &o));
    GSC_TRY(gsc_run_paths_init(&run_paths, inputs, &set, threads,
                               (size_t)options.components, how->by_component));
    end_showing(&s);
    s.what = NULL;
    GSC_TRY(gsc_rows_answer(&run_paths.rows, &how->answer));
out:
    end_showing(&s);
    gsc_run_paths_free(&run_paths);
    gsc_feature_set_free(&set);
    return status;
}

int
gsc_compare_many_answer(const gsc_compare_many *how, const char *const *words,
                        size_t num_words)
{
    int status = 0;
    gsc_inputs inputs = {0};
    gsc_threads *threads = NULL;
    GSC_TRY(check(how));
    GSC_TRY(gsc_inputs_init(&inputs, words, num_words, how->step));
    inputs.loading = how->loading;
    GSC_TRY(gsc_threads_open(&threads, how->num_threads));
    GSC_TRY(options.trajectory ? answer_paths(how, &inputs, threads)
                               : answer_pairs(how, &inputs, threads));
out:
    gsc_threads_close(threads);
    gsc_inputs_free(&inputs);
    return status;
}

/* ---- The columns, for people ---- */

int
gsc_compare_many_add_columns(gsc_text *text)
{
    int status = 0;
    static const gsc_column coordinates = {
        "pcK", GSC_CELL_REAL, false,
        "coordinate on principal component K = 1 … of the run's weights", false};
    GSC_TRY(gsc_columns_add("--all-pairs, one row for each pair",
                            gsc_comparison_identifiers, GSC_COMPARISON_NUM_IDENTIFIERS,
                            text));
    GSC_TRY(
        gsc_columns_add(NULL, gsc_comparison_columns, GSC_NUM_COMPARISON_VALUES, text));
    GSC_TRY(gsc_columns_add("--trajectory, one row for each checkpoint",
                            gsc_run_paths_checkpoint_columns, 2, text));
    GSC_TRY(gsc_columns_add(NULL, &coordinates, 1, text));
    GSC_TRY(gsc_columns_add(NULL, gsc_run_paths_checkpoint_columns + 2,
                            gsc_run_paths_num_checkpoint_columns - 2, text));
    GSC_TRY(gsc_columns_add("--trajectory --long=component, one row for each component",
                            gsc_run_paths_component_columns,
                            gsc_run_paths_num_component_columns, text));
out:
    return status;
}
