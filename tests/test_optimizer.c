/* AdamW against closed forms; what an update may touch; the warm-up. */
#include "optimizer_fixture.h"

static const gsc_type types[] = {GSC_FLOAT64, GSC_FLOAT32};
static const double rounding[] = {4e-16, 2e-7}; /* of a weight of size 1 */

/* ---- Closed forms ---- */

/* With zero moments m / (1 - beta1) = g and v / (1 - beta2) = g^2, whatever the betas:
 * w' = w (1 - rate decay) - rate g / (|g| + epsilon). */
static void
the_first_step_goes_by_the_sign(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        fixture f;
        fixture_open(&f, types[k]);
        f.config.learning_rate = 0.01;
        f.config.weight_decay = 0.5;
        f.config.epsilon = 1e-3;
        for (size_t i = 0; i < f.num_weights; i++) /* from far above epsilon to below */
            store(&f, f.gradient, i,
                  load(&f, f.gradient, i) * pow(10, -(double)(i % 7)));
        fixture_start(&f);
        gsc_optimizer_update(&f.optimizer, NULL, 0, f.weights, f.gradient, f.next);
        for (size_t i = 0; i < f.num_weights; i++) {
            double w = load(&f, f.weights, i), g = load(&f, f.gradient, i);
            double expected = w * (1 - 0.01 * 0.5) - 0.01 * g / (fabs(g) + 1e-3);
            if (is_trained(&f, i))
                assert_close(load(&f, f.next, i), expected,
                             rounding[k] * (fabs(w) + 0.1));
        }
        fixture_close(&f);
    }
}

/* A gradient that stays the same has moments g (1 - beta^t), so every bias-corrected
 * step is the first one again. */
static void
a_constant_gradient_makes_constant_steps(void **state)
{
    (void)state;
    enum { STEPS = 30 };
    for (size_t k = 0; k < 2; k++) {
        fixture f;
        fixture_open(&f, types[k]);
        f.config.weight_decay = 0;
        fixture_start(&f);
        double *start = gsc_new(f.num_weights, sizeof *start);
        assert_non_null(start);
        for (size_t i = 0; i < f.num_weights; i++)
            start[i] = load(&f, f.weights, i);
        for (int t = 0; t < STEPS; t++) {
            gsc_optimizer_update(&f.optimizer, NULL, t, f.weights, f.gradient, f.next);
            swap(&f);
        }
        for (size_t i = 0; i < f.num_weights; i++) {
            double g = load(&f, f.gradient, i);
            double expected = start[i] - STEPS * 1e-3 * g / (fabs(g) + 1e-8);
            if (is_trained(&f, i))
                assert_close(load(&f, f.weights, i), expected,
                             STEPS * rounding[k] * (fabs(start[i]) + 0.1));
        }
        free(start);
        fixture_close(&f);
    }
}

/* The moments are the sums that their recurrences stand for. */
static void
moments_are_weighted_sums_of_gradients(void **state)
{
    (void)state;
    enum { STEPS = 12 };
    fixture f;
    fixture_open(&f, GSC_FLOAT64);
    fixture_start(&f);
    double mean = 0, square = 0;
    size_t at = f.parameters[2].offset + 3;
    for (int t = 0; t < STEPS; t++) {
        double g = sin(3.0 * t + 1);
        store(&f, f.gradient, at, g);
        mean += 0.1 * pow(0.9, STEPS - 1 - t) * g;
        square += 0.02 * pow(0.98, STEPS - 1 - t) * g * g;
        gsc_optimizer_update(&f.optimizer, NULL, t, f.weights, f.gradient, f.next);
    }
    assert_int_equal(f.optimizer.num_states, 2);
    assert_string_equal(f.optimizer.states[0].name, "moment1");
    assert_string_equal(f.optimizer.states[1].name, "moment2");
    assert_close(load(&f, f.optimizer.states[0].data, at), mean, 1e-15);
    assert_close(load(&f, f.optimizer.states[1].data, at), square, 1e-15);
    double root = sqrt(square / (1 - pow(0.98, STEPS)));
    double step = 1e-3 * mean / (1 - pow(0.9, STEPS)) / (root + 1e-8);
    assert_close(load(&f, f.next, at), load(&f, f.weights, at) * (1 - 1e-3) - step,
                 4e-16 * (fabs(load(&f, f.weights, at)) + 0.1));
    fixture_close(&f);
}

static void
a_zero_gradient_leaves_only_the_decay(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        fixture f;
        fixture_open(&f, types[k]);
        f.config.learning_rate = 0.01;
        f.config.weight_decay = 0.3;
        fixture_start(&f);
        memset(f.gradient, 0, f.num_weights * gsc_type_size(f.type));
        gsc_optimizer_update(&f.optimizer, NULL, 0, f.weights, f.gradient, f.next);
        for (size_t i = 0; i < f.num_weights; i++) {
            double w = load(&f, f.weights, i);
            if (is_trained(&f, i))
                assert_close(load(&f, f.next, i), w * (1 - 0.01 * 0.3),
                             rounding[k] * fabs(w));
        }
        fixture_close(&f);
    }
}

static void
a_rate_of_zero_moves_nothing_but_the_moments(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        fixture f;
        fixture_open(&f, types[k]);
        f.config.warmup = 10;
        f.config.first_rate_zero = true;
        fixture_start(&f);
        gsc_optimizer_update(&f.optimizer, NULL, 0, f.weights, f.gradient, f.next);
        for (size_t i = 0; i < f.num_weights; i++)
            if (is_trained(&f, i)) {
                double g = load(&f, f.gradient, i);
                assert_true(load(&f, f.next, i) == load(&f, f.weights, i));
                assert_close(load(&f, f.optimizer.states[0].data, i), 0.1 * g,
                             rounding[k] * fabs(g));
            }
        fixture_close(&f);
    }
}

/* ---- The other rules ---- */

/* Adam is AdamW without decay that is fed g + decay w. */
static void
coupled_decay_is_part_of_the_gradient(void **state)
{
    (void)state;
    enum { STEPS = 5 };
    fixture adam, adamw;
    fixture_open(&adam, GSC_FLOAT64);
    fixture_open(&adamw, GSC_FLOAT64);
    strcpy(adam.config.optimizer, "adam");
    adam.config.weight_decay = 0.7;
    adamw.config.weight_decay = 0;
    fixture_start(&adam);
    fixture_start(&adamw);
    for (int t = 0; t < STEPS; t++) {
        for (size_t i = 0; i < adam.num_weights; i++)
            store(&adamw, adamw.gradient, i,
                  load(&adam, adam.gradient, i) + 0.7 * load(&adam, adam.weights, i));
        gsc_optimizer_update(&adam.optimizer, NULL, t, adam.weights, adam.gradient,
                             adam.next);
        gsc_optimizer_update(&adamw.optimizer, NULL, t, adamw.weights, adamw.gradient,
                             adamw.next);
        swap(&adam);
        swap(&adamw);
    }
    for (size_t i = 0; i < adam.num_weights; i++)
        assert_close(load(&adam, adam.weights, i), load(&adamw, adamw.weights, i),
                     4e-15);
    fixture_close(&adam);
    fixture_close(&adamw);
}

/* Under a constant gradient the momentum is g (1 - mu^t) / (1 - mu). */
static void
sgd_gathers_speed(void **state)
{
    (void)state;
    enum { STEPS = 20 };
    for (size_t k = 0; k < 2; k++) {
        fixture f;
        fixture_open(&f, types[k]);
        strcpy(f.config.optimizer, "sgd");
        f.config.momentum = 0.75;
        f.config.weight_decay = 0;
        fixture_start(&f);
        assert_int_equal(f.optimizer.num_states, 1);
        double way = 0, *start = gsc_new(f.num_weights, sizeof *start);
        assert_non_null(start);
        for (size_t i = 0; i < f.num_weights; i++)
            start[i] = load(&f, f.weights, i);
        for (int t = 0; t < STEPS; t++) {
            gsc_optimizer_update(&f.optimizer, NULL, t, f.weights, f.gradient, f.next);
            way += 1e-3 * (1 - pow(0.75, t + 1)) / 0.25;
            swap(&f);
        }
        for (size_t i = 0; i < f.num_weights; i++)
            if (is_trained(&f, i))
                assert_close(load(&f, f.weights, i),
                             start[i] - way * load(&f, f.gradient, i),
                             STEPS * rounding[k] * (fabs(start[i]) + 1));
        free(start);
        fixture_close(&f);
    }
}

static void
sgd_decays_through_the_gradient(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, GSC_FLOAT64);
    strcpy(f.config.optimizer, "sgd");
    f.config.weight_decay = 3;
    fixture_start(&f);
    gsc_optimizer_update(&f.optimizer, NULL, 0, f.weights, f.gradient, f.next);
    for (size_t i = 0; i < f.num_weights; i++) {
        double w = load(&f, f.weights, i), g = load(&f, f.gradient, i);
        if (is_trained(&f, i))
            assert_close(load(&f, f.next, i), w - 1e-3 * (g + 3 * w),
                         4e-16 * (fabs(w) + 1));
    }
    fixture_close(&f);
}

static void
vectors_may_be_left_without_decay(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, GSC_FLOAT64);
    f.config.decay_parameters = GSC_DECAY_MATRICES;
    f.config.weight_decay = 100;
    fixture_start(&f);
    memset(f.gradient, 0, f.num_weights * sizeof(double));
    gsc_optimizer_update(&f.optimizer, NULL, 0, f.weights, f.gradient, f.next);
    for (size_t j = 0; j < PARAMETERS;
         j += 2) { /* the wide matrix, the narrow vector */
        size_t at = f.parameters[j].offset + 1;
        double w = load(&f, f.weights, at);
        assert_close(load(&f, f.next, at), j == 0 ? 0.9 * w : w, 4e-16 * fabs(w));
    }
    fixture_close(&f);
}

/* ---- What an update touches ---- */

static void
only_trained_parameters_are_written(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        fixture f;
        fixture_open(&f, types[k]);
        f.config.weight_decay = 0; /* which could just undo a step */
        fixture_start(&f);
        size_t bytes = f.num_weights * gsc_type_size(f.type), untouched = 0;
        void *weights = new_array(&f), *gradient = new_array(&f);
        memcpy(weights, f.weights, bytes);
        memcpy(gradient, f.gradient, bytes);
        for (int t = 0; t < 3; t++)
            gsc_optimizer_update(&f.optimizer, NULL, t, f.weights, f.gradient, f.next);
        assert_memory_equal(f.weights, weights, bytes);
        assert_memory_equal(f.gradient, gradient, bytes);
        for (size_t i = 0; i < f.num_weights; i++) {
            if (is_trained(&f, i)) {
                assert_true(load(&f, f.next, i) != load(&f, f.weights, i));
                assert_true(load(&f, f.next, i) != 12345);
                continue;
            }
            untouched++;
            assert_true(load(&f, f.next, i) == 12345);
            assert_true(load(&f, f.optimizer.states[0].data, i) == 0);
            assert_true(load(&f, f.optimizer.states[1].data, i) == 0);
        }
        assert_true(untouched > FROZEN); /* and the gaps */
        free(weights);
        free(gradient);
        fixture_close(&f);
    }
}

static void
threads_leave_every_bit(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        fixture f;
        fixture_open(&f, types[k]);
        size_t bytes = f.num_weights * gsc_type_size(f.type);
        void *expected[3] = {new_array(&f), new_array(&f), new_array(&f)};
        for (size_t threads = 1; threads <= 4; threads++) {
            gsc_threads *pool;
            assert_return_ok(gsc_threads_open(&pool, threads));
            fixture_start(&f);
            for (int t = 0; t < 3; t++)
                gsc_optimizer_update(&f.optimizer, pool, t, f.weights, f.gradient,
                                     f.next);
            const void *results[3] = {f.next, f.optimizer.states[0].data,
                                      f.optimizer.states[1].data};
            for (size_t i = 0; i < 3; i++) {
                if (threads == 1)
                    memcpy(expected[i], results[i], bytes);
                assert_memory_equal(results[i], expected[i], bytes);
            }
            gsc_optimizer_free(&f.optimizer);
            gsc_threads_close(pool);
        }
        for (size_t i = 0; i < 3; i++)
            free(expected[i]);
        fixture_close(&f);
    }
}

static void
an_optimizer_is_freed_in_any_state(void **state)
{
    (void)state;
    gsc_optimizer optimizer = {0};
    gsc_optimizer_free(&optimizer);
    fixture f;
    fixture_open(&f, GSC_FLOAT32);
    fixture_start(&f);
    gsc_optimizer_free(&f.optimizer);
    gsc_optimizer_free(&f.optimizer);
    fixture_close(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_step_goes_by_the_sign),
        cmocka_unit_test(a_constant_gradient_makes_constant_steps),
        cmocka_unit_test(moments_are_weighted_sums_of_gradients),
        cmocka_unit_test(a_zero_gradient_leaves_only_the_decay),
        cmocka_unit_test(a_rate_of_zero_moves_nothing_but_the_moments),
        cmocka_unit_test(coupled_decay_is_part_of_the_gradient),
        cmocka_unit_test(sgd_gathers_speed),
        cmocka_unit_test(sgd_decays_through_the_gradient),
        cmocka_unit_test(vectors_may_be_left_without_decay),
        cmocka_unit_test(only_trained_parameters_are_written),
        cmocka_unit_test(threads_leave_every_bit),
        cmocka_unit_test(an_optimizer_is_freed_in_any_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
