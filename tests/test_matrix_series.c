/* Stacks of matrices: what each step leaves as it is, and what it undoes. */
#include "grokscope/rng.h"

#include "analyze/maths/pca.h"
#include "analyze/method/weights/matrix_series.h"
#include "test.h"

enum { C = 3, N = 6, D = 4 };

static double
draw(uint64_t seed, size_t i)
{
    return gsc_rng_normal(seed, 1, i);
}

static gsc_matrix
noise(size_t rows, uint64_t seed)
{
    gsc_matrix x;
    assert_return_ok(gsc_matrix_init(&x, rows, D));
    for (size_t i = 0; i < rows * D; i++)
        x.data[i] = draw(seed, i) + (double)(i % D);
    return x;
}

static double
distance(const double *x, const double *y)
{
    double sum = 0;
    for (size_t j = 0; j < D; j++)
        sum += (x[j] - y[j]) * (x[j] - y[j]);
    return sqrt(sum);
}

/* Matrix s: the first one, turned in two planes and moved. */
static gsc_matrix
turned_stack(void)
{
    gsc_matrix x = noise(C * N, 5);
    for (size_t s = 1; s < C; s++)
        for (size_t i = 0; i < N; i++) {
            double *y = x.data + (s * N + i) * D, *from = x.data + i * D;
            double c = cos((double)s), t = sin((double)s);
            y[0] = c * from[0] - t * from[3] + 7 * (double)s;
            y[3] = t * from[0] + c * from[3] - 1;
            y[1] = -from[2];
            y[2] = from[1];
        }
    return x;
}

static void
centred_rows_have_no_mean_and_keep_their_distances(void **state)
{
    (void)state;
    gsc_matrix x = noise(C * N, 1), before = noise(C * N, 1);
    assert_return_ok(gsc_matrix_series_center(&x, C));
    for (size_t s = 0; s < C; s++)
        for (size_t j = 0; j < D; j++) {
            double sum = 0;
            for (size_t i = 0; i < N; i++)
                sum += x.data[(s * N + i) * D + j];
            assert_close(sum, 0, 1e-13);
        }
    for (size_t i = 1; i < N; i++)
        assert_close(distance(x.data, x.data + i * D),
                     distance(before.data, before.data + i * D), 1e-13);
    gsc_matrix_free(&x);
    gsc_matrix_free(&before);
}

static void
normalized_rows_have_length_one_and_zeros_stay(void **state)
{
    (void)state;
    gsc_matrix x = noise(N, 2);
    const double zeros[D] = {0};
    memcpy(x.data + 2 * D, zeros, sizeof zeros);
    double ratio = x.data[1] / x.data[0];
    gsc_matrix_series_normalize(&x);
    for (size_t i = 0; i < N; i++)
        assert_close(distance(x.data + i * D, zeros), i == 2 ? 0 : 1, 1e-15);
    assert_close(x.data[1] / x.data[0], ratio, 1e-13 * fabs(ratio));
    gsc_matrix_free(&x);
}

static void
alignment_undoes_turns_and_shifts(void **state)
{
    (void)state;
    for (gsc_alignment how = GSC_ALIGN_PREVIOUS; how <= GSC_ALIGN_LAST; how++) {
        gsc_matrix x = turned_stack(), before = turned_stack();
        size_t kept = how == GSC_ALIGN_PREVIOUS ? 0 : C - 1;
        assert_return_ok(gsc_matrix_series_align(&x, C, how));
        for (size_t s = 0; s < C; s++)
            for (size_t i = 0; i < N * D; i++)
                assert_close(x.data[s * N * D + i], before.data[kept * N * D + i],
                             1e-12);
        gsc_matrix_free(&x);
        gsc_matrix_free(&before);
    }
}

static void
alignment_keeps_distances_and_comes_no_nearer_by_a_turn(void **state)
{
    (void)state;
    gsc_matrix x = noise(2 * N, 3), before = noise(2 * N, 3);
    assert_return_ok(gsc_matrix_series_align(&x, 2, GSC_ALIGN_PREVIOUS));
    assert_memory_equal(x.data, before.data, N * D * sizeof *x.data);
    double *y = x.data + N * D, least = 0, turned = 0;
    for (size_t i = 1; i < N; i++)
        assert_close(distance(y, y + i * D),
                     distance(before.data + N * D, before.data + (N + i) * D), 1e-12);
    assert_return_ok(gsc_matrix_series_center(&x, 2));
    for (size_t i = 0; i < N; i++) {
        double *from = y + i * D, at[D] = {from[0], from[1], from[2], from[3]};
        least += pow(distance(at, x.data + i * D), 2);
        at[0] = cos(0.01) * from[0] - sin(0.01) * from[1];
        at[1] = sin(0.01) * from[0] + cos(0.01) * from[1];
        turned += pow(distance(at, x.data + i * D), 2);
    }
    assert_true(turned > least);
    gsc_matrix_free(&x);
    gsc_matrix_free(&before);
}

static void
no_alignment_changes_nothing(void **state)
{
    (void)state;
    gsc_matrix x = noise(C * N, 4), before = noise(C * N, 4);
    assert_return_ok(gsc_matrix_series_align(&x, C, GSC_ALIGN_NONE));
    assert_return_ok(gsc_matrix_series_align(&x, 1, GSC_ALIGN_LAST));
    assert_memory_equal(x.data, before.data, C * N * D * sizeof *x.data);
    gsc_matrix_free(&x);
    gsc_matrix_free(&before);
}

static void
all_components_keep_all_distances(void **state)
{
    (void)state;
    gsc_matrix x = noise(C * N, 6), before = noise(C * N, 6);
    double share[D], explained[C], sum = 0;
    assert_return_ok(gsc_matrix_series_reduce(&x, C, D, share, explained));
    for (size_t u = 0; u < D; u++)
        sum += share[u];
    assert_close(sum, 1, 1e-14);
    for (size_t s = 0; s < C; s++)
        assert_close(explained[s], 1, 1e-14);
    for (size_t i = 1; i < C * N; i++)
        assert_close(distance(x.data, x.data + i * D),
                     distance(before.data, before.data + i * D), 1e-12);
    gsc_matrix_free(&x);
    gsc_matrix_free(&before);
}

/* Rows on a line along (3, 0, 4, 0) and a little off it. */
static void
a_line_is_found_with_its_sign_and_share(void **state)
{
    (void)state;
    gsc_matrix x;
    double share, explained;
    assert_return_ok(gsc_matrix_init(&x, 4, D));
    const double along[] = {-3, -1, 1, 3}, off[] = {1, -1, -1, 1};
    for (size_t i = 0; i < 4; i++) {
        x.data[i * D] = 3 * along[i];
        x.data[i * D + 1] = off[i];
        x.data[i * D + 2] = 4 * along[i] + 9;
    }
    assert_return_ok(gsc_matrix_series_reduce(&x, 1, 1, &share, &explained));
    assert_true(x.rows == 4 && x.cols == 1);
    for (size_t i = 0; i < 4; i++)
        assert_close(x.data[i], 5 * along[i], 1e-13);
    assert_close(share, 500. / 504, 1e-14);
    assert_close(explained, share, 1e-14);
    gsc_matrix_free(&x);
}

static void
more_components_than_there_are_are_refused(void **state)
{
    (void)state;
    gsc_matrix x = noise(3, 7);
    double share[D + 1], explained;
    assert_fails(gsc_matrix_series_reduce(&x, 1, 4, share, &explained), GSC_EARGUMENT,
                 "4 principal components of rows [3, 4]: expected 1 to 3");
    assert_fails(gsc_matrix_series_reduce(&x, 1, 0, share, &explained), GSC_EARGUMENT,
                 "expected 1 to 3");
    x.data[5] = NAN;
    assert_int_equal(gsc_matrix_series_reduce(&x, 1, 2, share, &explained),
                     GSC_ENUMERIC);
    gsc_matrix_free(&x);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(centred_rows_have_no_mean_and_keep_their_distances),
        cmocka_unit_test(normalized_rows_have_length_one_and_zeros_stay),
        cmocka_unit_test(alignment_undoes_turns_and_shifts),
        cmocka_unit_test(alignment_keeps_distances_and_comes_no_nearer_by_a_turn),
        cmocka_unit_test(no_alignment_changes_nothing),
        cmocka_unit_test(all_components_keep_all_distances),
        cmocka_unit_test(a_line_is_found_with_its_sign_and_share),
        cmocka_unit_test(more_components_than_there_are_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
