/* grokscope-compare: what two checkpoints have in common, as diff has it: whether they
 * are the same is its exit code. */
#include "analyze/compare/compare.h"

#include "grokscope/error.h"

#include "analyze/compare/compare_many.h"
#include "analyze/rows/rows_output.h"
#include "analyze/tool/measure_program.h"
#include "analyze/tool/measured_runs.h"
#include "analyze/tool/program.h"
#include "analyze/tool/progress_line.h"

#include <stdlib.h>
#include <string.h>

static struct options {
    char step[GSC_OPTION_TEXT_BYTES], control[GSC_OPTION_TEXT_BYTES];
    char output[GSC_OPTION_TEXT_BYTES], columns[GSC_OPTION_TEXT_BYTES];
    int64_t rows, format, dtype, threads;
    char operation[GSC_OPTION_TEXT_BYTES];
    bool force;
} options;

enum { COMPONENT = GSC_COMPARE_NEURON + 1 }; /* after the tables of a pair */
static const char *const table_names[] = {"pair",   "frequency", "tensor", "barrier",
                                          "neuron", "component", NULL};

enum { NPY = GSC_FORMAT_H5 + 1 }; /* after the forms of rows */
static const char *const formats[] = {"tsv", "json", "text", "h5", "npy", NULL};

static const gsc_option option_rows[] = {
    GSC_ROW_TEXT(struct options, step, "last", "S",
                 "Steps of folders other than A: first, last, all, N or A:B:K (from A "
                 "to B, every K)."),
    {"long", GSC_OPTION_CHOICE, offsetof(struct options, rows), table_names[0], 0, 0,
     table_names,
     "Print one row for each of these in a pair, or for each component of a path. "
     "--long without a value takes frequency.",
     "ROWS", 0, "frequency", NULL},
    GSC_ROW_TEXT(struct options, control, "", "CONTROLS",
                 "Compare A with controls too, in a column beside each value: init "
                 "(step 0 of the run of B), shuffled (rows in random order), random "
                 "(Gaussian weights). Commas separate them."),
    GSC_ROW_CHOICE(
        struct options, format, "tsv", formats,
        "Form of the answer; text is for people to read, npy a folder of matrices."),
    GSC_ROW_COLUMNS(struct options),
    GSC_ROW_OUTPUT(struct options, "FILE",
                   "Write the answer to this file, not to standard output."),
    GSC_ROW_FLAG(struct options, force, 0, "Replace an existing output."),
    GSC_ROW_DTYPE(struct options),
    GSC_ROW_OPERATION(struct options),
    GSC_ROW_INTEGER(struct options, threads, "0", 0, 1024,
                    "Threads; 0: one for each core. Results do not depend on them."),
};

static const char program_name[] = "grokscope-compare";

/* Those of the measures "compare" and "clockpizza". */
static gsc_compare_options *compare;
static void *clockpizza;
static gsc_first_checkpoint first_checkpoint;

/* ---- Whether they are the same ---- */

/* What diff would exit with. */
static enum { SAME, DIFFERENT, TROUBLE } verdict;

/* The first that differs from a settles it. */
static int
judge(const gsc_input *a, const gsc_inputs *others)
{
    int status = 0;
    gsc_checkpoint first = {.step = 0}, other = {.step = 0};
    GSC_TRY(gsc_checkpoint_read(&first, a->path, GSC_READ_PARAMS));
    for (size_t i = 0; verdict == SAME && i < others->count; i++) {
        GSC_TRY(gsc_checkpoint_read(&other, others->items[i].path, GSC_READ_PARAMS));
        verdict = gsc_compare_same(compare, &first, &other) ? SAME : DIFFERENT;
        gsc_checkpoint_free(&other);
    }
out:
    gsc_checkpoint_free(&first);
    gsc_checkpoint_free(&other);
    return status;
}

/* ---- One beside others ---- */

/* On stderr, once, what could not be compared. */
static void
tell_why(const gsc_rows *rows)
{
    size_t column = gsc_rows_column(rows, "why_nan");
    const char *told = "";
    for (size_t i = 0; !gsc_program_is_quiet() && i < gsc_rows_count(rows); i++) {
        const char *why = gsc_rows_cell(rows, i, column)->text;
        if (strcmp(why, told) != 0)
            gsc_program_say("not compared: %s", why);
        told = why;
    }
}

static int
compare_pairs(const gsc_inputs *a, const gsc_inputs *others)
{
    int status = 0;
    gsc_progress_line line;
    gsc_measured_runs measured = {.names = NULL};
    const gsc_answer how = GSC_ANSWER(program_name, options);
    gsc_measured_runs_options o = {.measure = &gsc_measure_compare,
                                   .options = compare,
                                   .table = (size_t)options.rows,
                                   .show = gsc_progress_line_show_checkpoints,
                                   .context = &line};
    GSC_TRY(gsc_controls_read(options.control, o.controls));
    GSC_TRY(gsc_threads_open(&o.threads, (size_t)options.threads));
    first_checkpoint.run = a->items[0].run;
    first_checkpoint.path = a->items[0].path;
    first_checkpoint.loading = a->loading;
    gsc_progress_line_begin(&line);
    status = gsc_measured_runs_init(&measured, others, &o);
    gsc_progress_line_end(&line);
    GSC_TRY(status);
    if (options.rows == GSC_COMPARE_PAIR)
        tell_why(&measured.rows);
    gsc_measured_runs_name_both(&measured);
    GSC_TRY(judge(&a->items[0], others));
    GSC_TRY(gsc_rows_answer(&measured.rows, &how));
out:
    gsc_threads_close(o.threads);
    gsc_measured_runs_free(&measured);
    return status;
}

/* ---- Many at once ---- */

static int
see_all(const char *const *words, size_t num_words)
{
    gsc_compare_many how = {.answer = GSC_ANSWER(program_name, options),
                            .step = options.step,
                            .npy = options.format == NPY,
                            .by_component = options.rows == COMPONENT,
                            .key_rule = (gsc_key_rule)compare->key_rule,
                            .key_fve = compare->key_fve,
                            .barrier_points = (size_t)compare->barrier_points,
                            .loading = {(gsc_run_type)options.dtype, options.operation},
                            .num_threads = (size_t)options.threads};
    if (*options.control || (options.rows != 0 && !how.by_component))
        return gsc_fail(GSC_EARGUMENT, "--control and --long=%s are only of A and B",
                        table_names[options.rows]);
    return gsc_compare_many_answer(&how, words, num_words);
}

static int
run(const char *const *words, size_t num_words)
{
    int status = 0;
    gsc_inputs a = {0}, others = {0};
    if (gsc_compare_many_is_wanted())
        return see_all(words, num_words);
    GSC_TRY(gsc_compare_many_refuse(options.format == NPY, options.rows == COMPONENT));
    const gsc_answer how = GSC_ANSWER(program_name, options);
    GSC_TRY(gsc_answer_check_path(&how));
    if (num_words < 2)
        return gsc_fail(GSC_EARGUMENT, "%zu checkpoints given, expected A and B",
                        num_words);
    GSC_TRY(gsc_inputs_init(&a, words, 1, "last"));
    GSC_TRY(gsc_inputs_init(&others, words + 1, num_words - 1, options.step));
    a.loading = others.loading =
        (gsc_loading){(gsc_run_type)options.dtype, options.operation};
    GSC_TRY(compare_pairs(&a, &others));
out:
    gsc_inputs_free(&a);
    gsc_inputs_free(&others);
    return status;
}

static int
make_options(void)
{
    int status = 0;
    void *made = NULL;
    GSC_TRY(gsc_measure_new_options(&gsc_measure_clockpizza, &clockpizza));
    GSC_TRY(gsc_measure_new_options(&gsc_measure_compare, &made));
    compare = made;
    compare->clockpizza = clockpizza;
    compare->first = &first_checkpoint;
out:
    return status;
}

int
main(int argc, char **argv)
{
    gsc_text columns = {0};
    if (make_options() < 0)
        return TROUBLE;
    const gsc_options sets[] = {
        {"compare", option_rows, sizeof option_rows / sizeof *option_rows, &options},
        gsc_measure_bind(&gsc_measure_compare, compare),
        gsc_measure_bind(&gsc_measure_clockpizza, clockpizza),
        gsc_compare_many_options};
    gsc_measure_program_keep_memory();
    if (gsc_measure_program_add_columns(&gsc_measure_compare, &columns) < 0 ||
        gsc_compare_many_add_columns(&columns) < 0)
        return TROUBLE;
    gsc_program program = {
        .name = program_name,
        .synopsis = "A B… [OPTIONS]   (each FILE, FOLDER or FOLDER@STEP)",
        .purpose = gsc_measure_compare.purpose,
        .examples =
            "  grokscope-compare checkpoints/seed0 checkpoints/seed1 --format text\n"
            "      the last steps of two runs, side by side\n"
            "  grokscope-compare checkpoints/demo@0 checkpoints/demo --step all\n"
            "      the beginning of a run beside every step: one row each\n"
            "  grokscope-compare checkpoints/a checkpoints/b --long=tensor --rtol "
            "1e-6\n"
            "      tensor by tensor; exits with 0 where all agree to six digits\n"
            "  grokscope-compare checkpoints/a --step all --all-pairs\n"
            "      every step with every other one: one row for each pair\n"
            "  grokscope-compare checkpoints/a --step all --trajectory\n"
            "      where the weights went, on three principal components\n",
        .columns = columns.data,
        .place = "after run, step, run_b and step_b",
        .exits =
            "  0  the parameters of A and of all of B are the same; done, of many\n"
            "  1  they differ by more than --rtol and --atol allow\n"
            "  2  trouble: a wrong command line, an unreadable file, a failure\n",
        .sets = sets,
        .num_sets = sizeof sets / sizeof *sets,
        .run = run};
    int code = gsc_program_main(&program, argc, argv);
    gsc_text_free(&columns);
    free(compare);
    free(clockpizza);
    return code == 0 ? (int)verdict : TROUBLE;
}
