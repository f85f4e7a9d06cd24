/* A run's configuration: the science of it, and nothing that may differ between two
 * equal runs. Recipes write it, checkpoints keep it. */
#ifndef GROKSCOPE_CONFIG_H
#define GROKSCOPE_CONFIG_H

#include "grokscope/model.h"
#include "grokscope/optimizer.h"
#include "grokscope/options.h"
#include "grokscope/task.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_run_config {
    int64_t steps;
    int64_t batch_size;                      /* 0: all training examples */
    char checkpoints[GSC_OPTION_TEXT_BYTES]; /* see schedule.h */
    char save_on[GSC_OPTION_TEXT_BYTES];     /* events, see schedule.h */
    int64_t log_every;
    double stop_test_loss, stop_test_accuracy; /* 0: never */
    int64_t stop_patience;
    char stop_when[GSC_OPTION_TEXT_BYTES],
        save_when[GSC_OPTION_TEXT_BYTES]; /* conditions.h */
    char measure[GSC_OPTION_TEXT_BYTES];  /* see online_measures.h */
    int64_t measure_every;                /* 0: with the scheduled checkpoints alone */
    int64_t dtype;                        /* gsc_type */
    char rewrite[GSC_OPTION_TEXT_BYTES];  /* engine.h: all, none, or names */
} gsc_run_config;

typedef struct gsc_config {
    gsc_task_config task;
    gsc_model_config model;
    gsc_optimizer_config optimizer;
    gsc_run_config run;
} gsc_config;

enum { GSC_CONFIG_SETS = GSC_MODEL_SETS + 3 };

/* The keys of all sections, bound to `config`. */
void gsc_config_options(gsc_config *config, gsc_options sets[GSC_CONFIG_SETS]);

/* Give every key its default. */
int gsc_config_default(gsc_config *config);

/* Set the keys that a recipe names: lines `key = value`, `#` begins a comment at the
 * start of a line or after a blank. `recipe` is a file, or the name of a shipped one.
 * GSC_EARGUMENT with file and line: no `=`, an unknown key (with the nearest), a key
 * given twice, a value out of range. */
int gsc_config_read_recipe(gsc_config *config, const char *recipe);

/* Names of the shipped recipes, sorted, NULL behind the last; the caller frees the
 * array and each name. */
int gsc_config_recipes(char ***names);

/* Fill in what follows from the task and from other keys, and check what no single key
 * can: the schedule, the model's sizes. Measures and conditions are the trainer's to
 * check. */
int gsc_config_resolve(gsc_config *config, const gsc_task *task);

int gsc_config_to_json(const gsc_config *config, gsc_text *json);
/* The same as a recipe. */
int gsc_config_to_recipe(const gsc_config *config, gsc_text *recipe);
int gsc_config_from_json(gsc_config *config, const char *json);

/* Compare with the configuration of a run that is to be continued: all keys but
 * `steps`, `checkpoints` and those that begin with `stop_` or `save_` must be the same.
 * GSC_EARGUMENT names the first that is not. */
int gsc_config_continues(const gsc_config *config, const gsc_config *before);

/* Whether both end a run on the same conditions: all keys `stop_…` are the same. */
bool gsc_config_stops_alike(const gsc_config *config, const gsc_config *before);

#ifdef __cplusplus
}
#endif
#endif
