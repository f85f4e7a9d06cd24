/* Layouts, targets, unordered pairs, orders and labels that are not the operation's. */
#include "task_fixture.h"

#include "train/task/layout.h"

#include <stdlib.h>

static gsc_binary_operation
configure(const char *layout, int64_t p)
{
    gsc_binary_operation config;
    gsc_options keys = gsc_binary_operation_options(&config);
    assert_return_ok(gsc_options_default(&keys, 1));
    assert_return_ok(gsc_options_set(&keys, 1, "layout", layout));
    config.p = p;
    config.train_fraction = 0.5;
    return config;
}

/* The example (a, b) of p = 7. */
static size_t
pair(size_t a, size_t b)
{
    return 7 * a + b;
}

static void
every_layout_has_its_tokens(void **state)
{
    (void)state;
    const struct {
        const char *name;
        size_t n_ctx, d_vocab, answer;
        uint16_t tokens[8]; /* of (3, 5): c = 1 */
    } layouts[] = {
        {"a b", 2, 7, 1, {3, 5}},
        {"a b =", 3, 8, 2, {3, 5, 7}},
        {"a op b =", 4, 9, 3, {3, 7, 5, 8}},
        {"eos a op b = c", 6, 10, 4, {9, 3, 7, 5, 8, 1}},
        {"a op b", 3, 8, 2, {3, 7, 5}},
        {"op a b", 3, 8, 2, {7, 3, 5}},
        {"  =  b a ", 3, 8, 2, {7, 5, 3}},
        {"eos a = b", 4, 9, 3, {8, 3, 7, 5}},
        {"eos a op b = c eos", 7, 10, 4, {9, 3, 7, 5, 8, 1, 9}},
        {"a op b = c mod p", 7, 11, 3, {3, 7, 5, 8, 1, 9, 10}},
        {"eos a b mod p = c", 7, 11, 5, {8, 3, 5, 9, 10, 7, 1}},
    };
    for (size_t k = 0; k < sizeof layouts / sizeof *layouts; k++) {
        gsc_binary_operation config = configure(layouts[k].name, 7);
        made_task task = make_task(&config);
        assert_int_equal(task.n_ctx, layouts[k].n_ctx);
        assert_int_equal(task.d_vocab, layouts[k].d_vocab);
        assert_int_equal(task.dataset.targets[0].position, layouts[k].answer);
        assert_memory_equal(task.tokens + pair(3, 5) * task.n_ctx, layouts[k].tokens,
                            task.n_ctx * sizeof *task.tokens);
        assert_int_equal(task.label[pair(3, 5)], 1);
        free_made_task(&task);
    }
}

/* Power et al.'s: after "=" comes c, after c the end token, which the sequence begins
 * with. */
static void
targets_are_the_next_tokens(void **state)
{
    (void)state;
    gsc_binary_operation config = configure("eos a op b = c", 7);
    made_task task = make_task(&config);
    const uint16_t expected[] = {3, 7, 5, 8, 1, 9};
    const gsc_loss_positions kinds[] = {GSC_LOSS_ALL, GSC_LOSS_FROM_ANSWER};
    const size_t firsts[] = {0, 4};
    free_made_task(&task);
    for (size_t k = 0; k < 2; k++) {
        size_t count = 6 - firsts[k];
        config.loss_positions = kinds[k];
        task = make_task(&config);
        assert_int_equal(task.dataset.targets[0].position, firsts[k]);
        assert_int_equal(task.dataset.targets[0].num_positions, count);
        assert_memory_equal(task.label + pair(3, 5) * count, expected + firsts[k],
                            count * sizeof *expected);
        free_made_task(&task);
    }
}

static void
one_target_is_the_answer(void **state)
{
    (void)state;
    gsc_binary_operation config = configure("a b =", 7);
    made_task task = make_task(&config);
    assert_int_equal(task.dataset.num_targets, 1);
    assert_int_equal(task.dataset.targets[0].position, 2);
    for (size_t a = 0; a < 7; a++)
        for (size_t b = 0; b < 7; b++)
            assert_int_equal(task.label[pair(a, b)], (a + b) % 7);
    free_made_task(&task);
}

static void
the_facet_tells_the_table(void **state)
{
    (void)state;
    gsc_binary_operation config = configure("eos a op b = c", 7);
    config.label_noise = 1;
    made_task task = make_task(&config);
    const gsc_binary_table *t = &task.pairs;
    assert_int_equal(t->n, 7);
    assert_string_equal(t->operation, "add");
    assert_string_equal(t->extra_tokens, "op = eos");
    assert_int_equal(t->position_a, 1);
    assert_int_equal(t->position_b, 3);
    assert_int_equal(t->position_c, 5);
    assert_int_equal(t->input[0], 9);
    assert_int_equal(t->input[2], 7);
    assert_int_equal(t->input[4], 8);
    for (size_t i = 0; i < 49; i++) /* without the noise */
        assert_int_equal(t->table[i], (i / 7 + i % 7) % 7);
    free_made_task(&task);
}

/* A vocabulary of others: four operations, then "=". */
static void
tokens_may_stand_anywhere_after_the_elements(void **state)
{
    (void)state;
    const uint16_t expected[] = {3, 8, 5, 11};
    gsc_dataset dataset = {.num_examples = 0};
    gsc_facets facets = {.count = 0};
    gsc_binary_operation config = configure("a op b =", 7);
    config.op_token = 8;
    config.equals_token = 11;
    made_task task = make_task(&config);
    const gsc_field *tokens = gsc_dataset_find(&task.dataset, GSC_TOKENS);
    assert_int_equal(tokens->num_values, 12);
    assert_memory_equal((const uint16_t *)tokens->data + pair(3, 5) * 4, expected,
                        sizeof expected);
    assert_string_equal(task.pairs.extra_tokens, "- op - - =");
    free_made_task(&task);
    config.op_token = 6;
    assert_fails(gsc_task_binary_operation.make(&config, &dataset, &facets),
                 GSC_EARGUMENT,
                 "op_token is 6, expected 7 to 22: after the 7 elements");
    config.op_token = 11;
    assert_fails(gsc_task_binary_operation.make(&config, &dataset, &facets),
                 GSC_EARGUMENT, "op_token and equals_token are one token");
    config = configure("a b", 7);
    config.equals_token = 7;
    assert_fails(gsc_task_binary_operation.make(&config, &dataset, &facets),
                 GSC_EARGUMENT, "equals_token: the layout has no such token");
}

static void
pairs_without_an_answer_are_marked(void **state)
{
    (void)state;
    gsc_binary_operation config = configure("a b", 7);
    gsc_options options = gsc_binary_operation_options(&config);
    assert_return_ok(gsc_options_set(&options, 1, "operation", "divide"));
    made_task task = make_task(&config);
    for (size_t a = 0; a < 7; a++)
        for (size_t b = 0; b < 7; b++)
            assert_int_equal(task.pairs.table[pair(a, b)] == GSC_NO_ANSWER, b == 0);
    free_made_task(&task);
}

static void
unordered_pairs_are_there_once(void **state)
{
    (void)state;
    gsc_binary_operation config = configure("a b", 7);
    config.unordered_pairs = true;
    made_task task = make_task(&config);
    assert_int_equal(task.num_examples, 28);
    size_t i = 0;
    for (uint16_t a = 0; a < 7; a++)
        for (uint16_t b = a; b < 7; b++, i++) {
            assert_int_equal(task.tokens[2 * i], a);
            assert_int_equal(task.tokens[2 * i + 1], b);
            assert_int_equal(task.label[i], (a + b) % 7);
        }
    assert_int_equal(task.num_train, 14);
    free_made_task(&task);
}

static void
unordered_pairs_of_a_difference_are_refused(void **state)
{
    (void)state;
    gsc_binary_operation config = configure("a b", 7);
    gsc_options keys = gsc_binary_operation_options(&config);
    assert_return_ok(gsc_options_set(&keys, 1, "operation", "subtract"));
    config.unordered_pairs = true;
    made_task task;
    assert_int_equal(try_task(&config, &task), GSC_EARGUMENT);
    assert_string_equal(gsc_error_text(),
                        "unordered_pairs: subtract (a - b) of (0, 1) is not that of "
                        "(1, 0)");
}

/* ---- Orders of the residues ---- */

static void
logarithms_make_products_sums(void **state)
{
    (void)state;
    const size_t primes[] = {2, 3, 7, 97, 113, 4093};
    for (size_t k = 0; k < sizeof primes / sizeof *primes; k++) {
        size_t p = primes[k], count, n = p - 1;
        uint16_t *power = calloc(p, sizeof *power);
        assert_non_null(power);
        assert_return_ok(
            gsc_residue_order_list(GSC_RESIDUE_ORDER_LOGARITHM, p, power, &count));
        assert_int_equal(count, n);
        bool *seen = calloc(p, sizeof *seen);
        assert_non_null(seen);
        for (size_t i = 0; i < n; i++) {
            size_t j = (31 * i + 5) % n;
            assert_int_equal((size_t)power[i] * power[j] % p, power[(i + j) % n]);
            assert_true(power[i] > 0 && !seen[power[i]]);
            seen[power[i]] = true;
        }
        free(seen);
        free(power);
    }
}

static void
residues_of_a_composite_have_no_logarithms(void **state)
{
    (void)state;
    uint16_t residues[12];
    size_t count;
    assert_fails(
        gsc_residue_order_list(GSC_RESIDUE_ORDER_LOGARITHM, 12, residues, &count),
        GSC_EARGUMENT, "modulo 12, no prime");
    assert_return_ok(
        gsc_residue_order_list(GSC_RESIDUE_ORDER_PLAIN, 12, residues, &count));
    assert_int_equal(count, 12);
    assert_int_equal(residues[11], 11);
}

static void
products_and_quotients_go_by_logarithm(void **state)
{
    (void)state;
    size_t num_operations;
    const gsc_operation *table = gsc_operations(&num_operations);
    for (size_t i = 0; i < num_operations; i++) {
        bool product = strncmp(table[i].name, "multiply", 8) == 0 ||
                       strcmp(table[i].name, "divide") == 0;
        gsc_binary_operation config = configure("a b", 97);
        strcpy(config.operation, table[i].name);
        if (table[i].traits & GSC_OF_GROUP)
            continue;
        made_task task = make_task(&config);
        assert_int_equal(task.pairs.order, product ? GSC_RESIDUE_ORDER_LOGARITHM
                                                   : GSC_RESIDUE_ORDER_PLAIN);
        free_made_task(&task);
        if (table[i].traits & GSC_DIVIDES)
            continue;
        config.p = 96;
        task = make_task(&config);
        assert_int_equal(task.pairs.order, GSC_RESIDUE_ORDER_PLAIN);
        free_made_task(&task);
    }
}

/* ---- Labels ---- */

static size_t
count_wrong(const made_task *task, const uint32_t *examples, size_t count)
{
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        const uint16_t *input = task->tokens + examples[i] * task->n_ctx;
        size_t a = task->n_ctx == 6 ? input[1] : input[0];
        size_t b = task->n_ctx == 6 ? input[3] : input[1];
        wrong += task->label[examples[i]] != (a + b) % task->pairs.n;
        if (task->n_ctx == 6)
            assert_int_equal(input[5], task->label[examples[i]]);
    }
    return wrong;
}

/* A random label is the right one in 1 of p cases. */
static void
label_noise_strikes_the_first_of_the_split(void **state)
{
    (void)state;
    const char *const layouts[] = {"a b", "eos a op b = c"};
    for (size_t k = 0; k < 2; k++) {
        gsc_binary_operation config = configure(layouts[k], 97);
        config.label_noise = 0.3;
        made_task task = make_task(&config);
        size_t num_noisy = (size_t)(0.3 * (double)task.num_train);
        double expected = (double)num_noisy * 96 / 97, wide = 6 * sqrt(expected / 97);
        assert_close((double)count_wrong(&task, task.train, num_noisy), expected, wide);
        assert_int_equal(
            count_wrong(&task, task.train + num_noisy, task.num_train - num_noisy), 0);
        assert_int_equal(count_wrong(&task, task.test, task.num_test), 0);
        free_made_task(&task);
    }
}

static void
random_labels_are_drawn_for_all(void **state)
{
    (void)state;
    gsc_binary_operation config = configure("a b", 97);
    config.random_labels = true;
    made_task task = make_task(&config);
    double n = (double)task.num_examples, squares = 0;
    size_t counts[97] = {0};
    for (size_t i = 0; i < task.num_examples; i++)
        counts[task.label[i]]++;
    for (size_t c = 0; c < 97; c++)
        squares += ((double)counts[c] - n / 97) * ((double)counts[c] - n / 97);
    double chi2 = squares / (n / 97); /* 96 degrees of freedom */
    assert_true(chi2 > 96 - 5 * sqrt(2 * 96) && chi2 < 96 + 5 * sqrt(2 * 96));
    made_task again = make_task(&config);
    assert_memory_equal(again.label, task.label,
                        task.num_examples * sizeof *task.label);
    free_made_task(&again);
    config.data_seed = 1;
    again = make_task(&config);
    assert_memory_not_equal(again.label, task.label,
                            task.num_examples * sizeof *task.label);
    free_made_task(&again);
    free_made_task(&task);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layout_has_its_tokens),
        cmocka_unit_test(targets_are_the_next_tokens),
        cmocka_unit_test(one_target_is_the_answer),
        cmocka_unit_test(the_facet_tells_the_table),
        cmocka_unit_test(tokens_may_stand_anywhere_after_the_elements),
        cmocka_unit_test(pairs_without_an_answer_are_marked),
        cmocka_unit_test(unordered_pairs_are_there_once),
        cmocka_unit_test(unordered_pairs_of_a_difference_are_refused),
        cmocka_unit_test(logarithms_make_products_sums),
        cmocka_unit_test(residues_of_a_composite_have_no_logarithms),
        cmocka_unit_test(products_and_quotients_go_by_logarithm),
        cmocka_unit_test(label_noise_strikes_the_first_of_the_split),
        cmocka_unit_test(random_labels_are_drawn_for_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
