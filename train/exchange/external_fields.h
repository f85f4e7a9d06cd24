/* Fields of other programs' configurations, as our options. */
#ifndef GROKSCOPE_EXTERNAL_FIELDS_H
#define GROKSCOPE_EXTERNAL_FIELDS_H

#include "grokscope/config.h"

#include "train/exchange/value.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The dictionary that a configuration is, or whose names are an object's fields
 * (argparse.Namespace, a dataclass); NULL of other values. */
const gsc_value *gsc_external_fields_of(const gsc_value *value);

/* Whether a value of a file can be a configuration: a dictionary or an object that has,
 * or a section of it has, more numbers, truths and texts than arrays. */
bool gsc_external_fields_are_there(const gsc_value *value);

/* Set what fields tell that tensors do not: those of TransformerLens
 * (HookedTransformerConfig), of Nanda's code, of Zhong et al.'s, and the usual ones of
 * training scripts (nhead, n_embd, activation, prime, op, frac_train, wd, …), also in
 * sections (model, args, data, …). Fields that change nothing here are passed over, and
 * so are a script's values that are none of ours. GSC_EFORMAT where a network is asked
 * for that is none of ours. */
int gsc_external_fields_read(gsc_config *config, const gsc_value *dict);

/* Set an option to a text, or to what ours is called that stands for it. */
int gsc_external_set_text(gsc_config *config, const char *key, const char *text);

/* Set what published code means without saying so: the layout, who attends to whom, the
 * operation. GSC_EFORMAT where it asks for parts that no network of ours has. */
int gsc_external_published_read(gsc_config *config, const gsc_value *dict);

/* Add what fields say of sizes that the network of `config` does not have: "n_embd 64
 * (d_model 128)", with commas between. */
int gsc_external_fields_differ(const gsc_value *value, const gsc_config *config,
                               gsc_text *differences);

#ifdef __cplusplus
}
#endif
#endif
