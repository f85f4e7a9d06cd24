/* The path of weights: closed forms, and the PCA of the weights themselves. */
#include "grokscope/rng.h"

#include "analyze/maths/pca.h"
#include "analyze/method/weights/trajectory.h"
#include "test.h"

#include <stdlib.h>

static const double pi = 3.14159265358979323846;

/* Squared distances between the rows of x; the caller frees them. */
static double *
squares_of(const gsc_matrix *x)
{
    double *squares = calloc(x->rows * x->rows, sizeof *squares);
    assert_non_null(squares);
    for (size_t i = 0; i < x->rows; i++)
        for (size_t j = 0; j < x->rows; j++)
            for (size_t k = 0; k < x->cols; k++) {
                double d = x->data[i * x->cols + k] - x->data[j * x->cols + k];
                squares[i * x->rows + j] += d * d;
            }
    return squares;
}

static gsc_trajectory
trajectory_of(const gsc_matrix *x)
{
    gsc_trajectory path;
    double *squares = squares_of(x);
    assert_return_ok(gsc_trajectory_init(&path, squares, x->rows));
    free(squares);
    return path;
}

static void
a_straight_line_is_one_component(void **state)
{
    (void)state;
    double data[] = {0, 0, 3, 4, 4.5, 6, 9, 12}; /* 0, 5, 7.5, 15 along (3, 4) */
    const gsc_matrix x = {4, 2, data};
    gsc_trajectory path = trajectory_of(&x);
    const double at[] = {6.875, 1.875, -0.625, -8.125};
    assert_close(path.share[0], 1, 1e-12);
    assert_close(path.share[1], 0, 1e-12);
    for (size_t t = 0; t < 4; t++)
        assert_close(path.coordinates.data[t], at[t], 1e-12);
    assert_true(path.share_walk[0] < 0.9);
    gsc_trajectory_free(&path);
}

/* Each step of its own dimension, and all of one length: the limit that is the walk. */
static void
orthogonal_steps_are_the_walk(void **state)
{
    (void)state;
    enum { COUNT = 40 };
    gsc_matrix x;
    assert_return_ok(gsc_matrix_init(&x, COUNT, COUNT));
    for (size_t t = 0; t < COUNT; t++)
        for (size_t s = 0; s < t; s++)
            x.data[t * COUNT + s] = 2;
    gsc_trajectory path = trajectory_of(&x);
    for (size_t k = 1; k < COUNT; k++) {
        double sine = sin(pi * (double)k / (2 * COUNT));
        double share = 6 / ((COUNT * COUNT - 1.0) * 4 * sine * sine);
        assert_close(path.share[k - 1], share, 1e-12);
        assert_close(path.share_walk[k - 1], share, 1e-12);
        assert_close(path.singular_values[k - 1], 1 / sine, 1e-9);
        assert_close(path.cosine_walk[k - 1], 1, 1e-9);
        assert_close(path.cosine_wave[k - 1], 1, 1e-9);
    }
    assert_close(path.share[0], 6 / (pi * pi), 1e-3);
    assert_close(path.share[1], 6 / (pi * pi) / 4, 1e-3);
    gsc_trajectory_free(&path);
    gsc_matrix_free(&x);
}

static void
shares_and_coordinates_are_those_of_the_weights(void **state)
{
    (void)state;
    enum { COUNT = 9, LENGTH = 60 };
    gsc_matrix x;
    gsc_pca pca;
    assert_return_ok(gsc_matrix_init(&x, COUNT, LENGTH));
    for (size_t t = 0; t < COUNT; t++)
        for (size_t k = 0; k < LENGTH; k++)
            x.data[t * LENGTH + k] =
                (t > 0 ? x.data[(t - 1) * LENGTH + k] : 5) +
                (double)(t + 1) * gsc_rng_normal(3, 1, t * LENGTH + k);
    gsc_trajectory path = trajectory_of(&x);
    assert_return_ok(gsc_pca_init(&pca, &x));
    for (size_t u = 0; u + 1 < COUNT; u++) {
        double along = 0;
        for (size_t t = 0; t < COUNT; t++)
            along += pca.scores.data[t * COUNT + u] *
                     cos(pi * (double)(u + 1) * ((double)t + 0.5) / COUNT);
        double sign = along < 0 ? -1 : 1;
        assert_close(path.share[u], pca.share[u], 1e-12);
        assert_close(path.singular_values[u], pca.singular_values[u], 1e-9);
        assert_close(path.cosine_wave[u], fabs(along) / sqrt(COUNT / 2.0), 1e-9);
        for (size_t t = 0; t < COUNT; t++)
            assert_close(path.coordinates.data[u * COUNT + t],
                         sign * pca.singular_values[u] * pca.scores.data[t * COUNT + u],
                         1e-9);
    }
    /* A walk of few dimensions is near the limit, and knows its own lengths. */
    assert_close(path.share_walk[0], path.share[0], 0.1);
    assert_true(path.cosine_walk[0] > 0.95 &&
                path.cosine_walk[0] > path.cosine_wave[0]);
    gsc_pca_free(&pca);
    gsc_trajectory_free(&path);
    gsc_matrix_free(&x);
}

static void
who_stays_has_no_components(void **state)
{
    (void)state;
    const double at_rest[9] = {0};
    gsc_trajectory path;
    for (size_t count = 1; count <= 3; count++) {
        assert_return_ok(gsc_trajectory_init(&path, at_rest, count));
        for (size_t u = 0; u < count; u++)
            assert_true(path.share[u] == 0 && path.share_walk[u] == 0 &&
                        path.cosine_walk[u] == 0 && path.coordinates.data[u] == 0);
        gsc_trajectory_free(&path);
    }
}

static void
no_path_and_no_number_are_refused(void **state)
{
    (void)state;
    const double squares[4] = {0, (double)NAN, (double)NAN, 0};
    gsc_trajectory path;
    assert_fails(gsc_trajectory_init(&path, squares, 0), GSC_EARGUMENT,
                 "no checkpoints");
    assert_fails(gsc_trajectory_init(&path, squares, 2), GSC_ENUMERIC, "finite");
    assert_null(path.share);
    gsc_trajectory_free(&path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_straight_line_is_one_component),
        cmocka_unit_test(orthogonal_steps_are_the_walk),
        cmocka_unit_test(shares_and_coordinates_are_those_of_the_weights),
        cmocka_unit_test(who_stays_has_no_components),
        cmocka_unit_test(no_path_and_no_number_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
