/* What is kept of a checkpoint, to be compared with many others. */
#ifndef GROKSCOPE_PORTRAIT_H
#define GROKSCOPE_PORTRAIT_H

#include "grokscope/cloud.h"
#include "grokscope/key_rule.h"
#include "grokscope/logit_stack.h"
#include "grokscope/text.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_portrait_options {
    bool of_weights; /* keep these alone */
    gsc_key_rule key_rule;
    double key_fve; /* as in gsc_key_rule_find */
} gsc_portrait_options;

typedef struct gsc_portrait {
    int64_t step;
    char *tensors; /* names and shapes of the trained ones: equal where weights
                      correspond */
    gsc_type type;
    size_t num_weights;
    void *weights; /* [num_weights] of the type: trained ones, bit for bit */
    /* The rest is empty where weights alone are asked for, or the network has none. */
    gsc_cloud embedding; /* a row a residue, in the order of the operation */
    size_t count;        /* frequencies of that; 0 for a group without an order */
    double *power;       /* [count], that of the constant 0 */
    bool *key;           /* [count]; NULL where the rule cannot be asked */
    bool has_logits;
} gsc_portrait;

/* The table of pairs that a checkpoint with this configuration is about, as a text:
 * equal where pair (i, j) of one corresponds to pair (i, j) of the other. *n is how
 * many residues or elements it is of; 0, and no text, for tensors without a network.
 * GSC_EFORMAT for a configuration that cannot be read. */
int gsc_portrait_table(const char *config, gsc_text *table, size_t *n);

/* Draw it. Logits over all pairs go to place `at` of `stack`, which has n outputs and
 * n^2 examples, unless NULL. What the network cannot be asked (GSC_EARGUMENT: no
 * neurons to find key frequencies by, an operation not defined on all pairs) is left
 * out; other errors are passed on. The cost is a forward pass over all pairs. Several
 * threads may draw at once. Released with gsc_portrait_free. */
int gsc_portrait_init(gsc_portrait *self, const gsc_subject *subject,
                      const gsc_portrait_options *options, gsc_logit_stack *stack,
                      size_t at);

/* Release; accepts zeroed and already freed ones. */
void gsc_portrait_free(gsc_portrait *self);

/* Keep the weights as float64 from now on, to stand beside others that are. */
int gsc_portrait_widen(gsc_portrait *self);

#ifdef __cplusplus
}
#endif
#endif
