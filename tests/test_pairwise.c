/* Rows beside rows, and logits beside logits: definitions, written out. */
#include "grokscope/rng.h"

#include "analyze/maths/representation.h"
#include "analyze/method/logit_set.h"
#include "analyze/method/pairwise.h"
#include "test.h"

#include <stdlib.h>

/* More than a tile of rows, and more than a part of each. */
enum { COUNT = 11, LENGTH = 2500 };

static void
distances_are_those_of_the_definition(void **state)
{
    (void)state;
    static float x[COUNT][LENGTH];
    static double y[COUNT][LENGTH];
    const void *rows[COUNT], *doubles[COUNT];
    double squares[COUNT * COUNT], products[COUNT * COUNT], s[COUNT * COUNT],
        p[COUNT * COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        rows[i] = x[i];
        doubles[i] = y[i];
        for (size_t k = 0; k < LENGTH; k++)
            y[i][k] = x[i][k] = (float)gsc_rng_normal(1, i % 10, k); /* last = first */
    }
    gsc_pairwise_squares(GSC_FLOAT32, rows, COUNT, LENGTH, NULL, squares, products);
    gsc_pairwise_squares(GSC_FLOAT64, doubles, COUNT, LENGTH, NULL, s, p);
    for (size_t i = 0; i < COUNT; i++)
        for (size_t j = 0; j < COUNT; j++) {
            double square = 0, product = 0;
            for (size_t k = 0; k < LENGTH; k++) {
                square += (y[i][k] - y[j][k]) * (y[i][k] - y[j][k]);
                product += y[i][k] * y[j][k];
            }
            assert_close(squares[i * COUNT + j], square, 1e-9);
            assert_close(products[i * COUNT + j], product, 1e-9);
            assert_close(s[i * COUNT + j], square, 1e-9);
            assert_close(p[i * COUNT + j], product, 1e-9);
        }
    assert_true(squares[COUNT - 1] == 0);
    assert_true(products[COUNT - 1] == products[0]);
    assert_true(products[COUNT * COUNT - 1] == products[0]);
}

/* More networks than a tile of products has, more examples than a block. */
enum { NETWORKS = 9, EXAMPLES = 300, OUTPUTS = 100 };

static double *
logits_of(size_t network)
{
    double *logits = malloc(EXAMPLES * OUTPUTS * sizeof *logits);
    assert_non_null(logits);
    for (size_t at = 0; at < EXAMPLES * OUTPUTS; at++)
        logits[at] = (double)(at % OUTPUTS) / 30 + 3 * gsc_rng_normal(2, 1, at) +
                     (double)network * gsc_rng_normal(2, 2 + network, at);
    return logits;
}

static void
stack_logits(gsc_logit_set *stack)
{
    assert_return_ok(gsc_logit_set_init(stack, NETWORKS, EXAMPLES, OUTPUTS));
    for (size_t i = 0; i < NETWORKS; i++) {
        double *logits = logits_of(i);
        assert_return_ok(gsc_logit_set_put(stack, i, logits));
        free(logits);
    }
}

static void
alignment_is_that_of_representations(void **state)
{
    (void)state;
    gsc_logit_set stack;
    gsc_representation representations[NETWORKS];
    double cka[NETWORKS * NETWORKS], expected;
    stack_logits(&stack);
    assert_return_ok(gsc_logit_set_cka(&stack, NULL, NULL, NULL, cka));
    for (size_t i = 0; i < NETWORKS; i++) {
        gsc_matrix x = {EXAMPLES, OUTPUTS, logits_of(i)};
        assert_return_ok(gsc_representation_take(&representations[i], &x));
    }
    for (size_t i = 0; i < NETWORKS; i++)
        for (size_t j = 0; j < NETWORKS; j++) {
            assert_return_ok(gsc_representation_cka(&representations[i],
                                                    &representations[j], &expected));
            assert_close(cka[i * NETWORKS + j], expected, 2e-6);
            assert_true(cka[i * NETWORKS + j] == cka[j * NETWORKS + i]);
        }
    assert_true(cka[0] == 1 && cka[1] < 1);
    for (size_t i = 0; i < NETWORKS; i++)
        gsc_representation_free(&representations[i]);
    gsc_logit_set_free(&stack);
}

/* ln softmax of one row. */
static void
soften(const double *logits, double *log_p)
{
    double sum = 0;
    for (size_t c = 0; c < OUTPUTS; c++)
        sum += exp(logits[c]);
    for (size_t c = 0; c < OUTPUTS; c++)
        log_p[c] = logits[c] - log(sum);
}

static void
divergence_and_agreement_are_those_of_the_definition(void **state)
{
    (void)state;
    gsc_logit_set stack;
    double kl[NETWORKS * NETWORKS], agreement[NETWORKS * NETWORKS];
    stack_logits(&stack);
    assert_return_ok(gsc_logit_set_divergence(&stack, NULL, kl));
    gsc_logit_set_agreement(&stack, NULL, agreement);
    double *a = logits_of(2), *b = logits_of(7), p[OUTPUTS], q[OUTPUTS], sum = 0;
    size_t same = 0;
    for (size_t e = 0; e < EXAMPLES; e++) {
        size_t most_a = 0, most_b = 0;
        soften(a + e * OUTPUTS, p);
        soften(b + e * OUTPUTS, q);
        for (size_t c = 0; c < OUTPUTS; c++) {
            sum += exp(p[c]) * (p[c] - q[c]) / EXAMPLES;
            most_a = p[c] > p[most_a] ? c : most_a;
            most_b = q[c] > q[most_b] ? c : most_b;
        }
        same += most_a == most_b;
    }
    assert_close(kl[2 * NETWORKS + 7], sum, 1e-5);
    assert_close(agreement[2 * NETWORKS + 7], (double)same / EXAMPLES, 1e-15);
    assert_true(same > 0 && same < EXAMPLES);
    for (size_t i = 0; i < NETWORKS; i++)
        assert_true(kl[i * NETWORKS + i] == 0 && agreement[i * NETWORKS + i] == 1);
    assert_true(fabs(kl[7 * NETWORKS + 2] - sum) > 1e-3);
    free(a);
    free(b);
    gsc_logit_set_free(&stack);
}

static void
results_do_not_depend_on_threads(void **state)
{
    (void)state;
    gsc_logit_set stack;
    double cka[2][NETWORKS * NETWORKS], kl[2][NETWORKS * NETWORKS];
    stack_logits(&stack);
    for (size_t i = 0; i < 2; i++) {
        gsc_threads *threads;
        assert_return_ok(gsc_threads_open(&threads, 1 + 2 * i));
        assert_return_ok(gsc_logit_set_cka(&stack, threads, NULL, NULL, cka[i]));
        assert_return_ok(gsc_logit_set_divergence(&stack, threads, kl[i]));
        gsc_threads_close(threads);
    }
    assert_memory_equal(cka[0], cka[1], sizeof cka[0]);
    assert_memory_equal(kl[0], kl[1], sizeof kl[0]);
    gsc_logit_set_free(&stack);
}

static void
logits_that_do_not_vary_align_with_none(void **state)
{
    (void)state;
    double same[6] = {0.1, 0.2, 0.1, 0.2, 0.1, 0.2}, other[6] = {1, 2, 2, 1, 0, 3},
           cka[4], kl[4];
    gsc_logit_set stack;
    assert_return_ok(gsc_logit_set_init(&stack, 2, 3, 2));
    assert_return_ok(gsc_logit_set_put(&stack, 0, same));
    assert_return_ok(gsc_logit_set_put(&stack, 1, other));
    assert_return_ok(gsc_logit_set_cka(&stack, NULL, NULL, NULL, cka));
    assert_return_ok(gsc_logit_set_divergence(&stack, NULL, kl));
    assert_true(isnan(cka[0]) && isnan(cka[1]) && cka[3] == 1);
    assert_true(kl[0] == 0 && kl[1] > 0.1);
    assert_int_equal(stack.answer[1], 1);
    assert_int_equal(stack.answer[3 + 1], 0);
    other[3] = (double)INFINITY;
    assert_fails(gsc_logit_set_put(&stack, 1, other), GSC_ENUMERIC,
                 "logit 1 of example 1 is inf");
    gsc_logit_set_free(&stack);
}

/* Answers of four rows of 25 outputs are, row by row, those of four times as many
 * examples; an example is answered alike where all its rows are. */
static void
rows_have_a_softmax_each(void **state)
{
    enum { ROWS = 4, WIDTH = OUTPUTS / ROWS };
    (void)state;
    gsc_logit_set whole, rows;
    double of_whole[4], of_rows[4], agreement[4];
    double *a = logits_of(0), *b = logits_of(1);
    size_t same = 0;
    assert_return_ok(gsc_logit_set_init_rows(&whole, 2, EXAMPLES, OUTPUTS, ROWS, ROWS));
    assert_return_ok(gsc_logit_set_init(&rows, 2, EXAMPLES * ROWS, WIDTH));
    assert_return_ok(gsc_logit_set_put(&whole, 0, a));
    assert_return_ok(gsc_logit_set_put(&whole, 1, b));
    assert_return_ok(gsc_logit_set_put(&rows, 0, a));
    assert_return_ok(gsc_logit_set_put(&rows, 1, b));
    assert_return_ok(gsc_logit_set_divergence(&whole, NULL, of_whole));
    assert_return_ok(gsc_logit_set_divergence(&rows, NULL, of_rows));
    for (size_t at = 0; at < 4; at++)
        assert_close(of_whole[at], of_rows[at], 1e-5 * of_rows[at]);
    assert_true(of_whole[1] > 0.1);
    for (size_t e = 0; e < EXAMPLES; e++) {
        bool all = true;
        for (size_t r = 0; r < ROWS; r++)
            all = all &&
                  rows.answer[e * ROWS + r] == rows.answer[(EXAMPLES + e) * ROWS + r];
        same += all;
    }
    gsc_logit_set_agreement(&whole, NULL, agreement);
    assert_close(agreement[1], (double)same / EXAMPLES, 1e-15);
    assert_true(same > 0 && same < EXAMPLES);
    free(a);
    free(b);
    gsc_logit_set_free(&whole);
    gsc_logit_set_free(&rows);
}

static void
labels_of_the_callers_decide_and_so_does_a_tolerance(void **state)
{
    (void)state;
    const double x[6] = {1, 2, 3, 4, 5, 6}, y[6] = {1, 2, 3.3, 4, 5, 7};
    const uint16_t of_x[3] = {0, 4, 5}, of_y[3] = {0, 4, 6};
    double agreement[4], closeness[4];
    gsc_logit_set stack;
    assert_return_ok(gsc_logit_set_init_rows(&stack, 2, 3, 2, 1, 1));
    assert_return_ok(gsc_logit_set_put_labels(&stack, 0, x, of_x));
    assert_return_ok(gsc_logit_set_put_labels(&stack, 1, y, of_y));
    gsc_logit_set_agreement(&stack, NULL, agreement);
    assert_close(agreement[1], 2.0 / 3, 1e-15);
    gsc_logit_set_closeness(&stack, NULL, 0.1, closeness); /* 0, 0.045 and 0.5 */
    assert_close(closeness[1], 2.0 / 3, 1e-15);
    gsc_logit_set_closeness(&stack, NULL, 0.04, closeness);
    assert_close(closeness[2], 1.0 / 3, 1e-15);
    assert_true(closeness[0] == 1 && closeness[3] == 1);
    gsc_logit_set_free(&stack);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_are_those_of_the_definition),
        cmocka_unit_test(alignment_is_that_of_representations),
        cmocka_unit_test(divergence_and_agreement_are_those_of_the_definition),
        cmocka_unit_test(results_do_not_depend_on_threads),
        cmocka_unit_test(logits_that_do_not_vary_align_with_none),
        cmocka_unit_test(rows_have_a_softmax_each),
        cmocka_unit_test(labels_of_the_callers_decide_and_so_does_a_tolerance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
