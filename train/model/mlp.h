/* Networks of fully connected layers. */
#ifndef GSC_MODEL_MLP_H
#define GSC_MODEL_MLP_H

#include "train/model/parts.h"

typedef struct gsc_mlp_options {
    char hidden[GSC_OPTION_TEXT_BYTES]; /* "200,200": the width of each hidden layer */
    int64_t d_model;                    /* of tokens: of an embedding */
    double embedding_scale;             /* of embedding_product: of its first numbers */
    int64_t act_fn, biases;
    double dropout; /* of the hidden layers' activations */
    int64_t init;   /* gsc_mlp_init */
} gsc_mlp_options;

/* How weights and biases begin, by the layer's fan_in and fan_out:
 *   pytorch  nn.Linear's own: both even within 1/sqrt(fan_in) of 0
 *   xavier   weights even within sqrt(6 / (fan_in + fan_out)) of 0, biases 0 (Glorot
 * and Bengio, AISTATS 2010) kaiming  weights Gaussian of deviation sqrt(2 / fan_in),
 * biases 0 (He et al., arXiv 1502.01852) */
typedef enum gsc_mlp_init {
    GSC_MLP_PYTORCH,
    GSC_MLP_XAVIER,
    GSC_MLP_KAIMING
} gsc_mlp_init;

extern const gsc_architecture gsc_architecture_mlp, gsc_architecture_embedding_sum,
    gsc_architecture_embedding_product;

#endif
