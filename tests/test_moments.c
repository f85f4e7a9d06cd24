/* Moments that come in parts are those of the whole. */
#include "grokscope/rng.h"

#include "analyze/maths/moments.h"
#include "analyze/maths/representation.h"
#include "test.h"

enum { ROWS = 30, D = 5, E = 3 };

/* Large means, small spreads; column 1 of x is constant. */
static void
fill(double *x, size_t cols, uint64_t seed)
{
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < cols; j++)
            x[i * cols + j] = 1000 + gsc_rng_normal(seed, 1, i * cols + j);
    for (size_t i = 0; i < ROWS; i++)
        x[i * cols + 1] = cols == D ? 1000.1 : x[i * cols + 1];
}

/* In three parts of unequal size, less the first row. */
static void
meet(gsc_moments *moments, const double *x, size_t d, const double *y, size_t e)
{
    double less_x[ROWS * D], less_y[ROWS * D];
    gsc_moments other;
    for (size_t i = 0; i < ROWS * d; i++)
        less_x[i] = x[i] - x[i % d];
    for (size_t i = 0; i < ROWS * e; i++)
        less_y[i] = y[i] - y[i % e];
    assert_return_ok(gsc_moments_init(moments, d, e));
    assert_return_ok(gsc_moments_init(&other, d, e));
    gsc_moments_add(moments, less_x, less_y, 4);
    gsc_moments_add(moments, less_x + 4 * d, less_y + 4 * e, 15);
    gsc_moments_add(&other, less_x + 19 * d, less_y + 19 * e, ROWS - 19);
    gsc_moments_merge(moments, &other);
    gsc_moments_finish(moments);
    gsc_moments_free(&other);
}

typedef struct sets {
    double x[ROWS * D], y[ROWS * E];
    gsc_moments both, own_x, own_y;
} sets;

static int
open_sets(void **state)
{
    static sets s;
    fill(s.x, D, 1);
    fill(s.y, E, 2);
    for (size_t i = 0; i < ROWS; i++) /* something goes together */
        s.y[i * E] += s.x[i * D] - 0.5 * s.x[i * D + 2];
    meet(&s.both, s.x, D, s.y, E);
    meet(&s.own_x, s.x, D, s.x, D);
    meet(&s.own_y, s.y, E, s.y, E);
    *state = &s;
    return 0;
}

static int
close_sets(void **state)
{
    sets *s = *state;
    gsc_moments_free(&s->both);
    gsc_moments_free(&s->own_x);
    gsc_moments_free(&s->own_y);
    gsc_moments_free(&s->own_y);
    return 0;
}

static void
likeness_is_that_of_representations(void **state)
{
    sets *s = *state;
    const gsc_matrix x = {ROWS, D, s->x}, y = {ROWS, E, s->y};
    gsc_representation a, b;
    double cka, distance, of_moments;
    assert_return_ok(gsc_representation_init(&a, &x));
    assert_return_ok(gsc_representation_init(&b, &y));
    assert_return_ok(gsc_representation_cka(&a, &b, &cka));
    assert_return_ok(gsc_representation_procrustes(&a, &b, &distance));
    assert_close(gsc_moments_cka(&s->both, &s->own_x, &s->own_y), cka, 1e-10);
    assert_return_ok(
        gsc_moments_procrustes(&s->both, &s->own_x, &s->own_y, &of_moments));
    assert_close(of_moments, distance, 1e-10);
    if (!(cka > 0.05 && cka < 0.95))
        fail_msg("CKA is %g", cka);
    gsc_representation_free(&a);
    gsc_representation_free(&b);
}

static double
mean_of(const double *x, size_t cols, size_t j)
{
    double sum = 0;
    for (size_t i = 0; i < ROWS; i++)
        sum += x[i * cols + j] / ROWS;
    return sum;
}

static void
correlations_are_those_of_columns(void **state)
{
    sets *s = *state;
    gsc_matrix correlation;
    assert_return_ok(
        gsc_moments_correlation(&s->both, &s->own_x, &s->own_y, &correlation));
    for (size_t j = 0; j < D; j++)
        for (size_t k = 0; k < E; k++) {
            double xy = 0, xx = 0, yy = 0, mx = mean_of(s->x, D, j),
                   my = mean_of(s->y, E, k);
            for (size_t i = 0; i < ROWS; i++) {
                double a = s->x[i * D + j] - mx, b = s->y[i * E + k] - my;
                xy += a * b;
                xx += a * a;
                yy += b * b;
            }
            assert_close(correlation.data[j * E + k], j == 1 ? 0 : xy / sqrt(xx * yy),
                         1e-10);
        }
    assert_true(correlation.data[E] == 0); /* the constant one, exactly */
    gsc_matrix_free(&correlation);
}

static void
constant_sets_have_no_likeness(void **state)
{
    double x[ROWS * D];
    gsc_moments own;
    double distance;
    (void)state;
    for (size_t i = 0; i < ROWS * D; i++)
        x[i] = 0.1;
    meet(&own, x, D, x, D);
    assert_true(isnan(gsc_moments_cka(&own, &own, &own)));
    assert_return_ok(gsc_moments_procrustes(&own, &own, &own, &distance));
    assert_true(isnan(distance));
    gsc_moments_free(&own);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(likeness_is_that_of_representations),
        cmocka_unit_test(correlations_are_those_of_columns),
        cmocka_unit_test(constant_sets_have_no_likeness),
    };
    return cmocka_run_group_tests(tests, open_sets, close_sets);
}
