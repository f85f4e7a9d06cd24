/* The examples of a run, tile by tile. */
#include "train/graph/engine/running.h"

#include <string.h>

typedef struct tile {
    const gsc_run *run;
    gsc_worker *worker;
    size_t number_of_worker;
    size_t first, count; /* examples of the batch */
    size_t lane;
    bool first_of_lane;
    bool backward;
    gsc_sum *sums;      /* [scalars] */
    double *statistics; /* [sums over a batch] */
} tile;

static void *
at_place(const tile *t, size_t place)
{
    const gsc_engine *engine = t->run->engine;
    return at(t->worker->tile, place * engine->tile, engine->size);
}

static void *
tile_value(const tile *t, gsc_node id)
{
    const gsc_engine *engine = t->run->engine;
    if (engine->graph->nodes[id].domain == GSC_PARAMETERS)
        return gsc_shared_value(t->run, id);
    size_t place = engine->plan.value[id];
    return place == GSC_NOWHERE ? NULL : at_place(t, place);
}

/* A tile's sums while they are added to, the batch's once they are whole. */
static void
fill_statistics(const tile *t, size_t scalar, gsc_call *call)
{
    const gsc_plan *plan = &t->run->engine->plan;
    size_t at = plan->sums[scalar];
    if (at == GSC_NOWHERE)
        return;
    call->weight = plan->weight[scalar];
    call->statistics =
        t->backward ? t->run->engine->statistics + at : t->statistics + at;
}

/* What leaves and scalars find in a call besides values. */
static void
fill_special(const tile *t, gsc_node id, gsc_call *call)
{
    const gsc_engine *engine = t->run->engine;
    const gsc_plan *plan = &engine->plan;
    const gsc_batch *batch = t->run->batch;
    if (plan->scalar[id] != GSC_NOWHERE) {
        call->loss = t->worker->loss;
        call->right = t->worker->right;
        call->weight = plan->weight[plan->scalar[id]] / (double)batch->num_examples;
        fill_statistics(t, plan->scalar[id], call);
    }
    if (plan->saved[id] != GSC_NOWHERE)
        call->saved = at_place(t, plan->saved[id]);
    if (gsc_field_of(engine->graph, call->node))
        call->field = engine->fields[gsc_node_size(call->node, GSC_LEAF_FIELD)];
}

static void
fill_tile_call(const tile *t, gsc_node id, gsc_call *call)
{
    const gsc_engine *engine = t->run->engine;
    const gsc_batch *batch = t->run->batch;
    const gsc_graph_node *node = &engine->graph->nodes[id];
    *call = (gsc_call){.node = node,
                       .n = t->count,
                       .out = tile_value(t, id),
                       .examples = batch->examples ? batch->examples + t->first : NULL,
                       .first = t->first,
                       .seed = batch->seed,
                       .step = batch->step,
                       .training = batch->training,
                       .bf16 = t->worker->bf16,
                       .scratch = t->worker->scratch,
                       .workspace = t->worker->workspace};
    fill_special(t, id, call);
    size_t transposed = GSC_NOWHERE;
    if (node->num_inputs > 1)
        transposed = engine->plan.transposed[node->inputs[1]];
    if (transposed != GSC_NOWHERE)
        call->in1_transposed = at(engine->shared, transposed, engine->size);
    for (size_t k = 0; k < node->num_inputs; k++) {
        call->input[k] = &engine->graph->nodes[node->inputs[k]];
        call->in[k] = tile_value(t, node->inputs[k]);
    }
}

/* An example's loss as a value of the graph's type. */
static void
copy_losses(const tile *t, void *to)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->run->engine->type == GSC_FLOAT32)
            ((float *)to)[i] = (float)t->worker->loss[i];
        else
            ((double *)to)[i] = t->worker->loss[i];
}

static void
copy_taps(const tile *t, gsc_node id)
{
    const gsc_engine *engine = t->run->engine;
    size_t row = gsc_node_count(&engine->graph->nodes[id]) * engine->size;
    for (size_t i = 0; i < engine->num_taps; i++) {
        if (engine->taps[i] != id)
            continue;
        void *to = at(t->run->taps[i], t->first, row);
        if (engine->plan.scalar[id] != GSC_NOWHERE)
            copy_losses(t, to);
        else
            memcpy(to, tile_value(t, id), t->count * row);
    }
}

static void
add_up_scalar(const tile *t, size_t scalar)
{
    gsc_sum *sum = &t->sums[scalar];
    for (size_t i = 0; i < t->count; i++) {
        sum->loss += t->worker->loss[i];
        sum->right += t->worker->right[i];
    }
}

/* What a scalar says of each example, for the roots that it is. */
static void
copy_scores(const tile *t, gsc_node id)
{
    const gsc_engine *engine = t->run->engine;
    const gsc_batch *batch = t->run->batch;
    for (size_t i = 0; i < engine->num_roots; i++) {
        size_t place = i * batch->num_examples + t->first;
        if (engine->roots[i].node != id)
            continue;
        if (batch->losses)
            memcpy(batch->losses + place, t->worker->loss, t->count * sizeof(double));
        if (batch->right)
            memcpy(batch->right + place, t->worker->right, t->count);
    }
}

/* The gradient of a node that was asked for, once it is whole. */
static void
copy_gradient_taps(const tile *t, gsc_node id, const void *gradient)
{
    const gsc_engine *engine = t->run->engine;
    size_t row = gsc_node_count(&engine->graph->nodes[id]) * engine->size;
    for (size_t k = 0; k < engine->num_gradient_taps; k++) {
        size_t tap = engine->num_taps + k;
        if (engine->taps[tap] == id)
            memcpy(at(t->run->taps[tap], t->first, row), gradient, t->count * row);
    }
}

/* Whether a forward call is for another time: what sums over the batch wait for goes
 * first, and their loss has then been asked. */
static bool
is_skipped(const tile *t, gsc_node id)
{
    const gsc_plan *plan = &t->run->engine->plan;
    bool is_summed = plan->early[id] && plan->scalar[id] != GSC_NOWHERE;
    if (t->run->early)
        return !plan->early[id];
    if (t->run->engine->gradients && is_summed)
        return true;
    return t->run->batch->skip_metrics && plan->for_metrics[id];
}

static void
run_forward(const tile *t)
{
    const gsc_engine *engine = t->run->engine;
    const gsc_plan *plan = &engine->plan;
    for (size_t i = 0; i < plan->num_tiled; i++) {
        gsc_node id = plan->tiled[i];
        gsc_call call;
        if (is_skipped(t, id))
            continue;
        fill_tile_call(t, id, &call);
        if (call.loss) {
            memset(call.loss, 0, t->count * sizeof *call.loss);
            memset(call.right, 0, t->count * sizeof *call.right);
        }
        call_kernel(engine, t->number_of_worker, (size_t)id, false,
                    call.node->op->kernels[engine->type]->forward, &call);
        if (call.loss)
            add_up_scalar(t, plan->scalar[id]);
        if (call.loss && (t->run->batch->losses || t->run->batch->right))
            copy_scores(t, id);
        copy_taps(t, id);
    }
}

/* Where the gradient of input k goes, and whether this call is the first to write. */
static void
aim_gradient(const tile *t, gsc_node reader, size_t k, gsc_call *call)
{
    const gsc_engine *engine = t->run->engine;
    const gsc_plan *plan = &engine->plan;
    gsc_node target = call->node->inputs[k];
    bool fresh = plan->writer[target] == (size_t)reader * GSC_MAX_INPUTS + k;
    if (engine->graph->nodes[target].domain == GSC_EXAMPLES)
        aim(call, k, at_place(t, plan->gradient[target]), fresh);
    else
        aim(call, k,
            at(engine->lanes, t->lane * plan->lane_size + plan->lane[target],
               engine->size),
            fresh && t->first_of_lane);
}

/* The gradients of a node's inputs, from its own. */
static void
backward_inputs(const tile *t, gsc_node id, gsc_call *call)
{
    const gsc_engine *engine = t->run->engine;
    bool all = call->node->op->kernels[engine->type]->backward_all;
    for (size_t k = 0; k < call->node->num_inputs; k++) {
        if (!engine->plan.differentiates[call->node->inputs[k]])
            continue;
        aim_gradient(t, id, k, call);
        if (!all)
            call_kernel(engine, t->number_of_worker, (size_t)id, true,
                        backward_kernel(engine, call->node, k), call);
    }
    if (all)
        call_kernel(engine, t->number_of_worker, (size_t)id, true,
                    backward_kernel(engine, call->node, 0), call);
}

static void
run_backward(const tile *t)
{
    const gsc_engine *engine = t->run->engine;
    const gsc_plan *plan = &engine->plan;
    for (size_t i = plan->num_tiled; i-- > 0;) {
        gsc_node id = plan->tiled[i];
        if (!plan->differentiates[id])
            continue;
        gsc_call call;
        fill_tile_call(t, id, &call);
        if (plan->gradient[id] != GSC_NOWHERE)
            call.dout = at_place(t, plan->gradient[id]);
        copy_gradient_taps(t, id, call.dout);
        backward_inputs(t, id, &call);
    }
}

void
gsc_run_lane(void *context, size_t lane, size_t worker)
{
    const gsc_run *r = context;
    size_t tiles = r->num_tiles / r->num_lanes, n = r->batch->num_examples;
    for (size_t i = 0; i < tiles; i++) {
        size_t number = lane * tiles + i;
        tile t = {.run = r,
                  .worker = &r->engine->workers[worker],
                  .number_of_worker = worker,
                  .first = number * n / r->num_tiles,
                  .lane = lane,
                  .first_of_lane = i == 0,
                  .sums = r->engine->tile_sums + number * r->engine->plan.num_scalars,
                  .statistics =
                      r->engine->tile_statistics + number * r->engine->plan.num_sums};
        t.count = (number + 1) * n / r->num_tiles - t.first;
        run_forward(&t);
        t.backward = true;
        if (r->engine->gradients && !r->early)
            run_backward(&t);
    }
}

void
gsc_run_add_up_statistics(gsc_run *r)
{
    gsc_engine *engine = r->engine;
    const gsc_plan *plan = &engine->plan;
    for (size_t k = 0; k < plan->num_sums; k++) {
        engine->statistics[k] = 0;
        for (size_t i = 0; i < r->num_tiles; i++)
            engine->statistics[k] += engine->tile_statistics[i * plan->num_sums + k];
    }
    for (size_t s = 0; s < plan->num_scalars; s++) {
        const gsc_graph_node *node = &engine->graph->nodes[plan->scalars[s]];
        if (plan->sums[s] == GSC_NOWHERE)
            continue;
        gsc_call call = {.node = node,
                         .loss = &engine->sums[s].loss,
                         .statistics = engine->statistics + plan->sums[s]};
        for (size_t k = 0; k < node->num_inputs; k++)
            call.input[k] = &engine->graph->nodes[node->inputs[k]];
        node->op->kernels[engine->type]->finish(&call);
    }
}
