/* The engine's batches: fields, their types, chosen examples, tiles and lanes. */
#include "graph_fixture.h"

/* ---- Fields ---- */

/* What a leaf has of a field. */
static void
read_leaf(fixture *f, gsc_node node, const gsc_field *field, const uint32_t *examples,
          size_t count, double *values)
{
    gsc_engine *engine;
    gsc_engine_options options = {.type = GSC_FLOAT64, .taps = &node, .num_taps = 1};
    gsc_batch batch = {
        .fields = field, .num_fields = 1, .examples = examples, .num_examples = count};
    void *taps[] = {values};
    assert_return_ok(gsc_engine_open(&engine, f->graph, &options));
    assert_return_ok(gsc_engine_run(engine, NULL, NULL, &batch, taps, NULL));
    gsc_engine_close(engine);
}

static void
fields_of_every_type_are_read_as_numbers(void **state)
{
    (void)state;
    const uint8_t a[] = {0, 51, 255, 1};
    const uint16_t b[] = {0, 51, 255, 1};
    const int32_t c[] = {0, 51, 255, 1};
    const float d[] = {0, 51, 255, 1};
    const double e[] = {0, 51, 255, 1};
    const void *const data[] = {a, b, c, d, e};
    const uint32_t chosen[] = {1, 0};
    for (int type = 0; type < GSC_NUM_FIELD_TYPES; type++) {
        fixture f;
        double values[4];
        fixture_open(&f, 2);
        gsc_field field = {.name = "image",
                           .type = (gsc_field_type)type,
                           .shape = {1, {2}},
                           .scale = 1.0 / 51,
                           .offset = -1,
                           .data = data[type]};
        gsc_node leaf = gsc_graph_input(f.graph, "image", field.shape);
        read_leaf(&f, leaf, &field, NULL, 2, values);
        for (size_t i = 0; i < 4; i++)
            assert_close(values[i], gsc_field_element(&field, 0, i), 0);
        read_leaf(&f, leaf, &field, chosen, 2, values);
        assert_close(values[0], 4, 1e-15);
        assert_close(values[3], 0, 1e-15);
        fixture_close(&f);
    }
}

/* A table of 5 rows, gathered by an index that is stored as each type has it. */
static void
fields_of_every_type_of_integers_are_indices(void **state)
{
    (void)state;
    const uint8_t a[] = {3, 0, 4};
    const uint16_t b[] = {3, 0, 4};
    const int32_t c[] = {3, 0, 4};
    const void *const data[] = {a, b, c};
    for (int type = 0; type <= GSC_FIELD_INT32; type++) {
        fixture f;
        double rows[3 * 2];
        fixture_open(&f, 3);
        gsc_field field = {.name = "at",
                           .type = (gsc_field_type)type,
                           .num_values = 5,
                           .data = data[type]};
        gsc_node table = leaf(&f, "rows", 2, 5, 2, 1);
        gsc_node index = gsc_graph_index(f.graph, "at", (gsc_shape){0}, 5);
        gsc_node node = gsc_graph_gather(f.graph, table, index, 0, 1);
        fixture_init_weights(&f);
        gsc_engine *engine;
        gsc_engine_options options = {
            .type = GSC_FLOAT64, .taps = &node, .num_taps = 1};
        gsc_batch batch = {.fields = &field, .num_fields = 1, .num_examples = 3};
        void *taps[] = {rows};
        assert_return_ok(gsc_engine_open(&engine, f.graph, &options));
        assert_return_ok(gsc_engine_run(engine, NULL, f.weights, &batch, taps, NULL));
        for (size_t i = 0; i < 6; i++)
            assert_true(rows[i] == f.weights[2 * a[i / 2] + i % 2]);
        gsc_engine_close(engine);
        fixture_close(&f);
    }
}

static void
check_field(const gsc_field *field, const char *message)
{
    fixture f;
    fixture_open(&f, 1);
    gsc_node x = embedded(&f, 2);
    fixture_init_weights(&f);
    gsc_engine *engine;
    gsc_engine_options options = {.type = GSC_FLOAT64, .taps = &x, .num_taps = 1};
    gsc_batch batch = {.fields = field, .num_fields = 1, .num_examples = 1};
    double values[FIXTURE_CTX * 2];
    void *taps[] = {values};
    assert_return_ok(gsc_engine_open(&engine, f.graph, &options));
    assert_fails(gsc_engine_run(engine, NULL, f.weights, &batch, taps, NULL),
                 GSC_EARGUMENT, message);
    gsc_engine_close(engine);
    fixture_close(&f);
}

static void
a_field_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    const uint16_t data[8] = {0};
    gsc_field field = gsc_field_of_indices("token", data, FIXTURE_CTX, FIXTURE_VOCAB);
    check_field(&field, "field 'tokens': the network reads it, the batch has none");
    field = gsc_field_of_indices("tokens", data, 4, FIXTURE_VOCAB);
    check_field(&field, "field 'tokens': [4] an example, where the network reads [3]");
    field = gsc_field_of_indices("tokens", data, FIXTURE_CTX, 0);
    check_field(&field, "field 'tokens': numbers, where the network reads indices");
    field = gsc_field_of_indices("tokens", data, FIXTURE_CTX, 8);
    check_field(&field, "field 'tokens': indices below 8, where the network has rows "
                        "for 7");
    field = gsc_field_of_indices("tokens", data, FIXTURE_CTX, FIXTURE_VOCAB);
    field.type = GSC_FIELD_FLOAT32;
    check_field(&field, "field 'tokens': indices stored as float32");
}

static void
one_name_is_one_field(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 1);
    assert_int_equal(tokens(&f), tokens(&f));
    gsc_graph_input(f.graph, "tokens", (gsc_shape){1, {2}});
    assert_fails(gsc_graph_status(f.graph), GSC_EARGUMENT,
                 "field 'tokens': [2] of numbers, but before [3] of indices below 7");
    fixture_close(&f);
}

static void
an_index_needs_rows(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 1);
    gsc_graph_gather(f.graph, leaf(&f, "rows", 2, 6, 2, 1), tokens(&f), 0, 1);
    assert_fails(gsc_graph_status(f.graph), GSC_EARGUMENT,
                 "gather: [6, 2] with [3]: the index has more values than there are");
    fixture_close(&f);
    fixture_open(&f, 1);
    gsc_graph_gather(f.graph, leaf(&f, "rows", 2, 7, 2, 1), tokens(&f), 2, 2);
    assert_fails(gsc_graph_status(f.graph), GSC_EARGUMENT,
                 "gather: [7, 2] with [3]: the index has no such positions");
    fixture_close(&f);
}

/* ---- Tables of the examples ---- */

/* A table that each example computes for itself, two of whose rows are gathered. */
static gsc_node
own_table(fixture *f)
{
    gsc_graph *g = f->graph;
    gsc_node table = gsc_graph_split_heads(
        g, numbers(f), leaf(f, "rows", 3, FIXTURE_OUT, FIXTURE_NUMBERS, 3));
    gsc_node rows = gsc_graph_gather(g, table, labels(f, 2), 0, 2);
    gsc_node all = gsc_graph_matmul(g, rows, leaf(f, "w", 2, 3, FIXTURE_OUT, 1));
    return label_loss(f, gsc_graph_add(g, all, gsc_graph_tanh(g, all)));
}

static void
gathers_of_an_examples_own_table_have_their_gradient(void **state)
{
    (void)state;
    for (unsigned all = 0; all < 2; all++) {
        fixture f;
        fixture_open(&f, 20);
        check_gradient(&f, own_table(&f), all * GSC_REWRITE_ALL);
        fixture_close(&f);
    }
}

/* ---- Tiles and lanes ---- */

/* An example of 200 kB, so that a tile holds few: the loss is that of single ones, and
 * the engine stays small. */
static void
large_examples_have_small_tiles(void **state)
{
    (void)state;
    enum { N = 60, WIDTH = 8000 };
    fixture f;
    fixture_open(&f, N);
    gsc_node x = gsc_graph_matmul(f.graph, numbers(&f),
                                  leaf(&f, "w", 2, FIXTURE_NUMBERS, WIDTH, 1));
    x = gsc_graph_multiply(f.graph, gsc_graph_tanh(f.graph, x), x);
    gsc_node y = gsc_graph_matmul(f.graph, x, leaf(&f, "v", 2, WIDTH, 4, 1));
    gsc_node loss = gsc_graph_mean_squared_error(f.graph, y, numbers(&f), GSC_NO_NODE);
    fixture_init_weights(&f);
    gsc_engine *engine = fixture_engine(&f, loss, true, 0);
    double all = fixture_loss(&f, engine), sum = 0;
    size_t parameters = 10 * gsc_graph_num_weights(f.graph) * sizeof(double);
    assert_true(gsc_engine_bytes(engine) < parameters + 7000000);
    for (uint32_t i = 0; i < N; i++) {
        gsc_batch one = fixture_batch(&f);
        gsc_result result;
        one.examples = &i;
        one.num_examples = 1;
        assert_return_ok(gsc_engine_run(engine, NULL, f.weights, &one, NULL, &result));
        sum += result.mean;
    }
    assert_close(all / (sum / N), 1, 1e-13);
    gsc_engine_close(engine);
    fixture_close(&f);
}

/* Few examples, or none, leave a gradient that is theirs. */
static void
a_run_over_no_examples_has_no_gradient(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 20);
    gsc_node loss = label_loss(&f, gsc_graph_slice(f.graph, embedded(&f, 5), 0, 0, 1));
    fixture_init_weights(&f);
    gsc_engine *engine = fixture_engine(&f, loss, true, 0);
    fixture_loss(&f, engine);
    gsc_batch none = fixture_batch(&f);
    gsc_result result;
    none.num_examples = 0;
    assert_return_ok(gsc_engine_run(engine, NULL, f.weights, &none, NULL, &result));
    assert_true(isnan(result.mean) && result.num_right == 0);
    const double *gradient = gsc_engine_gradient(engine);
    for (size_t i = 0; i < gsc_graph_num_weights(f.graph); i++)
        assert_true(gradient[i] == 0);
    gsc_engine_close(engine);
    fixture_close(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_of_every_type_are_read_as_numbers),
        cmocka_unit_test(fields_of_every_type_of_integers_are_indices),
        cmocka_unit_test(a_field_that_does_not_fit_is_refused),
        cmocka_unit_test(one_name_is_one_field),
        cmocka_unit_test(an_index_needs_rows),
        cmocka_unit_test(gathers_of_an_examples_own_table_have_their_gradient),
        cmocka_unit_test(large_examples_have_small_tiles),
        cmocka_unit_test(a_run_over_no_examples_has_no_gradient),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
