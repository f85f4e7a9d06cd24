/* The configurations that files hold beside their weights. */
#ifndef GROKSCOPE_STATE_CONFIG_H
#define GROKSCOPE_STATE_CONFIG_H

#include "grokscope/config.h"

#include "analyze/import/state_dicts.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { GSC_MOST_STATE_CONFIGS = 16 };

/* What of them tensors may contradict in more than a size; a set of these. */
enum { GSC_DOUBT_HEADS = 1, GSC_DOUBT_MODULUS = 2, GSC_ALL_DOUBTS = 3 };

typedef struct gsc_state_configs {
    size_t count;
    const gsc_value *items[GSC_MOST_STATE_CONFIGS]; /* the later ones count more */
    gsc_text names;                                 /* of those in the file */
    gsc_external *notes, *side; /* what else they lie in; NULL: nothing */
} gsc_state_configs;

/* Read into `config` what the first file holds: `config`, `cfg`, `args`, `hparams`,
 * `hyper_parameters`, `hyperparameters`, `model_args`, `model_config` or `params`, each
 * a dictionary or an object of plain values, or the JSON text of its notes; and of a
 * saved optimizer what its groups agree on. GSC_EFORMAT as gsc_config_read_external. */
int gsc_state_configs_read(gsc_state_configs *configs, const gsc_state_dicts *dicts,
                           gsc_config *config);

/* Where no file holds one: the config.json that lies beside model.safetensors or
 * pytorch_model.bin, as Hugging Face's are saved. */
int gsc_state_configs_read_beside(gsc_state_configs *configs,
                                  const gsc_state_dicts *dicts, gsc_config *config);

/* The same of a file that is named, which counts more. */
int gsc_state_configs_read_file(gsc_state_configs *configs, const char *path,
                                gsc_config *config);

/* Add where they say another size than the network has (gsc_external_fields_differ). */
int gsc_state_configs_differ(const gsc_state_configs *configs, const gsc_config *config,
                             gsc_text *differences);

void gsc_state_configs_close(gsc_state_configs *configs);

#ifdef __cplusplus
}
#endif
#endif
