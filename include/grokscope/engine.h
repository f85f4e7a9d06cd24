/* The engine: a graph compiled for one purpose, and run.
 *
 * Compiling rewrites the plain graph into a cheaper equal one, keeps what the roots
 * need and lays out memory. Running computes parameter-domain nodes once, then sends
 * the examples through in tiles, forward and backward; gradients add into lanes that
 * are summed in a fixed order. Tiles and lanes depend only on the graph and on numbers
 * of examples, so results are bitwise the same for any number of threads.
 *
 * A tile has GSC_TILE examples, or as many as 6 MB hold of their values and gradients:
 * 16 at least, or one where attention runs in blocks. Lanes are as many as a usual run
 * (num_examples of the options) has 64 examples for, or tiles where these are smaller,
 * from 1 to 8. A run with fewer operations than another thread takes to wake up stays
 * on the calling one.
 *
 * Kept open for what is not built yet. Gradients example by example: backward calls of
 * a tile with lanes of their own, handed to a callback block by block. Tangents: a
 * second value a node, on the plain graph. Both leave plan and tiles as they are. */
#ifndef GROKSCOPE_ENGINE_H
#define GROKSCOPE_ENGINE_H

#include "grokscope/field.h"
#include "grokscope/graph.h"
#include "grokscope/operator.h"
#include "grokscope/tensor.h"
#include "grokscope/text.h"
#include "grokscope/threads.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A compiled graph and the memory to run it. */
typedef struct gsc_engine gsc_engine;

/* Examples a tile has at most: its activations should stay in the cache, its products
 * be large enough to run at speed. */
enum { GSC_TILE = 240 /* examples */ };

/* Rewrites, each an equation that leaves every value as it is but for rounding. */
enum {
    GSC_REWRITE_POSITIONS = 1,   /* slice(f(x)) = f(slice(x)) */
    GSC_REWRITE_CONSTANT = 2,    /* gather(T) = T[t], where every example has token t */
    GSC_REWRITE_GATHER = 4,      /* gather(T) W = gather(T W) */
    GSC_REWRITE_MIX = 8,         /* (sum_j w_j x_j) W = sum_j w_j (x_j W) */
    GSC_REWRITE_ASSOCIATE = 16,  /* (x V) W = x (V W) */
    GSC_REWRITE_DISTRIBUTE = 32, /* (a + b) W = a W + b W */
    GSC_REWRITE_SUMS = 64,       /* (x + p) + q = x + (p + q), p and q parameters */
    GSC_REWRITE_ROWS = 128,      /* gather(T) + gather(S) in one pass */
    GSC_REWRITE_FUSE = 256,      /* relu(x + p) in one pass */
    GSC_REWRITE_TILES = 512,     /* mix(softmax(scores(q, k)), v) in blocks */
    GSC_REWRITE_ALL = 1023       /* all of them */
};

/* A rewrite as programs list it. */
typedef struct gsc_rewrite {
    const char *name;     /* as lists have it: "positions" */
    const char *equation; /* "slice(x W) = slice(x) W" */
    unsigned bit;         /* GSC_REWRITE_POSITIONS and the like */
} gsc_rewrite;

/* Number `index` of them, in the order in which they are tried; NULL past the last. */
const gsc_rewrite *gsc_rewrite_at(size_t index);

/* The bits of a list: "all", "none", or names with commas between them. GSC_EARGUMENT
 * for a name there is not. */
int gsc_rewrites_from_text(const char *text, unsigned *rewrites);

/* Add the names of the bits, with commas between them, or "none". */
int gsc_rewrites_to_text(unsigned rewrites, gsc_text *text);

/* A loss or metric that a run evaluates. What is differentiated is the sum of the
 * losses by their weights; a root of weight 0 is evaluated only. */
typedef struct gsc_root {
    gsc_node node; /* a scalar: a loss or a metric */
    double weight; /* in what is minimised */
} gsc_root;

/* What is known of an index field: values[i] is what every example of every run has at
 * position i, or -1 where they differ. */
typedef struct gsc_constant_field {
    const char *name;      /* of the field */
    const int32_t *values; /* [elements of an example] */
} gsc_constant_field;

/* How examples are multiplied with matrices of parameters. What is only of parameters,
 * and all sums, are of the engine's type whatever is chosen. */
typedef enum gsc_products {
    GSC_PRODUCTS_FULL,   /* in the engine's type */
    GSC_PRODUCTS_BF16,   /* of float32, factors rounded to bfloat16: by instructions */
    GSC_PRODUCTS_ROUNDED /* the same by those of float32, on any processor */
} gsc_products;

/* "full", "bf16", "rounded", NULL. */
extern const char *const gsc_products_names[];

/* What an engine is compiled for. Zeroed: float32, full products, no roots, no
 * gradients, no rewrites. */
typedef struct gsc_engine_options {
    gsc_type type;         /* of weights, activations and gradients */
    gsc_products products; /* how examples meet matrices */
    const gsc_root *roots; /* losses and metrics */
    size_t num_roots;
    bool gradients;       /* of the weighted losses, for the trained parameters */
    const gsc_node *taps; /* nodes whose values are wanted */
    size_t num_taps;
    /* Nodes with one value for each example, for which the gradient of the losses is
     * wanted: it is computed instead of the parameters', on the plain graph. */
    const gsc_node *gradient_taps;
    size_t num_gradient_taps;
    size_t num_examples; /* of a usual run: what rewrites weigh their cost by, and what
                            the lanes follow from; 0: many */
    unsigned rewrites;   /* bits of GSC_REWRITE_ALL */
    const gsc_constant_field *constants; /* what rewrites may know of the data */
    size_t num_constants;
    bool profile; /* keep the time of every node */
} gsc_engine_options;

/* Compile; the graph may be closed afterwards. GSC_EARGUMENT for rounded products of
 * float64, and for those of bfloat16 where the processor has no instructions for them.
 */
int gsc_engine_open(gsc_engine **engine, const gsc_graph *graph,
                    const gsc_engine_options *options);

/* Release it; NULL is allowed. */
void gsc_engine_close(gsc_engine *engine);

/* Examples to run: rows `examples` (NULL: all, in order) of the fields, among which
 * each leaf of the graph finds its own by name: it reads as many elements as it has, in
 * order, whatever the axes of the field are. */
typedef struct gsc_batch {
    const gsc_field *fields; /* that leaves of the graph are found in */
    size_t num_fields;
    const uint32_t *examples; /* their rows, or NULL */
    size_t num_examples;
    uint64_t seed;     /* for operators that are random, with the step */
    int64_t step;      /* of the training */
    bool training;     /* a step of training; false: an evaluation */
    bool skip_metrics; /* do not compute what only roots of weight 0 ask for */
    /* Where each root's number for each example goes, and whether the example is right:
     * [num_roots, num_examples], or NULL. Of roots that depend on examples. */
    double *losses;
    uint8_t *right;
} gsc_batch;

/* What a root says of a run. */
typedef struct gsc_result {
    double mean; /* over the examples, NaN over none; of only parameters, the loss */
    size_t num_right; /* examples that the root says are right */
} gsc_result;

/* Run over a batch. weights: the graph's flat array, of the engine's type. taps[i] is
 * filled with [num_examples, …] (or only the value, for a parameter-domain node) of
 * options.taps[i]; after them come those of the gradient taps, row e the gradient of
 * the mean loss that example e has its part in (times num_examples: of its own).
 * results [num_roots] may be NULL; a metric that is skipped has the mean NaN. One run
 * at a time. GSC_EARGUMENT for a field that is missing, or of another size or kind. */
int gsc_engine_run(gsc_engine *engine, gsc_threads *threads, const void *weights,
                   const gsc_batch *batch, void *const *taps, gsc_result *results);

/* The weighted sum of the means of the last run: what its gradient is of. */
double gsc_engine_total(const gsc_engine *engine);

/* The flat array of gradients that the last run left, of the engine's type. */
const void *gsc_engine_gradient(const gsc_engine *engine);

/* What a run over n examples costs: floating-point operations by the nodes that are
 * computed, forward and backward. */
double gsc_engine_flops(const gsc_engine *engine, size_t num_examples);

/* The bytes that the engine holds. */
size_t gsc_engine_bytes(const gsc_engine *engine);

/* A node of the compiled graph, as it is run. */
typedef struct gsc_engine_node {
    gsc_node id;           /* in the compiled graph */
    const char *operation; /* name of its operator: "matmul" */
    const char *name;      /* of a parameter, field or hook point, else "" */
    bool examples;         /* has one value for each example, or one in all */
    gsc_shape shape;       /* of one example */
    size_t num_inputs;
    gsc_node inputs[GSC_MAX_INPUTS]; /* ids of other nodes */
    double flops;                    /* forward, once or an example */
    bool differentiates;             /* its gradient is computed */
    double forward, backward; /* seconds of all runs and threads, where profiled */
} gsc_engine_node;

/* The nodes that are run, in order; the caller frees the array. */
int gsc_engine_nodes(const gsc_engine *engine, gsc_engine_node **nodes, size_t *count);

#ifdef __cplusplus
}
#endif
#endif
