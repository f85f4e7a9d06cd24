/* The engine: a graph compiled for one purpose, and run.
 *
 * Compiling rewrites the plain graph into a cheaper equal one, keeps what the roots
 * need and lays out memory. Running computes parameter-domain nodes once, then sends
 * the examples through in tiles, forward and backward; gradients add into lanes that
 * are summed in a fixed order. Tiles and lanes depend on the number of examples alone,
 * so results are bitwise the same for any number of threads. */
#ifndef GROKSCOPE_ENGINE_H
#define GROKSCOPE_ENGINE_H

#include "grokscope/graph.h"
#include "grokscope/tensor.h"
#include "grokscope/text.h"
#include "grokscope/threads.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_engine gsc_engine;

/* Examples a tile has at most: its activations should stay in the L2 cache, its
 * products be large enough to run at speed. */
enum { GSC_TILE = 240 };

/* Rewrites, each an equation that leaves every value as it is but for rounding. */
enum {
    GSC_REWRITE_POSITIONS = 1,
    GSC_REWRITE_CONSTANT = 2,
    GSC_REWRITE_GATHER = 4,
    GSC_REWRITE_MIX = 8,
    GSC_REWRITE_ASSOCIATE = 16,
    GSC_REWRITE_DISTRIBUTE = 32,
    GSC_REWRITE_SUMS = 64,
    GSC_REWRITE_ROWS = 128,
    GSC_REWRITE_FUSE = 256,
    GSC_REWRITE_ALL = 511
};

typedef struct gsc_rewrite {
    const char *name;     /* "positions" */
    const char *equation; /* "slice(x W) = slice(x) W" */
    unsigned bit;
} gsc_rewrite;

/* Number `index` of them, in the order in which they are tried; NULL past the last. */
const gsc_rewrite *gsc_rewrite_at(size_t index);

/* The bits of a list: "all", "none", or names with commas between them. GSC_EARGUMENT
 * for a name there is not. */
int gsc_rewrites_from_text(const char *text, unsigned *rewrites);

/* Add the names of the bits, with commas between them, or "none". */
int gsc_rewrites_to_text(unsigned rewrites, gsc_text *text);

typedef struct gsc_engine_options {
    gsc_type type;        /* of weights, activations and gradients */
    gsc_node loss;        /* a loss node, or GSC_NO_NODE */
    bool gradients;       /* of the loss, for the trained parameters */
    const gsc_node *taps; /* nodes whose values are wanted */
    size_t num_taps;
    /* Nodes with a value an example, for which the gradient of the loss is wanted: it
     * is computed instead of the parameters', on the plain graph. */
    const gsc_node *gradient_taps;
    size_t num_gradient_taps;
    size_t num_examples; /* of a usual run: what rewrites weigh their cost by */
    unsigned rewrites;
    const int32_t
        *constant; /* [n_ctx] tokens that every example of every run has at a
                      position, -1 where they differ; NULL: nothing is known */
    size_t n_ctx;
    bool profile; /* keep the time of every node */
} gsc_engine_options;

/* Compile; the graph may be closed afterwards. */
int gsc_engine_open(gsc_engine **engine, const gsc_graph *graph,
                    const gsc_engine_options *options);
void gsc_engine_close(gsc_engine *engine);

/* Examples to run: rows `examples` (NULL: all, in order) of inputs and labels. */
typedef struct gsc_batch {
    const uint16_t *inputs; /* [*, n_ctx] */
    size_t n_ctx;
    const uint16_t *labels; /* [*, rows of logits]; NULL where there is no loss */
    const uint32_t *examples;
    size_t num_examples;
} gsc_batch;

typedef struct gsc_loss {
    double mean;        /* over the examples */
    size_t num_correct; /* examples whose first largest logit is the label's, in every
                           row */
} gsc_loss;

/* Run over a batch. weights: the graph's flat array, of the engine's type. taps[i] is
 * filled with [num_examples, …] (or the value alone, for a parameter-domain node) of
 * options.taps[i]; behind them come those of the gradient taps, row e the gradient of
 * the mean loss that example e has its part in (times num_examples: of its own). loss
 * may be NULL. One run at a time. */
int gsc_engine_run(gsc_engine *engine, gsc_threads *threads, const void *weights,
                   const gsc_batch *batch, void *const *taps, gsc_loss *loss);

/* The flat array of gradients that the last run left, of the engine's type. */
const void *gsc_engine_gradient(const gsc_engine *engine);

/* What a run over n examples costs: floating-point operations by the nodes that are
 * computed, forward and backward, and the bytes that the engine holds. */
double gsc_engine_flops(const gsc_engine *engine, size_t num_examples);
size_t gsc_engine_bytes(const gsc_engine *engine);

/* A node of the compiled graph, as it is run. */
typedef struct gsc_engine_node {
    gsc_node id;
    const char *operation; /* "matmul" */
    const char *name;      /* of a parameter or hook point, else "" */
    bool examples;         /* has a value an example, or one in all */
    gsc_shape shape;
    size_t num_inputs;
    gsc_node inputs[3];
    double flops;             /* forward, once or an example */
    bool differentiates;      /* its gradient is computed */
    double forward, backward; /* seconds of all runs and threads, where profiled */
} gsc_engine_node;

/* The nodes that are run, in order; the caller frees the array. */
int gsc_engine_nodes(const gsc_engine *engine, gsc_engine_node **nodes, size_t *count);

#ifdef __cplusplus
}
#endif
#endif
