/* A configuration's network: what it is built of, and the order of its examples. */
#include "test.h"

#include "grokscope/memory.h"
#include "grokscope/network.h"

#include <stdlib.h>

static void
open_network(gsc_network *network, const char *layout)
{
    gsc_config config;
    gsc_options sets[GSC_CONFIG_SETS];
    gsc_config_options(&config, sets);
    assert_return_ok(gsc_config_default(&config));
    assert_return_ok(gsc_options_set(sets, GSC_CONFIG_SETS, "layout", layout));
    assert_return_ok(gsc_network_init(network, &config));
}

/* The pairs of a tile come from a block of the table, and so have few tokens. */
static void
neighbours_share_their_tokens(void **state)
{
    (void)state;
    const char *const layouts[] = {"a b =", "a op b ="};
    for (size_t k = 0; k < 2; k++) {
        gsc_network n;
        open_network(&n, layouts[k]);
        size_t count = n.task.num_train, b = k == 0 ? 1 : 2;
        uint32_t *order = gsc_new(count, sizeof *order);
        bool *seen = gsc_new(n.task.num_examples, sizeof *seen);
        assert_true(order && seen);
        memcpy(order, n.task.train, count * sizeof *order);
        assert_return_ok(gsc_network_order(&n, order, count));
        for (size_t i = 0; i < count; i++)
            seen[order[i]] = true;
        for (size_t i = 0; i < count; i++)
            assert_true(seen[n.task.train[i]]);
        size_t most = 0;
        for (size_t first = 0; first + 240 <= count; first += 240) {
            bool left[113] = {false}, right[113] = {false};
            size_t tokens = 0;
            for (size_t i = first; i < first + 240; i++) {
                const uint16_t *input = n.task.inputs + order[i] * n.task.n_ctx;
                tokens += left[input[0]] ? 0 : 1;
                tokens += right[input[b]] ? 0 : 1;
                left[input[0]] = right[input[b]] = true;
            }
            most = tokens > most ? tokens : most;
        }
        assert_true(most <= 100); /* of 226; by index there are 121 and more */
        free(order);
        free(seen);
        gsc_network_free(&n);
    }
}

static void
constant_tokens_are_known(void **state)
{
    (void)state;
    gsc_network n;
    open_network(&n, "a op b =");
    const int32_t expected[] = {-1, 113, -1, 114};
    assert_memory_equal(n.constant, expected, sizeof expected);
    gsc_network_free(&n);
}

static void
a_network_that_cannot_be_is_freed(void **state)
{
    (void)state;
    gsc_config config;
    gsc_network n;
    assert_return_ok(gsc_config_default(&config));
    config.model.d_vocab = 5;
    assert_fails(gsc_network_init(&n, &config), GSC_EARGUMENT, "d_vocab: 5");
    assert_null(n.task.inputs);
    gsc_network_free(&n);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_share_their_tokens),
        cmocka_unit_test(constant_tokens_are_known),
        cmocka_unit_test(a_network_that_cannot_be_is_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
