/* What the filters of Grokfast do to the spectrum of a real training's gradients:
 *
 *     spectrum(filtered) / spectrum(gradient) = 1 + H(w)
 *
 * with H of Lee et al. (arXiv 2405.20233). The gradients of one weight are recorded
 * over a training; the filter then gets them over and over, until it has forgotten how
 * it began, so that its answer has their period and FFTW's spectra are exact. */
#include "optimizer_fixture.h"

#include "grokscope/dft.h"
#include "grokscope/network.h"

#include <complex.h>
#include <stdio.h>

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
filter(const char *filters, const double gradients[PERIOD], double filtered[PERIOD])
{
    fixture f;
    fixture_open(&f, GSC_FLOAT64);
    snprintf(f.config.optimizer, sizeof f.config.optimizer, "sgd");
    snprintf(f.config.filters, sizeof f.config.filters, "%s", filters);
    f.config.learning_rate = 1;
    f.config.weight_decay = 0;
    memset(f.weights, 0, f.num_weights * sizeof(double));
    fixture_start(&f);
    for (int64_t t = 0; t < ROUNDS * PERIOD; t++) {
        for (size_t i = 0; i < f.num_weights; i++)
            store(&f, f.gradient, i, gradients[t % PERIOD]);
        gsc_optimizer_update(&f.optimizer, NULL, t, f.weights, f.gradient, f.next);
        filtered[t % PERIOD] = -load(&f, f.next, 0);
    }
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
    double gradients[PERIOD], filtered[PERIOD], re[2][BINS], im[2][BINS];
    record(gradients);
    filter(filters, gradients, filtered);
    assert_return_ok(gsc_dft_columns(gradients, PERIOD, 1, re[0], im[0]));
    assert_return_ok(gsc_dft_columns(filtered, PERIOD, 1, re[1], im[1]));
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
        cmocka_unit_test(the_average_passes_slow_gradients),
        cmocka_unit_test(the_mean_passes_what_is_slower_than_its_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
