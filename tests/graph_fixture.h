/* Small graphs with weights and examples, for the tests of the graph. */
#ifndef GSC_TEST_GRAPH_FIXTURE_H
#define GSC_TEST_GRAPH_FIXTURE_H

#include "test.h"

#include "grokscope/engine.h"
#include "grokscope/error.h"
#include "grokscope/graph.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIXTURE_VOCAB = 7,
    FIXTURE_CTX = 3,
    FIXTURE_OUT = 5,
    FIXTURE_MOST = 64,
    FIXTURE_NUMBERS = 4
};

typedef struct fixture {
    gsc_graph *graph;
    size_t num_examples;
    size_t rows; /* that have a label each */
    uint16_t inputs[FIXTURE_MOST * FIXTURE_CTX];
    uint16_t labels[2 * FIXTURE_MOST];
    double numbers[FIXTURE_MOST * FIXTURE_NUMBERS]; /* between -1 and 1 */
    double mask[2 * FIXTURE_MOST];                  /* 0 or 1 */
    gsc_field fields[4];
    double *weights;
    bool training; /* whether runs are steps of training, for what is random */
    int64_t step;
    uint64_t seed;
} fixture;

static inline void
fixture_open(fixture *f, size_t num_examples)
{
    memset(f, 0, sizeof *f);
    assert_int_equal(gsc_graph_open(&f->graph), 0);
    f->num_examples = num_examples;
    for (size_t i = 0; i < num_examples * FIXTURE_CTX; i++)
        f->inputs[i] = (uint16_t)gsc_rng_below(1, 1, i, FIXTURE_VOCAB);
    for (size_t i = 0; i < 2 * num_examples; i++) {
        f->labels[i] = (uint16_t)gsc_rng_below(1, 2, i, FIXTURE_OUT);
        f->mask[i] = (double)gsc_rng_below(1, 3, i, 2);
    }
    for (size_t i = 0; i < num_examples * FIXTURE_NUMBERS; i++)
        f->numbers[i] = 2 * gsc_rng_uniform(1, 4, i) - 1;
}

static inline void
fixture_close(fixture *f)
{
    gsc_graph_close(f->graph);
    free(f->weights);
}

static inline gsc_node
leaf(fixture *f, const char *name, size_t rank, size_t a, size_t b, size_t c)
{
    gsc_shape shape = {rank, {a, b, c}};
    gsc_initializer start = {GSC_INITIALIZER_NORMAL, 0.4, NULL};
    return gsc_graph_parameter(f->graph, name, "", shape, start, true);
}

/* ---- Leaves of the examples ---- */

static inline gsc_node
tokens(fixture *f)
{
    return gsc_graph_index(f->graph, "tokens", (gsc_shape){1, {FIXTURE_CTX}},
                           FIXTURE_VOCAB);
}

/* A label for each of so many rows. */
static inline gsc_node
labels(fixture *f, size_t rows)
{
    f->rows = rows;
    return gsc_graph_index(f->graph, "labels", (gsc_shape){1, {rows}}, FIXTURE_OUT);
}

static inline gsc_node
numbers(fixture *f)
{
    return gsc_graph_input(f->graph, "numbers", (gsc_shape){1, {FIXTURE_NUMBERS}});
}

static inline gsc_node
mask(fixture *f)
{
    return gsc_graph_input(f->graph, "mask", (gsc_shape){1, {f->rows}});
}

/* The cross-entropy of rows of logits. */
static inline gsc_node
label_loss(fixture *f, gsc_node logits)
{
    size_t rows = gsc_graph_shape(f->graph, logits).dims[0];
    return gsc_graph_cross_entropy(f->graph, logits, labels(f, rows), GSC_NO_NODE);
}

/* Any example-domain node [positions, width] made into a loss that reads all of it. */
static inline gsc_node
loss_of(fixture *f, gsc_node x)
{
    gsc_graph *g = f->graph;
    gsc_shape shape = gsc_graph_shape(g, x);
    gsc_node weights = leaf(f, "loss.weight", 2, shape.dims[0], shape.dims[1], 1);
    x = gsc_graph_multiply(g, x, weights);
    gsc_node sum = gsc_graph_slice(g, x, 0, 0, 1);
    for (size_t i = 1; i < shape.dims[0]; i++)
        sum = gsc_graph_add(g, sum, gsc_graph_slice(g, x, 0, i, 1));
    gsc_node out = leaf(f, "loss.out", 2, shape.dims[1], FIXTURE_OUT, 1);
    return label_loss(f, gsc_graph_matmul(g, sum, out));
}

static inline gsc_node
embedded(fixture *f, size_t width)
{
    gsc_node table = leaf(f, "table", 2, FIXTURE_VOCAB, width, 1);
    gsc_node embed = gsc_graph_gather(f->graph, table, tokens(f), 0, FIXTURE_CTX);
    gsc_graph_name(f->graph, embed, "embed");
    return embed;
}

/* One attention layer, its mask and its position as asked. */
static inline gsc_node
attend(fixture *f, gsc_node x, bool causal)
{
    gsc_graph *g = f->graph;
    gsc_node q = gsc_graph_split_heads(g, x, leaf(f, "q", 3, 2, 4, 3));
    gsc_node k = gsc_graph_split_heads(g, x, leaf(f, "k", 3, 2, 4, 3));
    gsc_node v = gsc_graph_split_heads(g, x, leaf(f, "v", 3, 2, 4, 3));
    gsc_node scores = gsc_graph_attention_scores(g, q, k);
    gsc_node pattern = gsc_graph_attention_softmax(g, scores, causal, 0);
    gsc_node z = gsc_graph_attention_mix(g, pattern, v);
    return gsc_graph_merge_heads(g, z, leaf(f, "o", 3, 2, 3, 4));
}

static inline void
fixture_init_weights(fixture *f)
{
    assert_return_ok(gsc_graph_status(f->graph));
    free(f->weights);
    f->weights = gsc_new(gsc_graph_num_weights(f->graph), sizeof *f->weights);
    gsc_graph_init_weights(f->graph, 3, GSC_FLOAT64, f->weights);
}

static inline gsc_batch
fixture_batch(fixture *f)
{
    size_t rows = f->rows > 0 ? f->rows : 1;
    f->fields[0] =
        gsc_field_of_indices("tokens", f->inputs, FIXTURE_CTX, FIXTURE_VOCAB);
    f->fields[1] = gsc_field_of_indices("labels", f->labels, rows, FIXTURE_OUT);
    f->fields[2] = (gsc_field){.name = "numbers",
                               .type = GSC_FIELD_FLOAT64,
                               .shape = {1, {FIXTURE_NUMBERS}},
                               .scale = 1,
                               .data = f->numbers};
    f->fields[3] = (gsc_field){.name = "mask",
                               .type = GSC_FIELD_FLOAT64,
                               .shape = {1, {rows}},
                               .scale = 1,
                               .data = f->mask};
    return (gsc_batch){.fields = f->fields,
                       .num_fields = 4,
                       .num_examples = f->num_examples,
                       .seed = f->seed,
                       .step = f->step,
                       .training = f->training};
}

static inline gsc_engine *
fixture_engine(const fixture *f, gsc_node loss, bool gradients, unsigned rewrites)
{
    gsc_engine *engine;
    gsc_root root = {loss, 1};
    gsc_engine_options options = {.type = GSC_FLOAT64,
                                  .roots = &root,
                                  .num_roots = 1,
                                  .gradients = gradients,
                                  .num_examples = 100000,
                                  .rewrites = rewrites};
    assert_return_ok(gsc_engine_open(&engine, f->graph, &options));
    return engine;
}

static inline double
fixture_loss(fixture *f, gsc_engine *engine)
{
    gsc_batch batch = fixture_batch(f);
    gsc_result loss;
    assert_return_ok(gsc_engine_run(engine, NULL, f->weights, &batch, NULL, &loss));
    return loss.mean;
}

/* The gradient of every weight against central differences. */
static inline void
check_gradient(fixture *f, gsc_node loss, unsigned rewrites)
{
    const double h = 1e-5;
    fixture_init_weights(f);
    gsc_engine *forward = fixture_engine(f, loss, false, rewrites);
    gsc_engine *backward = fixture_engine(f, loss, true, rewrites);
    fixture_loss(f, backward);
    const double *gradient = gsc_engine_gradient(backward);
    double largest = 0;
    for (size_t i = 0; i < gsc_graph_num_weights(f->graph); i++) {
        double kept = f->weights[i];
        f->weights[i] = kept + h;
        double above = fixture_loss(f, forward);
        f->weights[i] = kept - h;
        double below = fixture_loss(f, forward);
        f->weights[i] = kept;
        double expected = (above - below) / (2 * h);
        largest = fmax(largest, fabs(expected));
        if (fabs(gradient[i] - expected) > 1e-8 * fmax(1, fabs(expected)))
            fail_msg("weight %zu: gradient %.12g, differences give %.12g", i,
                     gradient[i], expected);
    }
    assert_true(largest > 1e-4); /* something was there to be checked */
    gsc_engine_close(forward);
    gsc_engine_close(backward);
}

#endif
