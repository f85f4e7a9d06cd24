/* A configuration's network: what it is built of, and the order of its examples. */
#include "test.h"

#include "grokscope/memory.h"
#include "grokscope/network.h"

#include "train/data/sampler.h"

#include <stdlib.h>

static void
open_network(gsc_network *network, const char *layout)
{
    gsc_config config;
    assert_return_ok(gsc_config_default(&config));
    assert_return_ok(gsc_config_set(&config, "layout", layout));
    assert_return_ok(gsc_network_init(network, &config));
}

/* Tokens of the first 240 examples of an order, and of the next ones, at most. */
static size_t
most_tokens(const gsc_field *tokens, size_t b, const uint32_t *order, size_t count)
{
    size_t most = 0;
    for (size_t first = 0; first + GSC_TILE <= count; first += GSC_TILE) {
        bool left[113] = {false}, right[113] = {false};
        size_t few = 0;
        for (size_t i = first; i < first + GSC_TILE; i++) {
            size_t x = (size_t)gsc_field_element(tokens, order[i], 0);
            size_t y = (size_t)gsc_field_element(tokens, order[i], b);
            few += (left[x] ? 0 : (size_t)1) + (right[y] ? 0 : (size_t)1);
            left[x] = right[y] = true;
        }
        most = few > most ? few : most;
    }
    return most;
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
        const gsc_split *train = gsc_dataset_split(&n.dataset, "train");
        const gsc_field *tokens = gsc_dataset_find(&n.dataset, GSC_TOKENS);
        uint32_t *order = gsc_new(train->count, sizeof *order);
        bool *seen = gsc_new(n.dataset.num_examples, sizeof *seen);
        assert_true(order && seen);
        memcpy(order, train->indices, train->count * sizeof *order);
        assert_return_ok(gsc_cache_order(&n.dataset, order, train->count));
        for (size_t i = 0; i < train->count; i++)
            seen[order[i]] = true;
        for (size_t i = 0; i < train->count; i++)
            assert_true(seen[train->indices[i]]);
        /* of 226; by index there are 121 and more */
        assert_true(most_tokens(tokens, k + 1, order, train->count) <= 100);
        free(order);
        free(seen);
        gsc_network_free(&n);
    }
}

static const gsc_constant_field *
find_constant(const gsc_network *n, const char *name)
{
    for (size_t i = 0; i < n->num_constants; i++)
        if (strcmp(n->constants[i].name, name) == 0)
            return &n->constants[i];
    return NULL;
}

static void
constant_tokens_are_known(void **state)
{
    (void)state;
    gsc_network n;
    open_network(&n, "a op b =");
    const int32_t expected[] = {-1, 113, -1, 114};
    assert_non_null(find_constant(&n, GSC_TOKENS));
    assert_memory_equal(find_constant(&n, GSC_TOKENS)->values, expected,
                        sizeof expected);
    gsc_network_free(&n);
}

/* Of addition by digits, whose loss is of all positions and whose digits are only
 * reported. */
static void
what_is_minimised_comes_first(void **state)
{
    (void)state;
    gsc_network n;
    gsc_config config;
    assert_return_ok(gsc_config_default(&config));
    assert_return_ok(gsc_config_set(&config, "task", "digits"));
    assert_return_ok(gsc_config_set(&config, "digits", "3"));
    assert_return_ok(gsc_network_init(&n, &config));
    assert_int_equal(n.model.num_outputs, 5);
    assert_int_equal(n.num_trained, 1);
    assert_int_equal(n.num_roots, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(n.loss_roots[i], i);
        assert_int_equal(n.metric_roots[i],
                         i); /* a cross-entropy knows what is right */
        assert_int_equal(n.roots[i].node, n.model.outputs[i].loss);
        assert_true(n.roots[i].weight == (i == 0 ? 1 : 0));
    }
    gsc_network_free(&n);
}

static void
a_network_that_cannot_be_is_freed(void **state)
{
    (void)state;
    gsc_config config;
    gsc_network n;
    assert_return_ok(gsc_config_default(&config));
    assert_return_ok(gsc_config_set(&config, "d_vocab", "5"));
    assert_fails(gsc_network_init(&n, &config), GSC_EARGUMENT, "d_vocab: 5");
    assert_int_equal(n.dataset.num_fields, 0);
    assert_null(n.model.graph);
    gsc_network_free(&n);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_share_their_tokens),
        cmocka_unit_test(constant_tokens_are_known),
        cmocka_unit_test(what_is_minimised_comes_first),
        cmocka_unit_test(a_network_that_cannot_be_is_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
