/* grokscope-report: runs to be looked at in a browser. */
#include "analyze/report/report.h"
#include "analyze/report/report_sweep.h"

#include "grokscope/error.h"

#include "analyze/rows/output.h"
#include "analyze/rows/rows_output.h"
#include "analyze/tool/command.h"
#include "analyze/tool/inputs.h"
#include "analyze/tool/program.h"
#include "analyze/tool/progress_line.h"
#include "train/base/clock.h"

#include <time.h>

/* What was built of analyze/report; NULL where it could not be. */
extern const char *const gsc_report_page;

static struct options {
    char output[GSC_OPTION_TEXT_BYTES], beside[GSC_OPTION_TEXT_BYTES];
    char columns[GSC_OPTION_TEXT_BYTES];
    int64_t steps, format, dtype, threads, watch;
    double max_size;
    char operation[GSC_OPTION_TEXT_BYTES];
    bool force, data;
} options;

static const gsc_option rows[] = {
    GSC_ROW_OUTPUT(struct options, "FILE.html", "The file to write."),
    GSC_ROW_FLAG(struct options, force, 0, "Replace an existing output."),
    GSC_ROW_TEXT(struct options, beside, "", "RUN",
                 "Show this run beside the first one, on the same slider."),
    GSC_ROW_INTEGER(struct options, steps, "200", 1, 100000,
                    "Largest number of checkpoints of each run to show."),
    GSC_ROW_REAL(struct options, max_size, "8", 0.01, 1000,
                 "Largest size of the file, in MB. Large figures are shown at fewer "
                 "checkpoints until it fits."),
    GSC_ROW_INTEGER(
        struct options, watch, "0", 0, 86400,
        "Write the file anew while the run trains, as often as every so many "
        "seconds, at which the page in a browser renews itself; 0: once."),
    GSC_ROW_FLAG(struct options, data, 0,
                 "Write only the page's two blocks of data, for a page of your own."),
    GSC_ROW_FORMAT(struct options, gsc_format_names),
    GSC_ROW_COLUMNS(struct options),
    GSC_ROW_DTYPE(struct options),
    GSC_ROW_OPERATION(struct options),
    GSC_ROW_INTEGER(struct options, threads, "0", 0, 1024,
                    "Threads; 0: one for each core. Results do not depend on them."),
};
static const gsc_options sets[] = {
    {"report", rows, sizeof rows / sizeof *rows, &options}};

/* ---- The command that makes it again ---- */

static int
add_command(gsc_text *text, const char *const *words, size_t num_words)
{
    int status = 0;
    GSC_TRY(gsc_text_add(text, "grokscope-report"));
    for (size_t i = 0; i < num_words; i++)
        GSC_TRY(gsc_command_add_word(words[i], text));
    if (*options.beside) {
        GSC_TRY(gsc_text_add(text, " --beside"));
        GSC_TRY(gsc_command_add_word(options.beside, text));
    }
    if (options.dtype != GSC_RUN_STORED)
        GSC_TRY(gsc_text_add(text, " --dtype %s", gsc_run_type_names[options.dtype]));
    if (*options.operation) {
        GSC_TRY(gsc_text_add(text, " --operation"));
        GSC_TRY(gsc_command_add_word(options.operation, text));
    }
    GSC_TRY(gsc_text_add(text, " --steps %lld --max-size %g -o",
                         (long long)options.steps, options.max_size));
    GSC_TRY(gsc_command_add_word(options.output, text));
out:
    return status;
}

/* ---- The answer ---- */

static const gsc_column columns[] = {
    {"file", GSC_CELL_TEXT, true, "its path", false},
    {"bytes", GSC_CELL_INTEGER, false, "its size", false},
    {"runs", GSC_CELL_INTEGER, false, "number of runs that it shows", false},
    {"steps", GSC_CELL_INTEGER, false, "number of steps that its slider has", false},
    {"checkpoints", GSC_CELL_INTEGER, false, "number of checkpoints that the runs have",
     false},
    {"notes", GSC_CELL_INTEGER, false, "number of notes on what is left out", false},
    {"seconds", GSC_CELL_REAL, false, "time that it took", false}};
enum { NUM_COLUMNS = sizeof columns / sizeof *columns };

static gsc_answer
answer(void)
{
    return (gsc_answer){.program = "grokscope-report",
                        .format = (gsc_format)options.format,
                        .columns = options.columns};
}

static int
print_answer(const gsc_report *report, double seconds)
{
    int status = 0;
    gsc_rows row;
    const gsc_answer how = answer();
    gsc_rows_init(&row, columns, NUM_COLUMNS);
    GSC_TRY(gsc_rows_text(&row, options.output));
    GSC_TRY(gsc_rows_integer(&row, (int64_t)report->text.length));
    GSC_TRY(gsc_rows_integer(&row, (int64_t)report->num_runs));
    GSC_TRY(gsc_rows_integer(&row, (int64_t)report->num_steps));
    GSC_TRY(gsc_rows_integer(&row, (int64_t)report->num_all));
    GSC_TRY(gsc_rows_integer(&row, (int64_t)report->num_notes));
    GSC_TRY(gsc_rows_real(&row, seconds));
    GSC_TRY(gsc_rows_answer(&row, &how));
out:
    gsc_rows_free(&row);
    return status;
}

static void
show(void *context, size_t done, size_t total)
{
    gsc_progress_line *line = context;
    if (gsc_progress_line_is_due(line))
        gsc_progress_line_show(line, (int64_t)done, (int64_t)total,
                               (const char *const[]){"looking", NULL});
}

static int
check(const char *const *words, size_t num_words)
{
    if (num_words == 0)
        return gsc_fail(GSC_EARGUMENT, "RUN is missing: a folder or file to look at");
    if (!*options.output)
        return gsc_fail(GSC_EARGUMENT, "-o FILE.html is missing: what to write");
    if (!options.data && !gsc_report_page)
        return gsc_fail(GSC_EIO,
                        "the page is not in this program: it was built without "
                        "uPlot, which npm brings. Install npm and build again "
                        "with the network there once, or write only the data "
                        "(--data)");
    if (options.watch > 0 && gsc_report_is_sweep(words[0]))
        return gsc_fail(GSC_EARGUMENT, "--watch: %s is a sweep; watch one of its runs",
                        words[0]);
    if (gsc_report_is_sweep(words[0]) && (num_words > 1 || *options.beside))
        return gsc_fail(GSC_EARGUMENT, "%s is a sweep: its report is of it alone",
                        words[0]);
    const gsc_answer how = answer();
    int status = gsc_answer_check_columns(&how, columns, NUM_COLUMNS);
    return status < 0 ? status : gsc_output_check(options.output, options.force);
}

/* ---- Writing it, once or while the run trains ---- */

static int
write_once(const char *const *words, gsc_report_options *o, bool replace,
           gsc_report *report)
{
    int status = 0;
    gsc_progress_line line;
    o->context = &line;
    gsc_progress_line_begin(&line);
    status = gsc_report_is_sweep(words[0]) ? gsc_report_of_sweep(report, o)
                                           : gsc_report_init(report, o);
    gsc_progress_line_end(&line);
    return status < 0 ? status
                      : gsc_output_write_text(&report->text, options.output, replace);
}

/* How far the main run is: its newest step, and whether nothing trains it any more. */
typedef struct state {
    int64_t step;
    bool ended;
} state;

static int
look(const char *run, state *now)
{
    int status = 0;
    gsc_inputs inputs = {.count = 0};
    now->ended = !gsc_run_is_held(run); /* before its newest step is looked for */
    GSC_TRY(gsc_inputs_init(&inputs, &run, 1, "last"));
    if (!gsc_run_is_step_file(inputs.items[0].path, &now->step))
        now->step = 0; /* a lone file */
out:
    gsc_inputs_free(&inputs);
    return status;
}

/* Until there is a newer checkpoint, or the training ends; at least as long as --watch
 * says. */
static int
wait_for_more(const char *run, state *now)
{
    int status = 0;
    const struct timespec pause = {.tv_sec = (time_t)options.watch};
    const int64_t step = now->step;
    while (status == 0 && now->step == step && !now->ended) {
        nanosleep(&pause, NULL);
        status = look(run, now);
    }
    return status;
}

static int
watch(const char *const *words, gsc_report_options *o, gsc_report *report)
{
    int status = 0;
    state now;
    GSC_TRY(look(words[0], &now));
    for (bool replace = options.force;; replace = true) {
        o->watch = now.ended ? 0 : options.watch;
        gsc_report_free(report);
        GSC_TRY(write_once(words, o, replace, report));
        if (now.ended)
            break;
        if (!gsc_program_is_quiet())
            gsc_program_say("%s: step %lld; written anew while it trains, Ctrl-C ends",
                            options.output, (long long)now.step);
        GSC_TRY(wait_for_more(words[0], &now));
    }
out:
    return status;
}

static int
run(const char *const *words, size_t num_words)
{
    int status = 0;
    double begin = gsc_seconds();
    gsc_report report = {.num_runs = 0};
    gsc_text command = {0};
    gsc_report_options o = {.runs = words,
                            .num_runs = num_words,
                            .beside = options.beside,
                            .most_steps = (size_t)options.steps,
                            .most_bytes = options.max_size * 1e6,
                            .loading = {(gsc_run_type)options.dtype, options.operation},
                            .page = options.data ? NULL : gsc_report_page,
                            .version = GSC_VERSION,
                            .show = show};
    GSC_TRY(check(words, num_words));
    GSC_TRY(add_command(&command, words, num_words));
    o.command = command.data;
    GSC_TRY(gsc_threads_open(&o.threads, (size_t)options.threads));
    GSC_TRY(options.watch > 0 ? watch(words, &o, &report)
                              : write_once(words, &o, options.force, &report));
    for (size_t i = 0; i < report.num_notes && !gsc_program_is_quiet(); i++)
        gsc_program_say("%s", report.notes[i]);
    GSC_TRY(print_answer(&report, gsc_seconds() - begin));
out:
    gsc_threads_close(o.threads);
    gsc_report_free(&report);
    gsc_text_free(&command);
    return status;
}

int
main(int argc, char **argv)
{
    static const gsc_program_table tables[] = {{"one row", columns, NUM_COLUMNS}};
    const gsc_program program = {
        .name = "grokscope-report",
        .synopsis = "RUN…|SWEEP -o FILE.html [OPTIONS]",
        .purpose = "look at runs in a browser: one page that holds all it shows",
        .examples =
            "  grokscope-report checkpoints/demo -o demo.html\n"
            "      one run, to be opened in any browser\n"
            "  grokscope-report checkpoints/a --beside checkpoints/b -o two.html\n"
            "      two runs side by side, on one slider\n"
            "  grokscope-report checkpoints/seed-* -o seeds.html\n"
            "      the first run, and the curves of the others drawn faintly\n"
            "  grokscope-report checkpoints/demo -o live.html --watch 5\n"
            "      written anew while demo trains; the page follows it\n",
        .place = "",
        .sets = sets,
        .num_sets = sizeof sets / sizeof *sets,
        .run = run};
    return gsc_table_program_main(&program, tables, sizeof tables / sizeof *tables,
                                  argc, argv);
}
