/* grokscope-double-descent: the two smallest models that have one. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/method/task/pattern_model.h"
#include "analyze/method/task/random_features.h"
#include "analyze/rows/rows_output.h"
#include "analyze/tool/program.h"
#include "train/numeric/stats.h"

#include <math.h>
#include <stdlib.h>

static struct options {
    int64_t model, samples, inputs, test_samples, draws, seed, points, format;
    double noise, until;
    char features[GSC_OPTION_TEXT_BYTES], ridge[GSC_OPTION_TEXT_BYTES];
    char heuristic[GSC_OPTION_TEXT_BYTES], slow[GSC_OPTION_TEXT_BYTES];
    char columns[GSC_OPTION_TEXT_BYTES], output[GSC_OPTION_TEXT_BYTES];
    bool force;
} options;

static const char *const model_names[] = {"features", "patterns", NULL};
enum { MODEL_FEATURES, MODEL_PATTERNS };

static const gsc_option rows[] = {
    GSC_ROW_CHOICE(struct options, model, "features", model_names,
                   "Least squares on random features (Belkin et al.), or patterns that "
                   "are learned at speeds of their own (Davies et al.)."),
    GSC_ROW_INTEGER(struct options, samples, "100", 1, 100000,
                    "features: examples to learn from."),
    GSC_ROW_INTEGER(struct options, inputs, "20", 1, 100000,
                    "features: numbers in an example."),
    GSC_ROW_REAL(struct options, noise, "0.5", 0, 1e6,
                 "features: standard deviation of the noise on the targets, which vary "
                 "by 1 without it."),
    GSC_ROW_TEXT(struct options, features,
                 "10,20,50,80,90,95,100,105,110,130,200,500,2000", "NUMBERS",
                 "features: numbers of features, with commas between."),
    GSC_ROW_TEXT(struct options, ridge, "0", "NUMBERS",
                 "features: ridges, with commas between; 0: the shortest of the "
                 "solutions that fit best."),
    GSC_ROW_INTEGER(struct options, test_samples, "1000", 1, 1000000,
                    "features: fresh examples, without noise, to test on."),
    GSC_ROW_INTEGER(struct options, draws, "40", 1, 100000,
                    "features: times that all is drawn; medians are told."),
    GSC_ROW_INTEGER(struct options, seed, "0", 0, 0x1p53,
                    "features: seed of the draws."),
    GSC_ROW_TEXT(
        struct options, heuristic, "0,0.25,0.5,0.75,1", "NUMBERS",
        "patterns: how far the fast pattern that is often right of test examples "
        "is learned; 0 is grokking, 1 double descent."),
    GSC_ROW_TEXT(struct options, slow, "1", "NUMBERS",
                 "patterns: how far the slow pattern that is always right is learned."),
    GSC_ROW_REAL(struct options, until, "100", 0, 1e9, "patterns: last time."),
    GSC_ROW_INTEGER(struct options, points, "101", 2, 100000,
                    "patterns: number of times, from 0 on."),
    GSC_ROW_FORMAT(struct options, gsc_file_format_names),
    GSC_ROW_COLUMNS(struct options),
    GSC_ROW_OUTPUT(struct options, "FILE",
                   "Write the answer to this file, not to standard output."),
    GSC_ROW_FLAG(struct options, force, 0, "Replace an existing output."),
};
static const gsc_options sets[] = {
    {"double_descent", rows, sizeof rows / sizeof *rows, &options}};

static const char program_name[] = "grokscope-double-descent";

static const gsc_column feature_columns[] = {
    {"features", GSC_CELL_INTEGER, true, "number of random features", false},
    {"ridge", GSC_CELL_REAL, true, "what long solutions cost", false},
    {"train_error", GSC_CELL_REAL, false, "median mean squared error", false},
    {"test_error", GSC_CELL_REAL, false, "the same on fresh examples without noise",
     false},
    {"test_low", GSC_CELL_REAL, false, "lower quartile of the draws", false},
    {"test_high", GSC_CELL_REAL, false, "upper quartile", false},
    {"norm", GSC_CELL_REAL, false, "median length of the solution", false}};

static const gsc_column pattern_columns[] = {
    {"heuristic", GSC_CELL_REAL, true, "how far the fast pattern is learned", false},
    {"slow", GSC_CELL_REAL, true, "how far the slow one is", false},
    {"time", GSC_CELL_REAL, true, "of training", false},
    {"train_accuracy", GSC_CELL_REAL, false, "share of training examples right", false},
    {"test_accuracy", GSC_CELL_REAL, false, "share of test examples right", false}};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- Lists of numbers ---- */

enum { MOST_NUMBERS = 256 };

typedef struct numbers {
    double values[MOST_NUMBERS];
    size_t count;
} numbers;

static int
read_numbers(numbers *self, const char *option, const char *text, double least,
             double most)
{
    int status = gsc_text_to_reals(text, self->values, MOST_NUMBERS, &self->count);
    if (status == 0 && self->count == 0)
        status = gsc_fail(GSC_EARGUMENT, "names no number");
    for (size_t i = 0; status == 0 && i < self->count; i++)
        if (!(self->values[i] >= least && self->values[i] <= most))
            status = gsc_fail(GSC_EARGUMENT, "%g lies outside %g to %g",
                              self->values[i], least, most);
    return status < 0 ? gsc_fail_in(status, option) : 0;
}

static int
read_whole_numbers(numbers *self, const char *option, const char *text, double least,
                   double most)
{
    int status = read_numbers(self, option, text, least, most);
    for (size_t i = 0; status == 0 && i < self->count; i++)
        if (self->values[i] != floor(self->values[i]))
            status = gsc_fail(GSC_EARGUMENT, "%s: %g is no whole number", option,
                              self->values[i]);
    return status;
}

/* ---- Random features ---- */

/* The place of `share` of the way through n sorted numbers. */
static double
quantile(const double *sorted, size_t n, double share)
{
    double at = share * (double)(n - 1);
    size_t below = (size_t)at;
    double rest = at - (double)below;
    return rest > 0 ? sorted[below] * (1 - rest) + sorted[below + 1] * rest
                    : sorted[below];
}

/* Sorted numbers of the draws, of one ridge. */
static void
take(const gsc_feature_fit *fits, size_t ridge, size_t num_ridges, size_t member,
     double *sorted, double *work)
{
    const size_t draws = (size_t)options.draws;
    for (size_t i = 0; i < draws; i++) {
        const gsc_feature_fit *fit = &fits[i * num_ridges + ridge];
        sorted[i] = member == 0   ? fit->train_error
                    : member == 1 ? fit->test_error
                                  : fit->norm;
    }
    gsc_stats_sort(sorted, draws, work);
}

static int
add_fits(gsc_rows *table, size_t features, const numbers *ridges,
         const gsc_feature_fit *fits, double *sorted)
{
    int status = 0;
    const size_t draws = (size_t)options.draws;
    for (size_t r = 0; r < ridges->count; r++) {
        double told[5];
        take(fits, r, ridges->count, 0, sorted, sorted + draws);
        told[0] = quantile(sorted, draws, 0.5);
        take(fits, r, ridges->count, 1, sorted, sorted + draws);
        for (size_t i = 0; i < 3; i++)
            told[1 + i] = quantile(sorted, draws, (const double[]){0.5, 0.25, 0.75}[i]);
        take(fits, r, ridges->count, 2, sorted, sorted + draws);
        told[4] = quantile(sorted, draws, 0.5);
        GSC_TRY(gsc_rows_integer(table, (int64_t)features));
        GSC_TRY(gsc_rows_real(table, ridges->values[r]));
        GSC_TRY(gsc_rows_reals(table, told, 5));
    }
out:
    return status;
}

static int
fill_features(gsc_rows *table)
{
    int status = 0;
    numbers widths, ridges;
    gsc_feature_fit *fits = NULL;
    double *sorted = NULL;
    const size_t draws = (size_t)options.draws;
    const gsc_random_features setting = {
        (size_t)options.samples, (size_t)options.inputs, (size_t)options.test_samples,
        options.noise, (uint64_t)options.seed};
    gsc_rows_init(table, feature_columns, COUNT(feature_columns));
    GSC_TRY(read_whole_numbers(&widths, "features", options.features, 1, 1e5));
    GSC_TRY(read_numbers(&ridges, "ridge", options.ridge, 0, 1e12));
    GSC_NEW(fits, draws * ridges.count);
    GSC_NEW(sorted, 2 * draws);
    for (size_t w = 0; w < widths.count; w++) {
        const size_t width = (size_t)widths.values[w];
        for (size_t draw = 0; draw < draws; draw++)
            GSC_TRY(gsc_random_features_fit(&setting, width, draw, ridges.values,
                                            ridges.count, fits + draw * ridges.count));
        GSC_TRY(add_fits(table, width, &ridges, fits, sorted));
    }
out:
    free(fits);
    free(sorted);
    return status;
}

/* ---- Patterns ---- */

/* Three types, as the paper has them; its speeds are in no text that could be read, and
 * these are ours: what is fast and often right, what is fast and never, what is slow
 * and always, which is preferred. */
static int
add_patterns(gsc_rows *table, double heuristic, double slow)
{
    int status = 0;
    const gsc_pattern patterns[] = {{heuristic, 1, 8, 0.7, false},
                                    {1, 0.6, 25, 0, false},
                                    {slow, 0.25, 65, 1, true}};
    for (int64_t i = 0; i < options.points; i++) {
        double t = options.until * (double)i / (double)(options.points - 1);
        gsc_pattern_accuracy a = gsc_pattern_accuracy_at(patterns, COUNT(patterns), t);
        GSC_TRY(GSC_ROWS_REALS(table, heuristic, slow, t, a.train, a.test));
    }
out:
    return status;
}

static int
fill_patterns(gsc_rows *table)
{
    int status = 0;
    numbers heuristics, slows;
    gsc_rows_init(table, pattern_columns, COUNT(pattern_columns));
    GSC_TRY(read_numbers(&heuristics, "heuristic", options.heuristic, 0, 1));
    GSC_TRY(read_numbers(&slows, "slow", options.slow, 0, 1));
    for (size_t i = 0; i < heuristics.count; i++)
        for (size_t k = 0; k < slows.count; k++)
            GSC_TRY(add_patterns(table, heuristics.values[i], slows.values[k]));
out:
    return status;
}

/* ---- The program ---- */

static int
run(const char *const *words, size_t num_words)
{
    int status = 0;
    gsc_rows table = {.num_cells = 0};
    const gsc_answer how = GSC_ANSWER(program_name, options);
    const bool is_features = options.model == MODEL_FEATURES;
    if (num_words > 0)
        return gsc_fail(GSC_EARGUMENT, "'%s' is one word too many: no run is read",
                        words[0]);
    GSC_TRY(gsc_answer_check_path(&how));
    GSC_TRY(gsc_answer_check_columns(
        &how, is_features ? feature_columns : pattern_columns,
        is_features ? COUNT(feature_columns) : COUNT(pattern_columns)));
    GSC_TRY(is_features ? fill_features(&table) : fill_patterns(&table));
    GSC_TRY(gsc_rows_answer(&table, &how));
out:
    gsc_rows_free(&table);
    return status;
}

int
main(int argc, char **argv)
{
    static const gsc_program_table tables[] = {
        {"one row for each number of features and ridge", feature_columns,
         COUNT(feature_columns)},
        {"--model patterns: one row for each time", pattern_columns,
         COUNT(pattern_columns)}};
    const gsc_program program = {
        .name = program_name,
        .synopsis = "[OPTIONS]",
        .purpose = "two small models whose error falls, rises and falls again",
        .examples = "  grokscope-double-descent --format text\n"
                    "      least squares: the error over the number of features\n"
                    "  grokscope-double-descent --ridge 0,0.1,1 --features 50,100,200\n"
                    "      how a ridge takes the peak away\n"
                    "  grokscope-double-descent --model patterns --heuristic 0,1\n"
                    "      grokking and double descent from one formula\n",
        .place = "",
        .sets = sets,
        .num_sets = sizeof sets / sizeof *sets,
        .run = run};
    return gsc_table_program_main(&program, tables, sizeof tables / sizeof *tables,
                                  argc, argv);
}
