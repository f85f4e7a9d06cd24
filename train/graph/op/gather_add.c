/* out = a[index_a[i]] + b[index_b[j]]: two rows of tables of parameters, added on their
 * way. Only rewrites make it. */
#include "train/graph/op/operators.h"
#include "train/graph/op/rows.h"
#include "train/numeric/hot.h"
#include "train/numeric/real.h"

#include <string.h>

enum { A, B, INDEX_A, INDEX_B };

/* The index of each example, `step` apart. */
typedef struct places {
    const int32_t *at;
    size_t step;
} places;

static places
places_of(const gsc_call *call, size_t input)
{
    size_t first = gsc_node_size(call->node, input == A ? GSC_GATHER_ADD_FIRST_A
                                                        : GSC_GATHER_ADD_FIRST_B);
    size_t index = input == A ? INDEX_A : INDEX_B;
    return (places){(const int32_t *)call->in[index] + first,
                    gsc_node_count(call->input[index])};
}

static GSC_HOT void
sum_pair(real *restrict out, const real *a, const real *b, size_t width)
{
    for (size_t c = 0; c < width; c++)
        out[c] = a[c] + b[c];
}

static void
forward(const gsc_call *call)
{
    const real *a = call->in[A], *b = call->in[B];
    real *out = call->out;
    size_t width = gsc_node_count(call->node);
    places i = places_of(call, A), j = places_of(call, B);
    for (size_t e = 0; e < call->n; e++, out += width)
        sum_pair(out, a + (size_t)i.at[e * i.step] * width,
                 b + (size_t)j.at[e * j.step] * width, width);
}

/* dtable[index] += dout */
static void
backward(const gsc_call *call)
{
    const real *dout = call->dout;
    real *dtable = call->din;
    size_t width = gsc_node_count(call->node);
    places p = places_of(call, call->wanted);
    if (call->fresh)
        memset(dtable, 0, gsc_node_count(call->input[call->wanted]) * sizeof *dtable);
    for (size_t e = 0; e < call->n; e++)
        add_rows(dtable, dout + e * width, p.at + e * p.step, 1, width);
}

GSC_KERNELS(gather_add) = {.forward = forward, .backward = {backward, backward}};

#if GSC_ONCE

static const char *
shape(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    node->shape = inputs[A]->shape;
    node->shape.dims[0] = 1;
    return NULL;
}

const gsc_operator gsc_op_gather_add = {
    .name = "gather_add",
    .min_inputs = 4,
    .max_inputs = 4,
    .attributes = {{"first_a", GSC_ATTRIBUTE_INTEGER},
                   {"first_b", GSC_ATTRIBUTE_INTEGER}},
    .shape = shape,
    .rows = GSC_READS(A) | GSC_READS(B),
    .indices = GSC_READS(INDEX_A) | GSC_READS(INDEX_B),
    .kernels = GSC_BOTH(gather_add),
    .shared = GSC_READS(A) | GSC_READS(B),
    .backward_reads = {GSC_READS(INDEX_A), GSC_READS(INDEX_B)}};

gsc_node
gsc_graph_gather_add(gsc_graph *graph, gsc_row a, gsc_row b)
{
    gsc_node inputs[] = {a.table, b.table, a.index, b.index};
    gsc_attribute attributes[] = {
        [GSC_GATHER_ADD_FIRST_A] = {.integer = (int64_t)a.at},
        [GSC_GATHER_ADD_FIRST_B] = {.integer = (int64_t)b.at}};
    return gsc_graph_apply(graph, &gsc_op_gather_add, inputs, 4, attributes);
}

#endif
