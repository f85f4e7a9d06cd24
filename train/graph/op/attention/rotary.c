/* Rotary positions: pair i of a row's first `dims` numbers is turned by the angle
 * (first + t) base^(-2i / dims), t the row's position,
 *
 *   out_a = x_a cos - x_b sin,   out_b = x_b cos + x_a sin;
 *
 * a pair is (i, i + dims / 2), or adjacent numbers (2i, 2i + 1). The gradient is turned
 * back. */
#include "train/graph/op/operators.h"
#include "train/numeric/real.h"

#include <math.h>
#include <string.h>

enum { DIMS, BASE, ADJACENT, FIRST };

/* Pairs whose angles are made at a time. */
enum { PAIRS = 32 };

typedef struct turning {
    size_t n, positions, heads, width;
    size_t num_pairs, step, gap; /* pair i is (i step, i step + gap) */
    double sign;
} turning;

static turning
turning_of(const gsc_call *call, double sign)
{
    const gsc_graph_node *node = call->node;
    size_t dims = gsc_node_size(node, DIMS);
    bool adjacent = node->attributes[ADJACENT].integer != 0;
    return (turning){.n = call->n,
                     .positions = node->shape.dims[0],
                     .heads = node->shape.dims[1],
                     .width = node->shape.dims[2],
                     .num_pairs = dims / 2,
                     .step = adjacent ? 2 : 1,
                     .gap = adjacent ? 1 : dims / 2,
                     .sign = sign};
}

/* Pairs of one row; `out` is overwritten, or added to. */
static void
turn_row(const turning *t, size_t first, size_t count, const real *cosine,
         const real *sine, const real *x, real *out, bool fresh)
{
    for (size_t i = 0; i < count; i++) {
        size_t a = (first + i) * t->step, b = a + t->gap;
        real x_a = x[a], x_b = x[b];
        real out_a = x_a * cosine[i] - x_b * sine[i];
        real out_b = x_b * cosine[i] + x_a * sine[i];
        out[a] = fresh ? out_a : out[a] + out_a;
        out[b] = fresh ? out_b : out[b] + out_b;
    }
}

/* Pairs first … first + count - 1 of all rows, whose angles at position 0 … are those
 * of the call's node. */
static void
turn_pairs(const gsc_call *call, const turning *t, size_t first, size_t count,
           const real *x, real *out, bool fresh)
{
    double rate[PAIRS];
    real cosine[PAIRS], sine[PAIRS];
    const gsc_attribute *a = call->node->attributes;
    for (size_t i = 0; i < count; i++)
        rate[i] = pow(a[BASE].real, -(double)(first + i) / (double)t->num_pairs);
    for (size_t p = 0; p < t->positions; p++) {
        double position = (double)(a[FIRST].integer + (int64_t)p);
        for (size_t i = 0; i < count; i++) {
            cosine[i] = (real)cos(position * rate[i]);
            sine[i] = (real)(t->sign * sin(position * rate[i]));
        }
        for (size_t e = 0; e < t->n; e++)
            for (size_t h = 0; h < t->heads; h++) {
                size_t row = ((e * t->positions + p) * t->heads + h) * t->width;
                turn_row(t, first, count, cosine, sine, x + row, out + row, fresh);
            }
    }
}

/* What is turned by no angle: the numbers after the first `dims`. */
static void
pass_rest(const turning *t, const real *x, real *out, bool fresh)
{
    size_t dims = 2 * t->num_pairs, rows = t->n * t->positions * t->heads;
    for (size_t r = 0; r < rows; r++)
        for (size_t i = dims; i < t->width; i++) {
            size_t at = r * t->width + i;
            out[at] = fresh ? x[at] : out[at] + x[at];
        }
}

static void
turn(const gsc_call *call, double sign, const real *x, real *out, bool fresh)
{
    turning t = turning_of(call, sign);
    for (size_t first = 0; first < t.num_pairs; first += PAIRS) {
        size_t left = t.num_pairs - first;
        turn_pairs(call, &t, first, left < PAIRS ? left : PAIRS, x, out, fresh);
    }
    pass_rest(&t, x, out, fresh);
}

static void
forward(const gsc_call *call)
{
    turn(call, 1, call->in[0], call->out, true);
}

static void
backward(const gsc_call *call)
{
    turn(call, -1, call->dout, call->din, call->fresh);
}

GSC_KERNELS(rotary) = {.forward = forward, .backward = {backward}};

#if GSC_ONCE

static const char *
shape(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    const gsc_attribute *a = node->attributes;
    node->shape = inputs[0]->shape;
    if (node->shape.rank != 3)
        return "not [positions, heads, e]";
    if (a[DIMS].integer < 2 || a[DIMS].integer % 2 != 0 ||
        a[DIMS].integer > (int64_t)node->shape.dims[2])
        return "what is turned are pairs of a row's numbers";
    return a[BASE].real > 0 && a[FIRST].integer >= 0 ? NULL : "no angles";
}

/* Later positions have later angles; heads are alike, and a row is turned whole. */
static bool
slice(const gsc_graph_node *node, const gsc_graph_node *const *inputs, gsc_range range,
      size_t *axes, gsc_attribute *attributes)
{
    (void)inputs;
    axes[0] = range.axis;
    if (range.axis == 0)
        attributes[FIRST].integer =
            node->attributes[FIRST].integer + (int64_t)range.first;
    return range.axis < 2;
}

const gsc_operator gsc_op_rotary = {.name = "rotary",
                                    .min_inputs = 1,
                                    .max_inputs = 1,
                                    .attributes = {{"dims", GSC_ATTRIBUTE_INTEGER},
                                                   {"base", GSC_ATTRIBUTE_REAL},
                                                   {"adjacent", GSC_ATTRIBUTE_INTEGER},
                                                   {"first", GSC_ATTRIBUTE_INTEGER}},
                                    .shape = shape,
                                    .slice = slice,
                                    .kernels = GSC_BOTH(rotary),
                                    .out_over_in = true,
                                    .din_over_dout = true};

gsc_node
gsc_graph_rotary(gsc_graph *graph, gsc_node x, size_t dims, double base, bool adjacent)
{
    gsc_attribute attributes[] = {[DIMS] = {.integer = (int64_t)dims},
                                  [BASE] = {.real = base},
                                  [ADJACENT] = {.integer = adjacent},
                                  [FIRST] = {.integer = 0}};
    return gsc_graph_apply(graph, &gsc_op_rotary, &x, 1, attributes);
}

#endif
