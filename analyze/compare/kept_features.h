/* What is kept of a checkpoint, to be compared with many others. */
#ifndef GROKSCOPE_KEPT_FEATURES_H
#define GROKSCOPE_KEPT_FEATURES_H

#include "grokscope/text.h"

#include "analyze/compare/compared_features.h"
#include "analyze/method/logit_set.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_kept_features_options {
    bool of_weights; /* keep only these */
    gsc_key_rule key_rule;
    double key_fve; /* as in gsc_key_rule_find */
} gsc_kept_features_options;

typedef struct gsc_kept_features {
    int64_t step;
    char *tensors; /* their names and shapes: equal where weights correspond */
    gsc_type type;
    size_t num_weights;
    void *weights; /* [num_weights] of the type: all, bit for bit */
    /* The rest is empty where only weights are asked for, and where
     * compared_features.h says that it is not there. */
    gsc_representation embedding;
    size_t count;  /* frequencies */
    double *power; /* [count] of the embedding */
    bool *key;     /* [count] */
    bool has_logits;
} gsc_kept_features;

/* The pairs that the network of a checkpoint with this configuration is asked, as text:
 * equal where pair (i, j) of one corresponds to pair (i, j) of the other. *n is how
 * many residues or elements it is of; 0, and no text, for tensors without a network.
 * GSC_EFORMAT for a configuration that cannot be read. */
int gsc_kept_features_grid(const gsc_facets *facets, gsc_text *table, size_t *n);

/* Find them. Logits over all pairs go to place `at` of `logit_set`, which has n outputs
 * and n^2 examples; without one only weights are kept. What the network cannot be asked
 * (GSC_EARGUMENT) and what is not finite (GSC_ENUMERIC) is left out; other errors are
 * passed on. `name` is the file's. The cost is two forward passes over all pairs.
 * Several threads may do so at once. */
int gsc_kept_features_init(gsc_kept_features *self, const gsc_loaded_model *loaded,
                           const char *name, const gsc_kept_features_options *options,
                           gsc_logit_set *logit_set, size_t at);

/* Release; accepts zeroed and already freed ones. */
void gsc_kept_features_free(gsc_kept_features *self);

/* Keep the weights as float64 from now on, to stand beside others that are. */
int gsc_kept_features_widen(gsc_kept_features *self);

#ifdef __cplusplus
}
#endif
#endif
