/* Configurations of other programs, as ours. */
#include "train/exchange/external_config.h"

#include "grokscope/checkpoint.h"
#include "grokscope/error.h"

#include "train/base/file.h"
#include "train/exchange/external.h"
#include "train/model/outputs.h"

#include <ctype.h>
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

static const gsc_task *const tasks[] = {&gsc_task_binary_operation, NULL};
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
    static const char *const others[] = {"init",       "dropout", "normalization_type",
                                         "attn_scale", "readout", "residual",
                                         NULL};
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
    t->operation.count = 0;
    t->p = t->layout = t->data_seed = -1;
    t->train_fraction = m->attention_rate = (double)NAN;
    m->n_layers = m->act_fn = m->attention_dir = -1;
    m->normalization_type = m->positional_embedding_type = m->norm_position = -1;
    m->biases = m->attn_biases = m->unembed_bias = -1;
    m->d_model = m->n_heads = m->d_mlp = 0;
    config->run.checkpoints[0] = '\0';
    return status < 0 ? status : forget_all(config);
}

/* ---- Our own ---- */

static int
set_key(gsc_config *config, const char *name, const gsc_value *value)
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

/* Whether a section chooses a task or an architecture that imports do not build. */
static bool
is_of_others(const gsc_config *config, const gsc_value *section)
{
    const char *const keys[] = {"task", "architecture"};
    const char *const *const names[] = {config->task.names, config->model.names};
    for (size_t k = 0; section->kind == GSC_VALUE_DICT && k < 2; k++) {
        const gsc_value *chosen = gsc_value_get(section, keys[k]);
        bool known = !chosen || chosen->kind != GSC_VALUE_TEXT;
        for (size_t i = 0; !known && names[k][i]; i++)
            known = strcmp(names[k][i], chosen->text) == 0;
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
                GSC_TRY(set_key(config, name->text, section->items[2 * i + 1]));
        }
    }
out:
    return status;
}

/* ---- Others' ---- */

/* Their names of our keys. Those of TransformerLens are our own. */
static const struct {
    const char *theirs, *ours;
} fields[] = {
    {"C", "p"},
    {"p", "p"},
    {"frac", "train_fraction"},
    {"frac_train", "train_fraction"},
    {"attn_coeff", "attention_rate"},
    {"n_layers", "n_layers"},
    {"num_layers", "n_layers"},
    {"n_heads", "n_heads"},
    {"num_heads", "n_heads"},
    {"d_model", "d_model"},
    {"d_head", "d_head"},
    {"d_mlp", "d_mlp"},
    {"d_hidden", "d_mlp"},
    {"d_vocab", "d_vocab"},
    {"d_vocab_out", "d_vocab_out"},
    {"n_ctx", "n_ctx"},
    {"eps", "eps"},
    {"attn_scale", "attn_scale"},
    {"attn_only", "attn_only"},
    {"diff_vocab", "own_embeddings"},
    {"gated_mlp", "gated_mlp"},
    {"act_fn", "act_fn"},
    {"act_type", "act_fn"},
    {"attention_dir", "attention_dir"},
    {"normalization_type", "normalization_type"},
    {"positional_embedding_type", "positional_embedding_type"},
    {"lr", "learning_rate"},
    {"weight_decay", "weight_decay"},
    {"epoch", "steps"},
    {"num_epochs", "steps"},
};

/* Values that our names stand for otherwise. */
static const struct {
    const char *key, *theirs, *ours;
} words[] = {
    {"act_fn", "ReLU", "relu"},
    {"act_fn", "GeLU", "gelu"},
    {"act_fn", "GELU", "gelu"},
    {"operation", "add", "add"},
    {"operation", "subtract", "subtract"},
    {"operation", "x2xyy2", "quad2"},
};

static const char *
translate(const char *key, const char *theirs)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].key, key) == 0 && strcmp(words[i].theirs, theirs) == 0)
            return words[i].ours;
    return theirs;
}

static int
set_text(gsc_config *config, const char *key, const char *text)
{
    const gsc_value value = {.kind = GSC_VALUE_TEXT, .text = translate(key, text)};
    return set_key(config, key, &value);
}

/* Parts that no network of ours has, by the field that asks for them. */
static int
refuse_parts(const gsc_value *dict)
{
    static const struct {
        const char *name;
        bool normal;
        const char *what;
    } parts[] = {
        {"parallel_attn_mlp", false, "attention and MLP side by side"},
        {"scale_attn_by_inverse_layer_idx", false, "scores divided by the layer"},
        {"use_local_attn", false, "local attention"},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        double number;
        if (gsc_value_to_real(gsc_value_get(dict, parts[i].name), &number) &&
            (number != 0) != parts[i].normal)
            return gsc_fail(
                GSC_EFORMAT, "configuration: %s is %s (%s): no network of ours",
                parts[i].name, number != 0 ? "true" : "false", parts[i].what);
    }
    return 0;
}

/* Zhong et al.: a + b of two tokens, "=" after them or not, seen from both sides
 * whatever attention_dir says. */
static int
read_zhong(gsc_config *config, const gsc_value *dict)
{
    static const char *const kinds[] = {"A", "zhong_alpha", "B", "zhong_beta",
                                        "C", "zhong_gamma", "D", "zhong_delta"};
    int status = 0;
    double sign = 0;
    const gsc_value *kind = gsc_value_get(dict, "model_type");
    const gsc_value *funcs = gsc_value_get(dict, "funcs");
    gsc_value_to_real(gsc_value_get(dict, "eqn_sign"), &sign);
    GSC_TRY(set_text(config, "layout", sign != 0 ? "a b =" : "a b"));
    GSC_TRY(set_text(config, "attention_dir", "bidirectional"));
    if (!funcs || funcs->kind != GSC_VALUE_TEXT || strstr(funcs->text, "x[0]+x[1]"))
        GSC_TRY(set_text(config, "operation", "add"));
    if (!kind || kind->kind != GSC_VALUE_TEXT)
        return 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i += 2)
        if (strcmp(kinds[i], kind->text) == 0)
            return set_text(config, "architecture", kinds[i + 1]);
    status = gsc_fail(GSC_EFORMAT, "configuration: model_type is '%s', expected A to D",
                      kind->text);
out:
    return status;
}

/* Nanda: "=" after a and b, each position sees those before it. */
static int
read_nanda(gsc_config *config, const gsc_value *dict, const gsc_value *operation)
{
    int status = 0;
    double norm = 0;
    gsc_value_to_real(gsc_value_get(dict, "use_ln"), &norm);
    GSC_TRY(set_text(config, "layout", "a b ="));
    GSC_TRY(set_text(config, "attention_dir", "causal"));
    GSC_TRY(set_text(config, "normalization_type", norm != 0 ? "LN" : "none"));
    GSC_TRY(set_text(config, "operation", operation->text));
out:
    return status;
}

static int
read_fields(gsc_config *config, const gsc_value *dict, bool is_zhong)
{
    int status = 0;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const gsc_value *value = gsc_value_get(dict, fields[i].theirs);
        bool is_norm = strcmp(fields[i].ours, "normalization_type") == 0;
        bool is_direction = strcmp(fields[i].ours, "attention_dir") == 0;
        if (!value || (value->kind == GSC_VALUE_NONE && !is_norm) ||
            (is_direction && is_zhong))
            continue;
        GSC_TRY(value->kind == GSC_VALUE_TEXT
                    ? set_text(config, fields[i].ours, value->text)
                    : set_key(config, fields[i].ours, value));
    }
out:
    return status;
}

/* Scores that are not divided are divided by 1. */
static int
read_scale(gsc_config *config, const gsc_value *dict)
{
    double divides;
    bool told = gsc_value_to_real(gsc_value_get(dict, "use_attn_scale"), &divides);
    return told && divides == 0 ? set_text(config, "attn_scale", "1") : 0;
}

static int
read_value(gsc_config *config, const gsc_value *value)
{
    int status = 0;
    const gsc_value *section = gsc_value_get(value, "model");
    const gsc_value *dict = value->kind == GSC_VALUE_OBJECT ? value->state : value;
    if (!dict || dict->kind != GSC_VALUE_DICT)
        return gsc_fail(GSC_EFORMAT, "configuration: no names and values");
    if (section && section->kind == GSC_VALUE_DICT)
        return read_own(config, dict);
    bool is_zhong = gsc_value_get(dict, "C") != NULL;
    const gsc_value *nanda = gsc_value_get(dict, "fn_name");
    GSC_TRY(refuse_parts(dict));
    GSC_TRY(read_fields(config, dict, is_zhong));
    GSC_TRY(read_scale(config, dict));
    if (is_zhong)
        GSC_TRY(read_zhong(config, dict));
    else if (nanda && nanda->kind == GSC_VALUE_TEXT)
        GSC_TRY(read_nanda(config, dict, nanda));
out:
    return status;
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
            GSC_TRY(set_key(config, numbers[i].ours, value));
    }
out:
    return status;
}

int
gsc_config_read_external_file(gsc_config *config, const char *path)
{
    int status = 0;
    gsc_external *file = NULL;
    gsc_checkpoint checkpoint = {.step = 0};
    if (gsc_file_has_ending(path, ".h5") || gsc_file_has_ending(path, ".hdf5")) {
        GSC_TRY(gsc_checkpoint_read(&checkpoint, path, 0));
        GSC_TRY(gsc_external_open_json(&file, checkpoint.config, path));
    } else {
        GSC_TRY(gsc_external_open(&file, path));
    }
    status = gsc_config_read_external(config, gsc_external_root(file));
    if (status < 0)
        status = gsc_fail_in(status, path);
out:
    gsc_external_close(file);
    gsc_checkpoint_free(&checkpoint);
    return status;
}
