/* The engine's inside. */
#ifndef GSC_GRAPH_ENGINE_INSIDE_H
#define GSC_GRAPH_ENGINE_INSIDE_H

#include "grokscope/engine.h"

#include "train/graph/engine/plan.h"

enum {
    /* Sums of gradients that are made side by side: what more threads than this do
     * not speed up. */
    GSC_LANES = 8
};

/* What one thread works in. */
typedef struct gsc_worker {
    void *tile; /* activations and gradients of GSC_TILE examples */
    double *scratch, *workspace;
    int32_t *tokens; /* [GSC_TILE, n_ctx] */
    int32_t *labels; /* [GSC_TILE, num_labels] */
} gsc_worker;

/* A piece of a gradient that lies in every lane. */
typedef struct gsc_chunk {
    size_t lane, gradient, count;
} gsc_chunk;

typedef struct gsc_tile_result {
    double loss;
    size_t correct;
} gsc_tile_result;

struct gsc_engine {
    gsc_type type;
    size_t size;      /* bytes of a number */
    bool gradients;   /* there is a way back */
    gsc_graph *graph; /* rewritten */
    gsc_plan plan;
    gsc_node *level; /* room for the nodes that run side by side */
    gsc_node loss;
    size_t num_labels; /* of an example */
    size_t num_taps, num_gradient_taps;
    gsc_node *taps; /* of values, then of gradients */
    void *shared, *gradient, *lanes;
    size_t num_chunks;
    gsc_chunk *chunks;
    size_t num_workers, n_ctx;
    gsc_worker *workers;
    bool profile;
    size_t num_clocks;
    double *seconds; /* [num_clocks, nodes, forward and backward], by worker */
    size_t num_tile_results;
    gsc_tile_result *tile_results;
};

#endif
