/* Long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of
 * Gers et al. 2000), one layer over a whole sequence. Input z has what the sequence
 * itself adds to the gates, the operator adds what the state does:
 *
 *   a_t = z_t + h_{t-1} W             [4 h]: in, forget, candidate and out, as PyTorch
 *   i, f, o = sigmoid(a),  g = tanh(a)
 *   c_t = f c_{t-1} + i g,  h_t = o tanh(c_t),   c and h being 0 before the first step
 *
 * A step that the mask leaves out changes neither c nor h, so the last row is the state
 * after the last step that counts, wherever the padding stands. Backward through time,
 * dc and dh being what later steps add:
 *
 *   do = dh tanh(c_t),  dc += dh o (1 - tanh(c_t)^2)
 *   di = dc g,  df = dc c_{t-1},  dg = dc i
 *   da = di i (1 - i), df f (1 - f), dg (1 - g^2), do o (1 - o)
 *   dz_t = da,  dh_{t-1} = da W',  dc_{t-1} = dc f,  dW = sum_t h_{t-1}' da_t
 *
 * The examples of a tile go through a step together: one product of [n, h] with W. */
#include "train/graph/op/operators.h"
#include "train/graph/op/product.h"
#include "train/numeric/exp.h"
#include "train/numeric/hot.h"
#include "train/numeric/real.h"

#include <string.h>

enum { Z, W, MASK };

typedef struct sizes {
    size_t n, steps, h;
} sizes;

static inline sizes
sizes_of(const gsc_call *call)
{
    gsc_shape out = call->node->shape;
    return (sizes){call->n, out.dims[0], out.dims[1]};
}

static inline bool
counts(const gsc_call *call, size_t example, size_t step)
{
    if (call->node->num_inputs <= MASK)
        return true;
    real mask =
        ((const real *)call->in[MASK])[example * call->node->shape.dims[0] + step];
    return mask < 0 || mask > 0;
}

/* Whether a step counts in any example of the tile. */
static inline bool
is_taken(const gsc_call *call, size_t step)
{
    for (size_t e = 0; e < call->n; e++)
        if (counts(call, e, step))
            return true;
    return false;
}

/* What one step of one example keeps for the way back: the gates [4 h], which become
 * their gradient there, the cell [h] and its tanh [h]. Over an example first the gates
 * of all steps, then the cells, then their tanh. */
typedef struct record {
    real *gates, *cell, *squashed;
} record;

static inline record
record_of(const gsc_call *call, sizes s, size_t example, size_t step)
{
    real *start = (real *)call->saved + example * s.steps * 6 * s.h;
    real *cells = start + s.steps * 4 * s.h;
    return (record){start + step * 4 * s.h, cells + step * s.h,
                    cells + (s.steps + step) * s.h};
}

/* ---- Forward ---- */

/* a = sigmoid or tanh of a + z, gate by gate. */
GSC_INLINE void
open_gates(real *a, const real *z, size_t h)
{
    for (size_t i = 0; i < 4 * h; i++)
        a[i] += z[i];
    TYPED(gsc_sigmoid)(a, a, 2 * h);
    TYPED(gsc_tanh)(a + 2 * h, a + 2 * h, h);
    TYPED(gsc_sigmoid)(a + 3 * h, a + 3 * h, h);
}

/* The next cell and state of one example; `squashed` gets the tanh of the cell. */
static GSC_HOT void
take_step(real *a, const real *z, real *cell, real *state, real *squashed, size_t h)
{
    const real *in = a, *forget = a + h, *candidate = a + 2 * h, *out = a + 3 * h;
    open_gates(a, z, h);
    for (size_t i = 0; i < h; i++)
        cell[i] = forget[i] * cell[i] + in[i] * candidate[i];
    TYPED(gsc_tanh)(cell, squashed, h);
    for (size_t i = 0; i < h; i++)
        state[i] = out[i] * squashed[i];
}

static void
forward_example(const gsc_call *call, sizes s, size_t e, size_t step, real *a,
                real *cell, real *state)
{
    size_t row = e * s.steps + step;
    real *to = (real *)call->out + row * s.h;
    if (counts(call, e, step)) {
        take_step(a, (const real *)call->in[Z] + row * 4 * s.h, cell, state, to, s.h);
        if (call->saved) {
            record r = record_of(call, s, e, step);
            memcpy(r.gates, a, 4 * s.h * sizeof *a);
            memcpy(r.squashed, to, s.h * sizeof *to);
        }
    }
    if (call->saved)
        memcpy(record_of(call, s, e, step).cell, cell, s.h * sizeof *cell);
    memcpy(to, state, s.h * sizeof *to);
}

static void
forward(const gsc_call *call)
{
    sizes s = sizes_of(call);
    real *state = (real *)(void *)call->scratch, *cell = state + s.n * s.h;
    real *a = cell + s.n * s.h; /* [n, 4 h] */
    memset(state, 0, 2 * s.n * s.h * sizeof *state);
    for (size_t t = 0; t < s.steps; t++) {
        if (is_taken(call, t))
            multiply(call, false, false, s.n, 4 * s.h, s.h, state, s.h, call->in[W],
                     4 * s.h, 0, a, 4 * s.h);
        for (size_t e = 0; e < s.n; e++)
            forward_example(call, s, e, t, a + e * 4 * s.h, cell + e * s.h,
                            state + e * s.h);
    }
}

/* ---- Backward ---- */

/* The gates become their gradients; dcell becomes that of the cell before, dstate is
 * used up. */
static GSC_HOT void
undo_step(real *gates, const real *squashed, const real *before, real *dcell,
          real *dstate, size_t h)
{
    real *in = gates, *forget = gates + h, *candidate = gates + 2 * h;
    real *out = gates + 3 * h;
    for (size_t k = 0; k < h; k++) {
        real i = in[k], f = forget[k], g = candidate[k], o = out[k], c = squashed[k];
        real dc = dcell[k] + dstate[k] * o * (1 - c * c);
        out[k] = dstate[k] * c * o * (1 - o);
        in[k] = dc * g * i * (1 - i);
        candidate[k] = dc * i * (1 - g * g);
        forget[k] = before ? dc * before[k] * f * (1 - f) : 0;
        dcell[k] = dc * f;
        dstate[k] = 0;
    }
}

static GSC_HOT void
add_to(real *sum, const real *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += x[i];
}

/* da [4 h] of one step of one example, which its record keeps as well. */
static void
backward_example(const gsc_call *call, sizes s, size_t e, size_t step, real *da,
                 real *dcell, real *dstate)
{
    size_t row = e * s.steps + step;
    record r = record_of(call, s, e, step);
    const real *before = step > 0 ? record_of(call, s, e, step - 1).cell : NULL;
    add_to(dstate, (const real *)call->dout + row * s.h, s.h);
    if (counts(call, e, step))
        undo_step(r.gates, r.squashed, before, dcell, dstate, s.h);
    else
        memset(r.gates, 0, 4 * s.h * sizeof *r.gates);
    memcpy(da, r.gates, 4 * s.h * sizeof *da);
}

/* dstate += da W' */
static void
add_through(const gsc_call *call, sizes s, const real *da, real *dstate)
{
    bool there = call->in1_transposed;
    multiply(call, false, !there, s.n, s.h, 4 * s.h, da, 4 * s.h,
             there ? call->in1_transposed : call->in[W], there ? s.h : 4 * s.h, 1,
             dstate, s.h);
}

/* From the last step to the first: what the records keep is then da. */
static void
backward_steps(const gsc_call *call, sizes s)
{
    real *dstate = (real *)(void *)call->scratch, *dcell = dstate + s.n * s.h;
    real *da = dcell + s.n * s.h;
    memset(dstate, 0, 2 * s.n * s.h * sizeof *dstate);
    for (size_t t = s.steps; t-- > 0;) {
        for (size_t e = 0; e < s.n; e++)
            backward_example(call, s, e, t, da + e * 4 * s.h, dcell + e * s.h,
                             dstate + e * s.h);
        if (t > 0 && is_taken(call, t))
            add_through(call, s, da, dstate);
    }
}

static void
backward(const gsc_call *call)
{
    sizes s = sizes_of(call);
    const real *out = call->out;
    backward_steps(call, s);
    for (size_t e = 0; e < s.n; e++) {
        const real *da = record_of(call, s, e, 0).gates;
        size_t count = s.steps * 4 * s.h;
        real *dz = (real *)call->din_of[Z] + (call->din_of[Z] ? e * count : 0);
        if (call->din_of[Z] && call->fresh_of[Z])
            memcpy(dz, da, count * sizeof *dz);
        else if (call->din_of[Z])
            add_to(dz, da, count);
        if (call->din_of[W])
            multiply(call, true, false, s.h, 4 * s.h, s.steps - 1,
                     out + e * s.steps * s.h, s.h, da + 4 * s.h, 4 * s.h,
                     e > 0 || !call->fresh_of[W] ? 1 : 0, call->din_of[W], 4 * s.h);
    }
}

GSC_KERNELS(lstm) = {.forward = forward, .backward_all = backward};

#if GSC_ONCE

static const char *
shape(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    gsc_shape z = inputs[Z]->shape, w = inputs[W]->shape;
    if (z.rank != 2 || w.rank != 2 || w.dims[1] != 4 * w.dims[0] ||
        z.dims[1] != w.dims[1])
        return "not [steps, 4 h] and [h, 4 h]";
    if (inputs[Z]->domain != GSC_EXAMPLES || inputs[W]->domain != GSC_PARAMETERS)
        return "not a sequence of each example and one matrix of all";
    if (node->num_inputs > MASK && (inputs[MASK]->domain != GSC_EXAMPLES ||
                                    gsc_node_count(inputs[MASK]) != z.dims[0]))
        return "not a mask of the steps";
    node->shape = (gsc_shape){2, {z.dims[0], w.dims[0]}};
    return NULL;
}

static bool
transposes(const gsc_graph_node *node)
{
    (void)node;
    return true;
}

static size_t
saved(const gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    (void)inputs;
    return 6 * gsc_node_count(node);
}

static size_t
scratch(const gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    (void)inputs;
    return 6 * gsc_node_width(node);
}

/* The product of a step, and about 30 operations a unit beside it. */
static double
flops(const gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    (void)inputs;
    double h = (double)gsc_node_width(node);
    return (double)gsc_node_count(node) * (8 * h + 30);
}

const gsc_operator gsc_op_lstm = {
    .name = "lstm",
    .min_inputs = 2,
    .max_inputs = 3,
    .shape = shape,
    .kernels = GSC_BOTH(lstm),
    .shared = GSC_READS(W),
    .backward_reads = {[Z] = GSC_READS(W) | GSC_READS(MASK) | GSC_READS_OUT,
                       [W] = GSC_READS(W) | GSC_READS(MASK) | GSC_READS_OUT},
    .transposes = transposes,
    .saved = saved,
    .flops = flops,
    .scratch = scratch};

gsc_node
gsc_graph_lstm(gsc_graph *graph, gsc_node z, gsc_node w, gsc_node mask)
{
    gsc_node inputs[] = {z, w, mask};
    return gsc_graph_apply(graph, &gsc_op_lstm, inputs, mask == GSC_NO_NODE ? 2 : 3,
                           NULL);
}

#endif
