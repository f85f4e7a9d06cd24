/* Linear probes and their control tasks. */
#include "test.h"

#include "grokscope/error.h"
#include "grokscope/rng.h"

#include "analyze/method/linear_probe.h"

#include <math.h>
#include <stdlib.h>

/* Rows enough for several blocks, of a few numbers. */
enum { N = 1500, D = 6, K = 4, FITTED = 900 };

typedef struct scene {
    gsc_matrix x;
    uint32_t rows[N], classes[N];
    gsc_probe_rows fitted, held_out;
    gsc_linear_probe probe;
} scene;

static void
make_scene(scene *s, double ridge)
{
    assert_return_ok(gsc_matrix_init(&s->x, N, D));
    for (size_t i = 0; i < N * D; i++)
        s->x.data[i] = gsc_rng_normal(1, 1, i) + 3;
    for (uint32_t i = 0; i < N; i++)
        s->rows[i] = i;
    gsc_rng_shuffle(s->rows, N, 2, 2);
    s->fitted = (gsc_probe_rows){s->rows, FITTED};
    s->held_out = (gsc_probe_rows){s->rows + FITTED, N - FITTED};
    if (ridge >= 0)
        assert_return_ok(
            gsc_linear_probe_init(&s->probe, &s->x, s->fitted, s->held_out, ridge));
}

static void
free_scene(scene *s)
{
    gsc_linear_probe_free(&s->probe);
    gsc_matrix_free(&s->x);
}

/* Solve a z = b of n equations by elimination with pivots: not as LAPACK does it. */
static void
eliminate(double *a, double *b, size_t n)
{
    for (size_t c = 0; c < n; c++) {
        size_t pivot = c;
        for (size_t r = c; r < n; r++)
            pivot = fabs(a[r * n + c]) > fabs(a[pivot * n + c]) ? r : pivot;
        for (size_t k = 0; k < n; k++) {
            double kept = a[c * n + k];
            a[c * n + k] = a[pivot * n + k];
            a[pivot * n + k] = kept;
        }
        double kept = b[c];
        b[c] = b[pivot];
        b[pivot] = kept;
        for (size_t r = 0; r < n; r++) {
            double factor = r == c ? 0 : a[r * n + c] / a[c * n + c];
            for (size_t k = c; k < n; k++)
                a[r * n + k] -= factor * a[c * n + k];
            b[r] -= factor * b[c];
        }
    }
    for (size_t c = 0; c < n; c++)
        b[c] /= a[c * n + c];
}

/* Normal equations of [x, 1] with a ridge on all but the last unknown. */
static void
solve_directly(const scene *s, uint32_t class, double ridge, double z[D + 1])
{
    double a[(D + 1) * (D + 1)] = {0}, mean[D] = {0}, trace = 0;
    for (size_t i = 0; i < FITTED; i++)
        for (size_t j = 0; j < D; j++)
            mean[j] += s->x.data[s->rows[i] * D + j] / FITTED;
    for (size_t j = 0; j <= D; j++)
        z[j] = 0;
    for (size_t i = 0; i < FITTED; i++) {
        double row[D + 1];
        for (size_t j = 0; j < D; j++) {
            row[j] = s->x.data[s->rows[i] * D + j];
            trace += pow(row[j] - mean[j], 2);
        }
        row[D] = 1;
        for (size_t j = 0; j <= D; j++) {
            z[j] += s->classes[s->rows[i]] == class ? row[j] : 0;
            for (size_t k = 0; k <= D; k++)
                a[j * (D + 1) + k] += row[j] * row[k];
        }
    }
    for (size_t j = 0; j < D; j++)
        a[j * (D + 1) + j] += ridge * trace / D;
    eliminate(a, z, D + 1);
}

static void
the_fit_solves_the_normal_equations(void **state)
{
    (void)state;
    const double ridges[] = {0, 0.3};
    for (size_t r = 0; r < 2; r++) {
        scene s = {.x = {0}};
        gsc_matrix w;
        gsc_probe_score accuracy;
        double b[K], z[D + 1];
        make_scene(&s, ridges[r]);
        for (size_t i = 0; i < N; i++)
            s.classes[i] = (uint32_t)gsc_rng_below(5, 5, i, K);
        assert_return_ok(
            gsc_linear_probe_classes(&s.probe, s.classes, K, &w, b, &accuracy));
        for (uint32_t c = 0; c < K; c++) {
            solve_directly(&s, c, ridges[r], z);
            for (size_t j = 0; j < D; j++)
                assert_close(w.data[c * D + j], z[j], 1e-10);
            assert_close(b[c], z[D], 1e-10);
        }
        gsc_matrix_free(&w);
        free_scene(&s);
    }
}

static void
planted_labels_are_read_and_random_ones_are_not(void **state)
{
    (void)state;
    scene s = {.x = {0}};
    gsc_probe_score planted, drawn;
    size_t counts[2];
    make_scene(&s, 1e-6);
    for (size_t i = 0; i < N; i++) {
        double side = s.x.data[i * D] - 2 * s.x.data[i * D + 3];
        s.classes[i] = side > -3;
        if (fabs(side + 3) < 1.5) /* nothing lies near the border */
            s.x.data[i * D] += s.classes[i] ? 2 : -2;
    }
    gsc_linear_probe_free(&s.probe);
    assert_return_ok(gsc_linear_probe_init(&s.probe, &s.x, s.fitted, s.held_out, 1e-6));
    assert_return_ok(
        gsc_linear_probe_classes(&s.probe, s.classes, 2, NULL, NULL, &planted));
    assert_true(planted.fitted > 0.99 && planted.held_out > 0.99);
    for (size_t i = 0; i < N; i++)
        s.classes[i] = (uint32_t)gsc_rng_below(6, 6, i, 2);
    assert_return_ok(
        gsc_linear_probe_classes(&s.probe, s.classes, 2, NULL, NULL, &drawn));
    double chance = gsc_linear_probe_chance(&s.probe, s.classes, 2, counts);
    assert_int_equal(counts[0] + counts[1], FITTED);
    assert_true(fabs(chance - 0.5) < 0.06 && fabs(drawn.held_out - 0.5) < 0.08);
    free_scene(&s);
}

static void
one_hot_rows_tell_every_class(void **state)
{
    (void)state;
    scene s = {.x = {0}};
    gsc_probe_score accuracy;
    make_scene(&s, -1);
    for (size_t i = 0; i < N; i++) {
        s.classes[i] = (uint32_t)(i % D);
        for (size_t j = 0; j < D; j++)
            s.x.data[i * D + j] = j == i % D;
    }
    assert_return_ok(gsc_linear_probe_init(&s.probe, &s.x, s.fitted, s.held_out, 1e-3));
    assert_return_ok(
        gsc_linear_probe_classes(&s.probe, s.classes, D, NULL, NULL, &accuracy));
    assert_true(accuracy.fitted == 1 && accuracy.held_out == 1);
    free_scene(&s);
}

static void
what_is_constant_tells_the_most_frequent_class(void **state)
{
    (void)state;
    scene s = {.x = {0}};
    gsc_probe_score accuracy;
    size_t counts[3];
    make_scene(&s, -1);
    for (size_t i = 0; i < N; i++) {
        s.classes[i] = i % 7 < 4 ? 1 : i % 7 < 6 ? 0 : 2;
        for (size_t j = 0; j < D; j++)
            s.x.data[i * D + j] = 2;
    }
    assert_return_ok(gsc_linear_probe_init(&s.probe, &s.x, s.fitted, s.held_out, 0));
    assert_return_ok(
        gsc_linear_probe_classes(&s.probe, s.classes, 3, NULL, NULL, &accuracy));
    assert_close(accuracy.held_out,
                 gsc_linear_probe_chance(&s.probe, s.classes, 3, counts), 1e-12);
    free_scene(&s);
}

static void
numbers_are_explained_as_far_as_they_are_linear(void **state)
{
    (void)state;
    scene s = {.x = {0}};
    gsc_probe_score linear, noise;
    static double y[2 * N], z[N];
    make_scene(&s, 0);
    for (size_t i = 0; i < N; i++) {
        y[2 * i] = 3 * s.x.data[i * D + 1] - s.x.data[i * D + 2] + 7;
        y[2 * i + 1] = s.x.data[i * D + 4];
        z[i] = y[2 * i + 1] + gsc_rng_normal(8, 8, i);
    }
    assert_return_ok(gsc_linear_probe_numbers(&s.probe, y, 2, &linear));
    assert_close(linear.fitted, 1, 1e-12);
    assert_close(linear.held_out, 1, 1e-12);
    assert_return_ok(gsc_linear_probe_numbers(&s.probe, z, 1, &noise));
    assert_true(fabs(noise.held_out - 0.5) < 0.08); /* half of the variance */
    for (size_t i = 0; i < N; i++)
        z[i] = 1;
    assert_return_ok(gsc_linear_probe_numbers(&s.probe, z, 1, &noise));
    assert_true(isnan(noise.held_out));
    free_scene(&s);
}

static void
a_control_is_one_label_for_each_type(void **state)
{
    (void)state;
    enum { TYPES = 40 };
    static uint32_t types[N], from[N], work[2 * N], seen[N];
    for (size_t i = 0; i < N; i++)
        types[i] = (uint32_t)(i * 7 % TYPES);
    gsc_probe_control(types, N, TYPES, 3, 4, work, from);
    size_t moved = 0;
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(from[i], from[i % TYPES]); /* i and i + 40 are of one type */
        moved += types[from[i]] != types[i];
    }
    assert_true(moved > N / 2);
    for (size_t i = 0; i < N; i++)
        types[i] = (uint32_t)i;
    gsc_probe_control(types, N, N, 3, 4, work, from);
    for (size_t i = 0; i < N; i++) /* a permutation */
        assert_int_equal(seen[from[i]]++, 0);
}

static void
what_cannot_be_fitted_is_refused(void **state)
{
    (void)state;
    scene s = {.x = {0}};
    make_scene(&s, -1);
    for (size_t i = 0; i < N; i++)
        s.x.data[i * D + 2] = 0;
    assert_fails(gsc_linear_probe_init(&s.probe, &s.x, s.fitted, s.held_out, 0),
                 GSC_ENUMERIC, "not positive definite from row 2 on");
    assert_return_ok(gsc_linear_probe_init(&s.probe, &s.x, s.fitted, s.held_out, 1e-9));
    gsc_linear_probe_free(&s.probe);
    assert_fails(
        gsc_linear_probe_init(&s.probe, &s.x, (gsc_probe_rows){0}, s.held_out, 1),
        GSC_EARGUMENT, "a probe of 6 numbers is fitted on 0 rows");
    s.x.data[5] = INFINITY;
    assert_fails(gsc_linear_probe_init(&s.probe, &s.x, s.fitted, s.held_out, 1),
                 GSC_ENUMERIC, "not a finite number");
    free_scene(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fit_solves_the_normal_equations),
        cmocka_unit_test(planted_labels_are_read_and_random_ones_are_not),
        cmocka_unit_test(one_hot_rows_tell_every_class),
        cmocka_unit_test(what_is_constant_tells_the_most_frequent_class),
        cmocka_unit_test(numbers_are_explained_as_far_as_they_are_linear),
        cmocka_unit_test(a_control_is_one_label_for_each_type),
        cmocka_unit_test(what_cannot_be_fitted_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
