/* grokscope-phases: what came of each run of a sweep, and where the borders lie. */
#include "grokscope/error.h"

#include "analyze/phases/phase_diagram.h"
#include "analyze/phases/phase_tables.h"
#include "analyze/rows/output.h"
#include "analyze/rows/rows_output.h"
#include "analyze/tool/program.h"

#include <math.h>

static struct options {
    int64_t rule, table, diagram, format;
    double accuracy, delay, ratio, rising, low, high;
    char x[GSC_OPTION_TEXT_BYTES], y[GSC_OPTION_TEXT_BYTES];
    char by[GSC_OPTION_TEXT_BYTES], columns[GSC_OPTION_TEXT_BYTES];
    char output[GSC_OPTION_TEXT_BYTES];
    bool force;
} options;

static const char *const rule_names[] = {"liu", "huang", "varma", NULL};

static const gsc_option rows[] = {
    GSC_ROW_CHOICE(
        struct options, rule, "liu", rule_names,
        "What the regimes are: of Liu et al. (by when each split is known), "
        "Huang et al. (by where it ends too), or Varma et al. (of runs that go "
        "on from a network that had generalised)."),
    GSC_ROW_CHOICE(struct options, table, "runs", gsc_phase_table_names,
                   "One row for each run, for each cell of --x and --y, or for each "
                   "critical size along --x."),
    GSC_ROW_CHOICE(struct options, diagram, "no", gsc_phase_drawing_names,
                   "Draw the cells instead: with letters, or as SVG."),
    GSC_ROW_TEXT(struct options, x, "", "NAME",
                 "Varied option along x; the first one that is no seed, unless it is "
                 "given."),
    GSC_ROW_TEXT(struct options, y, "", "NAME", "The one along y; the next."),
    GSC_ROW_TEXT(
        struct options, by, "", "NAMES",
        "Options, with commas between, that tell folders of runs apart; a sweep "
        "knows its own."),
    GSC_ROW_REAL(struct options, accuracy, "-1", -1, 1,
                 "Accuracy from which a split is known; below 0, here and in what "
                 "follows: the rule's own."),
    GSC_ROW_REAL(struct options, delay, "-1", -1, 1e15,
                 "liu: steps between knowing the two that are a delay (1000)."),
    GSC_ROW_REAL(struct options, ratio, "-1", -1, 1e15,
                 "huang: how many times as late grokking is (2)."),
    GSC_ROW_REAL(
        struct options, rising, "-1", -1, 1,
        "huang: test accuracy that shows before the training examples are known "
        "(0.1)."),
    GSC_ROW_REAL(struct options, low, "-1", -1, 1,
                 "huang, varma: test accuracy at the end that is none (0.05, 0.1)."),
    GSC_ROW_REAL(struct options, high, "-1", -1, 1,
                 "huang, varma: test accuracy that is all (0.95, 0.9)."),
    GSC_ROW_FORMAT(struct options, gsc_file_format_names),
    GSC_ROW_COLUMNS(struct options),
    GSC_ROW_OUTPUT(struct options, "FILE",
                   "Write the answer to this file, not to standard output."),
    GSC_ROW_FLAG(struct options, force, 0, "Replace an existing output."),
};
static const gsc_options sets[] = {
    {"phases", rows, sizeof rows / sizeof *rows, &options}};

static const char program_name[] = "grokscope-phases";

static double
asked(double threshold)
{
    return threshold < 0 ? (double)NAN : threshold;
}

static int
answer_table(const gsc_phase_runs *runs, const gsc_phase_grid *grid)
{
    int status = 0;
    gsc_sweep_table table;
    const gsc_answer how = GSC_ANSWER(program_name, options);
    GSC_TRY(gsc_phase_table_init(&table, (gsc_phase_table)options.table, runs, grid));
    GSC_TRY(gsc_answer_check_columns(&how, table.columns, table.num_columns));
    GSC_TRY(gsc_rows_answer(&table.rows, &how));
out:
    gsc_sweep_table_free(&table);
    return status;
}

static int
draw(const gsc_phase_runs *runs, const gsc_phase_grid *grid)
{
    int status = 0;
    gsc_text drawing = {0};
    GSC_TRY(options.diagram == GSC_PHASE_SVG
                ? gsc_phase_draw_svg(grid, runs, &drawing)
                : gsc_phase_draw_text(grid, runs, &drawing));
    GSC_TRY(gsc_output_write_text(&drawing, options.output, options.force));
out:
    gsc_text_free(&drawing);
    return status;
}

static int
run(const char *const *words, size_t num_words)
{
    int status = 0;
    gsc_phase_runs runs = {.runs = NULL};
    gsc_phase_grid grid = {.counts = NULL};
    const gsc_answer how = GSC_ANSWER(program_name, options);
    const gsc_regime_thresholds thresholds = {
        asked(options.accuracy), asked(options.delay), asked(options.ratio),
        asked(options.rising),   asked(options.low),   asked(options.high)};
    if (num_words == 0)
        return gsc_fail(GSC_EARGUMENT,
                        "the folder of a sweep is missing, or folders of runs");
    if (options.diagram == GSC_PHASE_NO_DRAWING)
        GSC_TRY(gsc_answer_check_path(&how));
    else
        GSC_TRY(gsc_output_check(options.output, options.force));
    GSC_TRY(gsc_phase_runs_init(&runs, words, num_words, options.by,
                                &gsc_regime_rules[options.rule], &thresholds));
    GSC_TRY(gsc_phase_grid_init(&grid, &runs, options.x, options.y));
    GSC_TRY(options.diagram == GSC_PHASE_NO_DRAWING ? answer_table(&runs, &grid)
                                                    : draw(&runs, &grid));
out:
    gsc_phase_grid_free(&grid);
    gsc_phase_runs_free(&runs);
    return status;
}

int
main(int argc, char **argv)
{
    const gsc_sweep_columns *of = gsc_phase_columns;
    const gsc_program_table tables[GSC_NUM_PHASE_TABLES] = {
        {"one row for each run, after it and the varied options", of[0].columns,
         of[0].count},
        {"--table cells: one row for each cell, after y and x", of[1].columns,
         of[1].count},
        {"--table critical: one row for each critical size, after the other options",
         of[2].columns, of[2].count}};
    const gsc_program program = {
        .name = program_name,
        .synopsis = "SWEEP|RUN… [OPTIONS]",
        .purpose = "which runs memorise, grok or comprehend, and where the borders lie",
        .examples = "  grokscope-sweep run demo --vary train_fraction=0.2,0.3,0.5 "
                    "--vary weight_decay=0.5,1,2 --vary seed=0..4 --out sweeps/sizes\n"
                    "      45 networks\n"
                    "  grokscope-phases sweeps/sizes --format text\n"
                    "      what came of each\n"
                    "  grokscope-phases sweeps/sizes --diagram text\n"
                    "      the phase diagram of the two options\n"
                    "  grokscope-phases sweeps/sizes --diagram svg --output sizes.svg\n"
                    "      the same as a picture, with a dot for each network\n"
                    "  grokscope-phases sweeps/sizes --table critical\n"
                    "      the share of pairs from which half of the others are known\n"
                    "  grokscope-phases checkpoints/a checkpoints/b --by weight_decay "
                    "--diagram text\n"
                    "      of runs that are no sweep\n",
        .place = "",
        .sets = sets,
        .num_sets = sizeof sets / sizeof *sets,
        .run = run};
    return gsc_table_program_main(&program, tables, sizeof tables / sizeof *tables,
                                  argc, argv);
}
