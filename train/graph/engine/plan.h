/* The plan of a compiled graph: what runs, in which order, and where it lies. */
#ifndef GSC_GRAPH_PLAN_H
#define GSC_GRAPH_PLAN_H

#include "grokscope/engine.h"

#include "train/graph/op/operators.h"

#define GSC_NOWHERE SIZE_MAX

typedef struct gsc_plan {
    size_t num_nodes;
    bool *live;
    bool *differentiates; /* a gradient is wanted: what is asked for below, losses above
                           */

    /* Parameter-domain nodes that are computed, each after what it reads; level[i]
     * splits them into levels whose nodes do not read each other. */
    size_t num_shared;
    gsc_node *shared;
    size_t *level, num_levels;
    /* Parameter-domain nodes whose gradient others in that domain add to, in the order
     * of their depth below them. */
    size_t num_backward;
    gsc_node *backward;
    size_t *depth, num_depths;

    /* Floating-point operations of computing a parameter-domain node, and of what
     * those readers add to its gradient. */
    double *cost, *backward_cost;

    size_t num_tiled; /* example-domain nodes in order */
    gsc_node *tiled;

    /* Places, in elements. Parameter domain: value in the weights (parameters) or in
     * the array of shared values; gradient in the flat array, which begins like the
     * weights; a node that examples read has a place in each lane too. Example domain:
     * value and gradient in a tile's workspace, for one example (times the tile). */
    size_t *value, *gradient, *lane;
    /* Among the shared values too: a matrix transposed once a step, where the backward
     * calls of products in the tiles read it so, an eighth faster than across its rows;
     * or GSC_NOWHERE; and those matrices. */
    size_t *transposed;
    size_t num_transposed;
    gsc_node *to_transpose;
    /* The first of the example-domain calls that add to a node's gradient, as
     * reader * GSC_MAX_INPUTS + input: it overwrites instead. */
    size_t *writer;
    size_t shared_size, gradient_size, lane_size, tile_size;
    size_t scratch_size, workspace_size; /* doubles: an example, and of a worker */

    size_t *saved;     /* place in a tile of what a call saves, or GSC_NOWHERE */
    size_t num_leaves; /* fields that are read */
    gsc_node *leaves;
    /* Losses and metrics, by their number: each one's weight in what is differentiated;
     * and the number of a node, or GSC_NOWHERE. */
    size_t num_scalars;
    gsc_node *scalars;
    double *weight;
    size_t *scalar;
    /* Of a scalar's number: where its sums over the batch begin among all of them, or
     * GSC_NOWHERE. Nodes that lead to such a loss run forward before the others. */
    size_t *sums, num_sums;
    bool *early, has_early;
    bool *for_metrics; /* nodes that only roots of weight 0 ask for */
} gsc_plan;

/* What a graph is compiled for. */
typedef struct gsc_goal {
    const gsc_root *roots;
    size_t num_roots;
    bool gradients;       /* of the weighted losses: for the trained parameters … */
    const gsc_node *taps; /* what is computed besides the roots */
    size_t num_taps;
    const gsc_node *targets; /* … or, where there are any, for these nodes */
    size_t num_targets;
} gsc_goal;

int gsc_plan_init(gsc_plan *plan, const gsc_graph *graph, const gsc_goal *goal);
void gsc_plan_free(gsc_plan *plan);

#endif
