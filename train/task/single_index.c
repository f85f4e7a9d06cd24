/* A quadratic function of one direction (Kumar et al., arXiv 2310.06110, section 4):
 *
 *     y = (beta . x)^2 / 2,   x ~ N(0, 1/d_in),   |beta|^2 = d_in
 *
 * so that beta . x is a standard normal number. The direction of beta is random.
 *
 * Or the labels of all examples, those to test on among them, are one eigenvector of
 * the tangent kernel that a wide committee begins with (equation 5 there, with w = 0
 * and M = 1):
 *
 *     K(x, x') = x.x' + epsilon^2 (x.x')^2,    K v_j = lambda_j v_j,
 *
 * lambda_1 the largest. Labels are v_j times a number that makes their mean square 3/4,
 * which is that of y above, and v_j has the sign that makes its largest element
 * positive. K has a rank of d + d (d + 1) / 2 at most; what comes after is noise to a
 * committee. */
#include "train/task/single_index.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include "train/numeric/linalg.h"
#include "train/task/teacher_student.h"

#include <math.h>
#include <stdlib.h>

/* The kernel of more takes more than half a gigabyte. */
enum { MOST_EXAMPLES = 8192 };

static const char *const label_names[] = {"index", "eigenvector", NULL};

static const gsc_option rows[] = {
    GSC_ROW_INTEGER(gsc_single_index, d_in, "50", 1, 65535, "Numbers in an example."),
    GSC_ROW_INTEGER(gsc_single_index, train_samples, "200", 1, 1e7,
                    "Examples to train on."),
    GSC_ROW_INTEGER(gsc_single_index, test_samples, "1000", 1, 1e7,
                    "Examples to test on."),
    GSC_ROW_REAL(gsc_single_index, tolerance, "0.01", 0, 1e9,
                 "An answer is right where its squared error is below this."),
    GSC_ROW_CHOICE(
        gsc_single_index, labels, "index", label_names,
        "Targets: index, the square of one direction; eigenvector, one of the "
        "kernel that a committee begins with."),
    GSC_ROW_INTEGER(gsc_single_index, eigenvector, "1", 1, MOST_EXAMPLES,
                    "Number of that eigenvector, from 1 for the largest eigenvalue."),
    GSC_ROW_REAL(gsc_single_index, label_curvature, "0.25", 0, 1e6,
                 "The epsilon of that kernel, a committee's curvature."),
    GSC_ROW_INTEGER(gsc_single_index, data_seed, "0", 0, 0x1p53,
                    "Seed of the direction and of the examples."),
};

/* ---- Labels of an eigenvector ---- */

static void
fill_kernel(const double *x, size_t d, double epsilon, gsc_matrix *kernel)
{
    size_t n = kernel->rows;
    for (size_t i = 0; i < n; i++)
        for (size_t k = i; k < n; k++) {
            double dot = 0;
            for (size_t a = 0; a < d; a++)
                dot += x[i * d + a] * x[k * d + a];
            kernel->data[i * n + k] = dot + epsilon * epsilon * dot * dot;
            kernel->data[k * n + i] = kernel->data[i * n + k];
        }
}

static void
scale_labels(double *y, size_t n)
{
    size_t largest = 0;
    double squares = 0;
    for (size_t i = 0; i < n; i++) {
        squares += y[i] * y[i];
        largest = fabs(y[i]) > fabs(y[largest]) ? i : largest;
    }
    double scale = copysign(sqrt(0.75 * (double)n / squares), y[largest]);
    for (size_t i = 0; i < n; i++)
        y[i] *= scale;
}

static int
put_eigenvector(const gsc_single_index *o, const double *x, size_t n, double *y)
{
    int status = 0;
    gsc_matrix kernel = {0};
    double value;
    if (n > MOST_EXAMPLES || (size_t)o->eigenvector > n)
        return gsc_fail(
            GSC_EARGUMENT,
            "eigenvector: %lld of the kernel of %zu examples; it has as many "
            "as there are examples, of which %d are the most",
            (long long)o->eigenvector, n, MOST_EXAMPLES);
    GSC_TRY(gsc_matrix_init(&kernel, n, n));
    fill_kernel(x, (size_t)o->d_in, o->label_curvature, &kernel);
    GSC_TRY(gsc_eigen_one(&kernel, (size_t)o->eigenvector - 1, &value, y));
    scale_labels(y, n);
out:
    gsc_matrix_free(&kernel);
    return status;
}

/* ---- The task ---- */

static int
draw_direction(const gsc_single_index *o, double **beta)
{
    int status = 0;
    size_t d = (size_t)o->d_in;
    double squares = 0;
    GSC_NEW(*beta, d);
    for (size_t i = 0; i < d; i++) {
        (*beta)[i] = gsc_rng_normal((uint64_t)o->data_seed,
                                    gsc_rng_stream("single_index:beta"), i);
        squares += (*beta)[i] * (*beta)[i];
    }
    for (size_t i = 0; i < d; i++)
        (*beta)[i] *= sqrt((double)d / squares);
out:
    return status;
}

static int
add_examples(gsc_dataset *dataset, const gsc_single_index *o, const double *beta)
{
    int status = 0;
    void *data[2];
    size_t d = (size_t)o->d_in;
    uint64_t stream = gsc_rng_stream("single_index:x");
    GSC_TRY(gsc_dataset_add_field(dataset, "x", GSC_FIELD_FLOAT64, (gsc_shape){1, {d}},
                                  0, &data[0]));
    GSC_TRY(gsc_dataset_add_field(dataset, "y", GSC_FIELD_FLOAT64, (gsc_shape){1, {1}},
                                  0, &data[1]));
    double *x = data[0], *y = data[1];
    for (size_t e = 0; e < dataset->num_examples; e++) {
        double along = 0;
        for (size_t i = 0; i < d; i++) {
            x[e * d + i] = gsc_rng_normal((uint64_t)o->data_seed, stream, e * d + i) /
                           sqrt((double)d);
            along += beta[i] * x[e * d + i];
        }
        y[e] = along * along / 2;
    }
    if (o->labels == GSC_LABELS_EIGENVECTOR)
        GSC_TRY(put_eigenvector(o, x, dataset->num_examples, y));
out:
    return status;
}

static int
add_facets(const gsc_single_index *o, const double *beta, gsc_facets *facets)
{
    int status = 0;
    gsc_facet *facet;
    GSC_TRY(gsc_facets_add(facets, GSC_REGRESSION, &facet));
    GSC_TRY(gsc_facet_add_integer(facet, "d_in", o->d_in));
    GSC_TRY(gsc_facet_add_integer(facet, "d_out", 1));
    if (o->labels != GSC_LABELS_INDEX)
        goto out;
    GSC_TRY(gsc_facets_add(facets, GSC_SINGLE_INDEX, &facet));
    GSC_TRY(gsc_facet_add_array(facet, "beta", GSC_FACET_REAL,
                                (gsc_shape){1, {(size_t)o->d_in}}, beta));
out:
    return status;
}

static int
make(void *values, gsc_dataset *dataset, gsc_facets *facets)
{
    int status = 0;
    const gsc_single_index *o = values;
    double *beta = NULL;
    dataset->num_examples = (size_t)(o->train_samples + o->test_samples);
    GSC_TRY(draw_direction(o, &beta));
    GSC_TRY(add_examples(dataset, o, beta));
    GSC_TRY(gsc_dataset_add_first(dataset, "train", (size_t)o->train_samples));
    GSC_TRY(gsc_dataset_add_rest(dataset, "test"));
    gsc_dataset_add_target(dataset, "answer", "y", "squared_error")->tolerance =
        o->tolerance;
    GSC_TRY(add_facets(o, beta, facets));
out:
    free(beta);
    return status;
}

const gsc_task gsc_task_single_index = {"single_index",
                                        "a square of one direction",
                                        rows,
                                        sizeof rows / sizeof *rows,
                                        sizeof(gsc_single_index),
                                        make};
