/* What a loaded model's network answers to all pairs of residues, and how well. */
#ifndef GROKSCOPE_PAIR_OUTPUTS_H
#define GROKSCOPE_PAIR_OUTPUTS_H

#include "grokscope/fourier2d.h"
#include "grokscope/restricted_loss.h"

#include "analyze/network/evaluator.h"
#include "analyze/network/pairs/grid.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_pair_outputs {
    gsc_grid grid;
    gsc_evaluator evaluator;
    double *logits;          /* [n n, n], a column for each place of the order */
    void *neurons;           /* [n n, num_neurons] of the evaluator's type, or NULL */
    gsc_split_scores scores; /* once scored */
} gsc_pair_outputs;

/* Make ready; the loaded model outlives the outputs. Errors are those of
 * gsc_grid_init and gsc_evaluator_open. */
int gsc_pair_outputs_init(gsc_pair_outputs *self, const gsc_loaded_model *loaded,
                          gsc_residue_order order, bool neurons);
void gsc_pair_outputs_free(gsc_pair_outputs *self);

/* Run the network, with a flat array of weights like the loaded model's; `threads` may
 * be NULL. */
int gsc_pair_outputs_run(gsc_pair_outputs *self, const double *weights,
                         gsc_threads *threads);

/* Score what was answered over all outputs that training knows ("=" may have one), as
 * its losses are; NaN of a split that is not known. GSC_EARGUMENT where an answer is
 * not in the order. */
int gsc_pair_outputs_score(gsc_pair_outputs *self);

/* gsc_fourier2d_fve and gsc_fourier2d_shares of the neurons. */
int gsc_pair_outputs_fve(const gsc_pair_outputs *self, double *fve, double *total);
int gsc_pair_outputs_shares(const gsc_pair_outputs *self, gsc_direction direction,
                            double *share);

/* The frequency that explains most of each neuron, [num_neurons], and its part, which
 * may be NULL (gsc_fourier2d_peaks). */
int gsc_pair_outputs_frequencies(const gsc_pair_outputs *self, size_t *frequency,
                                 double *fve);

/* Where it is not known which pairs were trained on, what tells of them apart from the
 * others becomes NaN; what is of all pairs stays. */
void gsc_pair_outputs_hide_split(const gsc_pair_outputs *self,
                                 gsc_split_scores *scores);

/* gsc_grid_direction of its grid. */
int gsc_pair_outputs_direction(const gsc_pair_outputs *self, gsc_direction *direction);

/* What the methods of restricted_loss.h take: the logits over places of the order. */
gsc_pair_logits gsc_pair_outputs_logits(const gsc_pair_outputs *self,
                                        gsc_direction direction);

#ifdef __cplusplus
}
#endif
#endif
