/* Labels of single_index along eigenvectors of the kernel that a committee begins with.
 */
#include "runs.h"

#include "tasks_fixture.h"

#include "grokscope/error.h"
#include "grokscope/facet.h"
#include "grokscope/matrix.h"

#include "train/numeric/linalg.h"
#include "train/task/single_index.h"

#include <math.h>
#include <stdlib.h>

enum { D = 5, N = 60 };
#define SMALL "d_in=5 train_samples=40 test_samples=20 label_curvature=0.5 "
static const double epsilon = 0.5;

static const double *
labels(const made *m)
{
    return gsc_dataset_find(&m->dataset, "y")->data;
}

static made
make_labels(int j)
{
    char changes[200];
    snprintf(changes, sizeof changes, SMALL "labels=eigenvector eigenvector=%d", j);
    return make(&gsc_task_single_index, changes);
}

/* x.x' + epsilon^2 (x.x')^2 */
static gsc_matrix
kernel_of(const made *m)
{
    gsc_matrix K;
    const double *x = gsc_dataset_find(&m->dataset, "x")->data;
    assert_return_ok(gsc_matrix_init(&K, N, N));
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < N; k++) {
            double dot = 0;
            for (size_t a = 0; a < D; a++)
                dot += x[i * D + a] * x[k * D + a];
            K.data[i * N + k] = dot + pow(epsilon * dot, 2);
        }
    return K;
}

static double
dot(const double *a, const double *b)
{
    double sum = 0;
    for (size_t i = 0; i < N; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Of the j-th largest eigenvalue, on all examples. */
static void
labels_are_the_eigenvector_that_is_named(void **state)
{
    (void)state;
    static const int numbers[] = {1, 2, 6, 13, 20};
    double values[N], Ky[N];
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        made m = make_labels(numbers[i]);
        gsc_matrix K = kernel_of(&m);
        const double *y = labels(&m);
        assert_return_ok(gsc_eigen_symmetric(&K, values, NULL));
        for (size_t r = 0; r < N; r++)
            Ky[r] = dot(K.data + r * N, y);
        assert_close(dot(y, Ky) / dot(y, y), values[numbers[i] - 1], 1e-12);
        for (size_t r = 0; r < N; r++)
            assert_close(Ky[r], values[numbers[i] - 1] * y[r], 1e-11);
        gsc_matrix_free(&K);
        release(&m);
    }
}

/* As large as the squares of one direction are, whose mean square is 3/4. */
static void
their_size_and_sign_are_fixed(void **state)
{
    (void)state;
    for (int j = 1; j <= 20; j += 3) {
        made m = make_labels(j);
        double largest = 0;
        assert_close(dot(labels(&m), labels(&m)) / N, 0.75, 1e-13);
        for (size_t i = 0; i < N; i++)
            largest = fabs(labels(&m)[i]) > fabs(largest) ? labels(&m)[i] : largest;
        assert_true(largest > 0);
        release(&m);
    }
}

static void
two_of_them_are_orthogonal_and_examples_are_those_of_the_index(void **state)
{
    (void)state;
    made a = make_labels(3), b = make_labels(14);
    made index = make(&gsc_task_single_index, SMALL);
    assert_close(dot(labels(&a), labels(&b)), 0, 1e-11);
    assert_memory_equal(gsc_dataset_find(&a.dataset, "x")->data,
                        gsc_dataset_find(&index.dataset, "x")->data,
                        N * D * sizeof(double));
    /* What the square of one direction is told by is not there. */
    assert_non_null(gsc_facets_find(&index.facets, GSC_SINGLE_INDEX));
    assert_null(gsc_facets_find(&a.facets, GSC_SINGLE_INDEX));
    assert_non_null(gsc_facets_find(&a.facets, "regression"));
    release(&a);
    release(&b);
    release(&index);
}

static void
what_has_no_such_eigenvector_is_refused(void **state)
{
    (void)state;
    made m;
    assert_fails(
        try(&gsc_task_single_index, SMALL "labels=eigenvector eigenvector=61", &m),
        GSC_EARGUMENT,
        "eigenvector: 61 of the kernel of 60 examples; it has as many as there "
        "are examples, of which 8192 are the most");
    release(&m);
    assert_fails(try(&gsc_task_single_index,
                     "labels=eigenvector train_samples=8000 test_samples=193", &m),
                 GSC_EARGUMENT, "eigenvector: 1 of the kernel of 8193 examples");
    release(&m);
}

/* The kernel of a wide network knows the first ones best. */
static void
the_alignment_of_a_network_falls_with_the_number(void **state)
{
    (void)state;
    static const char *const numbers[] = {"1", "9", "20"};
    double before = INFINITY;
    for (size_t i = 0; i < 3; i++) {
        char folder[32];
        gsc_measured_runs s;
        const char *const changes[][2] = {{"d_in", "5"},
                                          {"d_mlp", "2000"},
                                          {"curvature", "0.5"},
                                          {"train_samples", "40"},
                                          {"test_samples", "20"},
                                          {"steps", "0"},
                                          {"labels", "eigenvector"},
                                          {"label_curvature", "0.5"},
                                          {"eigenvector", numbers[i]},
                                          {NULL, NULL}};
        train_run("kumar-polynomial", changes, folder);
        ask_run_with(&gsc_measure_ntk, 0, folder, "0", false, "examples=20", &s);
        double alignment = cell_of(&s, 0, "alignment")->real;
        assert_true(alignment > 0 && alignment < 0.7 * before);
        before = alignment;
        gsc_measured_runs_free(&s);
        remove_run(folder);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_the_eigenvector_that_is_named),
        cmocka_unit_test(their_size_and_sign_are_fixed),
        cmocka_unit_test(
            two_of_them_are_orthogonal_and_examples_are_those_of_the_index),
        cmocka_unit_test(what_has_no_such_eigenvector_is_refused),
        cmocka_unit_test(the_alignment_of_a_network_falls_with_the_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
