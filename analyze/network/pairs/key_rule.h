/* Which frequencies of a checkpoint count as key: the option --key-rule. */
#ifndef GROKSCOPE_KEY_RULE_H
#define GROKSCOPE_KEY_RULE_H

#include "analyze/network/pairs/pair_outputs.h"

#ifdef __cplusplus
extern "C" {
#endif

/* key_frequency.h and fourier.h have the formulas. */
typedef enum gsc_key_rule {
    GSC_KEYS_BY_NEURON, /* some neuron's frequency (Nanda et al., arXiv 2301.05217) */
    GSC_KEYS_BY_ENERGY, /* twice an even share of the power of a matrix */
    GSC_KEYS_BY_LOGIT   /* its mode in the logits has a similarity of GSC_KEY_LOGIT */
} gsc_key_rule;

/* "neuron", "energy", "logit" */
extern const char *const gsc_key_rule_names[];

/* The keys of the whole network by neuron or logit: key [n/2 + 1] over the n residues
 * of the order. A neuron counts whose frequency explains at least least_fve of its
 * variance. The cost is a forward pass over all pairs. GSC_EARGUMENT where the rule is
 * by energy, or asks for neurons, outputs or a direction (gsc_pair_outputs_direction)
 * that are not there.
 */
int gsc_key_rule_find(gsc_key_rule rule, double least_fve,
                      const gsc_loaded_model *loaded, gsc_residue_order order,
                      gsc_threads *threads, bool *key);

/* The keys by logit of modes v [count] and their cube (gsc_restricted_loss_cube). */
int gsc_key_rule_by_logit(const double *v, const gsc_cube *cube, size_t count,
                          bool *key);

#ifdef __cplusplus
}
#endif
#endif
