/* What a subject's network answers to all pairs of residues, and how well. */
#ifndef GROKSCOPE_REPLIES_H
#define GROKSCOPE_REPLIES_H

#include "grokscope/ablation.h"
#include "grokscope/fourier2d.h"

#include "analyze/network/grid.h"
#include "analyze/network/probe.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_replies {
    gsc_grid grid;
    gsc_probe probe;
    double *logits;          /* [n n, n], a column for each place of the order */
    void *neurons;           /* [n n, num_neurons] of the probe's type, or NULL */
    gsc_split_scores scores; /* once asked for */
} gsc_replies;

/* Make ready to ask; the subject outlives the replies. Errors are those of
 * gsc_grid_init and gsc_probe_open. */
int gsc_replies_init(gsc_replies *self, const gsc_subject *subject, gsc_order order,
                     bool neurons);
void gsc_replies_free(gsc_replies *self);

/* Ask the network, with a flat array of weights like the subject's; `threads` may be
 * NULL. */
int gsc_replies_ask(gsc_replies *self, const double *weights, gsc_threads *threads);

/* Score what was answered over all outputs that training knows ("=" may have one), as
 * its losses are; NaN of a split that is not known. GSC_EARGUMENT where an answer is
 * not in the order. */
int gsc_replies_score(gsc_replies *self);

/* gsc_fourier2d_fve and gsc_fourier2d_shares of the neurons. */
int gsc_replies_fve(const gsc_replies *self, double *fve, double *total);
int gsc_replies_shares(const gsc_replies *self, gsc_direction direction, double *share);

/* The frequency that explains most of each neuron, [num_neurons], and its part, which
 * may be NULL (gsc_fourier2d_peaks). */
int gsc_replies_frequencies(const gsc_replies *self, size_t *frequency, double *fve);

/* Where it is not known which pairs were trained on, what tells of them apart from the
 * others becomes NaN; what is of all pairs stays. */
void gsc_replies_hide_split(const gsc_replies *self, gsc_split_scores *scores);

/* gsc_grid_direction of its grid. */
int gsc_replies_direction(const gsc_replies *self, gsc_direction *direction);

/* What the methods of ablation.h take: the logits over places of the order. */
gsc_answers gsc_replies_answers(const gsc_replies *self, gsc_direction direction);

#ifdef __cplusplus
}
#endif
#endif
