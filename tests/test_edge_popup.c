/* The rule edge_popup: which weights a network has, and how scores and weights move. */
#include "test.h"

#include "grokscope/error.h"
#include "grokscope/graph.h"
#include "grokscope/memory.h"
#include "grokscope/optimizer.h"
#include "grokscope/threads.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 4 };

typedef struct fixture {
    gsc_graph *graph;
    gsc_optimizer_config config;
    gsc_optimizer optimizer;
    gsc_type type;
    size_t n;                          /* of the arrays, which are padded */
    size_t given;                      /* elements of the first matrix */
    double *weights, *gradient, *next; /* or floats */
} fixture;

static void
open_fixture(fixture *f, const char *rule, gsc_type type, const gsc_shape *shapes,
             size_t count)
{
    static const char *const names[MOST] = {"a.W", "b.W", "c.W", "c.b"};
    const gsc_initializer normal = {GSC_INITIALIZER_NORMAL, 1, NULL};
    gsc_options keys = gsc_optimizer_options(&f->config);
    *f = (fixture){.type = type};
    assert_return_ok(gsc_options_default(&keys, 1));
    assert_return_ok(gsc_graph_open(&f->graph));
    for (size_t i = 0; i < count; i++)
        gsc_graph_parameter(f->graph, names[i], "", shapes[i], normal, true);
    f->n = gsc_graph_num_weights(f->graph);
    f->given = gsc_shape_count(shapes[0]);
    f->weights = gsc_new(f->n, sizeof(double));
    f->gradient = gsc_new(f->n, sizeof(double));
    f->next = gsc_new(f->n, sizeof(double));
    gsc_graph_init_weights(f->graph, 1, type, f->weights);
    gsc_graph_init_weights(f->graph, 2, type, f->gradient);
    f->config.learning_rate = 0.5;
    f->config.weight_decay = 0;
    f->config.warmup = 0;
    snprintf(f->config.optimizer, sizeof f->config.optimizer, "%s", rule);
}

static void
start(fixture *f)
{
    gsc_optimizer_setup setup = {
        .graph = f->graph, .type = f->type, .weights = f->weights, .seed = 3};
    assert_return_ok(gsc_optimizer_init(&f->optimizer, &f->config, &setup));
}

/* One matrix of these weights, in double. */
static fixture
matrix(const char *rule, gsc_shape shape, const double *weights)
{
    fixture f;
    open_fixture(&f, rule, GSC_FLOAT64, &shape, 1);
    if (weights)
        memcpy(f.weights, weights, f.given * sizeof *weights);
    start(&f);
    return f;
}

static void
finish(fixture *f)
{
    gsc_optimizer_free(&f->optimizer);
    gsc_graph_close(f->graph);
    free(f->weights);
    free(f->gradient);
    free(f->next);
}

/* Make one update; the new weights become those of the next one. */
static const double *
update(fixture *f, int64_t number, const double *gradient)
{
    if (gradient)
        memcpy(f->gradient, gradient, f->given * sizeof *gradient);
    gsc_optimizer_update(&f->optimizer, NULL, number, f->weights, f->gradient, f->next);
    memcpy(f->weights, f->next, f->n * gsc_type_size(f->type));
    return f->weights;
}

static const double *
state(const fixture *f, const char *name)
{
    for (size_t i = 0; i < f->optimizer.num_states; i++)
        if (strcmp(f->optimizer.states[i].name, name) == 0)
            return f->optimizer.states[i].data;
    fail();
    return NULL;
}

static void
assert_numbers(const double *found, const double *expected, size_t n, double tolerance)
{
    for (size_t i = 0; i < n; i++)
        assert_close(found[i], expected[i], tolerance);
}

static size_t
num_nonzero(const double *x, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += x[i] != 0;
    return count;
}

/* ---- Scores ---- */

#define HALF "edge_popup keep 0.5"
static const double four[] = {3, -2, 1, -0.5};

/* Step 0 has the two largest, of either sign. Then s = |w| - 0.5 g w. */
static void
scores_follow_the_gradient_times_the_fixed_weight(void **unused)
{
    (void)unused;
    fixture f = matrix(HALF, (gsc_shape){2, {2, 2}}, four);
    assert_numbers(f.weights, (const double[]){3, -2, 0, 0}, 4, 0);
    assert_numbers(state(&f, "edge_weights"), four, 4, 0);
    assert_numbers(state(&f, "edge_scores"), (const double[]){3, 2, 1, 0.5}, 4, 0);
    const double g[] = {1, 0.25, 0, 8};
    update(&f, 0, g);
    assert_numbers(state(&f, "edge_scores"), (const double[]){1.5, 2.25, 1, 2.5}, 4, 0);
    assert_numbers(f.weights, (const double[]){0, -2, 0, -0.5}, 4, 0);
    /* A weight that the network has not got may come back by its gradient. */
    update(&f, 1, (const double[]){-1, 0, 0, 0});
    assert_numbers(state(&f, "edge_scores"), (const double[]){3, 2.25, 1, 2.5}, 4, 0);
    assert_numbers(f.weights, (const double[]){3, 0, 0, -0.5}, 4, 0);
    finish(&f);
}

static void
momentum_and_a_rate_of_their_own_move_scores(void **unused)
{
    (void)unused;
    fixture f;
    open_fixture(&f, HALF " score_rate 4", GSC_FLOAT64, &(gsc_shape){2, {2, 2}}, 1);
    memcpy(f.weights, four, sizeof four);
    f.config.momentum = 0.5;
    start(&f);
    const double g[] = {0.25, 0, 0, 0};
    update(&f, 0, g); /* m = 0.75, s = 3 - 2 * 0.75 */
    assert_close(state(&f, "edge_scores")[0], 1.5, 1e-15);
    update(&f, 1, g); /* m = 1.125 */
    assert_close(state(&f, "edge_scores")[0], -0.75, 1e-15);
    assert_numbers(f.weights, (const double[]){0, -2, 1, 0}, 4, 0);
    finish(&f);
}

/* Adam's first step is the rate, whatever the gradient's size. */
static void
by_adam_scores_move_alike(void **unused)
{
    (void)unused;
    fixture f = matrix(HALF " score_rule adam", (gsc_shape){2, {2, 2}}, four);
    update(&f, 0, (const double[]){1e-3, -1e3, -1, 1});
    assert_numbers(state(&f, "edge_scores"), (const double[]){2.5, 1.5, 1.5, 1}, 4,
                   1e-4);
    finish(&f);
}

static void
equal_scores_are_kept_in_their_order(void **unused)
{
    (void)unused;
    const double equal[] = {1, -1, 1, -1, 1, 1};
    fixture f = matrix(HALF, (gsc_shape){2, {2, 3}}, equal);
    assert_numbers(f.weights, (const double[]){1, -1, 1, 0, 0, 0}, 6, 0);
    update(&f, 0, (const double[]){0, 0, 0, 0, 0, 0});
    assert_numbers(f.weights, (const double[]){1, -1, 1, 0, 0, 0}, 6, 0);
    finish(&f);
}

static void
random_scores_are_normal_and_of_the_size_of_the_weights(void **unused)
{
    (void)unused;
    fixture f = matrix("edge_popup scores random", (gsc_shape){2, {100, 100}}, NULL);
    const double *s = state(&f, "edge_scores"), *w = state(&f, "edge_weights");
    double sum = 0, squares = 0, of_weights = 0, both = 0;
    for (size_t i = 0; i < f.n; i++) {
        sum += s[i];
        squares += s[i] * s[i];
        of_weights += w[i] * w[i];
        both += s[i] * fabs(w[i]);
    }
    assert_close(sqrt(squares / of_weights), 1, 0.03);
    assert_close(sum / (double)f.n, 0, 0.03);
    assert_close(both / of_weights, 0, 0.03);
    assert_int_equal(num_nonzero(f.weights, f.n), 4000);
    finish(&f);
}

/* ---- Weights ---- */

/* Of each tensor by itself, tensors of heads as a whole. */
static void
weights_are_zero_or_fixed_and_the_share_is_exact(void **unused)
{
    (void)unused;
    const gsc_shape shapes[] = {{2, {7, 9}}, {2, {5, 11}}, {3, {2, 4, 5}}, {1, {6}}};
    static const size_t kept[] = {19, 17, 12, 6}; /* ceil(0.3 n); all of a vector */
    static const size_t counts[] = {63, 55, 40, 6};
    static const char *const filters[] = {"", "grokfast_ema, gradient_noise"};
    for (int i = 0; i < 4; i++) {
        fixture f;
        open_fixture(
            &f, i < 2 ? "edge_popup keep 0.3" : "edge_popup keep 0.3 scores random",
            GSC_FLOAT64, shapes, MOST);
        snprintf(f.config.filters, sizeof f.config.filters, "%s", filters[i % 2]);
        double *first = gsc_new(f.n, sizeof *first);
        double *before = gsc_new(f.n, sizeof *before);
        size_t count, changes = 0;
        const gsc_parameter *p = gsc_graph_parameters(f.graph, &count);
        memcpy(first, f.weights, f.n * sizeof *first);
        f.config.weight_decay = 1; /* which has nothing to take from */
        start(&f);
        for (int64_t t = 0; t < 30; t++) {
            for (size_t k = 0; k < MOST; k++)
                assert_int_equal(num_nonzero(f.weights + p[k].offset, counts[k]),
                                 kept[k]);
            for (size_t w = 0; w < p[3].offset + 6; w++) {
                assert_true(f.weights[w] == 0 || f.weights[w] == first[w]);
                changes += before[w] != f.weights[w];
            }
            gsc_graph_init_weights(f.graph, (uint64_t)t + 10, f.type, f.gradient);
            memcpy(before, f.weights, f.n * sizeof *before);
            update(&f, t, NULL);
        }
        assert_true(changes > 100);
        free(first);
        free(before);
        finish(&f);
    }
}

/* The weights as AdamW makes them of the gradient that the mask lets through. */
static void
trained_weights_follow_adamw_under_the_mask(void **unused)
{
    (void)unused;
    const gsc_shape shapes[] = {{2, {2, 2}}, {1, {4}}};
    for (int to_initial = 0; to_initial < 2; to_initial++) {
        fixture edge, adamw;
        open_fixture(&edge, HALF " train_weights yes score_rate 0", GSC_FLOAT64,
                     &shapes[0], 1);
        open_fixture(&adamw, "adamw", GSC_FLOAT64, &shapes[0], 1);
        fixture *both[] = {&edge, &adamw};
        for (int i = 0; i < 2; i++) {
            memcpy(both[i]->weights, four, sizeof four);
            both[i]->config.weight_decay = 0.2;
            both[i]->config.decay_to =
                to_initial ? GSC_DECAY_TO_INITIAL : GSC_DECAY_TO_ZERO;
            start(both[i]);
        }
        for (int64_t t = 0; t < 5; t++) {
            const double g[] = {0.3, (double)t, 5, -1};
            const double through[] = {0.3, (double)t, 0, 0};
            update(&edge, t, g);
            update(&adamw, t, through);
            assert_numbers(state(&edge, "edge_weights"), adamw.weights, 4, 1e-14);
            assert_numbers(edge.weights, adamw.weights, 2, 1e-14);
            assert_numbers(edge.weights + 2, (const double[]){0, 0}, 2, 0);
        }
        finish(&edge);
        finish(&adamw);
    }
    fixture edge, adamw;
    open_fixture(&edge, "edge_popup train_weights yes", GSC_FLOAT64, &shapes[1], 1);
    open_fixture(&adamw, "adamw", GSC_FLOAT64, &shapes[1], 1);
    start(&edge);
    start(&adamw);
    for (int64_t t = 0; t < 3; t++)
        assert_numbers(update(&edge, t, NULL), update(&adamw, t, NULL), 4, 1e-14);
    finish(&edge);
    finish(&adamw);
}

/* ---- Beside other stages ---- */

static void
a_group_may_have_another_rule(void **unused)
{
    (void)unused;
    const gsc_shape shapes[] = {{2, {4, 4}}, {2, {4, 4}}};
    fixture f;
    open_fixture(&f, "adamw", GSC_FLOAT64, shapes, 2);
    snprintf(f.config.groups, sizeof f.config.groups,
             "a.W: optimizer edge_popup, keep 0.25; *: optimizer sgd");
    start(&f);
    size_t count;
    const gsc_parameter *p = gsc_graph_parameters(f.graph, &count);
    assert_int_equal(num_nonzero(f.weights + p[0].offset, 16), 4);
    double before = f.weights[p[1].offset];
    update(&f, 0, NULL);
    assert_int_equal(num_nonzero(f.weights + p[0].offset, 16), 4);
    assert_close(f.weights[p[1].offset], before - 0.5 * f.gradient[p[1].offset], 1e-15);
    assert_true(gsc_optimizer_makes_weights(&f.optimizer));
    finish(&f);
}

/* What began as 0 stays 0, and what the scores hide at step 0 may still come. */
static void
a_mask_is_of_the_weights_before_the_scores(void **unused)
{
    (void)unused;
    fixture f;
    const double sparse[] = {3, 0, 1, -0.5};
    open_fixture(&f, HALF, GSC_FLOAT64, &(gsc_shape){2, {2, 2}}, 1);
    snprintf(f.config.projections, sizeof f.config.projections, "mask");
    memcpy(f.weights, sparse, sizeof sparse);
    start(&f);
    assert_numbers(f.weights, (const double[]){3, 0, 1, 0}, 4, 0);
    update(&f, 0, (const double[]){0, 0, 0, 8});
    assert_numbers(f.weights, (const double[]){3, 0, 0, -0.5}, 4, 0);
    finish(&f);
}

static void
filters_of_updates_are_refused(void **unused)
{
    (void)unused;
    fixture f;
    open_fixture(&f, "edge_popup", GSC_FLOAT64, &(gsc_shape){2, {2, 2}}, 1);
    snprintf(f.config.update_filters, sizeof f.config.update_filters, "update_noise");
    gsc_optimizer_setup setup = {
        .graph = f.graph, .type = f.type, .weights = f.weights};
    assert_fails(
        gsc_optimizer_init(&f.optimizer, &f.config, &setup), GSC_EARGUMENT,
        "update_filters: edge_popup makes weights, and no update that could be "
        "filtered; leave out the one or the other");
    finish(&f);
}

/* ---- Bits ---- */

static void
walk(fixture *f, gsc_threads *threads, int64_t from, int64_t to)
{
    size_t bytes = f->n * gsc_type_size(f->type);
    for (int64_t t = from; t < to; t++) {
        gsc_graph_init_weights(f->graph, (uint64_t)t + 10, f->type, f->gradient);
        memcpy(f->next, f->weights, bytes);
        gsc_optimizer_update(&f->optimizer, threads, t, f->weights, f->gradient,
                             f->next);
        memcpy(f->weights, f->next, bytes);
    }
}

static void
threads_and_a_stop_change_no_bit(void **unused)
{
    (void)unused;
    const gsc_shape shapes[] = {
        {2, {30, 17}}, {3, {2, 16, 8}}, {2, {16, 64}}, {1, {9}}};
    static const char *const rules[] = {"edge_popup score_rate 1",
                                        "edge_popup train_weights yes score_rule adam"};
    gsc_threads *threads;
    assert_return_ok(gsc_threads_open(&threads, 3));
    for (int i = 0; i < 4; i++) {
        fixture runs[3];
        gsc_type type = i % 2 ? GSC_FLOAT64 : GSC_FLOAT32;
        for (int k = 0; k < 3; k++) {
            open_fixture(&runs[k], rules[i / 2], type, shapes, MOST);
            start(&runs[k]);
        }
        size_t bytes = runs[0].n * gsc_type_size(type);
        walk(&runs[0], NULL, 0, 6);
        walk(&runs[1], threads, 0, 3);
        assert_return_ok(gsc_optimizer_restore(&runs[2].optimizer,
                                               runs[1].optimizer.states,
                                               runs[1].optimizer.num_states));
        memcpy(runs[2].weights, runs[1].weights, bytes);
        walk(&runs[2], threads, 3, 6);
        assert_memory_equal(runs[0].weights, runs[2].weights, bytes);
        for (int k = 0; k < 3; k++)
            finish(&runs[k]);
    }
    gsc_threads_close(threads);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_follow_the_gradient_times_the_fixed_weight),
        cmocka_unit_test(momentum_and_a_rate_of_their_own_move_scores),
        cmocka_unit_test(by_adam_scores_move_alike),
        cmocka_unit_test(equal_scores_are_kept_in_their_order),
        cmocka_unit_test(random_scores_are_normal_and_of_the_size_of_the_weights),
        cmocka_unit_test(weights_are_zero_or_fixed_and_the_share_is_exact),
        cmocka_unit_test(trained_weights_follow_adamw_under_the_mask),
        cmocka_unit_test(a_group_may_have_another_rule),
        cmocka_unit_test(a_mask_is_of_the_weights_before_the_scores),
        cmocka_unit_test(filters_of_updates_are_refused),
        cmocka_unit_test(threads_and_a_stop_change_no_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
