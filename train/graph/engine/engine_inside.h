/* The engine's inside. */
#ifndef GSC_GRAPH_ENGINE_INSIDE_H
#define GSC_GRAPH_ENGINE_INSIDE_H

#include "grokscope/engine.h"

#include "train/graph/engine/plan.h"

enum {
    /* Sums of gradients that are made side by side: what more threads than this do
     * not speed up; and examples that one of them is worth. */
    GSC_MOST_LANES = 8,
    GSC_LANE_EXAMPLES = 64,
    /* Bytes that a tile has at most, and examples it has at least; where an operator
     * has the trait GSC_BLOCKS, one will do. */
    GSC_TILE_BYTES = 6000000,
    GSC_LEAST_TILE = 16
};

/* What one thread works in. */
typedef struct gsc_worker {
    void *tile; /* activations and gradients of a tile's examples */
    double *scratch, *workspace;
    struct gsc_bf16 *bf16; /* or NULL */
    double *loss;          /* [tile] of one scalar */
    uint8_t *right;        /* [tile] */
} gsc_worker;

/* A piece of a gradient that lies in every lane. */
typedef struct gsc_chunk {
    size_t lane, gradient, count;
} gsc_chunk;

/* What a tile's examples, or all, add up to. */
typedef struct gsc_sum {
    double loss;
    size_t right;
} gsc_sum;

struct gsc_engine {
    gsc_type type;
    size_t size; /* bytes of a number */
    gsc_products products;
    bool gradients;   /* there is a way back */
    gsc_graph *graph; /* rewritten */
    gsc_plan plan;
    size_t tile, num_lanes; /* examples of a tile at most; lanes at most */
    double shared_flops, example_flops;
    gsc_node *level; /* room for the nodes that run side by side */
    size_t num_roots;
    gsc_root *roots; /* of the rewritten graph */
    size_t num_taps, num_gradient_taps;
    gsc_node *taps; /* of values, then of gradients */
    void *shared, *gradient, *lanes;
    size_t num_chunks;
    gsc_chunk *chunks;
    size_t num_workers;
    gsc_worker *workers;
    bool profile;
    size_t num_clocks;
    double *seconds;          /* [num_clocks, nodes, forward and backward], by worker */
    const gsc_field **fields; /* of each field of the graph, in the run's batch */
    size_t num_tile_sums;
    gsc_sum *tile_sums; /* [tiles, scalars] */
    gsc_sum *sums;      /* [scalars] of the last run */
    size_t num_tile_statistics;
    double *tile_statistics; /* [tiles, sums over a batch] */
    double *statistics;      /* [sums over a batch] of the last run */
    double total;
};

#endif
