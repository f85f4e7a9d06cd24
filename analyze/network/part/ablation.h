/* A loaded model without some of its components, or with those of another. */
#ifndef GROKSCOPE_ABLATION_H
#define GROKSCOPE_ABLATION_H

#include "analyze/network/pairs/pair_outputs.h"
#include "analyze/network/part/ablation_draw.h"
#include "analyze/network/part/components.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_ablation {
    const gsc_components *components;
    bool keep;          /* ablate all others of the kinds that are named */
    bool mean;          /* leave their mean instead of 0 */
    const double *from; /* put these weights' components there, or NULL */
    size_t draw;        /* number from 1: so many others, drawn at random; 0: these */
    uint64_t seed;      /* of draws */
} gsc_ablation;

/* What is left: a model of its own over the loaded model's checkpoint. */
typedef struct gsc_ablated {
    gsc_loaded_model loaded; /* the one it comes from outlives it */
    size_t num_ablated;      /* components */
    gsc_draw_pool pools[GSC_NUM_COMPONENT_KINDS]; /* that others are drawn from */
} gsc_ablated;

/* Whether it asks for the neurons' activations. */
bool gsc_ablation_needs_neurons(const gsc_ablation *ablation);

/* The tensor whose row m neuron m writes by: a transformer's last W_out, else W_U. */
void gsc_ablation_name_writer(const gsc_loaded_model *loaded,
                              char name[GSC_NAME_BYTES]);

/* Ablate, kind after kind:
 *
 *   circle   E - F_kᵀ F_k E over the rows of the operands' tokens, in the order in
 *            which the operation is a sum; in both embeddings where there are two. The
 *            mean row stays in any case
 *   pc       E - s_u U_u V_uᵀ of the principal components of the same rows (pca.h),
 *            those of the embedding without the circles; their mean row stays
 *   head     its rows of W_O
 *   neurons  of the last layer: their rows of W_out (of W_U without an MLP's output);
 *            freq:K are those of which frequency K explains most (fourier2d.h)
 *   tensor   a parameter
 *
 * become 0, or with `from` what they are there: E + (part of the other's E) - (part of
 * E), so that a network's own components change nothing, to the bit. With `mean`,
 * neurons and heads leave their mean over all pairs in the bias after them, b_out and
 * b_O, which is added where the network has none; rows of a tensor become its mean row.
 *
 * With `draw`, the components that are named only say how many: others of the same kind
 * are drawn in their place (ablation_draw.h). Not of tensors, which differ in size:
 * GSC_EARGUMENT.
 *
 * `before` are the loaded model's own outputs, run, with neurons where needed.
 * GSC_EARGUMENT where the network has no such component or, with `mean`, no place for
 * it: a head of an earlier layer writes to every position, and a network that is no
 * transformer has no bias behind its neurons. */
int gsc_ablated_init(gsc_ablated *ablated, const gsc_loaded_model *loaded,
                     gsc_pair_outputs *before, const gsc_ablation *ablation,
                     gsc_threads *threads);
void gsc_ablated_free(gsc_ablated *ablated);

#ifdef __cplusplus
}
#endif
#endif
