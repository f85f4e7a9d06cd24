/* Scores of single weights, against closed forms and independent sums. */
#include "analyze/network/loss/prunable.h"

#include "loaded_model_fixture.h"

#include <stdlib.h>

/* A softmax regression of two-hot vectors: logits = W_a + W_{p+b}. */
#define REGRESSION                                                 \
    "architecture = token_mlp\nlayout = a b\noperands = one_hot\n" \
    "unembed_bias = absent\np = 5\n"

static void
open_regression(gsc_loaded_model *loaded)
{
    gsc_network network;
    gsc_config config = small_config(REGRESSION);
    assert_return_ok(gsc_config_set(&config, "hidden", ""));
    assert_return_ok(gsc_network_init(&network, &config));
    write_network(path, &network, 0, 1);
    gsc_network_free(&network);
    assert_return_ok(gsc_loaded_model_open(loaded, path));
}

enum { P = 5, ROWS = 2 * P };

/* The rows of W that an example of the training split adds up. */
static void
rows_of(const gsc_loaded_model *loaded, size_t example, size_t rows[2])
{
    const gsc_field *tokens = gsc_dataset_find(&loaded->checkpoint.dataset, GSC_TOKENS);
    const uint16_t *t = (const uint16_t *)tokens->data + 2 * example;
    rows[0] = t[0];
    rows[1] = (size_t)P + t[1];
}

static void
softmax(const double *W, const size_t rows[2], double q[P])
{
    double sum = 0;
    for (size_t c = 0; c < P; c++)
        sum += q[c] = exp(W[rows[0] * P + c] + W[rows[1] * P + c]);
    for (size_t c = 0; c < P; c++)
        q[c] /= sum;
}

/* g = mean x (q - 1_label)', or with `along` [ROWS, P] the Hessian's product
 * mean x ((diag q - q q') along' x)'. */
static void
regress(const gsc_loaded_model *loaded, const double *along, double out[ROWS * P])
{
    const gsc_split *train = gsc_dataset_split(&loaded->checkpoint.dataset, "train");
    memset(out, 0, ROWS * P * sizeof *out);
    for (size_t i = 0; i < train->count; i++) {
        size_t rows[2], label;
        double q[P], d[P], mean = 0;
        rows_of(loaded, train->indices[i], rows);
        softmax(loaded->weights, rows, q);
        label = (size_t)gsc_loaded_model_label(loaded, train->indices[i]);
        for (size_t c = 0; along && c < P; c++)
            mean += q[c] * (along[rows[0] * P + c] + along[rows[1] * P + c]);
        for (size_t c = 0; c < P; c++)
            d[c] =
                !along
                    ? q[c] - (c == label)
                    : q[c] * (along[rows[0] * P + c] + along[rows[1] * P + c] - mean);
        for (size_t r = 0; r < 2; r++)
            for (size_t c = 0; c < P; c++)
                out[rows[r] * P + c] += d[c] / (double)train->count;
    }
}

static void
score(const gsc_loaded_model *loaded, gsc_prune_score by, uint64_t seed, double *scores)
{
    gsc_prunable prunable;
    assert_return_ok(gsc_prunable_init(&prunable, loaded));
    assert_return_ok(
        gsc_prunable_score(&prunable, loaded, loaded->weights, by, seed, NULL, scores));
    gsc_prunable_free(&prunable);
}

static void
gradients_score_as_softmax_regression_says(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    double g[ROWS * P], Hg[ROWS * P], snip[ROWS * P], grasp[ROWS * P], most = 0;
    open_regression(&loaded);
    assert_int_equal(loaded.num_tensors, 1); /* whose numbers begin the flat array */
    assert_return_ok(gsc_loaded_model_data(&loaded));
    regress(&loaded, NULL, g);
    regress(&loaded, g, Hg);
    score(&loaded, GSC_PRUNE_SNIP, 0, snip);
    score(&loaded, GSC_PRUNE_GRASP, 0, grasp);
    for (size_t i = 0; i < ROWS * P; i++) {
        double w = loaded.weights[i];
        most = fmax(most, fabs(w * Hg[i]));
        assert_close(snip[i], fabs(g[i] * w), 1e-14);
        assert_close(grasp[i], w * Hg[i], 1e-9);
    }
    assert_true(most > 1e-3); /* so that the bound above says something */
    gsc_loaded_model_close(&loaded);
}

static void
magnitudes_are_absolute_values_of_matrices_alone(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_prunable prunable;
    open_small(&loaded, "architecture = token_mlp\nlayout = a b\nhidden = 6\n");
    assert_return_ok(gsc_prunable_init(&prunable, &loaded));
    assert_int_equal(prunable.num_matrices, 3);
    assert_int_equal(prunable.count, 7 * 8 + 16 * 6 + 6 * 7); /* and no biases */
    double *scores = gsc_new(prunable.count, sizeof *scores);
    assert_non_null(scores);
    score(&loaded, GSC_PRUNE_MAGNITUDE, 0, scores);
    const gsc_tensor *W = gsc_loaded_model_tensor(&loaded, "linear1.W");
    for (size_t i = 0; i < 16 * 6; i++)
        assert_true(scores[7 * 8 + i] == fabs(((double *)W->data)[i]));
    free(scores);
    gsc_prunable_free(&prunable);
    gsc_loaded_model_close(&loaded);
}

static void
random_scores_follow_their_seed(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    double a[ROWS * P], b[ROWS * P], c[ROWS * P];
    open_regression(&loaded);
    score(&loaded, GSC_PRUNE_RANDOM, 3, a);
    score(&loaded, GSC_PRUNE_RANDOM, 3, b);
    score(&loaded, GSC_PRUNE_RANDOM, 4, c);
    assert_memory_equal(a, b, sizeof a);
    assert_memory_not_equal(a, c, sizeof a);
    gsc_loaded_model_close(&loaded);
}

/* R by its own definition: of token_mlp both embeddings stand side by side. */
static double
flow_of(const double *E, const double *W, const double *U)
{
    double R = 0;
    for (size_t token = 0; token < 7; token++)
        for (size_t d = 0; d < 16; d++)
            for (size_t h = 0; h < 6; h++)
                for (size_t c = 0; c < 7; c++)
                    R += fabs(E[token * 8 + d % 8] * W[d * 6 + h] * U[h * 7 + c]);
    return R;
}

static void
flow_is_what_a_weight_adds_to_the_product_of_all(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    double scores[7 * 8 + 16 * 6 + 6 * 7], sums[3] = {0};
    const size_t sizes[] = {7 * 8, 16 * 6, 6 * 7};
    open_small(&loaded, "architecture = token_mlp\nlayout = a b\nhidden = 6\n");
    double *E = gsc_loaded_model_tensor(&loaded, "embed.W_E")->data;
    double *W = gsc_loaded_model_tensor(&loaded, "linear1.W")->data;
    double *U = gsc_loaded_model_tensor(&loaded, "linear2.W")->data;
    double *const tensors[] = {E, W, U}, all = flow_of(E, W, U);
    score(&loaded, GSC_PRUNE_SYNFLOW, 0, scores);
    for (size_t k = 0, at = 0; k < 3; k++)
        for (size_t i = 0; i < sizes[k]; i++, at++) {
            double w = tensors[k][i];
            tensors[k][i] = 0; /* R is linear in |w| */
            assert_close(scores[at] / all, (all - flow_of(E, W, U)) / all, 1e-13);
            tensors[k][i] = w;
            sums[k] += scores[at];
        }
    for (size_t k = 0; k < 3; k++) /* what flows in flows out */
        assert_close(sums[k] / all, 1, 1e-13);
    gsc_loaded_model_close(&loaded);
}

static void
flow_of_other_networks_is_refused(void **state)
{
    (void)state;
    static const char *const lines[][2] = {
        {"layout = a b =\n", "but this is another network"},
        {"architecture = token_mlp\nlayout = a b\nhidden = 6\nresidual = yes\n",
         "but this network has residual layers"},
        {"architecture = token_mlp\nlayout = a b\nhidden = 6\nown_embeddings = yes\n",
         "but this network has two embeddings"}};
    for (size_t i = 0; i < 3; i++) {
        gsc_loaded_model loaded;
        gsc_prunable prunable;
        double scores[4096];
        open_small(&loaded, lines[i][0]);
        assert_return_ok(gsc_prunable_init(&prunable, &loaded));
        assert_fails(gsc_prunable_score(&prunable, &loaded, loaded.weights,
                                        GSC_PRUNE_SYNFLOW, 0, NULL, scores),
                     GSC_EARGUMENT, lines[i][1]);
        gsc_prunable_free(&prunable);
        gsc_loaded_model_close(&loaded);
    }
}

/* A matrix of small numbers loses most of them to a global share, none more to its own.
 */
static void
the_scope_is_all_matrices_or_each(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_prunable prunable;
    open_small(&loaded, "architecture = token_mlp\nlayout = a b\nhidden = 6\n");
    assert_return_ok(gsc_prunable_init(&prunable, &loaded));
    double scores[7 * 8 + 16 * 6 + 6 * 7];
    bool mask[7 * 8 + 16 * 6 + 6 * 7];
    for (size_t i = 0; i < prunable.count; i++)
        scores[i] = i < 56 ? 1 + (double)i : 1e-3 * (double)i;
    for (int by_layer = 0; by_layer < 2; by_layer++) {
        size_t of_first = 0, all = 0;
        assert_return_ok(gsc_prunable_select(&prunable, scores, 0.5, by_layer, mask));
        for (size_t i = 0; i < prunable.count; i++) {
            all += mask[i];
            of_first += i < 56 && mask[i];
        }
        assert_int_equal(all, prunable.count / 2);
        assert_int_equal(of_first, by_layer ? 28 : 56);
    }
    gsc_prunable_free(&prunable);
    gsc_loaded_model_close(&loaded);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_RUN(gradients_score_as_softmax_regression_says),
        IN_RUN(magnitudes_are_absolute_values_of_matrices_alone),
        IN_RUN(random_scores_follow_their_seed),
        IN_RUN(flow_is_what_a_weight_adds_to_the_product_of_all),
        IN_RUN(flow_of_other_networks_is_refused),
        IN_RUN(the_scope_is_all_matrices_or_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
