/* A network of bits as a function of signs: its first layer, bit by bit, and its answer
 * to inputs, all 2^n of them or a random sample. */
#ifndef GROKSCOPE_SIGNS_H
#define GROKSCOPE_SIGNS_H

#include "grokscope/loaded_model.h"
#include "grokscope/threads.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bits for which all inputs are asked at most: 2^20 of them. */
enum { GSC_MOST_SIGNS = 20, GSC_SIGN_SAMPLE = 16384 };

/* What the facet "bits" says. */
typedef struct gsc_signs {
    size_t n, k;
    const uint16_t *relevant; /* [k], the facet's */
    uint8_t *in_set;          /* [n]: whether a bit is relevant */
    bool all;                 /* every input is asked, in the order of walsh.h */
    size_t num_inputs;        /* 2^n, or GSC_SIGN_SAMPLE */
    uint8_t *minus;           /* [num_inputs, n]: 1 where a sign is -1 */
    double *parity;           /* [num_inputs]: the product of the relevant signs */
} gsc_signs;

/* All inputs of up to `most` bits (at most GSC_MOST_SIGNS), of more bits random ones of
 * stream "walsh:sample", seed 0. The loaded model outlives it. GSC_EFORMAT where the
 * facet is damaged. */
int gsc_signs_init(gsc_signs *signs, const gsc_loaded_model *loaded, size_t most);
void gsc_signs_free(gsc_signs *signs);

/* The first layer's weights [n, width], one row for each bit, or NULL where the network
 * has no such layer (a transformer). */
const gsc_tensor *gsc_signs_layer(const gsc_loaded_model *loaded, size_t n);

/* score[input]: the output, or the one for +1 less the one for -1 where there are two;
 * in float64. The cost is a forward pass over all inputs. */
int gsc_signs_score(const gsc_signs *signs, const gsc_loaded_model *loaded,
                    gsc_threads *threads, double *score);

/* slope[input] of hidden neuron `neuron` of the first layer: the derivative of its
 * activation there. NaN where that is not known: of other networks than mlp, and of
 * activations that are no polynomial, relu or tanh. */
void gsc_signs_slope(const gsc_signs *signs, const gsc_loaded_model *loaded,
                     size_t neuron, double *slope);

#ifdef __cplusplus
}
#endif
#endif
