/* Networks of fully connected layers. */
#ifndef GSC_MODEL_MLP_H
#define GSC_MODEL_MLP_H

#include "train/model/parts.h"

typedef struct gsc_mlp_options {
    char hidden[GSC_OPTION_TEXT_BYTES]; /* "200,200": the width of each hidden layer */
    int64_t d_model;                    /* of tokens: of an embedding */
    double embedding_scale;             /* of embedding_product: of its first numbers */
    double embed_messiness;             /* of embedding_sum; below 0: none */
    int64_t act_fn, biases;
    double dropout; /* of the hidden layers' activations */
    int64_t init;   /* gsc_mlp_init */
} gsc_mlp_options;

/* How weights and biases begin, by the layer's fan_in and fan_out:
 *   pytorch  nn.Linear's own: both even within 1/sqrt(fan_in) of 0
 *   xavier   weights even within sqrt(6 / (fan_in + fan_out)) of 0, biases 0
 *            (Glorot and Bengio, AISTATS 2010)
 *   kaiming  weights Gaussian of deviation sqrt(2 / fan_in), biases 0
 *            (He et al., arXiv 1502.01852)
 *   bernoulli  weights 1/sqrt(fan_in) or -1/sqrt(fan_in) at even odds, biases 0
 *            (Barak et al., arXiv 2207.08799, who name no scale: this one keeps the
 *            neurons' inputs of variance 1) */
typedef enum gsc_mlp_init {
    GSC_MLP_PYTORCH,
    GSC_MLP_XAVIER,
    GSC_MLP_KAIMING,
    GSC_MLP_BERNOULLI
} gsc_mlp_init;

/* "pytorch", …, NULL after the last. */
extern const char *const gsc_mlp_init_names[];

/* How a layer's weights begin. */
gsc_initializer gsc_mlp_initializer(int64_t init, int64_t fan_in, int64_t fan_out);

extern const gsc_architecture gsc_architecture_mlp, gsc_architecture_embedding_sum,
    gsc_architecture_embedding_product, gsc_architecture_polynet,
    gsc_architecture_neuron;

#endif
