/* Assignments: against all of them, planted ones, and the price of a large one. */
#include "analyze/maths/assignment.h"
#include "matrix_fixture.h"

#include <stdbool.h>
#include <stdlib.h>

/* The sum that is gained; every column at most once, as many rows as can be. */
static double
check(const gsc_matrix *gain, const size_t *column)
{
    double sum = 0;
    size_t count = 0, most = gain->rows < gain->cols ? gain->rows : gain->cols;
    for (size_t i = 0; i < gain->rows; i++) {
        if (column[i] == GSC_UNASSIGNED)
            continue;
        assert_true(column[i] < gain->cols);
        for (size_t k = 0; k < i; k++)
            assert_true(column[k] != column[i]);
        sum += gain->data[i * gain->cols + column[i]];
        count++;
    }
    assert_int_equal(count, most);
    return sum;
}

/* The best of all assignments of rows from `row` on to columns not taken; `spare` rows
 * may go without. */
static double
best_of_all(const gsc_matrix *gain, size_t row, bool *taken, size_t spare)
{
    double best = -INFINITY;
    if (row == gain->rows)
        return 0;
    if (spare > 0)
        best = best_of_all(gain, row + 1, taken, spare - 1);
    for (size_t j = 0; j < gain->cols; j++) {
        if (taken[j])
            continue;
        taken[j] = true;
        double sum =
            gain->data[row * gain->cols + j] + best_of_all(gain, row + 1, taken, spare);
        taken[j] = false;
        best = fmax(best, sum);
    }
    return best;
}

static void
the_best_of_all_is_found(void **state)
{
    (void)state;
    const size_t sizes[][2] = {{1, 1}, {2, 2}, {5, 5}, {7, 7}, {3, 6}, {6, 3}, {1, 5}};
    for (uint64_t seed = 0; seed < 30; seed++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            size_t column[7], m = sizes[s][0], n = sizes[s][1];
            bool taken[7] = {false};
            gsc_matrix gain = noise(m, n, 0, 100 * seed + s);
            if (seed % 3 == 2) /* small whole numbers: many are equal */
                for (size_t i = 0; i < m * n; i++)
                    gain.data[i] = floor(2 * gain.data[i]);
            assert_return_ok(gsc_assignment(&gain, column));
            assert_close(check(&gain, column),
                         best_of_all(&gain, 0, taken, m > n ? m - n : 0), 1e-12);
            gsc_matrix_free(&gain);
        }
}

static void
a_planted_permutation_is_found(void **state)
{
    (void)state;
    enum { N = 512 };
    static size_t column[N];
    gsc_matrix gain = noise(N, N, 0, 7);
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < N; j++)
            gain.data[i * N + j] *= 0.2;
        gain.data[i * N + (37 * i + 5) % N] = 3;
    }
    assert_return_ok(gsc_assignment(&gain, column));
    for (size_t i = 0; i < N; i++)
        assert_int_equal(column[i], (37 * i + 5) % N);
    gsc_matrix_free(&gain);
}

/* Prices prove a sum to be the best: adding a number to a row or a column of the gains
 * changes no choice, and many are the same. */
static void
what_all_of_a_row_or_column_gain_does_not_matter(void **state)
{
    (void)state;
    enum { N = 60 };
    size_t column[N], shifted[N];
    gsc_matrix gain = noise(N, N, 0, 3);
    assert_return_ok(gsc_assignment(&gain, column));
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            gain.data[i * N + j] += 10 * sin((double)i) - 7 * cos((double)j);
    assert_return_ok(gsc_assignment(&gain, shifted));
    assert_memory_equal(column, shifted, sizeof column);
    gsc_matrix_free(&gain);
}

static void
equal_gains_leave_the_order(void **state)
{
    (void)state;
    enum { N = 40 };
    size_t column[N];
    gsc_matrix gain = {0};
    assert_return_ok(gsc_matrix_init(&gain, N, N));
    assert_return_ok(gsc_assignment(&gain, column));
    for (size_t i = 0; i < N; i++)
        assert_int_equal(column[i], i);
    gsc_matrix_free(&gain);
}

static void
bad_gains_are_refused(void **state)
{
    (void)state;
    size_t column[2];
    double data[] = {1, 2, -INFINITY, 3};
    const gsc_matrix empty = {0, 4, NULL}, endless = {2, 2, data};
    assert_fails(gsc_assignment(&empty, column), GSC_EARGUMENT, "[0, 4]");
    assert_fails(gsc_assignment(&endless, column), GSC_ENUMERIC,
                 "element (1, 0) is -inf");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_of_all_is_found),
        cmocka_unit_test(a_planted_permutation_is_found),
        cmocka_unit_test(what_all_of_a_row_or_column_gain_does_not_matter),
        cmocka_unit_test(equal_gains_leave_the_order),
        cmocka_unit_test(bad_gains_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
