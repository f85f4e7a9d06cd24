/* Metrics of matrices against known values, and of steps through weights. */
#include "test.h"

#include "grokscope/matrix_metrics.h"
#include "grokscope/rng.h"

static gsc_matrix_metrics
metrics_of(double *data, size_t rows, size_t cols)
{
    gsc_matrix a = {rows, cols, data};
    gsc_matrix_metrics metrics;
    assert_return_ok(gsc_matrix_metrics_of(&a, &metrics));
    return metrics;
}

static void
a_diagonal_matrix_has_the_known_values(void **state)
{
    (void)state;
    double data[4 * 5] = {0}; /* s = 4, 2, 1, 1 */
    data[0] = 1;
    data[6] = -4;
    data[12] = 2;
    data[18] = 1;
    gsc_matrix_metrics m = metrics_of(data, 4, 5);
    assert_close(m.spectral_norm, 4, 1e-14);
    assert_close(m.nuclear_norm, 8, 1e-14);
    assert_close(m.stable_rank, 1.375, 1e-14);
    assert_close(m.erank_s, 3.363586, 5e-7);
    assert_close(m.erank_s2, 2.276322, 5e-7);
    assert_close(m.participation_ratio, 1.766423, 5e-7);
    assert_close(m.spectral_entropy, log(m.erank_s2) / log(4), 1e-15);
    assert_close(m.l1, 8, 0);
    assert_close(m.l2, sqrt(22), 1e-15);
    assert_close(m.max, 4, 0);
}

static void
an_isotropic_matrix_has_full_rank_by_every_measure(void **state)
{
    (void)state;
    double data[25] = {0};
    for (size_t i = 0; i < 5; i++)
        data[i * 5 + (i + 2) % 5] = i % 2 ? 3 : -3;
    gsc_matrix_metrics m = metrics_of(data, 5, 5);
    assert_close(m.stable_rank, 5, 1e-13);
    assert_close(m.erank_s, 5, 1e-13);
    assert_close(m.erank_s2, 5, 1e-13);
    assert_close(m.participation_ratio, 5, 1e-13);
    assert_close(m.spectral_entropy, 1, 1e-14);
    assert_close(m.gini, 1 - 5. / 25, 1e-15);
}

static void
a_product_of_vectors_has_rank_one_by_every_measure(void **state)
{
    (void)state;
    double data[6 * 4];
    for (size_t i = 0; i < 24; i++)
        data[i] = (double)(i / 4 + 1) * (double)(i % 4 + 1) / 3;
    gsc_matrix_metrics m = metrics_of(data, 6, 4);
    assert_close(m.stable_rank, 1, 1e-13);
    assert_close(m.erank_s, 1, 1e-13);
    assert_close(m.erank_s2, 1, 1e-13);
    assert_close(m.participation_ratio, 1, 1e-13);
    assert_close(m.spectral_entropy, 0, 1e-13);
    assert_close(m.spectral_norm, m.l2, 1e-13);
}

static void
a_vector_and_zeros_have_metrics_too(void **state)
{
    (void)state;
    double vector[] = {3, -4, 0}, zeros[6] = {0};
    gsc_matrix_metrics m = metrics_of(vector, 1, 3);
    assert_close(m.spectral_norm, 5, 1e-15);
    assert_close(m.erank_s, 1, 0);
    assert_close(m.spectral_entropy, 0, 0);
    m = metrics_of(zeros, 2, 3);
    assert_true(m.stable_rank == 0 && m.erank_s == 0 && m.gini == 0 && m.l2 == 0);
}

static void
scale_changes_norms_alone(void **state)
{
    (void)state;
    double data[12], large[12];
    for (size_t i = 0; i < 12; i++)
        large[i] = 1e180 * (data[i] = gsc_rng_normal(3, 1, i));
    gsc_matrix_metrics m = metrics_of(data, 3, 4);
    gsc_matrix a = {3, 4, large};
    gsc_matrix_metrics n;
    assert_return_ok(gsc_matrix_metrics_of(&a, &n));
    assert_close(n.stable_rank, m.stable_rank, 1e-13);
    assert_close(n.erank_s2, m.erank_s2, 1e-13);
    assert_close(n.participation_ratio, m.participation_ratio, 1e-13);
    assert_close(n.gini, m.gini, 1e-13);
    assert_close(n.spectral_norm / m.spectral_norm, 1e180, 1e167);
}

static void
an_empty_matrix_and_one_not_finite_are_refused(void **state)
{
    (void)state;
    double data[] = {1, (double)NAN};
    gsc_matrix a = {1, 2, data}, empty = {0, 2, data};
    gsc_matrix_metrics m;
    assert_fails(gsc_matrix_metrics_of(&a, &m), GSC_ENUMERIC, "element (0, 1) is");
    assert_fails(gsc_matrix_metrics_of(&empty, &m), GSC_EARGUMENT, "[0, 2]");
}

static void
a_step_adds_up_over_tensors(void **state)
{
    (void)state;
    const double x[] = {3, 4}, y[] = {3, 0};
    const double more_x[] = {0}, more_y[] = {3};
    gsc_weight_sums sums = {0};
    gsc_matrix_metrics_add(&sums, x, y, 2);
    gsc_matrix_metrics_add(&sums, more_x, more_y, 1);
    gsc_weight_step step = gsc_matrix_metrics_step(&sums);
    assert_close(step.distance, 5, 1e-15);
    assert_close(step.cosine, -16. / 25, 1e-15); /* (3, 4, 0) . (0, -4, 3) */
    assert_close(step.overlap, 9 / (5 * sqrt(18)), 1e-15);
}

static void
standing_still_has_no_direction(void **state)
{
    (void)state;
    const double x[] = {1, 2};
    gsc_weight_sums sums = {0};
    gsc_matrix_metrics_add(&sums, x, x, 2);
    gsc_weight_step step = gsc_matrix_metrics_step(&sums);
    assert_true(step.distance == 0 && step.cosine == 0);
    assert_close(step.overlap, 1, 1e-15);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_diagonal_matrix_has_the_known_values),
        cmocka_unit_test(an_isotropic_matrix_has_full_rank_by_every_measure),
        cmocka_unit_test(a_product_of_vectors_has_rank_one_by_every_measure),
        cmocka_unit_test(a_vector_and_zeros_have_metrics_too),
        cmocka_unit_test(scale_changes_norms_alone),
        cmocka_unit_test(an_empty_matrix_and_one_not_finite_are_refused),
        cmocka_unit_test(a_step_adds_up_over_tensors),
        cmocka_unit_test(standing_still_has_no_direction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
