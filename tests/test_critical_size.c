/* Critical sizes of points that lie on a known sigmoid. */
#include "analyze/method/critical_size.h"
#include "grokscope/rng.h"
#include "test.h"

enum { SIZES = 9, SEEDS = 12 };

/* 2^i, of a sigmoid whose middle is `critical`, moved up or down by up to `noise`. */
static size_t
make_runs(gsc_sized_run *runs, double critical, double sharpness, double noise,
          size_t num_seeds)
{
    size_t n = 0;
    for (size_t seed = 0; seed < num_seeds; seed++)
        for (size_t i = 0; i < SIZES; i++) {
            double size = pow(2, (double)i);
            double shift = 1 + noise * (2 * gsc_rng_uniform(5, seed, 0) - 1);
            double y = 1 / (1 + pow(critical * shift / size, sharpness));
            runs[n++] = (gsc_sized_run){size, y, seed};
        }
    return n;
}

static void
a_sigmoid_is_found_again(void **state)
{
    (void)state;
    gsc_sized_run runs[SEEDS * SIZES];
    gsc_critical_size c;
    static const double middles[] = {3, 16, 200};
    for (size_t i = 0; i < 3; i++) {
        size_t n = make_runs(runs, middles[i], 4, 0, 1);
        assert_return_ok(gsc_critical_size_of(runs, n, &c));
        assert_close(c.size / middles[i], 1, 1e-4);
        assert_close(c.sharpness, 4, 1e-3);
        assert_true(c.error < 1e-4);
        assert_true(isnan(c.low) && isnan(c.high)); /* of one seed */
    }
}

static void
the_interval_is_that_of_the_seeds(void **state)
{
    (void)state;
    gsc_sized_run runs[SEEDS * SIZES];
    gsc_critical_size narrow, wide;
    size_t n = make_runs(runs, 20, 4, 0.05, SEEDS);
    assert_return_ok(gsc_critical_size_of(runs, n, &narrow));
    n = make_runs(runs, 20, 4, 0.4, SEEDS);
    assert_return_ok(gsc_critical_size_of(runs, n, &wide));
    assert_true(narrow.low < narrow.size && narrow.size < narrow.high);
    assert_true(narrow.low < 20 && 20 < narrow.high);
    assert_true(wide.low < 20 && 20 < wide.high);
    assert_true(wide.high / wide.low > 1.15 && narrow.high / narrow.low < 1.05);
}

static void
what_lies_on_one_side_has_none(void **state)
{
    (void)state;
    gsc_critical_size c;
    gsc_sized_run runs[] = {{10, 0.1, 0}, {20, 0.4, 0}, {40, 0.45, 0}};
    assert_return_ok(gsc_critical_size_of(runs, 3, &c));
    assert_true(isnan(c.size));
    runs[2].accuracy = 1;
    assert_return_ok(gsc_critical_size_of(runs, 3, &c));
    assert_true(c.size > 20 && c.size < 40);
    assert_return_ok(gsc_critical_size_of(runs, 0, &c));
    assert_true(isnan(c.size));
    gsc_sized_run one_size[] = {{10, 0.1, 0}, {10, 0.9, 1}};
    assert_return_ok(gsc_critical_size_of(one_size, 2, &c));
    assert_true(isnan(c.size));
}

/* A jump: any place between the two sizes fits; the sizes below 1 are no other case. */
static void
a_jump_lies_between_its_sizes(void **state)
{
    (void)state;
    gsc_critical_size c;
    const gsc_sized_run runs[] = {{0.1, 0, 0}, {0.2, 0, 0}, {0.3, 1, 0}, {0.4, 1, 0},
                                  {0.1, 0, 1}, {0.2, 0, 1}, {0.3, 1, 1}, {0.4, 1, 1}};
    assert_return_ok(gsc_critical_size_of(runs, 8, &c));
    assert_true(c.size > 0.2 && c.size < 0.3 && c.error < 0.01);
    assert_true(c.low > 0.2 && c.high < 0.3 && c.low <= c.high);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sigmoid_is_found_again),
        cmocka_unit_test(the_interval_is_that_of_the_seeds),
        cmocka_unit_test(what_lies_on_one_side_has_none),
        cmocka_unit_test(a_jump_lies_between_its_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
