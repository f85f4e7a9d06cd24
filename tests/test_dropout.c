/* Dropout, and what is true of random operators: the trait GSC_RANDOM. */
#include "graph_fixture.h"

#include "grokscope/config.h"
#include "grokscope/operator.h"

#include "runs.h"

enum { MOST_RUN = 1000 };

static const double rate = 0.3;

/* Dropout on what a fixture's examples have, as a step of training sees it. */
static void
open_training(fixture *f, size_t num_examples)
{
    fixture_open(f, num_examples);
    f->training = true;
    f->seed = 11;
    f->step = 4;
}

static gsc_node
drop(fixture *f, gsc_node x, const char *stream)
{
    return gsc_graph_dropout(f->graph, x, rate, stream);
}

/* The value of a node over a batch, to be freed. */
static double *
value_of(fixture *f, gsc_node node, const gsc_batch *batch)
{
    gsc_engine *engine;
    gsc_engine_options options = {.type = GSC_FLOAT64, .taps = &node, .num_taps = 1};
    double *out =
        gsc_new(batch->num_examples * gsc_shape_count(gsc_graph_shape(f->graph, node)),
                sizeof *out);
    assert_return_ok(gsc_engine_open(&engine, f->graph, &options));
    assert_return_ok(
        gsc_engine_run(engine, NULL, f->weights, batch, (void *[]){out}, NULL));
    gsc_engine_close(engine);
    return out;
}

/* ---- Values ---- */

static void
elements_are_dropped_by_seed_stream_step_and_place(void **state)
{
    (void)state;
    fixture f;
    open_training(&f, FIXTURE_MOST);
    gsc_node y = drop(&f, numbers(&f), "dropout:here");
    gsc_batch batch = fixture_batch(&f);
    double *out = value_of(&f, y, &batch);
    uint64_t stream = gsc_rng_substream(gsc_rng_stream("dropout:here"), 4);
    size_t count = FIXTURE_MOST * FIXTURE_NUMBERS, dropped = 0;
    for (size_t i = 0; i < count; i++) {
        bool keeps = gsc_rng_uniform(11, stream, i) >= rate;
        assert_close(out[i], keeps ? f.numbers[i] / (1 - rate) : 0, 1e-15);
        dropped += !keeps;
    }
    double share = (double)dropped / (double)count;
    assert_close(share, rate, 3 * sqrt(rate * (1 - rate) / (double)count));
    free(out);
    fixture_close(&f);
}

static void
an_evaluation_drops_nothing(void **state)
{
    (void)state;
    fixture f;
    open_training(&f, FIXTURE_MOST);
    f.training = false;
    gsc_node y = drop(&f, numbers(&f), "dropout:here");
    gsc_batch batch = fixture_batch(&f);
    double *out = value_of(&f, y, &batch);
    assert_memory_equal(out, f.numbers, FIXTURE_MOST * FIXTURE_NUMBERS * sizeof *out);
    free(out);
    fixture_close(&f);
}

/* How many elements two runs drop alike, of all. */
static double
alike(const double *a, const double *b, size_t count)
{
    size_t same = 0;
    for (size_t i = 0; i < count; i++)
        same += (a[i] == 0) == (b[i] == 0);
    return (double)same / (double)count;
}

/* Two independent masks agree in 0.3^2 + 0.7^2 of the elements. */
static void
steps_seeds_and_streams_drop_others(void **state)
{
    (void)state;
    enum { COUNT = FIXTURE_MOST * FIXTURE_NUMBERS };
    const double expected = rate * rate + (1 - rate) * (1 - rate);
    fixture f;
    open_training(&f, FIXTURE_MOST);
    gsc_node x = numbers(&f), y = drop(&f, x, "one"), z = drop(&f, x, "other");
    gsc_batch batch = fixture_batch(&f), next = batch, seed = batch;
    next.step++;
    seed.seed++;
    double *out = value_of(&f, y, &batch), *again = value_of(&f, y, &batch);
    double *others[] = {value_of(&f, y, &next), value_of(&f, y, &seed),
                        value_of(&f, z, &batch)};
    assert_memory_equal(out, again, COUNT * sizeof *out);
    for (int i = 0; i < 3; i++) {
        assert_close(alike(out, others[i], COUNT), expected, 0.1);
        free(others[i]);
    }
    free(out);
    free(again);
    fixture_close(&f);
}

/* Wherever an example stands in the batch, it loses the same elements. */
static void
an_example_has_its_mask_at_any_place_of_the_batch(void **state)
{
    (void)state;
    fixture f;
    uint32_t turned[FIXTURE_MOST];
    open_training(&f, FIXTURE_MOST);
    gsc_node y = drop(&f, numbers(&f), "one");
    gsc_batch batch = fixture_batch(&f);
    double *out = value_of(&f, y, &batch);
    for (uint32_t i = 0; i < FIXTURE_MOST; i++)
        turned[i] = FIXTURE_MOST - 1 - i;
    batch.examples = turned;
    double *back = value_of(&f, y, &batch);
    for (size_t i = 0; i < FIXTURE_MOST; i++)
        assert_memory_equal(out + i * FIXTURE_NUMBERS,
                            back + turned[i] * FIXTURE_NUMBERS,
                            FIXTURE_NUMBERS * sizeof *out);
    free(out);
    free(back);
    fixture_close(&f);
}

/* ---- Rewrites ---- */

static void
equal_nodes_are_not_made_one(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 1);
    gsc_node x = numbers(&f);
    assert_int_equal(gsc_graph_tanh(f.graph, x), gsc_graph_tanh(f.graph, x));
    assert_int_not_equal(drop(&f, x, "one"), drop(&f, x, "one"));
    assert_int_equal(gsc_graph_dropout(f.graph, x, 0, "one"), x);
    fixture_close(&f);
}

/* Dropout wherever a transformer may have it; the last token is the same in every
 * example, and the loss reads one position. */
static gsc_node
network(fixture *f)
{
    gsc_graph *g = f->graph;
    gsc_node x = drop(f, embedded(f, 4), "embed");
    gsc_node q = gsc_graph_split_heads(g, x, leaf(f, "q", 3, 2, 4, 3));
    gsc_node v = gsc_graph_split_heads(g, x, leaf(f, "v", 3, 2, 4, 3));
    gsc_node scores = gsc_graph_attention_scores(g, q, v);
    gsc_node pattern =
        drop(f, gsc_graph_attention_softmax(g, scores, true, 0), "pattern");
    gsc_node z = gsc_graph_attention_mix(g, pattern, v);
    gsc_node z2 = gsc_graph_merge_heads(g, z, leaf(f, "o", 3, 2, 3, 4));
    x = gsc_graph_add(g, x, drop(f, z2, "attn"));
    gsc_node h = gsc_graph_add(g, gsc_graph_matmul(g, x, leaf(f, "in", 2, 4, 6, 1)),
                               leaf(f, "b", 1, 6, 1, 1));
    h = drop(f, gsc_graph_relu(g, h), "mlp");
    x = gsc_graph_matmul(g, h, leaf(f, "out", 2, 6, FIXTURE_OUT, 1));
    return label_loss(f, gsc_graph_slice(g, x, 0, 2, 1));
}

/* The same token at the last position of every example. */
static void
end_alike(fixture *f)
{
    for (size_t i = 0; i < f->num_examples; i++)
        f->inputs[i * FIXTURE_CTX + FIXTURE_CTX - 1] = 3;
}

static gsc_engine *
engine_of(const fixture *f, gsc_node loss, bool gradients, unsigned rewrites)
{
    static const int32_t last[] = {-1, -1, 3};
    const gsc_constant_field constant = {"tokens", last};
    gsc_engine *engine;
    gsc_root root = {loss, 1};
    gsc_engine_options options = {.type = GSC_FLOAT64,
                                  .roots = &root,
                                  .num_roots = 1,
                                  .gradients = gradients,
                                  .num_examples = 100000,
                                  .rewrites = rewrites,
                                  .constants = &constant,
                                  .num_constants = 1};
    assert_return_ok(gsc_engine_open(&engine, f->graph, &options));
    return engine;
}

static size_t
count_of(const gsc_engine *engine, const char *operation, bool *examples)
{
    gsc_engine_node *nodes;
    size_t count, found = 0;
    assert_return_ok(gsc_engine_nodes(engine, &nodes, &count));
    *examples = true;
    for (size_t i = 0; i < count; i++)
        if (strcmp(nodes[i].operation, operation) == 0) {
            *examples = *examples && nodes[i].examples;
            found++;
        }
    free(nodes);
    return found;
}

static void
rewrites_keep_every_random_node_and_its_value(void **state)
{
    (void)state;
    fixture f;
    open_training(&f, FIXTURE_MOST);
    end_alike(&f);
    gsc_node loss = network(&f);
    fixture_init_weights(&f);
    gsc_engine *plain = engine_of(&f, loss, true, 0);
    double expected = fixture_loss(&f, plain);
    for (size_t k = 0; k <= 9; k++) {
        unsigned bits = k < 9 ? gsc_rewrite_at(k)->bit : GSC_REWRITE_ALL;
        bool examples;
        gsc_engine *engine = engine_of(&f, loss, true, bits);
        assert_int_equal(count_of(engine, "dropout", &examples), 4);
        assert_true(examples);
        assert_close(fixture_loss(&f, engine), expected, 1e-13);
        gsc_engine_close(engine);
    }
    gsc_engine_close(plain);
    fixture_close(&f);
}

/* What is dropped of a row that no example changes differs between examples still. */
static void
a_constant_row_is_dropped_example_by_example(void **state)
{
    (void)state;
    for (unsigned all = 0; all < 2; all++) {
        fixture f;
        open_training(&f, 20);
        end_alike(&f);
        gsc_node table = leaf(&f, "table", 2, FIXTURE_VOCAB, FIXTURE_OUT, 1);
        gsc_node row = gsc_graph_gather(f.graph, table, tokens(&f), 2, 1);
        gsc_node loss = label_loss(&f, drop(&f, row, "one"));
        gsc_engine *engine = engine_of(&f, loss, true, all * GSC_REWRITE_ALL);
        bool examples;
        assert_int_equal(count_of(engine, "dropout", &examples), 1);
        assert_true(examples);
        assert_int_equal(count_of(engine, "gather", &examples), all ? 0 : 1);
        fixture_init_weights(&f);
        double before = fixture_loss(&f, engine), h = 1e-5;
        gsc_batch batch = fixture_batch(&f);
        batch.num_examples = 1;
        gsc_result one;
        assert_return_ok(gsc_engine_run(engine, NULL, f.weights, &batch, NULL, &one));
        assert_true(fabs(one.mean - before) > 1e-3);
        for (size_t j = 0; j < FIXTURE_OUT; j++) {
            double *w = f.weights + 3 * FIXTURE_OUT + j, kept = *w;
            *w = kept + h;
            double above = fixture_loss(&f, engine);
            *w = kept - h;
            double below = fixture_loss(&f, engine);
            *w = kept;
            fixture_loss(&f, engine);
            const double *gradient = gsc_engine_gradient(engine);
            assert_close(gradient[3 * FIXTURE_OUT + j], (above - below) / (2 * h),
                         1e-8);
        }
        gsc_engine_close(engine);
        fixture_close(&f);
    }
}

/* ---- Gradients ---- */

static void
the_gradient_is_that_of_the_mask_that_was_drawn(void **state)
{
    (void)state;
    for (unsigned all = 0; all < 2; all++) {
        fixture f;
        open_training(&f, 20);
        check_gradient(&f, network(&f), all * GSC_REWRITE_ALL);
        fixture_close(&f);
    }
}

static void
threads_change_no_bit(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 2, 7, 16};
    fixture f;
    uint32_t examples[MOST_RUN];
    open_training(&f, FIXTURE_MOST);
    gsc_engine *engine = engine_of(&f, network(&f), true, GSC_REWRITE_ALL);
    fixture_init_weights(&f);
    size_t bytes = gsc_graph_num_weights(f.graph) * sizeof *f.weights;
    double *expected = gsc_new(bytes, 1);
    gsc_batch batch = fixture_batch(&f);
    for (uint32_t i = 0; i < MOST_RUN; i++)
        examples[i] = i % FIXTURE_MOST;
    batch.examples = examples;
    batch.num_examples = MOST_RUN;
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        gsc_threads *threads;
        assert_return_ok(gsc_threads_open(&threads, counts[k]));
        assert_return_ok(
            gsc_engine_run(engine, threads, f.weights, &batch, NULL, NULL));
        if (k == 0)
            memcpy(expected, gsc_engine_gradient(engine), bytes);
        assert_memory_equal(gsc_engine_gradient(engine), expected, bytes);
        gsc_threads_close(threads);
    }
    free(expected);
    gsc_engine_close(engine);
    fixture_close(&f);
}

static void
a_rate_that_drops_all_is_refused(void **state)
{
    (void)state;
    static const double wrong[] = {1, -0.1, NAN};
    for (size_t i = 0; i < 3; i++) {
        fixture f;
        fixture_open(&f, 1);
        assert_int_equal(gsc_graph_dropout(f.graph, numbers(&f), wrong[i], "one"),
                         GSC_NO_NODE);
        assert_fails(gsc_graph_status(f.graph), GSC_EARGUMENT,
                     "dropout: [4]: the rate is not in [0, 1)");
        fixture_close(&f);
    }
}

/* ---- Training ---- */

/* The train loss in the history's row of the last step, where a share is dropped. */
static double
train_loss(const char *steps, const char *share, const char *batch_size)
{
    char folder[32] = "/tmp/grokscope-run-XXXXXX";
    gsc_config config;
    gsc_options keys[GSC_CONFIG_SETS];
    gsc_train_result result;
    assert_non_null(mkdtemp(folder));
    const char *const changes[][2] = {
        {"steps", steps}, {"batch_size", batch_size}, {"dropout", share}};
    gsc_train_options options = {.folder = folder, .force = true, .num_threads = 1};
    assert_return_ok(gsc_config_default(&config));
    assert_return_ok(gsc_config_read_recipe(&config, "parity-finite"));
    gsc_config_options(&config, keys);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        assert_return_ok(
            gsc_options_set(keys, GSC_CONFIG_SETS, changes[i][0], changes[i][1]));
    assert_return_ok(gsc_train(&config, &options, &result));
    remove_run(folder);
    return result.row.train_loss;
}

/* Whether the forward pass of training saw all that trains, or a part: what a row says
 * of the first weights does not know of dropout, though the updates do. */
static void
rows_of_the_history_are_of_the_whole_network(void **state)
{
    (void)state;
    static const char *const batch_sizes[] = {"0", "30"};
    for (size_t i = 0; i < 2; i++) {
        double whole = train_loss("0", "0", batch_sizes[i]);
        assert_close(train_loss("0", "0.5", batch_sizes[i]), whole, 1e-6 * whole);
        double next = train_loss("1", "0", batch_sizes[i]);
        assert_true(fabs(train_loss("1", "0.5", batch_sizes[i]) - next) > 1e-5 * next);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_are_dropped_by_seed_stream_step_and_place),
        cmocka_unit_test(an_evaluation_drops_nothing),
        cmocka_unit_test(steps_seeds_and_streams_drop_others),
        cmocka_unit_test(an_example_has_its_mask_at_any_place_of_the_batch),
        cmocka_unit_test(equal_nodes_are_not_made_one),
        cmocka_unit_test(rewrites_keep_every_random_node_and_its_value),
        cmocka_unit_test(a_constant_row_is_dropped_example_by_example),
        cmocka_unit_test(the_gradient_is_that_of_the_mask_that_was_drawn),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(a_rate_that_drops_all_is_refused),
        cmocka_unit_test(rows_of_the_history_are_of_the_whole_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
