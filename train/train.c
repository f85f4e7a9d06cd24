/* grokscope-train: from a recipe to a folder of checkpoints. */
#include "grokscope/config.h"
#include "grokscope/error.h"
#include "grokscope/output.h"
#include "grokscope/program.h"
#include "grokscope/progress.h"
#include "grokscope/run_folder.h"
#include "grokscope/trainer.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static gsc_config config;

static struct options {
    char out[GSC_KEY_TEXT_BYTES];
    bool resume, force, print_config;
    int64_t threads, format;
} options;

static const gsc_key rows[] = {
    GSC_ROW_TEXT(struct options, out, "", "DIR", "folder for the checkpoints"),
    GSC_ROW_FLAG(struct options, resume, 0, "continue the run in DIR, bit for bit"),
    GSC_ROW_FLAG(struct options, force, 0, "replace the run in DIR"),
    GSC_ROW_INTEGER(struct options, threads, "0", 0, 1024,
                    "threads; results do not depend on them; 0: one a core"),
    GSC_ROW_FLAG(struct options, print_config, 0,
                 "print the resolved configuration as a recipe, and stop"),
    GSC_ROW_CHOICE(struct options, format, "tsv", gsc_format_names,
                   "form of the summary on stdout"),
};

static gsc_keys sets[GSC_CONFIG_SETS + 1];

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

static void
catch_signals(void)
{
    struct sigaction action = {.sa_handler = ask_to_stop};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = ask_to_save;
    sigaction(SIGUSR1, &action, NULL);
}

/* ---- Progress ---- */

static void
show_progress(void *context, const gsc_train_progress *p)
{
    gsc_progress_line *line = context;
    if (!gsc_progress_is_due(line))
        return;
    char text[256];
    snprintf(
        text, sizeof text,
        "step %lld of %lld  loss: train %.2e, test %.2e  accuracy: train %5.1f %%, "
        "test %5.1f %%",
        (long long)p->step, (long long)p->steps, p->row->train_loss, p->row->test_loss,
        100 * p->row->train_accuracy, 100 * p->row->test_accuracy);
    gsc_progress_show(line, p->step - p->first_step, p->steps - p->first_step, text);
}

/* ---- Answers ---- */

static int
print_config(void)
{
    int status = 0;
    gsc_task task = {0};
    gsc_text text = {0};
    GSC_TRY(gsc_task_init(&task, &config.task));
    GSC_TRY(gsc_config_resolve(&config, &task));
    GSC_TRY(options.format == GSC_FORMAT_JSON ? gsc_config_to_json(&config, &text)
                                              : gsc_config_to_recipe(&config, &text));
    GSC_TRY(gsc_output_write_text(&text, "", false));
out:
    gsc_text_free(&text);
    gsc_task_free(&task);
    return status;
}

static const char *const end_names[] = {
    "steps",  "stop_test_loss",  "stop_test_accuracy",
    "signal", "finished_before", "stop_when"};

/* What stopped the run, and what the measures cost it. */
static void
say_end(const gsc_train_result *result)
{
    double all = result->train_seconds + result->test_seconds + result->save_seconds +
                 result->measure_seconds;
    if (gsc_program_is_quiet())
        return;
    if (*result->condition)
        gsc_program_say("stopped at step %lld: %s: %s", (long long)result->step,
                        end_names[result->end], result->condition);
    if (*config.run.measure && result->end != GSC_END_BEFORE)
        gsc_program_say("measuring took %.1f s, %.1f %% of the time",
                        result->measure_seconds, 100 * result->measure_seconds / all);
}

/* The run in one row. */
static int
print_summary(const gsc_train_result *result)
{
    static const char *const columns[] = {"run",
                                          "step",
                                          "end",
                                          "train_loss",
                                          "train_accuracy",
                                          "test_loss",
                                          "test_accuracy",
                                          "memorized_step",
                                          "generalized_step",
                                          "train_seconds",
                                          "test_seconds",
                                          "save_seconds",
                                          "measure_seconds"};
    int status = 0;
    gsc_output output;
    GSC_TRY(gsc_output_init(&output, (gsc_format)options.format, "grokscope-train",
                            columns, sizeof columns / sizeof *columns));
    GSC_TRY(gsc_output_text(&output, options.out));
    GSC_TRY(gsc_output_integer(&output, result->step));
    GSC_TRY(gsc_output_text(&output, end_names[result->end]));
    GSC_TRY(gsc_output_real(&output, result->row.train_loss));
    GSC_TRY(gsc_output_real(&output, result->row.train_accuracy));
    GSC_TRY(gsc_output_real(&output, result->row.test_loss));
    GSC_TRY(gsc_output_real(&output, result->row.test_accuracy));
    GSC_TRY(gsc_output_real(&output, result->memorized_step));
    GSC_TRY(gsc_output_real(&output, result->generalized_step));
    GSC_TRY(gsc_output_real(&output, result->train_seconds));
    GSC_TRY(gsc_output_real(&output, result->test_seconds));
    GSC_TRY(gsc_output_real(&output, result->save_seconds));
    GSC_TRY(gsc_output_real(&output, result->measure_seconds));
    GSC_TRY(gsc_output_write(&output, "", false));
out:
    gsc_output_free(&output);
    return status;
}

/* ---- The program ---- */

static char command_line[8192];

static void
keep_command_line(int argc, char **argv)
{
    size_t used = 0;
    for (int i = 0; i < argc; i++) {
        int length = snprintf(command_line + used, sizeof command_line - used, "%s%s",
                              i > 0 ? " " : "", argv[i]);
        if (length < 0 || (size_t)length >= sizeof command_line - used)
            return;
        used += (size_t)length;
    }
}

static int
train(gsc_train_result *result)
{
    char host[256] = "unknown", started[64], threads[32];
    time_t now = time(NULL);
    struct tm utc;
    gethostname(host, sizeof host - 1);
    strftime(started, sizeof started, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    snprintf(threads, sizeof threads, "%lld", (long long)options.threads);
    const gsc_note notes[] = {{"command", command_line},
                              {"host", host},
                              {"started", started},
                              {"threads", threads},
                              {"version", "grokscope " GSC_VERSION}};
    gsc_progress_line line;
    gsc_train_options train_options = {.folder = options.out,
                                       .resume = options.resume,
                                       .force = options.force,
                                       .num_threads = (size_t)options.threads,
                                       .provenance = notes,
                                       .num_notes = sizeof notes / sizeof *notes,
                                       .stop = &stop_signal,
                                       .save = &save_now,
                                       .report = show_progress,
                                       .context = &line};
    gsc_progress_begin(&line);
    catch_signals();
    int status = gsc_train(&config, &train_options, result);
    gsc_progress_end(&line);
    return status;
}

/* The configuration of the run in --out, if there is one. */
static int
read_own_config(gsc_config *own, bool *found)
{
    int status = 0;
    gsc_checkpoint before = {.step = 0};
    *found = false;
    if (access(options.out, F_OK) != 0)
        return 0;
    GSC_TRY(gsc_run_read_resume(options.out, &before, found));
    if (*found)
        GSC_TRY(gsc_config_from_json(own, before.config));
out:
    gsc_checkpoint_free(&before);
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
        GSC_TRY(read_own_config(&own, &found));
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
    (void)words, (void)num_words;
    if (options.print_config)
        return print_config();
    if (!*options.out)
        return gsc_fail(GSC_EARGUMENT, "--out DIR is missing: where to save");
    if (options.resume && options.force)
        return gsc_fail(GSC_EARGUMENT, "--resume and --force exclude each other");
    GSC_TRY(train(&result));
    if (result.end == GSC_END_BEFORE && !gsc_program_is_quiet())
        gsc_program_say("%s: finished already, at step %lld", options.out,
                        (long long)result.step);
    say_end(&result);
    GSC_TRY(print_summary(&result));
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
    static const gsc_program program = {
        .name = "grokscope-train",
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
        .sets = sets,
        .num_sets = GSC_CONFIG_SETS + 1,
        .prepare = read_recipe,
        .run = run};
    sets[0] = (gsc_keys){"process", rows, sizeof rows / sizeof *rows, &options};
    gsc_config_keys(&config, sets + 1);
    keep_command_line(argc, argv);
    return gsc_program_main(&program, argc, argv);
}
