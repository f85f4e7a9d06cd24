/* grokscope-train: from a recipe to a folder of checkpoints. */
#include "grokscope/error.h"

#include "analyze/rows/output.h"
#include "analyze/tool/program.h"
#include "analyze/tool/progress.h"
#include "analyze/tool/training_output.h"
#include "train/run/provenance.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static gsc_config config;

static struct options {
    char out[GSC_OPTION_TEXT_BYTES], columns[GSC_OPTION_TEXT_BYTES];
    bool resume, force, print_config;
    int64_t threads, format;
} options;

static const gsc_option rows[] = {
    GSC_ROW_TEXT(struct options, out, "", "DIR", "Folder for the checkpoints."),
    GSC_ROW_FLAG(struct options, resume, 0, "Continue the run in DIR, bit for bit."),
    GSC_ROW_FLAG(struct options, force, 0, "Replace the run in DIR."),
    GSC_ROW_INTEGER(struct options, threads, "0", 0, 1024,
                    "Threads; 0: one for each core. Results do not depend on them."),
    GSC_ROW_FLAG(struct options, print_config, 0,
                 "Print the resolved configuration as a recipe, and stop."),
    GSC_ROW_CHOICE(struct options, format, "auto", gsc_training_formats,
                   "Form of the summary on standard output; auto: sentences on a "
                   "terminal, tsv elsewhere."),
    GSC_ROW_COLUMNS(struct options),
};

static gsc_options sets[GSC_CONFIG_SETS + 1];

static const char program_name[] = "grokscope-train";

/* ---- Signals ---- */

static volatile sig_atomic_t stop_signal, save_now;

/* The first one ends the run after its step, the second one at once. */
static void
ask_to_stop(int number)
{
    if (stop_signal)
        _exit(128 + number);
    stop_signal = number;
}

static void
ask_to_save(int number)
{
    (void)number;
    save_now = 1;
}

/* Handlers have a stack of their own: they interrupt matrix products (gemm.h). */
static void
catch_signals(void)
{
    static char room[1 << 16]; /* a frame with AVX-512 and AMX registers takes 12 KiB */
    const stack_t own = {.ss_sp = room, .ss_size = sizeof room};
    struct sigaction action = {.sa_handler = ask_to_stop, .sa_flags = SA_ONSTACK};
    sigaltstack(&own, NULL);
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = ask_to_save;
    sigaction(SIGUSR1, &action, NULL);
}

/* ---- The program ---- */

/* Its words, which the files of a run keep. */
static struct {
    int count;
    char **words;
} command;

static int
print_config(void)
{
    int status = 0;
    gsc_task task = {0};
    gsc_text text = {0};
    GSC_TRY(gsc_task_init(&task, &config.task));
    GSC_TRY(gsc_config_resolve(&config, &task));
    GSC_TRY(options.format == 1 + GSC_FORMAT_JSON
                ? gsc_config_to_json(&config, &text)
                : gsc_config_to_recipe(&config, &text));
    GSC_TRY(gsc_output_write_text(&text, "", false));
out:
    gsc_text_free(&text);
    gsc_task_free(&task);
    return status;
}

static int
train(gsc_train_result *result)
{
    gsc_provenance provenance;
    gsc_progress_line line;
    gsc_train_options train_options = {.folder = options.out,
                                       .resume = options.resume,
                                       .force = options.force,
                                       .num_threads = (size_t)options.threads,
                                       .provenance = provenance.notes,
                                       .num_notes = GSC_PROVENANCE_NOTES,
                                       .stop = &stop_signal,
                                       .save = &save_now,
                                       .report = gsc_training_show,
                                       .context = &line};
    gsc_provenance_init(&provenance, command.count, command.words, options.threads);
    gsc_progress_begin(&line);
    line.may_end_early = config.run.stop_test_loss > 0 ||
                         config.run.stop_test_accuracy > 0 || *config.run.stop_when;
    catch_signals();
    int status = gsc_train(&config, &train_options, result);
    gsc_progress_end(&line);
    return status;
}

/* A run that is continued has its own configuration where no recipe is named; with one
 * it keeps the rewrites that it began with. */
static int
read_recipe(const char *const *words, size_t num_words)
{
    int status = 0;
    bool found = false;
    gsc_config own;
    if (num_words > 1)
        return gsc_fail(GSC_EARGUMENT, "one recipe at most; '%s' is a second one",
                        words[1]);
    GSC_TRY(gsc_config_default(&config));
    if (options.resume && *options.out)
        GSC_TRY(gsc_train_read_config(options.out, &own, &found));
    if (found && num_words == 0)
        config = own;
    else if (found)
        memcpy(config.run.rewrite, own.run.rewrite, sizeof own.run.rewrite);
    if (num_words == 1)
        GSC_TRY(gsc_config_read_recipe(&config, words[0]));
out:
    return status;
}

static int
run(const char *const *words, size_t num_words)
{
    int status = 0;
    gsc_train_result result;
    const gsc_training_answer how = {program_name, options.format, options.columns};
    (void)words, (void)num_words;
    if (options.print_config)
        return print_config();
    if (!*options.out)
        return gsc_fail(GSC_EARGUMENT, "--out DIR is missing: where to save");
    if (options.resume && options.force)
        return gsc_fail(GSC_EARGUMENT, "--resume and --force exclude each other");
    GSC_TRY(gsc_training_check(&how));
    GSC_TRY(train(&result));
    gsc_training_say_end(&result, &config, options.out);
    GSC_TRY(gsc_training_output(&result, options.out, &how));
    if (result.end == GSC_END_SIGNAL) {
        gsc_program_say("stopped at step %lld; --resume continues",
                        (long long)result.step);
        return 128 + stop_signal;
    }
out:
    return status;
}

int
main(int argc, char **argv)
{
    gsc_text columns = {0};
    gsc_program program = {
        .name = program_name,
        .synopsis = "[RECIPE] --out DIR [--KEY VALUE …] [OPTIONS]",
        .purpose = "train a network from a recipe and save its checkpoints",
        .examples =
            "  grokscope-train demo --out checkpoints/demo\n"
            "      a small network that groks in about a minute\n"
            "  grokscope-train nanda-mainline --seed 1 --out checkpoints/nanda-1\n"
            "      a shipped recipe with one key changed\n"
            "  grokscope-train demo --out checkpoints/seen --measure progress,norms\n"
            "      and the history tells what its circuit does\n"
            "  grokscope-train demo --out checkpoints/far --measure progress "
            "--stop-when "
            "'progress.restricted_loss < 1e-6'\n"
            "      stop when that holds\n"
            "  grokscope-train --out checkpoints/nanda-1 --resume\n"
            "      go on where it was stopped, bit for bit\n"
            "  grokscope-train --out checkpoints/nanda-1 --resume --steps 60000\n"
            "      and further than it was meant to go\n",
        .place = "of the summary",
        .sets = sets,
        .num_sets = GSC_CONFIG_SETS + 1,
        .prepare = read_recipe,
        .run = run};
    sets[0] = (gsc_options){"program", rows, sizeof rows / sizeof *rows, &options};
    gsc_config_options(&config, sets + 1);
    command.count = argc;
    command.words = argv;
    int status = gsc_training_add_columns(&columns);
    program.columns = columns.data;
    if (status < 0)
        gsc_program_say("%s", gsc_error_text());
    int code =
        status < 0 ? gsc_exit_code(status) : gsc_program_main(&program, argc, argv);
    gsc_text_free(&columns);
    return code;
}
