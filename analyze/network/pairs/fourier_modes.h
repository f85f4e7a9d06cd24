/* The Fourier modes along the sum in a loaded model's logits and neurons, which of them
 * are key, and what is lost with them: what progress measures are made of. */
#ifndef GROKSCOPE_FOURIER_MODES_H
#define GROKSCOPE_FOURIER_MODES_H

#include "analyze/network/pairs/key_rule.h"
#include "analyze/network/pairs/pair_outputs.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Whose restricted and excluded losses (restricted_loss.h has the formulas). */
typedef enum gsc_convention {
    GSC_CONVENTION_NANDA,    /* arXiv 2301.05217: of the logits; over all pairs */
    GSC_CONVENTION_NOTEBOOK, /* its notebook: of the neurons; over the test pairs */
    GSC_CONVENTION_CHUGHTAI  /* arXiv 2302.03025: only of the neurons; all pairs */
} gsc_convention;

extern const char *const gsc_convention_names[];

typedef struct gsc_fourier_modes {
    gsc_pair_outputs *pair_outputs; /* in the order in which the operation is a sum;
                                       the loaded model's */
    gsc_convention convention;
    gsc_restricted_loss of_logits;
    gsc_restricted_loss of_neurons; /* empty in Nanda's convention */
    double *written; /* [n n, n] logits of only the neurons: Chughtai et al. */
    size_t count;    /* frequencies 0 … n/2 */
    double *v;       /* [count] as of gsc_restricted_loss_cube */
    gsc_cube cube;
    size_t *frequency; /* [num_neurons] of each neuron, and its fraction of variance */
    double *fve;
} gsc_fourier_modes;

/* Run the loaded model's network and find its modes. With `neurons` their frequencies
 * are found too (GSC_EARGUMENT for a model without neurons). GSC_EARGUMENT where the
 * operation is no sum or difference, and where a convention of neurons meets a layer
 * norm between them and the logits. The loaded model outlives the modes; `threads` may
 * be NULL. */
int gsc_fourier_modes_init(gsc_fourier_modes *self, const gsc_loaded_model *loaded,
                           gsc_convention convention, bool neurons,
                           gsc_threads *threads);
void gsc_fourier_modes_free(gsc_fourier_modes *self);

/* Mark the key frequencies, key [count]. By neuron, the modes were found with neurons,
 * and a neuron counts whose frequency explains at least `fve` of its variance. */
int gsc_fourier_modes_keys(const gsc_fourier_modes *self, gsc_key_rule rule, double fve,
                           bool *key);

/* Losses that keep only the keys, or lose them: NaN where there are none, and where
 * they are of a split that is not known. */
typedef struct gsc_mode_losses {
    double restricted, restricted_train, restricted_test;
    double excluded, excluded_cube;
} gsc_mode_losses;

int gsc_fourier_modes_restrict(const gsc_fourier_modes *self, const size_t *keys,
                               size_t num_keys, gsc_mode_losses *losses);
int gsc_fourier_modes_exclude(const gsc_fourier_modes *self, const size_t *keys,
                              size_t num_keys, gsc_mode_losses *losses);

#ifdef __cplusplus
}
#endif
#endif
