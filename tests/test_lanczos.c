/* Lanczos's iteration on matrices whose spectrum is known. */
#include "test.h"

#include "analyze/method/weights/lanczos.h"
#include "grokscope/rng.h"

enum { N = 30 };

/* A = diag(context) */
static int
diagonal(void *context, const double *v, double *out)
{
    const double *d = context;
    for (size_t i = 0; i < N; i++)
        out[i] = d[i] * v[i];
    return 0;
}

static void
draw(double v[N])
{
    for (size_t i = 0; i < N; i++)
        v[i] = gsc_rng_normal(4, 0, i);
}

static void
all_steps_find_all_eigenvalues(void **state)
{
    (void)state;
    double d[N], v[N], squares = 0, weight = 0;
    gsc_ritz r;
    for (size_t i = 0; i < N; i++)
        d[i] = (double)i - 9.5;
    draw(v);
    assert_return_ok(gsc_ritz_init(&r, N, v, 1000, diagonal, d));
    assert_int_equal(r.count, N);
    for (size_t i = 0; i < N; i++)
        squares += v[i] * v[i];
    for (size_t i = 0; i < N; i++) {
        assert_close(r.values[i], d[N - 1 - i], 1e-10);
        assert_close(r.weights[i], v[N - 1 - i] * v[N - 1 - i] / squares, 1e-10);
        weight += r.weights[i];
    }
    assert_close(weight, 1, 1e-13);
    gsc_ritz_free(&r);
}

/* Within its residual of each Ritz value lies an eigenvalue. */
static void
residuals_bound_the_error(void **state)
{
    (void)state;
    double d[N], v[N];
    gsc_ritz r;
    for (size_t i = 0; i < N; i++)
        d[i] = exp(-(double)i / 4);
    draw(v);
    assert_return_ok(gsc_ritz_init(&r, N, v, 8, diagonal, d));
    assert_int_equal(r.count, 8);
    for (size_t k = 0; k < r.count; k++) {
        double nearest = INFINITY;
        for (size_t i = 0; i < N; i++)
            nearest = fmin(nearest, fabs(d[i] - r.values[k]));
        assert_true(nearest <= r.residuals[k] + 1e-12);
    }
    assert_true(r.residuals[0] < 0.05);
    gsc_ritz_free(&r);
}

/* Two values: the space of any vector has two dimensions. */
static void
an_exhausted_space_ends_the_iteration(void **state)
{
    (void)state;
    double d[N], v[N];
    gsc_ritz r;
    for (size_t i = 0; i < N; i++)
        d[i] = i < 3 ? 5 : -1;
    draw(v);
    assert_return_ok(gsc_ritz_init(&r, N, v, 20, diagonal, d));
    assert_int_equal(r.count, 2);
    assert_close(r.values[0], 5, 1e-12);
    assert_close(r.values[1], -1, 1e-12);
    gsc_ritz_free(&r);
}

/* The density integrates to 1, and its mean is that of the Ritz values. */
static void
a_density_is_one_in_all(void **state)
{
    (void)state;
    double values[2] = {3, -1}, weights[2] = {0.25, 0.75}, sum = 0, mean = 0;
    const gsc_ritz r = {.count = 2, .values = values, .weights = weights};
    for (int i = -400; i <= 600; i++) {
        double x = i / 100.0, density = gsc_spectral_density(&r, 1, x, 0.2);
        sum += density / 100;
        mean += density * x / 100;
    }
    assert_close(sum, 1, 1e-9);
    assert_close(mean, 0, 1e-9);
}

static int
refuse(void *context, const double *v, double *out)
{
    (void)context, (void)v, (void)out;
    return gsc_fail(GSC_ENUMERIC, "no product");
}

static void
mistakes_are_told(void **state)
{
    (void)state;
    double zero[N] = {0}, v[N], nan[N];
    gsc_ritz r;
    draw(v);
    assert_fails(gsc_ritz_init(&r, N, zero, 3, diagonal, zero), GSC_EARGUMENT,
                 "begins with a vector of 0");
    assert_fails(gsc_ritz_init(&r, N, v, 3, refuse, NULL), GSC_ENUMERIC, "no product");
    for (size_t i = 0; i < N; i++)
        nan[i] = NAN;
    assert_fails(gsc_ritz_init(&r, N, v, 3, diagonal, nan), GSC_ENUMERIC,
                 "not a finite");
    assert_null(r.values);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_steps_find_all_eigenvalues),
        cmocka_unit_test(residuals_bound_the_error),
        cmocka_unit_test(an_exhausted_space_ends_the_iteration),
        cmocka_unit_test(a_density_is_one_in_all),
        cmocka_unit_test(mistakes_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
