/* The learning rate: how it rises in the warm-up and falls afterwards. */
#include "test.h"

#include "grokscope/optimizer.h"

static void
the_rate_rises_in_equal_steps(void **state)
{
    (void)state;
    gsc_optimizer_config config;
    gsc_options keys = gsc_optimizer_options(&config);
    assert_return_ok(gsc_options_default(&keys, 1));
    config.learning_rate = 0.5;
    for (int64_t warmup = 0; warmup <= 10; warmup++)
        for (int zero = 0; zero < 2; zero++) {
            config.warmup = warmup;
            config.first_rate_zero = zero;
            for (int64_t t = 0; t <= warmup + 2; t++) {
                double part = warmup ? (double)(zero ? t : t + 1) / (double)warmup : 1;
                assert_close(gsc_learning_rate(&config, t), 0.5 * fmin(part, 1), 1e-16);
            }
            assert_true(gsc_learning_rate(&config, warmup) == 0.5);
            assert_true(gsc_learning_rate(&config, INT64_C(1000000000000)) == 0.5);
        }
}

static void
the_first_rates_are_nandas_or_one_update_ahead(void **state)
{
    (void)state;
    gsc_optimizer_config config;
    gsc_options keys = gsc_optimizer_options(&config);
    assert_return_ok(gsc_options_default(&keys, 1));
    assert_false(config.first_rate_zero);
    assert_close(gsc_learning_rate(&config, 0), 1e-4, 1e-19);
    assert_close(gsc_learning_rate(&config, 8), 9e-4, 1e-18);
    assert_true(gsc_learning_rate(&config, 9) == 1e-3);
    config.first_rate_zero = true;
    assert_true(gsc_learning_rate(&config, 0) == 0);
    assert_close(gsc_learning_rate(&config, 1), 1e-4, 1e-19);
    assert_close(gsc_learning_rate(&config, 9), 9e-4, 1e-18);
    assert_true(gsc_learning_rate(&config, 10) == 1e-3);
}

/* Power et al.'s: from the full rate to a tenth of it along half a cosine. */
static void
the_rate_falls_after_the_warm_up(void **state)
{
    (void)state;
    gsc_optimizer_config config;
    gsc_options keys = gsc_optimizer_options(&config);
    assert_return_ok(gsc_options_default(&keys, 1));
    config.first_rate_zero = true;
    config.anneal_steps = 1000;
    config.annealing = GSC_ANNEAL_COSINE;
    assert_true(gsc_learning_rate(&config, 10) == 1e-3);
    assert_close(gsc_learning_rate(&config, 510), 0.55e-3, 1e-18);
    assert_close(gsc_learning_rate(&config, 260), 1e-4 + 0.9e-3 * (1 + sqrt(0.5)) / 2,
                 1e-18);
    assert_close(gsc_learning_rate(&config, 1010), 1e-4, 1e-18);
    assert_close(gsc_learning_rate(&config, 90000), 1e-4, 1e-18);
    config.annealing = GSC_ANNEAL_LINEAR;
    config.anneal_floor = 0;
    assert_close(gsc_learning_rate(&config, 260), 0.75e-3, 1e-18);
    assert_true(gsc_learning_rate(&config, 5000) == 0);
}

/* PyTorch's StepLR: update t has rate factor^floor(t / every) of the full one. */
static void
the_rate_falls_in_steps(void **state)
{
    (void)state;
    gsc_optimizer_config config;
    gsc_options keys = gsc_optimizer_options(&config);
    assert_return_ok(gsc_options_default(&keys, 1));
    config.annealing = GSC_ANNEAL_STEP;
    config.anneal_steps = 5;
    config.anneal_floor = 0.2;
    for (int64_t warmup = 0; warmup <= 3; warmup++)
        for (int zero = 0; zero < 2; zero++) {
            config.warmup = warmup;
            config.first_rate_zero = zero;
            int64_t full = zero || warmup == 0 ? warmup : warmup - 1;
            static const double shares[] = {1, 0.2, 0.04, 0.008};
            for (int64_t t = 0; t < 20; t++)
                assert_close(gsc_learning_rate(&config, full + t), 1e-3 * shares[t / 5],
                             1e-18);
        }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rate_rises_in_equal_steps),
        cmocka_unit_test(the_first_rates_are_nandas_or_one_update_ahead),
        cmocka_unit_test(the_rate_falls_after_the_warm_up),
        cmocka_unit_test(the_rate_falls_in_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
