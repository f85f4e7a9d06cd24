/* Layouts, targets, unordered pairs, orders and labels that are not the operation's. */
#include "test.h"

#include "grokscope/task.h"

#include <stdlib.h>

static gsc_task_config
configure(const char *layout, int64_t p)
{
    gsc_task_config config;
    gsc_options keys = gsc_task_options(&config);
    assert_return_ok(gsc_options_default(&keys, 1));
    assert_return_ok(gsc_options_set(&keys, 1, "layout", layout));
    config.p = p;
    config.train_fraction = 0.5;
    return config;
}

static gsc_task
make(const gsc_task_config *config)
{
    gsc_task task;
    assert_return_ok(gsc_task_init(&task, config));
    return task;
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
        uint16_t tokens[6]; /* of (3, 5): c = 1 */
    } layouts[] = {
        {"a b", 2, 7, 1, {3, 5}},
        {"a b =", 3, 8, 2, {3, 5, 7}},
        {"a op b =", 4, 9, 3, {3, 7, 5, 8}},
        {"eos a op b = c", 6, 10, 4, {9, 3, 7, 5, 8, 1}},
    };
    for (size_t k = 0; k < sizeof layouts / sizeof *layouts; k++) {
        gsc_task_config config = configure(layouts[k].name, 7);
        gsc_task task = make(&config);
        assert_int_equal(task.n_ctx, layouts[k].n_ctx);
        assert_int_equal(task.d_vocab, layouts[k].d_vocab);
        assert_int_equal(gsc_task_answer_position(&config), layouts[k].answer);
        assert_memory_equal(task.inputs + pair(3, 5) * task.n_ctx, layouts[k].tokens,
                            task.n_ctx * sizeof *task.inputs);
        assert_int_equal(task.labels[pair(3, 5)], 1);
        gsc_task_free(&task);
    }
}

/* Power et al.'s: after "=" comes c, after c the end token, which the sequence begins
 * with. */
static void
targets_are_the_next_tokens(void **state)
{
    (void)state;
    gsc_task_config config = configure("eos a op b = c", 7);
    gsc_task task = make(&config);
    const uint16_t expected[] = {3, 7, 5, 8, 1, 9};
    for (size_t first = 0; first < 6; first++) {
        uint16_t *targets;
        size_t count = 6 - first;
        assert_return_ok(gsc_task_targets(&task, 4, first, count, &targets));
        assert_memory_equal(targets + pair(3, 5) * count, expected + first,
                            count * sizeof *targets);
        free(targets);
    }
    gsc_task_free(&task);
}

static void
one_target_is_the_label(void **state)
{
    (void)state;
    gsc_task_config config = configure("a b =", 7);
    gsc_task task = make(&config);
    uint16_t *targets;
    assert_return_ok(gsc_task_targets(&task, 2, 2, 1, &targets));
    assert_memory_equal(targets, task.labels, 49 * sizeof *targets);
    free(targets);
    gsc_task_free(&task);
}

static void
unordered_pairs_are_there_once(void **state)
{
    (void)state;
    gsc_task_config config = configure("a b", 7);
    config.unordered_pairs = true;
    gsc_task task = make(&config);
    assert_int_equal(task.num_examples, 28);
    size_t i = 0;
    for (uint16_t a = 0; a < 7; a++)
        for (uint16_t b = a; b < 7; b++, i++) {
            assert_int_equal(task.inputs[2 * i], a);
            assert_int_equal(task.inputs[2 * i + 1], b);
            assert_int_equal(task.labels[i], (a + b) % 7);
        }
    assert_int_equal(task.num_train, 14);
    gsc_task_free(&task);
}

static void
unordered_pairs_of_a_difference_are_refused(void **state)
{
    (void)state;
    gsc_task_config config = configure("a b", 7);
    gsc_options keys = gsc_task_options(&config);
    assert_return_ok(gsc_options_set(&keys, 1, "operation", "subtract"));
    config.unordered_pairs = true;
    gsc_task task;
    assert_int_equal(gsc_task_init(&task, &config), GSC_EARGUMENT);
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
        bool product = strcmp(table[i].name, "multiply") == 0 ||
                       strcmp(table[i].name, "divide") == 0;
        gsc_task_config config = configure("a b", 97);
        config.operation = (int64_t)i;
        assert_int_equal(gsc_task_residue_order(&config),
                         product ? GSC_RESIDUE_ORDER_LOGARITHM
                                 : GSC_RESIDUE_ORDER_PLAIN);
        config.p = 96;
        assert_int_equal(gsc_task_residue_order(&config), GSC_RESIDUE_ORDER_PLAIN);
    }
}

/* ---- Labels ---- */

static size_t
count_wrong(const gsc_task *task, const uint32_t *examples, size_t count)
{
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        const uint16_t *input = task->inputs + examples[i] * task->n_ctx;
        size_t a = task->n_ctx == 6 ? input[1] : input[0];
        size_t b = task->n_ctx == 6 ? input[3] : input[1];
        wrong += task->labels[examples[i]] != (a + b) % task->num_answers;
        if (task->n_ctx == 6)
            assert_int_equal(input[5], task->labels[examples[i]]);
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
        gsc_task_config config = configure(layouts[k], 97);
        config.label_noise = 0.3;
        gsc_task task = make(&config);
        size_t num_noisy = (size_t)(0.3 * (double)task.num_train), num_test;
        uint32_t *test;
        assert_return_ok(gsc_task_test(&task, &test, &num_test));
        double expected = (double)num_noisy * 96 / 97, wide = 6 * sqrt(expected / 97);
        assert_close((double)count_wrong(&task, task.train, num_noisy), expected, wide);
        assert_int_equal(
            count_wrong(&task, task.train + num_noisy, task.num_train - num_noisy), 0);
        assert_int_equal(count_wrong(&task, test, num_test), 0);
        free(test);
        gsc_task_free(&task);
    }
}

static void
random_labels_are_drawn_for_all(void **state)
{
    (void)state;
    gsc_task_config config = configure("a b", 97);
    config.random_labels = true;
    gsc_task task = make(&config);
    double n = (double)task.num_examples, squares = 0;
    size_t counts[97] = {0};
    for (size_t i = 0; i < task.num_examples; i++)
        counts[task.labels[i]]++;
    for (size_t c = 0; c < 97; c++)
        squares += ((double)counts[c] - n / 97) * ((double)counts[c] - n / 97);
    double chi2 = squares / (n / 97); /* 96 degrees of freedom */
    assert_true(chi2 > 96 - 5 * sqrt(2 * 96) && chi2 < 96 + 5 * sqrt(2 * 96));
    gsc_task again = make(&config);
    assert_memory_equal(again.labels, task.labels,
                        task.num_examples * sizeof *task.labels);
    gsc_task_free(&again);
    config.data_seed = 1;
    again = make(&config);
    assert_memory_not_equal(again.labels, task.labels,
                            task.num_examples * sizeof *task.labels);
    gsc_task_free(&again);
    gsc_task_free(&task);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layout_has_its_tokens),
        cmocka_unit_test(targets_are_the_next_tokens),
        cmocka_unit_test(one_target_is_the_label),
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
