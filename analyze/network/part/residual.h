/* A transformer's residual stream: what it says at each layer, read as an answer or put
 * in the place of another. */
#ifndef GSC_NETWORK_RESIDUAL_H
#define GSC_NETWORK_RESIDUAL_H

#include "grokscope/engine.h"
#include "grokscope/loaded_model.h"

#include "analyze/network/part/heads.h"

/* Layer 0 is the stream before the first block, layer l > 0 the stream after block
 * l - 1. Values are of the type float64. */
typedef struct gsc_residual {
    const gsc_loaded_model *loaded;
    size_t num_layers; /* blocks: layers are 0 … num_layers */
    size_t n_ctx, width, num_outputs;
    size_t most; /* examples of a run */
    gsc_engine *lens;
    gsc_engine *given[GSC_MOST_BLOCKS + 1]; /* made when they are first asked for */
    gsc_node states[GSC_MOST_BLOCKS + 1];
    /* Of the last run: */
    double *logits[GSC_MOST_BLOCKS + 1]; /* [most, n_ctx, num_outputs] read by the lens
                                            from a layer */
    double *stream[GSC_MOST_BLOCKS + 1]; /* [most, n_ctx, width] */
} gsc_residual;

/* Compile a network, whose graph gains nodes. GSC_EARGUMENT for one that is no
 * transformer over tokens with an output at each position. The loaded model outlives
 * it. */
int gsc_residual_open(gsc_residual *residual, const gsc_loaded_model *loaded);
void gsc_residual_close(gsc_residual *residual);

/* Run examples of `tokens` [count, n_ctx], count at most `most`: their streams, and
 * what the final norm and the unembedding make of each (the logit lens, nostalgebraist
 * 2020). The lens of the last layer is the network's own answer. Cost: a forward pass,
 * and an unembedding a layer. */
int gsc_residual_run(gsc_residual *residual, const uint16_t *tokens, size_t count,
                     gsc_threads *threads);

/* What the network answers where the stream of a layer is `stream` [count, n_ctx,
 * width]: logits [count, n_ctx, num_outputs]. Cost: the blocks after the layer. */
int gsc_residual_from(gsc_residual *residual, size_t layer, const double *stream,
                      size_t count, gsc_threads *threads, double *logits);

#endif
