/* Every stage of an optimizer against a closed form or a plain loop. */
#include "optimizer_fixture.h"

#include "grokscope/rng.h"

#include <stdio.h>

/* ---- Lengths and directions ---- */

static double
tensor_dot(const fixture *f, size_t parameter, const void *a, const void *b)
{
    double sum = 0;
    const gsc_parameter *p = &f->parameters[parameter];
    for (size_t i = 0; i < gsc_shape_count(p->shape); i++)
        sum += load(f, a, p->offset + i) * load(f, b, p->offset + i);
    return sum;
}

/* next - weights, where the rule is plain descent: minus the filtered gradient. */
static void
take_step(fixture *f, const char *filters)
{
    choose(f->config.optimizer, "sgd");
    choose(f->config.filters, filters);
    f->config.learning_rate = 1;
    f->config.weight_decay = 0;
    fixture_start(f);
    gsc_optimizer_update(&f->optimizer, NULL, 0, f->weights, f->gradient, f->next);
    for (size_t i = 0; i < f->num_weights; i++)
        store(f, f->next, i, load(f, f->weights, i) - load(f, f->next, i));
}

static void
the_orthogonal_gradient_is_orthogonal_tensor_by_tensor(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, GSC_FLOAT64);
    for (size_t i = 0; i < f.num_weights; i++) /* a part along the weights */
        store(&f, f.gradient, i,
              load(&f, f.gradient, i) + 0.7 * load(&f, f.weights, i));
    take_step(&f, "orthogonal");
    for (size_t j = 0; j < PARAMETERS; j += 2) {
        double w = sqrt(tensor_dot(&f, j, f.weights, f.weights));
        double g = sqrt(tensor_dot(&f, j, f.gradient, f.gradient));
        double rest = sqrt(tensor_dot(&f, j, f.next, f.next));
        assert_close(tensor_dot(&f, j, f.next, f.weights) / (w * g), 0, 1e-14);
        assert_close(rest / g, 1, 1e-13);
        assert_true(fabs(tensor_dot(&f, j, f.gradient, f.weights)) > 0.1 * w * g);
    }
    fixture_close(&f);
}

static void
a_gradient_along_the_weights_has_no_orthogonal_part(void **state)
{
    (void)state;
    for (int round = 0; round < 4; round++) { /* and where there is none at all */
        fixture f;
        fixture_open(&f, round < 2 ? GSC_FLOAT32 : GSC_FLOAT64);
        for (size_t i = 0; i < f.num_weights; i++)
            store(&f, f.gradient, i, round % 2 * -0.3 * load(&f, f.weights, i));
        take_step(&f, "orthogonal");
        for (size_t i = 0; i < f.num_weights; i++)
            if (is_trained(&f, i))
                assert_true(load(&f, f.next, i) == 0);
        fixture_close(&f);
    }
}

static void
clipping_shortens_only_what_is_too_long(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, GSC_FLOAT64);
    double length = sqrt(tensor_dot(&f, 0, f.gradient, f.gradient) +
                         tensor_dot(&f, 2, f.gradient, f.gradient));
    memset(f.weights, 0, f.num_weights * sizeof(double));
    take_step(&f, "clip norm 0.5");
    for (size_t i = 0; i < f.num_weights; i++)
        if (is_trained(&f, i))
            assert_close(load(&f, f.next, i),
                         0.5 * load(&f, f.gradient, i) / (length + 1e-6), 1e-16);
    gsc_optimizer_free(&f.optimizer);
    take_step(&f, "clip norm 1e6");
    for (size_t i = 0; i < f.num_weights; i++)
        if (is_trained(&f, i))
            assert_true(load(&f, f.next, i) == load(&f, f.gradient, i));
    fixture_close(&f);
}

static double
trained_norm(const fixture *f, const void *weights)
{
    return sqrt(tensor_dot(f, 0, weights, weights) +
                tensor_dot(f, 2, weights, weights));
}

static void
a_fixed_norm_stays_to_rounding(void **state)
{
    (void)state;
    static const gsc_type types[] = {GSC_FLOAT64, GSC_FLOAT32};
    for (size_t k = 0; k < 2; k++) {
        fixture f;
        fixture_open(&f, types[k]);
        choose(f.config.projections, "fixed_norm");
        f.config.learning_rate = 0.1;
        fixture_start(&f);
        double norm = trained_norm(&f, f.weights);
        for (int t = 0; t < 20; t++) {
            gsc_optimizer_update(&f.optimizer, NULL, t, f.weights, f.gradient, f.next);
            swap(&f);
            assert_close(trained_norm(&f, f.weights) / norm, 1, k == 0 ? 1e-14 : 1e-7);
        }
        fixture_close(&f);
    }
}

/* The step before the projection is AdamW's. Squares are summed in another order here,
 * which changes the factor by some roundings. */
static void
a_fixed_norm_scales_the_rules_weights(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, GSC_FLOAT64);
    fixture_start(&f);
    gsc_optimizer_update(&f.optimizer, NULL, 0, f.weights, f.gradient, f.next);
    gsc_optimizer_free(&f.optimizer);
    void *free_step = new_array(&f);
    memcpy(free_step, f.next, f.num_weights * sizeof(double));
    double factor = trained_norm(&f, f.weights) / trained_norm(&f, free_step);
    choose(f.config.projections, "fixed_norm");
    fixture_start(&f);
    gsc_optimizer_update(&f.optimizer, NULL, 0, f.weights, f.gradient, f.next);
    for (size_t i = 0; i < f.num_weights; i++)
        if (is_trained(&f, i))
            assert_close(load(&f, f.next, i) / (factor * load(&f, free_step, i)), 1,
                         1e-13);
    free(free_step);
    fixture_close(&f);
}

static void
masked_weights_of_matrices_stay_zero(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, GSC_FLOAT32);
    size_t wide = f.parameters[0].offset, narrow = f.parameters[2].offset;
    for (size_t i = 0; i < WIDE; i += 3)
        store(&f, f.weights, wide + i, 0);
    store(&f, f.weights, narrow + 1, 0);
    choose(f.config.projections, "mask");
    fixture_start(&f);
    for (int t = 0; t < 3; t++) {
        gsc_optimizer_update(&f.optimizer, NULL, t, f.weights, f.gradient, f.next);
        for (size_t i = 0; i < WIDE; i++)
            assert_int_equal(load(&f, f.next, wide + i) == 0, i % 3 == 0);
        assert_true(load(&f, f.next, narrow + 1) != 0);
        swap(&f);
    }
    fixture_close(&f);
}

/* ---- Noise ---- */

static double
drawn(const fixture *f, const char *stage, int64_t update, size_t i)
{
    char stream[64];
    snprintf(stream, sizeof stream, "optimizer:%s", stage);
    return gsc_rng_normal(5, gsc_rng_stream(stream),
                          (uint64_t)update * f->num_weights + i);
}

static void
noise_on_weights_is_for_the_forward_pass(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, GSC_FLOAT64);
    choose(f.config.perturbations, "weight_noise deviation 0.25");
    fixture_start(&f);
    assert_true(gsc_optimizer_perturbs(&f.optimizer));
    void *before = new_array(&f);
    memcpy(before, f.weights, f.num_weights * sizeof(double));
    const void *noisy = gsc_optimizer_perturb(&f.optimizer, NULL, 7, f.weights);
    assert_memory_equal(f.weights, before, f.num_weights * sizeof(double));
    for (size_t i = 0; i < f.num_weights; i++) {
        double w = load(&f, f.weights, i);
        double noise = is_trained(&f, i) ? 0.25 * drawn(&f, "weight_noise", 7, i) : 0;
        assert_close(load(&f, noisy, i), w + noise, 4e-16);
    }
    free(before);
    fixture_close(&f);
}

static void
without_perturbations_the_weights_are_used_themselves(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, GSC_FLOAT32);
    fixture_start(&f);
    assert_false(gsc_optimizer_perturbs(&f.optimizer));
    assert_ptr_equal(gsc_optimizer_perturb(&f.optimizer, NULL, 0, f.weights),
                     f.weights);
    fixture_close(&f);
}

static void
noise_on_the_gradient_is_new_at_each_update(void **state)
{
    (void)state;
    fixture f;
    open_filter(&f, GSC_FLOAT64, "gradient_noise deviation 0.5");
    double sum = 0, squares = 0;
    for (int t = 0; t < 3; t++) {
        filtered(&f, t, 2, 0);
        for (size_t i = 0; i < WIDE; i++) {
            double noise = -load(&f, f.next, i) - 2;
            assert_close(noise, 0.5 * drawn(&f, "gradient_noise", t, i), 1e-15);
            sum += noise;
            squares += noise * noise;
        }
    }
    assert_close(sum / (3 * WIDE), 0, 5 * 0.5 / sqrt(3 * WIDE));
    assert_close(squares / (3 * WIDE), 0.25, 0.01);
    fixture_close(&f);
}

/* w' = w (1 - rate d) - rate / (1 - beta1^t) (m / (…) + noise), as Power's code. */
static void
noise_on_the_update_is_scaled_with_it(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, GSC_FLOAT64);
    choose(f.config.update_filters, "update_noise deviation 0.1");
    f.config.learning_rate = 0.01;
    f.config.weight_decay = 0.5;
    fixture_start(&f);
    gsc_optimizer_update(&f.optimizer, NULL, 0, f.weights, f.gradient, f.next);
    for (size_t i = 0; i < f.num_weights; i++)
        if (is_trained(&f, i)) {
            double w = load(&f, f.weights, i), g = load(&f, f.gradient, i);
            double u = 0.1 * g / (fabs(g) + 1e-8);
            double noise = 0.1 * drawn(&f, "update_noise", 0, i);
            assert_close(load(&f, f.next, i),
                         w * (1 - 0.005) - 0.01 / 0.1 * (u + noise),
                         1e-15 * (1 + fabs(w)));
        }
    fixture_close(&f);
}

/* ---- Decay ---- */

/* A zero gradient leaves w - rate d (w - w0), for both kinds of decay. */
static void
weights_decay_to_where_they_began(void **state)
{
    (void)state;
    static const char *const rules[] = {"adamw", "sgd"};
    for (size_t k = 0; k < 2; k++) {
        fixture f;
        fixture_open(&f, GSC_FLOAT64);
        choose(f.config.optimizer, rules[k]);
        f.config.decay_to = GSC_DECAY_TO_INITIAL;
        f.config.learning_rate = 0.01;
        f.config.weight_decay = 3;
        fixture_start(&f);
        void *initial = new_array(&f);
        memcpy(initial, f.weights, f.num_weights * sizeof(double));
        memset(f.gradient, 0, f.num_weights * sizeof(double));
        for (size_t i = 0; i < f.num_weights; i++)
            store(&f, f.weights, i, load(&f, f.weights, i) + 1);
        gsc_optimizer_update(&f.optimizer, NULL, 0, f.weights, f.gradient, f.next);
        for (size_t i = 0; i < f.num_weights; i++)
            if (is_trained(&f, i))
                assert_close(load(&f, f.next, i),
                             load(&f, initial, i) + 1 - 0.01 * 3 * 1, 1e-15 * 8);
        const gsc_tensor *last = &f.optimizer.states[f.optimizer.num_states - 1];
        assert_string_equal(last->name, "initial_weights");
        free(initial);
        fixture_close(&f);
    }
}

/* A rule in one loop and in steps differ by rounding. */
static void
a_rule_in_steps_is_the_rule_in_one_loop(void **state)
{
    (void)state;
    static const char *const rules[] = {"adamw", "adam", "sgd"};
    for (size_t k = 0; k < 3; k++) {
        fixture loop, steps;
        fixture_open(&loop, GSC_FLOAT64);
        fixture_open(&steps, GSC_FLOAT64);
        choose(loop.config.optimizer, rules[k]);
        choose(steps.config.optimizer, rules[k]);
        choose(steps.config.filters, "gradient_noise deviation 0");
        loop.config.momentum = steps.config.momentum = 0.5;
        fixture_start(&loop);
        fixture_start(&steps);
        for (int t = 0; t < 10; t++) {
            gsc_optimizer_update(&loop.optimizer, NULL, t, loop.weights, loop.gradient,
                                 loop.next);
            gsc_optimizer_update(&steps.optimizer, NULL, t, steps.weights,
                                 steps.gradient, steps.next);
            swap(&loop);
            swap(&steps);
        }
        for (size_t i = 0; i < loop.num_weights; i++)
            if (is_trained(&loop, i))
                assert_close(load(&loop, loop.weights, i),
                             load(&steps, steps.weights, i), 1e-14);
        fixture_close(&loop);
        fixture_close(&steps);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_orthogonal_gradient_is_orthogonal_tensor_by_tensor),
        cmocka_unit_test(a_gradient_along_the_weights_has_no_orthogonal_part),
        cmocka_unit_test(clipping_shortens_only_what_is_too_long),
        cmocka_unit_test(a_fixed_norm_stays_to_rounding),
        cmocka_unit_test(a_fixed_norm_scales_the_rules_weights),
        cmocka_unit_test(masked_weights_of_matrices_stay_zero),
        cmocka_unit_test(noise_on_weights_is_for_the_forward_pass),
        cmocka_unit_test(without_perturbations_the_weights_are_used_themselves),
        cmocka_unit_test(noise_on_the_gradient_is_new_at_each_update),
        cmocka_unit_test(noise_on_the_update_is_scaled_with_it),
        cmocka_unit_test(weights_decay_to_where_they_began),
        cmocka_unit_test(a_rule_in_steps_is_the_rule_in_one_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
