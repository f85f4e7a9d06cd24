/* Losses: how far a model's predictions are from a target. One row of
 * train/model/loss.c, or a client's own (config.h: gsc_registry). */
#ifndef GROKSCOPE_LOSS_H
#define GROKSCOPE_LOSS_H

#include "grokscope/dataset.h"
#include "grokscope/graph.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a loss is made from. */
typedef struct gsc_loss_terms {
    const gsc_target *target; /* whose loss it is */
    gsc_node prediction;      /* what is predicted, [num_positions, width] */
    gsc_node answer;          /* what is right: an index [num_positions], or numbers
                                 [num_positions, width] */
    gsc_node mask;            /* numbers [num_positions], or GSC_NO_NODE */
} gsc_loss_terms;

/* A loss, and how it is written into a graph. */
typedef struct gsc_loss {
    const char *name;    /* "hinge", as targets and checkpoints have it */
    const char *purpose; /* one line, for help */
    /* Whether a position's answer is an index, for each value of which one number is
     * predicted. Else the answer is as many numbers as are predicted. */
    bool of_labels;
    /* Write the loss. `*metric`, which is the loss itself unless it is set, is the
     * scalar that says which examples are right. */
    gsc_node (*build)(gsc_graph *graph, const gsc_loss_terms *terms, gsc_node *metric);
} gsc_loss;

/* The built-in ones, NULL after the last: cross_entropy, cross_entropy_float16,
 * cross_entropy_float32, stablemax, one_hot_error, squared_error, hinge,
 * binary_cross_entropy. */
extern const gsc_loss *const gsc_builtin_losses[];

/* The loss of that name, of a list that ends with NULL; NULL where it has none. */
const gsc_loss *gsc_loss_find(const gsc_loss *const *losses, const char *name);

/* The loss whose softmax is taken in a type, by its number among those of the option
 * loss_precision: 0 float16, "cross_entropy_float16"; 1 float32,
 * "cross_entropy_float32"; 2 float64, "cross_entropy". */
const char *gsc_loss_of_precision(int precision);

/* That number of a cross entropy; 3 of another loss. */
int gsc_loss_precision(const char *name);

#ifdef __cplusplus
}
#endif
#endif
