/* Configurations of other programs, as ours. */
#ifndef GROKSCOPE_EXTERNAL_CONFIG_H
#define GROKSCOPE_EXTERNAL_CONFIG_H

#include "grokscope/config.h"

#include "train/exchange/value.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Defaults, but what a network or task may be known by is not set: whole numbers are
 * -1 (sizes of the model 0), reals NaN, the schedule of checkpoints "". */
int gsc_config_unset(gsc_config *config);

/* Set what a configuration tells: our own JSON; a flat dictionary, or the fields of an
 * object, of TransformerLens (HookedTransformerConfig), of Nanda's code or of Zhong et
 * al.'s. Fields that change nothing here are passed over. GSC_EFORMAT where one asks
 * for a network that is none of ours. */
int gsc_config_read_external(gsc_config *config, const gsc_value *value);

/* The same of a file: a checkpoint of ours, X.h5, or whatever gsc_external_open reads.
 */
int gsc_config_read_external_file(gsc_config *config, const char *path);

#ifdef __cplusplus
}
#endif
#endif
