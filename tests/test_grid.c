/* All pairs: what stands in each row for every layout and order, and which were trained
 * on. */
#include "analyze/network/pairs/grid.h"
#include "loaded_model_fixture.h"

static void
open_grid(gsc_grid *grid, gsc_loaded_model *loaded, const char *lines,
          gsc_residue_order order)
{
    open_small(loaded, lines);
    assert_return_ok(gsc_grid_init(grid, loaded, order));
}

static void
close_grid(gsc_grid *grid, gsc_loaded_model *loaded)
{
    gsc_grid_free(grid);
    gsc_loaded_model_close(loaded);
}

/* The grid says of every pair what a sum modulo p is. */
static void
assert_sums(const gsc_grid *grid, const int *tokens, size_t at_a, size_t at_b)
{
    size_t p = grid->n;
    for (size_t i = 0; i < p; i++) {
        assert_int_equal(grid->residues[i], i);
        assert_int_equal(grid->outputs[i], i);
        for (size_t j = 0; j < p; j++) {
            const uint16_t *row = grid->inputs + (i * p + j) * grid->n_ctx;
            for (size_t at = 0; at < grid->n_ctx; at++) {
                int expected = tokens[at] >= 0 ? tokens[at] : (int)((i + j) % p);
                expected = at == at_a ? (int)i : at == at_b ? (int)j : expected;
                assert_int_equal(row[at], expected);
            }
            assert_int_equal(grid->answers[i * p + j], (i + j) % p);
        }
    }
}

/* The pairs that are marked are those of the checkpoint's training examples. */
static void
assert_train_marks(const gsc_grid *grid, const gsc_loaded_model *loaded, bool both)
{
    const gsc_dataset *dataset = &loaded->checkpoint.dataset;
    const gsc_field *tokens = gsc_dataset_find(dataset, GSC_TOKENS);
    const gsc_split *train = gsc_dataset_split(dataset, "train");
    size_t marks = 0, n = grid->n;
    bool *expected = gsc_new(n * n, sizeof *expected);
    assert_non_null(expected);
    assert_non_null(train);
    for (size_t k = 0; k < train->count; k++) {
        const uint16_t *input =
            (const uint16_t *)tokens->data + train->indices[k] * grid->n_ctx;
        size_t a = input[loaded->pairs.position_a];
        size_t b = input[loaded->pairs.position_b];
        expected[a * n + b] = true;
        if (both)
            expected[b * n + a] = true;
    }
    for (size_t i = 0; i < n * n; i++) {
        assert_int_equal(grid->train[i], expected[i]);
        marks += grid->train[i];
    }
    assert_true(grid->split_is_known);
    assert_true(marks > 0 && marks < n * n);
    free(expected);
}

/* ---- Layouts ---- */

static void
every_layout_has_all_pairs_with_their_answers(void **state)
{
    (void)state;
    /* -1: an operand or the answer */
    const struct {
        const char *lines;
        size_t n_ctx, a, b;
        int tokens[6];
    } cases[] = {
        {"layout = a b =\n", 3, 0, 1, {-1, -1, 7}},
        {"layout = a b\n", 2, 0, 1, {-1, -1}},
        {"layout = a op b =\n", 4, 0, 2, {-1, 7, -1, 8}},
        {"layout = eos a op b = c\n", 6, 1, 3, {9, -1, 7, -1, 8, -1}},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        gsc_loaded_model loaded;
        gsc_grid grid;
        open_grid(&grid, &loaded, cases[k].lines, GSC_RESIDUE_ORDER_PLAIN);
        assert_int_equal(grid.n, 7);
        assert_int_equal(grid.n_ctx, cases[k].n_ctx);
        assert_sums(&grid, cases[k].tokens, cases[k].a, cases[k].b);
        assert_train_marks(&grid, &loaded, false);
        for (size_t at = 0; at < grid.n_ctx; at++)
            assert_int_equal(grid.constant[at], cases[k].tokens[at]);
        close_grid(&grid, &loaded);
    }
}

/* ---- Orders ---- */

static const uint16_t powers_of_3[] = {1, 3, 2, 6, 4, 5}; /* modulo 7 */

static void
products_and_quotients_are_sums_over_logarithms(void **state)
{
    (void)state;
    const char *const operations[] = {"operation = multiply\n", "operation = divide\n"};
    for (size_t k = 0; k < 2; k++) {
        gsc_loaded_model loaded;
        gsc_grid grid;
        open_grid(&grid, &loaded, operations[k], GSC_RESIDUE_ORDER_LOGARITHM);
        assert_int_equal(grid.n, 6);
        assert_memory_equal(grid.residues, powers_of_3, sizeof powers_of_3);
        assert_memory_equal(grid.outputs, powers_of_3, sizeof powers_of_3);
        for (size_t i = 0; i < 6; i++)
            for (size_t j = 0; j < 6; j++) {
                const uint16_t *row = grid.inputs + (i * 6 + j) * grid.n_ctx;
                assert_int_equal(row[0], powers_of_3[i]);
                assert_int_equal(row[1], powers_of_3[j]);
                assert_int_equal(row[2], 7);
                assert_int_equal(grid.answers[i * 6 + j],
                                 (k == 0 ? i + j : 6 + i - j) % 6);
            }
        close_grid(&grid, &loaded);
    }
}

static void
train_marks_follow_the_order(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_grid residue, logarithm;
    open_grid(&residue, &loaded, "operation = multiply\n", GSC_RESIDUE_ORDER_PLAIN);
    assert_return_ok(gsc_grid_init(&logarithm, &loaded, GSC_RESIDUE_ORDER_LOGARITHM));
    assert_train_marks(&residue, &loaded, false);
    for (size_t i = 0; i < 6; i++)
        for (size_t j = 0; j < 6; j++)
            assert_int_equal(logarithm.train[i * 6 + j],
                             residue.train[powers_of_3[i] * 7 + powers_of_3[j]]);
    gsc_grid_free(&logarithm);
    close_grid(&residue, &loaded);
}

/* Over the residues 0 times anything is a row, with an answer. */
static void
products_over_residues_have_0(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_grid grid;
    open_grid(&grid, &loaded, "operation = multiply\n", GSC_RESIDUE_ORDER_PLAIN);
    for (size_t i = 0; i < 49; i++)
        assert_int_equal(grid.answers[i], (i / 7) * (i % 7) % 7);
    close_grid(&grid, &loaded);
}

static void
an_answer_outside_the_order_is_none(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_grid grid;
    open_grid(&grid, &loaded, "operation = add\n", GSC_RESIDUE_ORDER_LOGARITHM);
    for (size_t i = 0; i < 6; i++)
        for (size_t j = 0; j < 6; j++) {
            size_t sum = (powers_of_3[i] + powers_of_3[j]) % 7u;
            uint16_t answer = grid.answers[i * 6 + j];
            if (sum == 0)
                assert_int_equal(answer, GSC_NO_ANSWER);
            else
                assert_int_equal(powers_of_3[answer], sum);
        }
    close_grid(&grid, &loaded);
}

static void
a_quotient_over_residues_is_refused(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_grid grid;
    open_small(&loaded, "operation = divide\n");
    assert_fails(gsc_grid_init(&grid, &loaded, GSC_RESIDUE_ORDER_PLAIN), GSC_EARGUMENT,
                 "the operation is not defined for the pair (0, 0)");
    assert_null(grid.inputs);
    close_grid(&grid, &loaded);
}

static void
logarithms_modulo_a_composite_are_refused(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_grid grid;
    open_small(&loaded, "p = 8\n");
    assert_fails(gsc_grid_init(&grid, &loaded, GSC_RESIDUE_ORDER_LOGARITHM),
                 GSC_EARGUMENT, "prime");
    close_grid(&grid, &loaded);
}

/* ---- What was trained on ---- */

static void
an_unordered_pair_marks_both(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_grid grid;
    open_grid(&grid, &loaded, "unordered_pairs = yes\n", GSC_RESIDUE_ORDER_PLAIN);
    assert_int_equal(loaded.checkpoint.dataset.num_examples, 28);
    assert_sums(&grid, (const int[]){-1, -1, 7}, 0, 1);
    assert_train_marks(&grid, &loaded, true);
    close_grid(&grid, &loaded);
}

static void
answers_are_right_whatever_the_labels_are(void **state)
{
    (void)state;
    const char *const lines[] = {"label_noise = 1\n", "random_labels = yes\n"};
    for (size_t k = 0; k < 2; k++) {
        gsc_loaded_model loaded;
        gsc_grid grid;
        open_grid(&grid, &loaded, lines[k], GSC_RESIDUE_ORDER_PLAIN);
        size_t wrong = 0;
        for (size_t i = 0; i < 49; i++)
            wrong +=
                gsc_loaded_model_label(&loaded, i) != (int32_t)((i / 7 + i % 7) % 7);
        assert_true(wrong > 10); /* so that it matters */
        assert_sums(&grid, (const int[]){-1, -1, 7}, 0, 1);
        assert_train_marks(&grid, &loaded, false);
        close_grid(&grid, &loaded);
    }
}

static void
an_unknown_split_marks_nothing(void **state)
{
    (void)state;
    gsc_network network;
    gsc_loaded_model loaded;
    gsc_grid grid;
    small_network(&network, "");
    size_t num_splits = network.dataset.num_splits;
    network.dataset.num_splits = 0;
    write_network(path, &network, 5, 1);
    network.dataset.num_splits = num_splits;
    gsc_network_free(&network);
    assert_return_ok(gsc_loaded_model_open(&loaded, path));
    assert_return_ok(gsc_grid_init(&grid, &loaded, GSC_RESIDUE_ORDER_PLAIN));
    assert_false(grid.split_is_known);
    for (size_t i = 0; i < 49; i++)
        assert_false(grid.train[i]);
    assert_sums(&grid, (const int[]){-1, -1, 7}, 0, 1);
    close_grid(&grid, &loaded);
}

/* ---- Files that contradict themselves ---- */

/* What a loaded model's facet holds, to be made wrong. */
static uint16_t *
item(const gsc_loaded_model *loaded, const char *name)
{
    const gsc_facets *facets = &loaded->checkpoint.facets;
    const gsc_facet *pairs = gsc_facets_find(facets, GSC_BINARY_TABLE);
    return gsc_facet_find(pairs, name)->data;
}

static void
pairs_that_are_not_the_datas_are_refused(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_grid grid;
    open_small(&loaded, "");
    gsc_field *tokens = gsc_dataset_field(&loaded.checkpoint.dataset, GSC_TOKENS);
    tokens->shape.dims[0] = 2;
    assert_fails(gsc_grid_init(&grid, &loaded, GSC_RESIDUE_ORDER_PLAIN), GSC_EFORMAT,
                 "/data/tokens: 2 tokens an example, but the pairs have 3");
    tokens->shape.dims[0] = 3;
    item(&loaded, "operands")[3] = 8;
    assert_fails(gsc_grid_init(&grid, &loaded, GSC_RESIDUE_ORDER_PLAIN), GSC_EFORMAT,
                 "/facets/binary_table/operands: 3 is token 8, of 8");
    item(&loaded, "operands")[3] = 3;
    item(&loaded, "input")[2] = 9;
    assert_fails(gsc_grid_init(&grid, &loaded, GSC_RESIDUE_ORDER_PLAIN), GSC_EFORMAT,
                 "/facets/binary_table/input: 2 is token 9, of 8");
    item(&loaded, "input")[2] = 7;
    item(&loaded, "answers")[6] = 7;
    assert_fails(gsc_grid_init(&grid, &loaded, GSC_RESIDUE_ORDER_PLAIN), GSC_EFORMAT,
                 "/facets/binary_table/answers: 6 has no output among the model's 7");
    gsc_loaded_model_close(&loaded);
}

/* A grid need not look at the split again. */
static void
a_split_beyond_the_examples_is_not_loaded(void **state)
{
    (void)state;
    gsc_network network;
    gsc_loaded_model loaded, again;
    small_network(&network, "");
    write_network(path, &network, 5, 1);
    gsc_network_free(&network);
    assert_return_ok(gsc_loaded_model_open(&loaded, path));
    loaded.checkpoint.dataset.splits[0].indices[2] = 49;
    assert_fails(gsc_loaded_model_of(&again, &loaded.checkpoint, &gsc_builtin_registry),
                 GSC_EFORMAT, "49");
    gsc_loaded_model_close(&loaded);
}

static void
write_with(gsc_network *network, const char *option, const char *value)
{
    assert_return_ok(gsc_config_set(&network->config, option, value));
    write_network(path, network, 0, 1);
}

/* A network of terabytes, of a file of kilobytes, and one that nobody begins so. */
static void
a_configuration_that_is_not_the_tensors_is_refused(void **state)
{
    (void)state;
    gsc_network network;
    gsc_loaded_model loaded;
    small_network(&network, "");
    write_with(&network, "d_model", "16384");
    write_with(&network, "d_mlp", "65536");
    write_with(&network, "n_layers", "64");
    assert_fails(gsc_loaded_model_open(&loaded, path), GSC_EFORMAT,
                 "/params/embed.W_E is [8, 8], expected [8, 16384]");
    write_with(&network, "d_vocab", "9");
    assert_fails(gsc_loaded_model_open(&loaded, path), GSC_EFORMAT,
                 "/params/embed.W_E is [8, 8], expected [9, 16384]");
    write_with(&network, "init", "gromov");
    assert_fails(gsc_loaded_model_open(&loaded, path), GSC_EFORMAT,
                 "init: transformer has no 'gromov'");
    gsc_network_free(&network);
}

/* Sizes that a configuration leaves open follow from the data, as in training. */
static void
open_sizes_are_filled_in(void **state)
{
    (void)state;
    gsc_network network;
    gsc_loaded_model loaded;
    small_network(&network, "");
    write_with(&network, "d_head", "0");
    write_with(&network, "d_vocab", "0");
    write_with(&network, "n_ctx", "0");
    gsc_network_free(&network);
    assert_return_ok(gsc_loaded_model_open(&loaded, path));
    assert_int_equal(gsc_loaded_model_tensor(&loaded, "embed.W_E")->shape.dims[0], 8);
    assert_int_equal(
        gsc_loaded_model_tensor(&loaded, "blocks.0.attn.W_Q")->shape.dims[2], 4);
    gsc_loaded_model_close(&loaded);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(every_layout_has_all_pairs_with_their_answers),
        IN_FOLDER(products_and_quotients_are_sums_over_logarithms),
        IN_FOLDER(train_marks_follow_the_order),
        IN_FOLDER(products_over_residues_have_0),
        IN_FOLDER(an_answer_outside_the_order_is_none),
        IN_FOLDER(a_quotient_over_residues_is_refused),
        IN_FOLDER(logarithms_modulo_a_composite_are_refused),
        IN_FOLDER(an_unordered_pair_marks_both),
        IN_FOLDER(answers_are_right_whatever_the_labels_are),
        IN_FOLDER(an_unknown_split_marks_nothing),
        IN_FOLDER(pairs_that_are_not_the_datas_are_refused),
        IN_FOLDER(a_split_beyond_the_examples_is_not_loaded),
        IN_FOLDER(a_configuration_that_is_not_the_tensors_is_refused),
        IN_FOLDER(open_sizes_are_filled_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
