/* out = keep x / (1 - rate) in training, keep 1 or 0 element by element; out = x else.
 *
 * The mask is not stored: the backward call draws it again. */
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

#include "grokscope/rng.h"

enum { RATE, STREAM };

/* Where the elements of one call are, and the numbers that decide about them. */
typedef struct mask {
    uint64_t seed, stream;
    size_t count; /* elements of an example */
    double rate;
    real scale;
} mask;

static mask
mask_of(const gsc_call *call)
{
    uint64_t stream = (uint64_t)call->node->attributes[STREAM].integer;
    double rate = call->node->attributes[RATE].real;
    return (mask){.seed = call->seed,
                  .stream = gsc_rng_substream(stream, (uint64_t)call->step),
                  .count = gsc_node_count(call->node),
                  .rate = rate,
                  .scale = (real)(1 / (1 - rate))};
}

/* to (+)= from through the mask of example `example`. */
static void
apply(const mask *m, size_t example, real *to, const real *from, bool fresh)
{
    for (size_t j = 0; j < m->count; j++) {
        double u = gsc_rng_uniform(m->seed, m->stream, example * m->count + j);
        real x = u < m->rate ? 0 : m->scale * from[j];
        to[j] = fresh ? x : to[j] + x;
    }
}

static void
pass(size_t count, real *to, const real *from, bool fresh)
{
    for (size_t j = 0; j < count; j++)
        to[j] = fresh ? from[j] : to[j] + from[j];
}

/* One example after another, from `from` to `to`; a parameter is there once, and is
 * read or added to by every example. */
static void
apply_all(const gsc_call *call, real *to, size_t to_step, const real *from,
          size_t from_step, bool fresh)
{
    mask m = mask_of(call);
    for (size_t e = 0; e < call->n; e++) {
        bool first = fresh && (e == 0 || to_step > 0);
        if (call->training)
            apply(&m, gsc_call_example(call, e), to, from, first);
        else
            pass(m.count, to, from, first);
        to += to_step;
        from += from_step;
    }
}

static size_t
input_step(const gsc_call *call)
{
    return call->input[0]->domain == GSC_EXAMPLES ? gsc_node_count(call->node) : 0;
}

static void
forward(const gsc_call *call)
{
    apply_all(call, call->out, gsc_node_count(call->node), call->in[0],
              input_step(call), true);
}

static void
backward(const gsc_call *call)
{
    apply_all(call, call->din, input_step(call), call->dout, gsc_node_count(call->node),
              call->fresh);
}

GSC_KERNELS(dropout) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

static const char *
shape_of(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    double rate = node->attributes[RATE].real;
    node->shape = inputs[0]->shape;
    return rate >= 0 && rate < 1 ? NULL : "the rate is not in [0, 1)";
}

/* Not linear to the rewrites: which elements are kept depends on where they stand. */
const gsc_operator gsc_op_dropout = {
    .name = "dropout",
    .min_inputs = 1,
    .max_inputs = 1,
    .attributes = {{"rate", GSC_ATTRIBUTE_REAL}, {"stream", GSC_ATTRIBUTE_INTEGER}},
    .shape = shape_of,
    .traits = GSC_RANDOM,
    .kernels = GSC_BOTH(dropout),
    .shared = GSC_READS(0),
    .out_over_in = true,
    .din_over_dout = true};

gsc_node
gsc_graph_dropout(gsc_graph *graph, gsc_node x, double rate, const char *stream)
{
    gsc_attribute attributes[] = {
        [RATE] = {.real = rate},
        [STREAM] = {.integer = (int64_t)gsc_rng_stream(stream)}};
    if (rate == 0)
        return x;
    return gsc_graph_apply(graph, &gsc_op_dropout, &x, 1, attributes);
}

#endif
