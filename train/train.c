/* grokscope-train: from a recipe to a folder of checkpoints. */
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/network.h"

#include "grokscope/measure.h"

#include "analyze/rows/output.h"
#include "analyze/sweep/trainer.h"
#include "analyze/tool/program.h"
#include "analyze/tool/progress_line.h"
#include "analyze/tool/recipe_list.h"
#include "analyze/tool/training_output.h"
#include "train/run/provenance.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static gsc_config config;

static struct options {
    char out[GSC_OPTION_TEXT_BYTES], columns[GSC_OPTION_TEXT_BYTES];
    char fork[GSC_OPTION_TEXT_BYTES];
    bool resume, force, print_config, list_recipes;
    int64_t threads, format, patience;
} options;

static const gsc_option rows[] = {
    GSC_ROW_TEXT(struct options, out, "", "DIR", "Folder for the checkpoints."),
    GSC_ROW_FLAG(struct options, resume, 0,
                 "Continue the run in DIR, with the same result bit for bit."),
    GSC_ROW_TEXT(struct options, fork, "", "DIR@STEP",
                 "Begin with the weights and the optimizer's state of this step of "
                 "another run, and with its options where no others are given; DIR "
                 "alone: where that run would be resumed."),
    GSC_ROW_FLAG(struct options, force, 0, "Replace the run in DIR."),
    GSC_ROW_INTEGER(struct options, threads, "0", 0, 1024,
                    "Threads; 0: one for each core. Results do not depend on them."),
    GSC_ROW_INTEGER(struct options, patience, "10", 1, 1e9,
                    "Evaluations without a lower test loss after which early stopping "
                    "would have ended the run, for early_stop_step of the summary; the "
                    "run goes on."),
    GSC_ROW_FLAG(struct options, print_config, 0,
                 "Print the resolved configuration as a recipe, and train nothing."),
    GSC_ROW_FLAG(struct options, list_recipes, 0,
                 "List the shipped recipes by topic, and train nothing."),
    GSC_ROW_CHOICE(struct options, format, "auto", gsc_training_formats,
                   "Form of the summary on standard output; auto: text on a terminal, "
                   "tsv elsewhere."),
    GSC_ROW_COLUMNS(struct options),
};

static gsc_options sets[GSC_CONFIG_ALL_SETS + 1];
static gsc_config_all all; /* for a first look, and for the manual */

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

/* ---- Help ---- */

/* The stages that options of the optimizer name, and their options. */
static int
add_stages(size_t width, gsc_text *text)
{
    static const char *const titles[GSC_NUM_STAGE_KINDS] = {
        [GSC_STAGE_PERTURBATION] = "Stages of --perturbations",
        [GSC_STAGE_FILTER] = "Stages of --filters",
        [GSC_STAGE_RULE] = "Rules of --optimizer",
        [GSC_STAGE_UPDATE_FILTER] = "Stages of --update-filters",
        [GSC_STAGE_PROJECTION] = "Stages of --projections"};
    int status = 0;
    for (int kind = 0; kind < GSC_NUM_STAGE_KINDS; kind++) {
        GSC_TRY(gsc_text_add(text, "\n%s:\n", titles[kind]));
        GSC_TRY(gsc_stage_add_help(NULL, (gsc_stage_kind)kind, width, text));
    }
out:
    return status;
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
    gsc_network network = {.num_roots = 0};
    gsc_text text = {0};
    GSC_TRY(gsc_network_init(&network, &config));
    GSC_TRY(
        gsc_optimizer_resolve(&network.config.optimizer, NULL, network.model.graph));
    GSC_TRY(options.format == 1 + GSC_FORMAT_JSON
                ? gsc_config_to_json(&network.config, &text)
                : gsc_config_to_recipe(&network.config, &text));
    GSC_TRY(gsc_output_write_text(&text, "", false));
out:
    gsc_text_free(&text);
    gsc_network_free(&network);
    return status;
}

static void
warn(void *line, const char *text)
{
    (void)line;
    gsc_program_say("warning: %s: %s", options.out, text);
}

/* ---- What is done before the first step ---- */

enum { LONG_SECONDS = 2 };

static char preparing[GSC_OPTION_TEXT_BYTES + 100]; /* what the alarm says */

/* Only what a handler may do. */
static void
say_preparing(int signal_number)
{
    (void)signal_number;
    ssize_t told = write(STDERR_FILENO, preparing, strlen(preparing));
    (void)told;
}

/* Examples of a large task take minutes, in which no step is shown. */
static void
begin_preparing(void)
{
    struct sigaction action = {.sa_handler = say_preparing,
                               .sa_flags = SA_RESTART | SA_ONSTACK};
    snprintf(preparing, sizeof preparing,
             "%s: making the examples of task %s, before the first step\n",
             program_name, gsc_config_task(&config)->name);
    sigemptyset(&action.sa_mask);
    if (!gsc_program_is_quiet() && sigaction(SIGALRM, &action, NULL) == 0)
        alarm(LONG_SECONDS);
}

static void
show_step(void *line, const gsc_train_progress *progress)
{
    alarm(0); /* the steps are under way */
    gsc_training_show(line, progress);
}

static int
train(gsc_train_result *result)
{
    gsc_provenance provenance;
    gsc_progress_line line;
    const gsc_online_measures measures = gsc_measures_online(gsc_builtin_measures);
    gsc_train_options train_options = {.folder = options.out,
                                       .resume = options.resume,
                                       .force = options.force,
                                       .fork = *options.fork ? options.fork : NULL,
                                       .num_threads = (size_t)options.threads,
                                       .provenance = provenance.items,
                                       .num_provenance = GSC_PROVENANCE_ITEMS,
                                       .measures = &measures,
                                       .patience = options.patience,
                                       .stop = &stop_signal,
                                       .save = &save_now,
                                       .report = show_step,
                                       .warn = warn,
                                       .context = &line};
    gsc_provenance_init(&provenance, command.count, command.words, options.threads);
    gsc_progress_line_begin(&line);
    line.may_end_early = config.run.stop_test_loss > 0 ||
                         config.run.stop_test_accuracy > 0 || *config.run.stop_when;
    catch_signals();
    begin_preparing();
    int status = gsc_train(&config, &train_options, result);
    alarm(0);
    gsc_progress_line_end(&line);
    return status;
}

/* ---- Which options there are ---- */

/* What the command line chooses, whatever the recipe says. */
static const char *const choosing[] = {"task", "architecture"};
static const char *chosen[2];

static bool run_is_there; /* in the folder of a run that is to be continued */

/* What a command line says of where a run begins. */
typedef struct beginning {
    const char *recipe; /* or NULL */
    const char *folder; /* of the run to be continued, or NULL */
    const char *fork;   /* or NULL */
} beginning;

/* A run that is continued, or forked, has its own configuration where no recipe is
 * named; with one it keeps the rewrites that it began with. */
static int
read_config(const beginning *b)
{
    int status = 0;
    bool found = false;
    gsc_config own = {.registry = &gsc_builtin_registry};
    GSC_TRY(gsc_config_default(&config));
    if (b->fork) {
        GSC_TRY(gsc_train_read_fork(b->fork, &own));
        found = true;
    } else if (b->folder) {
        GSC_TRY(gsc_train_read_config(b->folder, &own, &found));
    }
    run_is_there = found;
    if (found && !b->recipe)
        config = own;
    else if (found)
        memcpy(config.run.rewrite, own.run.rewrite, sizeof own.run.rewrite);
    if (b->recipe)
        GSC_TRY(gsc_config_read_recipe(&config, b->recipe));
    for (size_t i = 0; i < 2; i++)
        if (chosen[i])
            GSC_TRY(gsc_config_set(&config, choosing[i], chosen[i]));
out:
    return status;
}

/* A run that is to be continued is there, or begins with the recipe that is named: a
 * slip in its folder's name must not train another network. */
static int
check_resume(bool has_recipe)
{
    if (!options.resume || !*options.out || run_is_there)
        return 0;
    if (!has_recipe)
        return gsc_fail(
            GSC_EARGUMENT,
            "--resume: there is no run in '%s', and no recipe to begin one; "
            "name a recipe, or another folder",
            options.out);
    if (!options.print_config && !gsc_program_is_quiet())
        gsc_program_say("no run in '%s' yet: it begins anew", options.out);
    return 0;
}

static int
read_recipe(const char *const *words, size_t num_words)
{
    int status = 0;
    if (num_words > 1)
        return gsc_fail(GSC_EARGUMENT, "one recipe at most; '%s' is a second one",
                        words[1]);
    const beginning b = {num_words == 1 ? words[0] : NULL,
                         options.resume && *options.out ? options.out : NULL,
                         *options.fork ? options.fork : NULL};
    GSC_TRY(read_config(&b));
    GSC_TRY(check_resume(num_words == 1));
out:
    return status;
}

/* The options of what the recipe, the run and the command line choose. What is wrong
 * with a recipe is told when it is read for good. */
static int
choose_kinds(const beginning *b, int argc, char **argv)
{
    int status = read_config(b);
    if (status == GSC_EMEMORY)
        return status;
    bool known = status == 0;
    status = 0;
    if (!known)
        GSC_TRY(gsc_config_default(&config));
    gsc_config_options(&config, sets + 1);
    if (known)
        GSC_TRY(gsc_config_check_arguments(&config, config.registry, argc, argv));
out:
    return status;
}

/* Recipe, run and command line say which options there are; the manual has all. */
static int
choose_options(int argc, char **argv, size_t *num_sets)
{
    int status = 0;
    static const char *const wanted[] = {"task", "architecture", "out",       "resume",
                                         "fork", "man",          "completion"};
    const char *values[7], **words = NULL;
    size_t num_words = 0, num_all;
    GSC_NEW(words, (size_t)argc);
    sets[0] = (gsc_options){"process", rows, sizeof rows / sizeof *rows, &options};
    num_all = gsc_config_all_init(&all, &gsc_builtin_registry);
    memcpy(sets + 1, all.sets, num_all * sizeof *sets);
    if (num_all == 0)
        GSC_TRY(GSC_EMEMORY);
    gsc_options_scan(sets, num_all + 1, argc, argv, words, &num_words, wanted, values,
                     7);
    *num_sets = num_all + 1;
    if (values[5] || values[6])
        goto out;
    memcpy(chosen, values, sizeof chosen);
    *num_sets = GSC_CONFIG_SETS + 1;
    const beginning b = {num_words > 0 ? words[0] : NULL,
                         values[3] && values[2] && *values[2] ? values[2] : NULL,
                         values[4] && *values[4] ? values[4] : NULL};
    GSC_TRY(choose_kinds(&b, argc, argv));
out:
    free(words);
    return status;
}

static int
run(const char *const *words, size_t num_words)
{
    int status = 0;
    gsc_train_result result;
    const gsc_training_answer how = {program_name, options.format, options.columns};
    (void)words, (void)num_words;
    if (options.list_recipes)
        return gsc_recipe_list_output(&how);
    if (options.print_config)
        return print_config();
    if (!*options.out)
        return gsc_fail(GSC_EARGUMENT, "--out DIR is missing: where to save");
    if (options.resume && options.force)
        return gsc_fail(GSC_EARGUMENT, "--resume and --force exclude each other");
    if (options.resume && *options.fork)
        return gsc_fail(GSC_EARGUMENT,
                        "--resume and --fork exclude each other; --resume continues a "
                        "fork once it is there");
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
        .synopsis = "[RECIPE] --out DIR [OPTIONS]",
        .purpose = "train a network from a recipe and save its checkpoints",
        .examples =
            "  grokscope-train demo --out checkpoints/demo\n"
            "      a small network that groks in about a minute\n"
            "  grokscope-train nanda-mainline --seed 1 --out checkpoints/nanda-1\n"
            "      a shipped recipe with one option changed\n"
            "  grokscope-train demo --out checkpoints/seen --measure progress,norms\n"
            "      and the history tells what its circuit does\n"
            "  grokscope-train demo --out checkpoints/far --measure progress "
            "--stop-when "
            "'progress.restricted_loss < 1e-6'\n"
            "      stop when that holds\n"
            "  grokscope-train --list-recipes\n"
            "      the shipped recipes, by topic\n"
            "  grokscope-train --out checkpoints/nanda-1 --resume\n"
            "      go on where it was stopped, bit for bit\n"
            "  grokscope-train --out checkpoints/nanda-1 --resume --steps 60000\n"
            "      and further than it was meant to go\n"
            "  grokscope-train --fork checkpoints/nanda-1 --weight-decay 2 "
            "--steps 60000 --out checkpoints/nanda-1-decay\n"
            "      another branch from where it is, in a folder of its own\n",
        .place = "",
        .sets = sets,
        .add_values = add_stages,
        .prepare = read_recipe,
        .run = run};
    command.count = argc;
    command.words = argv;
    program.status = choose_options(argc, argv, &program.num_sets);
    if (program.status == 0)
        program.status = gsc_training_add_columns(&columns);
    if (program.status == 0)
        program.status = gsc_recipe_list_add_columns(&columns);
    program.columns = columns.data;
    int code = gsc_program_main(&program, argc, argv);
    gsc_text_free(&columns);
    gsc_config_all_free(&all);
    return code;
}
