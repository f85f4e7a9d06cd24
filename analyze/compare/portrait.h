/* What is kept of a checkpoint, to be compared with many others. */
#ifndef GROKSCOPE_PORTRAIT_H
#define GROKSCOPE_PORTRAIT_H

#include "grokscope/text.h"

#include "analyze/compare/party.h"
#include "analyze/method/logit_stack.h"

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
    char *tensors; /* their names and shapes: equal where weights correspond */
    gsc_type type;
    size_t num_weights;
    void *weights; /* [num_weights] of the type: all, bit for bit */
    /* The rest is empty where weights alone are asked for, and where party.h says that
     * it is not there. */
    gsc_cloud embedding;
    size_t count;  /* frequencies */
    double *power; /* [count] of the embedding */
    bool *key;     /* [count] */
    bool has_logits;
} gsc_portrait;

/* The table of pairs that a checkpoint with this configuration is about, as a text:
 * equal where pair (i, j) of one corresponds to pair (i, j) of the other. *n is how
 * many residues or elements it is of; 0, and no text, for tensors without a network.
 * GSC_EFORMAT for a configuration that cannot be read. */
int gsc_portrait_table(const char *config, gsc_text *table, size_t *n);

/* Draw it. Logits over all pairs go to place `at` of `stack`, which has n outputs and
 * n^2 examples; without one only weights are kept. What the network cannot be asked
 * (GSC_EARGUMENT) and what is not finite (GSC_ENUMERIC) is left out; other errors are
 * passed on. `name` is the file's. The cost is two forward passes over all pairs.
 * Several threads may draw at once. */
int gsc_portrait_init(gsc_portrait *self, const gsc_subject *subject, const char *name,
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
