/* Principal components: what defines them, planted ones, and what is put together. */
#include "analyze/maths/pca.h"
#include "matrix_fixture.h"

static const double tolerance = 1e-12;

static void
all_components_restore_the_matrix(void **state)
{
    (void)state;
    const size_t sizes[][2] = {{7, 4}, {4, 7}, {5, 5}, {1, 3}, {3, 1}};
    for (size_t s = 0; s < 5; s++) {
        gsc_matrix x = noise(sizes[s][0], sizes[s][1], 3, s), y;
        const bool kept[] = {true, true, true, true, true};
        gsc_pca pca;
        assert_return_ok(gsc_pca_init(&pca, &x));
        assert_return_ok(gsc_pca_restore(&pca, kept, &y));
        assert_true(y.rows == x.rows && y.cols == x.cols);
        for (size_t i = 0; i < x.rows * x.cols; i++)
            assert_close(y.data[i], x.data[i], tolerance);
        gsc_pca_free(&pca);
        gsc_matrix_free(&x);
        gsc_matrix_free(&y);
    }
}

static void
no_component_restores_the_mean(void **state)
{
    (void)state;
    gsc_matrix x = noise(6, 3, 3, 1), y;
    const bool kept[] = {false, false, false};
    gsc_pca pca;
    assert_return_ok(gsc_pca_init(&pca, &x));
    assert_return_ok(gsc_pca_restore(&pca, kept, &y));
    for (size_t j = 0; j < 3; j++) {
        double mean = 0;
        for (size_t i = 0; i < 6; i++)
            mean += x.data[i * 3 + j] / 6;
        assert_close(pca.mean[j], mean, tolerance);
        for (size_t i = 0; i < 6; i++)
            assert_close(y.data[i * 3 + j], mean, tolerance);
    }
    gsc_pca_free(&pca);
    gsc_matrix_free(&x);
    gsc_matrix_free(&y);
}

static void
planted_axes_are_found_by_their_variance(void **state)
{
    (void)state;
    /* Columns +-3, +-1 in a square, 0: shares .9, .1, 0. */
    double data[] = {3, 1, 5, -3, 1, 5, 3, -1, 5, -3, -1, 5};
    const gsc_matrix x = {4, 3, data};
    gsc_pca pca;
    assert_return_ok(gsc_pca_init(&pca, &x));
    assert_true(pca.count == 3 && pca.rank == 2);
    assert_close(pca.share[0], 0.9, tolerance);
    assert_close(pca.share[1], 0.1, tolerance);
    assert_close(pca.singular_values[0], 6, tolerance);
    assert_close(fabs(pca.axes.data[0]), 1, tolerance);
    assert_close(fabs(pca.axes.data[3 + 1]), 1, tolerance);
    assert_close(fabs(pca.scores.data[0]), 0.5, tolerance);
    assert_close(gsc_pca_entropy(&pca), -0.9 * log(0.9) - 0.1 * log(0.1), tolerance);
    gsc_pca_free(&pca);
}

static void
constant_rows_have_no_component(void **state)
{
    (void)state;
    double data[] = {1, 2, 1, 2, 1, 2};
    const gsc_matrix x = {3, 2, data};
    gsc_pca pca;
    assert_return_ok(gsc_pca_init(&pca, &x));
    assert_int_equal(pca.rank, 0);
    assert_true(pca.share[0] == 0 && pca.share[1] == 0 && gsc_pca_entropy(&pca) == 0);
    gsc_pca_free(&pca);
    gsc_pca_free(&pca);
}

static void
bad_matrices_are_refused(void **state)
{
    (void)state;
    double data[] = {1, NAN};
    const gsc_matrix empty = {0, 3, NULL}, infinite = {2, 1, data};
    gsc_pca pca;
    assert_fails(gsc_pca_init(&pca, &empty), GSC_EARGUMENT, "[0, 3]");
    assert_fails(gsc_pca_init(&pca, &infinite), GSC_ENUMERIC, "finite");
    assert_null(pca.mean);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_components_restore_the_matrix),
        cmocka_unit_test(no_component_restores_the_mean),
        cmocka_unit_test(planted_axes_are_found_by_their_variance),
        cmocka_unit_test(constant_rows_have_no_component),
        cmocka_unit_test(bad_matrices_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
