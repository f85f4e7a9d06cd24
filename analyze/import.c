/* grokscope-import: networks that other programs trained, as checkpoints. */
#include "grokscope/import.h"
#include "grokscope/error.h"
#include "grokscope/foreign_config.h"
#include "grokscope/output.h"
#include "grokscope/program.h"
#include "grokscope/run_folder.h"
#include "grokscope/states.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const naming_choices[] = {"auto",       "tl",           "tl-native",
                                             "transposed", "torch-linear", NULL};

static gsc_config config;

static struct options {
    char output[GSC_KEY_TEXT_BYTES];
    bool force, list;
    char key[GSC_KEY_TEXT_BYTES];
    int64_t naming;
    char config[GSC_KEY_TEXT_BYTES];
    int64_t format;
} options;

static const gsc_key rows[] = {
    {"output", GSC_KEY_TEXT,
     GSC_FIELD(struct options, output, char[GSC_KEY_TEXT_BYTES]), "", 0, 0, NULL,
     "the checkpoint to write, X.h5, or the folder of a run", "OUT", 'o', NULL},
    GSC_ROW_FLAG(struct options, force, 0, "replace what OUT is"),
    GSC_ROW_FLAG(struct options, list, 0, "list what the files hold, and stop"),
    GSC_ROW_TEXT(struct options, key, "", "PATH",
                 "where in the file the weights are, as --list shows it"),
    GSC_ROW_CHOICE(struct options, naming, "auto", naming_choices,
                   "whose names and shapes the tensors have"),
    GSC_ROW_TEXT(struct options, config, "", "FILE",
                 "a configuration: JSON, or a checkpoint"),
    GSC_ROW_CHOICE(struct options, format, "tsv", gsc_format_names,
                   "form of the answer"),
};
static gsc_keys sets[GSC_CONFIG_SETS + 1];
static gsc_states states;

/* ---- --list ---- */

static const char *const list_columns[] = {"file", "key", "type", "value"};

typedef struct listing {
    gsc_output *output;
    const char *path;
} listing;

static int
list_value(void *context, const char *path, const gsc_value *value)
{
    int status = 0;
    const listing *l = context;
    gsc_text type = {0}, scalar = {0};
    GSC_TRY(gsc_value_add_type(value, &type));
    GSC_TRY(gsc_value_add_scalar(value, &scalar));
    GSC_TRY(gsc_output_text(l->output, l->path));
    GSC_TRY(gsc_output_text(l->output, path));
    GSC_TRY(gsc_output_text(l->output, type.data));
    GSC_TRY(gsc_output_text(l->output, scalar.data ? scalar.data : ""));
out:
    gsc_text_free(&type);
    gsc_text_free(&scalar);
    return status;
}

static int
list_files(void)
{
    int status = 0;
    gsc_output output = {0};
    GSC_TRY(gsc_output_init(&output, (gsc_format)options.format, "grokscope-import",
                            list_columns, 4));
    for (size_t i = 0; i < states.num_files; i++) {
        listing l = {&output, states.paths[i]};
        const gsc_value *notes = gsc_foreign_notes(states.files[i]);
        GSC_TRY(gsc_value_walk(gsc_foreign_root(states.files[i]), list_value, &l));
        if (notes)
            GSC_TRY(gsc_value_walk(notes, list_value, &l));
    }
    GSC_TRY(gsc_output_write(&output, "", false));
out:
    gsc_output_free(&output);
    return status;
}

/* ---- What is known before ---- */

static int
read_config_file(const char *path)
{
    int status = 0;
    gsc_foreign *file = NULL;
    gsc_checkpoint checkpoint = {.step = 0};
    size_t length = strlen(path);
    if (length > 3 && strcmp(path + length - 3, ".h5") == 0) {
        GSC_TRY(gsc_checkpoint_read(&checkpoint, path, 0));
        GSC_TRY(gsc_foreign_open_json(&file, checkpoint.config, path));
    } else {
        GSC_TRY(gsc_foreign_open(&file, path));
    }
    status = gsc_config_read_foreign(&config, gsc_foreign_root(file));
    if (status < 0)
        status = gsc_fail_in(status, path);
out:
    gsc_foreign_close(file);
    gsc_checkpoint_free(&checkpoint);
    return status;
}

/* The file's own configuration, then --config; the options count more than both. */
static int
prepare(const char *const *words, size_t num_words)
{
    int status = 0;
    const gsc_value *own;
    gsc_foreign *json = NULL;
    if (num_words == 0)
        return gsc_fail(GSC_EARGUMENT, "FILE is missing: what to read");
    GSC_TRY(gsc_states_open(&states, words, num_words));
    GSC_TRY(gsc_config_unset(&config));
    if (options.list)
        return 0;
    GSC_TRY(gsc_states_config(&states, &own, &json));
    if (own)
        GSC_TRY(gsc_config_read_foreign(&config, own));
    if (*options.config)
        GSC_TRY(read_config_file(options.config));
    if (own || *options.config) /* the schedule of a run says nothing of these files */
        config.run.checkpoints[0] = '\0';
out:
    gsc_foreign_close(json);
    if (status < 0)
        gsc_states_close(&states);
    return status;
}

/* ---- Each state ---- */

static const char *const columns[] = {"file",   "step",    "architecture",
                                      "naming", "tensors", "accuracy",
                                      "loss",   "norm",    "num_train"};
enum { NUM_COLUMNS = sizeof columns / sizeof *columns };

static int
add_row(gsc_output *output, const gsc_state *state, const gsc_import *im,
        size_t num_train)
{
    int status = 0;
    double accuracy, loss, norm;
    gsc_text name = {0};
    gsc_config copy = im->config;
    gsc_keys all[GSC_CONFIG_SETS];
    void *value;
    gsc_config_keys(&copy, all);
    const gsc_key *key = gsc_keys_find(all, GSC_CONFIG_SETS, "architecture", &value);
    GSC_TRY(gsc_keys_add_value(key, value, &name));
    GSC_TRY(gsc_import_evaluate(im, &accuracy, &loss, &norm));
    GSC_TRY(gsc_output_text(output, state->path));
    GSC_TRY(gsc_output_integer(output, state->step));
    GSC_TRY(gsc_output_text(output, name.data));
    GSC_TRY(gsc_output_text(output,
                            im->is_plain ? "" : gsc_naming_names[im->named.naming]));
    GSC_TRY(gsc_output_integer(output, (int64_t)im->num_tensors));
    GSC_TRY(gsc_output_real(output, accuracy));
    GSC_TRY(gsc_output_real(output, loss));
    GSC_TRY(gsc_output_real(output, norm));
    GSC_TRY(gsc_output_integer(output, (int64_t)num_train));
out:
    gsc_text_free(&name);
    return status;
}

static int
write_checkpoint(const gsc_state *state, gsc_import *im, gsc_table *history,
                 const char *path)
{
    int status = 0;
    gsc_text json = {0};
    gsc_table until = *history;
    gsc_note notes[] = {{"imported_from", state->path},
                        {"version", "grokscope " GSC_VERSION}};
    while (until.num_rows > 0 &&
           until.values[(until.num_rows - 1) * until.num_columns] > (double)state->step)
        until.num_rows--;
    GSC_TRY(gsc_config_to_json(&im->config, &json));
    gsc_checkpoint checkpoint = {.step = state->step,
                                 .config = json.data,
                                 .task = im->network.task,
                                 .num_params = im->num_tensors,
                                 .params = im->tensors,
                                 .num_tables = until.num_rows > 0,
                                 .history = &until,
                                 .num_notes = 2,
                                 .provenance = notes};
    GSC_TRY(gsc_checkpoint_write(&checkpoint, path));
out:
    gsc_text_free(&json);
    return status;
}

static void
say_left_out(const gsc_import *im)
{
    if (im->num_buffers > 0)
        gsc_program_say("left out: %zu masks and other buffers", im->num_buffers);
    if (im->num_zeros > 0)
        gsc_program_say("left out: %zu biases of zeros, which the network lacks",
                        im->num_zeros);
    if (!im->is_plain && im->network.task.num_train == 0)
        gsc_program_say("the split is not known; --split-file gives it");
}

/* The file's own split, where it holds one. */
static int
take_split(gsc_import *im)
{
    int status = 0;
    uint32_t *train = NULL;
    size_t count, all = im->network.task.num_examples;
    if (im->is_plain || im->network.task.num_train > 0)
        return 0;
    GSC_TRY(gsc_states_train(&states, all, &train, &count));
    if (!train)
        return 0;
    free(im->network.task.train);
    im->network.task.train = train;
    im->network.task.num_train = count;
    im->config.task.train_fraction = (double)count / (double)all;
out:
    return status;
}

static int
import_state(gsc_output *output, const gsc_state *state, gsc_table *history,
             const char *path)
{
    gsc_import im;
    gsc_naming naming =
        options.naming == 0 ? GSC_NUM_NAMINGS : (gsc_naming)(options.naming - 1);
    int status = gsc_import_init(&im, state->file, state->weights, &config, naming);
    if (status < 0)
        return gsc_fail_in(status, state->path);
    config = im.config; /* all states are of one network */
    GSC_TRY(take_split(&im));
    GSC_TRY(write_checkpoint(state, &im, history, path));
    GSC_TRY(add_row(output, state, &im, im.network.task.num_train));
    if (state == states.items && !gsc_program_is_quiet())
        say_left_out(&im);
out:
    gsc_import_free(&im);
    return status;
}

/* A folder's own files and, unless something else lies in it, the folder. */
static void
remove_folder(const char *folder)
{
    gsc_run_remove(folder);
    rmdir(folder);
}

static int
import_states(gsc_output *output, gsc_table *history, const char *folder)
{
    int status = 0;
    char path[GSC_PATH_BYTES];
    for (size_t i = 0; i < states.count; i++) {
        GSC_TRY(gsc_run_step_path(folder, states.items[i].step, path));
        GSC_TRY(import_state(output, &states.items[i], history, path));
    }
out:
    return status;
}

/* A run appears once all of its states are written; until then the former one stays. */
static int
import_run(gsc_output *output, gsc_table *history, const char *folder)
{
    int status = 0, lock = -1;
    char staging[GSC_PATH_BYTES + 8], path[GSC_PATH_BYTES + 8];
    struct stat info;
    bool existed = stat(folder, &info) == 0;
    snprintf(staging, sizeof staging, "%s/.import", folder);
    GSC_TRY(gsc_run_lock(folder, &lock));
    remove_folder(staging); /* of one that was killed */
    if (mkdir(staging, 0777) != 0) {
        status = gsc_fail(GSC_EIO, "%s: %s", staging, strerror(errno));
        goto out;
    }
    GSC_TRY(import_states(output, history, staging));
    GSC_TRY(gsc_run_replace(folder, staging));
    GSC_TRY(gsc_run_write_index(folder));
out:
    if (lock >= 0)
        remove_folder(staging);
    if (status < 0 && !existed) {
        snprintf(path, sizeof path, "%s/.lock", folder);
        unlink(path);
        remove_folder(folder);
    }
    gsc_run_unlock(lock);
    return status;
}

/* A file for one state, a folder for several, and neither there already. */
static int
check_output(void)
{
    const char *out = options.output;
    size_t length = strlen(out);
    bool is_file = length > 3 && strcmp(out + length - 3, ".h5") == 0;
    if (!*out)
        return gsc_fail(GSC_EARGUMENT, "-o OUT is missing: what to write");
    if (is_file == states.is_list)
        return gsc_fail(GSC_EARGUMENT, "-o %s: expected %s of %zu state%s", out,
                        is_file ? "a folder for a run" : "a name X.h5 for a checkpoint",
                        states.count, states.count > 1 ? "s" : "");
    if (!options.force && access(out, F_OK) == 0)
        return gsc_fail(GSC_EARGUMENT, "%s: exists; --force replaces it", out);
    return 0;
}

static int
run(const char *const *words, size_t num_words)
{
    int status = 0;
    bool skipped;
    gsc_output output = {0};
    gsc_table history = {.num_columns = 0};
    (void)words, (void)num_words;
    if (options.list) {
        status = list_files();
        goto out;
    }
    GSC_TRY(gsc_states_find(&states, options.key));
    GSC_TRY(gsc_states_set_steps(&states, config.run.checkpoints));
    GSC_TRY(check_output());
    GSC_TRY(gsc_states_history(&states, &history, &skipped));
    if (skipped && !gsc_program_is_quiet())
        gsc_program_say("left out: losses, whose number does not tell their steps");
    GSC_TRY(gsc_output_init(&output, (gsc_format)options.format, "grokscope-import",
                            columns, NUM_COLUMNS));
    GSC_TRY(states.is_list
                ? import_run(&output, &history, options.output)
                : import_state(&output, states.items, &history, options.output));
    GSC_TRY(gsc_output_write(&output, "", false));
out:
    gsc_output_free(&output);
    gsc_table_free(&history);
    gsc_states_close(&states);
    return status;
}

int
main(int argc, char **argv)
{
    static const gsc_program program = {
        .name = "grokscope-import",
        .synopsis = "FILE… -o OUT [--KEY VALUE …] [OPTIONS]",
        .purpose = "read what others trained: PyTorch, safetensors, npz",
        .examples =
            "  grokscope-import model.pt --list\n"
            "      what is in it; nothing in a file is executed\n"
            "  grokscope-import model.pt --operation add --act-fn relu "
            "--attention-dir causal -o model.h5\n"
            "      a checkpoint; names and shapes tell the rest\n"
            "  grokscope-import linear.pt --config config.json -o linear.h5\n"
            "      what they do not tell, from its own configuration\n"
            "  grokscope-import run.pt --key state_dicts --checkpoints linear:100 "
            "-o run\n"
            "      a list of states as the folder of a run\n",
        .sets = sets,
        .num_sets = GSC_CONFIG_SETS + 1,
        .prepare = prepare,
        .run = run};
    sets[0] = (gsc_keys){"import", rows, sizeof rows / sizeof *rows, &options};
    gsc_config_keys(&config, sets + 1);
    return gsc_program_main(&program, argc, argv);
}
