/* What a network does over all pairs of residues, condensed to what can be drawn. */
#ifndef GROKSCOPE_PAIR_MAPS_H
#define GROKSCOPE_PAIR_MAPS_H

#include "grokscope/loaded_model.h"
#include "grokscope/threads.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Functions of (a, b) of one frequency k, w = 2 pi k/n: cos wa, sin wa, cos wb, sin wb,
 * cos wa cos wb, cos wa sin wb, sin wa cos wb, sin wa sin wb. */
enum { GSC_PAIR_MAPS_BASIS = 8 };
extern const char *const gsc_pair_maps_basis_names[GSC_PAIR_MAPS_BASIS];

/* Of the logits L[a, b, c], a, b, c places of the order:
 *
 *     L[a, b, c] = mean[c] + sum_{0 < k < n/2} sum_i coefficients[k, i, c] basis_i(a,
 * b)
 *                  + what is of two frequencies at once, or of n/2
 *
 * With That[i, j, c] their coefficients over the orthonormal basis of gsc_dft_basis and
 * Lhat[i, j, c] = That[i, j, c] - mean_c That[i, j, c], the part that softmax sees,
 *
 *     norm[i, j] = sqrt(sum_c Lhat[i, j, c]^2)
 *     share[k] = sum of norm^2 over the basis of k / sum of norm^2 over all (i, j) but
 *     (0, 0): the part of their variance over the pairs
 *
 * 0 where nothing varies. */
typedef struct gsc_pair_maps {
    size_t n, count;     /* places; frequencies 0 … n/2 */
    float *norm;         /* [n, n] */
    float *mean;         /* [n] */
    float *coefficients; /* [count, GSC_PAIR_MAPS_BASIS, n]; 0 of 0 and n/2 */
    float *share;        /* [count] */
    uint16_t *answers; /* [n, n] place of the right answer, or GSC_NO_ANSWER (grid.h) */
    size_t num_neurons; /* 0: the model has none */
    float *profiles;    /* [num_neurons, n] each at a, the mean over b */
    size_t *frequency;  /* [num_neurons] that explains most of it (fourier2d.h) */
    double *fve;        /* [num_neurons] and how much */
} gsc_pair_maps;

/* Draw a loaded model over an order. A forward pass over n^2 pairs and 2 n^4 flops.
 * Errors of gsc_pair_outputs_init. `threads` may be NULL. */
int gsc_pair_maps_init(gsc_pair_maps *maps, const gsc_loaded_model *loaded,
                       gsc_residue_order order, gsc_threads *threads);
void gsc_pair_maps_free(gsc_pair_maps *maps);

#ifdef __cplusplus
}
#endif
#endif
