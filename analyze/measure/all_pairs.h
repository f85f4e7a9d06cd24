/* What a network says of all pairs, and the frequencies of its neurons there. */
#ifndef GSC_MEASURE_ALL_PAIRS_H
#define GSC_MEASURE_ALL_PAIRS_H

#include "grokscope/fourier2d.h"
#include "grokscope/probe.h"

typedef struct gsc_all_pairs {
    gsc_grid grid;
    gsc_probe probe;
    double *logits; /* [n * n, n] */
    void *neurons;  /* [n * n, num_neurons] of the probe's type, or NULL */
} gsc_all_pairs;

/* Run the network over all pairs, in an order, with its neurons or without. The subject
 * outlives the pairs; `threads` may be NULL. */
int gsc_all_pairs_init(gsc_all_pairs *pairs, const gsc_subject *subject,
                       gsc_order order, bool neurons, gsc_threads *threads);
void gsc_all_pairs_free(gsc_all_pairs *pairs);

/* gsc_fourier2d_fve and gsc_fourier2d_shares of the neurons. */
int gsc_all_pairs_fve(const gsc_all_pairs *pairs, double *fve, double *total);
int gsc_all_pairs_shares(const gsc_all_pairs *pairs, gsc_direction direction,
                         double *share);

#endif
