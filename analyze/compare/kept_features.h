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

/* What the network of a checkpoint is asked, as text: equal where question i of one
 * corresponds to question i of the other. Of several operations one is asked about, as
 * gsc_loading has it. *n is how many residues or elements its pairs
 * are of; 0 for examples of a dataset. No text for tensors without a network.
 * GSC_EFORMAT for facets that cannot be read. */
int gsc_kept_features_grid(const gsc_checkpoint *checkpoint, const char *operation,
                           gsc_text *table, size_t *n);

/* Where the answers go. */
typedef struct gsc_kept_features_place {
    gsc_logit_set *logit_set;  /* of all who are asked the same; empty: none are kept */
    size_t at;                 /* which of them this is */
    const gsc_questions *like; /* the examples to ask; NULL: pairs */
} gsc_kept_features_place;

/* Find them; without a place only weights are kept. What the network cannot be asked
 * (GSC_EARGUMENT) and what is not finite (GSC_ENUMERIC) is left out; other errors are
 * passed on. `name` is the file's. The cost is two forward passes over all pairs, or
 * one over the examples. Several threads may do so at once. */
int gsc_kept_features_init(gsc_kept_features *self, const gsc_loaded_model *loaded,
                           const char *name, const gsc_kept_features_options *options,
                           const gsc_kept_features_place *place);

/* Release; accepts zeroed and already freed ones. */
void gsc_kept_features_free(gsc_kept_features *self);

/* Keep the weights as float64 from now on, to stand beside others that are. */
int gsc_kept_features_widen(gsc_kept_features *self);

#ifdef __cplusplus
}
#endif
#endif
