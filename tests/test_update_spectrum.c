/* Singular values of updates, and the measure "spectral_edge". */
#include "one_run.h"

#include "grokscope/error.h"
#include "grokscope/rng.h"

#include "analyze/method/weights/update_spectrum.h"
#include "train/numeric/linalg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { W = 6, N = 10000 }; /* more numbers than two blocks */

/* Points whose updates are random mixtures of `rank` directions, the first of which
 * has `first` times the weight of the others. */
static double *points[W + 1];

static void
make_points(size_t rank, double first)
{
    for (size_t i = 0; i <= W; i++) {
        points[i] = calloc(N, sizeof **points);
        for (size_t k = 0; i > 0 && k < N; k++)
            points[i][k] = points[i - 1][k];
        for (size_t d = 0; i > 0 && d < rank; d++) {
            double mixed = gsc_rng_normal(3, d, i) * (d == 0 ? first : 1);
            for (size_t k = 0; k < N; k++)
                points[i][k] += mixed * gsc_rng_normal(4, d, k);
        }
    }
}

static void
free_points(void)
{
    for (size_t i = 0; i <= W; i++)
        free(points[i]);
}

static void
spectrum_of_points(double *sigma, double *share)
{
    gsc_matrix gram;
    const double *const_points[W + 1];
    memcpy(const_points, points, sizeof points);
    assert_return_ok(gsc_update_gram(const_points, W + 1, N, &gram));
    assert_return_ok(gsc_update_singular_values(&gram, sigma));
    assert_return_ok(gsc_update_path_share(&gram, share));
    gsc_matrix_free(&gram);
}

/* The same by LAPACK's decomposition of the rows themselves. */
static void
singular_values_are_those_of_the_stacked_updates(void **state)
{
    (void)state;
    double sigma[W], by_rows[W], of_path[W + 1], share, sum = 0;
    gsc_matrix rows, path;
    make_points(W, 5);
    spectrum_of_points(sigma, &share);
    assert_return_ok(gsc_matrix_init(&rows, W, N));
    assert_return_ok(gsc_matrix_init(&path, W + 1, N));
    for (size_t i = 0; i <= W; i++)
        for (size_t k = 0; k < N; k++) {
            path.data[i * N + k] = points[i][k];
            if (i < W)
                rows.data[i * N + k] = points[i + 1][k] - points[i][k];
        }
    assert_return_ok(gsc_svd(&rows, by_rows, NULL, NULL));
    for (size_t i = 0; i < W; i++)
        assert_close(sigma[i] / by_rows[i], 1, 1e-10);
    double *mean = calloc(N, sizeof *mean);
    gsc_matrix_centre(&path, mean);
    assert_return_ok(gsc_svd(&path, of_path, NULL, NULL));
    for (size_t i = 0; i <= W; i++)
        sum += of_path[i] * of_path[i];
    assert_close(share, of_path[0] * of_path[0] / sum, 1e-10);
    free(mean);
    gsc_matrix_free(&rows);
    gsc_matrix_free(&path);
    free_points();
}

static void
updates_of_a_rank_have_their_edge_there(void **state)
{
    (void)state;
    for (size_t rank = 1; rank < W; rank++) {
        double sigma[W], share;
        make_points(rank, 1);
        spectrum_of_points(sigma, &share);
        assert_int_equal(gsc_update_edge(sigma, W), rank);
        for (size_t i = 0; i < W; i++)
            assert_true((sigma[i] > 0) == (i < rank));
        assert_true(gsc_update_participation(sigma, W) <= (double)rank + 1e-9);
        assert_true(rank > 1 ? share < 1 - 1e-6 : fabs(share - 1) < 1e-12);
        free_points();
    }
}

static void
the_edge_is_where_share_times_ratio_is_largest(void **state)
{
    (void)state;
    const double falls_late[] = {5, 4, 1, 1}, falls_early[] = {9, 2, 2, 1};
    const double even[] = {2, 2, 2}, still[] = {0, 0, 0};
    assert_int_equal(gsc_update_edge(falls_late, 4), 2); /* 16/11 beats 5/11 * 5/4 */
    assert_close(gsc_update_score(falls_late, 4, 1), 4. / 11 * 4, 1e-12);
    assert_int_equal(gsc_update_edge(falls_early, 4), 1);
    assert_int_equal(gsc_update_edge(even, 3), 1); /* the first of equal ones */
    assert_int_equal(gsc_update_edge(still, 3), 0);
    assert_int_equal(gsc_update_edge(even, 1), 0);
    assert_close(gsc_update_participation(even, 3), 3, 1e-12);
    assert_close(gsc_update_participation(falls_late, 4), 43. * 43 / 883, 1e-12);
    assert_true(isnan(gsc_update_participation(still, 3)));
    assert_true(isnan(gsc_update_score(falls_late, 4, 3)));
}

static void
one_point_has_no_updates(void **state)
{
    (void)state;
    const double number = 1, *one[] = {&number};
    gsc_matrix gram;
    assert_fails(gsc_update_gram(one, 1, 1, &gram), GSC_EARGUMENT,
                 "updates lie between two points, not in 1");
}

static void
a_path_that_stands_still_has_no_share(void **state)
{
    (void)state;
    double sigma[W], share;
    make_points(0, 1);
    spectrum_of_points(sigma, &share);
    assert_true(isnan(share) && sigma[0] == 0);
    free_points();
}

/* ---- The measure, of a run with checkpoints at 0, 10, … 60 ---- */

static int
make_run(void **state)
{
    static const char *const changes[][2] = {
        {"p", "7"},      {"d_model", "8"},     {"n_heads", "2"},
        {"d_mlp", "8"},  {"steps", "60"},      {"checkpoints", "linear:10"},
        {"save_on", ""}, {"dtype", "float64"}, {NULL, NULL}};
    return make_one_run(state, "demo", changes);
}

static void
a_window_ends_with_the_checkpoint(void **state)
{
    (void)state;
    gsc_measured_runs s;
    gsc_loaded_model loaded[4];
    double by_rows[3];
    gsc_matrix rows;
    ask_run_with(&gsc_measure_spectral_edge, 0, folder, "50", false, "window=3", &s);
    for (size_t i = 0; i < 4; i++)
        open_step(&loaded[i], 20 + 10 * (int64_t)i);
    size_t n = loaded[0].num_weights;
    assert_return_ok(gsc_matrix_init(&rows, 3, n));
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < n; k++)
            rows.data[i * n + k] = loaded[i + 1].weights[k] - loaded[i].weights[k];
    assert_return_ok(gsc_svd(&rows, by_rows, NULL, NULL));
    assert_int_equal(cell_of(&s, 0, "from_step")->integer, 20);
    assert_close(cell_of(&s, 0, "sigma_1")->real, by_rows[0], 1e-9);
    assert_close(cell_of(&s, 0, "sigma_2")->real, by_rows[1], 1e-9);
    assert_close(cell_of(&s, 0, "sigma_3")->real, by_rows[2], 1e-9);
    assert_close(cell_of(&s, 0, "gap")->real,
                 by_rows[1] * by_rows[1] - by_rows[2] * by_rows[2], 1e-9);
    assert_int_equal((int)cell_of(&s, 0, "edge")->real, gsc_update_edge(by_rows, 3));
    gsc_matrix_free(&rows);
    for (size_t i = 0; i < 4; i++)
        gsc_loaded_model_close(&loaded[i]);
    gsc_measured_runs_free(&s);
}

static void
a_window_that_is_not_full_says_nothing(void **state)
{
    (void)state;
    gsc_measured_runs s;
    ask_run_with(&gsc_measure_spectral_edge, 0, folder, "all", false, "window=4", &s);
    assert_int_equal(gsc_rows_count(&s.rows), 7);
    for (size_t i = 0; i < 7; i++) {
        bool full = i >= 4;
        assert_int_equal(cell_of(&s, i, "from_step")->integer,
                         full ? 10 * ((int64_t)i - 4) : -1);
        assert_true(isnan(cell_of(&s, i, "edge")->real) == !full);
        assert_true(isnan(cell_of(&s, i, "gap")->real) == !full);
        assert_true(isnan(cell_of(&s, i, "participation")->real) == !full);
        assert_true(isnan(cell_of(&s, i, "path_share")->real) == !full);
    }
    gsc_measured_runs_free(&s);
}

static void
values_add_up_and_the_edge_has_the_best_score(void **state)
{
    (void)state;
    gsc_measured_runs s, checkpoint;
    double share = 0, best = 0;
    size_t edge = 0;
    const gsc_measure *m = &gsc_measure_spectral_edge;
    ask_run_with(m, 1, folder, "60", false, "window=5", &s);
    ask_run_with(m, 0, folder, "60", false, "window=5", &checkpoint);
    assert_int_equal(gsc_rows_count(&s.rows), 5);
    for (size_t i = 0; i < 5; i++) {
        double score = cell_of(&s, i, "score")->real;
        share += cell_of(&s, i, "share")->real;
        assert_int_equal(cell_of(&s, i, "number")->integer, i + 1);
        if (i < 4)
            assert_close(score,
                         cell_of(&s, i, "share")->real * cell_of(&s, i, "ratio")->real,
                         1e-12);
        if (score > best) {
            best = score;
            edge = i + 1;
        }
    }
    assert_close(share, 1, 1e-12);
    assert_int_equal((int)cell_of(&checkpoint, 0, "edge")->real, edge);
    gsc_measured_runs_free(&s);
    gsc_measured_runs_free(&checkpoint);
}

static void
a_lone_file_is_refused(void **state)
{
    (void)state;
    void *made = NULL;
    gsc_run_context alone = {.last = {.name = "x.h5"}, .alone = true};
    gsc_run_context trains = {.last = {.name = NULL}};
    const gsc_measure *m = &gsc_measure_spectral_edge;
    assert_fails(m->prepare(0, NULL, &alone, &made), GSC_EARGUMENT,
                 "x.h5: stands alone, so there are no updates that lead to it");
    assert_fails(m->prepare(0, NULL, &trains, &made), GSC_EARGUMENT,
                 "is asked for once they are saved");
    assert_null(made);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(singular_values_are_those_of_the_stacked_updates),
        cmocka_unit_test(updates_of_a_rank_have_their_edge_there),
        cmocka_unit_test(the_edge_is_where_share_times_ratio_is_largest),
        cmocka_unit_test(one_point_has_no_updates),
        cmocka_unit_test(a_path_that_stands_still_has_no_share),
        cmocka_unit_test(a_window_ends_with_the_checkpoint),
        cmocka_unit_test(a_window_that_is_not_full_says_nothing),
        cmocka_unit_test(values_add_up_and_the_edge_has_the_best_score),
        cmocka_unit_test(a_lone_file_is_refused),
    };
    return cmocka_run_group_tests(tests, make_run, remove_one_run);
}
