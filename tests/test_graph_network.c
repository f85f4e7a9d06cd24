/* What a network on graphs is made of: rows added where an index says, and each row
 * times a matrix of its own, by hand and against central differences. */
#include "graph_fixture.h"

/* The values of a node for all examples. */
static void
evaluate(fixture *f, gsc_node node, void *values)
{
    gsc_engine *engine;
    const gsc_engine_options options = {
        .type = GSC_FLOAT64, .taps = &node, .num_taps = 1};
    assert_return_ok(gsc_engine_open(&engine, f->graph, &options));
    gsc_batch batch = fixture_batch(f);
    assert_return_ok(
        gsc_engine_run(engine, NULL, f->weights, &batch, (void *[]){values}, NULL));
    gsc_engine_close(engine);
}

/* The fixture's labels say where rows go: 4 is nowhere. */
static gsc_node
scattered(fixture *f, gsc_node x)
{
    return gsc_graph_scatter_add(f->graph, x, labels(f, 2), 4);
}

static gsc_node
two_rows(fixture *f)
{
    return gsc_graph_slice(f->graph, embedded(f, 4), 0, 0, 2);
}

static void
rows_are_added_where_the_index_says(void **state)
{
    (void)state;
    enum { N = 20 };
    fixture f;
    double x[N][2][4], sums[N][4][4];
    size_t nowhere = 0;
    fixture_open(&f, N);
    gsc_node rows = two_rows(&f), all = scattered(&f, rows);
    fixture_init_weights(&f);
    evaluate(&f, rows, x);
    evaluate(&f, all, sums);
    for (size_t e = 0; e < N; e++)
        for (size_t j = 0; j < 4; j++)
            for (size_t k = 0; k < 4; k++) {
                double wanted = 0;
                for (size_t i = 0; i < 2; i++)
                    wanted += f.labels[2 * e + i] == j ? x[e][i][k] : 0;
                assert_true(sums[e][j][k] == wanted);
            }
    for (size_t i = 0; i < 2 * N; i++)
        nowhere += f.labels[i] == 4;
    assert_true(nowhere > 0 && nowhere < 2 * N);
    fixture_close(&f);
}

static void
scatter_add_has_its_gradient(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 20);
    gsc_node sums = scattered(&f, gsc_graph_tanh(f.graph, two_rows(&f)));
    gsc_node weights = leaf(&f, "weights", 2, 4, 4, 1);
    gsc_node weighted = gsc_graph_multiply(f.graph, sums, weights);
    check_gradient(
        &f, gsc_graph_mean_squared_error(f.graph, sums, weighted, GSC_NO_NODE), 0);
    fixture_close(&f);
}

static void
each_row_meets_its_own_matrix(void **state)
{
    (void)state;
    enum { N = 10, D = 4, E = 5 };
    fixture f;
    double x[N][FIXTURE_CTX][D], a[N][FIXTURE_CTX][D][E], out[N][FIXTURE_CTX][E];
    fixture_open(&f, N);
    gsc_node rows = embedded(&f, D);
    gsc_node matrices = gsc_graph_matmul(f.graph, rows, leaf(&f, "w", 2, D, D * E, 1));
    gsc_node product = gsc_graph_row_matmul(f.graph, rows, matrices);
    fixture_init_weights(&f);
    evaluate(&f, rows, x);
    evaluate(&f, matrices, a);
    evaluate(&f, product, out);
    for (size_t e = 0; e < N; e++)
        for (size_t r = 0; r < FIXTURE_CTX; r++)
            for (size_t k = 0; k < E; k++) {
                double wanted = 0;
                for (size_t i = 0; i < D; i++)
                    wanted += x[e][r][i] * a[e][r][i][k];
                assert_close(out[e][r][k], wanted, 1e-15);
            }
    fixture_close(&f);
}

static void
row_matmul_has_its_gradients(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 20);
    gsc_node x = embedded(&f, 4);
    gsc_node a = gsc_graph_matmul(f.graph, x, leaf(&f, "w", 2, 4, 20, 1));
    gsc_node sums = gsc_graph_add(f.graph, x, gsc_graph_tanh(f.graph, x));
    gsc_node product =
        gsc_graph_row_matmul(f.graph, sums, gsc_graph_add(f.graph, a, a));
    check_gradient(&f, loss_of(&f, product), 0);
    fixture_close(&f);
}

static void
what_does_not_fit_is_refused(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, 3);
    gsc_graph_scatter_add(f.graph, two_rows(&f), labels(&f, 2), 3); /* labels to 4 */
    assert_fails(gsc_graph_status(f.graph), GSC_EARGUMENT,
                 "the index has more values than there are rows");
    fixture_close(&f);
    fixture_open(&f, 3);
    gsc_node x = embedded(&f, 4);
    gsc_graph_row_matmul(f.graph, x, gsc_graph_slice(f.graph, x, 1, 0, 3));
    assert_fails(gsc_graph_status(f.graph), GSC_EARGUMENT,
                 "not [rows, d] and [rows, d e]");
    fixture_close(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_added_where_the_index_says),
        cmocka_unit_test(scatter_add_has_its_gradient),
        cmocka_unit_test(each_row_meets_its_own_matrix),
        cmocka_unit_test(row_matmul_has_its_gradients),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
