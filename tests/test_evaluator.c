/* A network over all pairs: its logits are those that its loss is made of, its
 * gradients those of the logits by the embedding, and threads change no bit. */
#include "grokscope/threads.h"

#include "analyze/network/evaluator.h"
#include "loaded_model_fixture.h"

#include <math.h>

static const char *const transformer = "layout = a b =\nact_fn = gelu\n";
static const char *const without_equals = "layout = a b\nnormalization_type = LN\n";
static const char *const equation =
    "layout = eos a op b = c\nn_layers = 2\nloss_positions = from_answer\n";
static const char *const delta = "layout = a b\narchitecture = zhong_delta\n";
static const char *const gromov =
    "layout = a b\narchitecture = gromov_mlp\nact_fn = square\nloss = mse\n";

/* An evaluator of a small network, and what it is asked. */
typedef struct evaluated {
    gsc_loaded_model loaded;
    gsc_grid grid;
    gsc_evaluator evaluator;
    size_t pairs;
    double *logits, *neurons; /* of the loaded model's weights */
} evaluated;

static double *
reals(size_t count)
{
    double *values = gsc_new(count, sizeof *values);
    assert_non_null(values);
    return values;
}

static void
evaluate_loaded_model(evaluated *p, gsc_residue_order order)
{
    assert_return_ok(gsc_grid_init(&p->grid, &p->loaded, order));
    assert_return_ok(gsc_evaluator_open(&p->evaluator, &p->loaded, &p->grid, true));
    p->pairs = p->grid.n * p->grid.n;
    p->logits = reals(p->pairs * p->grid.n);
    p->neurons = reals(p->pairs * p->evaluator.num_neurons);
    assert_return_ok(gsc_evaluator_run(&p->evaluator, p->loaded.weights, NULL,
                                       p->logits, p->neurons));
}

static void
open_evaluated(evaluated *p, const char *lines)
{
    open_small(&p->loaded, lines);
    evaluate_loaded_model(p, GSC_RESIDUE_ORDER_PLAIN);
}

static void
close_evaluated(evaluated *p)
{
    gsc_evaluator_close(&p->evaluator);
    gsc_evaluator_close(&p->evaluator); /* closed ones are fine */
    gsc_grid_free(&p->grid);
    gsc_loaded_model_close(&p->loaded);
    free(p->logits);
    free(p->neurons);
}

/* ---- Logits ---- */

/* Mean loss of the pairs that are (not) trained on, and how many are right. */
static gsc_result
loss_of_logits(const evaluated *p, bool train)
{
    gsc_result loss = {0, 0};
    size_t n = p->grid.n, count = 0;
    bool squared = strcmp(p->loaded.model.outputs[0].target.loss, "one_hot_error") == 0;
    for (size_t i = 0; i < p->pairs; i++) {
        const double *z = p->logits + i * n;
        size_t answer = p->grid.answers[i], best = 0;
        double sum = 0, squares = 0;
        if (p->grid.train[i] != train)
            continue;
        for (size_t c = 0; c < n; c++) {
            double apart = z[c] - (c == answer);
            best = z[c] > z[best] ? c : best;
            sum += exp(z[c]);
            squares += apart * apart / (double)n;
        }
        loss.mean += squared ? squares : log(sum) - z[answer];
        loss.num_right += best == answer;
        count++;
    }
    loss.mean /= (double)count;
    return loss;
}

/* The loss that training sees, of the training pairs or of all others. */
static gsc_result
loss_of_network(const gsc_network *n, bool train)
{
    gsc_engine *engine;
    gsc_result loss[2 * GSC_MAX_TARGETS];
    const gsc_split *split = gsc_dataset_split(&n->dataset, train ? "train" : "test");
    assert_non_null(split);
    void *weights = gsc_new(gsc_graph_num_weights(n->model.graph), sizeof(double));
    assert_non_null(weights);
    gsc_graph_init_weights(n->model.graph, 1, (gsc_type)n->config.run.dtype, weights);
    gsc_batch batch = gsc_network_batch(n, split->indices, split->count);
    assert_return_ok(gsc_network_engine(n, GSC_TO_EVALUATE, split->count, &engine));
    assert_return_ok(gsc_engine_run(engine, NULL, weights, &batch, NULL, loss));
    gsc_engine_close(engine);
    free(weights);
    return loss[n->loss_roots[0]];
}

static void
the_logits_have_the_loss_that_training_sees(void **state)
{
    (void)state;
    const char *const models[] = {transformer, without_equals, delta, gromov};
    for (size_t k = 0; k < 4; k++)
        for (int type = GSC_FLOAT32; type <= GSC_FLOAT64; type++) {
            char lines[256];
            gsc_network network;
            evaluated p;
            snprintf(lines, sizeof lines, "p = 11\n%sdtype = float%d\n", models[k],
                     type == GSC_FLOAT32 ? 32 : 64);
            small_network(&network, lines);
            open_evaluated(&p, lines);
            for (int train = 0; train < 2; train++) {
                gsc_result ours = loss_of_logits(&p, train);
                gsc_result theirs = loss_of_network(&network, train);
                assert_true(theirs.mean > 0.01);
                assert_close(ours.mean / theirs.mean, 1,
                             type == GSC_FLOAT32 ? 3e-6 : 1e-13);
                assert_int_equal(ours.num_right, theirs.num_right);
            }
            gsc_network_free(&network);
            close_evaluated(&p);
        }
}

/* Gromov's solution is right for every pair: no row or column is in another's place. */
static void
the_analytic_solution_is_right_for_every_pair(void **state)
{
    (void)state;
    evaluated p;
    open_evaluated(&p,
                   "p = 11\nlayout = a b\narchitecture = gromov_mlp\nact_fn = square\n"
                   "init = analytic\nd_mlp = 400\n");
    gsc_result train = loss_of_logits(&p, true), test = loss_of_logits(&p, false);
    assert_int_equal(train.num_right + test.num_right, 121);
    close_evaluated(&p);
}

static void
an_order_moves_rows_and_columns_alone(void **state)
{
    (void)state;
    evaluated residue, logarithm;
    open_evaluated(&residue, "operation = multiply\n");
    assert_return_ok(gsc_loaded_model_open(&logarithm.loaded, path));
    evaluate_loaded_model(&logarithm, GSC_RESIDUE_ORDER_LOGARITHM);
    const uint16_t *power = logarithm.grid.residues;
    for (size_t i = 0; i < 6; i++)
        for (size_t j = 0; j < 6; j++)
            for (size_t c = 0; c < 6; c++)
                assert_close(logarithm.logits[(i * 6 + j) * 6 + c],
                             residue.logits[(power[i] * 7u + power[j]) * 7u + power[c]],
                             1e-14);
    close_evaluated(&residue);
    close_evaluated(&logarithm);
}

/* ---- Neurons ---- */

static void
neurons_are_those_behind_the_activation(void **state)
{
    (void)state;
    evaluated p;
    size_t count;
    open_evaluated(&p, gromov);
    const gsc_parameter *all = gsc_graph_parameters(p.loaded.model.graph, &count);
    const double *U = p.loaded.weights + all[0].offset;
    const double *V = p.loaded.weights + all[1].offset;
    assert_string_equal(all[0].name, "embed.W_left");
    assert_string_equal(all[1].name, "embed.W_right");
    assert_int_equal(p.evaluator.num_neurons, 12);
    for (size_t i = 0; i < 49; i++)
        for (size_t k = 0; k < 12; k++) {
            double pre = U[i / 7 * 12 + k] + V[i % 7 * 12 + k];
            assert_close(p.neurons[i * 12 + k], pre * pre, 1e-14);
        }
    close_evaluated(&p);
}

static void
logits_are_the_same_without_neurons(void **state)
{
    (void)state;
    evaluated p;
    gsc_evaluator alone;
    open_evaluated(&p, transformer);
    double *logits = reals(p.pairs * 7);
    assert_return_ok(gsc_evaluator_open(&alone, &p.loaded, &p.grid, false));
    assert_int_equal(alone.num_neurons, 0);
    assert_return_ok(gsc_evaluator_run(&alone, p.loaded.weights, NULL, logits, NULL));
    for (size_t i = 0; i < p.pairs * 7; i++)
        assert_close(logits[i], p.logits[i], 1e-14);
    gsc_evaluator_close(&alone);
    free(logits);
    close_evaluated(&p);
}

static void
a_model_without_neurons_is_refused(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_grid grid;
    gsc_evaluator evaluator;
    open_small(&loaded, "");
    loaded.model.neurons = GSC_NO_NODE;
    assert_return_ok(gsc_grid_init(&grid, &loaded, GSC_RESIDUE_ORDER_PLAIN));
    assert_fails(gsc_evaluator_open(&evaluator, &loaded, &grid, true), GSC_EARGUMENT,
                 "this model has no neurons");
    gsc_evaluator_close(&evaluator);
    assert_return_ok(gsc_evaluator_open(&evaluator, &loaded, &grid, false));
    gsc_evaluator_close(&evaluator);
    gsc_grid_free(&grid);
    gsc_loaded_model_close(&loaded);
}

/* ---- Gradients ---- */

/* The offset of W_E in the weights. */
static size_t
embedding_offset(const gsc_loaded_model *loaded)
{
    size_t count;
    const gsc_parameter *all = gsc_graph_parameters(loaded->model.graph, &count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(all[i].name, "embed.W_E") == 0)
            return all[i].offset;
    fail_msg("no embed.W_E");
    return 0;
}

/* Triples in an order in which neighbours have little in common. */
static gsc_triple
triple_at(size_t i, size_t n)
{
    size_t k = i * 1031 % (n * n * n);
    return (gsc_triple){(uint16_t)(k % n), (uint16_t)(k / n % n),
                        (uint16_t)(k / n / n)};
}

/* d logit / d W_E[token, k] of a triple, by central differences (of a smooth network).
 */
static double
slope(evaluated *p, gsc_triple t, size_t token, size_t k, double *logits)
{
    const double h = 1e-5;
    size_t n = p->grid.n, at = (t.a * n + t.b) * n + t.c;
    double *weight = p->loaded.weights + embedding_offset(&p->loaded) +
                     token * gsc_evaluator_width(&p->evaluator) + k;
    double kept = *weight, up, down;
    *weight = kept + h;
    assert_return_ok(
        gsc_evaluator_run(&p->evaluator, p->loaded.weights, NULL, logits, NULL));
    up = logits[at];
    *weight = kept - h;
    assert_return_ok(
        gsc_evaluator_run(&p->evaluator, p->loaded.weights, NULL, logits, NULL));
    down = logits[at];
    *weight = kept;
    return (up - down) / (2 * h);
}

/* A row of the embedding is that of a, of b, or of both. The answer's token after "="
 * is out of the answer's sight. */
static void
gradients_are_slopes_of_the_logits(void **state)
{
    (void)state;
    const char *const models[] = {transformer, without_equals, equation, delta};
    for (size_t m = 0; m < 4; m++) {
        evaluated p;
        gsc_triple triples[30];
        char lines[256];
        snprintf(lines, sizeof lines, "p = 5\n%sact_fn = gelu\n", models[m]);
        open_evaluated(&p, lines);
        gsc_evaluator_close(&p.evaluator);
        assert_return_ok(gsc_evaluator_open(&p.evaluator, &p.loaded, &p.grid, false));
        size_t width = gsc_evaluator_width(&p.evaluator);
        double da[30 * 8], db[30 * 8], largest = 0;
        assert_true(width > 0 && width <= 8);
        for (size_t i = 0; i < 30; i++)
            triples[i] = triple_at(i, 5);
        triples[7].b = triples[7].a;
        assert_return_ok(gsc_evaluator_gradients(&p.evaluator, p.loaded.weights, NULL,
                                                 triples, 30, da, db));
        for (size_t i = 0; i < 30; i++)
            for (size_t k = 0; k < width; k++) {
                gsc_triple t = triples[i];
                double by_a = da[i * width + k], by_b = db[i * width + k];
                if (t.a == t.b)
                    by_a = by_b = by_a + by_b;
                assert_close(by_a, slope(&p, t, t.a, k, p.logits), 1e-7);
                assert_close(by_b, slope(&p, t, t.b, k, p.logits), 1e-7);
                largest = fmax(largest, fmax(fabs(by_a), fabs(by_b)));
            }
        assert_true(largest > 1e-3); /* so that it matters */
        close_evaluated(&p);
    }
}

static void
many_triples_are_as_one_by_one(void **state)
{
    (void)state;
    enum { COUNT = 4096 + 900 };
    evaluated p;
    open_evaluated(&p, "p = 17\nd_model = 4\nd_mlp = 4\nn_heads = 1\n");
    size_t width = gsc_evaluator_width(&p.evaluator);
    gsc_triple *triples = gsc_new(COUNT, sizeof *triples);
    double *da = reals(COUNT * width), *db = reals(COUNT * width), a[4], b[4];
    assert_true(triples && width == 4);
    for (size_t i = 0; i < COUNT; i++)
        triples[i] = triple_at(i, 17);
    assert_return_ok(gsc_evaluator_gradients(&p.evaluator, p.loaded.weights, NULL,
                                             triples, COUNT, da, db));
    for (size_t i = 0; i < COUNT; i += i < 4000 || i > 4200 ? 13 : 1) {
        assert_return_ok(gsc_evaluator_gradients(&p.evaluator, p.loaded.weights, NULL,
                                                 triples + i, 1, a, b));
        for (size_t k = 0; k < width; k++) {
            assert_close(da[i * width + k], a[k], 1e-13);
            assert_close(db[i * width + k], b[k], 1e-13);
        }
    }
    assert_return_ok(gsc_evaluator_gradients(&p.evaluator, p.loaded.weights, NULL,
                                             triples, 0, a, b));
    free(triples);
    free(da);
    free(db);
    close_evaluated(&p);
}

static void
operands_with_tables_of_their_own_have_no_gradients(void **state)
{
    (void)state;
    evaluated p;
    gsc_triple triple = {1, 2, 3};
    double da[16], db[16];
    open_evaluated(&p, gromov);
    assert_int_equal(gsc_evaluator_width(&p.evaluator), 0);
    assert_fails(gsc_evaluator_gradients(&p.evaluator, p.loaded.weights, NULL, &triple,
                                         1, da, db),
                 GSC_EARGUMENT, "this model has no embedding that its operands share");
    close_evaluated(&p);
}

/* ---- Threads ---- */

static void
threads_change_no_bit(void **state)
{
    (void)state;
    enum { TRIPLES = 1500 };
    evaluated p;
    open_evaluated(&p, "p = 31\nact_fn = gelu\n");
    size_t width = gsc_evaluator_width(&p.evaluator), gradients = TRIPLES * width;
    size_t sizes[] = {p.pairs * 31, p.pairs * p.evaluator.num_neurons, gradients,
                      gradients};
    gsc_triple *triples = gsc_new(TRIPLES, sizeof *triples);
    assert_non_null(triples);
    for (size_t i = 0; i < TRIPLES; i++)
        triples[i] = triple_at(i, 31);
    double *found[4][4];
    for (size_t count = 0; count < 4; count++) {
        gsc_threads *threads = NULL;
        for (size_t k = 0; k < 4; k++)
            found[count][k] = reals(sizes[k]);
        double **f = found[count];
        if (count > 0)
            assert_return_ok(gsc_threads_open(&threads, count));
        assert_return_ok(
            gsc_evaluator_run(&p.evaluator, p.loaded.weights, threads, f[0], f[1]));
        assert_return_ok(gsc_evaluator_gradients(
            &p.evaluator, p.loaded.weights, threads, triples, TRIPLES, f[2], f[3]));
        gsc_threads_close(threads);
    }
    for (size_t count = 0; count < 4; count++)
        for (size_t k = 0; k < 4; k++)
            if (memcmp(found[count][k], found[1][k], sizes[k] * sizeof(double)) != 0)
                fail_msg("array %zu differs with %zu threads", k, count);
    for (size_t i = 0; i < 16; i++)
        free(found[i / 4][i % 4]);
    free(triples);
    close_evaluated(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(the_logits_have_the_loss_that_training_sees),
        IN_FOLDER(the_analytic_solution_is_right_for_every_pair),
        IN_FOLDER(an_order_moves_rows_and_columns_alone),
        IN_FOLDER(neurons_are_those_behind_the_activation),
        IN_FOLDER(logits_are_the_same_without_neurons),
        IN_FOLDER(a_model_without_neurons_is_refused),
        IN_FOLDER(gradients_are_slopes_of_the_logits),
        IN_FOLDER(many_triples_are_as_one_by_one),
        IN_FOLDER(operands_with_tables_of_their_own_have_no_gradients),
        IN_FOLDER(threads_change_no_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
