/* The measure "mask_distance", over checkpoints whose weights are known. */
#include "grokscope/measure.h"

#include "analyze/network/loss/prunable.h"
#include "measured_runs_fixture.h"

#include <stdlib.h>

#define NETWORK "architecture = token_mlp\nlayout = a b\nhidden = 6\n"
enum { COUNT = 7 * 8 + 16 * 6 + 6 * 7 };

/* Steps 0, 20 and 50, and again the weights of step 0 at 70. */
static void
write_steps(void)
{
    gsc_network network;
    small_network(&network, NETWORK);
    write_run_step(&network, 0, 1);
    write_run_step(&network, 20, 2);
    write_run_step(&network, 50, 3);
    write_run_step(&network, 70, 1);
    gsc_network_free(&network);
}

static void
largest_of(int64_t step, double cut, bool large[COUNT])
{
    gsc_loaded_model loaded;
    gsc_prunable prunable;
    char place[GSC_PATH_BYTES];
    double weights[COUNT];
    assert_return_ok(gsc_run_step_path(folder, step, place));
    assert_return_ok(gsc_loaded_model_open(&loaded, place));
    assert_return_ok(gsc_prunable_init(&prunable, &loaded));
    gsc_prunable_gather(&prunable, loaded.weights, weights);
    for (size_t i = 0; i < COUNT; i++) {
        size_t larger = 0;
        for (size_t k = 0; k < COUNT; k++)
            larger += fabs(weights[k]) > fabs(weights[i]);
        large[i] = (double)larger < cut * COUNT;
    }
    gsc_prunable_free(&prunable);
    gsc_loaded_model_close(&loaded);
}

/* By counting which weights have fewer than 40 % larger ones. */
static double
distance(int64_t a, int64_t b)
{
    bool of_a[COUNT], of_b[COUNT];
    double both = 0, either = 0;
    largest_of(a, 0.4, of_a);
    largest_of(b, 0.4, of_b);
    for (size_t i = 0; i < COUNT; i++) {
        both += of_a[i] && of_b[i];
        either += of_a[i] || of_b[i];
    }
    return 1 - both / either;
}

static void
ask(const char *word, size_t table, const char *with, gsc_measured_runs *m)
{
    const char *const words[] = {word};
    void *asked;
    assert_return_ok(gsc_measure_new_options(&gsc_measure_mask_distance, &asked));
    if (*with)
        assert_return_ok(
            gsc_measure_read_options(&gsc_measure_mask_distance, with, asked));
    const gsc_measured_runs_options options = {
        .measure = &gsc_measure_mask_distance, .table = table, .options = asked};
    assert_return_ok(measured_runs_of(m, words, 1, &options));
    free(asked);
}

static void
each_step_is_compared_with_the_one_before_and_the_first(void **state)
{
    (void)state;
    static const int64_t steps[] = {0, 20, 50, 70};
    gsc_measured_runs m;
    write_steps();
    ask(folder, 0, "", &m);
    assert_true(isnan(cell(&m, 0, "from_before")->real));
    assert_true(cell(&m, 0, "from_init")->real == 0);
    for (size_t i = 1; i < 4; i++) {
        assert_close(cell(&m, i, "from_before")->real, distance(steps[i - 1], steps[i]),
                     1e-15);
        assert_close(cell(&m, i, "from_init")->real, distance(0, steps[i]), 1e-15);
        assert_close(cell(&m, i, "share")->real, 78.0 / COUNT, 1e-15);
    }
    assert_true(cell(&m, 3, "from_init")->real == 0);
    assert_true(cell(&m, 3, "from_before")->real > 0.3);
    gsc_measured_runs_free(&m);
}

static void
matrices_have_shares_of_their_own_or_the_same(void **state)
{
    (void)state;
    gsc_measured_runs m;
    char word[64];
    write_steps();
    snprintf(word, sizeof word, "%s@20", folder);
    ask(word, 1, "", &m);
    assert_int_equal(gsc_rows_count(&m.rows), 3);
    assert_string_equal(cell(&m, 0, "tensor")->text, "embed.W_E");
    /* Embeddings begin with deviation 1, layers within 1/4 of 0 and less. */
    assert_true(cell(&m, 0, "share")->real > 0.7);
    assert_true(cell(&m, 1, "share")->real < 0.4);
    gsc_measured_runs_free(&m);
    ask(word, 1, "scope=layer:keep=0.25", &m);
    assert_close(cell(&m, 0, "share")->real, 14.0 / 56, 1e-15);
    assert_close(cell(&m, 1, "share")->real, 24.0 / 96, 1e-15);
    assert_close(cell(&m, 2, "share")->real, 11.0 / 42, 1e-15);
    gsc_measured_runs_free(&m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_RUN(each_step_is_compared_with_the_one_before_and_the_first),
        IN_RUN(matrices_have_shares_of_their_own_or_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
