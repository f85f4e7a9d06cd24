/* Losses and metrics: their gradients, closed forms, masks, and several to a run. */
#include "graph_fixture.h"

/* numbers w, of as many columns. */
static gsc_node
mapped(fixture *f, const char *name, size_t columns)
{
    return gsc_graph_matmul(f->graph, numbers(f),
                            leaf(f, name, 2, FIXTURE_NUMBERS, columns, 1));
}

/* Rows of logits [rows, FIXTURE_OUT]. */
static gsc_node
logits(fixture *f, size_t rows)
{
    gsc_node out =
        gsc_graph_matmul(f->graph, embedded(f, 4), leaf(f, "w", 2, 4, FIXTURE_OUT, 1));
    return gsc_graph_slice(f->graph, out, 0, 0, rows);
}

static gsc_node
masked_loss(fixture *f, gsc_node out)
{
    size_t rows = gsc_graph_shape(f->graph, out).dims[0];
    gsc_node label = labels(f, rows);
    return gsc_graph_cross_entropy(f->graph, out, label, mask(f));
}

static gsc_node
masked_one_hot_error(fixture *f, gsc_node out)
{
    size_t rows = gsc_graph_shape(f->graph, out).dims[0];
    gsc_node label = labels(f, rows); /* before the mask, which has as many */
    return gsc_graph_one_hot_error(f->graph, out, label, mask(f));
}

static gsc_node
masked_stablemax(fixture *f, gsc_node out)
{
    size_t rows = gsc_graph_shape(f->graph, out).dims[0];
    gsc_node label = labels(f, rows);
    return gsc_graph_stablemax(f->graph, out, label, mask(f));
}

/* Numbers that the rows of `out` are compared with. */
static gsc_node
wanted(fixture *f, gsc_node out)
{
    size_t rows = gsc_graph_shape(f->graph, out).dims[0];
    return gsc_graph_gather(f->graph, leaf(f, "wanted", 2, FIXTURE_OUT, FIXTURE_OUT, 1),
                            labels(f, rows), 0, rows);
}

static gsc_node
masked_squared_error(fixture *f, gsc_node out)
{
    gsc_node target = wanted(f, out);
    return gsc_graph_mean_squared_error(f->graph, out, target, mask(f));
}

/* The first numbers of each row, beside the fixture's. */
static gsc_node
masked_hinge(fixture *f, gsc_node out)
{
    const gsc_shape shape = {2, {2, FIXTURE_NUMBERS / 2}};
    gsc_node score = gsc_graph_slice(f->graph, out, 1, 0, FIXTURE_NUMBERS / 2);
    labels(f, 2); /* the mask has as many */
    return gsc_graph_hinge(f->graph, score, gsc_graph_input(f->graph, "numbers", shape),
                           mask(f));
}

/* The first numbers of each row beside the fixture's, which lie from -1 to 1: the slope
 * is that of any target. */
static gsc_node
masked_binary_cross_entropy(fixture *f, gsc_node out)
{
    const gsc_shape shape = {2, {2, FIXTURE_NUMBERS / 2}};
    gsc_node score = gsc_graph_slice(f->graph, out, 1, 0, FIXTURE_NUMBERS / 2);
    labels(f, 2);
    return gsc_graph_binary_cross_entropy(
        f->graph, score, gsc_graph_input(f->graph, "numbers", shape), mask(f));
}

typedef gsc_node masked(fixture *f, gsc_node out);
static masked *const all_masked[] = {masked_loss,          masked_one_hot_error,
                                     masked_squared_error, masked_hinge,
                                     masked_stablemax,     masked_binary_cross_entropy};
enum { NUM_MASKED = sizeof all_masked / sizeof *all_masked };

/* ---- Gradients ---- */

static void
squared_errors_have_their_gradients(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 20);
    gsc_node y = gsc_graph_tanh(f.graph, mapped(&f, "w", 3));
    check_gradient(
        &f, gsc_graph_mean_squared_error(f.graph, y, mapped(&f, "v", 3), GSC_NO_NODE),
        0);
    fixture_close(&f);
}

static void
hinges_have_their_gradient(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 20);
    gsc_node score = gsc_graph_scale(f.graph, mapped(&f, "w", FIXTURE_NUMBERS), 3);
    check_gradient(&f, gsc_graph_hinge(f.graph, score, numbers(&f), GSC_NO_NODE), 0);
    fixture_close(&f);
}

static void
masked_rows_have_their_gradient(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2 * NUM_MASKED; i++) {
        fixture f;
        fixture_open(&f, 20);
        gsc_node out = logits(&f, 2);
        gsc_node twice = gsc_graph_add(f.graph, out, gsc_graph_tanh(f.graph, out));
        check_gradient(&f, all_masked[i / 2](&f, twice), i % 2 * GSC_REWRITE_ALL);
        fixture_close(&f);
    }
}

static void
sums_of_squares_have_their_gradient(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 20);
    gsc_node w =
        gsc_graph_matmul(f.graph, leaf(&f, "v", 2, 3, 4, 1), leaf(&f, "w", 2, 4, 2, 1));
    check_gradient(&f, gsc_graph_sum_of_squares(f.graph, w), 0);
    fixture_close(&f);
}

/* ---- Closed forms ---- */

static gsc_result
evaluate(fixture *f, gsc_node root)
{
    gsc_result result;
    gsc_batch batch = fixture_batch(f);
    gsc_engine *engine = fixture_engine(f, root, false, 0);
    assert_return_ok(gsc_engine_run(engine, NULL, f->weights, &batch, NULL, &result));
    gsc_engine_close(engine);
    return result;
}

static void
rows_that_are_masked_do_not_count(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 3);
    gsc_node loss = masked_loss(&f, logits(&f, 2));
    fixture_init_weights(&f);
    memcpy(f.mask, (const double[]){1, 0, 1, 1, 0, 0}, 6 * sizeof *f.mask);
    memset(f.weights, 0, gsc_graph_num_weights(f.graph) * sizeof *f.weights);
    memcpy(f.labels, (const uint16_t[]){0, 3, 0, 1, 2, 2}, 6 * sizeof *f.labels);
    /* all logits are equal: label 0 is right, and every row's loss log 5 */
    gsc_result result = evaluate(&f, loss);
    assert_close(result.mean, 2 * log(5) / 3, 1e-15);
    assert_int_equal(result.num_right, 2); /* the first, and the one without rows */
    fixture_close(&f);
}

/* What a masked row holds is of no matter: of three examples the first has one row that
 * counts, the second both, the third none. */
static void
losses_are_means_over_the_rows_that_count(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM_MASKED; i++) {
        fixture f;
        gsc_result result[2];
        for (int again = 0; again < 2; again++) {
            fixture_open(&f, 3);
            gsc_node loss = all_masked[i](&f, logits(&f, 2));
            fixture_init_weights(&f);
            memcpy(f.mask, (const double[]){1, 0, 1, 1, 0, 0}, 6 * sizeof *f.mask);
            for (size_t row = 0; row < 6; row++)
                f.labels[row] = (uint16_t)(row % FIXTURE_OUT);
            for (size_t row = 1; again && row < 6; row += row == 1 ? 3 : 1)
                f.labels[row] = (uint16_t)((f.labels[row] + 2) % FIXTURE_OUT);
            result[again] = evaluate(&f, loss);
            fixture_close(&f);
        }
        assert_true(result[0].mean > 0);
        assert_true(result[0].mean == result[1].mean);
        assert_int_equal(result[0].num_right, result[1].num_right);
    }
}

static void
squared_errors_and_hinges_by_hand(void **state)
{
    (void)state;
    /* Predictions are 0: of the rows that count every element's error is the target's
     * square, and every hinge 1. */
    fixture f;
    fixture_open(&f, 3);
    gsc_node out = logits(&f, 2), target = wanted(&f, out), mask_of_rows = mask(&f);
    gsc_node roots[] = {
        gsc_graph_mean_squared_error(f.graph, out, target, mask_of_rows),
        gsc_graph_hinge(f.graph, out, target, mask_of_rows),
        gsc_graph_within(f.graph, out, target, mask_of_rows, 5),
        gsc_graph_binary_cross_entropy(f.graph, out, target, mask_of_rows)};
    const double means[] = {(1.0 + (4 + 9) / 2.0) / 3, 2.0 / 3, (1.0 + 6.5) / 3,
                            2 * log(2) / 3};
    const size_t right[] = {0, 1, 2, 1};
    fixture_init_weights(&f);
    memset(f.weights, 0, gsc_graph_num_weights(f.graph) * sizeof *f.weights);
    size_t count;
    const gsc_parameter *p = gsc_graph_parameters(f.graph, &count);
    for (size_t i = 0; i < FIXTURE_OUT * FIXTURE_OUT; i++)
        f.weights[p[count - 1].offset + i] = (double)(i / FIXTURE_OUT) + 1;
    memcpy(f.mask, (const double[]){1, 0, 1, 1, 0, 0}, 6 * sizeof *f.mask);
    memcpy(f.labels, (const uint16_t[]){0, 4, 1, 2, 3, 3}, 6 * sizeof *f.labels);
    for (size_t i = 0; i < 4; i++) {
        gsc_result result = evaluate(&f, roots[i]);
        assert_close(result.mean, means[i], 1e-15);
        assert_int_equal(result.num_right, right[i]);
    }
    fixture_close(&f);
}

static void
metrics_are_those_of_their_closed_forms(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 30);
    gsc_node y = mapped(&f, "w", FIXTURE_NUMBERS), rows = leaf(&f, "rows", 2, 5, 4, 1);
    gsc_node within = gsc_graph_within(f.graph, y, numbers(&f), GSC_NO_NODE, 0.4);
    gsc_node hinge = gsc_graph_hinge(f.graph, y, numbers(&f), GSC_NO_NODE);
    gsc_node nearest = gsc_graph_nearest_row(f.graph, y, rows, labels(&f, 1));
    gsc_node binary =
        gsc_graph_binary_cross_entropy(f.graph, y, numbers(&f), GSC_NO_NODE);
    fixture_init_weights(&f);
    size_t count, right[4] = {0};
    double sums[4] = {0};
    const gsc_parameter *p = gsc_graph_parameters(f.graph, &count);
    const double *w = f.weights + p[0].offset, *t = f.weights + p[1].offset;
    for (size_t e = 0; e < 30; e++) {
        const double *x = f.numbers + e * FIXTURE_NUMBERS;
        double error = 0, hinges = 0, distance[5] = {0}, z[4] = {0};
        bool signs = true, halves = true;
        size_t best = 0;
        for (size_t i = 0; i < 4; i++) {
            for (size_t j = 0; j < 4; j++)
                z[i] += x[j] * w[j * 4 + i];
            error += (z[i] - x[i]) * (z[i] - x[i]) / 4;
            hinges += fmax(0, 1 - z[i] * x[i]) / 4;
            signs = signs && z[i] * x[i] > 0;
            sums[3] += (log(1 + exp(-z[i])) + (1 - x[i]) * z[i]) / 4 / 30;
            halves = halves && (z[i] > 0) == (x[i] > 0.5);
            for (size_t k = 0; k < 5; k++)
                distance[k] += (z[i] - t[k * 4 + i]) * (z[i] - t[k * 4 + i]);
        }
        for (size_t k = 1; k < 5; k++)
            best = distance[k] < distance[best] ? k : best;
        sums[0] += error / 30;
        sums[1] += hinges / 30;
        sums[2] += distance[f.labels[e]] / 30;
        right[0] += error < 0.4;
        right[1] += signs;
        right[2] += best == f.labels[e];
        right[3] += halves;
    }
    const gsc_node roots[] = {within, hinge, nearest, binary};
    for (size_t i = 0; i < 4; i++) {
        gsc_result result = evaluate(&f, roots[i]);
        assert_close(result.mean, sums[i], 1e-14);
        assert_int_equal(result.num_right, right[i]);
        assert_true(right[i] > 0 && right[i] < 30);
    }
    fixture_close(&f);
}

/* ---- Several to a run ---- */

typedef struct several {
    fixture f;
    gsc_root roots[3]; /* a loss, a loss of parameters, a metric */
    gsc_engine *engine;
} several;

static void
open_several(several *s)
{
    fixture_open(&s->f, 40);
    gsc_graph *g = s->f.graph;
    gsc_node y = mapped(&s->f, "w", FIXTURE_NUMBERS);
    gsc_node w = leaf(&s->f, "v", 2, FIXTURE_NUMBERS, 3, 1);
    gsc_node out = gsc_graph_matmul(g, gsc_graph_tanh(g, y), w);
    s->roots[0] = (gsc_root){
        gsc_graph_mean_squared_error(g, out, mapped(&s->f, "target", 3), GSC_NO_NODE),
        0.7};
    s->roots[1] = (gsc_root){gsc_graph_sum_of_squares(g, w), 0.01};
    s->roots[2] =
        (gsc_root){gsc_graph_within(g, y, numbers(&s->f), GSC_NO_NODE, 0.5), 0};
    fixture_init_weights(&s->f);
    gsc_engine_options options = {.type = GSC_FLOAT64,
                                  .roots = s->roots,
                                  .num_roots = 3,
                                  .gradients = true,
                                  .rewrites = GSC_REWRITE_ALL};
    assert_return_ok(gsc_engine_open(&s->engine, g, &options));
}

static double
run_several(several *s, bool skip_metrics, gsc_result *results)
{
    gsc_batch batch = fixture_batch(&s->f);
    batch.skip_metrics = skip_metrics;
    assert_return_ok(
        gsc_engine_run(s->engine, NULL, s->f.weights, &batch, NULL, results));
    return gsc_engine_total(s->engine);
}

static void
close_several(several *s)
{
    gsc_engine_close(s->engine);
    fixture_close(&s->f);
}

static void
the_total_is_weighted_and_so_is_its_gradient(void **state)
{
    (void)state;
    const double h = 1e-5;
    several s;
    gsc_result results[3];
    open_several(&s);
    double total = run_several(&s, false, results);
    assert_close(total, 0.7 * results[0].mean + 0.01 * results[1].mean, 1e-15);
    for (size_t i = 0; i < 3; i++) {
        gsc_result alone = evaluate(&s.f, s.roots[i].node);
        assert_close(results[i].mean, alone.mean, 1e-14);
        assert_int_equal(results[i].num_right, alone.num_right);
    }
    size_t n = gsc_graph_num_weights(s.f.graph);
    double *gradient = gsc_new(n, sizeof *gradient);
    memcpy(gradient, gsc_engine_gradient(s.engine), n * sizeof *gradient);
    for (size_t i = 0; i < n; i++) {
        double kept = s.f.weights[i];
        s.f.weights[i] = kept + h;
        double above = run_several(&s, true, NULL);
        s.f.weights[i] = kept - h;
        double below = run_several(&s, true, NULL);
        s.f.weights[i] = kept;
        assert_close(gradient[i], (above - below) / (2 * h), 1e-9);
    }
    free(gradient);
    close_several(&s);
}

static void
a_metric_that_is_skipped_says_nothing(void **state)
{
    (void)state;
    several s;
    gsc_result all[3], some[3];
    open_several(&s);
    double total = run_several(&s, false, all);
    assert_true(total == run_several(&s, true, some));
    assert_true(some[0].mean == all[0].mean);
    assert_true(isnan(some[2].mean) && some[2].num_right == 0);
    assert_true(all[2].num_right > 0);
    close_several(&s);
}

static void
a_metric_has_no_weight(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 4);
    gsc_engine *engine;
    gsc_root root = {gsc_graph_within(f.graph, mapped(&f, "w", FIXTURE_NUMBERS),
                                      numbers(&f), GSC_NO_NODE, 1),
                     1};
    gsc_engine_options options = {
        .type = GSC_FLOAT64, .roots = &root, .num_roots = 1, .gradients = true};
    assert_fails(gsc_engine_open(&engine, f.graph, &options), GSC_EARGUMENT,
                 "within: no gradient by input 0: a root of weight 0 asks for none");
    root.node = 0;
    assert_fails(gsc_engine_open(&engine, f.graph, &options), GSC_EARGUMENT,
                 "root 0: input is no loss or metric");
    fixture_close(&f);
}

/* The loss of a float32 graph is summed in double, and a tap has each example's. */
static void
a_tapped_loss_is_each_examples_own(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 40);
    gsc_root root = {label_loss(&f, logits(&f, 2)), 1};
    fixture_init_weights(&f);
    float narrow[256], losses[40];
    for (size_t i = 0; i < gsc_graph_num_weights(f.graph); i++)
        narrow[i] = (float)f.weights[i];
    gsc_engine *engine;
    gsc_engine_options options = {.roots = &root,
                                  .num_roots = 1,
                                  .gradients = true,
                                  .taps = &root.node,
                                  .num_taps = 1};
    assert_return_ok(gsc_engine_open(&engine, f.graph, &options));
    gsc_batch batch = fixture_batch(&f);
    gsc_result result;
    void *taps[] = {losses};
    assert_return_ok(gsc_engine_run(engine, NULL, narrow, &batch, taps, &result));
    double sum = 0;
    for (size_t i = 0; i < 40; i++)
        sum += (double)losses[i];
    assert_close(result.mean, sum / 40, 1e-6);
    assert_close(result.mean, evaluate(&f, root.node).mean, 1e-6);
    assert_true(result.mean != (double)(float)result.mean);
    gsc_engine_close(engine);
    fixture_close(&f);
}

/* ---- Mistakes ---- */

static void
what_is_no_label_is_refused(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 1);
    gsc_graph_cross_entropy(f.graph, logits(&f, 2), labels(&f, 3), GSC_NO_NODE);
    assert_fails(gsc_graph_status(f.graph), GSC_EARGUMENT,
                 "cross_entropy: [2, 5] with [3]: not a label for each row");
    fixture_close(&f);
    fixture_open(&f, 1);
    gsc_graph_cross_entropy(f.graph, logits(&f, 1), mask(&f), GSC_NO_NODE);
    assert_fails(gsc_graph_status(f.graph), GSC_EARGUMENT,
                 "numbers, where indices are read");
    fixture_close(&f);
    fixture_open(&f, 1);
    gsc_graph_cross_entropy(f.graph, mapped(&f, "w", 3), labels(&f, 1), GSC_NO_NODE);
    assert_fails(gsc_graph_status(f.graph), GSC_EARGUMENT, "not rows of logits");
    fixture_close(&f);
    fixture_open(&f, 1);
    gsc_graph_relu(f.graph, label_loss(&f, logits(&f, 1)));
    assert_fails(gsc_graph_status(f.graph), GSC_EARGUMENT,
                 "a loss or metric is a root, which nothing reads");
    fixture_close(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(squared_errors_have_their_gradients),
        cmocka_unit_test(hinges_have_their_gradient),
        cmocka_unit_test(masked_rows_have_their_gradient),
        cmocka_unit_test(sums_of_squares_have_their_gradient),
        cmocka_unit_test(rows_that_are_masked_do_not_count),
        cmocka_unit_test(losses_are_means_over_the_rows_that_count),
        cmocka_unit_test(squared_errors_and_hinges_by_hand),
        cmocka_unit_test(metrics_are_those_of_their_closed_forms),
        cmocka_unit_test(the_total_is_weighted_and_so_is_its_gradient),
        cmocka_unit_test(a_metric_that_is_skipped_says_nothing),
        cmocka_unit_test(a_metric_has_no_weight),
        cmocka_unit_test(a_tapped_loss_is_each_examples_own),
        cmocka_unit_test(what_is_no_label_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
