/* Neurons of one network that do what those of another do. */
#ifndef GROKSCOPE_MATCHING_H
#define GROKSCOPE_MATCHING_H

#include "analyze/compare/compared_features.h"
#include "analyze/maths/assignment.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Neurons are those that the answer is made of: of a transformer the last layer's MLP,
 * of an MLP its last hidden layer.
 * Heads and the residual stream's axes are not permuted, nor are other layers'. */
typedef struct gsc_matching {
    size_t num_a, num_b;
    size_t *of_a;        /* [num_a] the neuron of b, or GSC_UNASSIGNED */
    double *correlation; /* [num_a] of their activations over all questions: 0 where one
                            of the two is constant, NaN where both are, or of none */
    double mean;         /* of the correlations that are numbers */
} gsc_matching;

/* Match the neurons of two feature sets that have moments, `agreement` being theirs, so
 * that the sum of correlations is largest (Li et al., arXiv 1511.07543, section 3, the
 * one-to-one matching). Where the two are of one shape, GSC_MATCHING_BY_WEIGHTS times
 *
 *     -|w_a - w_b|^2 / (|w_a|^2 + |w_b|^2)
 *
 * is added, w all weights of a neuron, which decides among those that activations do
 * not tell apart, as silent ones. GSC_EARGUMENT where there are no neurons,
 * GSC_ENUMERIC where activations are not finite, GSC_EMEMORY. Released with
 * gsc_matching_free. O(m^3). */
#define GSC_MATCHING_BY_WEIGHTS 1e-6
int gsc_matching_init(gsc_matching *matching, const gsc_compared_features *a,
                      const gsc_compared_features *b, const gsc_agreement *agreement);
void gsc_matching_free(gsc_matching *matching);

/* Copy b's weights with its neurons in the order of a's, which changes nothing that the
 * network does but roundings: incoming weights, biases and outgoing weights move.
 * weights: a flat array as the loaded model's. GSC_EARGUMENT where they are not equally
 * many, and for an architecture of which it is not known which tensors they are. */
int gsc_matching_permute(const gsc_matching *matching, const gsc_loaded_model *b,
                         double *weights);

/* Whether two loaded models have the same tensors, by name and shape; where not, *why
 * (the caller frees it) names the first that differ. GSC_EMEMORY. */
int gsc_matching_same_shapes(const gsc_loaded_model *a, const gsc_loaded_model *b,
                             bool *same, char **why);

#ifdef __cplusplus
}
#endif
#endif
