/* A configuration as JSON, as checkpoints keep it. */
#include "grokscope/config.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "train/options/options_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first sets choose the task, have its options, choose the architecture, have its
 * options. */
enum { CHOICES = 4 };

typedef struct not_known {
    char options[GSC_OPTION_TEXT_BYTES];
} not_known;

static const gsc_option not_known_rows[] = {
    GSC_ROW_TEXT(not_known, options, "", "NAMES", "Options that nobody told.")};

/* The rows of a set whose values are known. */
static int
take_known(const gsc_config *config, gsc_options *set)
{
    int status = 0;
    gsc_option *rows = NULL;
    size_t count = 0;
    GSC_NEW(rows, set->num_rows);
    for (size_t i = 0; i < set->num_rows; i++)
        if (gsc_config_is_known(config, set->rows[i].name))
            rows[count++] = set->rows[i];
    set->rows = rows;
    set->num_rows = count;
out:
    return status;
}

static int
known_to_json(gsc_config *config, gsc_text *json)
{
    int status = 0;
    not_known names;
    gsc_options sets[GSC_CONFIG_SETS + 1];
    size_t taken = 0;
    gsc_config_options(config, sets);
    for (; taken < GSC_CONFIG_SETS; taken++)
        GSC_TRY(take_known(config, &sets[taken]));
    snprintf(names.options, sizeof names.options, "%s", config->not_known);
    sets[GSC_CONFIG_SETS] = (gsc_options){"not_known", not_known_rows, 1, &names};
    GSC_TRY(gsc_options_to_json(sets, GSC_CONFIG_SETS + 1, json));
out:
    for (size_t s = 0; s < taken; s++)
        free((void *)(uintptr_t)sets[s].rows);
    return status;
}

static int
read_not_known(gsc_config *config, const json_t *root)
{
    not_known names = {{0}};
    const gsc_options set = {"not_known", not_known_rows, 1, &names};
    int status = gsc_options_from_root(&set, 1, root);
    if (status == 0)
        snprintf(config->not_known, sizeof config->not_known, "%s", names.options);
    return status;
}

int
gsc_config_to_json(const gsc_config *config, gsc_text *json)
{
    gsc_config copy = *config;
    gsc_options sets[GSC_CONFIG_SETS];
    if (copy.not_known[0] != '\0')
        return known_to_json(&copy, json);
    gsc_config_options(&copy, sets);
    return gsc_options_to_json(sets, GSC_CONFIG_SETS, json);
}

/* Version 1.0 of the format knew one task, and its architectures by other names. */
static const char *const former_architectures[] = {
    "unknown",     "transformer", "zhong_alpha", "zhong_beta", "zhong_gamma",
    "zhong_delta", "gromov",      "mlp",         "tensors",    NULL};
static const char *const present_architectures[] = {
    NULL,          "transformer", "zhong_alpha",  "zhong_beta", "zhong_gamma",
    "zhong_delta", "gromov_mlp",  "chughtai_mlp", "tensors"};

typedef struct former {
    int64_t architecture;
} former;

static const gsc_option former_rows[] = {GSC_ROW_CHOICE(
    former, architecture, "unknown", former_architectures, "Of version 1.0.")};

/* *found where the JSON is of version 1.0: an option may stand in any section. */
static int
read_former(gsc_config *config, const json_t *root, bool *found)
{
    static const char *const titles[] = {"task", "model",     "network",
                                         "init", "optimizer", "run"};
    int status = 0;
    former f = {0};
    gsc_options sets[GSC_CONFIG_SETS];
    gsc_options set = {"network", former_rows, 1, &f};
    GSC_TRY(gsc_options_from_root(&set, 1, root));
    *found = f.architecture > 0;
    if (!*found)
        return 0;
    GSC_TRY(gsc_config_set(config, "task", "binary_operation"));
    GSC_TRY(
        gsc_config_set(config, "architecture", present_architectures[f.architecture]));
    gsc_config_options(config, sets);
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        for (size_t s = 0; s < GSC_CONFIG_SETS; s++) {
            gsc_options one = sets[s];
            one.title = titles[i];
            if (s != 0 && s != 2)
                GSC_TRY(gsc_options_from_root(&one, 1, root));
        }
out:
    return status;
}

/* The names of what a JSON chooses; "" where it does not say. */
typedef struct chosen_names {
    char task[GSC_OPTION_TEXT_BYTES], architecture[GSC_OPTION_TEXT_BYTES];
} chosen_names;

static int
read_names(const json_t *root, chosen_names *names)
{
    static const gsc_option task[] = {
        GSC_ROW_TEXT(chosen_names, task, "", "NAME", "What is learned.")};
    static const gsc_option architecture[] = {
        GSC_ROW_TEXT(chosen_names, architecture, "", "NAME", "What learns it.")};
    const gsc_options sets[] = {{"task", task, 1, names},
                                {"model", architecture, 1, names}};
    *names = (chosen_names){.task = ""};
    return gsc_options_from_root(sets, 2, root);
}

static int
read_config(gsc_config *config, const json_t *root)
{
    int status = 0;
    bool found;
    gsc_options sets[GSC_CONFIG_SETS];
    GSC_TRY(gsc_config_init(config, config->registry));
    GSC_TRY(read_former(config, root, &found));
    if (found)
        return 0;
    gsc_config_options(config, sets);
    for (size_t choice = 0; choice < CHOICES; choice += 2)
        GSC_TRY(gsc_options_from_root(&sets[choice], 1, root));
    gsc_config_options(config, sets); /* of what is chosen now */
    GSC_TRY(gsc_options_default(sets + 1, 1));
    GSC_TRY(gsc_options_default(sets + 3, 1));
    GSC_TRY(gsc_options_from_root(sets, GSC_CONFIG_SETS, root));
    GSC_TRY(read_not_known(config, root));
out:
    return status;
}

int
gsc_config_from_json(gsc_config *config, const char *json)
{
    json_t *root;
    int status = gsc_options_parse(json, &root);
    if (status == 0)
        status = read_config(config, root);
    json_decref(root);
    return status;
}

static bool
is_among(const char *const *names, const char *name)
{
    bool found = *name == '\0';
    for (size_t i = 0; names[i]; i++)
        found = found || strcmp(names[i], name) == 0;
    return found;
}

/* What is known of a configuration whose network is not. */
static int
read_around(gsc_config *config, const json_t *root)
{
    int status = 0;
    gsc_options sets[GSC_CONFIG_SETS];
    GSC_TRY(gsc_config_init(config, config->registry));
    GSC_TRY(gsc_config_set(config, "architecture", "tensors"));
    gsc_config_options(config, sets);
    GSC_TRY(gsc_options_from_root(sets + CHOICES, GSC_CONFIG_SETS - CHOICES, root));
    GSC_TRY(read_not_known(config, root));
out:
    return status;
}

int
gsc_config_from_file(gsc_config *config, const char *json, char unknown[GSC_NAME_BYTES])
{
    int status = 0;
    json_t *root = NULL;
    chosen_names names;
    unknown[0] = '\0';
    GSC_TRY(gsc_options_parse(json, &root));
    GSC_TRY(gsc_config_init(config, config->registry));
    GSC_TRY(read_names(root, &names));
    bool task = is_among(config->task.names, names.task);
    bool architecture = is_among(config->model.names, names.architecture);
    bool known = task && (architecture || !is_among(config->model.names, "tensors"));
    if (!known)
        snprintf(unknown, GSC_NAME_BYTES, "%.*s", GSC_NAME_BYTES - 1,
                 architecture ? names.task : names.architecture);
    GSC_TRY(known ? read_config(config, root) : read_around(config, root));
out:
    json_decref(root);
    return status;
}
