/* Gradients on and off circles of residues, against the circles' own functions. */
#include "test.h"

#include "grokscope/graph.h"
#include "grokscope/memory.h"
#include "grokscope/optimizer.h"
#include "grokscope/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An embedding of eleven residues and "=", an unembedding of the residues, and a matrix
 * that has nothing to do with them. */
enum { P = 11, WIDTH = 3, ALL = 128 };

typedef struct fixture {
    gsc_graph *graph;
    gsc_optimizer_config config;
    gsc_optimizer optimizer;
    size_t embed, unembed, other, num_weights;
    double *weights, *gradient, *next;
} fixture;

static size_t
add(gsc_graph *graph, const char *name, const char *axes, size_t rows, size_t columns)
{
    const gsc_initializer normal = {GSC_INITIALIZER_NORMAL, 1, NULL};
    gsc_graph_parameter(graph, name, axes, (gsc_shape){2, {rows, columns}}, normal,
                        true);
    size_t count;
    const gsc_parameter *parameters = gsc_graph_parameters(graph, &count);
    return parameters[count - 1].offset;
}

static void
open_graph(fixture *f)
{
    *f = (fixture){.num_weights = 0};
    assert_return_ok(gsc_graph_open(&f->graph));
    f->embed = add(f->graph, "embed.W_E", "d_vocab d_model", P + 1, WIDTH);
    f->unembed = add(f->graph, "unembed.W_U", "d_model d_vocab_out", 2, P);
    f->other = add(f->graph, "linear1.W", "d_0 d_1", 4, P);
    f->num_weights = gsc_graph_num_weights(f->graph);
    gsc_options keys = gsc_optimizer_options(&f->config);
    assert_return_ok(gsc_options_default(&keys, 1));
    snprintf(f->config.optimizer, sizeof f->config.optimizer, "sgd");
    f->config.learning_rate = 1;
    f->config.weight_decay = 0;
    f->config.warmup = 0;
    f->weights = gsc_new(f->num_weights, sizeof(double));
    f->gradient = gsc_new(f->num_weights, sizeof(double));
    f->next = gsc_new(f->num_weights, sizeof(double));
    assert_true(f->weights && f->gradient && f->next);
    for (size_t i = 0; i < f->num_weights; i++)
        f->gradient[i] = gsc_rng_normal(5, 0, i);
}

static void
close_graph(fixture *f)
{
    gsc_optimizer_free(&f->optimizer);
    gsc_graph_close(f->graph);
    free(f->weights);
    free(f->gradient);
    free(f->next);
}

static int
start(fixture *f, const char *filters)
{
    snprintf(f->config.filters, sizeof f->config.filters, "%s", filters);
    gsc_optimizer_free(&f->optimizer);
    gsc_optimizer_setup setup = {
        .graph = f->graph, .type = GSC_FLOAT64, .weights = f->weights};
    return gsc_optimizer_init(&f->optimizer, &f->config, &setup);
}

/* The gradient that is left, in `next`. */
static void
filter(fixture *f, const char *filters)
{
    assert_return_ok(start(f, filters));
    gsc_optimizer_update(&f->optimizer, NULL, 0, f->weights, f->gradient, f->next);
    for (size_t i = 0; i < f->num_weights; i++)
        f->next[i] = -f->next[i];
}

/* Column `column` of the embedding's gradient: cos(2 pi k j / P), and 7 of "=". */
static void
put_wave(fixture *f, size_t column, size_t k, double phase)
{
    for (size_t j = 0; j < P; j++)
        f->gradient[f->embed + j * WIDTH + column] =
            cos(2 * M_PI * (double)(k * j) / P + phase);
    f->gradient[f->embed + P * WIDTH + column] = 7;
}

static void
expect_column(const fixture *f, size_t column, double share)
{
    for (size_t j = 0; j < P; j++) {
        size_t at = f->embed + j * WIDTH + column;
        assert_close(f->next[at], share * f->gradient[at], 1e-14);
    }
    assert_close(f->next[f->embed + P * WIDTH + column], 7, 0);
}

static void
a_circle_is_dropped_or_kept_whole(void **state)
{
    (void)state;
    fixture f;
    open_graph(&f);
    put_wave(&f, 0, 3, 0.4);
    put_wave(&f, 1, 2, 1);
    put_wave(&f, 2, 0, 0); /* the mean */
    filter(&f, "subspace circles 3 modulus 11");
    expect_column(&f, 0, 0);
    expect_column(&f, 1, 1);
    expect_column(&f, 2, 1);
    filter(&f, "subspace circles 3 modulus 11 mode keep");
    expect_column(&f, 0, 1);
    expect_column(&f, 1, 0);
    expect_column(&f, 2, 1);
    filter(&f, "subspace circles 3+2 modulus 11");
    expect_column(&f, 0, 0);
    expect_column(&f, 1, 0);
    for (size_t i = 0; i < 4 * P; i++)
        assert_close(f.next[f.other + i], f.gradient[f.other + i], 0);
    close_graph(&f);
}

/* Of the unembedding each row is a function of the residues. */
static void
rows_of_the_unembedding_lose_it_too(void **state)
{
    (void)state;
    fixture f;
    open_graph(&f);
    filter(&f, "subspace circles 4 modulus 11");
    for (size_t row = 0; row < 2; row++)
        for (size_t k = 1; k <= P / 2; k++) {
            double before[2] = {0}, after[2] = {0};
            for (size_t j = 0; j < P; j++) {
                size_t at = f.unembed + row * P + j;
                double angle = 2 * M_PI * (double)(k * j) / P;
                before[0] += f.gradient[at] * cos(angle);
                before[1] += f.gradient[at] * sin(angle);
                after[0] += f.next[at] * cos(angle);
                after[1] += f.next[at] * sin(angle);
            }
            assert_close(after[0], k == 4 ? 0 : before[0], 1e-13);
            assert_close(after[1], k == 4 ? 0 : before[1], 1e-13);
        }
    close_graph(&f);
}

/* 2^j mod 11 walks through all residues but 0. */
static void
circles_of_a_product_are_those_of_logarithms(void **state)
{
    (void)state;
    fixture f;
    open_graph(&f);
    size_t residue = 1;
    f.gradient[f.embed] = 5; /* of 0 */
    for (size_t j = 0; j < P - 1; j++, residue = residue * 2 % P)
        f.gradient[f.embed + residue * WIDTH] =
            sin(2 * M_PI * 5 * (double)j / 10 + 1) + sin(2 * M_PI * 3 * (double)j / 10);
    filter(&f, "subspace circles 5 modulus 11 generator 2");
    residue = 1;
    for (size_t j = 0; j < P - 1; j++, residue = residue * 2 % P)
        assert_close(f.next[f.embed + residue * WIDTH],
                     sin(2 * M_PI * 3 * (double)j / 10), 1e-14);
    assert_close(f.next[f.embed], 5, 0);
    close_graph(&f);
}

static double
length(const double *x, const fixture *f)
{
    double sum = 0;
    for (size_t i = 0; i < 12 * WIDTH; i++)
        sum += x[f->embed + i] * x[f->embed + i];
    return sqrt(sum);
}

/* Another plane of the same size: projecting twice is projecting once, and what is kept
 * and what is dropped make the whole, but for the mean that both have. */
static void
the_control_is_another_plane_of_the_same_size(void **state)
{
    (void)state;
    fixture f;
    double kept[ALL], dropped[ALL];
    open_graph(&f);
    filter(&f, "subspace circles 3 modulus 11 mode keep shuffled 1");
    memcpy(kept, f.next, f.num_weights * sizeof *kept);
    filter(&f, "subspace circles 3 modulus 11 shuffled 1");
    memcpy(dropped, f.next, f.num_weights * sizeof *dropped);
    for (size_t column = 0; column < WIDTH; column++) {
        double mean = 0;
        for (size_t j = 0; j < P; j++)
            mean += f.gradient[f.embed + j * WIDTH + column] / P;
        for (size_t j = 0; j < P; j++) {
            size_t at = f.embed + j * WIDTH + column;
            assert_close(kept[at] + dropped[at], f.gradient[at] + mean, 1e-14);
        }
    }
    memcpy(f.gradient, dropped, f.num_weights * sizeof *dropped);
    filter(&f, "subspace circles 3 modulus 11 shuffled 1");
    for (size_t i = 0; i < f.num_weights; i++)
        assert_close(f.next[i], dropped[i], 1e-14);
    filter(&f, "subspace circles 3 modulus 11");
    assert_true(length(f.next, &f) < 0.999 * length(dropped, &f));
    filter(&f, "subspace circles 3 modulus 11 shuffled 2");
    assert_true(length(f.next, &f) < 0.999 * length(dropped, &f));
    close_graph(&f);
}

static void
what_is_no_circle_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *filters, *said;
    } cases[] = {
        {"subspace circles 3,4 modulus 11", "filters: no '4'"},
        {"subspace circles 3+x modulus 11", "circles: '3+x', expected at most 64"},
        {"subspace circles 0 modulus 11", "circles: '0', expected at most 64"},
        {"subspace circles 3+3 modulus 11", "circles: '3+3', expected at most 64"},
        {"subspace circles 3", "modulus is missing: unembed.W_U has 11 rows, another"},
        {"subspace circles 3 generator 2", "generator: modulus is missing, the prime"},
        {"subspace circles 6 modulus 11", "frequencies of 11 places are 1 to 5"},
        {"subspace circles 3 modulus 13", "13 residues, but embed.W_E has 12 rows"},
        {"subspace circles 3 modulus 11 generator 3", "repeat after 5, expected 10"},
        {"subspace circles 3 modulus 10 generator 2", "has no power 1 modulo 10"},
    };
    fixture f;
    open_graph(&f);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int status = start(&f, cases[i].filters);
        assert_int_equal(status, GSC_EARGUMENT);
        if (!strstr(gsc_error_text(), cases[i].said))
            fail_msg("'%s' does not say '%s'", gsc_error_text(), cases[i].said);
    }
    close_graph(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_circle_is_dropped_or_kept_whole),
        cmocka_unit_test(rows_of_the_unembedding_lose_it_too),
        cmocka_unit_test(circles_of_a_product_are_those_of_logarithms),
        cmocka_unit_test(the_control_is_another_plane_of_the_same_size),
        cmocka_unit_test(what_is_no_circle_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
