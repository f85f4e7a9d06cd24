/* A graph with random weights and gradients, for the tests of optimizers. */
#ifndef GSC_TEST_OPTIMIZER_FIXTURE_H
#define GSC_TEST_OPTIMIZER_FIXTURE_H

#include "test.h"

#include "grokscope/graph.h"
#include "grokscope/memory.h"
#include "grokscope/optimizer.h"
#include "grokscope/threads.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Three parameters, the middle one frozen; the first is of several pieces for
 * threads, and no count is a multiple of 16, so that there are gaps. */
enum { WIDE = 20011, FROZEN = 37, NARROW = 5, PARAMETERS = 3 };

typedef struct fixture {
    gsc_graph *graph;
    gsc_optimizer_config config;
    gsc_optimizer optimizer;
    gsc_type type;
    const gsc_parameter *parameters;
    size_t num_weights;
    void *weights, *gradient, *next;
} fixture;

static inline void
store(const fixture *f, void *array, size_t i, double x)
{
    if (f->type == GSC_FLOAT32)
        ((float *)array)[i] = (float)x;
    else
        ((double *)array)[i] = x;
}

static inline double
load(const fixture *f, const void *array, size_t i)
{
    return f->type == GSC_FLOAT32 ? (double)((const float *)array)[i]
                                  : ((const double *)array)[i];
}

static inline void *
new_array(const fixture *f)
{
    void *array = gsc_new(f->num_weights, gsc_type_size(f->type));
    assert_non_null(array);
    return array;
}

/* A graph, the default configuration with a constant rate, random weights and
 * gradients, and `next` full of a number that no update would make. */
static inline void
fixture_open(fixture *f, gsc_type type)
{
    *f = (fixture){.type = type};
    gsc_options keys = gsc_optimizer_options(&f->config);
    assert_return_ok(gsc_options_default(&keys, 1));
    f->config.warmup = 0;
    assert_return_ok(gsc_graph_open(&f->graph));
    const size_t counts[PARAMETERS] = {WIDE, FROZEN, NARROW};
    const char *const names[PARAMETERS] = {"wide", "frozen", "narrow"};
    const gsc_initializer normal = {GSC_INITIALIZER_NORMAL, 1, NULL};
    for (size_t j = 0; j < PARAMETERS; j++)
        gsc_graph_parameter(f->graph, names[j], j == 0 ? "n one" : "n",
                            (gsc_shape){j == 0 ? 2 : 1, {counts[j], 1}}, normal,
                            j != 1);
    assert_return_ok(gsc_graph_status(f->graph));
    size_t num_parameters;
    f->parameters = gsc_graph_parameters(f->graph, &num_parameters);
    assert_int_equal(num_parameters, PARAMETERS);
    f->num_weights = gsc_graph_num_weights(f->graph);
    f->weights = new_array(f);
    f->gradient = new_array(f);
    f->next = new_array(f);
    gsc_graph_init_weights(f->graph, 1, type, f->weights);
    gsc_graph_init_weights(f->graph, 2, type, f->gradient);
    for (size_t i = 0; i < f->num_weights; i++)
        store(f, f->next, i, 12345);
}

static inline void
fixture_start(fixture *f)
{
    gsc_optimizer_setup setup = {
        .graph = f->graph, .type = f->type, .weights = f->weights, .seed = 5};
    assert_return_ok(gsc_optimizer_init(&f->optimizer, &f->config, &setup));
}

static inline void
fixture_close(fixture *f)
{
    gsc_optimizer_free(&f->optimizer);
    gsc_graph_close(f->graph);
    free(f->weights);
    free(f->gradient);
    free(f->next);
}

static inline void
swap(fixture *f)
{
    void *before = f->weights;
    f->weights = f->next;
    f->next = before;
}

static inline bool
is_trained(const fixture *f, size_t i)
{
    for (size_t j = 0; j < PARAMETERS; j++) {
        size_t first = f->parameters[j].offset;
        if (i >= first && i < first + gsc_shape_count(f->parameters[j].shape))
            return f->parameters[j].trained;
    }
    return false; /* a gap */
}

/* ---- One filter ---- */

static inline void
choose(char text[GSC_OPTION_TEXT_BYTES], const char *stages)
{
    snprintf(text, GSC_OPTION_TEXT_BYTES, "%s", stages);
}

/* Gradient descent of rate 1 from zero weights: next is minus the filtered gradient. */
static inline void
open_filter(fixture *f, gsc_type type, const char *filters)
{
    fixture_open(f, type);
    choose(f->config.optimizer, "sgd");
    choose(f->config.filters, filters);
    f->config.learning_rate = 1;
    f->config.weight_decay = 0;
    memset(f->weights, 0, f->num_weights * gsc_type_size(type));
    fixture_start(f);
}

static inline void
fill(fixture *f, void *array, double x)
{
    for (size_t i = 0; i < f->num_weights; i++)
        store(f, array, i, x);
}

/* The filtered gradient at element `at`, where every element is x. */
static inline double
filtered(fixture *f, int64_t update, double x, size_t at)
{
    fill(f, f->gradient, x);
    gsc_optimizer_update(&f->optimizer, NULL, update, f->weights, f->gradient, f->next);
    return -load(f, f->next, at);
}

#endif
