/* grokscope-import: networks that other programs trained, as checkpoints. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/import/import_map.h"
#include "analyze/import/import_program.h"
#include "analyze/import/import_state_dict.h"
#include "analyze/rows/output.h"
#include "analyze/tool/program.h"
#include "train/base/file.h"
#include "train/exchange/external_config.h"

#include <stdlib.h>
#include <string.h>

static gsc_config config;

static struct options {
    char output[GSC_OPTION_TEXT_BYTES];
    bool force, list, outputs;
    char key[GSC_OPTION_TEXT_BYTES];
    char map[GSC_OPTION_TEXT_BYTES];
    bool suggest_map;
    char ignore[GSC_OPTION_TEXT_BYTES];
    char config[GSC_OPTION_TEXT_BYTES];
    char columns[GSC_OPTION_TEXT_BYTES];
    int64_t format;
} options;

static const gsc_option rows[] = {
    GSC_ROW_OUTPUT(struct options, "OUT",
                   "The checkpoint to write, X.h5 (.hdf5), or the folder of a run."),
    GSC_ROW_FLAG(struct options, force, 0, "Replace OUT where it exists."),
    GSC_ROW_FLAG(struct options, list, 0,
                 "List what the files hold, and write nothing."),
    GSC_ROW_FLAG(
        struct options, outputs, 0,
        "The files hold what a network of any architecture said of every pair: "
        "logits, and neurons and embedding where they are known."),
    GSC_ROW_TEXT(struct options, key, "", "PATH",
                 "Place of the weights in the file, as --list shows it."),
    GSC_ROW_TEXT(struct options, map, "auto", "MAP",
                 "Which tensor of theirs is which of ours: a built-in map's name, a "
                 "file of one, or auto: the built-in one that fits."),
    GSC_ROW_FLAG(struct options, suggest_map, 0,
                 "Print a map of the tensors to be completed, and write nothing."),
    GSC_ROW_TEXT(struct options, ignore, "", "PATTERN,…",
                 "Leave out the tensors whose names match, as in a shell."),
    GSC_ROW_TEXT(struct options, config, "", "FILE",
                 "Read the configuration from this JSON file or checkpoint."),
    GSC_ROW_FORMAT(struct options, gsc_format_names),
    GSC_ROW_COLUMNS(struct options),
};
static gsc_options sets[GSC_CONFIG_SETS + 2]; /* the manual has both tasks' */
static gsc_state_dicts dicts;
static gsc_state_configs configs;
static const char *task; /* that the command line chooses, or NULL */
static int num_arguments;
static char *const *arguments;

static const char program_name[] = "grokscope-import";

static void
close_all(void)
{
    gsc_state_configs_close(&configs);
    gsc_state_dicts_close(&dicts);
}

/* The file's own configuration, then --config; the options count more than both. */
static int
prepare(const char *const *words, size_t num_words)
{
    int status = 0;
    if (num_words == 0)
        return gsc_fail(GSC_EARGUMENT, "FILE is missing: what to read");
    GSC_TRY(gsc_state_dicts_open(&dicts, words, num_words));
    GSC_TRY(gsc_config_unset(&config));
    if (task)
        GSC_TRY(gsc_config_unset_task(&config, task));
    if (options.list)
        return 0;
    GSC_TRY(gsc_state_configs_read(&configs, &dicts, &config));
    if (*options.config)
        GSC_TRY(gsc_state_configs_read_file(&configs, options.config, &config));
    else
        GSC_TRY(gsc_state_configs_read_beside(&configs, &dicts, &config));
    if (configs.count > 0) /* the schedule of a run says nothing of these files */
        config.run.checkpoints[0] = '\0';
out:
    if (status < 0)
        close_all();
    return status;
}

/* A file for one state, a folder for several, and neither there already. */
static int
check_output(const gsc_import_program *how)
{
    const char *out = options.output;
    bool is_file = gsc_file_has_ending(out, ".h5") || gsc_file_has_ending(out, ".hdf5");
    size_t count = gsc_import_program_count(how);
    if (!*out)
        return gsc_fail(GSC_EARGUMENT, "-o OUT is missing: what to write");
    if (is_file == gsc_import_program_is_run(how))
        return gsc_fail(GSC_EARGUMENT, "-o %s: expected %s of %zu state%s", out,
                        is_file ? "a folder for a run" : "a name X.h5 for a checkpoint",
                        count, count > 1 ? "s" : "");
    return gsc_output_check(out, options.force);
}

/* What the command line gives is known; heads and a modulus that it does not give are
 * those of a configuration, if any. */
static void
know_arguments(int *doubts)
{
    *doubts = GSC_ALL_DOUBTS;
    for (size_t s = 1; s <= GSC_CONFIG_SETS; s++)
        for (size_t i = 0; i < sets[s].num_rows; i++) {
            const char *name = sets[s].rows[i].name, *given = NULL, *words[1024];
            size_t num_words;
            if (num_arguments > (int)(sizeof words / sizeof *words))
                return;
            gsc_options_scan(sets, GSC_CONFIG_SETS + 1, num_arguments, arguments, words,
                             &num_words, &name, &given, 1);
            if (!given)
                continue;
            gsc_config_know(&config, name);
            if (strcmp(name, "n_heads") == 0 || strcmp(name, "d_head") == 0)
                *doubts &= ~GSC_DOUBT_HEADS;
            if (strcmp(name, "p") == 0)
                *doubts &= ~GSC_DOUBT_MODULUS;
        }
}

/* Answers have no names that a map could be of. */
static int
check_outputs(void)
{
    if (options.suggest_map || *options.ignore || strcmp(options.map, "auto") != 0)
        return gsc_fail(GSC_EARGUMENT, "--outputs: --map, --suggest-map and --ignore "
                                       "are for files of weights");
    return 0;
}

static int
run(const char *const *words, size_t num_words)
{
    int status = 0;
    gsc_output_sets sets_of_outputs = {.count = 0};
    gsc_import_names names = {.ignored = {.count = 0}};
    gsc_import_program how = {.dicts = &dicts,
                              .configs = &configs,
                              .known = &config,
                              .path = options.output,
                              .answer = {.program = program_name,
                                         .format = (gsc_format)options.format,
                                         .columns = options.columns}};
    (void)words, (void)num_words;
    know_arguments(&how.doubts);
    if (options.list) {
        status = gsc_import_program_list(&dicts, &how.answer);
        goto out;
    }
    if (options.outputs) {
        GSC_TRY(check_outputs());
        GSC_TRY(gsc_output_sets_init(&sets_of_outputs, &dicts));
        how.sets = &sets_of_outputs;
    } else {
        GSC_TRY(
            gsc_import_names_init(&names, options.map, options.ignore, &how, &dicts));
        dicts.keeps_names = dicts.keeps_names || options.suggest_map;
        GSC_TRY(gsc_state_dicts_find(&dicts, options.key));
        GSC_TRY(gsc_state_dicts_check_ignored(&dicts));
        if (options.suggest_map) {
            status = gsc_import_program_suggest(&how);
            goto out;
        }
        GSC_TRY(gsc_state_dicts_set_steps(&dicts, config.run.checkpoints));
    }
    GSC_TRY(check_output(&how));
    GSC_TRY(gsc_import_program_run(&how));
out:
    gsc_output_sets_free(&sets_of_outputs);
    gsc_import_names_free(&names);
    close_all();
    return status;
}

/* The options are those of the task that the command line chooses. An option that this
 * network cannot have is told with what has it. */
static int
check_arguments(int argc, char **argv)
{
    int status = 0;
    static const char *const wanted[] = {"architecture", "task"};
    const char *chosen[2], **words = NULL;
    size_t num_words;
    GSC_NEW(words, (size_t)argc);
    gsc_options_scan(sets, GSC_CONFIG_SETS + 1, argc, argv, words, &num_words, wanted,
                     chosen, 2);
    task = chosen[1];
    if (task)
        GSC_TRY(gsc_config_unset_task(&config, task));
    gsc_config looked_at = config;
    if (chosen[0])
        GSC_TRY(gsc_config_set(&looked_at, "architecture", chosen[0]));
    GSC_TRY(gsc_config_check_arguments(&looked_at, &gsc_builtin_registry, argc, argv));
    gsc_config_options(&config, sets + 1);
out:
    free(words);
    return status;
}

/* The manual and the completion have the options of both tasks. */
static void
add_other_task(int argc, char **argv, size_t *num_sets)
{
    static gsc_repeats room;
    bool wanted = false;
    for (int i = 1; i < argc; i++)
        wanted = wanted || strcmp(argv[i], "--man") == 0 ||
                 strcmp(argv[i], "--completion") == 0;
    if (wanted && gsc_import_is_of_pairs(&config))
        sets[(*num_sets)++] = (gsc_options){"task repeats", gsc_task_repeats.options,
                                            gsc_task_repeats.num_options, &room};
}

static int
add_columns(gsc_text *text)
{
    int status = 0;
    GSC_TRY(gsc_columns_add("one row for each state", gsc_import_columns,
                            GSC_IMPORT_COLUMNS, text));
    GSC_TRY(gsc_columns_add("--list, one row for each value", gsc_import_list_columns,
                            GSC_IMPORT_LIST_COLUMNS, text));
out:
    return status;
}

int
main(int argc, char **argv)
{
    gsc_text columns = {0};
    gsc_program program = {
        .name = program_name,
        .synopsis = "FILE… -o OUT [OPTIONS]",
        .purpose = "read what others trained: PyTorch, safetensors, npz",
        .examples =
            "  grokscope-import model.pt --list\n"
            "      what is in it; nothing in a file is executed\n"
            "  grokscope-import model.pt --operation add --act-fn relu "
            "--attention-dir causal -o model.h5\n"
            "      a checkpoint; names and shapes tell the rest\n"
            "  grokscope-import model.pt --suggest-map > model.map\n"
            "      a map of names of its own, to be completed, for --map model.map\n"
            "  grokscope-import linear.pt --config config.json -o linear.h5\n"
            "      what they do not tell, from its own configuration\n"
            "  grokscope-import run.pt --key state_dicts --checkpoints linear:100 "
            "-o run\n"
            "      a list of states as the folder of a run\n"
            "  grokscope-import --outputs said.npz --operation add --p 113 -o said.h5\n"
            "      what a network of any other architecture says of every pair\n",
        .place = "",
        .sets = sets,
        .num_sets = GSC_CONFIG_SETS + 1,
        .prepare = prepare,
        .run = run};
    num_arguments = argc;
    arguments = argv;
    sets[0] = (gsc_options){"import", rows, sizeof rows / sizeof *rows, &options};
    if (gsc_config_unset(&config) < 0)
        return 1;
    gsc_config_options(&config, sets + 1);
    program.status = check_arguments(argc, argv);
    add_other_task(argc, argv, &program.num_sets);
    if (program.status == 0)
        program.status = add_columns(&columns);
    program.columns = columns.data;
    int code = gsc_program_main(&program, argc, argv);
    gsc_text_free(&columns);
    return code;
}
