/* Rows, one an element, within cosets: planted structure and a count by hand. */
#include "analyze/method/task/coset_metrics.h"
#include "group_fixture.h"

static void
variance_is_between_cosets_where_they_are_one(void **state)
{
    (void)state;
    gsc_group group;
    uint16_t generators[120], coset[120];
    bool member[120];
    size_t count;
    gsc_coset_share share;
    gsc_matrix w = {120, 64, noise(120 * 64, 6)};
    assert_return_ok(gsc_group_init(&group, "S5"));
    assert_return_ok(
        gsc_group_read_elements(&group, "(0 3)(1 4), (1 2)(3 4)", generators, &count));
    assert_int_equal(gsc_group_generate(&group, generators, count, member), 10);
    count = gsc_group_cosets(&group, member, GSC_RIGHT, coset);
    print_message("seed 6\n");
    assert_return_ok(gsc_coset_metrics_variance(&w, coset, count, &share));
    assert_close(share.chance, 11.0 / 119, 1e-12);
    assert_close(share.share, share.chance, 0.02);
    for (size_t i = 0; i < 120 * 64; i++)
        w.data[i] = w.data[coset[i / 64] * 64 + i % 64];
    assert_return_ok(gsc_coset_metrics_variance(&w, coset, count, &share));
    assert_close(share.share, 1, 1e-12);
    gsc_group_cosets(&group, member, GSC_LEFT, coset);
    assert_return_ok(gsc_coset_metrics_variance(&w, coset, count, &share));
    assert_true(share.share < 0.5); /* the other side */
    assert_fails(gsc_coset_metrics_variance(&w, coset, 11, &share), GSC_EARGUMENT,
                 "is in coset 11 of 11");
    const double two[] = {1, 3, 6, 8}; /* cosets {0, 1}, {2, 3}: 6.25 of 7.25 */
    const uint16_t halves[] = {0, 0, 1, 1};
    const gsc_matrix column = {4, 1, (double *)two};
    assert_return_ok(gsc_coset_metrics_variance(&column, halves, 2, &share));
    assert_close(share.share, 6.25 / 7.25, 1e-12);
    assert_close(share.chance, 1.0 / 3, 1e-12);
    gsc_matrix_free(&w);
    gsc_group_free(&group);
}

/* Cosets {0, 1}, {2, 3}: of 1, 3, 6, 8 the variances are 1 and 1 of 7.25; of a function
 * of the coset 0, of one that has all its variance within cosets 1. */
static void
concentration_is_the_variance_that_is_left_within(void **state)
{
    (void)state;
    const double rows[] = {1, 5, 1, 2, 3, 5, 2, 2, 6, 7, 1, 2, 8, 7, 2, 2};
    const uint16_t halves[] = {0, 0, 1, 1};
    const gsc_matrix w = {4, 4, (double *)rows};
    double within[4];
    assert_return_ok(gsc_coset_metrics_within(&w, halves, 2, within));
    assert_close(within[0], 1 / 7.25, 1e-12);
    assert_close(within[1], 0, 1e-12);
    assert_close(within[2], 1, 1e-12);
    assert_true(isnan(within[3]));
    const gsc_matrix none = {0, 2, (double *)rows};
    assert_fails(gsc_coset_metrics_within(&none, halves, 2, within), GSC_EARGUMENT,
                 "cosets of a matrix [0, 2]");
}

static void
neighbours_are_sorted_by_distance(void **state)
{
    (void)state;
    /* From 0: 1 (at 1), then 2 and 3 (at 5 both), then 4; of equals the first. */
    const double rows[] = {0, 0, 1, 0, 3, 4, -4, -3, 9, 9};
    const uint16_t from_0[] = {1, 2, 3, 4}, from_4[] = {2, 1, 0, 3};
    const gsc_matrix w = {5, 2, (double *)rows};
    gsc_nearest nearest;
    assert_return_ok(gsc_nearest_init(&nearest, &w));
    assert_memory_equal(nearest.rows, from_0, sizeof from_0);
    assert_memory_equal(nearest.rows + 16, from_4, sizeof from_4);
    gsc_nearest_free(&nearest);
    const gsc_matrix none = {0, 2, (double *)rows};
    assert_fails(gsc_nearest_init(&nearest, &none), GSC_EARGUMENT,
                 "neighbours among 0 rows, expected 1 to 65536");
}

static void
neighbours_are_of_one_coset_where_cosets_are_clusters(void **state)
{
    (void)state;
    enum { COUNT = 120, COLS = 16, SIZE = 10 };
    double *centres = noise(COUNT * COLS, 7), *apart = noise(COUNT * COLS, 8);
    uint16_t coset[COUNT];
    gsc_matrix w = {COUNT, COLS, noise(COUNT * COLS, 9)};
    gsc_nearest nearest;
    gsc_coset_share near;
    for (size_t x = 0; x < COUNT; x++)
        coset[x] = (uint16_t)(x % (COUNT / SIZE));
    print_message("seeds 7, 8, 9\n");
    assert_return_ok(gsc_nearest_init(&nearest, &w));
    near = gsc_coset_metrics_neighbours(&nearest, coset, SIZE);
    assert_close(near.chance, 9.0 / 119, 1e-15);
    assert_close(near.share, near.chance, 0.03);
    gsc_nearest_free(&nearest);
    for (size_t i = 0; i < COUNT * COLS; i++)
        w.data[i] = 100 * centres[coset[i / COLS] * COLS + i % COLS] + apart[i];
    assert_return_ok(gsc_nearest_init(&nearest, &w));
    near = gsc_coset_metrics_neighbours(&nearest, coset, SIZE);
    assert_close(near.share, 1, 0);
    /* Element 0 moves into the next cluster: it loses its 9 of 1,080, and each of the
     * other nine loses it. */
    coset[0] = 1;
    near = gsc_coset_metrics_neighbours(&nearest, coset, SIZE);
    assert_close(near.share, 1 - 18.0 / 1080, 1e-15);
    gsc_nearest_free(&nearest);
    gsc_matrix_free(&w);
    free(centres);
    free(apart);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variance_is_between_cosets_where_they_are_one),
        cmocka_unit_test(concentration_is_the_variance_that_is_left_within),
        cmocka_unit_test(neighbours_are_sorted_by_distance),
        cmocka_unit_test(neighbours_are_of_one_coset_where_cosets_are_clusters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
