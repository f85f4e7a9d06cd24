/* Panoramas of small networks: what is condensed is what the network says. */
#include "analyze/compare/panorama.h"
#include "analyze/network/attention.h"
#include "analyze/network/replies.h"
#include "subject_fixture.h"

static const double two_pi = 6.283185307179586476925;

/* Function `which` of frequency k at (a, b). */
static double
basis(size_t which, size_t k, size_t a, size_t b, size_t n)
{
    double x = two_pi * (double)(k * a) / (double)n;
    double y = two_pi * (double)(k * b) / (double)n;
    const double values[GSC_PANORAMA_BASIS] = {
        cos(x),          sin(x),          cos(y),          sin(y),
        cos(x) * cos(y), cos(x) * sin(y), sin(x) * cos(y), sin(x) * sin(y)};
    return values[which];
}

/* What the panorama says of a logit. */
static double
from_panorama(const gsc_panorama *p, size_t a, size_t b, size_t c)
{
    double sum = (double)p->mean[c];
    for (size_t k = 1; 2 * k < p->n; k++)
        for (size_t i = 0; i < GSC_PANORAMA_BASIS; i++)
            sum += (double)p->coefficients[(k * GSC_PANORAMA_BASIS + i) * p->n + c] *
                   basis(i, k, a, b, p->n);
    return sum;
}

/* Modulo 3 there is one frequency: nothing is of two at once. */
static void
one_frequency_is_all_there_is(void **state)
{
    gsc_subject subject;
    gsc_replies replies;
    gsc_panorama p;
    (void)state;
    open_small(&subject, "p = 3\ntrain_fraction = 0.7\n");
    assert_return_ok(gsc_replies_init(&replies, &subject, GSC_ORDER_RESIDUE, false));
    assert_return_ok(gsc_replies_ask(&replies, subject.weights, NULL));
    assert_return_ok(gsc_panorama_init(&p, &subject, GSC_ORDER_RESIDUE, NULL));
    for (size_t a = 0; a < 3; a++)
        for (size_t b = 0; b < 3; b++)
            for (size_t c = 0; c < 3; c++)
                assert_close(from_panorama(&p, a, b, c),
                             replies.logits[(a * 3 + b) * 3 + c], 1e-6);
    assert_close((double)p.share[1], 1, 1e-6);
    for (size_t i = 0; i < 9; i++)
        assert_int_equal(p.answers[i], (i / 3 + i % 3) % 3);
    gsc_panorama_free(&p);
    gsc_replies_free(&replies);
    gsc_subject_close(&subject);
}

/* Coefficients are projections; what is left of the logits has none of k. */
static void
coefficients_are_projections(void **state)
{
    gsc_subject subject;
    gsc_replies replies;
    gsc_panorama p;
    double power = 0, varying = 0, shares = 0;
    (void)state;
    open_small(&subject, "");
    assert_return_ok(gsc_replies_init(&replies, &subject, GSC_ORDER_RESIDUE, true));
    assert_return_ok(gsc_replies_ask(&replies, subject.weights, NULL));
    assert_return_ok(gsc_panorama_init(&p, &subject, GSC_ORDER_RESIDUE, NULL));
    size_t n = p.n, m = p.num_neurons;
    for (size_t k = 1; 2 * k < n; k++)
        for (size_t i = 0; i < GSC_PANORAMA_BASIS; i++)
            for (size_t c = 0; c < n; c++) {
                double dot = 0, norm = 0;
                for (size_t at = 0; at < n * n; at++) {
                    double x = basis(i, k, at / n, at % n, n);
                    dot += x * replies.logits[at * n + c];
                    norm += x * x;
                }
                assert_close((double)p.coefficients[(k * 8 + i) * n + c], dot / norm,
                             1e-6);
            }
    for (size_t i = 0; i < n * n; i++) { /* Parseval, of what softmax sees */
        double mean = 0;
        for (size_t c = 0; c < n; c++)
            mean += replies.logits[i * n + c] / (double)n;
        for (size_t c = 0; c < n; c++)
            power += pow(replies.logits[i * n + c] - mean, 2);
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
                mean += ((const double *)replies.neurons)[(a * n + b) * m + i];
            assert_close((double)p.waves[i * n + a], mean / (double)n, 1e-6);
        }
    gsc_panorama_free(&p);
    gsc_replies_free(&replies);
    gsc_subject_close(&subject);
}

/* ---- Attention ---- */

/* Scores of one layer without norms and positions are those of a view. */
static void
attention_is_the_softmax_of_scores(void **state)
{
    gsc_subject subject;
    gsc_attention attention;
    gsc_matrix scores;
    (void)state;
    open_small(&subject, "positional_embedding_type = none\n");
    assert_true(gsc_attention_is_there(&subject));
    assert_return_ok(gsc_attention_init(&attention, &subject, GSC_ORDER_RESIDUE, NULL));
    assert_return_ok(
        gsc_subject_view(&subject, GSC_VIEW_HEAD_SCORES, GSC_ORDER_RESIDUE, &scores));
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
    gsc_subject_close(&subject);
}

static void
a_network_without_attention_is_refused(void **state)
{
    gsc_subject subject;
    gsc_attention attention;
    (void)state;
    open_small(&subject, "architecture = gromov\nlayout = a b\n");
    assert_false(gsc_attention_is_there(&subject));
    assert_fails(gsc_attention_init(&attention, &subject, GSC_ORDER_RESIDUE, NULL),
                 GSC_EARGUMENT, "this model has no attention");
    gsc_subject_close(&subject);
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
