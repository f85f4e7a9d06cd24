/* The weights of a network that pruning may take away, and which of them to keep. */
#ifndef GROKSCOPE_PRUNABLE_H
#define GROKSCOPE_PRUNABLE_H

#include "grokscope/loaded_model.h"
#include "grokscope/threads.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The elements of all trained matrices (tensors of two axes or more), one after the
 * other in the order of the network's tensors. Vectors, as biases, are not pruned. */
typedef struct gsc_prunable {
    size_t count;
    size_t num_matrices;
    struct gsc_prunable_matrix {
        const gsc_tensor *tensor; /* of the loaded model, which outlives this */
        size_t at;                /* its first element in the model's flat array */
        size_t first, count;      /* its elements here */
    } * matrices;
} gsc_prunable;

/* GSC_EFORMAT where no matrix is trained. */
int gsc_prunable_init(gsc_prunable *self, const gsc_loaded_model *loaded);
void gsc_prunable_free(gsc_prunable *self);

/* values [count] = those elements of a flat array. */
void gsc_prunable_gather(const gsc_prunable *self, const double *flat, double *values);

/* Keep the share of the largest scores [count]: of all matrices together, or of each by
 * itself. mask [count]; errors of gsc_weight_mask_keep. */
int gsc_prunable_select(const gsc_prunable *self, const double *scores, double share,
                        bool by_layer, bool *mask);

/* What weights are scored by; theta are the weights, L the training loss, g its
 * gradient and H its Hessian. The largest scores are kept.
 *
 *   magnitude  |theta|
 *   random     uniform numbers of a seed
 *   snip       |g theta|             (Lee et al., arXiv 1810.02340, equation 5)
 *   grasp      theta (H g), the negative of -theta (H g) of which Wang et al. (arXiv
 *              2002.07376, equation 8) prune the largest: without a weight the norm of
 *              the gradient falls in proportion to this. Their logits are divided by
 *              200; here by 1.
 *   synflow    |theta| |dR / d|theta||, R = 1' |W_1| |W_2| ... |W_L| 1 (Tanaka et al.,
 *              arXiv 2006.05467, section 6): biases and activations are left out
 */
typedef enum gsc_prune_score {
    GSC_PRUNE_MAGNITUDE,
    GSC_PRUNE_RANDOM,
    GSC_PRUNE_SNIP,
    GSC_PRUNE_GRASP,
    GSC_PRUNE_SYNFLOW
} gsc_prune_score;

/* "magnitude", …, NULL after the last. */
extern const char *const gsc_prune_score_names[];

/* scores [count] of a loaded model with other weights, a flat array. g is the gradient
 * of the loss of all training examples in float64, H g its central difference
 * (g(theta + e g) - g(theta - e g)) / 2e with e |g| = 1e-4 max(|theta|, 1e-3), whose
 * error is of second order in that. Cost: a forward and backward pass for snip, three
 * for grasp.
 * GSC_EARGUMENT for synflow of a network that is no chain of matrices: architectures
 * mlp, and token_mlp without residual layers and with one embedding, are one. */
int gsc_prunable_score(const gsc_prunable *self, const gsc_loaded_model *loaded,
                       const double *weights, gsc_prune_score by, uint64_t seed,
                       gsc_threads *threads, double *scores);

#ifdef __cplusplus
}
#endif
#endif
