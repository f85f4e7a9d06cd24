/* Which frequencies of a checkpoint count as key: the option --key-rule. */
#ifndef GROKSCOPE_KEY_RULE_H
#define GROKSCOPE_KEY_RULE_H

#include "grokscope/subject.h"
#include "grokscope/threads.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gsc_key_rule {
    GSC_KEY_BY_ENERGY, /* of each matrix by itself: gsc_fourier_keys */
    GSC_KEY_BY_NEURON, /* it explains GSC_KEY_NEURON of the variance of some neuron */
    GSC_KEY_BY_LOGIT   /* its wave in the logits has a similarity of GSC_KEY_LOGIT */
} gsc_key_rule;

/* Half (ours). A square of a pure wave, as in Gromov's network, has 0.8 of its variance
 * at that wave's frequency, the network of Nanda et al. begins with 0.2 at most. Nanda
 * et al. take every neuron's best, however little that is: all frequencies at step 0.
 */
#define GSC_KEY_NEURON 0.5

/* "energy", "neuron", "logit" */
extern const char *const gsc_key_rules[];

/* The keys of the whole network by one of the last two rules: key [n/2 + 1] over the n
 * residues of the order. The cost is a forward pass over all pairs. GSC_EARGUMENT where
 * the rule is by energy, or asks for neurons or outputs that the network has not. */
int gsc_key_rule_find(gsc_key_rule rule, const gsc_subject *subject, gsc_order order,
                      gsc_threads *threads, bool *key);

#ifdef __cplusplus
}
#endif
#endif
