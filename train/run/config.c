/* A run's configuration. */
#include "grokscope/config.h"

#include "grokscope/engine.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/tensor.h"

#include "train/numeric/precision.h"
#include "train/run/evaluation.h"
#include "train/run/schedule.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const gsc_registry gsc_builtin_registry = {gsc_builtin_tasks, gsc_builtin_architectures,
                                           NULL, gsc_builtin_losses};

/* Up to 2^53 every reader of the JSON configuration has the seed exactly. */
#define MOST_SEED 0x1p53

static const gsc_option init_rows[] = {
    GSC_ROW_INTEGER(gsc_init_config, seed, "0", 0, MOST_SEED,
                    "Seed of the first weights and of the order of batches."),
    GSC_ROW_REAL(gsc_init_config, init_scale, "1", 0, 1e6,
                 "Factor that all first weights are multiplied by."),
    GSC_ROW_REAL(
        gsc_init_config, output_scale, "1", 1e-9, 1e9,
        "Factor that the network's outputs are multiplied by; a large one makes "
        "it lazy. A gradient grows with its square: divide the learning rate by "
        "that."),
    GSC_ROW_BOOL(gsc_init_config, center_output, "no",
                 "Take from the outputs what the network says with its first weights."),
    GSC_ROW_TEXT(
        gsc_init_config, init_from, "", "FILE",
        "Take the first weights from this checkpoint, or from a run's last one."),
    GSC_ROW_TEXT(gsc_init_config, init_parameters, "", "PATTERNS",
                 "Take only the parameters of these names, as in 'embed.*'; all others "
                 "begin as without init_from."),
    GSC_ROW_TEXT(
        gsc_init_config, embed_from, "", "FILE",
        "Begin A, of an embedding A B (embed_rank), with the embedding of this "
        "checkpoint, or of a run's last one; init_scale leaves it as it is."),
    GSC_ROW_TEXT(gsc_init_config, transplant_from, "", "FILE",
                 "Put a part of this checkpoint's weights, or of those of a run's last "
                 "one, in the place of the run's own, at its beginning or that of a "
                 "fork."),
    GSC_ROW_TEXT(
        gsc_init_config, transplant, "", "PLANES",
        "That part: circles of residues in embedding and unembedding, as in "
        "'circles 3+7 modulus 59' or 'strongest 5 modulus 59'; modulus, generator and "
        "shuffled are those of the filter subspace."),
    GSC_ROW_TEXT(gsc_init_config, transplant_parameters, "", "PATTERNS",
                 "Put it only into the parameters of these names, as in 'embed.*'."),
    GSC_ROW_TEXT(gsc_init_config, freeze, "", "PATTERNS",
                 "Leave the parameters of these names as they begin, as in 'embed.* "
                 "unembed.*'."),
};

static const gsc_option run_rows[] = {
    GSC_ROW_INTEGER(gsc_run_config, steps, "10000", 0, 1e12, "Number of updates."),
    GSC_ROW_INTEGER(
        gsc_run_config, batch_size, "0", 0, 1e9,
        "Examples in each update, in an order drawn for each epoch; 0: all."),
    GSC_ROW_INTEGER(
        gsc_run_config, train_subset, "0", 0, 1e9,
        "Train on only so many of the training examples, drawn by the seed; "
        "the others become the split 'removed'; 0: all."),
    GSC_ROW_TEXT(
        gsc_run_config, checkpoints, "linear:100", "SCHEDULE",
        "Steps to save: linear:N (every N), log:N (N in each decade), list:N,N,… or "
        "several of these with commas between, as log:5,linear:1000."),
    GSC_ROW_TEXT(gsc_run_config, save_on, "", "EVENTS",
                 "Save the first steps that reach these accuracies, as in "
                 "'train_accuracy:1 test_accuracy:0.5,0.99'."),
    GSC_ROW_INTEGER(gsc_run_config, log_every, "10", 1, 1e9,
                    "Steps between rows of the history."),
    GSC_ROW_TEXT(
        gsc_run_config, evaluate_every, "", "SPLIT:N,…",
        "Steps between evaluations of a split, as test:100; other splits are "
        "evaluated for every row of the history, and all for every checkpoint."),
    GSC_ROW_REAL(gsc_run_config, stop_test_loss, "0", 0, 1e3,
                 "Stop when the test loss is at most this; 0: never."),
    GSC_ROW_REAL(gsc_run_config, stop_test_accuracy, "0", 0, 1,
                 "Stop when the test accuracy is at least this; 0: never."),
    GSC_ROW_INTEGER(gsc_run_config, stop_patience, "0", 0, 1e12,
                    "Steps for which a condition must hold before the run stops."),
    GSC_ROW_TEXT(gsc_run_config, stop_when, "", "CONDITIONS",
                 "Stop when one of these holds, as 'test_loss <= 1e-5 and norms.l2 < "
                 "30, progress.logit_fve > 0.9'. Commas separate them; each is one or "
                 "more comparisons (< <= > >= == !=), with 'and' between, of a loss or "
                 "a MEASURE.COLUMN."),
    GSC_ROW_TEXT(gsc_run_config, save_when, "", "CONDITIONS",
                 "Save the first step where one of these conditions holds; written as "
                 "for --stop-when."),
    GSC_ROW_TEXT(gsc_run_config, save_state, "", "SCHEDULE",
                 "Steps whose checkpoints hold the optimizer's state too, so that a "
                 "fork can begin there; a schedule as for --checkpoints."),
    GSC_ROW_TEXT(
        gsc_run_config, measure, "", "MEASURES",
        "Measures of the weights during training, with commas between. Each becomes a "
        "table of the history with the columns that its program prints for one "
        "checkpoint (progress: with the checkpoint's own key frequencies)."),
    GSC_ROW_INTEGER(gsc_run_config, measure_every, "0", 0, 1e12,
                    "Steps between rows of the measures, which scheduled checkpoints "
                    "always have; 0: only these have them."),
    GSC_ROW_CHOICE(gsc_run_config, dtype, "float32", gsc_type_names,
                   "Type of weights and activations."),
    GSC_ROW_CHOICE(
        gsc_run_config, products, "full", gsc_products_names,
        "How examples are multiplied with weights:\nfull: in the dtype;\n"
        "bf16: factors of float32 rounded to bfloat16 and sums in float32, "
        "on processors with instructions for it;\nrounded: the same rounding "
        "on any processor, no faster than full."),
    GSC_ROW_CHOICE(gsc_run_config, loss_precision, "float64", gsc_precision_names,
                   "Type that the softmax of a cross entropy is computed in, each of "
                   "its operations rounded."),
    GSC_ROW_TEXT(gsc_run_config, rewrite, "all", "REWRITES",
                 "Rewrites that make the graph faster and change only roundings: all, "
                 "none, or names as grokscope-info --graph has them."),
};

/* ---- Kinds ---- */

const gsc_task *
gsc_config_task(const gsc_config *config)
{
    return config->registry->tasks[config->task.chosen];
}

const gsc_architecture *
gsc_config_architecture(const gsc_config *config)
{
    return config->registry->architectures[config->model.chosen];
}

int
gsc_config_model(const gsc_config *config, const gsc_dataset *dataset, gsc_model *model)
{
    const gsc_init_config *c = &config->init;
    const gsc_predictor predictor = {c->output_scale, c->center_output};
    int status = gsc_model_init(model, gsc_config_architecture(config),
                                config->model.room.values, dataset,
                                config->registry->losses, &predictor);
    if (status < 0)
        return status;
    status = gsc_graph_freeze(model->graph, c->freeze);
    if (status < 0)
        gsc_model_free(model);
    return status;
}

static void
list_kinds(const gsc_registry *registry, gsc_kind *task, gsc_kind *model)
{
    size_t i;
    for (i = 0; registry->tasks[i] && i < GSC_MOST_KINDS; i++)
        task->names[i] = registry->tasks[i]->name;
    task->names[i] = NULL;
    for (i = 0; registry->architectures[i] && i < GSC_MOST_KINDS; i++)
        model->names[i] = registry->architectures[i]->name;
    model->names[i] = NULL;
}

/* The option that chooses; its names lie in `kind`, which may have been copied. */
static gsc_options
choosing_set(gsc_kind *kind, const char *title, const char *name, const char *help)
{
    kind->option = (gsc_option){.name = name,
                                .type = GSC_OPTION_CHOICE,
                                .offset = offsetof(gsc_kind, chosen),
                                .fallback = kind->names[0],
                                .choices = kind->names,
                                .help = help};
    return (gsc_options){title, &kind->option, 1, kind};
}

void
gsc_config_options(gsc_config *config, gsc_options sets[GSC_CONFIG_SETS])
{
    const gsc_task *task = gsc_config_task(config);
    const gsc_architecture *architecture = gsc_config_architecture(config);
    list_kinds(config->registry, &config->task, &config->model);
    sets[0] = choosing_set(&config->task, "task", "task", "Task that is learned.");
    sets[1] = (gsc_options){"task", task->options, task->num_options,
                            config->task.room.values};
    sets[2] = choosing_set(&config->model, "model", "architecture",
                           "Architecture of the network that learns.");
    sets[3] = (gsc_options){"model", architecture->options, architecture->num_options,
                            config->model.room.values};
    sets[4] = (gsc_options){"init", init_rows, sizeof init_rows / sizeof *init_rows,
                            &config->init};
    sets[5] = gsc_optimizer_options(&config->optimizer);
    sets[6] = (gsc_options){"run", run_rows, sizeof run_rows / sizeof *run_rows,
                            &config->run};
}

/* A set of all, titled by what it is of; sets without options are left out. */
static void
add_set(gsc_config_all *all, size_t *count, const char *what, const char *name,
        gsc_options set)
{
    if (set.num_rows == 0)
        return;
    snprintf(all->titles[*count], sizeof all->titles[0], "%s%s%s", what,
             *name ? " " : "", name);
    set.title = all->titles[*count];
    all->sets[(*count)++] = set;
}

size_t
gsc_config_all_init(gsc_config_all *all, const gsc_registry *registry)
{
    size_t count = 0, k = 0;
    gsc_options own[GSC_CONFIG_SETS];
    *all = (gsc_config_all){.kinds = gsc_new(2 * GSC_MOST_KINDS, sizeof *all->kinds)};
    if (!all->kinds || gsc_config_init(&all->room, registry) < 0)
        return 0;
    gsc_config_options(&all->room, own);
    add_set(all, &count, "task", "", own[0]);
    for (size_t i = 0; registry->tasks[i] && i < GSC_MOST_KINDS; i++)
        add_set(all, &count, "task", registry->tasks[i]->name,
                (gsc_options){NULL, registry->tasks[i]->options,
                              registry->tasks[i]->num_options,
                              all->kinds[k++].room.values});
    add_set(all, &count, "architecture", "", own[2]);
    for (size_t i = 0; registry->architectures[i] && i < GSC_MOST_KINDS; i++)
        add_set(all, &count, "architecture", registry->architectures[i]->name,
                (gsc_options){NULL, registry->architectures[i]->options,
                              registry->architectures[i]->num_options,
                              all->kinds[k++].room.values});
    for (size_t i = 4; i < GSC_CONFIG_SETS; i++)
        add_set(all, &count, own[i].title, "", own[i]);
    return count;
}

void
gsc_config_all_free(gsc_config_all *all)
{
    free(all->kinds);
    all->kinds = NULL;
}

int
gsc_config_init(gsc_config *config, const gsc_registry *registry)
{
    gsc_options sets[GSC_CONFIG_SETS];
    memset(config, 0, sizeof *config);
    config->registry = registry;
    assert(gsc_config_task(config)->size <= GSC_KIND_BYTES);
    gsc_config_options(config, sets);
    return gsc_options_default(sets, GSC_CONFIG_SETS);
}

int
gsc_config_default(gsc_config *config)
{
    return gsc_config_init(config, &gsc_builtin_registry);
}

/* Choose, and begin with the defaults of what is chosen. */
static int
choose(gsc_config *config, size_t set, const char *text)
{
    int status = 0;
    gsc_options sets[GSC_CONFIG_SETS];
    gsc_kind *kind = set == 0 ? &config->task : &config->model;
    int64_t before = kind->chosen;
    gsc_config_options(config, sets);
    GSC_TRY(gsc_options_set(&sets[set], 1, sets[set].rows->name, text));
    if (kind->chosen == before)
        return 0;
    gsc_config_options(config, sets);
    GSC_TRY(gsc_options_default(&sets[set + 1], 1));
out:
    return status;
}

/* Add "a", "a, b" … for one more name of a list. */
static int
add_owner(gsc_text *owners, const char *name)
{
    return gsc_text_add(owners, "%s%s", owners->length > 0 ? ", " : "", name);
}

/* The names of the tasks, and of the architectures, that have an option. */
static int
find_owners(const gsc_registry *r, const char *name, gsc_text *tasks,
            gsc_text *architectures)
{
    int status = 0;
    for (size_t i = 0; r->tasks[i]; i++) {
        gsc_options set = {NULL, r->tasks[i]->options, r->tasks[i]->num_options, NULL};
        if (gsc_options_find(&set, 1, name, NULL))
            GSC_TRY(add_owner(tasks, r->tasks[i]->name));
    }
    for (size_t i = 0; r->architectures[i]; i++) {
        gsc_options set = {NULL, r->architectures[i]->options,
                           r->architectures[i]->num_options, NULL};
        if (gsc_options_find(&set, 1, name, NULL))
            GSC_TRY(add_owner(architectures, r->architectures[i]->name));
    }
out:
    return status;
}

int
gsc_config_check_option(const gsc_config *config, const gsc_registry *registry,
                        const char *name)
{
    int status = 0;
    gsc_config copy = *config;
    gsc_options sets[GSC_CONFIG_SETS];
    gsc_text tasks = {0}, architectures = {0};
    const char *bare = strncmp(name, "--", 2) == 0 ? name + 2 : name;
    gsc_config_options(&copy, sets);
    if (gsc_options_find(sets, GSC_CONFIG_SETS, bare, NULL))
        return 0;
    GSC_TRY(find_owners(registry, bare, &tasks, &architectures));
    if (tasks.length > 0)
        status = gsc_fail(GSC_EARGUMENT, "%s is an option of task %s; the task is %s",
                          name, tasks.data, gsc_config_task(config)->name);
    else if (architectures.length > 0)
        status = gsc_fail(
            GSC_EARGUMENT, "%s is an option of architecture %s; the architecture is %s",
            name, architectures.data, gsc_config_architecture(config)->name);
out:
    gsc_text_free(&tasks);
    gsc_text_free(&architectures);
    return status;
}

int
gsc_config_check_arguments(const gsc_config *config, const gsc_registry *registry,
                           int argc, char *const *argv)
{
    int status = 0;
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        char name[64];
        size_t length = strcspn(argv[i], "=");
        if (strncmp(argv[i], "--", 2) != 0 || length >= sizeof name)
            continue;
        snprintf(name, sizeof name, "%.*s", (int)length, argv[i]);
        GSC_TRY(gsc_config_check_option(config, registry, name));
    }
out:
    return status;
}

int
gsc_config_set(gsc_config *config, const char *name, const char *text)
{
    int status = 0;
    gsc_options sets[GSC_CONFIG_SETS];
    if (strcmp(name, "task") == 0)
        return choose(config, 0, text);
    if (strcmp(name, "architecture") == 0)
        return choose(config, 2, text);
    GSC_TRY(gsc_config_check_option(config, config->registry, name));
    gsc_config_options(config, sets);
    GSC_TRY(gsc_options_set(sets, GSC_CONFIG_SETS, name, text));
out:
    return status;
}

/* ---- What follows from others ---- */

/* Names stand for "all", so that a run that is continued by a newer version keeps the
 * rewrites it began with. */
static int
resolve_rewrites(char text[GSC_OPTION_TEXT_BYTES])
{
    int status = 0;
    unsigned rewrites;
    gsc_text names = {0};
    GSC_TRY(gsc_rewrites_from_text(text, &rewrites));
    GSC_TRY(gsc_rewrites_to_text(rewrites, &names));
    memset(text, 0, GSC_OPTION_TEXT_BYTES);
    memcpy(text, names.data, names.length);
out:
    gsc_text_free(&names);
    return status;
}

/* Events are only of losses, whatever is measured. */
static int
check_events(const char *save_on, const gsc_dataset *dataset)
{
    int status = 0;
    gsc_history losses = {.num_tables = 0};
    gsc_conditions conditions = {.count = 0};
    GSC_TRY(gsc_history_init(&losses, dataset, NULL));
    GSC_TRY(gsc_events_add(save_on, &losses, &conditions));
out:
    gsc_conditions_free(&conditions);
    gsc_history_free(&losses);
    return status;
}

int
gsc_config_resolve(gsc_config *config, const gsc_dataset *dataset)
{
    int status = 0;
    gsc_evaluation evaluation;
    gsc_optimizer_config *optimizer = &config->optimizer;
    const gsc_architecture *architecture = gsc_config_architecture(config);
    GSC_TRY(gsc_schedule_check("checkpoints", config->run.checkpoints));
    if (*config->run.save_state)
        GSC_TRY(gsc_schedule_check("save_state", config->run.save_state));
    GSC_TRY(check_events(config->run.save_on, dataset));
    GSC_TRY(gsc_evaluation_read(&evaluation, config->run.evaluate_every, dataset));
    GSC_TRY(resolve_rewrites(config->run.rewrite));
    if (architecture->resolve)
        GSC_TRY(architecture->resolve(config->model.room.values, dataset));
    if (optimizer->annealing != GSC_ANNEAL_NONE && optimizer->anneal_steps == 0)
        optimizer->anneal_steps = config->run.steps;
out:
    return status;
}

/* A text that a recipe's line would not give back as it is, or that does more to a
 * terminal than show: recipes are printed. */
static bool
is_lost_in_recipe(const char *text)
{
    size_t length = strlen(text);
    bool blank_ends = length > 0 && (isspace((unsigned char)text[0]) ||
                                     isspace((unsigned char)text[length - 1]));
    return blank_ends || text[0] == '#' || strstr(text, " #") || strstr(text, "\t#") ||
           !gsc_text_is_plain(text);
}

int
gsc_config_to_recipe(const gsc_config *config, gsc_text *recipe)
{
    int status = 0;
    gsc_config copy = *config;
    gsc_options sets[GSC_CONFIG_SETS];
    gsc_config_options(&copy, sets);
    for (size_t s = 0; s < GSC_CONFIG_SETS; s++) {
        if (s == 0 || strcmp(sets[s].title, sets[s - 1].title) != 0)
            GSC_TRY(gsc_text_add(recipe, "%s# %s\n", s > 0 ? "\n" : "", sets[s].title));
        for (size_t i = 0; i < sets[s].num_rows; i++) {
            const gsc_option *key = &sets[s].rows[i];
            const char *value = (const char *)sets[s].values + key->offset;
            if (key->type == GSC_OPTION_TEXT && is_lost_in_recipe(value))
                return gsc_fail(GSC_EARGUMENT, "%s: a recipe cannot hold '%s'",
                                key->name, value);
            GSC_TRY(gsc_text_add(recipe, "%s = ", key->name));
            GSC_TRY(gsc_options_add_value(key, value, recipe));
            GSC_TRY(gsc_text_add(recipe, "\n"));
        }
    }
out:
    return status;
}
