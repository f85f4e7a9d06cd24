/* Every operator against central differences and closed forms. */
#include "graph_fixture.h"

/* ---- Every operator's gradient, for every input ---- */

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
    check(&f, gsc_graph_gather(f.graph, table, tokens(&f), 1, 2));
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

/* Between 23 positions or more heads are products of matrices. */
static void
attention_between_many_positions_has_its_gradients(void **state)
{
    (void)state;
    for (int causal = 0; causal < 2; causal++) {
        fixture f;
        size_t rows = FIXTURE_CTX;
        fixture_open(&f, 3);
        gsc_node x = embedded(&f, 4);
        for (; rows < 32; rows *= 2)
            x = gsc_graph_concatenate(f.graph, x, x, 0);
        x = gsc_graph_add(f.graph, x, leaf(&f, "rows", 2, rows, 4, 1));
        check(&f, attend(&f, x, causal));
    }
}

static void
activations_have_their_gradients(void **state)
{
    (void)state;
    gsc_node (*const activations[])(gsc_graph *, gsc_node) = {
        gsc_graph_gelu, gsc_graph_square, gsc_graph_tanh};
    for (size_t i = 0; i < sizeof activations / sizeof *activations; i++) {
        fixture f;
        fixture_open(&f, 20);
        gsc_node x = embedded(&f, 4);
        gsc_node y = activations[i](f.graph, gsc_graph_scale(f.graph, x, 3));
        check(&f, gsc_graph_add(f.graph, y, x)); /* x is read twice */
    }
}

static void
layer_norm_has_its_gradient(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 20);
    gsc_node x = embedded(&f, 6);
    gsc_node y = gsc_graph_layer_norm(f.graph, x, 1e-5);
    y = gsc_graph_add(f.graph,
                      gsc_graph_multiply(f.graph, y, leaf(&f, "w", 1, 6, 1, 1)),
                      leaf(&f, "b", 1, 6, 1, 1));
    check(&f, gsc_graph_add(f.graph, y, x));
}

static void
rms_norm_has_its_gradient(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 20);
    gsc_node x = embedded(&f, 6);
    gsc_node y = gsc_graph_rms_norm(f.graph, x, 1e-5);
    y = gsc_graph_multiply(f.graph, y, leaf(&f, "w", 1, 6, 1, 1));
    check(&f, gsc_graph_add(f.graph, y, x));
}

static void
concatenate_has_its_gradients(void **state)
{
    (void)state;
    for (size_t axis = 0; axis < 2; axis++) {
        fixture f;
        fixture_open(&f, 20);
        gsc_node x = embedded(&f, 4), y = gsc_graph_tanh(f.graph, x);
        check(&f, gsc_graph_concatenate(f.graph, x, y, axis));
    }
    fixture f;
    fixture_open(&f, 20);
    gsc_node x = gsc_graph_tanh(f.graph, embedded(&f, 4));
    check(&f, gsc_graph_concatenate(f.graph, x, x, 1));
}

static void
concatenated_parameters_have_their_gradients(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 20);
    gsc_node w = gsc_graph_concatenate(f.graph, leaf(&f, "v", 2, 4, 3, 1),
                                       leaf(&f, "w", 2, 4, 2, 1), 1);
    check(&f, gsc_graph_matmul(f.graph, embedded(&f, 4), w));
}

static void
the_attention_rate_has_its_gradient(void **state)
{
    (void)state;
    for (int causal = 0; causal < 2; causal++) {
        fixture f;
        fixture_open(&f, 20);
        gsc_graph *g = f.graph;
        gsc_node x = embedded(&f, 4);
        gsc_node q = gsc_graph_split_heads(g, x, leaf(&f, "q", 3, 2, 4, 3));
        gsc_node k = gsc_graph_split_heads(g, x, leaf(&f, "k", 3, 2, 4, 3));
        gsc_node pattern = gsc_graph_attention_softmax(
            g, gsc_graph_attention_scores(g, q, k), causal, 0);
        pattern = gsc_graph_attention_rate(g, pattern, 0.3, causal, 0);
        gsc_node z = gsc_graph_attention_mix(g, pattern, q);
        check(&f, gsc_graph_merge_heads(g, z, leaf(&f, "o", 3, 2, 3, 4)));
    }
}

static void
squared_errors_have_their_gradient(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 20);
    gsc_node w = leaf(&f, "w", 2, 4, FIXTURE_OUT, 1);
    gsc_node x = gsc_graph_slice(f.graph, embedded(&f, 4), 0, 1, 1);
    gsc_node logits = gsc_graph_matmul(f.graph, x, w);
    check_gradient(
        &f, gsc_graph_one_hot_error(f.graph, logits, labels(&f, 1), GSC_NO_NODE), 0);
    fixture_close(&f);
}

static gsc_node
label_logit(gsc_graph *graph, gsc_node logits, gsc_node labels, gsc_node none)
{
    (void)none;
    return gsc_graph_label_logit(graph, logits, labels);
}

static void
losses_of_several_rows_have_their_gradients(void **state)
{
    (void)state;
    gsc_node (*const losses[])(gsc_graph *, gsc_node, gsc_node, gsc_node) = {
        gsc_graph_cross_entropy, gsc_graph_one_hot_error, label_logit};
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++) {
        fixture f;
        fixture_open(&f, 20);
        gsc_node logits = gsc_graph_matmul(f.graph, embedded(&f, 4),
                                           leaf(&f, "w", 2, 4, FIXTURE_OUT, 1));
        gsc_node rows = gsc_graph_slice(f.graph, logits, 0, 1, 2);
        check_gradient(&f, losses[i](f.graph, rows, labels(&f, 2), GSC_NO_NODE), 0);
        fixture_close(&f);
    }
}

/* ---- Values in closed form ---- */

/* The value of a node over the fixture's examples. */
static void
evaluate(fixture *f, gsc_node node, double *values)
{
    gsc_engine *engine;
    gsc_engine_options options = {.type = GSC_FLOAT64, .taps = &node, .num_taps = 1};
    fixture_init_weights(f);
    assert_return_ok(gsc_engine_open(&engine, f->graph, &options));
    gsc_batch batch = fixture_batch(f);
    void *taps[] = {values};
    assert_return_ok(gsc_engine_run(engine, NULL, f->weights, &batch, taps, NULL));
    gsc_engine_close(engine);
}

static void
layer_norm_has_mean_0_and_variance_1(void **state)
{
    (void)state;
    enum { WIDTH = 50, ROWS = 4 * FIXTURE_CTX };
    static double values[ROWS * WIDTH];
    fixture f;
    fixture_open(&f, 4);
    gsc_node x = gsc_graph_scale(f.graph, embedded(&f, WIDTH), 7);
    evaluate(&f, gsc_graph_layer_norm(f.graph, x, 0), values);
    for (size_t row = 0; row < ROWS; row++) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < WIDTH; i++) {
            sum += values[row * WIDTH + i];
            squares += values[row * WIDTH + i] * values[row * WIDTH + i];
        }
        assert_close(sum, 0, 1e-12);
        assert_close(squares, WIDTH, 1e-11);
    }
    fixture_close(&f);
}

/* The mean stays as it is, but for the factor. */
static void
rms_norm_has_mean_square_1(void **state)
{
    (void)state;
    enum { WIDTH = 50, ROWS = 4 * FIXTURE_CTX };
    static double values[ROWS * WIDTH], before[ROWS * WIDTH];
    fixture f;
    fixture_open(&f, 4);
    gsc_node x = gsc_graph_scale(f.graph, embedded(&f, WIDTH), 7);
    evaluate(&f, gsc_graph_rms_norm(f.graph, x, 0), values);
    evaluate(&f, gsc_graph_scale(f.graph, x, 1), before);
    for (size_t row = 0; row < ROWS; row++) {
        double squares = 0, ratio = values[row * WIDTH] / before[row * WIDTH];
        for (size_t i = 0; i < WIDTH; i++) {
            double value = values[row * WIDTH + i];
            squares += value * value;
            assert_close(value, ratio * before[row * WIDTH + i], 1e-12);
        }
        assert_close(squares, WIDTH, 1e-11);
    }
    fixture_close(&f);
}

/* Rate 0 gives every key that is seen the weight 1, rate 1 the softmax itself. */
static void
the_attention_rate_goes_from_softmax_to_a_sum(void **state)
{
    (void)state;
    for (int rate = 0; rate < 2; rate++) {
        double values[2 * FIXTURE_CTX * FIXTURE_CTX];
        fixture f;
        fixture_open(&f, 1);
        gsc_graph *g = f.graph;
        gsc_node q =
            gsc_graph_split_heads(g, embedded(&f, 4), leaf(&f, "q", 3, 2, 4, 3));
        gsc_node pattern = gsc_graph_attention_softmax(
            g, gsc_graph_attention_scores(g, q, q), true, 0);
        evaluate(&f, gsc_graph_attention_rate(g, pattern, rate, true, 0), values);
        for (size_t h = 0; h < 2; h++)
            for (size_t i = 0; i < FIXTURE_CTX; i++) {
                const double *row = values + (h * FIXTURE_CTX + i) * FIXTURE_CTX;
                double sum = 0;
                for (size_t j = 0; j < FIXTURE_CTX; j++) {
                    sum += row[j];
                    assert_true(j <= i || row[j] == 0);
                    assert_true(rate == 1 || j > i || row[j] == 1);
                }
                assert_close(sum, rate == 1 ? 1 : (double)i + 1, 1e-15);
            }
        fixture_close(&f);
    }
}

/* An example is right when all its rows are; its loss is their mean. */
static void
rows_of_labels_count_together(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 2);
    gsc_node table = leaf(&f, "table", 2, FIXTURE_VOCAB, FIXTURE_OUT, 1);
    gsc_node loss = gsc_graph_one_hot_error(
        f.graph, gsc_graph_gather(f.graph, table, tokens(&f), 0, 2), labels(&f, 2),
        GSC_NO_NODE);
    fixture_init_weights(&f);
    for (size_t i = 0; i < FIXTURE_VOCAB * FIXTURE_OUT; i++)
        f.weights[i] = i % FIXTURE_OUT == 1; /* every row says 1 */
    memcpy(f.labels, (const uint16_t[]){1, 1, 1, 3}, 4 * sizeof *f.labels);
    gsc_engine *engine = fixture_engine(&f, loss, false, 0);
    gsc_batch batch = fixture_batch(&f);
    gsc_result result;
    assert_return_ok(gsc_engine_run(engine, NULL, f.weights, &batch, NULL, &result));
    assert_int_equal(result.num_right, 1);
    assert_close(result.mean, 2.0 / FIXTURE_OUT / 4,
                 1e-15); /* one row of four is wrong */
    gsc_engine_close(engine);
    fixture_close(&f);
}

static void
no_rows_of_logits_are_refused(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 1);
    gsc_graph_one_hot_error(f.graph, leaf(&f, "w", 2, 1, FIXTURE_OUT, 1), labels(&f, 1),
                            GSC_NO_NODE);
    assert_fails(gsc_graph_status(f.graph), GSC_EARGUMENT,
                 "one_hot_error: [1, 5] with [1]: what depends on the example with");
    fixture_close(&f);
    fixture_open(&f, 1);
    gsc_graph_concatenate(f.graph, embedded(&f, 4), leaf(&f, "w", 2, FIXTURE_CTX, 4, 1),
                          1);
    assert_fails(gsc_graph_status(f.graph), GSC_EARGUMENT,
                 "concatenate: [3, 4] with [3, 4]: what depends on the example with "
                 "what does not");
    fixture_close(&f);
}

static void
the_loss_is_that_of_a_closed_form(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 8);
    gsc_node table = leaf(&f, "table", 2, FIXTURE_VOCAB, FIXTURE_OUT, 1);
    gsc_node loss = label_loss(&f, gsc_graph_gather(f.graph, table, tokens(&f), 2, 1));
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
        cmocka_unit_test(attention_between_many_positions_has_its_gradients),
        cmocka_unit_test(activations_have_their_gradients),
        cmocka_unit_test(layer_norm_has_its_gradient),
        cmocka_unit_test(rms_norm_has_its_gradient),
        cmocka_unit_test(rms_norm_has_mean_square_1),
        cmocka_unit_test(concatenate_has_its_gradients),
        cmocka_unit_test(concatenated_parameters_have_their_gradients),
        cmocka_unit_test(the_attention_rate_has_its_gradient),
        cmocka_unit_test(squared_errors_have_their_gradient),
        cmocka_unit_test(losses_of_several_rows_have_their_gradients),
        cmocka_unit_test(the_loss_is_that_of_a_closed_form),
        cmocka_unit_test(layer_norm_has_mean_0_and_variance_1),
        cmocka_unit_test(the_attention_rate_goes_from_softmax_to_a_sum),
        cmocka_unit_test(rows_of_labels_count_together),
        cmocka_unit_test(no_rows_of_logits_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
