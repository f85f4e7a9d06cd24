/* Mixtures of experts: what is chosen, what the chosen say, the load that is balanced
 * over a whole batch, and all of it the same for any number of threads. */
#include "graph_fixture.h"

#include <stdio.h>

enum { WIDTH = 4, HIDDEN = 5, EXPERTS = 6, CHOSEN = 2 };

/* A layer of experts on [FIXTURE_CTX, WIDTH]. */
typedef struct layer {
    gsc_node x, scores, p, choice, gates, hidden, out;
    gsc_node w_in, b_in, w_out, b_out;
} layer;

static layer
make_layer(fixture *f, size_t chosen, bool normalised)
{
    gsc_graph *g = f->graph;
    layer m = {.x = embedded(f, WIDTH)};
    m.scores = gsc_graph_matmul(g, m.x, leaf(f, "router", 2, WIDTH, EXPERTS, 1));
    m.p = gsc_graph_softmax(g, m.scores);
    m.choice = gsc_graph_top_k(g, m.p, chosen);
    m.gates = normalised ? gsc_graph_softmax(g, gsc_graph_pick(g, m.scores, m.choice))
                         : gsc_graph_pick(g, m.p, m.choice);
    m.w_in = leaf(f, "w_in", 3, EXPERTS, WIDTH, HIDDEN);
    m.b_in = leaf(f, "b_in", 2, EXPERTS, HIDDEN, 1);
    m.w_out = leaf(f, "w_out", 3, EXPERTS, HIDDEN, WIDTH);
    m.b_out = leaf(f, "b_out", 2, EXPERTS, WIDTH, 1);
    m.hidden =
        gsc_graph_tanh(g, gsc_graph_expert_matmul(g, m.x, m.choice, m.w_in, m.b_in));
    m.out = gsc_graph_row_matmul(
        g, m.gates, gsc_graph_expert_matmul(g, m.hidden, m.choice, m.w_out, m.b_out));
    return m;
}

/* ---- What is chosen ---- */

static void
places_are_those_of_the_largest_the_first_of_equals_first(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 1);
    double given[2][4] = {{0.5, 2, -1, 2}, {3, 3, 3, 0}};
    gsc_node x = gsc_graph_input(f.graph, "x", (gsc_shape){2, {2, 4}});
    gsc_node picked = gsc_graph_pick(f.graph, x, gsc_graph_top_k(f.graph, x, 3));
    double out[2][3];
    gsc_engine *engine;
    gsc_engine_options options = {.type = GSC_FLOAT64, .taps = &picked, .num_taps = 1};
    assert_return_ok(gsc_engine_open(&engine, f.graph, &options));
    gsc_field field = {.name = "x",
                       .type = GSC_FIELD_FLOAT64,
                       .shape = {2, {2, 4}},
                       .scale = 1,
                       .data = given};
    gsc_batch batch = {.fields = &field, .num_fields = 1, .num_examples = 1};
    void *taps[] = {out};
    assert_return_ok(gsc_engine_run(engine, NULL, NULL, &batch, taps, NULL));
    const double wanted[2][3] = {{2, 2, 0.5}, {3, 3, 3}};
    assert_memory_equal(out, wanted, sizeof out);
    gsc_engine_close(engine);
    fixture_close(&f);
}

/* ---- What the chosen say ---- */

typedef struct values {
    double x[FIXTURE_CTX][WIDTH], p[FIXTURE_CTX][EXPERTS], out[FIXTURE_CTX][WIDTH];
} values;

static const double *
weight(const fixture *f, const char *name)
{
    size_t count;
    const gsc_parameter *p = gsc_graph_parameters(f->graph, &count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(p[i].name, name) == 0)
            return f->weights + p[i].offset;
    fail_msg("%s is not there", name);
    return NULL;
}

/* Every expert in full, and then the sum of the chosen by their gates. */
static void
write_out(const fixture *f, const values *v, size_t row, size_t chosen, bool normalised,
          double out[WIDTH])
{
    bool taken[EXPERTS] = {false};
    double total = 0;
    for (size_t k = 0; k < chosen; k++) {
        size_t best = EXPERTS;
        for (size_t e = 0; e < EXPERTS; e++)
            if (!taken[e] && (best == EXPERTS || v->p[row][e] > v->p[row][best]))
                best = e;
        taken[best] = true;
        total += v->p[row][best];
    }
    memset(out, 0, WIDTH * sizeof *out);
    for (size_t e = 0; e < EXPERTS; e++) {
        double hidden[HIDDEN], gate = v->p[row][e] / (normalised ? total : 1);
        for (size_t h = 0; h < HIDDEN; h++) {
            hidden[h] = weight(f, "b_in")[e * HIDDEN + h];
            for (size_t i = 0; i < WIDTH; i++)
                hidden[h] +=
                    v->x[row][i] * weight(f, "w_in")[(e * WIDTH + i) * HIDDEN + h];
            hidden[h] = tanh(hidden[h]);
        }
        for (size_t i = 0; i < WIDTH && taken[e]; i++) {
            double said = weight(f, "b_out")[e * WIDTH + i];
            for (size_t h = 0; h < HIDDEN; h++)
                said += hidden[h] * weight(f, "w_out")[(e * HIDDEN + h) * WIDTH + i];
            out[i] += gate * said;
        }
    }
}

static void
check_layer(size_t chosen, bool normalised)
{
    enum { COUNT = 40 };
    fixture f;
    values *v = gsc_new(COUNT, sizeof *v);
    double *x = gsc_new(COUNT, sizeof v->x), *p = gsc_new(COUNT, sizeof v->p),
           *out = gsc_new(COUNT, sizeof v->out);
    gsc_engine *engine;
    fixture_open(&f, COUNT);
    layer m = make_layer(&f, chosen, normalised);
    fixture_init_weights(&f);
    gsc_node taps[] = {m.x, m.p, m.out};
    gsc_engine_options options = {.type = GSC_FLOAT64, .taps = taps, .num_taps = 3};
    assert_return_ok(gsc_engine_open(&engine, f.graph, &options));
    gsc_batch batch = fixture_batch(&f);
    void *to[] = {x, p, out};
    assert_return_ok(gsc_engine_run(engine, NULL, f.weights, &batch, to, NULL));
    for (size_t i = 0; i < COUNT; i++) {
        memcpy(v[i].x, x + i * FIXTURE_CTX * WIDTH, sizeof v->x);
        memcpy(v[i].p, p + i * FIXTURE_CTX * EXPERTS, sizeof v->p);
        memcpy(v[i].out, out + i * FIXTURE_CTX * WIDTH, sizeof v->out);
        for (size_t row = 0; row < FIXTURE_CTX; row++) {
            double wanted[WIDTH];
            write_out(&f, &v[i], row, chosen, normalised, wanted);
            for (size_t k = 0; k < WIDTH; k++)
                assert_close(v[i].out[row][k], wanted[k], 1e-13);
        }
    }
    gsc_engine_close(engine);
    fixture_close(&f);
    free(v);
    free(x);
    free(p);
    free(out);
}

static void
a_layer_is_the_sum_of_its_chosen_experts(void **state)
{
    (void)state;
    for (size_t chosen = 1; chosen <= EXPERTS; chosen++) {
        check_layer(chosen, false);
        check_layer(chosen, true);
    }
}

static void
gradients_are_those_of_differences(void **state)
{
    (void)state;
    for (int normalised = 0; normalised < 2; normalised++)
        for (int rewritten = 0; rewritten < 2; rewritten++) {
            fixture f;
            fixture_open(&f, 30);
            layer m = make_layer(&f, CHOSEN, normalised);
            check_gradient(&f, loss_of(&f, m.out), rewritten ? GSC_REWRITE_ALL : 0);
            fixture_close(&f);
        }
}

/* Of the last row alone, so that rewrites move its slice through the layer. */
static void
a_slice_goes_through_a_layer(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 30);
    layer m = make_layer(&f, CHOSEN, true);
    gsc_node last = gsc_graph_slice(f.graph, m.out, 0, FIXTURE_CTX - 1, 1);
    gsc_node loss = loss_of(&f, last);
    fixture_init_weights(&f);
    gsc_engine *plain = fixture_engine(&f, loss, true, 0);
    gsc_engine *cut = fixture_engine(&f, loss, true, GSC_REWRITE_ALL);
    assert_close(fixture_loss(&f, plain), fixture_loss(&f, cut), 1e-14);
    double cut_flops = gsc_engine_flops(cut, 1) - gsc_engine_flops(cut, 0);
    double plain_flops = gsc_engine_flops(plain, 1) - gsc_engine_flops(plain, 0);
    assert_true(cut_flops < 0.5 * plain_flops); /* one row of three, and its table */
    for (size_t i = 0; i < gsc_graph_num_weights(f.graph); i++)
        assert_close(((const double *)gsc_engine_gradient(plain))[i],
                     ((const double *)gsc_engine_gradient(cut))[i], 1e-14);
    gsc_engine_close(plain);
    gsc_engine_close(cut);
    fixture_close(&f);
}

/* ---- The load ---- */

/* E sum f P by its definition, of probabilities [rows, EXPERTS]. */
static double
balance_of(const double *p, size_t rows)
{
    double count[EXPERTS] = {0}, mean[EXPERTS] = {0}, sum = 0;
    for (size_t r = 0; r < rows; r++, p += EXPERTS) {
        size_t first = 0, second = EXPERTS;
        for (size_t e = 0; e < EXPERTS; e++) {
            mean[e] += p[e] / (double)rows;
            first = p[e] > p[first] ? e : first;
        }
        for (size_t e = 0; e < EXPERTS; e++)
            if (e != first && (second == EXPERTS || p[e] > p[second]))
                second = e;
        count[first] += 1 / (double)(rows * CHOSEN);
        count[second] += 1 / (double)(rows * CHOSEN);
    }
    for (size_t e = 0; e < EXPERTS; e++)
        sum += EXPERTS * count[e] * mean[e];
    return sum;
}

static void
the_load_is_that_of_the_whole_batch(void **state)
{
    (void)state;
    enum { COUNT = 60 };
    fixture f;
    double *p = gsc_new(COUNT * FIXTURE_CTX * EXPERTS, sizeof *p);
    gsc_engine *engine;
    gsc_result result;
    fixture_open(&f, COUNT);
    layer m = make_layer(&f, CHOSEN, true);
    gsc_root root = {gsc_graph_load_balance(f.graph, m.p, m.choice), 1};
    fixture_init_weights(&f);
    gsc_engine_options options = {.type = GSC_FLOAT64,
                                  .roots = &root,
                                  .num_roots = 1,
                                  .taps = &m.p,
                                  .num_taps = 1};
    assert_return_ok(gsc_engine_open(&engine, f.graph, &options));
    gsc_batch batch = fixture_batch(&f);
    void *taps[] = {p};
    assert_return_ok(gsc_engine_run(engine, NULL, f.weights, &batch, taps, &result));
    assert_close(result.mean, balance_of(p, COUNT * FIXTURE_CTX), 1e-13);
    assert_close(gsc_engine_total(engine), result.mean, 1e-15);
    batch.num_examples = 0;
    assert_return_ok(gsc_engine_run(engine, NULL, f.weights, &batch, taps, &result));
    assert_true(isnan(result.mean));
    gsc_engine_close(engine);
    fixture_close(&f);
    free(p);
}

static void
the_load_has_the_gradient_of_its_probabilities(void **state)
{
    (void)state;
    for (int rewritten = 0; rewritten < 2; rewritten++) {
        fixture f;
        fixture_open(&f, 60);
        layer m = make_layer(&f, CHOSEN, true);
        gsc_node load = gsc_graph_load_balance(f.graph, m.p, m.choice);
        check_gradient(&f, load, rewritten ? GSC_REWRITE_ALL : 0);
        fixture_close(&f);
    }
}

/* ---- Together, over tiles and threads ---- */

enum { MANY = 2000 };

typedef struct answer {
    double losses[2], total;
    void *gradient;
} answer;

static answer
run_both(fixture *f, const gsc_node roots[2], gsc_type type, const void *weights,
         const gsc_batch *batch, size_t threads)
{
    gsc_root both[] = {{roots[0], 1}, {roots[1], 0.3}};
    gsc_engine_options options = {.type = type,
                                  .roots = both,
                                  .num_roots = 2,
                                  .gradients = true,
                                  .num_examples = batch->num_examples,
                                  .rewrites = GSC_REWRITE_ALL};
    gsc_engine *engine;
    gsc_threads *pool;
    gsc_result results[2];
    answer out;
    size_t bytes = gsc_graph_num_weights(f->graph) * gsc_type_size(type);
    assert_return_ok(gsc_engine_open(&engine, f->graph, &options));
    assert_return_ok(gsc_threads_open(&pool, threads));
    assert_return_ok(gsc_engine_run(engine, pool, weights, batch, NULL, results));
    out.losses[0] = results[0].mean;
    out.losses[1] = results[1].mean;
    out.total = gsc_engine_total(engine);
    out.gradient = gsc_new(bytes, 1);
    memcpy(out.gradient, gsc_engine_gradient(engine), bytes);
    gsc_threads_close(pool);
    gsc_engine_close(engine);
    return out;
}

static void
check_threads(gsc_type type)
{
    fixture f;
    fixture_open(&f, FIXTURE_MOST);
    layer m = make_layer(&f, CHOSEN, true);
    gsc_node roots[] = {loss_of(&f, m.out),
                        gsc_graph_load_balance(f.graph, m.p, m.choice)};
    assert_return_ok(gsc_graph_status(f.graph));
    size_t count = gsc_graph_num_weights(f.graph);
    void *weights = gsc_new(count, gsc_type_size(type));
    uint32_t *examples = gsc_new(MANY, sizeof *examples);
    gsc_graph_init_weights(f.graph, 3, type, weights);
    for (size_t i = 0; i < MANY; i++)
        examples[i] = (uint32_t)gsc_rng_below(5, 5, i, FIXTURE_MOST);
    gsc_batch batch = fixture_batch(&f);
    batch.examples = examples;
    batch.num_examples = MANY;
    answer one = run_both(&f, roots, type, weights, &batch, 1);
    assert_close(one.total, one.losses[0] + 0.3 * one.losses[1], 1e-12);
    assert_true(one.losses[1] > 1 && one.losses[1] < EXPERTS);
    for (size_t threads = 2; threads <= 5; threads += 3) {
        answer more = run_both(&f, roots, type, weights, &batch, threads);
        assert_memory_equal(more.losses, one.losses, sizeof one.losses);
        assert_memory_equal(more.gradient, one.gradient, count * gsc_type_size(type));
        free(more.gradient);
    }
    free(one.gradient);
    free(weights);
    free(examples);
    fixture_close(&f);
}

static void
results_do_not_depend_on_threads(void **state)
{
    (void)state;
    check_threads(GSC_FLOAT32);
    check_threads(GSC_FLOAT64);
}

/* ---- Mistakes ---- */

static void
what_does_not_fit_is_refused(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 2);
    gsc_node x = embedded(&f, WIDTH);
    gsc_node w = leaf(&f, "w", 3, EXPERTS - 1, WIDTH, HIDDEN);
    gsc_node p = gsc_graph_matmul(f.graph, x, leaf(&f, "r", 2, WIDTH, EXPERTS, 1));
    gsc_graph_expert_matmul(f.graph, x, gsc_graph_top_k(f.graph, p, 2), w, GSC_NO_NODE);
    assert_int_equal(gsc_graph_status(f.graph), GSC_EARGUMENT);
    assert_non_null(strstr(gsc_error_text(), "more values than there are rows"));
    fixture_close(&f);
    fixture_open(&f, 2);
    gsc_graph_top_k(f.graph, embedded(&f, WIDTH), WIDTH + 1);
    assert_int_equal(gsc_graph_status(f.graph), GSC_EARGUMENT);
    assert_non_null(strstr(gsc_error_text(), "fewer numbers than are to be found"));
    fixture_close(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_those_of_the_largest_the_first_of_equals_first),
        cmocka_unit_test(a_layer_is_the_sum_of_its_chosen_experts),
        cmocka_unit_test(gradients_are_those_of_differences),
        cmocka_unit_test(a_slice_goes_through_a_layer),
        cmocka_unit_test(the_load_is_that_of_the_whole_batch),
        cmocka_unit_test(the_load_has_the_gradient_of_its_probabilities),
        cmocka_unit_test(results_do_not_depend_on_threads),
        cmocka_unit_test(what_does_not_fit_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
