/* A transformer run for the patterns of all its heads, and for what it loses without
 * one of them. */
#ifndef GSC_NETWORK_HEADS_H
#define GSC_NETWORK_HEADS_H

#include "grokscope/engine.h"
#include "grokscope/loaded_model.h"

/* The most blocks that a transformer has. */
enum { GSC_MOST_BLOCKS = 64 };

typedef struct gsc_heads {
    const gsc_loaded_model *loaded;
    size_t num_layers, num_heads, n_ctx;
    size_t num_outputs; /* of a position */
    size_t most;        /* examples of a run, so many as 64 MB hold */
    gsc_engine *engine;
    /* Of the last run: */
    double *patterns[GSC_MOST_BLOCKS]; /* [most, num_heads, n_ctx, n_ctx] of a layer */
    double *logits;                    /* [most, n_ctx, num_outputs] */
} gsc_heads;

/* Compile a network for patterns and logits, in float64. `loses`: for the loss of its
 * first output too. The loaded model outlives it. GSC_EARGUMENT for a network that is
 * no transformer over tokens, or predicts only one position. */
int gsc_heads_open(gsc_heads *heads, const gsc_loaded_model *loaded, bool loses);
void gsc_heads_close(gsc_heads *heads);

/* Run at most `most` examples. `loss` [1] may be NULL. */
int gsc_heads_run(gsc_heads *heads, const gsc_batch *batch, gsc_threads *threads,
                  gsc_result *loss);

/* The loss of the first output over the first `num_examples` of the test split (of all
 * examples, where there is no such split), and what it is without each head: the head's
 * output is zero, and all patterns stay what they were (Olsson et al., 2022):
 *
 *     without [layers, heads]
 *
 * NaN where there are no examples. Cost: heads + 1 forward passes. */
int gsc_heads_knock_out(const gsc_loaded_model *loaded, size_t num_examples,
                        gsc_threads *threads, double *loss, double *without);

#endif
