/* One state of a file of another program as a checkpoint. */
#include "analyze/import/import_state_dict.h"

#include "grokscope/checkpoint.h"
#include "grokscope/error.h"

#include "analyze/tool/program.h"
#include "train/exchange/external_config.h"

#include <math.h>
#include <stdlib.h>

const gsc_column gsc_import_columns[GSC_IMPORT_COLUMNS] = {
    {"file", GSC_CELL_TEXT, true, "its path", false},
    {"step", GSC_CELL_INTEGER, true, "updates before this state", false},
    {"architecture", GSC_CELL_TEXT, false, "what it was found to be", false},
    {"map", GSC_CELL_TEXT, false, "the map by which its tensors were read", false},
    {"tensors", GSC_CELL_INTEGER, false, "number of tensors that were taken", false},
    {"accuracy", GSC_CELL_REAL, false, "share of all examples that are right", false},
    {"loss", GSC_CELL_REAL, false, "loss of all examples", false},
    {"norm", GSC_CELL_REAL, false, "l2 of all weights", false},
    {"num_train", GSC_CELL_INTEGER, false, "number of examples in its training set",
     false}};

static size_t
num_train(const gsc_import *im)
{
    const gsc_split *train = gsc_dataset_split(&im->network.dataset, "train");
    return train ? train->count : 0;
}

static int
add_architecture(const gsc_import *im, gsc_text *text)
{
    gsc_config copy = im->network.config;
    gsc_options keys[GSC_CONFIG_SETS];
    void *value;
    gsc_config_options(&copy, keys);
    const gsc_option *key =
        gsc_options_find(keys, GSC_CONFIG_SETS, "architecture", &value);
    return gsc_options_add_value(key, value, text);
}

/* "step 70000: add 0.698019, subtract 0.609131 right" */
static int
say_operations(const gsc_import *im, int64_t step, const gsc_import_scores *scores)
{
    int status = 0;
    gsc_text text = {0};
    for (size_t i = 1; i < scores->num_outputs; i++)
        GSC_TRY(gsc_text_add(&text, "%s%s %.6f", i > 1 ? ", " : "",
                             im->network.dataset.targets[i].name,
                             gsc_network_accuracy(&scores->outputs[i])));
    if (text.length > 0)
        gsc_program_say("step %lld: %zu of %zu right: %s", (long long)step,
                        scores->outputs[0].num_right, scores->outputs[0].num_counted,
                        text.data);
out:
    gsc_text_free(&text);
    return status;
}

static int
add_row(gsc_rows *rows, const gsc_state_dict *state, const gsc_import *im)
{
    int status = 0;
    gsc_import_scores scores;
    gsc_text name = {0};
    GSC_TRY(add_architecture(im, &name));
    GSC_TRY(gsc_import_evaluate(im, &scores));
    bool has_network = scores.num_outputs > 0;
    const gsc_output_score *all = &scores.outputs[0];
    GSC_TRY(gsc_rows_text(rows, state->path));
    GSC_TRY(gsc_rows_integer(rows, state->step));
    GSC_TRY(gsc_rows_text(rows, name.data));
    GSC_TRY(gsc_rows_text(rows, im->named.map ? gsc_map_name(im->named.map) : ""));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)im->num_tensors));
    GSC_TRY(gsc_rows_real(rows, has_network ? gsc_network_accuracy(all) : (double)NAN));
    GSC_TRY(gsc_rows_real(rows, has_network ? all->loss : (double)NAN));
    GSC_TRY(gsc_rows_real(rows, scores.norm));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)num_train(im)));
    if (!gsc_program_is_quiet())
        GSC_TRY(say_operations(im, state->step, &scores));
out:
    gsc_text_free(&name);
    return status;
}

/* With the history until its step. */
static int
write_checkpoint(const gsc_state_dict *state, const gsc_import *im,
                 const gsc_table *history, const char *path)
{
    int status = 0;
    gsc_text json = {0};
    gsc_table until = *history;
    gsc_provenance_item notes[] = {{"imported_from", state->path},
                                   {"version", "grokscope " GSC_VERSION}};
    while (until.num_rows > 0 &&
           until.values[(until.num_rows - 1) * until.num_values] > (double)state->step)
        until.num_rows--;
    GSC_TRY(gsc_config_to_json(&im->network.config, &json));
    gsc_checkpoint checkpoint = {.step = state->step,
                                 .config = json.data,
                                 .dataset = im->network.dataset,
                                 .facets = im->network.facets,
                                 .history_since = -1,
                                 .num_params = im->num_tensors,
                                 .params = im->tensors,
                                 .num_tables = until.num_rows > 0,
                                 .history = &until,
                                 .num_provenance = sizeof notes / sizeof *notes,
                                 .provenance = notes};
    GSC_TRY(gsc_checkpoint_write(&checkpoint, path));
out:
    gsc_text_free(&json);
    return status;
}

/* The file's own split, where it holds one. */
static int
take_split(const gsc_state_dicts *dicts, gsc_import *im)
{
    int status = 0;
    uint32_t *train = NULL;
    size_t count, all = im->network.dataset.num_examples;
    if (im->is_plain || num_train(im) > 0 || dicts->count == 0 ||
        !gsc_import_is_of_pairs(&im->config))
        return 0;
    GSC_TRY(gsc_state_dicts_train(dicts, all, &train, &count));
    if (!train)
        return 0;
    GSC_TRY(gsc_dataset_add_split(&im->network.dataset, "train", train, count));
    GSC_TRY(gsc_dataset_add_rest(&im->network.dataset, "test"));
    gsc_import_task(&im->network.config)->train_fraction = (double)count / (double)all;
    gsc_config_know(&im->network.config, "train_fraction");
out:
    free(train);
    return status;
}

static void
say_left_out(const gsc_import *im)
{
    if (im->num_buffers > 0)
        gsc_program_say("left out: %zu masks and other buffers: %s", im->num_buffers,
                        im->buffers.data);
    if (im->num_zeros > 0)
        gsc_program_say("left out: %zu biases of zeros, which the network lacks",
                        im->num_zeros);
    if (im->num_added > 0)
        gsc_program_say("added: %zu biases of zeros, which the file lacks",
                        im->num_added);
    if (im->num_rows_cut > 0)
        gsc_program_say("left out: %zu positions after the last one of an example",
                        im->num_rows_cut);
    if (!im->is_plain && num_train(im) == 0 && gsc_import_is_of_pairs(&im->config))
        gsc_program_say("the split is not known; --split-file gives it");
}

/* Where a configuration says another size than the tensors have, these count. */
static int
say_differences(const gsc_import_run *self, const gsc_import *im)
{
    int status = 0;
    gsc_text text = {0};
    if (im->is_plain)
        return 0;
    GSC_TRY(gsc_state_configs_differ(self->configs, &im->network.config, &text));
    if (text.length > 0)
        gsc_program_say(
            "warning: the configuration says %s; the network has what is in "
            "brackets",
            text.data);
out:
    gsc_text_free(&text);
    return status;
}

int
gsc_import_save(gsc_import_run *self, const gsc_state_dict *state, gsc_import *im,
                const char *path)
{
    int status = 0;
    self->known = im->config;
    GSC_TRY(take_split(self->dicts, im));
    GSC_TRY(write_checkpoint(state, im, &self->history, path));
    GSC_TRY(add_row(&self->rows, state, im));
    if (!self->told && !gsc_program_is_quiet()) {
        say_left_out(im);
        GSC_TRY(say_differences(self, im));
    }
    self->told = true;
out:
    return status;
}

int
gsc_import_state_dict(gsc_import_run *self, const gsc_state_dict *state,
                      const char *path)
{
    gsc_import im;
    int status = gsc_import_init(&im, state->file, state->weights, &self->known,
                                 self->naming, self->map);
    if (status < 0)
        return gsc_fail_in(status, state->path);
    status = gsc_import_save(self, state, &im, path);
    gsc_import_free(&im);
    return status;
}
