/* Means along a + b and a - b, and the modes in them. */
#include "grokscope/dft.h"
#include "grokscope/pairs.h"
#include "grokscope/rng.h"

#include "test.h"
#include "train/numeric/gemm.h"

enum { MOST = 13, N = 3 };

static const double two_pi = 6.283185307179586476925;

static double table[MOST * MOST * N];
static float table_f32[MOST * MOST * N];

static void
fill(void)
{
    for (size_t i = 0; i < MOST * MOST * N; i++)
        table[i] = table_f32[i] = (float)gsc_rng_normal(1, 4, i);
}

static void
means_are_of_the_pairs_of_one_sum_or_difference(void **state)
{
    (void)state;
    fill();
    for (size_t p = 1; p <= MOST; p++)
        for (int d = 0; d < 2; d++) {
            double mean[MOST * N], mean_f32[MOST * N], expected[MOST * N] = {0};
            gsc_direction direction = d ? GSC_DIFFERENCE : GSC_SUM;
            for (size_t a = 0; a < p; a++)
                for (size_t b = 0; b < p; b++)
                    for (size_t j = 0; j < N; j++)
                        expected[(d ? a + p - b : a + b) % p * N + j] +=
                            table[(a * p + b) * N + j] / (double)p;
            gsc_pairs_mean(table, p, N, direction, mean);
            gsc_pairs_mean_f32(table_f32, p, N, direction, mean_f32);
            for (size_t i = 0; i < p * N; i++) {
                assert_close(mean[i], expected[i], 1e-14);
                assert_close(mean_f32[i], expected[i], 1e-14);
            }
        }
}

/* Column j projected on a unit vector along cos or sin of w_k (a + b). */
static void
add_projection(size_t p, size_t k, bool sine, size_t j, double *part)
{
    double unit[MOST * MOST], norm = 0, product = 0;
    for (size_t i = 0; i < p * p; i++) {
        double angle = two_pi * (double)(k * (i / p + i % p) % p) / (double)p;
        unit[i] = sine ? sin(angle) : cos(angle);
        norm += unit[i] * unit[i];
        product += unit[i] * table[i * N + j];
    }
    if (norm < 1e-20)
        return;                    /* the sine of the Nyquist frequency */
    for (size_t b = 0; b < p; b++) /* the pairs (0, b) have every sum */
        part[b * N + j] += unit[b] * product / norm;
}

static void
kept_modes_are_projections_on_both_directions(void **state)
{
    (void)state;
    fill();
    for (size_t p = 2; p <= MOST; p++) {
        const size_t keys[] = {p / 2, 1};
        size_t num_keys = p / 2 > 1 ? 2 : 1;
        double mean[MOST * N], modes[MOST * N], part[MOST * N],
            expected[MOST * N] = {0};
        gsc_matrix basis;
        assert_return_ok(gsc_dft_basis(p, &basis));
        gsc_pairs_mean(table, p, N, GSC_SUM, mean);
        gsc_gemm_f64(false, false, p, N, p, 1, basis.data, p, mean, N, 0, modes, N);
        gsc_pairs_keep(&basis, modes, N, keys, num_keys, part);
        for (size_t i = 0; i < num_keys; i++)
            for (size_t j = 0; j < N; j++) {
                add_projection(p, keys[i], false, j, expected);
                add_projection(p, keys[i], true, j, expected);
            }
        for (size_t i = 0; i < p * N; i++)
            assert_close(part[i], expected[i], 1e-13);
        gsc_matrix_free(&basis);
    }
}

static void
frequencies_have_their_rows_of_the_basis(void **state)
{
    (void)state;
    size_t first;
    assert_true(gsc_pairs_rows(7, 0, &first) == 1 && first == 0);
    assert_true(gsc_pairs_rows(7, 3, &first) == 2 && first == 5);
    assert_true(gsc_pairs_rows(8, 4, &first) == 1 && first == 7);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_are_of_the_pairs_of_one_sum_or_difference),
        cmocka_unit_test(kept_modes_are_projections_on_both_directions),
        cmocka_unit_test(frequencies_have_their_rows_of_the_basis),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
