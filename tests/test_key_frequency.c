/* Key frequencies by neurons and logits, and their ranks at the beginning. */
#include "test.h"

#include "grokscope/key_frequency.h"
#include "grokscope/rng.h"

static void
every_neurons_frequency_is_key(void **state)
{
    (void)state;
    const size_t frequency[] = {3, 5, 3, 0, 9};
    bool key[7];
    size_t num_neurons[7], list[7];
    gsc_key_frequency_by_neuron(frequency, NULL, 5, 0, 7, key, num_neurons);
    assert_int_equal(gsc_key_frequency_list(key, 7, list), 2);
    assert_true(list[0] == 3 && list[1] == 5);
    assert_true(num_neurons[3] == 2 && num_neurons[5] == 1 && num_neurons[0] == 0);
}

static void
neurons_of_many_frequencies_are_left_out(void **state)
{
    (void)state;
    const size_t frequency[] = {3, 5, 3};
    const double fve[] = {0.86, 0.84, 0.85};
    bool key[7];
    size_t num_neurons[7];
    gsc_key_frequency_by_neuron(frequency, fve, 3, GSC_NEURON_FVE, 7, key, num_neurons);
    assert_true(key[3] && !key[5] && num_neurons[3] == 2 && num_neurons[5] == 0);
}

static void
modes_above_the_threshold_are_key(void **state)
{
    (void)state;
    const double similarity[] = {1, 0.005, 0.0051, -0.9, 0.3};
    bool key[5];
    gsc_key_frequency_by_logit(similarity, 5, GSC_KEY_SIMILARITY, key);
    assert_true(!key[0] && !key[1] && key[2] && !key[3] && key[4]);
    gsc_key_frequency_by_logit(similarity, 5, GSC_KEY_LOGIT, key);
    assert_true(!key[2] && key[4]);
}

/* power 6, 5, … 1 of frequencies 1 … 6: frequency k has rank k. */
static const double falling[] = {99, 6, 5, 4, 3, 2, 1};

static void
the_first_two_of_six_have_one_chance_in_fifteen(void **state)
{
    (void)state;
    const bool key[] = {true, true, true, false, false, false, false};
    gsc_key_ranks ranks;
    assert_return_ok(gsc_key_frequency_ranks(falling, key, 7, &ranks));
    assert_true(ranks.num_keys == 2 && ranks.n == 6 && ranks.exact);
    assert_close(ranks.mean, 1.5, 0);
    assert_close(ranks.expected, 3.5, 0);
    assert_close(ranks.p_value, 1. / 15, 1e-15);
    assert_close(ranks.z, -4 / sqrt(2 * 4 * 7 / 12.), 1e-14);
}

static void
the_last_two_are_certain_and_the_middle_is_even(void **state)
{
    (void)state;
    const bool last[] = {false, false, false, false, false, true, true};
    const bool middle[] = {false, false, false, true, true, false, false};
    gsc_key_ranks ranks;
    assert_return_ok(gsc_key_frequency_ranks(falling, last, 7, &ranks));
    assert_close(ranks.p_value, 1, 1e-14);
    assert_return_ok(gsc_key_frequency_ranks(falling, middle, 7, &ranks));
    assert_close(ranks.p_value, 9. / 15, 1e-15); /* sums 3, 4, 5, 5, 6, 6, 7, 7, 7 */
    assert_close(ranks.z, 0, 0);
}

static void
equal_powers_share_their_ranks(void **state)
{
    (void)state;
    const double power[] = {0, 2, 2, 1}, even[] = {0, 1, 1, 1};
    const bool key[] = {false, true, false, false};
    gsc_key_ranks ranks;
    assert_return_ok(gsc_key_frequency_ranks(power, key, 4, &ranks));
    assert_close(ranks.mean, 1.5, 0);
    assert_close(ranks.p_value, 2. / 3, 1e-15);
    assert_return_ok(gsc_key_frequency_ranks(even, key, 4, &ranks));
    assert_true(ranks.mean == 2 && ranks.z == 0);
    assert_close(ranks.p_value, 1, 1e-15);
}

static void
chance_is_even_over_random_draws(void **state)
{
    (void)state;
    enum { COUNT = 57, TRIALS = 400 };
    double sum = 0;
    print_message("seeds 0 to %d\n", TRIALS - 1);
    for (uint64_t seed = 0; seed < TRIALS; seed++) {
        const bool key[COUNT] = {[14] = true, [35] = true, [41] = true, [52] = true};
        double power[COUNT];
        gsc_key_ranks ranks;
        for (size_t k = 0; k < COUNT; k++)
            power[k] = gsc_rng_uniform(seed, 1, k);
        assert_return_ok(gsc_key_frequency_ranks(power, key, COUNT, &ranks));
        sum += ranks.p_value;
    }
    assert_close(sum / TRIALS, 0.5, 5 * sqrt(1. / 12 / TRIALS));
}

static void
the_normal_distribution_continues_the_count(void **state)
{
    (void)state;
    enum { COUNT = 601 };
    static double power[COUNT];
    static bool key[COUNT];
    gsc_key_ranks few, many;
    for (size_t k = 0; k < COUNT; k++)
        power[k] = -(double)k;
    for (size_t k = 1; k <= 10; k++)
        key[50 * k] = true;
    assert_return_ok(gsc_key_frequency_ranks(power, key, COUNT, &few));
    assert_true(few.exact);
    assert_close(few.p_value, erfc(-(few.z) / sqrt(2)) / 2, 0.01);
    for (size_t k = 1; k <= 300; k++)
        key[2 * k - 1] = true;
    assert_return_ok(gsc_key_frequency_ranks(power, key, COUNT, &many));
    assert_true(!many.exact && many.p_value > 0.2 && many.p_value < 0.8);
}

static void
no_keys_and_no_numbers_are_refused(void **state)
{
    (void)state;
    const bool none[3] = {true, false, false}, one[3] = {false, true, false};
    const double power[] = {0, 1, (double)NAN};
    gsc_key_ranks ranks;
    assert_fails(gsc_key_frequency_ranks(falling, none, 3, &ranks), GSC_EARGUMENT,
                 "none of 2 is key");
    assert_fails(gsc_key_frequency_ranks(power, one, 3, &ranks), GSC_ENUMERIC,
                 "frequency 2 is not a number");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_neurons_frequency_is_key),
        cmocka_unit_test(neurons_of_many_frequencies_are_left_out),
        cmocka_unit_test(modes_above_the_threshold_are_key),
        cmocka_unit_test(the_first_two_of_six_have_one_chance_in_fifteen),
        cmocka_unit_test(the_last_two_are_certain_and_the_middle_is_even),
        cmocka_unit_test(equal_powers_share_their_ranks),
        cmocka_unit_test(chance_is_even_over_random_draws),
        cmocka_unit_test(the_normal_distribution_continues_the_count),
        cmocka_unit_test(no_keys_and_no_numbers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
