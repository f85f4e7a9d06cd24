/* One of two checkpoints that are compared: what it brings of its own, found once
 * however many it is compared with. */
#ifndef GROKSCOPE_COMPARED_FEATURES_H
#define GROKSCOPE_COMPARED_FEATURES_H

#include "grokscope/rows.h"

#include "analyze/compare/agreement.h"
#include "analyze/maths/representation.h"
#include "analyze/network/pairs/key_rule.h"
#include "analyze/network/pairs/spectrum.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What to find; each may turn out not to be there. */
typedef enum gsc_feature {
    GSC_FEATURE_GRID,        /* the pairs of its binary table */
    GSC_FEATURE_QUESTIONS,   /* what its network can be asked: these, or examples */
    GSC_FEATURE_EMBEDDING,   /* rows of the operands' tokens; without pairs, of all */
    GSC_FEATURE_MOMENTS,     /* of logits and neurons over all questions */
    GSC_FEATURE_FREQUENCIES, /* spectrum, keys, neurons' frequencies */
    GSC_FEATURE_NORMS,       /* the row of grokscope-norms */
    GSC_FEATURE_CLOCKPIZZA,  /* that of grokscope-clockpizza */
    GSC_FEATURE_CIRCLES,     /* those of grokscope-clockpizza --long */
    GSC_NUM_FEATURES
} gsc_feature;

typedef struct gsc_compared_features_options {
    bool wanted[GSC_NUM_FEATURES]; /* grid and questions always are */
    gsc_key_rule
        key_rule; /* energy: that of the neuron-logit map, as progress has it */
    double key_fve;
    const void *clockpizza;    /* options of that measure */
    const gsc_questions *like; /* examples to ask, which outlive it; NULL: its own */
    const struct gsc_compared_features
        *triples_of; /* shares what its task makes, and outlives it; NULL */
} gsc_compared_features_options;

/* A feature that is not there, by asking or by nature, is empty. */
typedef struct gsc_compared_features {
    const gsc_loaded_model *loaded;
    const char *name;
    char *
        why[GSC_NUM_FEATURES]; /* why a feature that was wanted is not there, or NULL */
    gsc_grid grid;
    gsc_questions questions;
    gsc_representation
        embedding;     /* [n, width]; both operands' side by side where they differ */
    gsc_agreement own; /* with itself */
    gsc_spectrum spectrum; /* of the embedding, its keys by the rule */
    size_t num_neurons;
    size_t *frequency; /* [num_neurons] of each neuron, and its part of the variance */
    double *fve;
    size_t *num_of; /* [spectrum.count] neurons of each frequency */
    gsc_rows norms, clockpizza, circles;
    void *triples; /* of the measure clockpizza, which take as long as it does */
    bool borrows;  /* they are another's */
} gsc_compared_features;

/* Find the features of a loaded model. What it cannot be asked (GSC_EARGUMENT) and what
 * is not finite (GSC_ENUMERIC) is no failure: `why` tells. Loaded model and name
 * outlive the features; `threads` may be NULL. Cost: a forward pass over all questions
 * for moments and one over all pairs for frequencies; what the measures cost. On
 * failure `features` is empty. Released with gsc_compared_features_free. */
int gsc_compared_features_init(gsc_compared_features *features,
                               const gsc_loaded_model *loaded, const char *name,
                               const gsc_compared_features_options *options,
                               gsc_threads *threads);
void gsc_compared_features_free(gsc_compared_features *features);

/* Whether a feature was found. */
bool gsc_compared_features_has(const gsc_compared_features *features,
                               gsc_feature feature);

/* A number of its row of a measure, NaN where there is none. */
double gsc_compared_features_real(const gsc_rows *row, const char *column);

/* Copy the error's text to *why, unless it is set, and return 0 where `status` says
 * that something cannot be asked or is not finite; other codes are passed on. */
int gsc_compared_features_excuse(int status, char **why);

#ifdef __cplusplus
}
#endif
#endif
