/* A loaded model's network, run over all pairs of residues in the loaded model's type:
 * unless another was chosen, what it says here is what it said in training. */
#ifndef GROKSCOPE_EVALUATOR_H
#define GROKSCOPE_EVALUATOR_H

#include "grokscope/engine.h"

#include "analyze/network/pairs/grid.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_evaluator {
    const gsc_loaded_model *loaded;
    const gsc_grid *grid;
    gsc_type type; /* the loaded model's */
    gsc_engine *engine;
    gsc_engine *backward; /* for gradients, made when they are first asked for */
    size_t num_outputs;   /* d_vocab_out */
    size_t num_neurons;   /* 0 where they were not asked for */
    size_t most_rows;     /* that a run may have: n * n, or less in blocks */
    void *outputs;        /* [most_rows, d_vocab_out], of the last run */
    void *weights;        /* a flat array of the type */
    int32_t *pairs;       /* of a block, where the network looks pairs up; or NULL */
} gsc_evaluator;

/* Compile the network for its logits and, if asked for, its neurons (after the
 * activation, where the answer is made). GSC_EARGUMENT for a model without neurons. The
 * loaded model and the grid stay the caller's and outlive the evaluator. */
int gsc_evaluator_open(gsc_evaluator *evaluator, const gsc_loaded_model *loaded,
                       const gsc_grid *grid, bool neurons);

/* The same for runs of at most most_rows rows: all outputs of S_6 would be 1.5 GB. */
int gsc_evaluator_open_blocks(gsc_evaluator *evaluator, const gsc_loaded_model *loaded,
                              const gsc_grid *grid, bool neurons, size_t most_rows);
void gsc_evaluator_close(gsc_evaluator *evaluator);

/* Rows of a block: so many share what is computed of weights alone, and the outputs of
 * a large network need little room. */
enum { GSC_EVALUATOR_BLOCK = 15360 };

/* logits [n * n, n]: row (i, j) of the grid, a column for each place of the order.
 * neurons [n * n, num_neurons], of the evaluator's type; NULL where not asked for.
 * weights: a flat array like the loaded model's. `threads` may be NULL. Opened for
 * fewer rows, it runs them in blocks. The cost is a forward pass of n^2 examples. */
int gsc_evaluator_run(gsc_evaluator *evaluator, const double *weights,
                      gsc_threads *threads, double *logits, void *neurons);

/* The same of only the rows first … first + count - 1: logits [count, n], neurons
 * [count, num_neurons]. logits NULL: they stand only in `outputs`. */
int gsc_evaluator_run_block(gsc_evaluator *evaluator, const double *weights,
                            gsc_threads *threads, size_t first, size_t count,
                            double *logits, void *neurons);

/* Places (a, b, c) of two operands and of an output. */
typedef struct gsc_triple {
    uint16_t a, b, c;
} gsc_triple;

/* Gradients of the logit of c for the pair (a, b), of `count` triples, by the embedding
 * of each operand before positions are added, example by example:
 *   da, db [count, width]
 * GSC_EARGUMENT for a model whose operands have tables of their own. The cost is a
 * forward and a backward pass of the plain graph over count examples. */
int gsc_evaluator_gradients(gsc_evaluator *evaluator, const double *weights,
                            gsc_threads *threads, const gsc_triple *triples,
                            size_t count, double *da, double *db);

/* The width of those gradients. */
size_t gsc_evaluator_width(const gsc_evaluator *evaluator);

#ifdef __cplusplus
}
#endif
#endif
