/* grokscope-sweep: many runs of one recipe. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/rows/output.h"
#include "analyze/rows/rows_output.h"
#include "analyze/sweep/arguments.h"
#include "analyze/sweep/begin.h"
#include "analyze/sweep/slurm.h"
#include "analyze/sweep/sweep_options.h"
#include "analyze/sweep/sweep_state.h"
#include "analyze/sweep/tables/collect.h"
#include "analyze/sweep/tables/predict.h"
#include "analyze/sweep/tables/sweep_answers.h"
#include "analyze/sweep/tables/times.h"
#include "analyze/sweep/trainer.h"
#include "analyze/sweep/workers.h"
#include "analyze/tool/program.h"
#include "analyze/tool/progress_line.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static gsc_config config;

static gsc_sweep_options options;
static gsc_options sets[GSC_CONFIG_SETS + 1];

static const char program_name[] = "grokscope-sweep";

/* ---- What a word asks for ---- */

typedef struct verb {
    const char *name, *purpose;
    bool takes_recipe; /* else a second word is the sweep's folder */
    int (*act)(const gsc_sweep_plan *plan);
} verb;

static const char *folder; /* of the sweep */
static const char *recipe; /* or NULL */

static int
find_plan(gsc_sweep_plan *plan)
{
    const gsc_sweep_request request = {.folder = folder,
                                       .config = recipe ? &config : NULL,
                                       .vary = options.vary,
                                       .num_draws = (size_t)options.draws,
                                       .draw_seed = (uint64_t)options.draw_seed,
                                       .keep_all = options.keep == GSC_SWEEP_KEEP_ALL};
    int status = gsc_sweep_begin(plan, &request);
    if (status == 0 && plan->num_equal > 0 && !gsc_program_is_quiet())
        gsc_program_say("%zu runs are equal to others and left out", plan->num_equal);
    return status;
}

static gsc_sweep_question
question(const gsc_sweep_plan *plan)
{
    return (gsc_sweep_question){program_name, plan, folder, &options};
}

static int
answer_states(const gsc_sweep_plan *plan)
{
    const gsc_sweep_question q = question(plan);
    return gsc_sweep_answer_states(&q);
}

static int
collect(const gsc_sweep_plan *plan)
{
    const gsc_sweep_question q = question(plan);
    return gsc_sweep_answer_collect(&q, config.run.measure);
}

static int
tell_times(const gsc_sweep_plan *plan)
{
    const gsc_sweep_question q = question(plan);
    return gsc_sweep_answer_times(&q);
}

static int
predict(const gsc_sweep_plan *plan)
{
    const gsc_sweep_question q = question(plan);
    return gsc_sweep_answer_predict(&q);
}

/* ---- Running ---- */

static volatile sig_atomic_t stop_signals;
static volatile sig_atomic_t last_signal;

/* SIGUSR1 is what a cluster sends before its limit of time. */
static void
ask_to_stop(int number)
{
    stop_signals++;
    last_signal = number;
}

static void
catch_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGUSR1};
    struct sigaction action = {.sa_handler = ask_to_stop};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaction(numbers[i], &action, NULL);
}

static void
show_runs(void *line, const gsc_workers_progress *p)
{
    char text[2][128];
    size_t passed = p->found_done + p->found_failed + p->elsewhere;
    if (!gsc_progress_line_is_due(line))
        return;
    snprintf(text[0], sizeof text[0], "%zu of %zu runs done, %zu failed",
             p->found_done + p->done, p->total, p->failed + p->found_failed);
    snprintf(text[1], sizeof text[1], "%zu/%zu", p->found_done + p->done, p->total);
    gsc_progress_line_show(line, (int64_t)(p->done + p->failed),
                           (int64_t)(p->total - passed),
                           (const char *const[]){text[0], text[1], NULL});
}

static void
tell_failure(void *line, const char *id, const char *said)
{
    gsc_progress_line_end(line);
    gsc_program_say("run %s failed: %s", id, said);
}

static size_t
count_jobs(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (options.jobs > 0)
        return (size_t)options.jobs;
    return cores > 0 ? (size_t)cores : 1;
}

/* What is left, in words; the exit code. */
static int
say_end(const gsc_workers_progress *p)
{
    size_t failed = p->failed + p->found_failed;
    if (!gsc_program_is_quiet())
        gsc_program_say("%s: %zu of %zu runs done, %zu of them now; %zu failed, %zu "
                        "stopped, %zu at another process",
                        folder, p->done + p->found_done, p->total, p->done, failed,
                        p->stopped, p->elsewhere);
    if (failed > 0)
        gsc_program_say("'%s retry --out %s' runs those that failed again; what was "
                        "said lies in RUN.failed there",
                        program_name, folder);
    return stop_signals > 0 ? 128 + last_signal : failed > 0 ? 1 : 0;
}

static int
run_plan(const gsc_sweep_plan *plan)
{
    int status = 0;
    gsc_progress_line line;
    gsc_workers_progress progress;
    if (options.part >= options.parts)
        return gsc_fail(GSC_EARGUMENT, "--part %lld of %lld: expected 0 to %lld",
                        (long long)options.part, (long long)options.parts,
                        (long long)options.parts - 1);
    const gsc_workers workers = {.folder = folder,
                                 .train = gsc_train_main,
                                 .num_workers = count_jobs(),
                                 .num_threads = (size_t)options.threads,
                                 .keep_all = plan->keep_all,
                                 .part = (size_t)options.part,
                                 .parts = (size_t)options.parts,
                                 .stop = &stop_signals,
                                 .show = show_runs,
                                 .tell = tell_failure,
                                 .context = &line};
    catch_signals();
    gsc_progress_line_begin(&line);
    status = gsc_workers_run(&workers, plan, &progress);
    gsc_progress_line_end(&line);
    GSC_TRY(status);
    return say_end(&progress);
out:
    return status;
}

/* Forget that runs failed, and run on. */
static int
retry_plan(const gsc_sweep_plan *plan)
{
    int status = 0;
    gsc_sweep_paths paths;
    for (size_t i = 0; i < plan->num_runs; i++) {
        GSC_TRY(gsc_sweep_paths_init(&paths, folder, plan->runs[i].id));
        if (gsc_sweep_state_of(&paths) == GSC_SWEEP_FAILED)
            unlink(paths.failed);
    }
    status = run_plan(plan);
out:
    return status;
}

/* ---- A cluster ---- */

static int
print_slurm(const gsc_sweep_plan *plan)
{
    int status = 0;
    gsc_text script = {0};
    char *program = realpath("/proc/self/exe", NULL), *whole = realpath(folder, NULL);
    const gsc_slurm slurm = {.program = program ? program : program_name,
                             .folder = whole ? whole : folder,
                             .num_runs = plan->num_runs,
                             .num_tasks = options.parts > 1 ? (size_t)options.parts : 0,
                             .num_jobs = options.jobs > 0 ? (size_t)options.jobs : 1,
                             .limit = options.time_limit};
    GSC_TRY(gsc_slurm_add_script(&slurm, &script));
    GSC_TRY(gsc_output_write_text(&script, options.output, options.force));
out:
    gsc_text_free(&script);
    free(program);
    free(whole);
    return status;
}

static const verb verbs[] = {
    {"plan", "write the plan of a sweep, and run nothing", true, answer_states},
    {"run", "run what is not done", true, run_plan},
    {"retry", "run those again that failed, and what is not done", false, retry_plan},
    {"status", "how far each run is", false, answer_states},
    {"collect", "what came of each run", false, collect},
    {"times", "how long each arm takes to know, with intervals", false, tell_times},
    {"predict", "which columns of the histories tell who will know sooner", false,
     predict},
    {"slurm", "print a script that runs it as an array of jobs", false, print_slurm},
};
enum { NUM_VERBS = sizeof verbs / sizeof *verbs };

static const verb *asked; /* NULL: the words do not say */

/* ---- The command line ---- */

static const char *const choosing[] = {"task", "architecture"};
static const char *chosen[2];

static const verb *
find_verb(const char *name)
{
    for (int i = 0; name && i < NUM_VERBS; i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

static int
read_config(void)
{
    int status = 0;
    GSC_TRY(gsc_config_default(&config));
    if (recipe)
        GSC_TRY(gsc_config_read_recipe(&config, recipe));
    for (size_t i = 0; i < 2; i++)
        if (chosen[i])
            GSC_TRY(gsc_config_set(&config, choosing[i], chosen[i]));
out:
    return status;
}

static int
add_verbs(size_t width, gsc_text *text)
{
    int status = 0;
    GSC_TRY(gsc_text_add(text, "\nWhat to do:\n"));
    for (int i = 0; i < NUM_VERBS; i++)
        GSC_TRY(gsc_options_add_line(verbs[i].name, verbs[i].purpose, width, text));
out:
    return status;
}

static int
refuse_verb(void)
{
    int status = 0;
    gsc_text names = {0};
    for (int i = 0; i < NUM_VERBS; i++)
        GSC_TRY(gsc_text_add(&names, "%s%s", i > 0 ? ", " : "", verbs[i].name));
    status = gsc_fail(GSC_EARGUMENT,
                      "expected one of %s, as in '%s run demo --vary seed=0,1,2 --out "
                      "sweeps/seeds'",
                      names.data, program_name);
out:
    gsc_text_free(&names);
    return status;
}

/* Words: what is asked for, and the recipe or the folder. */
static int
read_words(const char *const *words, size_t num_words)
{
    asked = find_verb(num_words > 0 ? words[0] : NULL);
    if (!asked)
        return refuse_verb();
    if (num_words > 2)
        return gsc_fail(GSC_EARGUMENT, "%s: '%s' is one word too many", asked->name,
                        words[2]);
    recipe = asked->takes_recipe && num_words == 2 ? words[1] : NULL;
    folder = !asked->takes_recipe && num_words == 2 ? words[1] : options.out;
    if (!*folder)
        return gsc_fail(GSC_EARGUMENT, "--out DIR is missing: the sweep's folder");
    return read_config();
}

/* Which options there are follows from the recipe. What is wrong with it is told when
 * it is read for good. */
static int
choose_options(int argc, char **argv)
{
    int status = 0;
    static const char *const wanted[] = {"task", "architecture"};
    const char **words = NULL;
    size_t num_words = 0;
    gsc_config_all all;
    gsc_options *seen = NULL;
    size_t num_all = gsc_config_all_init(&all, &gsc_builtin_registry);
    GSC_NEW(words, (size_t)argc);
    GSC_NEW(seen, num_all + 1);
    if (num_all == 0)
        GSC_TRY(GSC_EMEMORY);
    seen[0] = sets[0] = gsc_sweep_options_over(&options);
    memcpy(seen + 1, all.sets, num_all * sizeof *seen);
    gsc_options_scan(seen, num_all + 1, argc, argv, words, &num_words, wanted, chosen,
                     2);
    asked = find_verb(num_words > 0 ? words[0] : NULL);
    recipe = asked && asked->takes_recipe && num_words > 1 ? words[1] : NULL;
    if (read_config() < 0)
        GSC_TRY(gsc_config_default(&config));
    gsc_config_options(&config, sets + 1);
out:
    gsc_config_all_free(&all);
    free(seen);
    free(words);
    return status;
}

static int
run(const char *const *words, size_t num_words)
{
    int status = 0;
    gsc_sweep_plan plan = {.recipe = NULL};
    (void)words, (void)num_words;
    GSC_TRY(asked->takes_recipe ? find_plan(&plan) : gsc_sweep_find(&plan, folder));
    status = asked->act(&plan);
out:
    gsc_sweep_plan_free(&plan);
    return status;
}

static int
describe(gsc_text *text)
{
    int status = 0;
    const struct {
        const char *title;
        const gsc_sweep_columns *of;
    } tables[] = {
        {"Columns of status, beside run and the varied options", &gsc_status_columns},
        {"Columns of collect, beside run and the varied options", &gsc_collect_columns},
        {"Columns of times, beside the options that make an arm", &gsc_times_columns},
        {"Columns of times --curve", &gsc_curve_columns},
        {"Columns of predict", &gsc_predict_columns}};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        GSC_TRY(gsc_columns_add(tables[i].title, tables[i].of->columns,
                                tables[i].of->count, text));
out:
    return status;
}

int
main(int argc, char **argv)
{
    gsc_text columns = {0};
    gsc_sweep_arguments own = {.count = 0};
    gsc_program program = {
        .name = program_name,
        .synopsis =
            "plan|run|retry|status|collect|times|predict|slurm [RECIPE|DIR] [OPTIONS]",
        .purpose = "train many networks of one recipe, and tell what came of each",
        .examples = "  grokscope-sweep run demo --steps 200 --vary seed=0,1,2 "
                    "--vary weight_decay=0.5,1 --out sweeps/decay\n"
                    "      six networks, as many side by side as there are cores\n"
                    "  grokscope-sweep run --out sweeps/decay\n"
                    "      go on with what is not done\n"
                    "  grokscope-sweep status sweeps/decay\n"
                    "      how far each run is\n"
                    "  grokscope-sweep collect sweeps/decay\n"
                    "      what came of each, one row for each run\n"
                    "  grokscope-sweep collect sweeps/decay --measure norms,fourier\n"
                    "      and with measures of each run's last weights\n"
                    "  grokscope-sweep times sweeps/decay --by weight_decay\n"
                    "      how much sooner networks generalise with more decay\n"
                    "  grokscope-sweep predict sweeps/decay --earliest\n"
                    "      what tells in advance which of them will, and how long\n"
                    "  grokscope-sweep slurm sweeps/decay --jobs 4 > decay.sh\n"
                    "      a script for sbatch\n"
                    "  grokscope-sweep run demo --vary seed+data_seed=0..9 "
                    "--vary weight_decay=log:0.1:10:5 --out sweeps/grid\n"
                    "      fifty networks on a grid that is even in the logarithm\n",
        .place = "",
        .sets = sets,
        .num_sets = GSC_CONFIG_SETS + 1,
        .add_values = add_verbs,
        .prepare = read_words,
        .run = run};
    program.status = gsc_sweep_arguments_init(&own, argc, argv);
    if (program.status == 0)
        program.status = choose_options(own.count, own.words);
    if (program.status == 0)
        program.status = describe(&columns);
    program.columns = columns.data;
    int code = gsc_program_main(&program, program.status == 0 ? own.count : argc,
                                program.status == 0 ? own.words : argv);
    gsc_text_free(&columns);
    gsc_sweep_arguments_free(&own);
    return code;
}
