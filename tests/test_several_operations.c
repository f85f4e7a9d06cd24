/* A task of several operations: examples, tokens, facets, split, and what is reported
 * of each. */
#include "task_fixture.h"

#include "grokscope/memory.h"
#include "grokscope/network.h"

#include <math.h>
#include <stdlib.h>

enum { P = 7 };

/* Chosen as a recipe does. */
static int
try_set(gsc_binary_operation *options, const char *name, const char *value)
{
    gsc_options keys = gsc_binary_operation_options(options);
    return gsc_options_set(&keys, 1, name, value);
}

static gsc_binary_operation
configure(const char *operations)
{
    gsc_binary_operation options;
    gsc_options keys = gsc_binary_operation_options(&options);
    assert_return_ok(gsc_options_default(&keys, 1));
    assert_return_ok(try_set(&options, "operation", operations));
    assert_return_ok(try_set(&options, "layout", "a op b ="));
    options.p = P;
    options.train_fraction = 0.5;
    return options;
}

static made_task
make(const char *operations)
{
    gsc_binary_operation options = configure(operations);
    return make_task(&options);
}

static void
assert_refused(const gsc_binary_operation *options, const char *message)
{
    made_task made;
    assert_int_equal(try_task(options, &made), GSC_EARGUMENT);
    assert_string_equal(gsc_error_text(), message);
}

/* Labels of one operation are drawn, those of the others stay. */
static void
some_operations_have_random_labels(void **state)
{
    (void)state;
    gsc_binary_operation options = configure("add,subtract");
    assert_return_ok(try_set(&options, "random_operations", "subtract"));
    made_task drawn = make_task(&options), plain = make("add,subtract");
    size_t same = 0;
    for (size_t i = 0; i < P * P; i++)
        assert_int_equal(drawn.label[i], plain.label[i]);
    for (size_t i = P * P; i < 2 * P * P; i++)
        same += drawn.label[i] == plain.label[i];
    assert_true(same < P * P / 2);
    free_made_task(&drawn);
    free_made_task(&plain);
    assert_return_ok(try_set(&options, "random_operations", "subtract,multiply"));
    assert_refused(&options, "random_operations: 'multiply' is none of the operations "
                             "'add,subtract'");
}

/* ---- Examples ---- */

/* All equations of residues modulo 7 with + - x, and no factor 0, as one would write
 * them down. */
static void
examples_are_of_one_operation_after_the_other(void **state)
{
    (void)state;
    made_task made = make("add,subtract,multiply_nonzero");
    const uint16_t *t = made.tokens;
    size_t i = 0;
    for (int k = 0; k < 3; k++)
        for (int a = 0; a < P; a++)
            for (int b = 0; b < P; b++) {
                int c = k == 0 ? a + b : k == 1 ? a - b + P : a * b;
                if (k == 2 && c == 0)
                    continue;
                const uint16_t tokens[] = {(uint16_t)a, (uint16_t)(P + k), (uint16_t)b,
                                           P + 3};
                assert_memory_equal(t + 4 * i, tokens, sizeof tokens);
                assert_int_equal(made.label[i], c % P);
                i++;
            }
    assert_int_equal(i, 49 + 49 + 36);
    assert_int_equal(made.num_examples, i);
    assert_int_equal(made.d_vocab, P + 4);
    free_made_task(&made);
}

static void
the_equation_has_its_end_token_after_all_operations(void **state)
{
    (void)state;
    gsc_binary_operation options = configure("add,subtract");
    strcpy(options.layout, "eos a op b = c");
    made_task made = make_task(&options);
    const uint16_t first[] = {P + 3, 0, P, 0, P + 2, 0};
    const uint16_t last[] = {P + 3, P - 1, P + 1, P - 1, P + 2, 0};
    assert_memory_equal(made.tokens, first, sizeof first);
    assert_memory_equal(made.tokens + 6 * 97, last, sizeof last);
    assert_string_equal(made.pairs.extra_tokens, "add subtract = eos");
    free_made_task(&made);
}

static void
operations_of_a_group_go_together(void **state)
{
    (void)state;
    gsc_binary_operation options = configure("compose,conjugate");
    strcpy(options.group, "S3");
    made_task made = make_task(&options);
    gsc_group s3 = make_group("S3");
    for (size_t a = 0; a < 6; a++)
        for (size_t b = 0; b < 6; b++) {
            size_t ab = gsc_group_product(&s3, a, b);
            assert_int_equal(made.label[a * 6 + b], ab);
            assert_int_equal(made.label[36 + a * 6 + b],
                             gsc_group_product(&s3, ab, s3.inverse[a]));
        }
    gsc_group_free(&s3);
    free_made_task(&made);
}

/* ---- Facets ---- */

static void
each_operation_has_its_table(void **state)
{
    (void)state;
    made_task made = make("add,subtract,multiply");
    static const char *const names[] = {"add", "subtract", "multiply"};
    assert_int_equal(gsc_binary_table_count(&made.facets), 3);
    for (size_t k = 0; k < 3; k++) {
        bool found;
        gsc_binary_table t;
        assert_return_ok(gsc_binary_table_choose(&made.facets, names[k], &t, &found));
        assert_true(found);
        assert_string_equal(t.operation, names[k]);
        assert_string_equal(t.extra_tokens, "add subtract multiply =");
        assert_int_equal(t.input[1], P + k);
        assert_int_equal(t.input[3], P + 3);
        assert_int_equal(t.order, k == 2 ? GSC_RESIDUE_ORDER_LOGARITHM
                                         : GSC_RESIDUE_ORDER_PLAIN);
        for (size_t i = 0; i < made.num_examples; i++) {
            const uint16_t *x = made.tokens + 4 * i;
            bool is_its = i / 49 == k;
            const gsc_field *tokens = gsc_dataset_find(&made.dataset, "tokens");
            assert_int_equal(gsc_binary_table_has(&t, tokens, i), is_its);
            if (is_its)
                assert_int_equal(t.table[gsc_pair_number(&t, x)], made.label[i]);
        }
    }
    free_made_task(&made);
}

static void
an_operation_that_is_not_there_is_refused_with_those_that_are(void **state)
{
    (void)state;
    bool found;
    gsc_binary_table t;
    made_task made = make("add,subtract");
    assert_int_equal(gsc_binary_table_choose(&made.facets, "multiply", &t, &found),
                     GSC_EARGUMENT);
    assert_string_equal(gsc_error_text(),
                        "operation: no 'multiply'; there is add, subtract");
    assert_return_ok(gsc_binary_table_choose(&made.facets, "", &t, &found));
    assert_string_equal(t.operation, "add");
    free_made_task(&made);
    gsc_facets none = {.count = 0};
    assert_int_equal(gsc_binary_table_choose(&none, "add", &t, &found), GSC_EARGUMENT);
    assert_string_equal(gsc_error_text(),
                        "operation: no 'add'; there is no table of pairs");
}

/* ---- Split ---- */

static void
each_operation_trains_on_the_same_share(void **state)
{
    (void)state;
    made_task made = make("add,subtract,multiply_nonzero");
    size_t trained[3] = {0};
    for (size_t i = 0; i < made.num_train; i++)
        trained[made.tokens[4 * made.train[i] + 1] - P]++;
    assert_int_equal(trained[0], 24);
    assert_int_equal(trained[1], 24);
    assert_int_equal(trained[2], 18);
    assert_int_equal(made.num_test, 49 + 49 + 36 - 66);
    free_made_task(&made);
}

/* The pairs that train are not the same for all: an order over all examples is drawn.
 */
static void
operations_train_on_pairs_of_their_own(void **state)
{
    (void)state;
    made_task made = make("add,subtract");
    bool trains[98] = {false};
    size_t same = 0;
    for (size_t i = 0; i < made.num_train; i++)
        trains[made.train[i]] = true;
    for (size_t i = 0; i < 49; i++)
        same += trains[i] == trains[49 + i];
    assert_in_range(same, 10, 39);
    free_made_task(&made);
}

/* ---- Refusals ---- */

static void
what_does_not_go_together_is_refused(void **state)
{
    (void)state;
    gsc_binary_operation options = configure("add,subtract");
    strcpy(options.layout, "a b =");
    assert_refused(&options,
                   "operation: 2 of them, but this layout has no token that tells "
                   "which; layout 'a op b =' has one");
    options = configure("add,subtract");
    options.equals_token = P + 1;
    assert_refused(&options, "op_token and equals_token are one token; give both");
    options = configure("add,compose");
    strcpy(options.group, "S3");
    assert_refused(&options,
                   "group: operation add (a + b) is not of a group; compose is");
    options = configure("add,subtract");
    options.unordered_pairs = true;
    assert_refused(&options, "unordered_pairs: subtract (a - b) of (0, 1) is not that "
                             "of (1, 0)");
}

static void
a_list_of_operations_names_each_once(void **state)
{
    (void)state;
    gsc_binary_operation options = configure("add");
    static const struct {
        const char *list, *message;
    } wrong[] = {
        {"add,add", "operation: 'add' stands twice"},
        {"add,substract", "operation: no 'substract'; did you mean 'subtract'?"},
        {"add,subtract,multiply,divide,quad1,quad2,quad3,cube1,cube2",
         "operation: more than 8 names"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(try_set(&options, "operation", wrong[i].list), GSC_EARGUMENT);
        assert_string_equal(gsc_error_text(), wrong[i].message);
        assert_string_equal(options.operation, "add");
    }
    assert_int_equal(try_set(&options, "operation", "add,"), GSC_EARGUMENT);
    assert_return_ok(try_set(&options, "operation", " subtract , cube-plus"));
    assert_string_equal(options.operation, "subtract,cube_plus");
}

/* A list is written as it is read. */
static void
a_list_goes_through_json(void **state)
{
    (void)state;
    gsc_text json = {0};
    gsc_binary_operation options = configure("subtract,add"), back = configure("quad1");
    gsc_options keys = gsc_binary_operation_options(&options);
    gsc_options others = gsc_binary_operation_options(&back);
    assert_return_ok(gsc_options_to_json(&keys, 1, &json));
    assert_non_null(strstr(json.data, "\"operation\": \"subtract,add\""));
    assert_return_ok(gsc_options_from_json(&others, 1, json.data));
    assert_memory_equal(&back.operation, &options.operation, sizeof back.operation);
    gsc_text_free(&json);
}

/* ---- What is reported ---- */

/* Cross entropy of a row of logits, and whether its largest is the label's. */
static double
loss_of(const double *logits, size_t width, size_t label, bool *right)
{
    double most = logits[0], sum = 0;
    size_t best = 0;
    for (size_t c = 1; c < width; c++)
        if (logits[c] > most) {
            most = logits[c];
            best = c;
        }
    for (size_t c = 0; c < width; c++)
        sum += exp(logits[c] - most);
    *right = best == label;
    return log(sum) + most - logits[label];
}

/* A network of two operations. */
static void
make_network(gsc_network *n)
{
    gsc_config config;
    static const char *const settings[][2] = {{"operation", "add,multiply_nonzero"},
                                              {"layout", "a op b ="},
                                              {"p", "7"},
                                              {"d_model", "16"},
                                              {"n_heads", "2"},
                                              {"d_mlp", "8"},
                                              {"dtype", "float64"},
                                              {"train_fraction", "0.3"}};
    assert_return_ok(gsc_config_default(&config));
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        assert_return_ok(gsc_config_set(&config, settings[i][0], settings[i][1]));
    assert_return_ok(gsc_network_init(n, &config));
    assert_int_equal(n->model.num_outputs, 3);
    assert_int_equal(n->num_trained, 1);
}

/* An output of an operation is the mean over its own examples of the test split. */
static void
an_operation_is_scored_by_its_own_examples(void **state)
{
    (void)state;
    gsc_network n;
    gsc_engine *engine = NULL;
    gsc_engine_options options;
    gsc_result results[2 * GSC_MAX_TARGETS];
    make_network(&n);
    const gsc_split *test = gsc_dataset_split(&n.dataset, "test");
    const gsc_field *tokens = gsc_dataset_find(&n.dataset, "tokens");
    const uint16_t *label = gsc_dataset_find(&n.dataset, "label")->data;
    size_t num_weights = gsc_graph_num_weights(n.model.graph);
    double *weights = gsc_new(num_weights, sizeof *weights);
    double *logits = gsc_new(test->count * P, sizeof *logits);
    assert_true(weights && logits);
    for (size_t i = 0; i < num_weights; i++)
        weights[i] = sin((double)(i * i)) / 2;
    assert_return_ok(gsc_network_options(&n, GSC_TO_EVALUATE, test->count, &options));
    options.taps = &n.model.logits;
    options.num_taps = 1;
    assert_return_ok(gsc_engine_open(&engine, n.model.graph, &options));
    gsc_batch batch = gsc_network_batch(&n, test->indices, test->count);
    void *taps[] = {logits};
    assert_return_ok(gsc_engine_run(engine, NULL, weights, &batch, taps, results));
    double sum[3] = {0};
    size_t count[3] = {0}, num_right[3] = {0};
    for (size_t i = 0; i < test->count; i++) {
        size_t e = test->indices[i];
        size_t k = 1 + (size_t)gsc_field_element(tokens, e, 1) - P;
        bool right;
        double loss = loss_of(logits + i * P, P, label[e], &right);
        for (size_t which = 0; which <= k; which += k) {
            sum[which] += loss;
            count[which]++;
            num_right[which] += right;
        }
    }
    for (size_t k = 0; k < 3; k++) {
        gsc_output_score score = gsc_network_score(&n, k, &batch, results);
        assert_int_equal(score.num_counted, count[k]);
        assert_int_equal(score.num_right, num_right[k]);
        assert_true(num_right[k] > 0 && num_right[k] < count[k]);
        assert_true(fabs(score.loss - sum[k] / (double)count[k]) < 1e-12);
        assert_true(fabs(gsc_network_accuracy(&score) -
                         (double)num_right[k] / (double)count[k]) < 1e-15);
    }
    gsc_engine_close(engine);
    gsc_network_free(&n);
    free(weights);
    free(logits);
}

/* Over no example of an operation there is no mean. */
static void
an_operation_without_examples_has_no_score(void **state)
{
    (void)state;
    gsc_config config;
    gsc_network n;
    assert_return_ok(gsc_config_default(&config));
    assert_return_ok(gsc_config_set(&config, "operation", "add,subtract"));
    assert_return_ok(gsc_config_set(&config, "layout", "a op b ="));
    assert_return_ok(gsc_network_init(&n, &config));
    const uint32_t first = 0;
    gsc_batch one = gsc_network_batch(&n, &first, 1);
    gsc_result results[2 * GSC_MAX_TARGETS] = {{0, 1}, {0, 1}, {0, 1}};
    gsc_output_score score = gsc_network_score(&n, 2, &one, results);
    assert_int_equal(score.num_counted, 0);
    assert_int_equal(score.num_right, 0);
    assert_true(isnan(score.loss));
    assert_true(isnan(gsc_network_accuracy(&score)));
    gsc_network_free(&n);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(some_operations_have_random_labels),
        cmocka_unit_test(examples_are_of_one_operation_after_the_other),
        cmocka_unit_test(the_equation_has_its_end_token_after_all_operations),
        cmocka_unit_test(operations_of_a_group_go_together),
        cmocka_unit_test(each_operation_has_its_table),
        cmocka_unit_test(an_operation_that_is_not_there_is_refused_with_those_that_are),
        cmocka_unit_test(each_operation_trains_on_the_same_share),
        cmocka_unit_test(operations_train_on_pairs_of_their_own),
        cmocka_unit_test(what_does_not_go_together_is_refused),
        cmocka_unit_test(a_list_of_operations_names_each_once),
        cmocka_unit_test(a_list_goes_through_json),
        cmocka_unit_test(an_operation_is_scored_by_its_own_examples),
        cmocka_unit_test(an_operation_without_examples_has_no_score),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
