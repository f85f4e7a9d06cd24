/* Attention in blocks against the plain path: scores, scale, softmax and mix. */
#include "test.h"

#include "grokscope/engine.h"
#include "grokscope/error.h"
#include "grokscope/graph.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"
#include "grokscope/threads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EXAMPLES = 5, WIDTH = 6, HEADS = 3, OUTPUTS = 4 };

/* Queries first … first + queries - 1 attend to `keys` positions. */
typedef struct setting {
    size_t keys, first, queries, e, f; /* widths of keys and of values */
    bool causal, shared;               /* shared: one node is query, key and value */
    double scale;
} setting;

enum { PLAIN, BLOCKS };

typedef struct problem {
    gsc_graph *graph;
    gsc_node loss, pattern;
    size_t keys, queries, num_weights;
    double *x;
    uint16_t *labels;
    gsc_field fields[2];
} problem;

static gsc_node
parameter(problem *p, const char *name, gsc_shape shape)
{
    gsc_initializer start = {GSC_INITIALIZER_NORMAL, 0.5, NULL};
    return gsc_graph_parameter(p->graph, name, "", shape, start, true);
}

static gsc_node
heads_of(problem *p, gsc_node x, const char *name, size_t width)
{
    gsc_shape shape = {3, {HEADS, WIDTH, width}};
    return gsc_graph_split_heads(p->graph, x, parameter(p, name, shape));
}

static gsc_node
attend(problem *p, setting s, int how, gsc_node q, gsc_node k, gsc_node v)
{
    gsc_graph *g = p->graph;
    gsc_attention_form form = {s.causal, s.first, s.scale};
    if (how == BLOCKS)
        return gsc_graph_attention(g, q, k, v, form);
    gsc_node scores = gsc_graph_scale(g, gsc_graph_attention_scores(g, q, k), s.scale);
    p->pattern = gsc_graph_attention_softmax(g, scores, s.causal, s.first);
    return gsc_graph_attention_mix(g, p->pattern, v);
}

static void
problem_open(problem *p, setting s, int how)
{
    *p = (problem){.keys = s.keys, .queries = s.queries};
    assert_return_ok(gsc_graph_open(&p->graph));
    gsc_graph *g = p->graph;
    gsc_node x = gsc_graph_input(g, "x", (gsc_shape){2, {s.keys, WIDTH}});
    gsc_node k = heads_of(p, x, "k", s.e), q = k, v = k;
    if (!s.shared) {
        gsc_node rows = x;
        if (s.queries < s.keys)
            rows = gsc_graph_slice(g, x, 0, s.first, s.queries);
        q = heads_of(p, rows, "q", s.e);
        v = heads_of(p, x, "v", s.f);
    }
    gsc_node z = attend(p, s, how, q, k, v);
    gsc_shape merged = {3, {HEADS, s.shared ? s.e : s.f, OUTPUTS}};
    gsc_node logits = gsc_graph_merge_heads(g, z, parameter(p, "o", merged));
    p->loss = gsc_graph_cross_entropy(
        g, logits, gsc_graph_index(g, "labels", (gsc_shape){1, {s.queries}}, OUTPUTS),
        GSC_NO_NODE);
    assert_return_ok(gsc_graph_status(g));
    p->num_weights = gsc_graph_num_weights(g);
    p->x = gsc_new(EXAMPLES * s.keys * WIDTH, sizeof *p->x);
    p->labels = gsc_new(EXAMPLES * s.queries, sizeof *p->labels);
    for (size_t i = 0; i < EXAMPLES * s.keys * WIDTH; i++)
        p->x[i] = 2 * gsc_rng_uniform(1, 1, i) - 1;
    for (size_t i = 0; i < EXAMPLES * s.queries; i++)
        p->labels[i] = (uint16_t)gsc_rng_below(1, 2, i, OUTPUTS);
    p->fields[0] = (gsc_field){.name = "x",
                               .type = GSC_FIELD_FLOAT64,
                               .shape = (gsc_shape){2, {s.keys, WIDTH}},
                               .scale = 1,
                               .data = p->x};
    p->fields[1] = gsc_field_of_indices("labels", p->labels, s.queries, OUTPUTS);
}

static void
problem_close(problem *p)
{
    gsc_graph_close(p->graph);
    free(p->x);
    free(p->labels);
}

static gsc_engine *
open_engine(const problem *p, gsc_type type, unsigned rewrites)
{
    gsc_engine *engine;
    gsc_root root = {p->loss, 1};
    gsc_engine_options options = {.type = type,
                                  .roots = &root,
                                  .num_roots = 1,
                                  .gradients = true,
                                  .num_examples = EXAMPLES,
                                  .rewrites = rewrites};
    assert_return_ok(gsc_engine_open(&engine, p->graph, &options));
    return engine;
}

/* The loss, and behind it the gradient of every weight, all in double. */
static double *
run(const problem *p, gsc_type type, unsigned rewrites, size_t threads)
{
    gsc_threads *pool;
    gsc_engine *engine = open_engine(p, type, rewrites);
    gsc_batch batch = {.fields = p->fields, .num_fields = 2, .num_examples = EXAMPLES};
    void *weights = gsc_new(p->num_weights, gsc_type_size(type));
    double *out = gsc_new(p->num_weights + 1, sizeof *out);
    assert_true(weights && out);
    gsc_graph_init_weights(p->graph, 3, type, weights);
    assert_return_ok(gsc_threads_open(&pool, threads));
    assert_return_ok(gsc_engine_run(engine, pool, weights, &batch, NULL, NULL));
    out[0] = gsc_engine_total(engine);
    for (size_t i = 0; i < p->num_weights; i++)
        out[i + 1] = type == GSC_FLOAT64
                         ? ((const double *)gsc_engine_gradient(engine))[i]
                         : (double)((const float *)gsc_engine_gradient(engine))[i];
    gsc_threads_close(pool);
    gsc_engine_close(engine);
    free(weights);
    return out;
}

/* The largest difference of the gradients, relative to their root mean square, or that
 * of the losses. */
static double
difference(const double *a, const double *b, size_t num_weights)
{
    double most = 0, squares = 0;
    for (size_t i = 1; i <= num_weights; i++) {
        most = fmax(most, fabs(a[i] - b[i]));
        squares += b[i] * b[i];
    }
    assert_true(squares > 0);
    return fmax(fabs(a[0] / b[0] - 1), most / sqrt(squares / (double)num_weights));
}

/* Of one block and of several, whole and not; of few queries that see few keys, and of
 * late ones that see many; scores of a size that the largest one moves from block to
 * block. */
static const setting settings[] = {
    {1, 0, 1, 2, 2, true, false, 1},        {3, 0, 3, 5, 2, true, false, 0.5},
    {3, 0, 3, 5, 2, false, false, 0.5},     {64, 0, 64, 4, 4, true, false, 0.5},
    {130, 0, 130, 4, 7, true, false, 2},    {130, 0, 130, 7, 4, false, false, 2},
    {256, 0, 256, 3, 3, true, false, 1},    {300, 0, 300, 4, 3, true, false, 30},
    {300, 0, 300, 4, 3, false, false, 30},  {300, 299, 1, 3, 4, true, false, 1},
    {300, 17, 100, 3, 4, true, false, 1},   {300, 17, 100, 3, 4, false, false, 1},
    {520, 250, 270, 2, 2, true, false, 10}, {140, 0, 140, 3, 3, true, true, 1},
    {300, 0, 300, 3, 3, false, true, 1}};
enum { NUM_SETTINGS = sizeof settings / sizeof *settings };

static void
blocks_are_the_plain_path_but_for_rounding(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM_SETTINGS; i++) {
        problem plain, blocks;
        problem_open(&plain, settings[i], PLAIN);
        problem_open(&blocks, settings[i], BLOCKS);
        size_t n = plain.num_weights;
        double *exact = run(&plain, GSC_FLOAT64, 0, 1);
        double *same = run(&blocks, GSC_FLOAT64, 0, 1);
        double *single = run(&plain, GSC_FLOAT32, 0, 1);
        double *ours = run(&blocks, GSC_FLOAT32, 0, 1);
        double off = difference(same, exact, n), usual = difference(single, exact, n);
        double off_single = difference(ours, exact, n);
        print_message("%zu keys, %zu queries: float64 %.2g, float32 %.2g, plain %.2g\n",
                      settings[i].keys, settings[i].queries, off, off_single, usual);
        assert_true(off < 1e-12);
        assert_true(off_single < 1e-4);
        assert_true(off_single < 3 * usual + 1e-7);
        free(exact);
        free(same);
        free(single);
        free(ours);
        problem_close(&plain);
        problem_close(&blocks);
    }
}

static void
bits_do_not_depend_on_threads(void **state)
{
    (void)state;
    problem p;
    problem_open(&p, settings[7], BLOCKS);
    double *one = run(&p, GSC_FLOAT32, GSC_REWRITE_ALL, 1);
    for (size_t threads = 2; threads <= 5; threads += 3) {
        double *many = run(&p, GSC_FLOAT32, GSC_REWRITE_ALL, threads);
        assert_memory_equal(one, many, (p.num_weights + 1) * sizeof *one);
        free(many);
    }
    free(one);
    problem_close(&p);
}

/* ---- The rewrite ---- */

static size_t
count(const gsc_engine *engine, const char *operation)
{
    gsc_engine_node *nodes;
    size_t n, found = 0;
    assert_return_ok(gsc_engine_nodes(engine, &nodes, &n));
    for (size_t i = 0; i < n; i++)
        found += strcmp(nodes[i].operation, operation) == 0;
    free(nodes);
    return found;
}

static void
check_rewrite(setting s, unsigned rewrites, size_t attentions)
{
    problem p;
    problem_open(&p, s, PLAIN);
    gsc_engine *engine = open_engine(&p, GSC_FLOAT32, rewrites);
    assert_int_equal(count(engine, "attention"), attentions);
    assert_int_equal(count(engine, "attention_softmax"), 1 - attentions);
    assert_int_equal(count(engine, "attention_scores"), 1 - attentions);
    gsc_engine_close(engine);
    problem_close(&p);
}

static void
only_large_patterns_go_in_blocks(void **state)
{
    (void)state;
    setting s = {128, 0, 128, 4, 4, true, false, 0.5};
    check_rewrite(s, GSC_REWRITE_ALL, 1);
    check_rewrite(s, GSC_REWRITE_TILES, 1);
    check_rewrite(s, GSC_REWRITE_ALL & ~(unsigned)GSC_REWRITE_TILES, 0);
    s.keys = s.queries = 127;
    check_rewrite(s, GSC_REWRITE_ALL, 0);
    s = (setting){600, 599, 1, 4, 4, true, false, 0.5}; /* of one query it is small */
    check_rewrite(s, GSC_REWRITE_ALL, 0);
    s = (setting){600, 500, 28, 4, 4, true, false, 0.5};
    check_rewrite(s, GSC_REWRITE_ALL, 1);
}

static void
a_rewritten_network_has_its_loss_and_gradient(void **state)
{
    (void)state;
    problem p;
    problem_open(&p, settings[10], PLAIN);
    double *plain = run(&p, GSC_FLOAT64, 0, 1);
    double *blocks = run(&p, GSC_FLOAT64, GSC_REWRITE_ALL, 1);
    assert_true(difference(blocks, plain, p.num_weights) < 1e-13);
    free(plain);
    free(blocks);
    problem_close(&p);
}

/* What is tapped is there, and the same as without the rewrite. */
static void
a_tapped_pattern_stays(void **state)
{
    (void)state;
    problem p;
    problem_open(&p, settings[7], PLAIN);
    gsc_engine *engine;
    gsc_root root = {p.loss, 1};
    gsc_engine_options options = {.roots = &root,
                                  .num_roots = 1,
                                  .taps = &p.pattern,
                                  .num_taps = 1,
                                  .rewrites = GSC_REWRITE_ALL};
    assert_return_ok(gsc_engine_open(&engine, p.graph, &options));
    assert_int_equal(count(engine, "attention"), 0);
    gsc_engine_close(engine);
    problem_close(&p);
}

/* The pattern of four times as many pairs is nowhere: memory grows with positions. */
static void
memory_grows_with_positions_not_with_pairs(void **state)
{
    (void)state;
    size_t bytes[2][2];
    const unsigned rewrites[] = {GSC_REWRITE_ALL & ~(unsigned)GSC_REWRITE_TILES,
                                 GSC_REWRITE_ALL};
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < 2; k++) {
            problem p;
            gsc_threads *threads;
            size_t positions = k == 0 ? 512 : 1024;
            gsc_batch batch = {.num_fields = 2, .num_examples = EXAMPLES};
            problem_open(&p, (setting){positions, 0, positions, 4, 4, true, false, 1},
                         PLAIN);
            gsc_engine *engine = open_engine(&p, GSC_FLOAT32, rewrites[i]);
            float *weights = gsc_new(p.num_weights, sizeof *weights);
            batch.fields = p.fields;
            assert_return_ok(gsc_threads_open(&threads, 1));
            assert_return_ok(
                gsc_engine_run(engine, threads, weights, &batch, NULL, NULL));
            bytes[i][k] = gsc_engine_bytes(engine);
            print_message("%zu positions, %s: %.1f MB\n", positions,
                          i == 0 ? "plain" : "blocks", 1e-6 * (double)bytes[i][k]);
            gsc_threads_close(threads);
            gsc_engine_close(engine);
            free(weights);
            problem_close(&p);
        }
    assert_true(bytes[0][0] > 20 * bytes[1][0]);
    assert_true(bytes[1][1] < 7000000); /* of the tile, and the room of the blocks */
}

/* ---- Mistakes ---- */

static void
shapes_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    const gsc_shape bad[][3] = {
        {{3, {4, 2, 3}}, {3, {5, 2, 4}}, {3, {5, 2, 3}}}, /* widths */
        {{3, {4, 2, 3}}, {3, {5, 1, 3}}, {3, {5, 1, 3}}}, /* heads */
        {{3, {4, 2, 3}}, {3, {5, 2, 3}}, {3, {4, 2, 3}}}, /* values of other keys */
        {{3, {4, 2, 3}}, {3, {5, 2, 3}}, {2, {5, 6}}}};
    const char *words[] = {"[queries, heads, e] and", "[queries, heads, e] and",
                           "values [keys, heads, e]", "values [keys, heads, e]"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        gsc_graph *g;
        gsc_node in[3];
        assert_return_ok(gsc_graph_open(&g));
        for (size_t k = 0; k < 3; k++) {
            const char *names[] = {"q", "k", "v"};
            in[k] = gsc_graph_input(g, names[k], bad[i][k]);
        }
        gsc_attention_form form = {.scale = 1};
        assert_int_equal(gsc_graph_attention(g, in[0], in[1], in[2], form),
                         GSC_NO_NODE);
        assert_fails(gsc_graph_status(g), GSC_EARGUMENT, words[i]);
        gsc_graph_close(g);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_the_plain_path_but_for_rounding),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(only_large_patterns_go_in_blocks),
        cmocka_unit_test(a_rewritten_network_has_its_loss_and_gradient),
        cmocka_unit_test(a_tapped_pattern_stays),
        cmocka_unit_test(memory_grows_with_positions_not_with_pairs),
        cmocka_unit_test(shapes_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
