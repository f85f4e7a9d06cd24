/* What components leave in their place: their means. */
#ifndef GROKSCOPE_ABLATION_MEAN_H
#define GROKSCOPE_ABLATION_MEAN_H

#include "analyze/network/pairs/pair_outputs.h"

typedef struct gsc_ablation_means {
    const gsc_loaded_model *loaded; /* as it was */
    const gsc_pair_outputs *before;
    gsc_loaded_model *after; /* what is left, with the biases that take the means */
    const bool *marks;       /* [count] of heads, layer by layer, or of neurons */
    size_t count;
} gsc_ablation_means;

/* b_O += sum over marked heads h of (mean over all pairs of z_h) W_O[h]. GSC_EARGUMENT
 * for a head of another layer than the last. */
int gsc_ablation_mean_heads(const gsc_ablation_means *means, gsc_threads *threads);

/* b_out += sum over marked neurons m of (mean activation of m) W_out[m]. GSC_EARGUMENT
 * where there is no b_out. */
int gsc_ablation_mean_neurons(const gsc_ablation_means *means);

/* Every row becomes the mean of them all; of a vector, every element. */
void gsc_ablation_mean_rows(const gsc_tensor *tensor);

#endif
