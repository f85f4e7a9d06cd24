/* The largest value in a box, against closed forms. */
#include "test.h"

#include "analyze/maths/box_maximum.h"

#include <math.h>

enum { N = 6 };

static const double half_width[N] = {1, 2, 0.5, 1e-3, 3, 1};
static const double slope[N] = {3, -1, 0.25, 1e4, 0, -7};

static int
linear(void *context, const double *y, double *f, double *gradient)
{
    ++*(int *)context;
    *f = 2;
    for (int i = 0; i < N; i++) {
        *f += slope[i] * y[i];
        gradient[i] = slope[i];
    }
    return 0;
}

static void
a_linear_function_is_largest_in_a_corner(void **state)
{
    (void)state;
    int calls = 0;
    double y[N], f, wanted = 2;
    const gsc_box box = {N, half_width, linear, &calls};
    for (int i = 0; i < N; i++)
        wanted += fabs(slope[i]) * half_width[i];
    assert_return_ok(gsc_box_maximise(&box, 10, y, &f));
    assert_close(f, wanted, 1e-14);
    assert_true(calls <= 5);
}

/* -sum curvature (y - top)^2 / 2: each coordinate by itself, so its place is that of
 * the top, or the wall before it. */
static const double curvature[N] = {1, 50, 3, 2, 10, 0.1};
static const double top[N] = {0.5, -7, 0.1, 5, -2.5, 0.9};

static int
quadratic(void *context, const double *y, double *f, double *gradient)
{
    (void)context;
    *f = 0;
    for (int i = 0; i < N; i++) {
        double d = y[i] - top[i];
        *f -= curvature[i] * d * d / 2;
        gradient[i] = -curvature[i] * d;
    }
    return 0;
}

static void
a_hill_is_climbed_to_its_top_or_the_wall(void **state)
{
    (void)state;
    double y[N], f, wanted[N], most, slopes[N];
    const gsc_box box = {N, half_width, quadratic, NULL};
    for (int i = 0; i < N; i++)
        wanted[i] = fmin(fmax(top[i], -half_width[i]), half_width[i]);
    assert_return_ok(quadratic(NULL, wanted, &most, slopes));
    assert_return_ok(gsc_box_maximise(&box, 200, y, &f));
    assert_close(f / most, 1, 1e-8);
}

static int
refuse(void *context, const double *y, double *f, double *gradient)
{
    (void)context, (void)y, (void)f, (void)gradient;
    return gsc_fail(GSC_ENUMERIC, "no value");
}

static void
an_error_of_the_function_is_passed_on(void **state)
{
    (void)state;
    double y[N], f;
    const gsc_box box = {N, half_width, refuse, NULL};
    assert_fails(gsc_box_maximise(&box, 1, y, &f), GSC_ENUMERIC, "no value");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_linear_function_is_largest_in_a_corner),
        cmocka_unit_test(a_hill_is_climbed_to_its_top_or_the_wall),
        cmocka_unit_test(an_error_of_the_function_is_passed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
