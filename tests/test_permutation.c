/* The toy of permutations: what follows what, and the product of two embeddings. */
#include "train/task/permutation.h"

#include "grokscope/engine.h"

#include "loaded_model_fixture.h"

#include <stdlib.h>

#define NETWORK                                              \
    "task = permutation\narchitecture = embedding_product\n" \
    "hidden = 5\nd_out = 4\ntrain_samples = 20\nd_model = 9\n"

/* In lexicographic order. */
static const size_t all[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                 {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

static size_t
number_of(const size_t *p)
{
    for (size_t k = 0; k < 6; k++)
        if (memcmp(all[k], p, sizeof all[k]) == 0)
            return k;
    fail_msg("no permutation");
    return 0;
}

static size_t
token(const gsc_dataset *dataset, size_t example, size_t at)
{
    return (size_t)gsc_field_element(gsc_dataset_find(dataset, GSC_TOKENS), example,
                                     at);
}

static void
the_second_follows_the_first(void **state)
{
    (void)state;
    gsc_network network;
    small_network(&network, NETWORK);
    const gsc_dataset *d = &network.dataset;
    const gsc_field *label = gsc_dataset_find(d, "label");
    assert_int_equal(d->num_examples, 36);
    assert_int_equal(gsc_dataset_split(d, "train")->count, 20);
    assert_int_equal(d->targets[0].num_templates, 6);
    assert_int_equal(d->targets[0].template_width, 4);
    for (size_t e = 0; e < 36; e++) {
        size_t a = token(d, e, 0), b = token(d, e, 1), c[3];
        assert_true(a == e / 6 && b == e % 6);
        for (size_t i = 0; i < 3; i++)
            c[i] = all[b][all[a][i]];
        assert_int_equal((size_t)gsc_field_element(label, e, 0), number_of(c));
    }
    gsc_network_free(&network);
}

/* A group: every row and column of the table has each element once. */
static void
four_things_make_a_latin_square(void **state)
{
    (void)state;
    gsc_network network;
    bool rows[24][24] = {{false}}, columns[24][24] = {{false}};
    small_network(&network, "task = permutation\narchitecture = embedding_product\n"
                            "hidden = 5\nn = 4\nd_model = 4\nloss = cross_entropy\n");
    const gsc_dataset *d = &network.dataset;
    const gsc_field *label = gsc_dataset_find(d, "label");
    assert_int_equal(d->num_examples, 576);
    assert_int_equal(d->targets[0].num_templates, 0);
    for (size_t e = 0; e < 576; e++) {
        size_t c = (size_t)gsc_field_element(label, e, 0);
        assert_false(rows[e / 24][c] || columns[e % 24][c]);
        rows[e / 24][c] = columns[e % 24][c] = true;
        if (e / 24 == 0)
            assert_int_equal(c, e % 24); /* number 0 changes nothing */
    }
    gsc_network_free(&network);
}

static void
the_decoder_reads_the_product_of_two_matrices(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_engine *engine;
    double product[36 * 9];
    open_small(&loaded, NETWORK);
    gsc_node node = gsc_graph_find(loaded.model.graph, "hook_product");
    gsc_engine_options options = {
        .type = GSC_FLOAT64, .taps = &node, .num_taps = 1, .rewrites = GSC_REWRITE_ALL};
    const gsc_dataset *d = &loaded.checkpoint.dataset;
    gsc_batch batch = {
        .fields = d->fields, .num_fields = d->num_fields, .num_examples = 36};
    void *taps[] = {product};
    assert_return_ok(gsc_engine_open(&engine, loaded.model.graph, &options));
    assert_return_ok(gsc_engine_run(engine, NULL, loaded.weights, &batch, taps, NULL));
    const double *E = gsc_loaded_model_tensor(&loaded, "embed.W_E")->data;
    for (size_t e = 0; e < 36; e++)
        for (size_t i = 0; i < 9; i++) {
            const double *a = E + e / 6 * 9, *b = E + e % 6 * 9;
            double sum = 0;
            for (size_t j = 0; j < 3; j++)
                sum += a[i / 3 * 3 + j] * b[j * 3 + i % 3];
            assert_close(product[e * 9 + i], sum, 1e-15);
        }
    for (size_t i = 0; i < 6 * 9; i++)
        assert_true(fabs(E[i]) <= 0.05 && E[i] != 0);
    gsc_engine_close(engine);
    gsc_loaded_model_close(&loaded);
}

static void
embeddings_begin_as_large_as_they_are_asked_to(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    double most = 0;
    open_small(&loaded, NETWORK "embedding_scale = 4\n");
    const double *E = gsc_loaded_model_tensor(&loaded, "embed.W_E")->data;
    for (size_t i = 0; i < 6 * 9; i++)
        most = fmax(most, fabs(E[i]));
    assert_true(most > 1.5 && most <= 2);
    assert_false(gsc_loaded_model_tensor(&loaded, "product.W_sum")->trained);
    gsc_loaded_model_close(&loaded);
}

static void
what_makes_no_toy_is_refused(void **state)
{
    (void)state;
    gsc_network network;
    gsc_config config = small_config(NETWORK "train_samples = 37\n");
    assert_fails(gsc_network_init(&network, &config), GSC_EARGUMENT,
                 "train_samples: 37, but there are 36 pairs");
    config = small_config(NETWORK "d_model = 8\n");
    assert_fails(gsc_network_init(&network, &config), GSC_EARGUMENT,
                 "d_model: 8 is no square number");
    config = small_config("task = parity\narchitecture = embedding_product\n"
                          "d_model = 9\n");
    assert_fails(gsc_network_init(&network, &config), GSC_EARGUMENT,
                 "embedding_product takes two tokens");
    assert_return_ok(gsc_config_default(&config));
    assert_return_ok(gsc_config_set(&config, "task", "permutation"));
    assert_fails(gsc_config_set(&config, "n", "6"), GSC_EARGUMENT, "n: 6 is outside");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_second_follows_the_first),
        cmocka_unit_test(four_things_make_a_latin_square),
        cmocka_unit_test(the_decoder_reads_the_product_of_two_matrices),
        cmocka_unit_test(embeddings_begin_as_large_as_they_are_asked_to),
        cmocka_unit_test(what_makes_no_toy_is_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_run);
}
