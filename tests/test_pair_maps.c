/* Pair maps of small networks: what is condensed is what the network says. */
#include "analyze/compare/pair_maps.h"
#include "analyze/network/pairs/pair_outputs.h"
#include "analyze/network/part/attention.h"
#include "loaded_model_fixture.h"

static const double two_pi = 6.283185307179586476925;

/* Function `which` of frequency k at (a, b). */
static double
basis(size_t which, size_t k, size_t a, size_t b, size_t n)
{
    double x = two_pi * (double)(k * a) / (double)n;
    double y = two_pi * (double)(k * b) / (double)n;
    const double values[GSC_PAIR_MAPS_BASIS] = {
        cos(x),          sin(x),          cos(y),          sin(y),
        cos(x) * cos(y), cos(x) * sin(y), sin(x) * cos(y), sin(x) * sin(y)};
    return values[which];
}

/* What the pair maps says of a logit. */
static double
from_panorama(const gsc_pair_maps *p, size_t a, size_t b, size_t c)
{
    double sum = (double)p->mean[c];
    for (size_t k = 1; 2 * k < p->n; k++)
        for (size_t i = 0; i < GSC_PAIR_MAPS_BASIS; i++)
            sum += (double)p->coefficients[(k * GSC_PAIR_MAPS_BASIS + i) * p->n + c] *
                   basis(i, k, a, b, p->n);
    return sum;
}

/* Modulo 3 there is one frequency: nothing is of two at once. */
static void
one_frequency_is_all_there_is(void **state)
{
    gsc_loaded_model loaded;
    gsc_pair_outputs pair_outputs;
    gsc_pair_maps p;
    (void)state;
    open_small(&loaded, "p = 3\ntrain_fraction = 0.7\n");
    assert_return_ok(
        gsc_pair_outputs_init(&pair_outputs, &loaded, GSC_RESIDUE_ORDER_PLAIN, false));
    assert_return_ok(gsc_pair_outputs_run(&pair_outputs, loaded.weights, NULL));
    assert_return_ok(gsc_pair_maps_init(&p, &loaded, GSC_RESIDUE_ORDER_PLAIN, NULL));
    for (size_t a = 0; a < 3; a++)
        for (size_t b = 0; b < 3; b++)
            for (size_t c = 0; c < 3; c++)
                assert_close(from_panorama(&p, a, b, c),
                             pair_outputs.logits[(a * 3 + b) * 3 + c], 1e-6);
    assert_close((double)p.share[1], 1, 1e-6);
    for (size_t i = 0; i < 9; i++)
        assert_int_equal(p.answers[i], (i / 3 + i % 3) % 3);
    gsc_pair_maps_free(&p);
    gsc_pair_outputs_free(&pair_outputs);
    gsc_loaded_model_close(&loaded);
}

/* Coefficients are projections; what is left of the logits has none of k. */
static void
coefficients_are_projections(void **state)
{
    gsc_loaded_model loaded;
    gsc_pair_outputs pair_outputs;
    gsc_pair_maps p;
    double power = 0, varying = 0, shares = 0;
    (void)state;
    open_small(&loaded, "");
    assert_return_ok(
        gsc_pair_outputs_init(&pair_outputs, &loaded, GSC_RESIDUE_ORDER_PLAIN, true));
    assert_return_ok(gsc_pair_outputs_run(&pair_outputs, loaded.weights, NULL));
    assert_return_ok(gsc_pair_maps_init(&p, &loaded, GSC_RESIDUE_ORDER_PLAIN, NULL));
    size_t n = p.n, m = p.num_neurons;
    for (size_t k = 1; 2 * k < n; k++)
        for (size_t i = 0; i < GSC_PAIR_MAPS_BASIS; i++)
            for (size_t c = 0; c < n; c++) {
                double dot = 0, norm = 0;
                for (size_t at = 0; at < n * n; at++) {
                    double x = basis(i, k, at / n, at % n, n);
                    dot += x * pair_outputs.logits[at * n + c];
                    norm += x * x;
                }
                assert_close((double)p.coefficients[(k * 8 + i) * n + c], dot / norm,
                             1e-6);
            }
    for (size_t i = 0; i < n * n; i++) { /* Parseval, of what softmax sees */
        double mean = 0;
        for (size_t c = 0; c < n; c++)
            mean += pair_outputs.logits[i * n + c] / (double)n;
        for (size_t c = 0; c < n; c++)
            power += pow(pair_outputs.logits[i * n + c] - mean, 2);
        varying += (double)p.norm[i] * (double)p.norm[i];
    }
    assert_close(varying, power, 1e-5 * power);
    for (size_t k = 0; k < p.count; k++)
        shares += (double)p.share[k];
    assert_true(shares > 0.1 && shares < 1);
    assert_int_equal(m, 12);
    for (size_t i = 0; i < m; i++)
        for (size_t a = 0; a < n; a++) {
            double mean = 0;
            for (size_t b = 0; b < n; b++)
                mean += ((const double *)pair_outputs.neurons)[(a * n + b) * m + i];
            assert_close((double)p.profiles[i * n + a], mean / (double)n, 1e-6);
        }
    gsc_pair_maps_free(&p);
    gsc_pair_outputs_free(&pair_outputs);
    gsc_loaded_model_close(&loaded);
}

/* ---- Attention ---- */

/* Scores of one layer without norms and positions are those of a view. */
static void
attention_is_the_softmax_of_scores(void **state)
{
    gsc_loaded_model loaded;
    gsc_attention attention;
    gsc_matrix scores;
    (void)state;
    open_small(&loaded, "positional_embedding_type = none\n");
    assert_true(gsc_attention_is_there(&loaded));
    assert_return_ok(
        gsc_attention_init(&attention, &loaded, GSC_RESIDUE_ORDER_PLAIN, NULL));
    assert_return_ok(gsc_loaded_model_view(&loaded, GSC_VIEW_HEAD_SCORES,
                                           GSC_RESIDUE_ORDER_PLAIN, &scores));
    size_t n = 7;
    assert_int_equal(attention.n, n);
    assert_int_equal(attention.heads, 2);
    assert_int_equal(attention.n_ctx, 3);
    assert_int_equal(scores.rows, 2 * n);
    for (size_t h = 0; h < 2; h++)
        for (size_t i = 0; i < n * n; i++) {
            const float *w = attention.weight + h * 3 * n * n + i;
            double a = scores.data[(h * n + i / n) * scores.cols];
            double b = scores.data[(h * n + i % n) * scores.cols];
            assert_close((double)(w[0] + w[n * n] + w[2 * n * n]), 1, 1e-6);
            assert_close(log((double)(w[0] / w[n * n])), a - b, 1e-5);
        }
    gsc_matrix_free(&scores);
    gsc_attention_free(&attention);
    gsc_loaded_model_close(&loaded);
}

static void
a_network_without_attention_is_refused(void **state)
{
    gsc_loaded_model loaded;
    gsc_attention attention;
    (void)state;
    open_small(&loaded, "architecture = gromov_mlp\nlayout = a b\n");
    assert_false(gsc_attention_is_there(&loaded));
    assert_fails(gsc_attention_init(&attention, &loaded, GSC_RESIDUE_ORDER_PLAIN, NULL),
                 GSC_EARGUMENT, "this model has no attention");
    gsc_loaded_model_close(&loaded);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(one_frequency_is_all_there_is),
        IN_FOLDER(coefficients_are_projections),
        IN_FOLDER(attention_is_the_softmax_of_scores),
        IN_FOLDER(a_network_without_attention_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
