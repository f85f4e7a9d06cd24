/* Loops in clouds of points: closed forms, controls, and the definition written out. */
#include "test.h"

#include "analyze/method/circuit/persistence.h"
#include "grokscope/rng.h"

#include <stdbool.h>
#include <stdlib.h>

static const double pi = 3.14159265358979323846;

static gsc_matrix
points(size_t n, size_t d)
{
    gsc_matrix x;
    assert_return_ok(gsc_matrix_init(&x, n, d));
    return x;
}

static void
add_polygon(gsc_matrix *x, size_t first, size_t n, double radius, double shift)
{
    for (size_t i = 0; i < n; i++) {
        x->data[(first + i) * x->cols] =
            shift + radius * cos(2 * pi * (double)i / (double)n);
        x->data[(first + i) * x->cols + 1] =
            radius * sin(2 * pi * (double)i / (double)n);
    }
}

static double
step_of(size_t n, size_t steps)
{
    return 2 * sin(pi * (double)steps / (double)n);
}

/* Lengths that are equal in theory differ by roundings, and make bars as short. */
static void
a_polygon_has_one_loop(void **state)
{
    (void)state;
    for (size_t n = 4; n < 60; n += n < 14 ? 1 : 9) {
        gsc_matrix x = points(n, 3);
        gsc_bars bars;
        add_polygon(&x, 0, n, 1, 0);
        assert_return_ok(gsc_persistence_loops(&x, &bars));
        assert_true(bars.count >= 1);
        assert_close(bars.items[0].birth, step_of(n, 1), 1e-12);
        assert_close(bars.items[0].death, step_of(n, (n + 2) / 3), 1e-12);
        for (size_t i = 1; i < bars.count; i++)
            assert_close(bars.items[i].death - bars.items[i].birth, 0, 1e-12);
        gsc_bars_free(&bars);
        gsc_matrix_free(&x);
    }
}

static void
two_circles_have_two_loops(void **state)
{
    (void)state;
    gsc_matrix x = points(42, 2);
    gsc_bars bars;
    add_polygon(&x, 0, 24, 1, 0);
    add_polygon(&x, 24, 18, 0.5, 10);
    assert_return_ok(gsc_persistence_loops(&x, &bars));
    assert_close(bars.items[0].birth, step_of(24, 1), 1e-12);
    assert_close(bars.items[0].death, step_of(24, 8), 1e-12);
    assert_close(bars.items[1].birth, 0.5 * step_of(18, 1), 1e-12);
    assert_close(bars.items[1].death, 0.5 * step_of(18, 6), 1e-12);
    for (size_t i = 2; i < bars.count; i++)
        assert_close(bars.items[i].death - bars.items[i].birth, 0, 1e-12);
    gsc_bars_free(&bars);
    gsc_matrix_free(&x);
}

/* ---- The definition, written out ---- */

enum { N = 11, EDGES = N * (N - 1) / 2 };

/* The rank of the first `rows` of a matrix over Z/2, rows as bits. */
static size_t
rank_of(uint64_t *rows, size_t count)
{
    size_t rank = 0;
    for (int bit = 0; bit < 64; bit++) {
        size_t pivot = rank;
        while (pivot < count && !(rows[pivot] >> bit & 1))
            pivot++;
        if (pivot == count)
            continue;
        uint64_t row = rows[pivot];
        rows[pivot] = rows[rank];
        rows[rank] = row;
        for (size_t i = 0; i < count; i++)
            if (i != rank && rows[i] >> bit & 1)
                rows[i] ^= row;
        rank++;
    }
    return rank;
}

static double
length_between(const gsc_matrix *x, size_t a, size_t b)
{
    double sum = 0;
    for (size_t j = 0; j < x->cols; j++)
        sum += pow(x->data[a * x->cols + j] - x->data[b * x->cols + j], 2);
    return sqrt(sum);
}

/* beta_1 at a scale: edges - rank d_1 - rank d_2. */
static size_t
loops_at(const gsc_matrix *x, double scale)
{
    uint64_t ends[EDGES], sides[N * N * N];
    size_t index[N][N] = {{0}}, edges = 0, triangles = 0;
    bool there[N][N] = {{0}};
    for (size_t a = 0; a < N; a++)
        for (size_t b = a + 1; b < N; b++)
            if (length_between(x, a, b) <= scale) {
                there[a][b] = true;
                index[a][b] = edges;
                ends[edges++] = UINT64_C(1) << a | UINT64_C(1) << b;
            }
    for (size_t a = 0; a < N; a++)
        for (size_t b = a + 1; b < N; b++)
            for (size_t d = b + 1; d < N; d++)
                if (there[a][b] && there[a][d] && there[b][d])
                    sides[triangles++] = UINT64_C(1) << index[a][b] |
                                         UINT64_C(1) << index[a][d] |
                                         UINT64_C(1) << index[b][d];
    return edges - rank_of(ends, edges) - rank_of(sides, triangles);
}

/* At every scale as many bars are open as the ranks of the boundaries say. */
static void
open_bars_are_the_betti_number(void **state)
{
    (void)state;
    size_t found = 0;
    for (uint64_t seed = 0; seed < 40; seed++) {
        gsc_matrix x = points(N, 2);
        gsc_bars bars;
        for (size_t i = 0; i < (size_t)N * 2; i++)
            x.data[i] = gsc_rng_normal(seed, 1, i);
        assert_return_ok(gsc_persistence_loops(&x, &bars));
        found += bars.count;
        for (double scale = 0.05; scale < 5; scale += 0.05) {
            size_t open = 0;
            for (size_t i = 0; i < bars.count; i++)
                open += bars.items[i].birth <= scale && scale < bars.items[i].death;
            assert_int_equal(open, loops_at(&x, scale));
        }
        gsc_bars_free(&bars);
        gsc_matrix_free(&x);
    }
    assert_true(found > 20);
}

static void
too_few_and_too_many_points(void **state)
{
    (void)state;
    gsc_matrix x = points(2, 2), line = points(9, 1);
    gsc_bars bars;
    assert_return_ok(gsc_persistence_loops(&x, &bars));
    assert_int_equal(bars.count, 0);
    for (size_t i = 0; i < 9; i++)
        line.data[i] = (double)(i * i);
    assert_return_ok(gsc_persistence_loops(&line, &bars));
    assert_int_equal(bars.count, 0); /* no loop on a line */
    line.data[4] = INFINITY;
    assert_fails(gsc_persistence_loops(&line, &bars), GSC_ENUMERIC, "is not finite");
    gsc_matrix_free(&x);
    gsc_matrix_free(&line);
    x = points(GSC_MOST_POINTS + 1, 1);
    assert_fails(gsc_persistence_loops(&x, &bars), GSC_EARGUMENT,
                 "expected at most 1024");
    gsc_matrix_free(&x);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_polygon_has_one_loop),
        cmocka_unit_test(two_circles_have_two_loops),
        cmocka_unit_test(open_bars_are_the_betti_number),
        cmocka_unit_test(too_few_and_too_many_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
