/* Sets of points: rotated ones are the same, unrelated ones are not, and closed forms.
 */
#include "analyze/maths/procrustes.h"
#include "analyze/maths/representation.h"
#include "matrix_fixture.h"

#include <stdlib.h>

static const double tolerance = 1e-12;

/* y = scale x (Q_01 Q_12 …) + shift, Q rotations by an angle in planes (j, j + 1), the
 * first column mirrored. */
static gsc_matrix
moved(const gsc_matrix *x, double scale, double shift)
{
    gsc_matrix y;
    assert_return_ok(gsc_matrix_copy(x, &y));
    for (size_t i = 0; i < y.rows; i++) {
        double *row = &y.data[i * y.cols];
        for (size_t j = 0; j + 1 < y.cols; j++) {
            double c = cos(1.0 + (double)j), s = sin(1.0 + (double)j), a = row[j];
            row[j] = c * a - s * row[j + 1];
            row[j + 1] = s * a + c * row[j + 1];
        }
        row[0] = -row[0];
        for (size_t j = 0; j < y.cols; j++)
            row[j] = scale * row[j] + shift;
    }
    return y;
}

static void
compare(const gsc_matrix *x, const gsc_matrix *y, double *cka, double *distance)
{
    gsc_representation a, b;
    assert_return_ok(gsc_representation_init(&a, x));
    assert_return_ok(gsc_representation_init(&b, y));
    assert_return_ok(gsc_representation_cka(&a, &b, cka));
    assert_return_ok(gsc_representation_procrustes(&a, &b, distance));
    gsc_representation_free(&a);
    gsc_representation_free(&b);
}

static void
rotated_moved_and_scaled_points_are_the_same(void **state)
{
    (void)state;
    const size_t sizes[][2] = {{20, 4}, {4, 20}, {7, 7}, {3, 1}};
    for (size_t s = 0; s < 4; s++) {
        gsc_matrix x = noise(sizes[s][0], sizes[s][1], 3, s), y = moved(&x, 2.5, -1);
        double cka, distance;
        compare(&x, &y, &cka, &distance);
        assert_close(cka, 1, tolerance);
        assert_close(distance, 0, tolerance);
        gsc_matrix_free(&x);
        gsc_matrix_free(&y);
    }
}

/* Sylvester's matrix: columns 1 … n - 1 have mean 0 and are orthogonal. */
static double
sylvester(size_t i, size_t j)
{
    return __builtin_popcountll(i & j) % 2 ? -1 : 1;
}

static void
orthogonal_columns_have_the_closed_forms(void **state)
{
    (void)state;
    /* X has columns 1, 2 of lengths a, b, Y columns 2, 3 of lengths c, d: one is
     * shared. */
    const double a = 3, b = 2, c = 5, d = 1;
    gsc_matrix x, y;
    double cka, distance;
    assert_return_ok(gsc_matrix_init(&x, 8, 2));
    assert_return_ok(gsc_matrix_init(&y, 8, 2));
    for (size_t i = 0; i < 8; i++) {
        x.data[2 * i] = 7 + a * sylvester(i, 1);
        x.data[2 * i + 1] = b * sylvester(i, 2);
        y.data[2 * i] = c * sylvester(i, 2) - 1;
        y.data[2 * i + 1] = d * sylvester(i, 3);
    }
    compare(&x, &y, &cka, &distance);
    assert_close(cka, b * b * c * c / (hypot(a * a, b * b) * hypot(c * c, d * d)),
                 tolerance);
    assert_close(distance, 2 - 2 * b * c / (hypot(a, b) * hypot(c, d)), tolerance);
    gsc_matrix_free(&x);
    gsc_matrix_free(&y);
}

static void
widths_may_differ(void **state)
{
    (void)state;
    /* The same points with columns of zeros, and with none; few points in many
     * dimensions against many points in few. */
    gsc_matrix x = noise(9, 3, 3, 5), y, wide = noise(9, 40, 3, 6),
               other = noise(9, 2, 3, 7);
    double cka, distance, swapped_cka, swapped_distance;
    assert_return_ok(gsc_matrix_init(&y, 9, 5));
    for (size_t i = 0; i < 9; i++)
        for (size_t j = 0; j < 3; j++)
            y.data[i * 5 + 4 - j] = x.data[i * 3 + j];
    compare(&x, &y, &cka, &distance);
    assert_close(cka, 1, tolerance);
    assert_close(distance, 0, tolerance);
    compare(&wide, &other, &cka, &distance);
    compare(&other, &wide, &swapped_cka, &swapped_distance);
    assert_close(cka, swapped_cka, tolerance);
    assert_close(distance, swapped_distance, tolerance);
    assert_true(cka > 0 && cka < 0.9 && distance > 0.1 && distance < 2);
    gsc_matrix_free(&x);
    gsc_matrix_free(&y);
    gsc_matrix_free(&wide);
    gsc_matrix_free(&other);
}

static void
both_sides_of_cka_agree(void **state)
{
    (void)state;
    /* Columns of zeros make the products over examples the cheaper ones. */
    gsc_matrix x = noise(6, 3, 3, 8), y = noise(6, 2, 3, 9), padded;
    double cka, of_padded, distance;
    assert_return_ok(gsc_matrix_init(&padded, 6, 30));
    for (size_t i = 0; i < 6; i++)
        memcpy(&padded.data[i * 30], &x.data[i * 3], 3 * sizeof *x.data);
    compare(&x, &y, &cka, &distance);
    compare(&padded, &padded, &of_padded, &distance);
    assert_close(of_padded, 1, tolerance);
    compare(&padded, &y, &of_padded, &distance);
    assert_close(of_padded, cka, tolerance);
    gsc_matrix_free(&x);
    gsc_matrix_free(&y);
    gsc_matrix_free(&padded);
}

static void
equal_points_have_no_likeness(void **state)
{
    (void)state;
    gsc_matrix x = noise(5, 3, 3, 1), y;
    double cka, distance;
    assert_return_ok(gsc_matrix_init(&y, 5, 2));
    for (size_t i = 0; i < 10; i++)
        y.data[i] = 0.1;
    compare(&x, &y, &cka, &distance);
    assert_true(isnan(cka) && isnan(distance));
    gsc_matrix_free(&x);
    gsc_matrix_free(&y);
}

static void
a_rotation_is_found(void **state)
{
    (void)state;
    gsc_matrix x = noise(20, 4, 3, 2), y = moved(&x, 1, 5), z = moved(&x, 3, 0);
    gsc_procrustes found;
    assert_return_ok(gsc_procrustes_init(&found, &x, &y, false));
    assert_close(found.residual, 0, 1e-6);
    assert_true(found.scale == 1);
    gsc_matrix axis = {4, 4,
                       (double[]){1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}};
    gsc_matrix expected = moved(&axis, 1, 0);
    for (size_t i = 0; i < 16; i++)
        assert_close(found.rotation.data[i], expected.data[i], tolerance);
    gsc_procrustes_free(&found);
    assert_return_ok(gsc_procrustes_init(&found, &x, &z, true));
    assert_close(found.scale, 3, tolerance);
    assert_close(found.residual, 0, 1e-6);
    gsc_procrustes_free(&found);
    gsc_procrustes_free(&found);
    gsc_matrix_free(&expected);
    gsc_matrix_free(&x);
    gsc_matrix_free(&y);
    gsc_matrix_free(&z);
}

static void
the_residual_is_what_the_rotation_leaves(void **state)
{
    (void)state;
    gsc_matrix x = noise(12, 3, 3, 3), y = noise(12, 5, 3, 4);
    gsc_procrustes found;
    for (int scaled = 0; scaled < 2; scaled++) {
        assert_return_ok(gsc_procrustes_init(&found, &x, &y, scaled));
        double sum = 0;
        for (size_t j = 0; j < 5; j++) {
            double error[12], mean = 0;
            for (size_t i = 0; i < 12; i++) {
                error[i] = -y.data[i * 5 + j];
                for (size_t k = 0; k < 3; k++)
                    error[i] += found.scale * x.data[i * 3 + k] *
                                found.rotation.data[k * 5 + j];
                mean += error[i] / 12;
            }
            for (size_t i = 0; i < 12; i++)
                sum += (error[i] - mean) * (error[i] - mean);
        }
        assert_close(found.residual, sqrt(sum), 1e-10);
        gsc_procrustes_free(&found);
    }
    gsc_matrix_free(&x);
    gsc_matrix_free(&y);
}

static void
bad_points_are_refused(void **state)
{
    (void)state;
    double data[] = {1, NAN, 2, 3};
    const gsc_matrix empty = {0, 3, NULL}, unfinished = {2, 2, data};
    gsc_matrix x = noise(3, 2, 3, 1), y = noise(4, 2, 3, 1);
    gsc_representation a, b;
    gsc_procrustes found;
    double result;
    assert_fails(gsc_representation_init(&a, &empty), GSC_EARGUMENT, "[0, 3]");
    assert_fails(gsc_representation_init(&a, &unfinished), GSC_ENUMERIC,
                 "element (0, 1) is nan");
    assert_null(a.x.data);
    assert_return_ok(gsc_representation_init(&a, &x));
    assert_return_ok(gsc_representation_take(&b, &y));
    assert_null(y.data);
    assert_fails(gsc_representation_cka(&a, &b, &result), GSC_EARGUMENT, "3 points");
    assert_fails(gsc_representation_procrustes(&a, &b, &result), GSC_EARGUMENT,
                 "with 4");
    assert_fails(gsc_procrustes_init(&found, &x, &b.x, false), GSC_EARGUMENT, "onto 4");
    assert_null(found.rotation.data);
    gsc_representation_free(&a);
    gsc_representation_free(&b);
    gsc_representation_free(&b);
    gsc_matrix_free(&x);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rotated_moved_and_scaled_points_are_the_same),
        cmocka_unit_test(orthogonal_columns_have_the_closed_forms),
        cmocka_unit_test(widths_may_differ),
        cmocka_unit_test(both_sides_of_cka_agree),
        cmocka_unit_test(equal_points_have_no_likeness),
        cmocka_unit_test(a_rotation_is_found),
        cmocka_unit_test(the_residual_is_what_the_rotation_leaves),
        cmocka_unit_test(bad_points_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
