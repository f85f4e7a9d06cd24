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
    bool scored;
    double *fve, *total; /* gsc_fourier2d_fve of the neurons, once asked for */
} gsc_pair_outputs;

/* What the loaded model's network answers with its own weights, and its neurons where
 * it has any: run when this is first asked for, and kept with the loaded model, so that
 * all who ask of one checkpoint share one forward pass. The outputs are the loaded
 * model's; they are good until its weights or its type change, or another order is
 * asked for, which runs the network again (weights are compared, not trusted). With
 * `neurons` GSC_EARGUMENT for a model without them; other errors are those of
 * gsc_pair_outputs_init. One thread at a time. */
int gsc_pair_outputs_of(const gsc_loaded_model *loaded, gsc_residue_order order,
                        bool neurons, gsc_threads *threads, gsc_pair_outputs **outputs);

/* Make ready; the loaded model outlives the outputs. Errors are those of
 * gsc_grid_init and gsc_evaluator_open. */
int gsc_pair_outputs_init(gsc_pair_outputs *self, const gsc_loaded_model *loaded,
                          gsc_residue_order order, bool neurons);
void gsc_pair_outputs_free(gsc_pair_outputs *self);

/* Run the network, with a flat array of weights like the loaded model's; `threads` may
 * be NULL. */
int gsc_pair_outputs_run(gsc_pair_outputs *self, const double *weights,
                         gsc_threads *threads);

/* Score, once, what was answered over all outputs that training knows ("=" may have
 * one), as its losses are; NaN of a split that is not known. GSC_EARGUMENT where an
 * answer is not in the order. */
int gsc_pair_outputs_score(gsc_pair_outputs *self);

/* Find `fve` and `total`, once: gsc_fourier2d_fve of the neurons. */
int gsc_pair_outputs_fve(gsc_pair_outputs *self);

/* gsc_fourier2d_shares of the neurons. */
int gsc_pair_outputs_shares(const gsc_pair_outputs *self, gsc_direction direction,
                            double *share);

/* The frequency that explains most of each neuron, [num_neurons], and its part, which
 * may be NULL (gsc_fourier2d_peaks). */
int gsc_pair_outputs_frequencies(gsc_pair_outputs *self, size_t *frequency,
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
