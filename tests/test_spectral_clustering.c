/* Clusters that were planted, and the index that tells how far they were found. */
#include "matrix_fixture.h"

#include "grokscope/rng.h"

#include "analyze/method/spectral_clustering.h"

#include <math.h>

enum { GROUPS = 4, EACH = 12, THINGS = GROUPS * EACH, WIDTH = 40 };

static size_t planted[THINGS];

/* Rows near one of four random directions, in turn. */
static void
plant(gsc_matrix *m, double noise)
{
    assert_return_ok(gsc_matrix_init(m, THINGS, WIDTH));
    for (size_t i = 0; i < THINGS; i++) {
        planted[i] = i % GROUPS;
        for (size_t j = 0; j < WIDTH; j++)
            m->data[i * WIDTH + j] = gsc_rng_normal(1, 1, planted[i] * WIDTH + j) +
                                     noise * gsc_rng_normal(1, 2, i * WIDTH + j);
    }
}

/* How far the clusters of rows are the planted ones. */
static double
agreement(double noise)
{
    gsc_matrix rows, similarity;
    size_t cluster[THINGS];
    double index;
    plant(&rows, noise);
    assert_return_ok(gsc_angular_similarity(&rows, &similarity));
    assert_return_ok(gsc_spectral_clustering(&similarity, GROUPS, cluster));
    assert_return_ok(
        gsc_adjusted_rand(planted, GROUPS, cluster, GROUPS, THINGS, &index));
    gsc_matrix_free(&rows);
    gsc_matrix_free(&similarity);
    return index;
}

static void
angles_are_similarities(void **state)
{
    (void)state;
    gsc_matrix m, s;
    const double rows[] = {1, 0, 0, 5, -3, 0, 1, 1};
    assert_return_ok(gsc_matrix_init(&m, 4, 2));
    memcpy(m.data, rows, sizeof rows);
    assert_return_ok(gsc_angular_similarity(&m, &s));
    const double expected[] = {1, 0.5, 0, 0.75};
    for (size_t j = 0; j < 4; j++)
        assert_close(s.data[j], expected[j], 1e-8);
    gsc_matrix_free(&m);
    gsc_matrix_free(&s);
}

static void
planted_clusters_are_found_and_noise_has_none(void **state)
{
    (void)state;
    assert_close(agreement(0.5), 1, 0);
    assert_true(fabs(agreement(30)) < 0.15);
}

/* Hubert and Arabie: of the table [1 1 0; 1 2 1; 0 0 4] it is 0.313. */
static void
the_index_of_a_table_is_that_of_the_paper(void **state)
{
    (void)state;
    const size_t a[] = {0, 0, 1, 1, 1, 1, 2, 2, 2, 2};
    const size_t b[] = {0, 1, 0, 1, 1, 2, 2, 2, 2, 2};
    double index;
    assert_return_ok(gsc_adjusted_rand(a, 3, b, 3, 10, &index));
    /* pairs together 0 + 1 + 6 = 7, in a 1 + 6 + 6, in b 1 + 3 + 10, of 45 */
    assert_close(index, (7 - 13.0 * 14 / 45) / (13.5 - 13.0 * 14 / 45), 1e-15);
    assert_close(index, 0.313, 5e-4);
    assert_return_ok(gsc_adjusted_rand(a, 3, a, 3, 10, &index));
    assert_close(index, 1, 0);
}

static void
more_clusters_than_things_are_refused(void **state)
{
    (void)state;
    gsc_matrix s;
    size_t cluster[2];
    assert_return_ok(gsc_matrix_init(&s, 2, 2));
    assert_fails(gsc_spectral_clustering(&s, 3, cluster), GSC_EARGUMENT,
                 "3 clusters of 2 things, expected 1 to 2");
    gsc_matrix_free(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(angles_are_similarities),
        cmocka_unit_test(planted_clusters_are_found_and_noise_has_none),
        cmocka_unit_test(the_index_of_a_table_is_that_of_the_paper),
        cmocka_unit_test(more_clusters_than_things_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
