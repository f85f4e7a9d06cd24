/* The filters of Grokfast (Lee et al., arXiv 2405.20233): what they answer to impulses,
 * and what they do to the spectrum of a real training's gradients. */
#include "optimizer_fixture.h"

#include "grokscope/dft.h"
#include "grokscope/network.h"

#include <complex.h>

/* ---- Impulses ---- */

/* The response to a gradient of 1 at update k is that and lambda (1 - alpha) alpha^j;
 * for k = 0, where the average begins with the first gradient, lambda alpha^j. */
static void
the_average_answers_an_impulse_with_powers_of_alpha(void **state)
{
    (void)state;
    for (int64_t k = 0; k < 4; k += 3)
        for (int normalize = 0; normalize < 2; normalize++) {
            fixture f;
            open_filter(&f, GSC_FLOAT64,
                        normalize ? "grokfast_ema alpha 0.75 lambda 3 normalize yes"
                                  : "grokfast_ema alpha 0.75 lambda 3");
            double scale = normalize ? 0.25 : 1, share = k == 0 ? 1 : 0.25;
            for (int64_t t = 0; t < 30; t++) {
                double h = t < k ? 0 : 3 * share * pow(0.75, (double)(t - k));
                assert_close(filtered(&f, t, t == k, f.parameters[0].offset),
                             scale * ((t == k) + h), 4e-16);
            }
            fixture_close(&f);
        }
}

/* The Fourier transform of the impulse response, its tail cut at 1e-15. */
static void
the_average_has_the_papers_transfer_function(void **state)
{
    (void)state;
    enum { STEPS = 150 };
    fixture f;
    double h[STEPS];
    open_filter(&f, GSC_FLOAT64, "grokfast_ema alpha 0.8 lambda 2");
    filtered(&f, 0, 0, 0);
    for (int t = 0; t < STEPS; t++)
        h[t] = filtered(&f, t + 1, t == 0, f.parameters[2].offset);
    for (double w = 0; w < 3.2; w += 0.1) {
        double complex sum = 0;
        for (int t = 0; t < STEPS; t++)
            sum += h[t] * cexp(-I * w * t);
        double complex expected = 1 + 2 * (1 - 0.8) / (1 - 0.8 * cexp(-I * w));
        assert_close(cabs(sum - expected), 0, 1e-13);
    }
    fixture_close(&f);
}

/* lambda / window for as many updates as the window has, and then exactly nothing. */
static void
the_mean_answers_an_impulse_with_a_box(void **state)
{
    (void)state;
    for (int64_t k = 0; k < 20; k += 3) {
        fixture f;
        open_filter(&f, GSC_FLOAT64, "grokfast_ma window 8 lambda 4");
        for (int64_t t = 0; t < 40; t++) {
            double h = t >= k && t < k + 8 && t >= 7 ? 0.5 : 0; /* after the warm-up */
            assert_true(filtered(&f, t, t == k, 3) == (t == k) + h);
        }
        fixture_close(&f);
    }
}

static void
the_mean_has_the_papers_transfer_function(void **state)
{
    (void)state;
    enum { WINDOW = 8 };
    fixture f;
    double h[WINDOW];
    open_filter(&f, GSC_FLOAT64, "grokfast_ma window 8 lambda 4");
    for (int t = 0; t < 20; t++)
        filtered(&f, t, 0, 0);
    for (int t = 0; t < WINDOW; t++)
        h[t] = filtered(&f, 20 + t, t == 0, 0) - (t == 0);
    for (double w = 0.05; w < 3.2; w += 0.1) {
        double complex sum = 0;
        for (int t = 0; t < WINDOW; t++)
            sum += h[t] * cexp(-I * w * t);
        double complex expected = 4 * sin(w * WINDOW / 2) / (WINDOW * sin(w / 2)) *
                                  cexp(-I * w * (WINDOW - 1) / 2);
        assert_close(cabs(sum - expected), 0, 1e-14);
    }
    fixture_close(&f);
}

/* H(0) = lambda, so a gradient that never changes comes out 1 + lambda times. */
static void
filters_tell_their_gain_for_slow_gradients(void **state)
{
    (void)state;
    static const struct {
        const char *filters;
        double gain;
    } cases[] = {
        {"", 1},
        {"clip", 1},
        {"grokfast_ema lambda 2", 3},
        {"grokfast_ema alpha 0.5 lambda 2 normalize yes", 1},
        {"grokfast_ma window 3 lambda 5", 6},
        {"grokfast_ema alpha 0.5 lambda 2, grokfast_ma window 3 lambda 5", 18}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fixture f;
        double gain, last = 0;
        open_filter(&f, GSC_FLOAT64, cases[i].filters);
        assert_return_ok(gsc_optimizer_slow_gain(&f.config, NULL, &gain));
        assert_close(gain, cases[i].gain, 0);
        for (int64_t t = 0; t < 60; t++)
            last = filtered(&f, t, 1e-4, 0);
        assert_close(last / 1e-4, gain, 1e-12);
        fixture_close(&f);
    }
}

/* Without warm-up the mean is of what is there; a huge gradient leaves no trace once
 * it has left the window and a round is over. */
static void
the_mean_is_that_of_the_window(void **state)
{
    (void)state;
    enum { STEPS = 100, WINDOW = 7 };
    double g[STEPS];
    fixture f;
    open_filter(&f, GSC_FLOAT32,
                "grokfast_ma window 7 lambda 2 warmup no normalize yes");
    for (int t = 0; t < STEPS; t++) {
        g[t] = t == 30 ? 1e15 : (double)(float)sin(3.0 * t);
        double sum = 0, size = 0;
        int first = t - WINDOW + 1 > 0 ? t - WINDOW + 1 : 0;
        for (int s = first; s <= t; s++) {
            sum += g[s];
            size = fmax(size, fabs(g[s]));
        }
        double expected = (g[t] + 2 * sum / (t - first + 1)) / 3;
        if (t < 30 || t >= 30 + 2 * WINDOW)
            assert_close(filtered(&f, t, g[t], 0), expected, 1e-7);
        else
            filtered(&f, t, g[t], 0);
    }
    fixture_close(&f);
}

/* ---- A training's gradients ----
 *
 *     spectrum(filtered) / spectrum(gradient) = 1 + H(w)
 *
 * The gradients of one weight are recorded over a training; the filter then gets them
 * over and over, until it has forgotten how it began, so that its answer has their
 * period and FFTW's spectra are exact. */

enum { PERIOD = 64, BINS = PERIOD / 2 + 1, ROUNDS = 8, WATCHED = 40 };

/* Gradients of one weight over PERIOD updates of a student, by gradient descent. */
static void
record(double gradients[PERIOD])
{
    gsc_network network;
    gsc_engine *engine;
    gsc_config config;
    assert_return_ok(gsc_config_default(&config));
    const char *const set[][2] = {
        {"task", "teacher_student"}, {"architecture", "mlp"}, {"dtype", "float64"}};
    for (size_t i = 0; i < sizeof set / sizeof *set; i++)
        assert_return_ok(gsc_config_set(&config, set[i][0], set[i][1]));
    assert_return_ok(gsc_network_init(&network, &config));
    const gsc_split *train = &network.dataset.splits[0];
    assert_return_ok(gsc_network_engine(&network, GSC_TO_TRAIN, train->count, &engine));
    size_t n = gsc_graph_num_weights(network.model.graph);
    double *weights = gsc_new(n, sizeof *weights);
    assert_non_null(weights);
    gsc_graph_init_weights(network.model.graph, 0, GSC_FLOAT64, weights);
    gsc_batch batch = gsc_network_batch(&network, train->indices, train->count);
    for (size_t t = 0; t < PERIOD; t++) {
        assert_return_ok(gsc_engine_run(engine, NULL, weights, &batch, NULL, NULL));
        const double *gradient = gsc_engine_gradient(engine);
        gradients[t] = gradient[WATCHED];
        for (size_t i = 0; i < n; i++)
            weights[i] -= 0.1 * gradient[i];
    }
    free(weights);
    gsc_engine_close(engine);
    gsc_network_free(&network);
}

/* The last of ROUNDS answers to the gradients. */
static void
filter(const char *filters, const double gradients[PERIOD], double answers[PERIOD])
{
    fixture f;
    open_filter(&f, GSC_FLOAT64, filters);
    for (int64_t t = 0; t < ROUNDS * PERIOD; t++)
        answers[t % PERIOD] = filtered(&f, t, gradients[t % PERIOD], 0);
    fixture_close(&f);
}

static double complex
average(double w)
{
    return 2 * (1 - 0.9) / (1 - 0.9 * cexp(-I * w));
}

static double complex
box(double w)
{
    enum { WINDOW = 20 };
    if (w < 1e-9)
        return 5;
    return 5 * sin(w * WINDOW / 2) / (WINDOW * sin(w / 2)) *
           cexp(-I * w * (WINDOW - 1) / 2);
}

static void
check(const char *filters, double complex (*response)(double w), double scale)
{
    double gradients[PERIOD], answers[PERIOD], re[2][BINS], im[2][BINS];
    record(gradients);
    filter(filters, gradients, answers);
    assert_return_ok(gsc_dft_columns(gradients, PERIOD, 1, re[0], im[0]));
    assert_return_ok(gsc_dft_columns(answers, PERIOD, 1, re[1], im[1]));
    for (size_t k = 0; k < BINS; k++) {
        double complex before = re[0][k] + I * im[0][k],
                       after = re[1][k] + I * im[1][k];
        double complex expected = scale * (1 + response(2 * M_PI * (double)k / PERIOD));
        assert_true(cabs(before) > 0);
        assert_close(cabs(after / before - expected), 0, 1e-9);
    }
}

static void
the_average_passes_slow_gradients(void **state)
{
    (void)state;
    check("grokfast_ema alpha 0.9 lambda 2", average, 1);
    check("grokfast_ema alpha 0.9 lambda 2 normalize yes", average, 1. / 3);
}

static void
the_mean_passes_what_is_slower_than_its_window(void **state)
{
    (void)state;
    check("grokfast_ma window 20 lambda 5", box, 1);
    check("grokfast_ma window 20 lambda 5 normalize yes", box, 1. / 6);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_average_answers_an_impulse_with_powers_of_alpha),
        cmocka_unit_test(the_average_has_the_papers_transfer_function),
        cmocka_unit_test(the_mean_answers_an_impulse_with_a_box),
        cmocka_unit_test(the_mean_has_the_papers_transfer_function),
        cmocka_unit_test(filters_tell_their_gain_for_slow_gradients),
        cmocka_unit_test(the_mean_is_that_of_the_window),
        cmocka_unit_test(the_average_passes_slow_gradients),
        cmocka_unit_test(the_mean_passes_what_is_slower_than_its_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
