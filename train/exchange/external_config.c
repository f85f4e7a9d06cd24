/* Configurations of other programs, as ours. */
#include "train/exchange/external_config.h"

#include "grokscope/checkpoint.h"
#include "grokscope/error.h"

#include "train/base/file.h"
#include "train/exchange/external.h"
#include "train/exchange/external_fields.h"
#include "train/model/outputs.h"

#include <math.h>
#include <string.h>

/* ---- What is known ---- */

/* All that any model of tokens may have been given. */
static gsc_architecture automatic = {.name = "auto",
                                     .purpose = "to be found from names and shapes",
                                     .size = sizeof(gsc_token_model)};

enum { MOST_OPTIONS = 64 };
static gsc_option automatic_rows[MOST_OPTIONS];

/* A transformer's options, and what tensors do not tell of a stack of layers. */
static void
fill_automatic(void)
{
    const gsc_architecture *sources[] = {&gsc_architecture_transformer,
                                         &gsc_architecture_token_mlp};
    automatic.num_options = 0;
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < sources[s]->num_options; i++) {
            const gsc_option *row = &sources[s]->options[i];
            if (automatic.num_options < MOST_OPTIONS &&
                (s == 0 || strcmp(row->name, "residual") == 0))
                automatic_rows[automatic.num_options++] = *row;
        }
    automatic.options = automatic_rows;
}

static const gsc_task *const tasks[] = {&gsc_task_binary_operation, &gsc_task_repeats,
                                        NULL};
static const gsc_architecture *const architectures[] = {&automatic,
                                                        &gsc_architecture_transformer,
                                                        &gsc_architecture_zhong_alpha,
                                                        &gsc_architecture_zhong_beta,
                                                        &gsc_architecture_zhong_gamma,
                                                        &gsc_architecture_zhong_delta,
                                                        &gsc_architecture_gromov_mlp,
                                                        &gsc_architecture_chughtai_mlp,
                                                        &gsc_architecture_outputs,
                                                        &gsc_architecture_token_mlp,
                                                        &gsc_architecture_tensors,
                                                        NULL};

const gsc_registry gsc_import_registry = {tasks, architectures, NULL,
                                          gsc_builtin_losses};

bool
gsc_import_is_of_pairs(const gsc_config *config)
{
    return gsc_config_task(config) == &gsc_task_binary_operation;
}

gsc_repeats *
gsc_import_sequences(gsc_config *config)
{
    return (gsc_repeats *)(void *)config->task.room.values;
}

gsc_binary_operation *
gsc_import_task(gsc_config *config)
{
    return (gsc_binary_operation *)(void *)config->task.room.values;
}

gsc_token_model *
gsc_import_model(gsc_config *config)
{
    return (gsc_token_model *)(void *)config->model.room.values;
}

bool
gsc_import_knows(const gsc_config *config)
{
    return gsc_config_architecture(config) != &automatic;
}

void
gsc_import_choose(gsc_config *config, const gsc_architecture *architecture)
{
    int64_t row = 0;
    while (config->registry->architectures[row] != architecture)
        row++;
    config->model.chosen = row;
}

void
gsc_import_convert(gsc_config *config, const gsc_registry *registry)
{
    const gsc_task *task = gsc_config_task(config);
    const gsc_architecture *architecture = gsc_config_architecture(config);
    config->registry = registry;
    config->task.chosen = 0;
    while (registry->tasks[config->task.chosen] != task)
        config->task.chosen++;
    gsc_import_choose(config, architecture);
}

/* What the network computes has to be known; how it began and what only training does
 * need not be, and the last ones of these are found by running it, if nobody told. */
static bool
says_what_is_computed(const gsc_options *set, const gsc_option *row)
{
    static const char *const others[] = {
        "init",     "dropout",           "normalization_type", "attn_scale", "readout",
        "residual", "parallel_attn_mlp", "rotary_dim",         NULL};
    for (size_t i = 0; others[i]; i++)
        if (strcmp(row->name, others[i]) == 0)
            return false;
    return strcmp(set->title, "model") == 0;
}

/* Of how it was trained, and of what the task is beyond its table, nothing is known
 * that is not told. */
static int
forget_all(gsc_config *config)
{
    int status = 0;
    gsc_options sets[GSC_CONFIG_SETS];
    gsc_config_options(config, sets);
    for (size_t s = 0; s < GSC_CONFIG_SETS; s++)
        for (size_t i = 0; i < sets[s].num_rows; i++)
            if (!says_what_is_computed(&sets[s], &sets[s].rows[i]))
                GSC_TRY(gsc_config_forget(config, sets[s].rows[i].name));
out:
    return status;
}

int
gsc_config_unset(gsc_config *config)
{
    fill_automatic();
    int status = gsc_config_init(config, &gsc_import_registry);
    gsc_binary_operation *t = gsc_import_task(config);
    gsc_token_model *m = gsc_import_model(config);
    t->operation[0] = '\0';
    t->layout[0] = '\0';
    t->p = t->data_seed = -1;
    t->train_fraction = m->attention_rate = (double)NAN;
    m->n_layers = m->act_fn = m->attention_dir = -1;
    m->normalization_type = m->positional_embedding_type = m->norm_position = -1;
    m->biases = m->attn_biases = m->unembed_bias = -1;
    m->d_model = m->n_heads = m->d_mlp = 0;
    config->run.checkpoints[0] = '\0';
    return status < 0 ? status : forget_all(config);
}

int
gsc_config_unset_task(gsc_config *config, const char *task)
{
    enum { FEW = 16 };
    int status = 0;
    const gsc_task *before = gsc_config_task(config);
    GSC_TRY(gsc_config_set(config, "task", task));
    gsc_config_know(config, "task");
    if (gsc_config_task(config) == before)
        return 0;
    for (size_t i = 0; i < before->num_options; i++)
        gsc_config_know(config, before->options[i].name);
    gsc_repeats *r = gsc_import_sequences(config);
    r->vocabulary = 0;
    r->online = true;
    r->test_samples = FEW;
out:
    return status;
}

/* ---- Our own ---- */

int
gsc_import_set(gsc_config *config, const char *name, const gsc_value *value)
{
    int status = 0;
    gsc_options sets[GSC_CONFIG_SETS];
    gsc_text text = {0};
    void *target;
    gsc_config_options(config, sets);
    GSC_TRY(gsc_value_add_scalar(value, &text));
    if (!gsc_options_find(sets, GSC_CONFIG_SETS, name, &target) ||
        (!text.data && value->kind != GSC_VALUE_TEXT))
        goto out; /* of a newer version */
    if (gsc_options_set(sets, GSC_CONFIG_SETS, name, text.data ? text.data : "") < 0)
        status = gsc_fail_in(GSC_EFORMAT, "configuration");
    else
        gsc_config_know(config, name);
out:
    gsc_text_free(&text);
    return status;
}

/* Whether a section chooses another task than is asked for, or an architecture that
 * imports do not build. */
static bool
is_of_others(const gsc_config *config, const gsc_value *section)
{
    const char *const keys[] = {"task", "architecture"};
    const char *const *const names[] = {config->task.names, config->model.names};
    for (size_t k = 0; section->kind == GSC_VALUE_DICT && k < 2; k++) {
        const gsc_value *chosen = gsc_value_get(section, keys[k]);
        bool known = !chosen || chosen->kind != GSC_VALUE_TEXT;
        for (size_t i = 0; !known && names[k][i]; i++)
            known = strcmp(names[k][i], chosen->text) == 0 &&
                    (k > 0 || (int64_t)i == config->task.chosen);
        if (!known)
            return true;
    }
    return false;
}

/* A run of another task, or of another network, is taken as tensors. */
static int
read_own(gsc_config *config, const gsc_value *root)
{
    int status = 0;
    bool of_others = false;
    for (size_t s = 0; s < root->count; s++)
        of_others = of_others || is_of_others(config, root->items[2 * s + 1]);
    if (of_others)
        gsc_import_choose(config, &gsc_architecture_tensors);
    for (size_t s = 0; s < root->count; s++) {
        const gsc_value *section = root->items[2 * s + 1];
        const gsc_value *name_of_section = root->items[2 * s];
        if (of_others && name_of_section->kind == GSC_VALUE_TEXT &&
            (strcmp(name_of_section->text, "task") == 0 ||
             strcmp(name_of_section->text, "model") == 0))
            continue;
        for (size_t i = 0; section->kind == GSC_VALUE_DICT && i < section->count; i++) {
            const gsc_value *name = section->items[2 * i]; /* a pickle's may be any */
            if (name->kind == GSC_VALUE_TEXT)
                GSC_TRY(gsc_import_set(config, name->text, section->items[2 * i + 1]));
        }
    }
out:
    return status;
}

/* ---- All ---- */

/* Ours has its options in sections; others have sections too. */
static bool
is_own(const gsc_value *value)
{
    const gsc_value *model = gsc_value_get(value, "model");
    const gsc_value *task = gsc_value_get(value, "task");
    return model && model->kind == GSC_VALUE_DICT &&
           ((task && task->kind == GSC_VALUE_DICT) ||
            gsc_value_get(model, "architecture"));
}

static int
read_value(gsc_config *config, const gsc_value *value)
{
    const gsc_value *dict = gsc_external_fields_of(value);
    if (!dict)
        return gsc_fail(GSC_EFORMAT, "configuration: no names and values");
    return is_own(value) ? read_own(config, dict)
                         : gsc_external_fields_read(config, dict);
}

/* A name or value that is wrong here is wrong in a file, not on a command line. */
int
gsc_config_read_external(gsc_config *config, const gsc_value *value)
{
    int status = read_value(config, value);
    return status == GSC_EARGUMENT ? GSC_EFORMAT : status;
}

/* ---- An optimizer's state ---- */

/* A number of a group, or an element of a list of them; NULL where there is none. */
static const gsc_value *
number_of_group(const gsc_value *group, const char *name, size_t at)
{
    double number;
    const gsc_value *value = gsc_value_get(group, name);
    if (value && value->kind == GSC_VALUE_LIST)
        value = at < value->count ? value->items[at] : NULL;
    return gsc_value_to_real(value, &number) ? value : NULL;
}

static bool
all_agree(const gsc_value *groups, const char *name, size_t at)
{
    double first = 0, other;
    gsc_value_to_real(number_of_group(groups->items[0], name, at), &first);
    for (size_t i = 1; i < groups->count; i++) {
        const gsc_value *value = number_of_group(groups->items[i], name, at);
        if (!value || !gsc_value_to_real(value, &other) || other != first)
            return false;
    }
    return true;
}

int
gsc_config_read_param_groups(gsc_config *config, const gsc_value *optimizer)
{
    static const struct {
        const char *theirs, *ours;
        size_t at;
    } numbers[] = {{"lr", "learning_rate", 0},  {"betas", "beta1", 0},
                   {"betas", "beta2", 1},       {"eps", "epsilon", 0},
                   {"momentum", "momentum", 0}, {"weight_decay", "weight_decay", 0}};
    int status = 0;
    const gsc_value *groups =
        optimizer ? gsc_value_get(optimizer, "param_groups") : NULL;
    if (!groups || groups->kind != GSC_VALUE_LIST || groups->count == 0)
        return 0;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const gsc_value *value =
            number_of_group(groups->items[0], numbers[i].theirs, numbers[i].at);
        if (value && all_agree(groups, numbers[i].theirs, numbers[i].at))
            GSC_TRY(gsc_import_set(config, numbers[i].ours, value));
    }
out:
    return status;
}

int
gsc_config_read_external_file(gsc_config *config, const char *path, gsc_external **file)
{
    int status = 0;
    gsc_checkpoint checkpoint = {.step = 0};
    *file = NULL;
    if (gsc_file_has_ending(path, ".h5") || gsc_file_has_ending(path, ".hdf5")) {
        GSC_TRY(gsc_checkpoint_read(&checkpoint, path, 0));
        GSC_TRY(gsc_external_open_json(file, checkpoint.config, path));
    } else {
        GSC_TRY(gsc_external_open(file, path));
    }
    status = gsc_config_read_external(config, gsc_external_root(*file));
    if (status < 0)
        status = gsc_fail_in(status, path);
out:
    gsc_checkpoint_free(&checkpoint);
    return status;
}
