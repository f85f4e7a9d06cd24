/* Training on a part of the training examples: which these are, and what the others
 * become. */
#include "grokscope/network.h"

#include "loaded_model_fixture.h"

#include <stdlib.h>

enum { N = 49, TRAIN = 24 };

static void
open_subset(gsc_network *n, const char *size, const char *seed)
{
    gsc_config config = small_config("layout = a b\n");
    assert_return_ok(gsc_config_set(&config, "train_subset", size));
    assert_return_ok(gsc_config_set(&config, "seed", seed));
    assert_return_ok(gsc_network_init(n, &config));
}

/* Which examples a split has. */
static size_t
mark(const gsc_network *n, const char *name, bool of[N])
{
    const gsc_split *split = gsc_dataset_split(&n->dataset, name);
    memset(of, 0, N * sizeof *of);
    for (size_t i = 0; split && i < split->count; i++) {
        assert_false(of[split->indices[i]]);
        of[split->indices[i]] = true;
    }
    return split ? split->count : 0;
}

static void
those_that_are_removed_are_a_split_of_their_own(void **state)
{
    (void)state;
    gsc_network all, some;
    bool train[N], test[N], now[N], same[N], removed[N];
    open_subset(&all, "0", "1");
    open_subset(&some, "10", "1");
    assert_int_equal(mark(&all, "train", train), TRAIN);
    assert_int_equal(mark(&all, "removed", removed), 0);
    mark(&all, "test", test);
    assert_int_equal(mark(&some, "train", now), 10);
    assert_int_equal(mark(&some, "removed", removed), TRAIN - 10);
    mark(&some, "test", same);
    assert_memory_equal(test, same, sizeof test);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(train[i], now[i] + removed[i]);
    gsc_network_free(&all);
    gsc_network_free(&some);
}

static void
a_smaller_subset_is_a_part_of_a_larger_one(void **state)
{
    (void)state;
    gsc_network few, more;
    bool of_few[N], of_more[N];
    open_subset(&few, "5", "1");
    open_subset(&more, "15", "1");
    mark(&few, "train", of_few);
    mark(&more, "train", of_more);
    for (size_t i = 0; i < N; i++)
        assert_true(!of_few[i] || of_more[i]);
    gsc_network_free(&few);
    gsc_network_free(&more);
}

static void
the_seed_draws_it(void **state)
{
    (void)state;
    gsc_network a, b, again;
    bool of_a[N], of_b[N], of_again[N];
    open_subset(&a, "12", "1");
    open_subset(&b, "12", "2");
    open_subset(&again, "12", "1");
    mark(&a, "train", of_a);
    mark(&b, "train", of_b);
    mark(&again, "train", of_again);
    assert_memory_not_equal(of_a, of_b, sizeof of_a);
    assert_memory_equal(of_a, of_again, sizeof of_a);
    gsc_network_free(&a);
    gsc_network_free(&b);
    gsc_network_free(&again);
}

static void
what_is_no_part_is_refused(void **state)
{
    (void)state;
    gsc_network n;
    gsc_config config = small_config("layout = a b\n");
    assert_return_ok(gsc_config_set(&config, "train_subset", "24"));
    assert_fails(gsc_network_init(&n, &config), GSC_EARGUMENT,
                 "train_subset: 24, but 24 examples train; expected fewer, or 0");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_that_are_removed_are_a_split_of_their_own),
        cmocka_unit_test(a_smaller_subset_is_a_part_of_a_larger_one),
        cmocka_unit_test(the_seed_draws_it),
        cmocka_unit_test(what_is_no_part_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
