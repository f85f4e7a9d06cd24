/* The rules muon and polar: what they do to a matrix, and to which. */
#include "test.h"
#include "train/numeric/polar.h"

#include "grokscope/error.h"
#include "grokscope/graph.h"
#include "grokscope/memory.h"
#include "grokscope/optimizer.h"
#include "grokscope/threads.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A graph of a few parameters, and one run of its optimizer in double. */
enum { MOST = 4 };

/* What the graph does with a parameter: see use_parameter. */
typedef enum use { HIDDEN, TABLE, READOUT, GAIN } use;

typedef struct shaped {
    const char *name;
    gsc_shape shape;
    use use;
} shaped;

typedef struct fixture {
    gsc_graph *graph;
    const gsc_parameter *parameters;
    gsc_optimizer optimizer;
    gsc_type type;
    size_t n;
    double *weights, *gradient, *next;
} fixture;

/* A loss of tanh(x gain W), of row 0 of a table, of x gain W itself, or of x gain. */
static void
use_parameter(gsc_graph *g, gsc_node p, const shaped *s)
{
    const gsc_initializer one = {GSC_INITIALIZER_CONSTANT, 1, NULL};
    size_t rank = s->shape.rank, rows = s->shape.dims[rank > 1 ? rank - 2 : 0];
    char name[GSC_NAME_BYTES];
    snprintf(name, sizeof name, "gain of %s", s->name);
    gsc_node gain =
        gsc_graph_parameter(g, name, "", (gsc_shape){1, {rows}}, one, false);
    snprintf(name, sizeof name, "x of %s", s->name);
    gsc_node x = gsc_graph_input(g, name, (gsc_shape){2, {1, rows}});
    gsc_node y = gsc_graph_multiply(g, x, s->use == GAIN ? p : gain);
    if (s->use == TABLE)
        y = gsc_graph_gather(g, p, gsc_graph_index(g, "i", (gsc_shape){1, {1}}, rows),
                             0, 1);
    else if (s->use != GAIN)
        y = rank > 2 ? gsc_graph_split_heads(g, y, p) : gsc_graph_matmul(g, y, p);
    if (s->use == HIDDEN)
        y = gsc_graph_tanh(g, y);
    snprintf(name, sizeof name, "y of %s", s->name);
    gsc_graph_mean_squared_error(g, y, gsc_graph_input(g, name, gsc_graph_shape(g, y)),
                                 GSC_NO_NODE);
}

static void
start_typed(fixture *f, const char *rule, double decay, gsc_type type,
            const shaped *shapes, size_t count)
{
    size_t num_parameters;
    const gsc_initializer normal = {GSC_INITIALIZER_NORMAL, 1, NULL};
    gsc_optimizer_config config;
    gsc_options keys = gsc_optimizer_options(&config);
    *f = (fixture){.type = type};
    assert_return_ok(gsc_options_default(&keys, 1));
    assert_return_ok(gsc_graph_open(&f->graph));
    gsc_node nodes[MOST];
    for (size_t i = 0; i < count; i++)
        nodes[i] = gsc_graph_parameter(f->graph, shapes[i].name, "", shapes[i].shape,
                                       normal, true);
    for (size_t i = 0; i < count; i++)
        use_parameter(f->graph, nodes[i], &shapes[i]);
    assert_return_ok(gsc_graph_status(f->graph));
    f->parameters = gsc_graph_parameters(f->graph, &num_parameters);
    f->n = gsc_graph_num_weights(f->graph);
    f->weights = gsc_new(f->n, sizeof(double));
    f->gradient = gsc_new(f->n, sizeof(double));
    f->next = gsc_new(f->n, sizeof(double));
    gsc_graph_init_weights(f->graph, 1, type, f->weights);
    gsc_graph_init_weights(f->graph, 2, type, f->gradient);
    config.learning_rate = 1;
    config.weight_decay = decay;
    config.warmup = 0;
    snprintf(config.optimizer, sizeof config.optimizer, "%s", rule);
    gsc_optimizer_setup setup = {
        .graph = f->graph, .type = type, .weights = f->weights};
    assert_return_ok(gsc_optimizer_init(&f->optimizer, &config, &setup));
}

static void
start(fixture *f, const char *rule, const shaped *shapes, size_t count)
{
    start_typed(f, rule, 0, GSC_FLOAT64, shapes, count);
    memset(f->weights, 0, f->n * sizeof *f->weights);
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

static double *
update(fixture *f, int64_t number)
{
    gsc_optimizer_update(&f->optimizer, NULL, number, f->weights, f->gradient, f->next);
    return f->next;
}

#define PURE "mu 0 nesterov no scale none"

static fixture
matrix(const char *rule, size_t rows, size_t cols)
{
    fixture f;
    start(&f, rule, &(shaped){"W", {2, {rows, cols}}, HIDDEN}, 1);
    return f;
}

/* ---- Newton and Schulz ---- */

/* What becomes of a singular value: diag(sigma, rest) of length 1. */
static double
mapped(double sigma)
{
    fixture f = matrix("muon " PURE, 2, 2);
    const double g[] = {sigma, 0, 0, sqrt(1 - sigma * sigma)};
    memcpy(f.gradient, g, sizeof g);
    double out = -update(&f, 0)[0];
    finish(&f);
    return out;
}

static void
singular_values_are_mapped_as_published(void **state)
{
    (void)state;
    const double table[][2] = {{.001, .4705}, {.01, .6989}, {.05, .7581},
                               {.1, .7121},   {.3, 1.0796}, {.5, .7654},
                               {.7, 1.1203},  {.9, .6820},  {1, .6964}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_close(mapped(table[i][0]), table[i][1], 5e-5);
    double least = 2, most = 0;
    for (double sigma = 0.01; sigma <= 1; sigma += 0.0005) {
        least = fmin(least, mapped(sigma));
        most = fmax(most, mapped(sigma));
    }
    assert_close(least, .6818, 1e-4);
    assert_close(most, 1.1344, 1e-4);
}

static void
a_tall_matrix_is_a_wide_one_turned_around(void **state)
{
    (void)state;
    fixture wide = matrix("muon " PURE, 4, 7), tall = matrix("muon " PURE, 7, 4);
    for (size_t i = 0; i < 28; i++)
        tall.gradient[i % 7 * 4 + i / 7] = wide.gradient[i];
    update(&wide, 0);
    update(&tall, 0);
    for (size_t i = 0; i < 28; i++)
        assert_close(tall.next[i % 7 * 4 + i / 7], wide.next[i], 1e-13);
    assert_true(fabs(wide.next[0]) > 1e-3);
    finish(&wide);
    finish(&tall);
}

/* ---- The polar factor ---- */

/* out[i][j] = sum_k a[i][k] b[j][k] */
static double
rows_dot(const double *a, const double *b, size_t i, size_t j, size_t cols)
{
    double sum = 0;
    for (size_t k = 0; k < cols; k++)
        sum += a[i * cols + k] * b[j * cols + k];
    return sum;
}

static void
the_polar_factor_has_orthonormal_rows(void **state)
{
    (void)state;
    fixture f = matrix("polar " PURE, 4, 7);
    double *x = update(&f, 0);
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 4; j++) {
            assert_close(rows_dot(x, x, i, j, 7), i == j, 1e-12);
            /* X' G is symmetric, and not negative: x is minus it */
            assert_close(rows_dot(x, f.gradient, i, j, 7),
                         rows_dot(x, f.gradient, j, i, 7), 1e-12);
            assert_true(rows_dot(x, f.gradient, i, i, 7) < 0);
        }
    finish(&f);
}

static void
of_lower_rank_it_keeps_to_what_is_there(void **state)
{
    (void)state;
    const double u[] = {1, -2, 2}, v[] = {3, 0, 4, 0};
    fixture f = matrix("polar " PURE, 3, 4);
    for (size_t i = 0; i < 12; i++)
        f.gradient[i] = u[i / 4] * v[i % 4];
    update(&f, 0);
    for (size_t i = 0; i < 12; i++)
        assert_close(f.next[i], -u[i / 4] * v[i % 4] / 15, 1e-14);
    memset(f.gradient, 0, 12 * sizeof(double));
    update(&f, 1);
    for (size_t i = 0; i < 12; i++)
        assert_true(f.next[i] == 0);
    f.gradient[5] = (double)NAN;
    update(&f, 2);
    assert_true(isnan(f.next[0]) && isnan(f.next[11]));
    finish(&f);
}

/* In float32 a product of two vectors has a rank of 1 but for rounding, which is not to
 * come out at full strength. */
static void
what_rounding_adds_to_the_rank_is_none(void **state)
{
    (void)state;
    double a[12], room[400], u[3], v[4], uu = 0, vv = 0;
    assert_true(gsc_polar_room(3, 4) <= sizeof room / sizeof *room);
    for (size_t i = 0; i < 3; i++) {
        u[i] = sin((double)i + 1);
        uu += u[i] * u[i];
    }
    for (size_t j = 0; j < 4; j++) {
        v[j] = cos(3 * (double)j + 1);
        vv += v[j] * v[j];
    }
    for (size_t k = 0; k < 12; k++)
        a[k] = (double)(float)(u[k / 4] * v[k % 4]);
    gsc_polar(a, 3, 4, 0x1p-23, room);
    for (size_t k = 0; k < 12; k++)
        assert_close(a[k], u[k / 4] * v[k % 4] / sqrt(uu * vv), 1e-6);
}

/* A row's polar factor is its direction. */
static void
the_momentum_is_a_running_mean(void **state)
{
    (void)state;
    for (int nesterov = 0; nesterov < 2; nesterov++) {
        fixture f = matrix(nesterov ? "polar mu 0.75 scale none"
                                    : "polar mu 0.75 nesterov no scale none",
                           1, 2);
        const double first[] = {1, 0}, second[] = {0, 1};
        memcpy(f.gradient, first, sizeof first);
        update(&f, 0);
        memcpy(f.gradient, second, sizeof second);
        update(&f, 1);
        double m[] = {0.75 * 0.25, 0.25};
        double u[] = {nesterov ? 0.75 * m[0] : m[0],
                      nesterov ? 0.75 * m[1] + 0.25 : m[1]};
        for (int i = 0; i < 2; i++)
            assert_close(f.next[i], -u[i] / hypot(u[0], u[1]), 1e-14);
        finish(&f);
    }
}

static void
updates_have_the_size_that_is_asked_for(void **state)
{
    (void)state;
    static const char *const names[] = {"jordan", "moonlight"};
    const size_t shapes[][2] = {{4, 9}, {9, 4}};
    const double expected[2][2] = {{1.5, 1}, {0.6, 0.6}};
    for (int s = 0; s < 2; s++)
        for (int i = 0; i < 2; i++) {
            char rule[64];
            snprintf(rule, sizeof rule, "polar mu 0 scale %s", names[s]);
            fixture f = matrix(rule, shapes[i][0], shapes[i][1]);
            double squares = 0;
            update(&f, 0);
            for (size_t k = 0; k < 36; k++)
                squares += f.next[k] * f.next[k];
            assert_close(sqrt(squares / 4), expected[s][i], 1e-12); /* rank 4 */
            finish(&f);
        }
}

/* ---- Which parameters ---- */

/* A tensor of heads is a matrix for each of them. */
static void
each_head_has_a_matrix_of_its_own(void **state)
{
    (void)state;
    static const char *const rules[] = {"muon", "polar"};
    const shaped heads = {"W", {3, {2, 6, 3}}, HIDDEN};
    const shaped alone[] = {{"W1", {2, {6, 3}}, HIDDEN}, {"W2", {2, {6, 3}}, HIDDEN}};
    for (int r = 0; r < 2; r++) {
        fixture a, b;
        start(&a, rules[r], &heads, 1);
        start(&b, rules[r], alone, 2);
        for (size_t i = 0; i < 36; i++)
            b.gradient[b.parameters[i / 18].offset + i % 18] = a.gradient[i];
        update(&a, 0);
        update(&b, 0);
        for (size_t i = 0; i < 36; i++)
            assert_close(a.next[i], b.next[b.parameters[i / 18].offset + i % 18],
                         1e-15);
        finish(&a);
        finish(&b);
    }
}

static void
embeddings_and_biases_follow_adamw(void **state)
{
    (void)state;
    const shaped shapes[] = {{"embedding", {2, {5, 4}}, TABLE},
                             {"last", {2, {4, 5}}, READOUT},
                             {"last of heads", {3, {2, 4, 3}}, READOUT},
                             {"gain", {1, {4}}, GAIN}};
    static const char *const rules[] = {"adamw", "muon", "polar"};
    double *kept = NULL;
    for (int r = 0; r < 3; r++) {
        fixture f;
        start_typed(&f, rules[r], 0.25, GSC_FLOAT64, shapes, MOST);
        for (int64_t t = 0; t < 3; t++) {
            update(&f, t);
            memcpy(f.weights, f.next, f.n * sizeof(double));
        }
        if (!kept) {
            kept = gsc_new(f.n, sizeof *kept);
            memcpy(kept, f.next, f.n * sizeof *kept);
        }
        for (size_t p = 0; p < MOST; p++)
            for (size_t i = 0; i < gsc_shape_count(shapes[p].shape); i++)
                assert_close(f.next[f.parameters[p].offset + i],
                             kept[f.parameters[p].offset + i], 1e-12);
        finish(&f);
    }
    free(kept);
}

static void
hidden_matrices_decay_beside_the_update(void **state)
{
    (void)state;
    fixture f;
    const shaped W = {"W", {2, {3, 3}}, HIDDEN};
    start_typed(&f, "muon", 0.25, GSC_FLOAT64, &W, 1);
    memset(f.gradient, 0, f.n * sizeof(double));
    update(&f, 0);
    for (size_t i = 0; i < 9; i++)
        assert_close(f.next[i], 0.75 * f.weights[i], 1e-15);
    finish(&f);
}

/* ---- Bits ---- */

static const shaped network[] = {{"embedding", {2, {30, 16}}, TABLE},
                                 {"heads", {3, {2, 16, 8}}, HIDDEN},
                                 {"wide", {2, {16, 64}}, HIDDEN},
                                 {"tall", {2, {64, 16}}, HIDDEN}};

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
threads_and_a_stop_change_no_bit(void **state)
{
    (void)state;
    static const char *const rules[] = {"muon", "polar"};
    gsc_threads *threads;
    assert_return_ok(gsc_threads_open(&threads, 3));
    for (int i = 0; i < 4; i++) {
        fixture a, b, c;
        gsc_type type = i % 2 ? GSC_FLOAT64 : GSC_FLOAT32;
        start_typed(&a, rules[i / 2], 0.01, type, network, 4);
        start_typed(&b, rules[i / 2], 0.01, type, network, 4);
        start_typed(&c, rules[i / 2], 0.01, type, network, 4);
        size_t bytes = a.n * gsc_type_size(type);
        walk(&a, NULL, 0, 6);
        walk(&b, threads, 0, 3);
        assert_return_ok(gsc_optimizer_restore(&c.optimizer, b.optimizer.states,
                                               b.optimizer.num_states));
        memcpy(c.weights, b.weights, bytes);
        walk(&c, threads, 3, 6);
        assert_memory_equal(a.weights, c.weights, bytes);
        finish(&a);
        finish(&b);
        finish(&c);
    }
    gsc_threads_close(threads);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(singular_values_are_mapped_as_published),
        cmocka_unit_test(a_tall_matrix_is_a_wide_one_turned_around),
        cmocka_unit_test(the_polar_factor_has_orthonormal_rows),
        cmocka_unit_test(of_lower_rank_it_keeps_to_what_is_there),
        cmocka_unit_test(what_rounding_adds_to_the_rank_is_none),
        cmocka_unit_test(the_momentum_is_a_running_mean),
        cmocka_unit_test(updates_have_the_size_that_is_asked_for),
        cmocka_unit_test(each_head_has_a_matrix_of_its_own),
        cmocka_unit_test(embeddings_and_biases_follow_adamw),
        cmocka_unit_test(hidden_matrices_decay_beside_the_update),
        cmocka_unit_test(threads_and_a_stop_change_no_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
