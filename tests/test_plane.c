/* The plane of a frequency: planted ellipses, Parseval, and what is left without it. */
#include "grokscope/rng.h"

#include "analyze/maths/plane.h"
#include "test.h"

static const double two_pi = 6.283185307179586476925;

enum { P = 13, D = 4 };

/* Row n: 2 cos(w n) in column 1, sin(w n) in column 3, 5 in all. */
static gsc_matrix
ellipse(size_t k)
{
    gsc_matrix x;
    assert_return_ok(gsc_matrix_init(&x, P, D));
    for (size_t n = 0; n < P; n++) {
        double angle = two_pi * (double)(k * n) / P;
        for (size_t j = 0; j < D; j++)
            x.data[n * D + j] = 5;
        x.data[n * D + 1] += 2 * cos(angle);
        x.data[n * D + 3] += sin(angle);
    }
    return x;
}

static void
an_ellipse_has_its_axes(void **state)
{
    (void)state;
    for (size_t k = 1; k <= P / 2; k++) {
        gsc_matrix x = ellipse(k);
        gsc_plane plane;
        double y[2 * P];
        assert_return_ok(gsc_plane_init(&plane, &x, k));
        assert_int_equal(plane.dims, 2);
        assert_close(plane.singular_values[0], 2 * sqrt(P / 2.0), 1e-12);
        assert_close(plane.singular_values[1], sqrt(P / 2.0), 1e-12);
        assert_close(gsc_plane_circularity(&plane), 0.8, 1e-13);
        assert_close(fabs(plane.axes.data[1]), 1, 1e-13);
        assert_close(fabs(plane.axes.data[D + 3]), 1, 1e-13);
        gsc_plane_project(&plane, x.data, P, y);
        for (size_t n = 0; n < P; n++) {
            assert_close(fabs(y[2 * n]), fabs(x.data[n * D + 1]), 1e-12);
            assert_close(fabs(y[2 * n + 1]), fabs(x.data[n * D + 3]), 1e-12);
        }
        gsc_plane_remove(&plane, &x);
        for (size_t i = 0; i < P * D; i++)
            assert_close(x.data[i], 5, 1e-12);
        gsc_plane_free(&plane);
        gsc_matrix_free(&x);
    }
}

/* Axes are the waves' own: what begins along A goes round from there, mirrored or not.
 */
static void
oriented_axes_begin_at_the_first_row(void **state)
{
    (void)state;
    for (int mirrored = 0; mirrored < 2; mirrored++) {
        gsc_matrix x = ellipse(2);
        gsc_plane plane;
        double y[2 * P];
        for (size_t n = 0; mirrored && n < P; n++)
            x.data[n * D + 3] = 10 - x.data[n * D + 3];
        assert_return_ok(gsc_plane_init(&plane, &x, 2));
        gsc_plane_orient(&plane);
        gsc_plane_project(&plane, x.data, P, y);
        for (size_t n = 0; n < P; n++) {
            double angle = two_pi * (double)(2 * n) / P;
            double off_x = 5 * plane.axes.data[0] + 5 * plane.axes.data[1] +
                           5 * plane.axes.data[2] + 5 * plane.axes.data[3];
            double off_y = 5 * plane.axes.data[D] + 5 * plane.axes.data[D + 1] +
                           5 * plane.axes.data[D + 2] + 5 * plane.axes.data[D + 3];
            assert_close(y[2 * n] - off_x, 2 * cos(angle), 1e-12);
            assert_close(y[2 * n + 1] - off_y, sin(angle), 1e-12);
        }
        gsc_plane_free(&plane);
        gsc_matrix_free(&x);
    }
}

static void
another_frequency_is_not_in_it(void **state)
{
    (void)state;
    gsc_matrix x = ellipse(2), kept;
    gsc_plane plane;
    assert_return_ok(gsc_matrix_copy(&x, &kept));
    assert_return_ok(gsc_plane_init(&plane, &x, 3));
    assert_close(plane.singular_values[0], 0, 1e-13);
    gsc_plane_remove(&plane, &x);
    for (size_t i = 0; i < P * D; i++)
        assert_close(x.data[i], kept.data[i], 1e-13);
    gsc_plane_free(&plane);
    gsc_matrix_free(&x);
    gsc_matrix_free(&kept);
}

static void
without_any_frequency_the_mean_is_left(void **state)
{
    (void)state;
    gsc_matrix x;
    double power = 0, all = 0;
    assert_return_ok(gsc_matrix_init(&x, P, D));
    for (size_t i = 0; i < P * D; i++)
        all += pow(x.data[i] = gsc_rng_normal(3, 1, i), 2);
    for (size_t k = 1; k <= P / 2; k++) {
        gsc_plane plane;
        assert_return_ok(gsc_plane_init(&plane, &x, k));
        power += pow(plane.singular_values[0], 2) + pow(plane.singular_values[1], 2);
        gsc_plane_remove(&plane, &x);
        gsc_plane_free(&plane);
    }
    for (size_t i = 0; i < P * D; i++) {
        assert_close(x.data[i], x.data[i % D], 1e-13);
        power += x.data[i] * x.data[i];
    }
    assert_close(power, all, 1e-12);
    gsc_matrix_free(&x);
}

static void
one_column_is_a_line(void **state)
{
    (void)state;
    double data[P], y[2];
    for (size_t n = 0; n < P; n++)
        data[n] = cos(two_pi * (double)n / P);
    gsc_matrix x = {P, 1, data};
    gsc_plane plane;
    assert_return_ok(gsc_plane_init(&plane, &x, 1));
    assert_int_equal(plane.dims, 1);
    assert_true(gsc_plane_circularity(&plane) == 0);
    gsc_plane_project(&plane, data, 1, y);
    assert_close(fabs(y[0]), 1, 1e-13);
    assert_true(y[1] == 0);
    gsc_plane_remove(&plane, &x);
    for (size_t n = 0; n < P; n++)
        assert_close(data[n], 0, 1e-13);
    gsc_plane_free(&plane);
}

static void
angles_are_those_of_the_points_whatever_the_axes(void **state)
{
    (void)state;
    double angle[P], data[P];
    for (size_t k = 1; k <= P / 2; k++) {
        gsc_matrix x = ellipse(k);
        gsc_plane plane;
        assert_return_ok(gsc_plane_init(&plane, &x, k));
        gsc_plane_angles(&plane, &x, angle);
        for (size_t n = 0; n < P; n++) {
            double w = two_pi * (double)(k * n) / P;
            assert_close(angle[n], atan2(sin(w), 2 * cos(w)), 1e-12);
        }
        gsc_plane_free(&plane);
        gsc_matrix_free(&x);
    }
    for (size_t n = 0; n < P; n++)
        data[n] = 3 + cos(two_pi * (double)n / P); /* a line */
    gsc_matrix line = {P, 1, data};
    gsc_plane plane;
    assert_return_ok(gsc_plane_init(&plane, &line, 1));
    gsc_plane_angles(&plane, &line, angle);
    assert_true(angle[0] == 0);
    assert_close(fabs(angle[P / 2]), two_pi / 2, 1e-15);
    gsc_plane_free(&plane);
}

static void
points_that_are_one_have_no_angle(void **state)
{
    (void)state;
    double data[P * D] = {0}, angle[P];
    gsc_matrix x = {P, D, data};
    gsc_plane plane;
    assert_return_ok(gsc_plane_init(&plane, &x, 2));
    gsc_plane_angles(&plane, &x, angle);
    assert_true(isnan(angle[0]) && isnan(angle[P - 1]));
    gsc_plane_free(&plane);
}

static void
frequencies_without_a_plane_are_refused(void **state)
{
    (void)state;
    double data[16] = {0};
    const gsc_matrix even = {8, 2, data}, odd = {7, 2, data};
    gsc_plane plane;
    assert_fails(gsc_plane_init(&plane, &even, 0), GSC_EARGUMENT, "frequency 0");
    assert_fails(gsc_plane_init(&plane, &even, 4), GSC_EARGUMENT, "frequency 4");
    assert_fails(gsc_plane_init(&plane, &odd, 4), GSC_EARGUMENT, "[7, 2]");
    assert_return_ok(gsc_plane_init(&plane, &odd, 3));
    assert_true(gsc_plane_circularity(&plane) == 0); /* no power */
    gsc_plane_free(&plane);
    gsc_plane_free(&plane);
    data[3] = INFINITY;
    assert_fails(gsc_plane_init(&plane, &even, 1), GSC_ENUMERIC, "finite");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ellipse_has_its_axes),
        cmocka_unit_test(oriented_axes_begin_at_the_first_row),
        cmocka_unit_test(another_frequency_is_not_in_it),
        cmocka_unit_test(without_any_frequency_the_mean_is_left),
        cmocka_unit_test(one_column_is_a_line),
        cmocka_unit_test(angles_are_those_of_the_points_whatever_the_axes),
        cmocka_unit_test(points_that_are_one_have_no_angle),
        cmocka_unit_test(frequencies_without_a_plane_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
