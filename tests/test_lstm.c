/* Long short-term memory: its gradients, its recurrence written out, masks, and tiles
 * of every size. */
#include "graph_fixture.h"

#include <stdio.h>

enum { STEPS = 7, IN = 3, UNITS = 5, EXAMPLES = 50 };

typedef struct sequences {
    gsc_graph *graph;
    gsc_node x, counts, w_in, w, z, states;
    double inputs[EXAMPLES * STEPS * IN], mask[EXAMPLES * STEPS];
    double *weights;
} sequences;

/* States of [STEPS, UNITS] over random inputs; each example counts from a random first
 * step to a random last one. */
static void
open_sequences(sequences *s, bool masked)
{
    gsc_initializer normal = {GSC_INITIALIZER_NORMAL, 0.7, NULL};
    assert_int_equal(gsc_graph_open(&s->graph), 0);
    gsc_graph *g = s->graph;
    s->x = gsc_graph_input(g, "x", (gsc_shape){2, {STEPS, IN}});
    s->counts = gsc_graph_input(g, "counts", (gsc_shape){1, {STEPS}});
    s->w_in = gsc_graph_parameter(g, "w_in", "", (gsc_shape){2, {IN, 4 * UNITS}},
                                  normal, true);
    s->w = gsc_graph_parameter(g, "w", "", (gsc_shape){2, {UNITS, 4 * UNITS}}, normal,
                               true);
    s->z = gsc_graph_matmul(g, s->x, s->w_in);
    s->states = gsc_graph_lstm(g, s->z, s->w, masked ? s->counts : GSC_NO_NODE);
    for (size_t i = 0; i < EXAMPLES * STEPS * IN; i++)
        s->inputs[i] = gsc_rng_normal(1, 1, i);
    for (size_t e = 0; e < EXAMPLES; e++) {
        size_t first = gsc_rng_below(1, 2, e, STEPS), last = first;
        last += gsc_rng_below(1, 3, e, STEPS - first);
        for (size_t t = 0; t < STEPS; t++)
            s->mask[e * STEPS + t] = t >= first && t <= last;
    }
    assert_return_ok(gsc_graph_status(g));
}

/* Of all graphs that were made of it: the weights are drawn once the graph is whole. */
static void
draw_weights(sequences *s)
{
    assert_return_ok(gsc_graph_status(s->graph));
    s->weights = gsc_new(gsc_graph_num_weights(s->graph), sizeof *s->weights);
    gsc_graph_init_weights(s->graph, 3, GSC_FLOAT64, s->weights);
}

static void
close_sequences(sequences *s)
{
    gsc_graph_close(s->graph);
    free(s->weights);
}

static double
run(const sequences *s, gsc_engine *engine, gsc_threads *threads, size_t num_examples,
    void *const *taps)
{
    gsc_field fields[] = {{.name = "x",
                           .type = GSC_FIELD_FLOAT64,
                           .shape = {2, {STEPS, IN}},
                           .scale = 1,
                           .data = s->inputs},
                          {.name = "counts",
                           .type = GSC_FIELD_FLOAT64,
                           .shape = {1, {STEPS}},
                           .scale = 1,
                           .data = s->mask}};
    gsc_batch batch = {.fields = fields, .num_fields = 2, .num_examples = num_examples};
    assert_return_ok(gsc_engine_run(engine, threads, s->weights, &batch, taps, NULL));
    return gsc_engine_total(engine);
}

static double
logistic(double x)
{
    return 1 / (1 + exp(-x));
}

/* The recurrence as the header has it, of one example. */
static void
write_out(const sequences *s, size_t e, bool masked, double states[STEPS][UNITS])
{
    double h[UNITS] = {0}, c[UNITS] = {0};
    size_t count;
    const gsc_parameter *p = gsc_graph_parameters(s->graph, &count);
    const double *w_in = s->weights + p[0].offset, *w = s->weights + p[1].offset;
    for (size_t t = 0; t < STEPS; t++) {
        double a[4 * UNITS] = {0};
        for (size_t k = 0; k < 4 * UNITS; k++) {
            for (size_t i = 0; i < IN; i++)
                a[k] += s->inputs[(e * STEPS + t) * IN + i] * w_in[i * 4 * UNITS + k];
            for (size_t i = 0; i < UNITS; i++)
                a[k] += h[i] * w[i * 4 * UNITS + k];
        }
        for (size_t i = 0; i < UNITS && (!masked || s->mask[e * STEPS + t] > 0); i++) {
            c[i] =
                logistic(a[UNITS + i]) * c[i] + logistic(a[i]) * tanh(a[2 * UNITS + i]);
            h[i] = logistic(a[3 * UNITS + i]) * tanh(c[i]);
        }
        memcpy(states[t], h, sizeof h);
    }
}

static void
states_are_those_of_the_recurrence(void **state)
{
    (void)state;
    for (int masked = 0; masked < 2; masked++) {
        sequences s;
        gsc_engine *engine;
        double found[EXAMPLES][STEPS][UNITS], wanted[STEPS][UNITS];
        open_sequences(&s, masked);
        draw_weights(&s);
        gsc_engine_options options = {
            .type = GSC_FLOAT64, .taps = &s.states, .num_taps = 1};
        assert_return_ok(gsc_engine_open(&engine, s.graph, &options));
        run(&s, engine, NULL, EXAMPLES, (void *[]){found});
        for (size_t e = 0; e < EXAMPLES; e++) {
            write_out(&s, e, masked, wanted);
            for (size_t i = 0; i < STEPS * UNITS; i++)
                assert_close((&found[e][0][0])[i], (&wanted[0][0])[i], 1e-14);
        }
        gsc_engine_close(engine);
        close_sequences(&s);
    }
}

/* A loss of what a second layer makes of the first one's states; both read the states,
 * so that gradients meet. */
static gsc_node
loss_of_two_layers(sequences *s, bool masked)
{
    gsc_graph *g = s->graph;
    gsc_initializer normal = {GSC_INITIALIZER_NORMAL, 0.7, NULL};
    gsc_node between = gsc_graph_parameter(
        g, "between", "", (gsc_shape){2, {UNITS, 4 * UNITS}}, normal, true);
    gsc_node z = gsc_graph_add(g, gsc_graph_matmul(g, s->states, between), s->z);
    gsc_node top = gsc_graph_lstm(g, z, s->w, masked ? s->counts : GSC_NO_NODE);
    gsc_node target = gsc_graph_parameter(g, "target", "",
                                          (gsc_shape){2, {UNITS, UNITS}}, normal, true);
    return gsc_graph_mean_squared_error(g, gsc_graph_add(g, top, s->states),
                                        gsc_graph_matmul(g, s->states, target),
                                        GSC_NO_NODE);
}

static gsc_engine *
engine_of(const sequences *s, gsc_node loss, bool gradients)
{
    gsc_engine *engine;
    gsc_root root = {loss, 1};
    gsc_engine_options options = {.type = GSC_FLOAT64,
                                  .roots = &root,
                                  .num_roots = 1,
                                  .gradients = gradients,
                                  .num_examples = EXAMPLES,
                                  .rewrites = GSC_REWRITE_ALL};
    assert_return_ok(gsc_engine_open(&engine, s->graph, &options));
    return engine;
}

static void
gradients_are_central_differences(void **state)
{
    (void)state;
    const double step = 1e-5;
    for (int masked = 0; masked < 2; masked++) {
        sequences s;
        open_sequences(&s, masked);
        gsc_node loss = loss_of_two_layers(&s, masked);
        draw_weights(&s);
        gsc_engine *forward = engine_of(&s, loss, false);
        gsc_engine *backward = engine_of(&s, loss, true);
        run(&s, backward, NULL, 20, NULL);
        const double *gradient = gsc_engine_gradient(backward);
        double largest = 0;
        for (size_t i = 0; i < gsc_graph_num_weights(s.graph); i++) {
            double kept = s.weights[i];
            s.weights[i] = kept + step;
            double above = run(&s, forward, NULL, 20, NULL);
            s.weights[i] = kept - step;
            double below = run(&s, forward, NULL, 20, NULL);
            s.weights[i] = kept;
            assert_close(gradient[i], (above - below) / (2 * step), 1e-9);
            largest = fmax(largest, fabs(gradient[i]));
        }
        assert_true(largest > 1e-3);
        gsc_engine_close(forward);
        gsc_engine_close(backward);
        close_sequences(&s);
    }
}

/* Padding before or after: the last state is the same, to the bit. */
static void
padding_may_stand_anywhere(void **state)
{
    (void)state;
    sequences s;
    gsc_engine *engine;
    double before[EXAMPLES][STEPS][UNITS], after[EXAMPLES][STEPS][UNITS];
    open_sequences(&s, true);
    draw_weights(&s);
    gsc_engine_options options = {
        .type = GSC_FLOAT64, .taps = &s.states, .num_taps = 1};
    assert_return_ok(gsc_engine_open(&engine, s.graph, &options));
    for (size_t e = 0; e < EXAMPLES; e++)
        for (size_t t = 0; t < STEPS; t++)
            s.mask[e * STEPS + t] = t >= 3;
    run(&s, engine, NULL, EXAMPLES, (void *[]){before});
    for (size_t e = 0; e < EXAMPLES; e++) {
        double *x = s.inputs + e * STEPS * IN;
        memmove(x, x + 3 * IN, (STEPS - 3) * IN * sizeof *x);
        for (size_t t = 0; t < STEPS; t++)
            s.mask[e * STEPS + t] = t < STEPS - 3;
    }
    run(&s, engine, NULL, EXAMPLES, (void *[]){after});
    for (size_t e = 0; e < EXAMPLES; e++)
        assert_memory_equal(before[e][STEPS - 1], after[e][STEPS - 1],
                            sizeof before[e][0]);
    gsc_engine_close(engine);
    close_sequences(&s);
}

static void
threads_do_not_change_a_bit(void **state)
{
    (void)state;
    sequences s;
    gsc_threads *threads;
    open_sequences(&s, true);
    gsc_node loss = loss_of_two_layers(&s, true);
    draw_weights(&s);
    gsc_engine *one = engine_of(&s, loss, true), *three = engine_of(&s, loss, true);
    assert_return_ok(gsc_threads_open(&threads, 3));
    assert_true(run(&s, one, NULL, EXAMPLES, NULL) ==
                run(&s, three, threads, EXAMPLES, NULL));
    assert_memory_equal(gsc_engine_gradient(one), gsc_engine_gradient(three),
                        gsc_graph_num_weights(s.graph) * sizeof(double));
    gsc_threads_close(threads);
    gsc_engine_close(one);
    gsc_engine_close(three);
    close_sequences(&s);
}

/* Factors of 8 bits change the states by their rounding, and no more. */
static void
products_are_rounded_where_that_is_asked_for(void **state)
{
    (void)state;
    sequences s;
    static float found[2][EXAMPLES][STEPS][UNITS];
    float weights[1024];
    double largest = 0;
    open_sequences(&s, true);
    draw_weights(&s);
    for (size_t i = 0; i < gsc_graph_num_weights(s.graph); i++)
        weights[i] = (float)s.weights[i];
    for (int rounded = 0; rounded < 2; rounded++) {
        gsc_engine *engine;
        gsc_engine_options options = {.type = GSC_FLOAT32,
                                      .products = rounded ? GSC_PRODUCTS_ROUNDED
                                                          : GSC_PRODUCTS_FULL,
                                      .taps = &s.states,
                                      .num_taps = 1};
        double *kept = s.weights;
        assert_return_ok(gsc_engine_open(&engine, s.graph, &options));
        s.weights = (double *)(void *)weights; /* of the engine's type */
        run(&s, engine, NULL, EXAMPLES, (void *[]){found[rounded]});
        s.weights = kept;
        gsc_engine_close(engine);
    }
    for (size_t i = 0; i < EXAMPLES * STEPS * UNITS; i++)
        largest = fmax(largest, fabs((double)(&found[0][0][0][0])[i] -
                                     (double)(&found[1][0][0][0])[i]));
    printf("largest change by rounding: %g\n", largest);
    assert_true(largest > 1e-5 && largest < 0.01);
    close_sequences(&s);
}

static void
shapes_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    gsc_graph *g;
    assert_int_equal(gsc_graph_open(&g), 0);
    gsc_node z = gsc_graph_input(g, "z", (gsc_shape){2, {STEPS, 12}});
    gsc_node w = gsc_graph_parameter(g, "w", "", (gsc_shape){2, {4, 12}},
                                     (gsc_initializer){.scale = 1}, true);
    assert_int_equal(gsc_graph_lstm(g, z, w, GSC_NO_NODE), GSC_NO_NODE);
    assert_fails(gsc_graph_status(g), GSC_EARGUMENT, "not [steps, 4 h] and [h, 4 h]");
    gsc_graph_close(g);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_are_those_of_the_recurrence),
        cmocka_unit_test(gradients_are_central_differences),
        cmocka_unit_test(padding_may_stand_anywhere),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(products_are_rounded_where_that_is_asked_for),
        cmocka_unit_test(shapes_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
