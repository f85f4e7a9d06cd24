/* Operators against central differences; rewrites, threads and taps against the plain
 * graph. */
#include "graph_fixture.h"

/* ---- Every operator's gradient, for every input ---- */

static gsc_node
embedded(fixture *f, size_t width)
{
    gsc_node table = leaf(f, "table", 2, FIXTURE_VOCAB, width, 1);
    return gsc_graph_gather(f->graph, table, 0, FIXTURE_CTX);
}

static void
check(fixture *f, gsc_node x)
{
    check_gradient(f, loss_of(f, x), 0);
    fixture_close(f);
}

static void
gather_has_its_gradient(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 20);
    gsc_node table = leaf(&f, "table", 2, FIXTURE_VOCAB, 4, 1);
    check(&f, gsc_graph_gather(f.graph, table, 1, 2));
}

static void
matmul_has_its_gradients(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 20);
    check(&f, gsc_graph_matmul(f.graph, embedded(&f, 4), leaf(&f, "w", 2, 4, 6, 1)));
}

static void
transposed_matmul_has_its_gradients(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 20);
    check(&f, gsc_graph_matmul_transposed(f.graph, embedded(&f, 4),
                                          leaf(&f, "w", 2, 6, 4, 1)));
}

static void
matmul_of_parameters_has_its_gradients(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 20);
    gsc_node product =
        gsc_graph_matmul(f.graph, leaf(&f, "v", 2, 4, 3, 1), leaf(&f, "w", 2, 3, 6, 1));
    check(&f, gsc_graph_matmul(f.graph, embedded(&f, 4), product));
}

static void
heads_have_their_gradients(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 20);
    gsc_node split =
        gsc_graph_split_heads(f.graph, embedded(&f, 4), leaf(&f, "w", 3, 2, 4, 3));
    check(&f, gsc_graph_merge_heads(f.graph, split, leaf(&f, "o", 3, 2, 3, 6)));
}

static void
add_has_its_gradients(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 20);
    gsc_node x = embedded(&f, 4);
    x = gsc_graph_add(f.graph, x, leaf(&f, "rows", 2, FIXTURE_CTX, 4, 1));
    x = gsc_graph_add(f.graph, x, leaf(&f, "bias", 1, 4, 1, 1));
    check(&f, gsc_graph_add(f.graph, x, gsc_graph_relu(f.graph, x)));
}

static void
a_sum_with_itself_has_its_gradient(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 20);
    gsc_node x = embedded(&f, 4);
    check(&f, gsc_graph_add(f.graph, x, x));
}

static void
multiply_has_its_gradients(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 20);
    gsc_node x = embedded(&f, 4);
    x = gsc_graph_multiply(f.graph, x, leaf(&f, "gain", 1, 4, 1, 1));
    x = gsc_graph_multiply(f.graph, x, gsc_graph_scale(f.graph, x, 0.3));
    check(&f, gsc_graph_multiply(f.graph, x, x));
}

static void
scale_and_relu_have_their_gradients(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 20);
    check(&f, gsc_graph_scale(f.graph, gsc_graph_relu(f.graph, embedded(&f, 4)), -1.7));
}

static void
slice_has_its_gradient(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 20);
    gsc_node x = gsc_graph_relu(f.graph, embedded(&f, 6));
    gsc_node rows = gsc_graph_slice(f.graph, x, 0, 1, 2);
    gsc_node columns = gsc_graph_slice(f.graph, rows, 1, 2, 3);
    check(&f, gsc_graph_add(f.graph, columns, gsc_graph_slice(f.graph, rows, 1, 0, 3)));
}

static void
transpose_has_its_gradient(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 20);
    gsc_node w = gsc_graph_transpose(f.graph, leaf(&f, "w", 2, 6, 4, 1));
    check(&f, gsc_graph_matmul(f.graph, embedded(&f, 4), w));
}

/* One attention layer, its mask and its position as asked. */
static gsc_node
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

static void
attention_has_its_gradients(void **state)
{
    (void)state;
    for (int causal = 0; causal < 2; causal++) {
        fixture f;
        fixture_open(&f, 20);
        check(&f, attend(&f, embedded(&f, 4), causal));
    }
}

/* ---- A whole network, plain and rewritten ---- */

/* Two layers, so that the first must keep what the second attends to. */
static gsc_node
network(fixture *f)
{
    gsc_graph *g = f->graph;
    gsc_node x = gsc_graph_add(g, embedded(f, 4), leaf(f, "pos", 2, FIXTURE_CTX, 4, 1));
    for (int layer = 0; layer < 2; layer++) {
        x = gsc_graph_add(g, x, attend(f, x, true));
        gsc_node pre = gsc_graph_matmul(g, x, leaf(f, "in", 2, 4, 9, 1));
        pre = gsc_graph_add(g, pre, leaf(f, "b", 1, 9, 1, 1));
        gsc_graph_name(g, pre, "pre.%d", layer);
        x = gsc_graph_add(
            g, x,
            gsc_graph_matmul(g, gsc_graph_relu(g, pre), leaf(f, "out", 2, 9, 4, 1)));
    }
    gsc_node logits = gsc_graph_matmul(g, x, leaf(f, "unembed", 2, 4, FIXTURE_OUT, 1));
    gsc_node last = gsc_graph_slice(g, logits, 0, FIXTURE_CTX - 1, 1);
    return gsc_graph_cross_entropy(g, last);
}

static void
a_network_has_its_gradient_under_every_rewrite(void **state)
{
    (void)state;
    for (unsigned rewrites = 0; rewrites <= GSC_REWRITE_ALL; rewrites++) {
        fixture f;
        fixture_open(&f, 30);
        check_gradient(&f, network(&f), rewrites);
        fixture_close(&f);
    }
}

static void
rewrites_leave_loss_and_gradient(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 60);
    gsc_node loss = network(&f);
    fixture_init_weights(&f);
    gsc_engine *plain = fixture_engine(&f, loss, true, 0);
    double expected_loss = fixture_loss(&f, plain);
    const double *expected = gsc_engine_gradient(plain);
    for (unsigned rewrites = 1; rewrites <= GSC_REWRITE_ALL; rewrites++) {
        gsc_engine *engine = fixture_engine(&f, loss, true, rewrites);
        assert_close(fixture_loss(&f, engine), expected_loss, 1e-13);
        const double *gradient = gsc_engine_gradient(engine);
        for (size_t i = 0; i < gsc_graph_num_weights(f.graph); i++)
            assert_close(gradient[i], expected[i], 1e-12);
        assert_true(gsc_engine_flops(engine, 1000) < gsc_engine_flops(plain, 1000));
        gsc_engine_close(engine);
    }
    gsc_engine_close(plain);
    fixture_close(&f);
}

static void
a_tapped_node_is_whole_under_every_rewrite(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 40);
    gsc_node loss = network(&f);
    fixture_init_weights(&f);
    gsc_node tap = gsc_graph_find(f.graph, "pre.1");
    double values[2][40 * FIXTURE_CTX * 9];
    for (unsigned i = 0; i < 2; i++) {
        gsc_engine *engine;
        gsc_engine_options options = {.type = GSC_FLOAT64,
                                      .loss = loss,
                                      .taps = &tap,
                                      .num_taps = 1,
                                      .num_examples = 100000,
                                      .rewrites = i * GSC_REWRITE_ALL};
        assert_return_ok(gsc_engine_open(&engine, f.graph, &options));
        gsc_batch batch = fixture_batch(&f);
        void *taps[] = {values[i]};
        assert_return_ok(gsc_engine_run(engine, NULL, f.weights, &batch, taps, NULL));
        gsc_engine_close(engine);
    }
    for (size_t i = 0; i < 40 * FIXTURE_CTX * 9; i++)
        assert_close(values[0][i], values[1][i], 1e-13);
    fixture_close(&f);
}

static void
threads_leave_every_bit(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 64);
    gsc_node loss = network(&f);
    fixture_init_weights(&f);
    size_t bytes = gsc_graph_num_weights(f.graph) * sizeof(double);
    double *expected = gsc_new(bytes, 1), expected_loss = 0;
    for (size_t threads = 1; threads <= 5; threads++) {
        gsc_threads *pool;
        assert_return_ok(gsc_threads_open(&pool, threads));
        gsc_engine *engine = fixture_engine(&f, loss, true, GSC_REWRITE_ALL);
        gsc_batch batch = fixture_batch(&f);
        gsc_loss result;
        assert_return_ok(
            gsc_engine_run(engine, pool, f.weights, &batch, NULL, &result));
        if (threads == 1) {
            expected_loss = result.mean;
            memcpy(expected, gsc_engine_gradient(engine), bytes);
        }
        assert_memory_equal(&result.mean, &expected_loss, sizeof expected_loss);
        assert_memory_equal(gsc_engine_gradient(engine), expected, bytes);
        gsc_engine_close(engine);
        gsc_threads_close(pool);
    }
    free(expected);
    fixture_close(&f);
}

static void
a_second_run_leaves_nothing_of_the_first(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 64);
    gsc_node loss = network(&f);
    fixture_init_weights(&f);
    gsc_engine *engine = fixture_engine(&f, loss, true, GSC_REWRITE_ALL);
    double first = fixture_loss(&f, engine);
    size_t bytes = gsc_graph_num_weights(f.graph) * sizeof(double);
    double *gradient = gsc_new(bytes, 1);
    memcpy(gradient, gsc_engine_gradient(engine), bytes);
    assert_true(fixture_loss(&f, engine) == first);
    assert_memory_equal(gsc_engine_gradient(engine), gradient, bytes);
    free(gradient);
    gsc_engine_close(engine);
    fixture_close(&f);
}

static void
the_loss_is_that_of_a_closed_form(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 8);
    gsc_node table = leaf(&f, "table", 2, FIXTURE_VOCAB, FIXTURE_OUT, 1);
    gsc_node loss =
        gsc_graph_cross_entropy(f.graph, gsc_graph_gather(f.graph, table, 2, 1));
    fixture_init_weights(&f);
    for (size_t i = 0; i < FIXTURE_VOCAB * FIXTURE_OUT; i++)
        f.weights[i] = i % FIXTURE_OUT == 2 ? 50 : 0; /* output 2 leads by 50 */
    for (size_t i = 0; i < 8; i++)
        f.labels[i] = 2;
    gsc_engine *engine = fixture_engine(&f, loss, true, 0);
    assert_close(fixture_loss(&f, engine) / log1p(4 * exp(-50)), 1, 1e-14);
    double sum = 0; /* of the gradient, 0 in each row although p(label) rounds to 1 */
    const double *gradient = gsc_engine_gradient(engine);
    for (size_t i = 0; i < FIXTURE_VOCAB * FIXTURE_OUT; i++)
        sum += gradient[i];
    assert_true(gradient[f.inputs[2] * FIXTURE_OUT + 2] < 0);
    assert_close(sum, 0, 1e-36);
    gsc_engine_close(engine);
    fixture_close(&f);
}

/* ---- Mistakes ---- */

static void
sizes_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 1);
    gsc_node x = embedded(&f, 4);
    gsc_node bad = gsc_graph_matmul(f.graph, x, leaf(&f, "w", 2, 5, 6, 1));
    assert_int_equal(bad, GSC_NO_NODE);
    gsc_graph_relu(f.graph, bad);
    assert_fails(gsc_graph_status(f.graph), GSC_EARGUMENT,
                 "matmul: [3, 4] with [5, 6]: the inner sizes differ");
    fixture_close(&f);
}

static void
equal_expressions_are_one_node(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 1);
    gsc_node x = embedded(&f, 4);
    assert_int_equal(gsc_graph_relu(f.graph, x), gsc_graph_relu(f.graph, x));
    assert_int_not_equal(gsc_graph_scale(f.graph, x, 2),
                         gsc_graph_scale(f.graph, x, 3));
    fixture_close(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gather_has_its_gradient),
        cmocka_unit_test(matmul_has_its_gradients),
        cmocka_unit_test(transposed_matmul_has_its_gradients),
        cmocka_unit_test(matmul_of_parameters_has_its_gradients),
        cmocka_unit_test(heads_have_their_gradients),
        cmocka_unit_test(add_has_its_gradients),
        cmocka_unit_test(a_sum_with_itself_has_its_gradient),
        cmocka_unit_test(multiply_has_its_gradients),
        cmocka_unit_test(scale_and_relu_have_their_gradients),
        cmocka_unit_test(slice_has_its_gradient),
        cmocka_unit_test(transpose_has_its_gradient),
        cmocka_unit_test(attention_has_its_gradients),
        cmocka_unit_test(a_network_has_its_gradient_under_every_rewrite),
        cmocka_unit_test(rewrites_leave_loss_and_gradient),
        cmocka_unit_test(a_tapped_node_is_whole_under_every_rewrite),
        cmocka_unit_test(threads_leave_every_bit),
        cmocka_unit_test(a_second_run_leaves_nothing_of_the_first),
        cmocka_unit_test(the_loss_is_that_of_a_closed_form),
        cmocka_unit_test(sizes_that_do_not_fit_are_refused),
        cmocka_unit_test(equal_expressions_are_one_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
