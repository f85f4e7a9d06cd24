/* Bounds of a group network's accuracy against numbers by hand and against runs. */
#include "test.h"

#include "grokscope/rng.h"

#include "analyze/method/task/compact_bound.h"

#include <math.h>
#include <stdlib.h>

/* One neuron that says 0 of any pair of C_2, louder or less: half of the answers are
 * right. Its idealised x differs at element 0. */
static gsc_compact_bound
bound_of_one(double ideal_x0)
{
    gsc_group group;
    double x[] = {1, 1}, y[] = {1, 1}, u[] = {1, -1}, other[] = {ideal_x0, 1};
    const gsc_matrix mx = {2, 1, x}, my = {2, 1, y}, mu = {2, 1, u}, mo = {2, 1, other};
    const gsc_group_neurons own = {&mx, &my, &mu}, ideal = {&mo, &my, &mu};
    gsc_compact_bound bound;
    assert_return_ok(gsc_group_init(&group, "C2"));
    assert_return_ok(gsc_compact_bound_of(&group, &own, &ideal, &bound));
    gsc_group_free(&group);
    return bound;
}

static void
one_neuron_is_certified_by_hand(void **state)
{
    (void)state;
    /* At (0, 0) the margin is 2 (1 + x0), the bound 2 (1 - x0); at (1, 1) 4 and 0. */
    gsc_compact_bound b = bound_of_one(0.5);
    assert_float_equal(b.accuracy, 0.5, 0);
    assert_float_equal(b.ideal_accuracy, 0.5, 0);
    assert_float_equal(b.certified, 0.5, 0);
    /* Margins 3, -3, -4, 4 of (0, 0), (0, 1), (1, 0), (1, 1); bounds 1, 1, 0, 0. */
    assert_float_equal(b.margin, 0, 1e-15);
    assert_float_equal(b.distance, 0.5, 1e-15);
    assert_float_equal(bound_of_one(0.01).certified, 0.5, 0);
    assert_float_equal(bound_of_one(0).certified, 0.25, 0);
    assert_float_equal(bound_of_one(-3).certified, 0.25, 0);
}

/* ---- Random networks ---- */

enum { ELEMENTS = 6, NEURONS = 40 };

static void
fill(double *to, const double *from, double size, uint64_t stream)
{
    for (size_t i = 0; i < (size_t)ELEMENTS * NEURONS; i++)
        to[i] = (from ? from[i] : 0) + size * gsc_rng_normal(7, stream, i);
}

/* A network that fits the group: a neuron for each pair, which fires at no other, and
 * noise. */
static void
fill_own(const gsc_group *group, double own[3][ELEMENTS * NEURONS])
{
    for (uint64_t k = 0; k < 3; k++)
        fill(own[k], NULL, 0.05, k);
    for (size_t i = 0; i < (size_t)ELEMENTS * NEURONS; i++) {
        own[0][i] -= 1;
        own[1][i] -= 1;
    }
    for (size_t i = 0; i < (size_t)ELEMENTS * ELEMENTS; i++) {
        size_t a = i / ELEMENTS, b = i % ELEMENTS;
        own[0][a * NEURONS + i] += 2;
        own[1][b * NEURONS + i] += 2;
        own[2][gsc_group_product(group, a, b) * NEURONS + i] += 2;
    }
}

static gsc_compact_bound
bound_at(const gsc_group *group, double size)
{
    static double own[3][ELEMENTS * NEURONS], ideal[3][ELEMENTS * NEURONS];
    gsc_matrix m[6];
    gsc_compact_bound bound;
    fill_own(group, own);
    for (uint64_t k = 0; k < 3; k++) {
        fill(ideal[k], own[k], size, 10 + k);
        m[k] = (gsc_matrix){ELEMENTS, NEURONS, own[k]};
        m[3 + k] = (gsc_matrix){ELEMENTS, NEURONS, ideal[k]};
    }
    const gsc_group_neurons a = {&m[0], &m[1], &m[2]}, b = {&m[3], &m[4], &m[5]};
    assert_return_ok(gsc_compact_bound_of(group, &a, &b, &bound));
    return bound;
}

static void
certified_is_at_most_the_accuracy(void **state)
{
    (void)state;
    gsc_group group;
    assert_return_ok(gsc_group_init(&group, "S3"));
    gsc_compact_bound same = bound_at(&group, 0);
    assert_true(same.accuracy > 0.9);
    assert_float_equal(same.distance, 0, 0);
    assert_float_equal(same.certified, same.accuracy, 0);
    double last = 1;
    for (int k = 0; k < 6; k++) {
        gsc_compact_bound b = bound_at(&group, 0.002 * pow(3, k));
        assert_true(b.certified <= b.accuracy && b.certified <= b.ideal_accuracy);
        assert_true(b.certified <= last);
        last = b.certified;
    }
    assert_true(bound_at(&group, 0.002).certified > 0.5);
    assert_true(last < 0.1);
    gsc_group_free(&group);
}

static void
other_shapes_are_refused(void **state)
{
    (void)state;
    gsc_group group;
    double zeros[4] = {0};
    const gsc_matrix two = {2, 2, zeros}, one = {2, 1, zeros};
    const gsc_group_neurons own = {&two, &two, &two}, other = {&two, &one, &two};
    gsc_compact_bound bound;
    assert_return_ok(gsc_group_init(&group, "C2"));
    assert_int_equal(gsc_compact_bound_of(&group, &own, &other, &bound), GSC_EARGUMENT);
    gsc_group_free(&group);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_neuron_is_certified_by_hand),
        cmocka_unit_test(certified_is_at_most_the_accuracy),
        cmocka_unit_test(other_shapes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
