/* A run's configuration. */
#include "grokscope/config.h"

#include "grokscope/engine.h"
#include "grokscope/error.h"
#include "grokscope/tensor.h"

#include "train/run/schedule.h"
#include "train/run/triggers.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const gsc_option run_rows[] = {
    GSC_ROW_INTEGER(gsc_run_config, steps, "10000", 0, 1e12, "Updates to make."),
    GSC_ROW_INTEGER(gsc_run_config, batch_size, "0", 0, 1e9,
                    "Examples of an update, in an order drawn for each epoch; 0: all."),
    GSC_ROW_TEXT(gsc_run_config, checkpoints, "linear:100", "SCHEDULE",
                 "Steps to save: linear:N (every N), log:N (N a decade) or list:N,N,…"),
    GSC_ROW_TEXT(gsc_run_config, save_on, "", "EVENTS",
                 "Rows to save: train_accuracy:1 test_accuracy:0.5,0.99 …"),
    GSC_ROW_INTEGER(gsc_run_config, log_every, "10", 1, 1e9,
                    "Steps between rows of the history."),
    GSC_ROW_REAL(gsc_run_config, stop_test_loss, "0", 0, 1e3,
                 "Stop when the test loss is at most this; 0: never."),
    GSC_ROW_REAL(gsc_run_config, stop_test_accuracy, "0", 0, 1,
                 "Stop when the test accuracy is at least this; 0: never."),
    GSC_ROW_INTEGER(gsc_run_config, stop_patience, "0", 0, 1e12,
                    "Steps for which a condition to stop has to hold."),
    GSC_ROW_TEXT(gsc_run_config, stop_when, "", "CONDITIONS",
                 "Stop when one of these holds, as 'test_loss <= 1e-5 and norms.l2 < "
                 "30, progress.logit_fve > 0.9'. Commas separate them; each is one or "
                 "more comparisons (< <= > >= == !=), with 'and' between, of a loss or "
                 "a MEASURE.COLUMN."),
    GSC_ROW_TEXT(gsc_run_config, save_when, "", "CONDITIONS",
                 "Save the first row where one of these holds; as of --stop-when."),
    GSC_ROW_TEXT(gsc_run_config, measure, "", "MEASURES",
                 "Measures to ask of the weights as they train, with commas between. "
                 "Each is a table of the history, as its program prints it of one "
                 "checkpoint (progress: with each checkpoint's own key frequencies)."),
    GSC_ROW_INTEGER(gsc_run_config, measure_every, "0", 0, 1e12,
                    "Steps between rows of the measures; 0: scheduled checkpoints "
                    "alone, which have them in any case."),
    GSC_ROW_CHOICE(gsc_run_config, dtype, "float32", gsc_type_names,
                   "Type of weights and activations."),
    GSC_ROW_TEXT(gsc_run_config, rewrite, "all", "REWRITES",
                 "How the graph is made faster, which changes roundings alone: all, "
                 "none, or names as grokscope-info --graph has them."),
};

void
gsc_config_options(gsc_config *config, gsc_options sets[GSC_CONFIG_SETS])
{
    sets[0] = gsc_task_options(&config->task);
    gsc_model_options(&config->model, sets + 1);
    sets[GSC_MODEL_SETS + 1] = gsc_optimizer_options(&config->optimizer);
    sets[GSC_MODEL_SETS + 2] = (gsc_options){
        "run", run_rows, sizeof run_rows / sizeof *run_rows, &config->run};
}

int
gsc_config_default(gsc_config *config)
{
    gsc_options sets[GSC_CONFIG_SETS];
    gsc_config_options(config, sets);
    return gsc_options_default(sets, GSC_CONFIG_SETS);
}

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

/* Measures are there, and conditions are on what is measured. */
static int
check_history(const gsc_run_config *run)
{
    int status = 0;
    gsc_history history = {.num_tables = 0};
    gsc_triggers triggers = {.since = NULL};
    GSC_TRY(gsc_history_init(&history, run->measure));
    GSC_TRY(gsc_triggers_init(&triggers, run, &history));
out:
    gsc_triggers_free(&triggers);
    gsc_history_free(&history);
    return status;
}

int
gsc_config_resolve(gsc_config *config, const gsc_task *task)
{
    int status = 0;
    gsc_model_needs needs = {.d_vocab = task->d_vocab,
                             .num_answers = task->num_answers,
                             .n_ctx = task->n_ctx,
                             .answer_position =
                                 gsc_task_answer_position(&config->task)};
    gsc_optimizer_config *optimizer = &config->optimizer;
    config->task.p = (int64_t)task->num_operands; /* a group's order */
    GSC_TRY(gsc_schedule_check(config->run.checkpoints));
    GSC_TRY(check_history(&config->run));
    GSC_TRY(resolve_rewrites(config->run.rewrite));
    GSC_TRY(gsc_model_resolve(&config->model, &needs));
    if (optimizer->annealing != GSC_ANNEAL_NONE && optimizer->anneal_steps == 0)
        optimizer->anneal_steps = config->run.steps;
out:
    return status;
}

int
gsc_config_to_json(const gsc_config *config, gsc_text *json)
{
    gsc_config copy = *config;
    gsc_options sets[GSC_CONFIG_SETS];
    gsc_config_options(&copy, sets);
    return gsc_options_to_json(sets, GSC_CONFIG_SETS, json);
}

int
gsc_config_from_json(gsc_config *config, const char *json)
{
    int status = 0;
    gsc_options sets[GSC_CONFIG_SETS];
    gsc_config_options(config, sets);
    GSC_TRY(gsc_options_default(sets, GSC_CONFIG_SETS));
    GSC_TRY(gsc_options_from_json(sets, GSC_CONFIG_SETS, json));
out:
    return status;
}

/* A text that a recipe's line would not give back as it is. */
static bool
is_lost_in_recipe(const char *text)
{
    size_t length = strlen(text);
    bool blank_ends = length > 0 && (isspace((unsigned char)text[0]) ||
                                     isspace((unsigned char)text[length - 1]));
    return blank_ends || text[0] == '#' || strstr(text, " #") || strstr(text, "\t#") ||
           strpbrk(text, "\n\r\v\f");
}

int
gsc_config_to_recipe(const gsc_config *config, gsc_text *recipe)
{
    int status = 0;
    gsc_config copy = *config;
    gsc_options sets[GSC_CONFIG_SETS];
    gsc_config_options(&copy, sets);
    for (size_t s = 0; s < GSC_CONFIG_SETS; s++) {
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

/* ---- What a run that goes on has to keep ---- */

static bool
begins(const gsc_option *key, const char *prefix)
{
    return strncmp(key->name, prefix, strlen(prefix)) == 0;
}

static bool
is_of_stopping(const gsc_option *key)
{
    return begins(key, "stop_");
}

/* How far a run goes, and which of its steps are kept, changes none of its weights. */
static bool
is_of_weights(const gsc_option *key)
{
    return !is_of_stopping(key) && !begins(key, "save_") &&
           strcmp(key->name, "steps") != 0 && strcmp(key->name, "checkpoints") != 0;
}

static bool
is_same(const gsc_option *key, const void *a, const void *b)
{
    switch (key->type) {
    case GSC_OPTION_TEXT:
        return strcmp(a, b) == 0;
    case GSC_OPTION_BOOL:
    case GSC_OPTION_FLAG:
        return *(const bool *)a == *(const bool *)b;
    case GSC_OPTION_REAL:
        return *(const double *)a == *(const double *)b;
    default:
        return *(const int64_t *)a == *(const int64_t *)b;
    }
}

/* The first key that counts and has another value in each, with these, or NULL. */
static const gsc_option *
find_difference(gsc_config *a, gsc_config *b, bool (*counts)(const gsc_option *key),
                const void **in_a, const void **in_b)
{
    gsc_options of_a[GSC_CONFIG_SETS], of_b[GSC_CONFIG_SETS];
    gsc_config_options(a, of_a);
    gsc_config_options(b, of_b);
    for (size_t s = 0; s < GSC_CONFIG_SETS; s++)
        for (size_t i = 0; i < of_a[s].num_rows; i++) {
            const gsc_option *key = &of_a[s].rows[i];
            *in_a = (const char *)of_a[s].values + key->offset;
            *in_b = (const char *)of_b[s].values + key->offset;
            if (counts(key) && !is_same(key, *in_a, *in_b))
                return key;
        }
    return NULL;
}

int
gsc_config_continues(const gsc_config *config, const gsc_config *before)
{
    int status = 0;
    gsc_config now = *config, then = *before;
    const void *wanted, *had;
    gsc_text a = {0}, b = {0};
    const gsc_option *key = find_difference(&now, &then, is_of_weights, &wanted, &had);
    if (!key)
        return 0;
    GSC_TRY(gsc_options_add_value(key, wanted, &a));
    GSC_TRY(gsc_options_add_value(key, had, &b));
    status =
        gsc_fail(GSC_EARGUMENT,
                 "%s: '%s', but the run began with '%s'; only steps, checkpoints, "
                 "stop_* and save_* may change",
                 key->name, a.length > 0 ? a.data : "", b.length > 0 ? b.data : "");
out:
    gsc_text_free(&a);
    gsc_text_free(&b);
    return status;
}

bool
gsc_config_stops_alike(const gsc_config *config, const gsc_config *before)
{
    gsc_config now = *config, then = *before;
    const void *a, *b;
    return !find_difference(&now, &then, is_of_stopping, &a, &b);
}
