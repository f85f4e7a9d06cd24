/* Rewrites, threads and taps against the plain graph. */
#include "graph_fixture.h"

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
    return label_loss(f, last);
}

/* All that a slice of the last two positions passes on its way to the leaves. */
static gsc_node
rich_network(fixture *f)
{
    gsc_graph *g = f->graph;
    gsc_node x = gsc_graph_add(g, embedded(f, 4), leaf(f, "pos", 2, FIXTURE_CTX, 4, 1));
    for (int layer = 0; layer < 2; layer++) {
        gsc_node y = gsc_graph_multiply(g, gsc_graph_layer_norm(g, x, 1e-5),
                                        leaf(f, "gain", 1, 4, 1, 1));
        gsc_node q = gsc_graph_split_heads(g, y, leaf(f, "q", 3, 2, 4, 3));
        gsc_node k = gsc_graph_split_heads(g, y, leaf(f, "k", 3, 2, 4, 3));
        gsc_node pattern = gsc_graph_attention_softmax(
            g, gsc_graph_attention_scores(g, q, k), layer == 0, 0);
        pattern = gsc_graph_attention_rate(g, pattern, 0.6, layer == 0, 0);
        gsc_node z = gsc_graph_attention_mix(g, pattern, q);
        x = gsc_graph_add(g, x, gsc_graph_merge_heads(g, z, leaf(f, "o", 3, 2, 3, 4)));
        gsc_node pre = gsc_graph_matmul(g, x, leaf(f, "in", 2, 4, 5, 1));
        gsc_graph_name(g, pre, "pre.%d", layer);
        gsc_node post = gsc_graph_concatenate(g, gsc_graph_gelu(g, pre),
                                              gsc_graph_square(g, pre), 1);
        post = gsc_graph_matmul(g, post, leaf(f, "out", 2, 10, 4, 1));
        x = gsc_graph_layer_norm(g, gsc_graph_add(g, x, gsc_graph_tanh(g, post)), 1e-5);
    }
    gsc_node logits = gsc_graph_matmul(g, x, leaf(f, "unembed", 2, 4, FIXTURE_OUT, 1));
    return label_loss(f, gsc_graph_slice(g, logits, 0, 1, 2));
}

static gsc_node (*const networks[])(fixture *) = {network, rich_network};
enum { NUM_NETWORKS = sizeof networks / sizeof *networks };

/* Each rewrite by itself, all but each, and all. */
static const unsigned sets[] = {GSC_REWRITE_POSITIONS,
                                GSC_REWRITE_CONSTANT,
                                GSC_REWRITE_GATHER,
                                GSC_REWRITE_MIX,
                                GSC_REWRITE_ASSOCIATE,
                                GSC_REWRITE_DISTRIBUTE,
                                GSC_REWRITE_SUMS,
                                GSC_REWRITE_ROWS,
                                GSC_REWRITE_FUSE,
                                GSC_REWRITE_ALL - GSC_REWRITE_POSITIONS,
                                GSC_REWRITE_ALL - GSC_REWRITE_CONSTANT,
                                GSC_REWRITE_ALL - GSC_REWRITE_GATHER,
                                GSC_REWRITE_ALL - GSC_REWRITE_MIX,
                                GSC_REWRITE_ALL - GSC_REWRITE_ASSOCIATE,
                                GSC_REWRITE_ALL - GSC_REWRITE_DISTRIBUTE,
                                GSC_REWRITE_ALL - GSC_REWRITE_SUMS,
                                GSC_REWRITE_ALL - GSC_REWRITE_ROWS,
                                GSC_REWRITE_ALL - GSC_REWRITE_FUSE,
                                GSC_REWRITE_ALL};
enum { NUM_SETS = sizeof sets / sizeof *sets };

static void
networks_have_their_gradients_under_every_rewrite(void **state)
{
    (void)state;
    for (size_t n = 0; n < NUM_NETWORKS; n++)
        for (size_t k = 0; k < NUM_SETS; k++) {
            fixture f;
            fixture_open(&f, 30);
            check_gradient(&f, networks[n](&f), sets[k]);
            fixture_close(&f);
        }
}

static void
check_rewrites(fixture *f, gsc_node loss)
{
    gsc_engine *plain = fixture_engine(f, loss, true, 0);
    double expected_loss = fixture_loss(f, plain);
    const double *expected = gsc_engine_gradient(plain);
    for (size_t k = 0; k < NUM_SETS; k++) {
        unsigned rewrites = sets[k];
        gsc_engine *engine = fixture_engine(f, loss, true, rewrites);
        assert_close(fixture_loss(f, engine), expected_loss, 1e-13);
        const double *gradient = gsc_engine_gradient(engine);
        for (size_t i = 0; i < gsc_graph_num_weights(f->graph); i++)
            assert_close(gradient[i], expected[i], 1e-12);
        gsc_engine_close(engine);
    }
    gsc_engine_close(plain);
}

static void
rewrites_leave_loss_and_gradient(void **state)
{
    (void)state;
    for (size_t n = 0; n < NUM_NETWORKS; n++) {
        fixture f;
        fixture_open(&f, 30);
        gsc_node loss = networks[n](&f);
        fixture_init_weights(&f);
        check_rewrites(&f, loss);
        gsc_engine *plain = fixture_engine(&f, loss, true, 0);
        gsc_engine *all = fixture_engine(&f, loss, true, GSC_REWRITE_ALL);
        assert_true(gsc_engine_flops(all, 100000) < gsc_engine_flops(plain, 100000));
        gsc_engine_close(plain);
        gsc_engine_close(all);
        fixture_close(&f);
    }
}

/* Blocks of vector registers and what is left beside them; one query, and several. */
static void
mixes_of_any_width_equal_attention(void **state)
{
    (void)state;
    const size_t widths[] = {1,  7,  8,   9,   12,  16,  17, 31,
                             40, 59, 113, 114, 130, 259, 300};
    for (size_t k = 0; k < sizeof widths / sizeof *widths; k++)
        for (size_t queries = 1; queries <= FIXTURE_CTX; queries += 2) {
            fixture f;
            fixture_open(&f, 40);
            gsc_graph *g = f.graph;
            gsc_node x = gsc_graph_add(g, embedded(&f, 4),
                                       leaf(&f, "pos", 2, FIXTURE_CTX, 4, 1));
            gsc_node q = gsc_graph_split_heads(g, x, leaf(&f, "q", 3, 2, 4, 3));
            gsc_node v = gsc_graph_split_heads(g, x, leaf(&f, "v", 3, 2, 4, 3));
            gsc_node pattern = gsc_graph_attention_softmax(
                g, gsc_graph_attention_scores(g, q, q), true, 0);
            gsc_node z = gsc_graph_attention_mix(g, pattern, v);
            z = gsc_graph_merge_heads(g, z, leaf(&f, "o", 3, 2, 3, widths[k]));
            gsc_node loss =
                loss_of(&f, gsc_graph_slice(g, z, 0, FIXTURE_CTX - queries, queries));
            fixture_init_weights(&f);
            check_rewrites(&f, loss);
            fixture_close(&f);
        }
}

/* Heads whose pattern, or whose values, no gradient is wanted for. */
static void
frozen_parts_of_a_mix_are_left_alone(void **state)
{
    (void)state;
    for (int frozen = 0; frozen < 2; frozen++) {
        fixture f;
        fixture_open(&f, 40);
        gsc_graph *g = f.graph;
        const gsc_initializer normal = {GSC_INITIALIZER_NORMAL, 0.4, NULL};
        gsc_node fixed = gsc_graph_parameter(
            g, "fixed", "", (gsc_shape){2, {FIXTURE_VOCAB, 4}}, normal, false);
        gsc_node still = gsc_graph_parameter(g, "still", "", (gsc_shape){3, {2, 4, 20}},
                                             normal, false);
        gsc_node x = embedded(&f, 4),
                 y = gsc_graph_gather(g, fixed, tokens(&f), 0, FIXTURE_CTX);
        gsc_node q = gsc_graph_split_heads(g, frozen ? y : x, still);
        gsc_node v = gsc_graph_split_heads(g, frozen ? x : y, still);
        gsc_node pattern = gsc_graph_attention_softmax(
            g, gsc_graph_attention_scores(g, q, q), true, 0);
        gsc_node o =
            gsc_graph_parameter(g, "o", "", (gsc_shape){3, {2, 20, 20}}, normal, false);
        gsc_node z =
            gsc_graph_merge_heads(g, gsc_graph_attention_mix(g, pattern, v), o);
        gsc_node loss = loss_of(&f, z);
        fixture_init_weights(&f);
        check_rewrites(&f, loss);
        fixture_close(&f);
    }
}

/* Token 2 of every example is the same, as "=" is, and the last query therefore
 * constant: it is still told for each example. */
static void
a_tapped_node_is_whole_under_every_rewrite(void **state)
{
    (void)state;
    const int32_t constant[FIXTURE_CTX] = {-1, -1, 4};
    const gsc_constant_field constants = {"tokens", constant};
    const char *const names[] = {"pre.1", "query"};
    for (size_t n = 0; n < 2; n++) {
        fixture f;
        fixture_open(&f, 40);
        for (size_t i = 0; i < 40; i++)
            f.inputs[FIXTURE_CTX * i + 2] = 4;
        gsc_node loss = network(&f);
        gsc_node table = leaf(&f, "other", 2, FIXTURE_VOCAB, 9, 1);
        gsc_graph_name(f.graph, gsc_graph_gather(f.graph, table, tokens(&f), 2, 1),
                       "query");
        fixture_init_weights(&f);
        gsc_node tap = gsc_graph_find(f.graph, names[n]);
        size_t count = 40 * gsc_shape_count(gsc_graph_shape(f.graph, tap));
        double *values[2];
        for (unsigned i = 0; i < 2; i++) {
            gsc_engine *engine;
            gsc_root root = {loss, 1};
            gsc_engine_options options = {.type = GSC_FLOAT64,
                                          .roots = &root,
                                          .num_roots = 1,
                                          .taps = &tap,
                                          .num_taps = 1,
                                          .num_examples = 100000,
                                          .rewrites = i * GSC_REWRITE_ALL,
                                          .constants = &constants,
                                          .num_constants = 1};
            values[i] = gsc_new(count, sizeof *values[i]);
            assert_return_ok(gsc_engine_open(&engine, f.graph, &options));
            gsc_batch batch = fixture_batch(&f);
            void *taps[] = {values[i]};
            assert_return_ok(
                gsc_engine_run(engine, NULL, f.weights, &batch, taps, NULL));
            gsc_engine_close(engine);
        }
        for (size_t i = 0; i < count; i++)
            assert_close(values[0][i], values[1][i], 1e-13);
        free(values[0]);
        free(values[1]);
        fixture_close(&f);
    }
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
        gsc_result result;
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

/* Where the weights of "table" lie in the flat array. */
static size_t
table_offset(const fixture *f)
{
    size_t count;
    const gsc_parameter *parameters = gsc_graph_parameters(f->graph, &count);
    while (strcmp(parameters->name, "table") != 0)
        parameters++;
    return parameters->offset;
}

/* Examples' gradients at the embedding, added up by token, are the table's gradient. */
static void
gradient_taps_add_up_to_the_gradient_of_the_table(void **state)
{
    (void)state;
    for (size_t n = 0; n < NUM_NETWORKS; n++) {
        fixture f;
        fixture_open(&f, 30);
        gsc_node loss = networks[n](&f);
        gsc_node embed = gsc_graph_find(f.graph, "embed");
        fixture_init_weights(&f);
        gsc_engine *usual = fixture_engine(&f, loss, true, GSC_REWRITE_ALL), *tapped;
        double usual_loss = fixture_loss(&f, usual), sum[FIXTURE_VOCAB * 4] = {0};
        const double *expected =
            (const double *)gsc_engine_gradient(usual) + table_offset(&f);
        gsc_root root = {loss, 1};
        gsc_engine_options options = {.type = GSC_FLOAT64,
                                      .roots = &root,
                                      .num_roots = 1,
                                      .gradient_taps = &embed,
                                      .num_gradient_taps = 1,
                                      .rewrites = GSC_REWRITE_ALL};
        double gradient[30 * FIXTURE_CTX * 4];
        void *taps[] = {gradient};
        gsc_batch batch = fixture_batch(&f);
        gsc_result found;
        assert_return_ok(gsc_engine_open(&tapped, f.graph, &options));
        assert_return_ok(gsc_engine_run(tapped, NULL, f.weights, &batch, taps, &found));
        assert_close(found.mean, usual_loss, 1e-13);
        for (size_t i = 0; i < 30 * FIXTURE_CTX; i++)
            for (size_t j = 0; j < 4; j++)
                sum[f.inputs[i] * 4 + j] += gradient[i * 4 + j];
        for (size_t i = 0; i < FIXTURE_VOCAB * 4; i++)
            assert_close(sum[i], expected[i], 1e-13);
        gsc_engine_close(usual);
        gsc_engine_close(tapped);
        fixture_close(&f);
    }
}

static void
a_gradient_tap_of_a_parameter_is_refused(void **state)
{
    (void)state;
    fixture f;
    gsc_engine *engine;
    fixture_open(&f, 4);
    gsc_node loss = network(&f), table = 0;
    gsc_root root = {loss, 1};
    gsc_engine_options options = {.type = GSC_FLOAT64,
                                  .roots = &root,
                                  .num_roots = 1,
                                  .gradient_taps = &table,
                                  .num_gradient_taps = 1};
    assert_int_equal(gsc_engine_open(&engine, f.graph, &options), GSC_EARGUMENT);
    assert_string_equal(gsc_error_text(),
                        "gradient tap: node 0 has no value an example");
    fixture_close(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks_have_their_gradients_under_every_rewrite),
        cmocka_unit_test(rewrites_leave_loss_and_gradient),
        cmocka_unit_test(mixes_of_any_width_equal_attention),
        cmocka_unit_test(frozen_parts_of_a_mix_are_left_alone),
        cmocka_unit_test(a_tapped_node_is_whole_under_every_rewrite),
        cmocka_unit_test(gradient_taps_add_up_to_the_gradient_of_the_table),
        cmocka_unit_test(a_gradient_tap_of_a_parameter_is_refused),
        cmocka_unit_test(threads_leave_every_bit),
        cmocka_unit_test(a_second_run_leaves_nothing_of_the_first),
        cmocka_unit_test(sizes_that_do_not_fit_are_refused),
        cmocka_unit_test(equal_expressions_are_one_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
