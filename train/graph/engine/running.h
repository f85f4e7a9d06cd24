/* What one run of an engine is made of: the parameter domain (run_shared.c), the tiles
 * (run_tiles.c) and the fields of its batch (run_fields.c). */
#ifndef GSC_GRAPH_RUNNING_H
#define GSC_GRAPH_RUNNING_H

#include "train/base/clock.h"
#include "train/graph/engine/engine_inside.h"

typedef struct gsc_run {
    gsc_engine *engine;
    const void *weights;
    const gsc_batch *batch;
    void *const *taps;
    size_t num_tiles, num_lanes;
    gsc_threads *threads;  /* NULL: what there is to do is done before one wakes up */
    const gsc_node *level; /* parameter domain: the nodes to compute */
    bool early; /* only what a loss of sums over the batch waits for, forward */
} gsc_run;

/* Operations that are done before another thread would have woken up. */
static const double small_work = 2e6;

static inline void *
at(const void *base, size_t element, size_t size)
{
    return (char *)base + element * size;
}

/* Call a kernel, and keep its time where that is asked for. */
static inline void
call_kernel(const gsc_engine *engine, size_t worker, size_t node, bool backward,
            gsc_kernel *kernel, const gsc_call *call)
{
    if (!engine->profile) {
        kernel(call);
        return;
    }
    double begin = gsc_seconds();
    kernel(call);
    engine->seconds[(worker * engine->plan.num_nodes + node) * 2 + backward] +=
        gsc_seconds() - begin;
}

/* The gradient of input k goes to `din`. */
static inline void
aim(gsc_call *call, size_t k, void *din, bool fresh)
{
    call->wanted = k;
    call->din = call->din_of[k] = din;
    call->fresh = call->fresh_of[k] = fresh;
}

static inline gsc_kernel *
backward_kernel(const gsc_engine *engine, const gsc_graph_node *node, size_t k)
{
    const gsc_kernels *kernels = node->op->kernels[engine->type];
    return kernels->backward_all ? kernels->backward_all : kernels->backward[k];
}

static inline void *
gsc_shared_value(const gsc_run *r, gsc_node id)
{
    const gsc_engine *engine = r->engine;
    bool leaf = gsc_is_parameter(&engine->graph->nodes[id]);
    return at(leaf ? r->weights : engine->shared, engine->plan.value[id], engine->size);
}

/* Find the field of each leaf in the batch, and check its shape and kind. */
int gsc_run_find_fields(gsc_engine *engine, const gsc_batch *batch);

/* Compute the parameter domain; and, after the tiles, its gradients. */
void gsc_run_shared(gsc_run *run);
void gsc_run_backward_shared(gsc_run *run);

/* A gsc_work on a gsc_run: a lane runs its tiles in order, forward and, unless it is
 * the early part, backward. */
void gsc_run_lane(void *context, size_t lane, size_t worker);

/* Add up what the tiles left of sums over the batch, and the losses that follow. */
void gsc_run_add_up_statistics(gsc_run *run);

#endif
