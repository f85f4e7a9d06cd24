/* Whether a run had converged: planted falls, and no verdict without a plateau. */
#include "test.h"

#include "analyze/method/convergence.h"

enum { ROWS = 51 };

/* Rank 40 to 10, falling evenly until step `end` of 5000. */
static void
plant(int64_t end, int64_t *step, double *rank)
{
    for (int64_t i = 0; i < ROWS; i++) {
        step[i] = 100 * i;
        rank[i] = step[i] < end ? 40 - 30 * (double)step[i] / (double)end : 10;
    }
}

static void
the_fraction_is_that_of_the_fall(void **state)
{
    (void)state;
    int64_t step[ROWS];
    double rank[ROWS], fraction[ROWS];
    plant(2000, step, rank);
    rank[3] = (double)NAN;
    rank[45] = 10.3; /* within a twentieth of 30 */
    gsc_convergence(step, rank, ROWS, fraction);
    double floor = 10 + 0.3 / 11;
    for (size_t i = 0; i < ROWS; i++)
        if (i == 3)
            assert_true(isnan(fraction[i]));
        else
            assert_close(fraction[i], (40 - rank[i]) / (40 - floor), 1e-12);
    assert_close(fraction[10], 0.5, 0.001);
}

static void
says_nothing(const int64_t *step, const double *rank, size_t rows)
{
    double fraction[ROWS];
    gsc_convergence(step, rank, rows, fraction);
    for (size_t i = 0; i < rows; i++)
        assert_true(isnan(fraction[i]));
}

static void
without_a_plateau_there_is_no_verdict(void **state)
{
    (void)state;
    int64_t step[ROWS];
    double rank[ROWS];
    plant(5000, step, rank); /* still falling: 6 of 30 in the last fifth */
    says_nothing(step, rank, ROWS);
    plant(2000, step, rank);
    rank[45] = 12; /* a jump of 2 */
    says_nothing(step, rank, ROWS);
    plant(2000, step, rank);
    says_nothing(step + 1, rank + 1, ROWS - 1); /* its beginning is not there */
    for (size_t i = 0; i < ROWS; i++)
        rank[i] = 50 - rank[i]; /* it rises */
    says_nothing(step, rank, ROWS);
    const int64_t few[] = {0, 100, 900, 1000};
    const double ranks[] = {40, 10, 10, 10};
    says_nothing(few, ranks, 4);
    says_nothing(few, ranks, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fraction_is_that_of_the_fall),
        cmocka_unit_test(without_a_plateau_there_is_no_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
