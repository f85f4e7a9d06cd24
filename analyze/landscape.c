/* grokscope-landscape: losses of runs against the length of their weights. */
#include "grokscope/checkpoint.h"
#include "grokscope/config.h"
#include "grokscope/error.h"
#include "grokscope/run_folder.h"

#include "analyze/rows/output.h"
#include "analyze/rows/rows_output.h"
#include "analyze/tool/inputs.h"
#include "analyze/tool/loss_history.h"
#include "analyze/tool/program.h"
#include "analyze/tool/run_option.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct options {
    double accuracy;
    char by[GSC_OPTION_TEXT_BYTES];
    char columns[GSC_OPTION_TEXT_BYTES], output[GSC_OPTION_TEXT_BYTES];
    int64_t format;
    bool force;
} options;

static const gsc_option rows[] = {
    GSC_ROW_REAL(struct options, accuracy, "0.95", 0, 1,
                 "Accuracy from which examples count as known."),
    GSC_ROW_TEXT(struct options, by, "", "OPTION",
                 "Option of the runs, as weight_decay, that the landscape has for a "
                 "second axis: its value has a column, and minima are among runs of "
                 "one value."),
    GSC_ROW_FORMAT(struct options, gsc_file_format_names),
    GSC_ROW_COLUMNS(struct options),
    GSC_ROW_OUTPUT(struct options, "FILE",
                   "Write the answer to this file, not to standard output."),
    GSC_ROW_FLAG(struct options, force, 0, "Replace an existing output."),
};
static const gsc_options sets[] = {
    {"landscape", rows, sizeof rows / sizeof *rows, &options}};

static const char program_name[] = "grokscope-landscape";

static const gsc_column columns[] = {
    {"run", GSC_CELL_TEXT, true, "its folder, or a lone file", false},
    {"step", GSC_CELL_INTEGER, false, "step where it ended", false},
    {"init_scale", GSC_CELL_REAL, false, "by which its first weights were multiplied",
     false},
    {"by", GSC_CELL_TEXT, false, "value of the option that --by names; empty: none",
     false},
    {"first_norm", GSC_CELL_REAL, false,
     "length of all trained weights, in the first row of its history", false},
    {"norm", GSC_CELL_REAL, false, "the same in the last row", false},
    {"memorized_step", GSC_CELL_REAL, false,
     "first step with --accuracy of the training examples right; nan: never", false},
    {"generalized_step", GSC_CELL_REAL, false,
     "first step with --accuracy of the test examples right; nan: never", false},
    {"delay", GSC_CELL_REAL, false,
     "generalized_step over memorized_step; inf: it memorised and never generalised; "
     "nan: it never memorised, or knew all from step 0 on",
     false},
    {"train_loss", GSC_CELL_REAL, false, "train loss of the last row", false},
    {"train_loss_best", GSC_CELL_REAL, false, "lowest train loss of the run", false},
    {"train_best_step", GSC_CELL_REAL, false, "step of that", false},
    {"test_loss", GSC_CELL_REAL, false, "test loss of the last row", false},
    {"test_loss_best", GSC_CELL_REAL, false, "lowest test loss of the run", false},
    {"test_best_step", GSC_CELL_REAL, false, "step of that", false},
    {"test_accuracy", GSC_CELL_REAL, false, "test accuracy of the last row", false},
    {"test_loss_relative", GSC_CELL_REAL, false,
     "test_loss over the lowest one of all runs, or of those of its value of --by: 1 "
     "at the minimum",
     false}};

enum { NUM_COLUMNS = sizeof columns / sizeof *columns };

/* ---- A run's row ---- */

/* What a run has for the option --by. */
static int
add_second_axis(const gsc_checkpoint *c, const char *path, gsc_rows *answer)
{
    int status = 0;
    gsc_text text = {0};
    GSC_TRY(gsc_text_add(&text, "%s", ""));
    if (*options.by)
        GSC_TRY(gsc_run_option(c->config, path, options.by, &text));
    GSC_TRY(gsc_rows_text(answer, text.data));
out:
    gsc_text_free(&text);
    return status;
}

static int
add_row(const gsc_input *input, const gsc_checkpoint *c, gsc_rows *answer)
{
    int status = 0;
    const gsc_table *t = NULL;
    gsc_config config = {.registry = &gsc_builtin_registry};
    char unknown[GSC_NOT_KNOWN_BYTES];
    GSC_TRY(gsc_loss_history_find(c, input->path, &t));
    GSC_TRY(gsc_config_from_file(&config, c->config, unknown));
    double train_step, test_step;
    double train = gsc_loss_history_lowest(t, "train_loss", &train_step);
    double test = gsc_loss_history_lowest(t, "test_loss", &test_step);
    double memorized = gsc_loss_history_reaches(t, "train_accuracy", options.accuracy);
    double generalized = gsc_loss_history_reaches(t, "test_accuracy", options.accuracy);
    GSC_TRY(gsc_rows_text(answer, input->run));
    GSC_TRY(gsc_rows_integer(answer, c->step));
    GSC_TRY(gsc_rows_real(answer, config.init.init_scale));
    GSC_TRY(add_second_axis(c, input->path, answer));
    GSC_TRY(
        GSC_ROWS_REALS(answer, sqrt(gsc_loss_history_first(t, "sum_squared_weights")),
                       sqrt(gsc_loss_history_last(t, "sum_squared_weights")), memorized,
                       generalized, gsc_loss_history_delay(memorized, generalized),
                       gsc_loss_history_last(t, "train_loss"), train, train_step,
                       gsc_loss_history_last(t, "test_loss"), test, test_step,
                       gsc_loss_history_last(t, "test_accuracy"), NAN));
out:
    return status;
}

/* The lowest test loss of the runs that share row `row`'s value of --by. */
static double
lowest_beside(gsc_rows *answer, size_t row)
{
    size_t loss = gsc_rows_column(answer, "test_loss");
    size_t by = gsc_rows_column(answer, "by");
    const char *value = gsc_rows_cell(answer, row, by)->text;
    double lowest = INFINITY;
    for (size_t i = 0; i < gsc_rows_count(answer); i++)
        if (strcmp(gsc_rows_cell(answer, i, by)->text, value) == 0)
            lowest = fmin(lowest, gsc_rows_cell(answer, i, loss)->real);
    return lowest;
}

/* What the lowest test loss is known for only after the last run. */
static void
relate_to_lowest(gsc_rows *answer)
{
    size_t loss = gsc_rows_column(answer, "test_loss");
    size_t relative = gsc_rows_column(answer, "test_loss_relative");
    for (size_t row = 0; row < gsc_rows_count(answer); row++)
        gsc_rows_cell(answer, row, relative)->real =
            gsc_rows_cell(answer, row, loss)->real / lowest_beside(answer, row);
}

static int
add_input(const gsc_input *input, gsc_rows *answer)
{
    int status = 0;
    gsc_checkpoint c = {.step = 0};
    GSC_TRY(gsc_run_read_history(&c, input->path));
    GSC_TRY(add_row(input, &c, answer));
out:
    gsc_checkpoint_free(&c);
    return status;
}

static int
run(const char *const *words, size_t num_words)
{
    int status = 0;
    gsc_inputs inputs = {0};
    gsc_rows answer = {0};
    const gsc_answer how = GSC_ANSWER(program_name, options);
    gsc_rows_init(&answer, columns, NUM_COLUMNS);
    GSC_TRY(gsc_answer_check_columns(&how, columns, NUM_COLUMNS));
    GSC_TRY(gsc_output_check(options.output, options.force));
    GSC_TRY(gsc_inputs_init(&inputs, words, num_words, "last"));
    for (size_t i = 0; i < inputs.count; i++)
        GSC_TRY(add_input(&inputs.items[i], &answer));
    relate_to_lowest(&answer);
    GSC_TRY(gsc_rows_answer(&answer, &how));
out:
    gsc_inputs_free(&inputs);
    gsc_rows_free(&answer);
    return status;
}

int
main(int argc, char **argv)
{
    static const gsc_program_table tables[] = {
        {"one row for each run", columns, NUM_COLUMNS}};
    const gsc_program program = {
        .name = program_name,
        .synopsis = "FOLDER|FILE… [OPTIONS]",
        .purpose = "losses of runs against the length of their weights",
        .examples = "  grokscope-landscape checkpoints/scale-*\n"
                    "      where is the test loss lowest, and how late does each run "
                    "generalise?\n"
                    "  grokscope-landscape checkpoints/demo --accuracy 0.99\n"
                    "      when one run knew its examples\n"
                    "  grokscope-landscape checkpoints/decay-* --by weight_decay\n"
                    "      the minimum over the length for each decay\n",
        .place = "",
        .sets = sets,
        .num_sets = sizeof sets / sizeof *sets,
        .run = run};
    return gsc_table_program_main(&program, tables, sizeof tables / sizeof *tables,
                                  argc, argv);
}
