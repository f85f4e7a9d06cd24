/* Configurations of other programs, as ours. */
#ifndef GROKSCOPE_EXTERNAL_CONFIG_H
#define GROKSCOPE_EXTERNAL_CONFIG_H

#include "grokscope/config.h"

#include "train/exchange/external.h"
#include "train/model/token_model.h"
#include "train/task/binary_operation.h"
#include "train/task/repeats.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What networks of others may be: the task is a binary operation, or repeats, with
 * which a language model is asked; the architecture begins as "auto", to be found from
 * names and shapes. */
extern const gsc_registry gsc_import_registry;

/* Whether the task is a binary operation. */
bool gsc_import_is_of_pairs(const gsc_config *config);

/* The options of task and architecture of a configuration of that registry; those of
 * the task by which one it is. */
gsc_binary_operation *gsc_import_task(gsc_config *config);
gsc_repeats *gsc_import_sequences(gsc_config *config);
gsc_token_model *gsc_import_model(gsc_config *config);

/* Whether the architecture is known, and which it is. */
bool gsc_import_knows(const gsc_config *config);
void gsc_import_choose(gsc_config *config, const gsc_architecture *architecture);

/* The same configuration over another registry, which has what is chosen. */
void gsc_import_convert(gsc_config *config, const gsc_registry *registry);

/* Defaults, but what a network or task may be known by is not set: whole numbers are
 * -1 (sizes of the model 0), reals NaN, the schedule of checkpoints "". */
int gsc_config_unset(gsc_config *config);

/* Choose the task of such a configuration. Of sequences all is known but how many
 * tokens there are (0); they have 16 examples, and none to train on. GSC_EARGUMENT for
 * a task that no import has. */
int gsc_config_unset_task(gsc_config *config, const char *task);

/* Set one option that a file tells, and know it. What is none of ours, and a value that
 * is no scalar, tells nothing. GSC_EFORMAT where the value does not fit. */
int gsc_import_set(gsc_config *config, const char *name, const gsc_value *value);

/* Set what a configuration tells: our own JSON, or the fields of others
 * (gsc_external_fields_read). GSC_EFORMAT where one asks for a network that is none of
 * ours. */
int gsc_config_read_external(gsc_config *config, const gsc_value *value);

/* Set what the groups of an optimizer's state (param_groups) agree on: lr, betas, eps,
 * weight_decay, momentum. NULL, and what is no such state, tells nothing. */
int gsc_config_read_param_groups(gsc_config *config, const gsc_value *optimizer);

/* The same of a file, a checkpoint of ours, X.h5, or whatever gsc_external_open reads,
 * which stays open for the caller to close. */
int gsc_config_read_external_file(gsc_config *config, const char *path,
                                  gsc_external **file);

#ifdef __cplusplus
}
#endif
#endif
