/* One of two checkpoints that are compared: what it brings of its own, found once
 * however many it is compared with. */
#ifndef GROKSCOPE_PARTY_H
#define GROKSCOPE_PARTY_H

#include "grokscope/rows.h"

#include "analyze/compare/meeting.h"
#include "analyze/maths/cloud.h"
#include "analyze/network/key_rule.h"
#include "analyze/network/spectrum.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What to find; each may turn out not to be there. */
typedef enum gsc_facet {
    GSC_FACET_GRID,        /* the pairs that its network can be asked */
    GSC_FACET_EMBEDDING,   /* rows of the operands' tokens */
    GSC_FACET_MOMENTS,     /* of logits and neurons over all pairs */
    GSC_FACET_FREQUENCIES, /* spectrum, keys, neurons' frequencies */
    GSC_FACET_NORMS,       /* the row of grokscope-norms */
    GSC_FACET_ADDING,      /* that of grokscope-clockpizza */
    GSC_FACET_CIRCLES,     /* those of grokscope-clockpizza --long */
    GSC_NUM_FACETS
} gsc_facet;

typedef struct gsc_party_options {
    bool wanted[GSC_NUM_FACETS]; /* the grid always is */
    gsc_key_rule
        key_rule; /* energy: that of the neuron-logit map, as progress has it */
    double key_fve;
    const struct gsc_party
        *like; /* shares what its task makes, and outlives it; NULL */
} gsc_party_options;

/* A facet that is not there, by asking or by nature, is empty. */
typedef struct gsc_party {
    const gsc_subject *subject;
    const char *name;
    char *why[GSC_NUM_FACETS]; /* why a facet that was wanted is not there, or NULL */
    gsc_grid grid;
    gsc_cloud embedding; /* [n, width]; both operands' side by side where they differ */
    gsc_meeting own;     /* with itself */
    gsc_spectrum spectrum; /* of the embedding, its keys by the rule */
    size_t num_neurons;
    size_t *frequency; /* [num_neurons] of each neuron, and its part of the variance */
    double *fve;
    size_t *num_of; /* [spectrum.count] neurons of each frequency */
    gsc_rows norms, adding, circles;
    void *triples; /* of the measure clockpizza, which take as long as it does */
    bool borrows;  /* they are another's */
} gsc_party;

/* Look at a subject. What it cannot be asked (GSC_EARGUMENT) and what is not finite
 * (GSC_ENUMERIC) is no failure: `why` tells. Subject and name outlive the party;
 * `threads` may be NULL. Cost: a forward pass over all pairs for moments and one for
 * frequencies; what the measures cost. On failure `party` is empty. Released with
 * gsc_party_free. */
int gsc_party_init(gsc_party *party, const gsc_subject *subject, const char *name,
                   const gsc_party_options *options, gsc_threads *threads);
void gsc_party_free(gsc_party *party);

/* Whether a facet was found. */
bool gsc_party_has(const gsc_party *party, gsc_facet facet);

/* A number of a party's row of a measure, NaN where there is none. */
double gsc_party_real(const gsc_rows *row, const char *column);

/* Copy the error's text to *why, unless it is set, and return 0 where `status` says
 * that something cannot be asked or is not finite; other codes are passed on. */
int gsc_party_excuse(int status, char **why);

#ifdef __cplusplus
}
#endif
#endif
