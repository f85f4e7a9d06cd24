/* Representation quality: counts in closed form, planted groups, controls. */
#include "matrix_fixture.h"

#include "grokscope/rng.h"
#include "grokscope/rqi.h"

#include <stdlib.h>

static const double two_pi = 6.283185307179586476925;

/* Column j is 5 j + (j + 1) i. */
static gsc_matrix
line(size_t p, size_t d)
{
    gsc_matrix x;
    assert_return_ok(gsc_matrix_init(&x, p, d));
    for (size_t i = 0; i < p * d; i++)
        x.data[i] = 5 * (double)(i % d) + (double)(i % d + 1) * (double)(i / d);
    return x;
}

/* Circles of frequencies k[i] and radius i + 1 in columns 2i, 2i + 1. */
static gsc_matrix
circles(size_t p, const size_t *k, size_t count)
{
    gsc_matrix x;
    assert_return_ok(gsc_matrix_init(&x, p, 2 * count));
    for (size_t n = 0; n < p; n++)
        for (size_t i = 0; i < count; i++) {
            double angle = two_pi * (double)(k[i] * n % p) / (double)p;
            x.data[(n * count + i) * 2] = (double)(i + 1) * cos(angle);
            x.data[(n * count + i) * 2 + 1] = (double)(i + 1) * sin(angle);
        }
    return x;
}

static void
shuffle_rows(gsc_matrix *x)
{
    uint32_t order[128];
    gsc_matrix kept;
    assert_return_ok(gsc_matrix_copy(x, &kept));
    for (uint32_t i = 0; i < x->rows; i++)
        order[i] = i;
    gsc_rng_shuffle(order, x->rows, 5, 1);
    for (size_t i = 0; i < x->rows * x->cols; i++)
        x->data[i] = kept.data[order[i / x->cols] * x->cols + i % x->cols];
    gsc_matrix_free(&kept);
}

/* ---- Liu et al.'s toy ---- */

static void
a_line_has_all_its_parallelograms(void **state)
{
    (void)state;
    const size_t sizes[][2] = {{3, 1},   {4, 3},    {5, 7},
                               {10, 70}, {20, 615}, {59, 16675}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t d = 1; d <= 2; d++) {
            gsc_matrix x = line(sizes[i][0], d);
            gsc_rqi_count count;
            assert_return_ok(gsc_rqi_liu(&x, GSC_RQI_THRESHOLD, &count));
            assert_true(count.ideal == sizes[i][1] && count.real == count.ideal);
            assert_true(count.index == 1);
            gsc_matrix_free(&x);
        }
}

static void
the_threshold_is_of_the_mean_square_in_units_of_the_deviation(void **state)
{
    (void)state;
    /* One parallelogram, 0 + 2 - 2 x 1.1 = -.2; variance over n - 1 is 3.02/3 over 1.
     */
    double data[] = {0, 1.1, 2};
    const gsc_matrix x = {3, 1, data};
    double mean = 3.1 / 3, variance = (mean * mean + (1.1 - mean) * (1.1 - mean) +
                                       (2 - mean) * (2 - mean)) /
                                      2;
    gsc_rqi_count count;
    assert_return_ok(gsc_rqi_liu(&x, 0.04 / variance * 1.0001, &count));
    assert_true(count.real == 1);
    assert_return_ok(gsc_rqi_liu(&x, 0.04 / variance * 0.9999, &count));
    assert_true(count.real == 0 && count.ideal == 1);
}

static void
noise_and_constants_have_no_parallelograms(void **state)
{
    (void)state;
    gsc_matrix x = noise(59, 8, 0, 1), constant = line(10, 1);
    gsc_rqi_count count;
    assert_return_ok(gsc_rqi_liu(&x, GSC_RQI_THRESHOLD, &count));
    assert_true(count.real == 0 && count.index == 0);
    for (size_t i = 0; i < 10; i++)
        constant.data[i] = 0.1;
    assert_return_ok(gsc_rqi_liu(&constant, GSC_RQI_THRESHOLD, &count));
    assert_int_equal(count.real, 0);
    gsc_matrix_free(&x);
    gsc_matrix_free(&constant);
    assert_return_ok(gsc_matrix_init(&x, 0, 3));
    assert_fails(gsc_rqi_liu(&x, 1, &count), GSC_EARGUMENT, "[0, 3]");
    gsc_matrix_free(&x);
}

static void
a_circle_has_few_parallelograms_of_plain_addition(void **state)
{
    (void)state;
    const size_t k[] = {1, 17}, real[] = {678, 512}; /* counted by another program */
    for (size_t i = 0; i < 2; i++) {
        gsc_matrix x = circles(59, &k[i], 1);
        gsc_rqi_count count;
        assert_return_ok(gsc_rqi_liu(&x, GSC_RQI_THRESHOLD, &count));
        assert_int_equal(count.real, real[i]);
        gsc_matrix_free(&x);
    }
}

static void
a_line_allows_every_sum_that_was_seen(void **state)
{
    (void)state;
    gsc_matrix x = line(10, 1), y = noise(10, 3, 0, 2);
    const uint32_t pairs[] = {2, 0, 9, 9, 4, 5}; /* sums 2, 18 and 9: 2 + 1 + 5 pairs */
    double accuracy;
    assert_return_ok(gsc_rqi_liu_accuracy(&x, GSC_RQI_THRESHOLD, pairs, 3, &accuracy));
    assert_close(accuracy, 8.0 / 55, 1e-15);
    assert_return_ok(gsc_rqi_liu_accuracy(&y, GSC_RQI_THRESHOLD, pairs, 3, &accuracy));
    assert_close(accuracy, 3.0 / 55, 1e-15);
    const uint32_t beyond[] = {0, 1, 3, 10};
    assert_fails(gsc_rqi_liu_accuracy(&x, 1, beyond, 2, &accuracy), GSC_EARGUMENT,
                 "training pair (3, 10) of 10 residues");
    gsc_matrix_free(&x);
    gsc_matrix_free(&y);
}

static void
entropy_counts_even_components(void **state)
{
    (void)state;
    const size_t k[] = {4};
    gsc_matrix x = circles(23, k, 1), y = line(23, 4);
    double entropy;
    assert_return_ok(gsc_rqi_entropy(&x, &entropy));
    assert_close(entropy, log(2), 1e-12);
    assert_return_ok(gsc_rqi_entropy(&y, &entropy));
    assert_close(entropy, 0, 1e-12);
    y.data[3] = NAN;
    assert_fails(gsc_rqi_entropy(&y, &entropy), GSC_ENUMERIC, "finite");
    gsc_matrix_free(&x);
    gsc_matrix_free(&y);
}

/* ---- Translations ---- */

static void
circles_of_any_frequencies_are_all_geometry(void **state)
{
    (void)state;
    const size_t k[] = {17, 3, 25};
    gsc_matrix x = circles(59, k, 3);
    gsc_rqi_fit fit;
    for (size_t i = 0; i < 59 * 6; i++)
        x.data[i] += (double)(i % 6); /* the mean does not count */
    assert_return_ok(gsc_rqi_gram(&x, NULL, &fit));
    assert_close(fit.share, 1, 1e-12);
    assert_close(fit.chance, 28.0 / 1710, 1e-15);
    shuffle_rows(&x);
    assert_return_ok(gsc_rqi_gram(&x, NULL, &fit));
    assert_close(fit.share, fit.chance, 0.03);
    gsc_matrix_free(&x);
}

static void
gaussian_geometry_is_at_chance(void **state)
{
    (void)state;
    double gram;
    gsc_rqi_angles angles, again;
    print_message("seed 1\n");
    assert_return_ok(gsc_rqi_gaussian(59, 128, 10, 1, &gram, &angles));
    assert_close(gram, 28.0 / 1710, 0.003);
    assert_close(angles.share, 0.083, 0.01);
    assert_true(angles.median > 0.5 && angles.median < 0.8);
    assert_return_ok(gsc_rqi_gaussian(59, 128, 10, 1, &gram, &again));
    assert_true(again.share == angles.share && again.median == angles.median);
    assert_fails(gsc_rqi_gaussian(59, 128, 0, 1, &gram, &angles), GSC_EARGUMENT,
                 "0 Gaussian embeddings [59, 128]");
}

/* Row g is rho(g) v: its Gram matrix is vᵀ rho(g^-1 h) v. */
static gsc_matrix
triangle_orbit(void)
{
    gsc_matrix x;
    assert_return_ok(gsc_matrix_init(&x, 6, 2));
    for (size_t g = 0; g < 6; g++) {
        double angle = two_pi / 3 * (double)(g % 3), y = g < 3 ? 0.7 : -0.7;
        x.data[2 * g] = 0.4 * cos(angle) - y * sin(angle);
        x.data[2 * g + 1] = 0.4 * sin(angle) + y * cos(angle);
    }
    return x;
}

static void
the_side_of_a_groups_translations_is_known(void **state)
{
    (void)state;
    uint16_t turned[36];
    gsc_group triangle, reversed, cyclic;
    gsc_matrix x = triangle_orbit();
    gsc_rqi_fit fit, plain;
    assert_return_ok(gsc_group_init(&triangle, "D3"));
    for (size_t i = 0; i < 36; i++)
        turned[i] = triangle.table[i % 6 * 6 + i / 6];
    assert_return_ok(gsc_group_init_table(&reversed, 6, turned));
    assert_return_ok(gsc_group_init(&cyclic, "C6"));
    assert_return_ok(gsc_rqi_gram(&x, &triangle, &fit));
    assert_close(fit.share, 1, 1e-12);
    assert_close(fit.chance, 3.0 / 14, 1e-15); /* three flips, one pair of turns */
    assert_return_ok(gsc_rqi_gram(&x, &reversed, &fit));
    assert_true(fit.share < 0.9);
    assert_return_ok(gsc_rqi_gram(&x, &cyclic, &fit));
    assert_return_ok(gsc_rqi_gram(&x, NULL, &plain));
    assert_true(fit.share < 0.9);
    assert_close(fit.share, plain.share, 0);
    assert_close(fit.chance, plain.chance, 0);
    gsc_group_free(&triangle);
    gsc_group_free(&reversed);
    gsc_group_free(&cyclic);
    gsc_matrix_free(&x);
}

/* Row g is rho(g) v of the permutations of coordinates. */
static void
permutations_of_a_point_are_all_geometry(void **state)
{
    (void)state;
    gsc_group group;
    gsc_matrix x, y = noise(24, 64, 0, 3);
    gsc_rqi_fit fit;
    uint8_t image[4];
    const double v[] = {0.1, 0.9, -0.5, 2};
    assert_return_ok(gsc_group_init(&group, "S4"));
    assert_return_ok(gsc_matrix_init(&x, 24, 4));
    for (size_t g = 0; g < 24; g++) {
        gsc_group_permutation(&group, g, image);
        for (size_t i = 0; i < 4; i++) /* x, then y: (rho(x) v)_i = v_(x(i)) */
            x.data[g * 4 + i] = v[image[i]];
    }
    assert_return_ok(gsc_rqi_gram(&x, &group, &fit));
    assert_close(fit.share, 1, 1e-12);
    assert_close(fit.chance, 15.0 / 275, 1e-15); /* 9 of order 2, 14 others in pairs */
    assert_return_ok(gsc_rqi_gram(&y, &group, &fit));
    assert_close(fit.share, fit.chance, 0.05);
    gsc_matrix_free(&x);
    gsc_matrix_free(&y);
    gsc_group_free(&group);
}

static void
embeddings_of_another_size_are_refused(void **state)
{
    (void)state;
    gsc_group group;
    gsc_matrix three = noise(3, 2, 0, 1), two = noise(2, 2, 0, 1);
    gsc_rqi_fit fit;
    assert_return_ok(gsc_group_init(&group, "C4"));
    assert_fails(gsc_rqi_gram(&three, &group, &fit), GSC_EARGUMENT,
                 "an embedding [3, 2] of a group of 4 elements");
    assert_fails(gsc_rqi_gram(&two, NULL, &fit), GSC_EARGUMENT, "[2, 2]: expected 3");
    gsc_matrix_free(&three);
    gsc_matrix_free(&two);
    gsc_group_free(&group);
}

/* ---- Angles ---- */

static void
angles_of_a_circle_add(void **state)
{
    (void)state;
    const size_t sizes[] = {3, 4, 8, 15, 59};
    for (size_t i = 0; i < 5; i++) {
        const size_t k[] = {1, sizes[i] / 2};
        gsc_matrix x = circles(sizes[i], k, sizes[i] > 4 ? 2 : 1);
        gsc_rqi_angles angles;
        assert_return_ok(gsc_rqi_angle(&x, 1, GSC_RQI_ANGLE, &angles));
        assert_close(angles.share, 1, 0);
        assert_close(angles.median, 0, 1e-13);
        gsc_matrix_free(&x);
    }
}

static int
by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Columns 0 and 1 hold only frequency 1, an ellipse, whose angles are known. */
static void
deviations_are_those_of_all_distinct_pairs_of_pairs(void **state)
{
    (void)state;
    for (size_t p = 7; p <= 10; p++) {
        gsc_matrix x;
        double theta[10], deviation[1000];
        size_t count = 0, close = 0;
        assert_return_ok(gsc_matrix_init(&x, p, 2));
        for (size_t n = 0; n < p; n++) {
            double angle = two_pi * (double)n / (double)p;
            x.data[2 * n] = cos(angle);
            x.data[2 * n + 1] = 0.6 * sin(angle);
            theta[n] = atan2(x.data[2 * n + 1], x.data[2 * n]);
        }
        for (size_t q = 0; q < p * p * p * p; q++) {
            size_t i = q / p / p / p, j = q / p / p % p, m = q / p % p, n = q % p;
            if (i > j || m > n || i >= m || (i + j) % p != (m + n) % p)
                continue;
            double turn = theta[i] + theta[j] - theta[m] - theta[n];
            deviation[count] = fabs(atan2(sin(turn), cos(turn)));
            close += deviation[count++] < 0.5;
        }
        qsort(deviation, count, sizeof *deviation, by_size);
        gsc_rqi_angles angles;
        assert_return_ok(gsc_rqi_angle(&x, 1, 0.5, &angles));
        assert_close(angles.share, (double)close / (double)count, 1e-15);
        assert_close(angles.median,
                     (deviation[count / 2] + deviation[(count - 1) / 2]) / 2, 1e-12);
        gsc_matrix_free(&x);
    }
}

static void
angles_in_no_order_do_not_add(void **state)
{
    (void)state;
    const size_t k[] = {5};
    gsc_matrix x = circles(59, k, 1);
    gsc_rqi_angles angles;
    shuffle_rows(&x);
    assert_return_ok(gsc_rqi_angle(&x, 5, GSC_RQI_ANGLE, &angles));
    assert_true(angles.share < 0.1 && angles.median > 1);
    assert_fails(gsc_rqi_angle(&x, 30, 1, &angles), GSC_EARGUMENT, "frequency 30");
    gsc_matrix_free(&x);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_all_its_parallelograms),
        cmocka_unit_test(the_threshold_is_of_the_mean_square_in_units_of_the_deviation),
        cmocka_unit_test(noise_and_constants_have_no_parallelograms),
        cmocka_unit_test(a_circle_has_few_parallelograms_of_plain_addition),
        cmocka_unit_test(a_line_allows_every_sum_that_was_seen),
        cmocka_unit_test(entropy_counts_even_components),
        cmocka_unit_test(circles_of_any_frequencies_are_all_geometry),
        cmocka_unit_test(gaussian_geometry_is_at_chance),
        cmocka_unit_test(the_side_of_a_groups_translations_is_known),
        cmocka_unit_test(permutations_of_a_point_are_all_geometry),
        cmocka_unit_test(embeddings_of_another_size_are_refused),
        cmocka_unit_test(angles_of_a_circle_add),
        cmocka_unit_test(deviations_are_those_of_all_distinct_pairs_of_pairs),
        cmocka_unit_test(angles_in_no_order_do_not_add),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
